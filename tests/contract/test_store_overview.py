"""What an operator sees at a glance: who sends, and what was in doubt."""

from __future__ import annotations

from angarium.core.message import Priority
from angarium.ports.overview import Depth
from angarium.ports.timeline import Event, EventKind
from tests.contract.stage import NOON, Stage, add_account


async def test_messages_are_counted_by_account(stage: Stage) -> None:
    """From a key on, and no more than asked for: then it says that there are more."""
    other, connection = await add_account(stage.store, "other")
    first = await stage.queue(3)
    later = await stage.queue(2, shared={"account_id": other, "connection_id": connection}, account_id=other)

    whole = await stage.store.count_by_account(first_id=first[0], scanned_max=100)
    of_later = await stage.store.count_by_account(first_id=later[0], scanned_max=100)
    cut = await stage.store.count_by_account(first_id=0, scanned_max=2)

    assert (dict(whole.by_account), whole.is_whole) == ({stage.account_id: 3, other: 2}, True)
    assert dict(of_later.by_account) == {other: 2}
    assert (sum(cut.by_account.values()), cut.is_whole) == (2, False)


async def test_doubts_are_listed_newest_first(stage: Stage) -> None:
    """Page by page; other events are passed over."""
    ids = await stage.queue(3)
    events = [
        Event(ids[0], NOON, EventKind.IN_DOUBT, {"outcome": "resent"}),
        Event(ids[1], NOON + 1, EventKind.BUSY),
        Event(ids[1], NOON + 2, EventKind.IN_DOUBT, {"outcome": "parked"}),
        Event(ids[2], NOON + 3, EventKind.IN_DOUBT, {"outcome": "given up"}),
    ]
    await stage.store.write(lambda tx: tx.add_events(events))

    page = await stage.store.doubts(before_id=None, limit=2)
    rest = await stage.store.doubts(before_id=page.next_before_id, limit=2)

    assert [(each.message_id, each.at, each.outcome) for each in page.doubts] == [
        (ids[2], NOON + 3, "given up"),
        (ids[1], NOON + 2, "parked"),
    ]
    assert [(each.message_id, each.outcome) for each in rest.doubts] == [(ids[0], "resent")]
    assert rest.next_before_id is None


async def test_what_waits_is_counted_by_priority(stage: Stage) -> None:
    """With the moment at which the first of each was due; what has left the queue is not counted."""
    await stage.queue(2, priority=Priority.HIGH, due_at=NOON + 5)
    await stage.queue(1, priority=Priority.HIGH, due_at=NOON + 1)
    (gone,) = await stage.queue(1, priority=Priority.LOW, due_at=NOON)
    await stage.end(gone)

    waiting = await stage.store.waiting_by_priority(stage.carrier_id, count_max=100)
    cut = await stage.store.waiting_by_priority(stage.carrier_id, count_max=2)

    assert waiting == {Priority.HIGH: Depth(3, NOON + 1)}
    assert sum(depth.messages for depth in cut.values()) == 2
