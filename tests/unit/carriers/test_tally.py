"""What a link's submissions come to, in all and lately."""

from __future__ import annotations

from angarium.carriers.tally import LATELY_S, MARK_S, NO_ANSWER, RATE_S, Tally

THROTTLED = 0x58


def count(tally: Tally, now: float, answered: int, errors: int = 0) -> None:
    """Count as a link does: so many answers that came together, some of them errors."""
    if now >= tally.mark_at:
        tally.mark(now)
    tally.errors[THROTTLED] += errors
    tally.answered += answered


def test_what_goes_wrong_now_is_not_hidden_by_what_went_well_before() -> None:
    """A carrier that has taken a million and throttles since a minute is one that throttles."""
    tally = Tally()
    count(tally, 1_000.0, 1_000_000)
    for second in range(60):
        count(tally, 5_000.0 + second, 10, errors=9)

    lately = tally.lately(5_060.0)

    assert (lately.answered, lately.errors) == (600, {"ESME_RTHROTTLED": 540})
    assert tally.errors == {THROTTLED: 540}


def test_what_is_over_is_forgotten() -> None:
    """An error of long ago is in the whole count alone."""
    tally = Tally()
    count(tally, 1_000.0, 10, errors=10)

    assert tally.lately(1_000.0 + LATELY_S).answered == 10
    lately = tally.lately(1_000.0 + LATELY_S + 1)
    assert (lately.answered, lately.errors, lately.per_s) == (0, {}, 0.0)


def test_the_rate_is_of_the_last_moments() -> None:
    """Neither a rush before it nor a pause counts."""
    tally = Tally()
    count(tally, 1_000.0, 5_000)
    for second in range(100):
        count(tally, 1_100.0 + second, 20)

    assert 18 <= tally.lately(1_199.0).per_s <= 22
    assert tally.lately(1_199.0 + RATE_S + MARK_S).per_s == 0.0


def test_the_rate_of_a_link_that_has_just_begun_is_not_diluted() -> None:
    """Two seconds of traffic are two seconds, not half a minute."""
    tally = Tally()
    count(tally, 1_000.0, 30)
    count(tally, 1_002.0, 30)

    assert tally.lately(1_002.0).per_s == 30.0


def test_an_answer_that_never_came_has_a_name() -> None:
    """It is what an operator looks for when a carrier is silent."""
    tally = Tally()
    tally.mark(1_000.0)
    tally.errors[NO_ANSWER] += 1
    tally.answered += 1

    assert tally.lately(1_001.0).errors == {"no answer": 1}
