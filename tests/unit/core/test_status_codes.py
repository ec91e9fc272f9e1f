"""What a state and its cause are called outside (rest-api 7)."""

from __future__ import annotations

import pytest

from angarium.core.states import FINAL, TRANSITIONS, Cause, State
from angarium.core.status_codes import STATUS_CODES, settled_status_code, standing, standings_of, status_code

NOW = 1_790_000_000_000
FINAL_CODES = {1, 4, 5, 6, 7, 9, 10, 12, 14}
OPEN_CODES = {2, 3, 8, 11}


@pytest.mark.parametrize(
    ("state", "cause", "due_at", "code"),
    [
        (State.QUEUED, Cause.ACCEPTED, NOW, 8),
        (State.QUEUED, Cause.SCHEDULED, NOW + 1, 11),
        (State.QUEUED, Cause.SCHEDULED, NOW, 8),
        (State.QUEUED, Cause.CARRIER_BUSY, NOW, 2),
        (State.QUEUED, Cause.CARRIER_FAILED_FOR_NOW, NOW + 1, 2),
        (State.QUEUED, Cause.IN_DOUBT_RESENT, NOW, 2),
        (State.QUEUED, Cause.LINK_LOST_RESENT, NOW, 2),
        (State.QUEUED, Cause.RETURNED_UNSENT, NOW, 2),
        (State.QUEUED, Cause.PARKED, NOW + 1, 2),
        (State.SUBMITTING, Cause.CLAIMED, NOW + 1, 2),
        (State.SUBMITTED, Cause.CARRIER_ACCEPTED, NOW, 3),
        (State.DELIVERED, Cause.RECEIPT_DELIVERED, NOW, 4),
        (State.UNDELIVERED, Cause.RECEIPT_UNDELIVERABLE, NOW, 7),
        (State.UNDELIVERED, Cause.RECEIPT_DELETED, NOW, 7),
        (State.EXPIRED, Cause.RECEIPT_EXPIRED, NOW, 10),
        (State.EXPIRED, Cause.EXPIRED_HERE, NOW, 10),
        (State.REJECTED, Cause.RECEIPT_REJECTED, NOW, 5),
        (State.REJECTED, Cause.REFUSED_CONTENT, NOW, 5),
        (State.REJECTED, Cause.REFUSED_SENDER, NOW, 5),
        (State.REJECTED, Cause.REFUSED_RECIPIENT, NOW, 7),
        (State.REJECTED, Cause.REFUSED_ROUTE, NOW, 9),
        (State.REJECTED, Cause.TOO_COSTLY, NOW, 9),
        (State.CANCELLED, Cause.STOPPED, NOW, 6),
        (State.UNKNOWN, Cause.NO_RECEIPT, NOW, 1),
        (State.UNKNOWN, Cause.RECEIPT_UNKNOWN, NOW, 1),
        (State.UNKNOWN, Cause.IN_DOUBT_GIVEN_UP, NOW, 1),
    ],
)
def test_each_state_has_its_number(state: State, cause: Cause, due_at: int, code: int) -> None:
    """A customer sees the published number; only a scheduled message's depends on the time."""
    assert status_code(state, cause, due_at=due_at, now=NOW) == code


@pytest.mark.parametrize(("step", "state"), TRANSITIONS.items(), ids=str)
def test_wherever_a_message_comes_to_has_a_number(step: tuple[State, Cause], state: State) -> None:
    """No step leads to a state without a number, and a number is final exactly when the state is."""
    code = status_code(state, step[1], due_at=NOW, now=NOW)

    assert code in (FINAL_CODES if state in FINAL else OPEN_CODES)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("cause", Cause)
def test_no_pair_is_without_a_number(state: State, cause: Cause) -> None:
    """Even a pair that no step leads to is answered: a customer who asks is never left without a word."""
    assert status_code(state, cause, due_at=NOW, now=NOW) in FINAL_CODES | OPEN_CODES


@pytest.mark.parametrize("state", sorted(set(State) - {State.QUEUED}))
@pytest.mark.parametrize("cause", Cause)
def test_out_of_the_queue_a_number_no_longer_depends_on_time(state: State, cause: Cause) -> None:
    """What a notification says is what a customer who asks is told, whenever he asks."""
    told = settled_status_code(state, cause)

    assert all(status_code(state, cause, due_at=due_at, now=NOW) == told for due_at in (0, NOW, NOW + 1))


def test_every_standing_has_one_status_number() -> None:
    """So that a search by number finds each message under exactly one (rest-api 7)."""
    found = [standing for code in STATUS_CODES for standing in standings_of(code)]

    assert len(found) == len(set(found))
    assert standing(State.DELIVERED, Cause.RECEIPT_DELIVERED, is_later=False) in standings_of(4)
    assert standing(State.QUEUED, Cause.SCHEDULED, is_later=True) in standings_of(11)
    assert standing(State.QUEUED, Cause.SCHEDULED, is_later=False) in standings_of(8)
    assert standings_of(13) == frozenset()
