"""A message moves forward only, and ends."""

from __future__ import annotations

import pytest

from angarium.core.states import FINAL, OPEN, TRANSITIONS, Cause, State, after

FINAL_BUT_UNKNOWN = sorted(FINAL - {State.UNKNOWN})
RANK = {State.QUEUED: 0, State.SUBMITTING: 0, State.SUBMITTED: 1}
"""How far a message has come; final states come after these."""


def test_every_state_is_open_or_final() -> None:
    """Three states are on the way, six are the end."""
    assert set(State) == OPEN | FINAL
    assert not OPEN & FINAL
    assert {State.QUEUED, State.SUBMITTING, State.SUBMITTED} == OPEN


@pytest.mark.parametrize("state", FINAL_BUT_UNKNOWN)
@pytest.mark.parametrize("cause", Cause)
def test_a_final_state_absorbs_everything(state: State, cause: Cause) -> None:
    """A late or repeated word changes nothing (rest-api 7)."""
    assert after(state, cause) is None


@pytest.mark.parametrize("cause", Cause)
def test_unknown_gives_way_to_better_knowledge_only(cause: Cause) -> None:
    """A late receipt may say what became of it; nothing else moves it, and nothing reopens it (delivery 3.12)."""
    better = {
        Cause.RECEIPT_DELIVERED: State.DELIVERED,
        Cause.RECEIPT_UNDELIVERABLE: State.UNDELIVERED,
        Cause.RECEIPT_DELETED: State.UNDELIVERED,
        Cause.RECEIPT_EXPIRED: State.EXPIRED,
        Cause.RECEIPT_REJECTED: State.REJECTED,
    }

    assert after(State.UNKNOWN, cause) == better.get(cause)


@pytest.mark.parametrize(("step", "state"), TRANSITIONS.items(), ids=str)
def test_no_step_leads_backwards(step: tuple[State, Cause], state: State) -> None:
    """Only between queued and submitting a message goes to and fro; no step stays where it is."""
    before, _ = step
    last = len(State)

    assert state is not before
    assert RANK.get(state, last) >= RANK.get(before, last)


def test_a_whole_life() -> None:
    """Queued, claimed, taken by the carrier, delivered."""
    state: State | None = State.QUEUED
    for cause in (Cause.CLAIMED, Cause.CARRIER_ACCEPTED, Cause.RECEIPT_DELIVERED):
        assert state is not None
        state = after(state, cause)

    assert state is State.DELIVERED


def test_every_state_can_be_reached_and_left() -> None:
    """From queued there is a way to every state, and from every open state to an end."""
    reached = {State.QUEUED}
    for _ in State:
        reached |= {state for (before, _), state in TRANSITIONS.items() if before in reached}

    assert reached == set(State)
    assert all(any(before is state and to in FINAL for (before, _), to in TRANSITIONS.items()) for state in OPEN)


@pytest.mark.parametrize("state", [State.SUBMITTING, State.SUBMITTED, *sorted(FINAL)])
def test_only_a_queued_message_can_be_stopped(state: State) -> None:
    """What has left, or may be leaving, is not stopped (rest-api 2.7)."""
    assert after(state, Cause.STOPPED) is None
    assert after(State.QUEUED, Cause.STOPPED) is State.CANCELLED


@pytest.mark.parametrize(
    "cause",
    [
        Cause.CARRIER_BUSY,
        Cause.CARRIER_FAILED_FOR_NOW,
        Cause.IN_DOUBT_RESENT,
        Cause.LINK_LOST_RESENT,
        Cause.RETURNED_UNSENT,
        Cause.PARKED,
    ],
)
def test_what_may_be_tried_again_goes_back_to_the_queue(cause: Cause) -> None:
    """Busy, failed for now, in doubt, unsent and parked messages are queued again."""
    assert after(State.SUBMITTING, cause) is State.QUEUED


@pytest.mark.parametrize("state", [State.QUEUED, State.SUBMITTING])
@pytest.mark.parametrize("cause", [Cause.RECEIPT_UNKNOWN, Cause.NO_RECEIPT])
def test_not_knowing_ends_nothing_before_it_was_sent(state: State, cause: Cause) -> None:
    """A carrier that does not know, or does not say, ends only a message that it has wholly taken."""
    assert after(state, cause) is None


def test_a_message_is_delivered_from_any_open_state() -> None:
    """Receipts may come for every segment while our own answers are still under way."""
    assert {after(state, Cause.RECEIPT_DELIVERED) for state in OPEN} == {State.DELIVERED}


def test_stored_numbers_never_change() -> None:
    """The numbers are in every store that was ever written."""
    assert [state.value for state in State] == list(range(9))
    assert {cause.name: cause.value for cause in Cause} == {
        "ACCEPTED": 0,
        "SCHEDULED": 1,
        "CLAIMED": 2,
        "CARRIER_ACCEPTED": 3,
        "CARRIER_BUSY": 4,
        "CARRIER_FAILED_FOR_NOW": 5,
        "IN_DOUBT_RESENT": 6,
        "RETURNED_UNSENT": 7,
        "PARKED": 8,
        "LINK_LOST_RESENT": 9,
        "RECEIPT_DELIVERED": 20,
        "RECEIPT_UNDELIVERABLE": 21,
        "RECEIPT_EXPIRED": 22,
        "RECEIPT_DELETED": 23,
        "RECEIPT_REJECTED": 24,
        "RECEIPT_UNKNOWN": 25,
        "REFUSED_CONTENT": 30,
        "REFUSED_RECIPIENT": 31,
        "REFUSED_SENDER": 32,
        "REFUSED_ROUTE": 33,
        "EXPIRED_HERE": 40,
        "STOPPED": 41,
        "NO_RECEIPT": 42,
        "IN_DOUBT_GIVEN_UP": 43,
        "TOO_COSTLY": 45,
    }
