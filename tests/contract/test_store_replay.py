"""Notifications as an operator sees them: found, looked at, and tried once more."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.account import ConnectionSettings
from angarium.ports.searches import NotificationQuery, NotificationState
from angarium.ports.store import Owed
from angarium.stores.sqlite import searches
from tests.contract.stage import LEASE_MS, NOON, AnyStore, Stage, settled

WAITING, DELIVERED, DEAD = NotificationState


async def owe(stage: Stage, *owed: Owed) -> list[int]:
    """Write notifications; their numbers, oldest first."""
    await stage.store.write(lambda tx: tx.owe(owed))
    found = await stage.store.search_notifications(NotificationQuery(limit=len(owed)))
    return [each.notification_id for each in found.notifications][::-1]


async def ids(store: AnyStore, **query: Any) -> list[int]:
    """What a query finds on all its pages together."""
    found: list[int] = []
    while True:
        page = await store.search_notifications(NotificationQuery(limit=2, **query))
        found += [each.notification_id for each in page.notifications]
        if page.next_before_id is None:
            return found
        query["before_id"] = page.next_before_id


async def three(stage: Stage) -> tuple[list[int], list[int]]:
    """A waiting one, a delivered one and a dead one, each of its own message; messages and notifications."""
    messages = await stage.queue(3)
    notifications = await owe(stage, *(stage.owed(message_id) for message_id in messages))
    ends = [settled(notifications[1]), settled(notifications[2], ok=False, status=500, answer=b"no", error="")]
    await stage.store.write(lambda tx: tx.settle_notifications(ends))
    return messages, notifications


async def due(store: AnyStore, connection_id: int, *, now: int = NOON) -> list[int]:
    """The notifications that are claimed at this moment."""
    claimed = await store.write(
        lambda tx: tx.claim_notifications(connection_id, limit=100, now=now, lease_until=now + LEASE_MS)
    )
    return [each.notification_id for each in claimed]


async def test_notifications_are_found_by_what_they_are(stage: Stage) -> None:
    """Connection, message and state, alone and together, newest first (delivery 5)."""
    messages, (waiting, delivered, dead) = await three(stage)
    store, own = stage.store, stage.connection_id

    assert await ids(store) == [dead, delivered, waiting]
    assert await ids(store, connection_id=own) == [dead, delivered, waiting]
    assert await ids(store, connection_id=own + 1) == []
    assert [await ids(store, state=state) for state in NotificationState] == [[waiting], [delivered], [dead]]
    assert await ids(store, state=DEAD, connection_id=own) == [dead]
    assert await ids(store, state=DEAD, connection_id=own + 1) == []
    assert await ids(store, message_id=messages[1]) == [delivered]
    assert await ids(store, message_id=messages[1], state=DEAD) == []
    assert await ids(store, message_id=messages[1], connection_id=own + 1) == []


async def test_a_notification_tells_how_each_try_went(stage: Stage) -> None:
    """State, number of attempts, and of each its moment, status and first octets of the answer (delivery 5)."""
    _, (_, _, dead) = await three(stage)

    view = await stage.store.notification(dead)
    (attempt,) = await stage.store.attempts(dead)

    assert view is not None
    assert (view.state, view.attempts, view.due_at) == (DEAD, 1, None)
    assert attempt == (1, NOON, 500, 5, b"no", "")
    assert await stage.store.notification(4711) is None
    assert await stage.store.attempts(4711) == []


async def test_a_search_of_notifications_is_bounded(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like one of messages."""
    other = await stage.store.create_connection(stage.account_id, "other", ConnectionSettings(), at=NOON)
    messages = await stage.queue(6)
    rare, *_ = await owe(
        stage,
        stage.owed(messages[0], connection_id=other.connection_id),
        *(stage.owed(message_id) for message_id in messages[1:]),
    )

    monkeypatch.setattr(searches, "NOTIFICATIONS_SCANNED_MAX", 2)
    first = await stage.store.search_notifications(NotificationQuery(limit=9, connection_id=other.connection_id))

    assert first.notifications == []
    assert await ids(stage.store, connection_id=other.connection_id) == [rare]


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_one_is_tried_once_more_whatever_became_of_it(stage: Stage, which: int) -> None:
    """Waiting, delivered or dead: it is due at the moment that was asked for (delivery 5)."""
    _, notifications = await three(stage)

    is_replayed = await stage.store.write(lambda tx: tx.replay_notification(notifications[which], at=NOON + 1))

    assert is_replayed
    assert notifications[which] in await due(stage.store, stage.connection_id, now=NOON + 1)


async def test_one_that_is_under_way_is_left_alone(stage: Stage) -> None:
    """It would be delivered twice at the same moment; and one that never was cannot be replayed."""
    _, (waiting, _, _) = await three(stage)
    assert await due(stage.store, stage.connection_id) == [waiting]

    under_way = await stage.store.write(lambda tx: tx.replay_notification(waiting, at=NOON))
    unknown = await stage.store.write(lambda tx: tx.replay_notification(4711, at=NOON))

    assert (under_way, unknown) == (False, False)


async def test_dead_letters_of_a_connection_are_replayed_in_portions(stage: Stage) -> None:
    """The oldest first, and nothing else of it or of any other (delivery 5)."""
    other = await stage.store.create_connection(stage.account_id, "other", ConnectionSettings(), at=NOON)
    messages = await stage.queue(5)
    dead = await owe(
        stage,
        *(stage.owed(message_id) for message_id in messages[:3]),
        stage.owed(messages[3], connection_id=other.connection_id),
    )
    await stage.store.write(lambda tx: tx.settle_notifications([settled(each, ok=False) for each in dead]))
    replayed = [
        await stage.store.write(lambda tx: tx.replay_dead(stage.connection_id, at=NOON + 1, limit=2)) for _ in range(3)
    ]

    assert replayed == [2, 1, 0]
    assert sorted(await due(stage.store, stage.connection_id, now=NOON + 1)) == dead[:3]
    assert await ids(stage.store, state=DEAD) == [dead[3]]
