"""Which statuses a customer hears of: the mask of rest-api 8.2."""

from __future__ import annotations

import pytest

from angarium.core.notification import is_told, is_wanted
from angarium.core.states import State

FAILURES = {1, 5, 7, 9, 10, 12}
PUSHED = {
    0: set(),
    1: {3},
    2: {4} | FAILURES,
    3: {3, 4} | FAILURES,
    4: FAILURES,
    5: {3} | FAILURES,
    6: {4} | FAILURES,
    7: {3, 4} | FAILURES,
}
"""By mask, as published; 001 counts as a failure by our own decision."""


@pytest.mark.parametrize("mask", PUSHED)
def test_a_mask_asks_for_its_statuses_and_no_others(mask: int) -> None:
    """Of all numbers that a status can have, exactly the published ones are pushed."""
    assert {code for code in range(20) if is_wanted(code, mask)} == PUSHED[mask]


@pytest.mark.parametrize("code", [2, 6, 8, 11, 14])
def test_some_statuses_are_never_pushed(code: int) -> None:
    """Whoever queued, scheduled or stopped a message knows it already (rest-api 8.2)."""
    assert not any(is_wanted(code, mask) for mask in range(8))


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State.QUEUED, False),
        (State.SUBMITTING, False),
        (State.SUBMITTED, True),
        (State.DELIVERED, True),
        (State.UNDELIVERED, True),
        (State.EXPIRED, True),
        (State.REJECTED, True),
        (State.CANCELLED, False),
        (State.UNKNOWN, True),
    ],
)
def test_a_state_is_told_or_never(state: State, told: bool) -> None:
    """Submitted and the final states are told, but not what the customer stopped."""
    assert is_told(state) is told
