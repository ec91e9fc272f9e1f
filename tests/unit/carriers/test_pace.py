"""How fast a link may send; time moves by assignment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.carriers.pace import BURST_S, RAMP_S_MAX, RECOVERY_S, THROTTLE_QUIET_S, UNLIMITED, Pace


def test_without_a_limit_there_is_always_room() -> None:
    """None means as fast as the window allows."""
    pace = Pace(None, now=0.0)
    pace.take(1_000_000, 0.0)

    assert pace.room(0.0) == UNLIMITED
    assert pace.rate_per_s(0.0) is None
    assert pace.next_room_at(5.0) == 5.0


def test_a_limit_is_kept_on_average() -> None:
    """Asking every 10 ms for 10 s at 100 a second gives 1,000, and the first burst."""
    pace = Pace(100.0, now=0.0)
    taken = 0
    for tick in range(1_001):
        now = tick / 100
        room = pace.room(now)
        pace.take(room, now)
        taken += room

    assert 1_000 <= taken <= 1_000 + 100 * BURST_S


def test_unused_time_is_made_up_for_only_a_little() -> None:
    """After an hour of silence there is room for one burst, not for an hour's worth."""
    pace = Pace(100.0, now=0.0)

    assert pace.room(3600.0) == 10


def test_a_pace_below_one_a_second_still_sends() -> None:
    """One message every four seconds, and `next_room_at` says when."""
    pace = Pace(0.25, now=0.0)
    assert pace.room(0.0) == 1
    pace.take(1, 0.0)

    assert pace.room(3.9) == 0
    assert pace.next_room_at(0.0) == pytest.approx(4.0, abs=0.001)
    assert pace.room(pace.next_room_at(0.0)) == 1


def test_throttling_halves_the_rate_and_stops_for_a_moment() -> None:
    """At 100 a second a complaint leaves 50, and nothing at once."""
    pace = Pace(100.0, now=0.0)

    assert pace.slow_down(10.0)

    assert pace.room(10.0) == 0
    assert pace.rate_per_s(10.0) == 50.0
    assert pace.throttled


def test_a_window_full_of_complaints_is_one_complaint() -> None:
    """Only after the quiet time does another complaint slow down again."""
    pace = Pace(100.0, now=0.0)
    pace.slow_down(10.0)

    assert not any(pace.slow_down(10.0 + THROTTLE_QUIET_S * part / 100) for part in range(100))
    rate = pace.rate_per_s(10.0 + THROTTLE_QUIET_S)
    assert rate is not None
    assert pace.slow_down(10.0 + THROTTLE_QUIET_S)
    assert pace.rate_per_s(10.0 + THROTTLE_QUIET_S) == rate / 2


def test_the_rate_recovers_by_itself() -> None:
    """In equal steps of time by equal steps of rate, up to the limit and not beyond (delivery 2.2)."""
    pace = Pace(100.0, now=0.0)
    pace.slow_down(10.0)

    quarters = [pace.rate_per_s(10.0 + RECOVERY_S * part) for part in (0.0, 0.25, 0.5, 1.0)]

    assert quarters == [50.0, 75.0, 100.0, 100.0]
    assert pace.room(10.0 + RECOVERY_S) > 0
    assert not pace.throttled


def test_an_unlimited_link_that_is_throttled_starts_from_the_rate_it_had() -> None:
    """1,000 messages in the last second: 500 a second now, unlimited again after it has passed twice the old rate."""
    pace = Pace(None, now=0.0)
    for tick in range(100):
        pace.take(10, tick / 100)

    pace.slow_down(1.0)

    assert pace.rate_per_s(1.0) == pytest.approx(500.0, rel=0.05)
    assert pace.rate_per_s(1.0 + RECOVERY_S) == pytest.approx(1_500.0, rel=0.05)
    assert pace.rate_per_s(1.0 + 2 * RECOVERY_S) is None
    assert pace.room(1.0 + 2 * RECOVERY_S) == UNLIMITED


def test_it_never_stops_altogether() -> None:
    """However often the carrier complains, one message a second goes out, or the limit if that is less."""
    fast, slow = Pace(100.0, now=0.0), Pace(0.5, now=0.0)
    for complaint in range(50):
        fast.slow_down(complaint * 1.0)
        slow.slow_down(complaint * 1.0)

    assert fast.rate_per_s(49.0) >= 1.0  # type: ignore[operator]
    assert slow.rate_per_s(49.0) == 0.5


@given(
    st.one_of(st.none(), st.floats(0.01, 100_000)),
    st.lists(st.tuples(st.floats(0, 100), st.booleans(), st.integers(1, 50)), max_size=60),
)
def test_whenever_it_says_when_there_is_room_then(limit: float | None, steps: list[tuple[float, bool, int]]) -> None:
    """`next_room_at` is never in the past, and never wrong."""
    pace, now = Pace(limit, now=0.0), 0.0
    for wait, complaint, count in steps:
        now += wait
        if complaint:
            pace.slow_down(now)
        room = pace.room(now)
        pace.take(min(room, count), now)
        opens_at = pace.next_room_at(now)
        assert opens_at >= now
        now = opens_at
        assert pace.room(now) >= 1


# --- slow start


@pytest.mark.parametrize("limit", [None, 1_000.0])
def test_a_link_that_comes_back_starts_slowly(limit: float | None) -> None:
    """So many messages a second when it is bound, and so many more each second, up to its limit."""
    pace = Pace(limit, now=0.0, ramp_per_s=100.0)
    pace.start(50.0)

    assert pace.room(50.0) == 10
    assert pace.ramping
    assert [pace.rate_per_s(50.0 + second) for second in (0, 1, 4)] == [100.0, 200.0, 500.0]
    pace.take(10, 50.0)
    assert pace.room(50.0) == 0
    assert 50.0 < pace.next_room_at(50.0) < 50.1


@pytest.mark.parametrize(("limit", "after_s"), [(None, RAMP_S_MAX), (1_000.0, 9.0)])
def test_a_slow_start_comes_to_its_end(limit: float | None, after_s: float) -> None:
    """When the limit is reached, or after a minute where there is none; then the link is as fast as any."""
    pace = Pace(limit, now=0.0, ramp_per_s=100.0)
    pace.start(0.0)

    pace.room(after_s - 0.1)
    assert pace.ramping
    pace.room(after_s)
    assert not pace.ramping
    assert pace.rate_per_s(after_s) == limit


def test_without_a_ramp_a_link_starts_at_once() -> None:
    """As fast as window or limit allow."""
    pace = Pace(None, now=0.0)
    pace.start(0.0)

    assert pace.room(0.0) == UNLIMITED
    assert not pace.ramping


def test_a_complaint_during_a_slow_start_counts() -> None:
    """The lower of both rates holds."""
    pace = Pace(None, now=0.0, ramp_per_s=100.0)
    pace.start(0.0)

    assert pace.slow_down(2.0)

    assert pace.rate_per_s(2.0) == 150.0
    assert pace.rate_per_s(3.0) == pytest.approx(150.0 + 300.0 / RECOVERY_S)


@given(st.lists(st.tuples(st.floats(0.001, 0.5), st.integers(0, 200)), min_size=1, max_size=100))
def test_a_slow_start_never_lets_more_through_than_its_ramp(steps: list[tuple[float, int]]) -> None:
    """Whoever takes all the room there is has sent no more than the ramp's sum and one burst."""
    pace, now, sent = Pace(None, now=0.0, ramp_per_s=10.0), 0.0, 0
    pace.start(0.0)
    for step_s, wanted in steps:
        now = min(now + step_s, RAMP_S_MAX - 1)
        count = min(wanted, pace.room(now))
        pace.take(count, now)
        sent += count
        assert sent <= 10.0 * (now + now * now / 2 + 0.5 * step_s * now) + max(1.0, 10.0 * (1 + now) * BURST_S) + 1
