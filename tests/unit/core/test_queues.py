"""Which messages of a queue an operator means."""

from __future__ import annotations

import pytest

from angarium.core.queues import QueueFilter, Waits

NOW = 1_790_000_000_000
MESSAGE = {"account_id": 7, "recipient": 27990000001, "due_at": NOW, "accepted_at": NOW - 60_000, "now": NOW}


@pytest.mark.parametrize(
    ("meant", "is_meant"),
    [
        (QueueFilter(), True),
        (QueueFilter(account_id=7, prefix="2799", waits=Waits.DUE, accepted_before=NOW), True),
        (QueueFilter(account_id=8), False),
        (QueueFilter(prefix="2783"), False),
        (QueueFilter(waits=Waits.LATER), False),
        (QueueFilter(accepted_before=NOW - 60_000), False),
    ],
)
def test_all_conditions_hold_together(meant: QueueFilter, is_meant: bool) -> None:
    """An empty filter means everything."""
    assert meant.means(**MESSAGE) == is_meant


@pytest.mark.parametrize(("waits", "is_meant"), [(Waits.ANY, True), (Waits.DUE, False), (Waits.LATER, True)])
def test_what_is_sent_later_is_not_due(waits: Waits, is_meant: bool) -> None:
    """Scheduled, or waiting for another try."""
    assert QueueFilter(waits=waits).means(**{**MESSAGE, "due_at": NOW + 1}) == is_meant
