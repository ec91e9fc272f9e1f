"""Notifications, replayed because a person asks for it: each is tried once more, at once."""

from __future__ import annotations

from typing import Final

from angarium.flows.desk import Desk
from angarium.ports.searches import NotificationQuery, NotificationState, NotificationView
from angarium.ports.store import AlreadyExists, NotFound, Tx

REPLAYED_PER_COMMIT_MAX: Final = 1_000
REPLAYED_MAX: Final = 10_000
"""Dead letters in one call; the next call goes on with the rest."""
OF_MESSAGE_MAX: Final = 20
"""Notifications of one message: there are a few at the most."""


async def find_notification(desk: Desk, notification_id: int) -> NotificationView:
    """The notification of this number. Raises NotFound."""
    view = await desk.store.notification(notification_id)
    if view is None:
        raise NotFound(f"there is no notification {notification_id}")
    return view


async def replay(desk: Desk, notification_id: int) -> NotificationView:
    """Try one once more, delivered or not. Raises NotFound, and AlreadyExists while it is under way.

    Those before it of the same message that wait for their next try go with it: they are told in order (rest-api 8.5).
    """
    before = await find_notification(desk, notification_id)
    found = await desk.store.search_notifications(NotificationQuery(OF_MESSAGE_MAX, message_id=before.message_id))
    earlier = [
        each.notification_id
        for each in found.notifications
        if each.notification_id < notification_id and each.state is NotificationState.WAITING
    ]

    async def work(tx: Tx) -> None:
        for each in earlier:
            # One that is under way needs no push.
            await tx.replay_notification(each, at=desk.now)
        if not await tx.replay_notification(notification_id, at=desk.now):
            raise AlreadyExists("the notification is on its way at this moment: wait for how that ends")
        await tx.record(
            [desk.act("notification.replay", "notification", notification_id, before={"state": before.state})]
        )

    await desk.store.write(work)
    return await find_notification(desk, notification_id)


async def replay_dead(desk: Desk, connection_id: int) -> int:
    """Try the dead letters of an API connection once more, REPLAYED_MAX at the most; returns how many."""
    replayed = 0
    while replayed < REPLAYED_MAX:

        async def work(tx: Tx) -> int:
            count = await tx.replay_dead(connection_id, at=desk.now, limit=REPLAYED_PER_COMMIT_MAX)
            if count:
                act = desk.act("notification.replay_dead", "connection", connection_id, after={"notifications": count})
                await tx.record([act])
            return count

        count = await desk.store.write(work)
        replayed += count
        if count < REPLAYED_PER_COMMIT_MAX:
            break
    return replayed
