"""What happened to a message out of the ordinary is on disk with the change that it tells of."""

from __future__ import annotations

import pytest

from angarium.ports.timeline import EVENTS_OF_MESSAGE_MAX, Event, EventKind
from tests.contract.stage import NOON, Place, Stage


async def test_events_come_back_in_the_order_in_which_they_were_written(place: Place, stage: Stage) -> None:
    """Also those of one moment, of several writes, and across a restart; each message has its own."""
    first, second = await stage.queue(2)
    written = [
        Event(first, NOON + 5, EventKind.RE_ROUTED, {"from": 1, "to": 2, "reason": 'it\'s "down"'}),
        Event(first, NOON + 5, EventKind.BUSY),
        Event(first, NOON, EventKind.RETRY, {"due_at": NOON + 9}),
    ]
    await stage.store.write(lambda tx: tx.add_events([*written[:2], Event(second, NOON, EventKind.ENDED)]))
    await stage.store.write(lambda tx: tx.add_events(written[2:]))
    stage.store = await place.reopen(stage.store)

    assert await stage.store.events(first) == written
    assert [event.kind for event in await stage.store.events(second)] == [EventKind.ENDED]


async def test_most_messages_have_no_events(stage: Stage) -> None:
    """Nor does a message that never was; writing none is nothing."""
    (message_id,) = await stage.queue()
    await stage.store.write(lambda tx: tx.add_events([]))

    assert await stage.store.events(message_id) == []
    assert await stage.store.events(1) == []


async def test_events_are_undone_with_their_work(stage: Stage) -> None:
    """What did not happen is not told."""
    (message_id,) = await stage.queue()

    async def work(tx: object) -> None:
        await tx.add_events([Event(message_id, NOON, EventKind.RETRY)])  # type: ignore[attr-defined]
        raise RuntimeError("undone")

    with pytest.raises(RuntimeError):
        await stage.store.write(work)

    assert await stage.store.events(message_id) == []


async def test_a_message_with_very_many_events_is_read_in_part(stage: Stage) -> None:
    """The earliest ones: reading stays bounded whatever happened."""
    (message_id,) = await stage.queue()
    events = [Event(message_id, NOON + at, EventKind.RETRY) for at in range(EVENTS_OF_MESSAGE_MAX + 1)]
    await stage.store.write(lambda tx: tx.add_events(events))

    assert await stage.store.events(message_id) == events[:-1]


async def test_events_are_forgotten_with_their_message(stage: Stage) -> None:
    """What hangs on a request goes with it."""
    (message_id,) = await stage.queue()
    await stage.store.write(lambda tx: tx.add_events([Event(message_id, NOON, EventKind.RETRY)]))
    await stage.end(message_id)

    assert await stage.store.write(lambda tx: tx.prune_requests(before_id=message_id + 1, limit=10)) == 1

    assert await stage.store.events(message_id) == []
