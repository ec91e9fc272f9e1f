"""Every row of the decision table: where a message goes once its segments have been spoken of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.core.account import DoubtPolicy
from angarium.core.charge import full_mask
from angarium.core.clocktime import HOUR_MS, SECOND_MS
from angarium.core.retry import RetrySchedule
from angarium.core.settlement import Decision, Findings, at_end_of_validity, settle
from angarium.core.states import FINAL, TRANSITIONS, Cause, State

NOW = 1_790_000_000_000
DUE = NOW - 5 * SECOND_MS
EXPIRES = NOW + HOUR_MS
RETRIES = RetrySchedule((10 * SECOND_MS, 20 * SECOND_MS), repeat_last=True)
REFUSALS = [Cause.REFUSED_CONTENT, Cause.REFUSED_RECIPIENT, Cause.REFUSED_SENDER, Cause.REFUSED_ROUTE]
ONCE, AGAIN = DoubtPolicy.UNKNOWN, DoubtPolicy.RESEND

NOTHING_FOUND: dict[str, Any] = {
    "sent_mask": 0,
    "segments": 1,
    "attempts": 0,
    "doubts": 0,
    "due_at": DUE,
    "expires_at": EXPIRES,
    "rejected": None,
    "doubtful_mask": 0,
    "link_lost": False,
    "killed_link": False,
    "failed_for_now": False,
    "busy": False,
}


def decided(doubt: DoubtPolicy = AGAIN, **found: Any) -> Decision:
    """What is decided for a message of one segment, about which nothing is known but this."""
    return settle(Findings(**{**NOTHING_FOUND, **found}), doubt=doubt, now=NOW, retries=RETRIES)


# --- taken


def test_a_message_whose_segments_are_all_taken_is_submitted() -> None:
    """Every segment has its answer, and it counts as an attempt."""
    assert decided(sent_mask=0b1) == Decision(State.SUBMITTED, Cause.CARRIER_ACCEPTED, NOW, 0b1, 1, 0)
    assert decided(segments=3, sent_mask=0b111).state is State.SUBMITTED


def test_a_message_that_was_taken_at_the_last_moment_is_submitted() -> None:
    """Its validity may end while it is under way: what the carrier has, it has."""
    assert decided(sent_mask=0b1, expires_at=NOW).state is State.SUBMITTED


# --- rejected


@pytest.mark.parametrize("cause", REFUSALS)
def test_a_rejection_is_final(cause: Cause) -> None:
    """The carrier will never take it: the kind of refusal is kept, and it was an attempt (delivery 2.4)."""
    assert decided(rejected=cause, attempts=2) == Decision(State.REJECTED, cause, NOW, 0, 3, 0)


def test_a_rejection_is_graver_than_anything_else() -> None:
    """One segment refused ends the message; what was taken before stays taken, and nothing more is sent (house 6.4)."""
    decision = decided(
        segments=4,
        sent_mask=0b0001,
        doubtful_mask=0b0010,
        rejected=Cause.REFUSED_CONTENT,
        failed_for_now=True,
        busy=True,
        doubts=2,
        expires_at=NOW,
    )

    assert decision == Decision(State.REJECTED, Cause.REFUSED_CONTENT, NOW, 0b0001, 1, 2)


# --- in doubt, to be sent again


def test_a_doubt_is_sent_again_at_once() -> None:
    """The first doubt costs no time, and no attempt."""
    assert decided(doubtful_mask=0b1) == Decision(State.QUEUED, Cause.IN_DOUBT_RESENT, NOW, 0, 0, 1, 0b1)


def test_a_doubt_that_came_with_a_lost_link_is_marked() -> None:
    """Next time it may be sent alone: it might be what brings links down."""
    assert decided(doubtful_mask=0b1, link_lost=True).cause is Cause.LINK_LOST_RESENT
    assert decided(doubtful_mask=0b1, link_lost=True, killed_link=True).cause is Cause.LINK_LOST_RESENT


@pytest.mark.parametrize(("doubts", "pause_s"), [(1, 10), (2, 20), (3, 20)])
def test_a_repeated_doubt_waits_its_turn(doubts: int, pause_s: int) -> None:
    """From the second doubt on it is queued behind a growing pause."""
    decision = decided(doubtful_mask=0b1, doubts=doubts)

    assert (decision.state, decision.due_at) == (State.QUEUED, NOW + pause_s * SECOND_MS)
    assert decision.doubts == doubts + 1


def test_a_doubt_is_graver_than_a_failure_or_a_full_carrier() -> None:
    """What may have left is settled as such, whatever was said of the other segments."""
    assert decided(segments=3, doubtful_mask=0b001, failed_for_now=True, busy=True).cause is Cause.IN_DOUBT_RESENT


def test_a_late_answer_ends_a_doubt() -> None:
    """A segment that was taken after all is no longer in doubt."""
    assert decided(sent_mask=0b1, doubtful_mask=0b1) == Decision(
        State.SUBMITTED, Cause.CARRIER_ACCEPTED, NOW, 0b1, 1, 0
    )
    assert decided(segments=2, sent_mask=0b01, doubtful_mask=0b11).cause is Cause.IN_DOUBT_RESENT


@pytest.mark.parametrize("before", [1, 2, 5])
def test_a_message_that_took_a_link_down_again_is_parked(before: int) -> None:
    """Alone on a link that was lost, not for the first time: it waits for the end of its validity (delivery 2.7)."""
    decision = decided(doubtful_mask=0b1, link_lost=True, killed_link=True, doubts=before)

    assert decision == Decision(State.QUEUED, Cause.PARKED, EXPIRES, 0, 0, before + 1, 0b1)


def test_a_message_is_not_parked_for_one_lost_link() -> None:
    """Links are lost for many reasons: the first time it is just sent again."""
    assert decided(doubtful_mask=0b1, link_lost=True, killed_link=True, doubts=0).cause is Cause.LINK_LOST_RESENT


def test_a_message_is_not_parked_for_a_link_it_shared() -> None:
    """Others were under way on it: no one can say which it was."""
    assert decided(doubtful_mask=0b1, link_lost=True, doubts=3).cause is Cause.LINK_LOST_RESENT


# --- in doubt, and not to be sent again


@pytest.mark.parametrize("found", [{}, {"link_lost": True}, {"killed_link": True, "doubts": 2}, {"expires_at": NOW}])
def test_a_doubt_is_left_alone_by_policy(found: dict[str, Any]) -> None:
    """At most once: it ends as unknown and paid, because it may have left (house 6.3)."""
    doubts = found.get("doubts", 0) + 1

    assert decided(ONCE, doubtful_mask=0b1, **found) == Decision(
        State.UNKNOWN, Cause.IN_DOUBT_GIVEN_UP, NOW, 0b1, 0, doubts
    )


def test_what_never_left_is_not_paid_for_when_a_doubt_is_given_up() -> None:
    """Taken and doubtful segments are paid; the unsent rest is released."""
    assert decided(ONCE, segments=4, sent_mask=0b0001, doubtful_mask=0b0010).sent_mask == 0b0011


def test_a_doubt_at_the_end_of_validity_is_unknown() -> None:
    """There is no time to send it again, and it may have left: it ends as unknown, and paid."""
    decision = decided(segments=3, sent_mask=0b001, doubtful_mask=0b010, expires_at=NOW)

    assert decision == Decision(State.UNKNOWN, Cause.IN_DOUBT_GIVEN_UP, NOW, 0b011, 0, 1)


# --- failed for now


@pytest.mark.parametrize(("attempts", "pause_s"), [(0, 10), (1, 20), (2, 20), (9, 20)])
def test_a_passing_failure_is_tried_again_on_schedule(attempts: int, pause_s: int) -> None:
    """Each failure is an attempt, and the pauses grow."""
    decision = decided(failed_for_now=True, attempts=attempts)

    assert decision == Decision(
        State.QUEUED, Cause.CARRIER_FAILED_FOR_NOW, NOW + pause_s * SECOND_MS, 0, attempts + 1, 0
    )


def test_a_failure_is_graver_than_a_full_carrier() -> None:
    """One segment failed and another found the carrier busy: it was an attempt."""
    assert decided(segments=2, failed_for_now=True, busy=True).cause is Cause.CARRIER_FAILED_FOR_NOW


def test_a_schedule_that_ends_leaves_the_message_to_its_validity() -> None:
    """Without a next time it waits for its end, where it is found expired."""
    found = Findings(**{**NOTHING_FOUND, "failed_for_now": True, "attempts": 2})

    decision = settle(found, doubt=AGAIN, now=NOW, retries=RetrySchedule((1, 2)))

    assert (decision.state, decision.due_at) == (State.QUEUED, EXPIRES)


# --- no attempt at all


def test_a_throttled_message_keeps_its_place() -> None:
    """The carrier was full: it was no attempt, and it is due as before (delivery 2.2)."""
    assert decided(busy=True, attempts=3) == Decision(State.QUEUED, Cause.CARRIER_BUSY, DUE, 0, 3, 0)


def test_an_unsent_message_keeps_its_place() -> None:
    """Handed back before it was written to a link: nothing happened at all."""
    assert decided(attempts=3, doubts=1) == Decision(State.QUEUED, Cause.RETURNED_UNSENT, DUE, 0, 3, 1)


def test_segments_that_were_taken_stay_taken() -> None:
    """A long message goes back to the queue with what is left of it."""
    assert decided(segments=3, sent_mask=0b101, busy=True).sent_mask == 0b101


# --- the end of validity

GOING_BACK: list[dict[str, Any]] = [{"busy": True}, {"failed_for_now": True}, {}]


@pytest.mark.parametrize("found", GOING_BACK)
@pytest.mark.parametrize("expires_at", [NOW, NOW - 1])
def test_a_message_that_would_wait_past_its_validity_expires(found: dict[str, Any], expires_at: int) -> None:
    """It never was in doubt, so it has not left, and what is unsent costs nothing (rest-api 7, 010)."""
    decision = decided(segments=2, sent_mask=0b01, expires_at=expires_at, **found)

    assert (decision.state, decision.cause, decision.sent_mask) == (State.EXPIRED, Cause.EXPIRED_HERE, 0b01)


@pytest.mark.parametrize("found", GOING_BACK)
def test_a_message_once_in_doubt_does_not_expire_as_if_it_had_never_left(found: dict[str, Any]) -> None:
    """A doubt of earlier is not forgotten when a later try fails: it ends as unknown, and that segment is paid."""
    decision = decided(segments=2, doubts=1, doubted_mask=0b10, expires_at=NOW, **found)

    assert (decision.state, decision.cause, decision.sent_mask) == (State.UNKNOWN, Cause.IN_DOUBT_GIVEN_UP, 0b10)


@pytest.mark.parametrize("found", [{"failed_for_now": True}, {"doubtful_mask": 0b1, "doubts": 1}, {"busy": True}])
def test_nothing_waits_past_its_validity(found: dict[str, Any]) -> None:
    """The pause is cut short, so that the message is claimed once more and found expired."""
    decision = decided(expires_at=NOW + 1, due_at=NOW + HOUR_MS, **found)

    assert (decision.state, decision.due_at) == (State.QUEUED, NOW + 1)


@pytest.mark.parametrize(
    ("sent_mask", "doubtful_mask", "end"),
    [
        (0b000, 0b000, (State.EXPIRED, Cause.EXPIRED_HERE, 0b000)),
        (0b001, 0b000, (State.EXPIRED, Cause.EXPIRED_HERE, 0b001)),
        (0b000, 0b001, (State.UNKNOWN, Cause.IN_DOUBT_GIVEN_UP, 0b001)),
        (0b001, 0b010, (State.UNKNOWN, Cause.IN_DOUBT_GIVEN_UP, 0b011)),
        (0b011, 0b010, (State.EXPIRED, Cause.EXPIRED_HERE, 0b011)),
    ],
)
def test_the_queue_ends_a_message_by_what_is_known_of_it(
    sent_mask: int, doubtful_mask: int, end: tuple[State, Cause, int]
) -> None:
    """Nothing in doubt: expired, and only what was taken is paid. Any segment in doubt: unknown, and it is paid too."""
    assert at_end_of_validity(sent_mask=sent_mask, doubtful_mask=doubtful_mask) == end


def test_a_doubt_is_remembered_until_it_is_settled() -> None:
    """Each try adds its own, and a segment that was taken after all is none any more."""
    decision = decided(segments=3, doubtful_mask=0b010, doubted_mask=0b101, sent_mask=0b001)

    assert (decision.state, decision.doubtful_mask) == (State.QUEUED, 0b110)
    assert decided(segments=3, busy=True, doubted_mask=0b101).doubtful_mask == 0b101
    assert decided(sent_mask=0b1, doubted_mask=0b1).doubtful_mask == 0


# --- whatever is found

findings = st.builds(
    Findings,
    sent_mask=st.integers(0, 0b111),
    segments=st.just(3),
    attempts=st.integers(0, 20),
    doubts=st.integers(0, 5),
    due_at=st.integers(NOW - HOUR_MS, NOW),
    expires_at=st.integers(NOW - HOUR_MS, NOW + HOUR_MS),
    rejected=st.none() | st.sampled_from(REFUSALS),
    doubtful_mask=st.integers(0, 0b111),
    doubted_mask=st.integers(0, 0b111),
    link_lost=st.booleans(),
    killed_link=st.booleans(),
    failed_for_now=st.booleans(),
    busy=st.booleans(),
)


@given(findings, st.sampled_from(DoubtPolicy))
def test_every_finding_leads_to_a_lawful_step(found: Findings, doubt: DoubtPolicy) -> None:
    """The table of states knows the step; counts never fall, and what was taken is never forgotten."""
    decision = settle(found, doubt=doubt, now=NOW, retries=RETRIES)

    assert TRANSITIONS[State.SUBMITTING, decision.cause] is decision.state
    assert found.attempts <= decision.attempts <= found.attempts + 1
    assert found.doubts <= decision.doubts <= found.doubts + 1
    assert decision.sent_mask & found.sent_mask == found.sent_mask
    assert decision.sent_mask <= full_mask(found.segments)


@given(findings, st.sampled_from(DoubtPolicy))
def test_a_queued_message_is_due_before_its_end(found: Findings, doubt: DoubtPolicy) -> None:
    """Whatever goes back to the queue comes up again by the end of its validity at the latest."""
    decision = settle(found, doubt=doubt, now=NOW, retries=RETRIES)

    if decision.state is State.QUEUED:
        assert decision.due_at <= found.expires_at
        assert found.expires_at > NOW or decision.cause is Cause.PARKED


@given(findings)
def test_at_most_once_never_sends_a_doubtful_segment_again(found: Findings) -> None:
    """Under that policy a message with a segment in doubt is final, and the segment is paid (delivery 1.3, 2.5)."""
    decision = settle(found, doubt=ONCE, now=NOW, retries=RETRIES)

    doubtful = found.doubtful_mask & ~found.sent_mask
    if doubtful:
        assert decision.state in FINAL
        assert decision.state is State.REJECTED or decision.sent_mask & doubtful == doubtful
