"""What an operator is told to do about a message."""

from __future__ import annotations

import pytest

from angarium.console.advice import ADVICE, Way, advise
from angarium.core.states import Cause, State


def told(state: State, cause: Cause, *, takes: bool = True, overdue: bool = False, ids: bool = True) -> str:
    """The advice about a message in this state."""
    return advise(state, cause, carrier_takes=takes, is_overdue=overdue, has_ids=ids).sentence


def test_there_is_advice_for_every_cause() -> None:
    """A new cause fails this until somebody knows what to do about it."""
    assert [cause.name for cause in Cause if cause not in ADVICE] == []


def test_a_carrier_that_takes_nothing_comes_before_the_cause() -> None:
    """But not for what waits for its time or for a person."""
    down = told(State.QUEUED, Cause.CARRIER_BUSY, takes=False)

    assert "takes nothing at the moment" in down
    assert told(State.QUEUED, Cause.ACCEPTED, takes=False) == down
    assert told(State.QUEUED, Cause.SCHEDULED, takes=False) == ADVICE[Cause.SCHEDULED].sentence
    assert told(State.QUEUED, Cause.PARKED, takes=False) == ADVICE[Cause.PARKED].sentence


@pytest.mark.parametrize(
    ("overdue", "ids", "said"),
    [(False, True, "Nothing yet"), (True, True, "its word is overdue"), (True, False, "gave no id for it")],
)
def test_a_message_with_its_carrier_is_asked_after_when_it_is_time(overdue: bool, ids: bool, said: str) -> None:
    """Receipts mostly come within seconds; without an id none can come."""
    assert said in told(State.SUBMITTED, Cause.CARRIER_ACCEPTED, overdue=overdue, ids=ids)


def test_every_way_is_on_some_advice() -> None:
    """No button is left over."""
    ways = {way for advice in ADVICE.values() for way in advice.ways}

    assert ways == {*Way}
