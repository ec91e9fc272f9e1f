"""Leg 4, notify: claim what is owed, hand it to the channel, and write down how each attempt ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from angarium.core.clocktime import MINUTE_MS, UnixMs
from angarium.core.notification import StatusNotification
from angarium.core.public_ids import PublicIds
from angarium.core.retry import CALLBACK_RETRIES, RetrySchedule
from angarium.flows.tables import Tables
from angarium.ports.bell import NOTIFICATIONS, Bell
from angarium.ports.clock import Clock
from angarium.ports.notifier import Attempt, Delivery, Notifier
from angarium.ports.store import Settled, Store, Tx

LEASE_MS: Final = MINUTE_MS
"""How long a claim lasts: longer than any attempt takes. After a crash they are delivered again by then."""
CLAIM_MAX: Final = 500
"""Notifications of one connection in one claim."""


class Notify:
    """The notify leg."""

    def __init__(
        self,
        notifier: Notifier,
        *,
        store: Store,
        tables: Tables,
        public_ids: PublicIds,
        clock: Clock,
        bell: Bell,
        attempted: Callable[[list[Attempt[StatusNotification]]], None],
        count: Callable[[Counter[str]], None] | None = None,
        retries: RetrySchedule = CALLBACK_RETRIES,
    ) -> None:
        """`attempted` takes attempts as they end and sees that `settle` is called with them."""
        self._notifier = notifier
        self._store = store
        self._tables = tables
        self._public_ids = public_ids
        self._clock = clock
        self._bell = bell
        self._attempted = attempted
        self._count = count
        self._retries = retries
        self._turn = 0
        """The connection that was served last, so that the next batch begins after it."""

    async def run_once(self) -> bool:
        """Claim what is due, as far as each endpoint has room, and hand it over; False when there was nothing."""
        now = self._clock.now()
        connections = await self._store.connections_owed(now=now)
        connections.sort(key=lambda connection_id: (connection_id <= self._turn, connection_id))
        wanted = {
            connection_id: min(room, CLAIM_MAX)
            for connection_id in connections
            if (room := self._notifier.room_for(connection_id)) > 0
        }
        if not wanted or self._notifier.room() <= 0:
            return False

        async def claim(tx: Tx) -> list[StatusNotification]:
            room = self._notifier.room()
            claimed: list[StatusNotification] = []
            for connection_id, limit in wanted.items():
                limit = min(limit, room - len(claimed))
                if limit <= 0:
                    break
                claimed += await tx.claim_notifications(connection_id, limit=limit, now=now, lease_until=now + LEASE_MS)
            return claimed

        claimed = await self._store.write(claim)
        if claimed:
            self._turn = claimed[-1].connection_id
        deliveries: list[Delivery[StatusNotification]] = []
        homeless: list[StatusNotification] = []
        for notification, public_id in zip(
            claimed, self._public_ids.show_all([each.message_id for each in claimed]), strict=True
        ):
            connection = self._tables.directory.connections.get(notification.connection_id)
            if connection is None or connection.settings.callback is None:
                homeless.append(notification)
            else:
                deliveries.append(Delivery(notification, public_id, connection.settings.callback))
        if deliveries:
            self._notifier.deliver(deliveries, self._attempted)
        if homeless:
            await self._give_up(homeless, now=now)
        return bool(claimed)

    async def settle(self, attempts: Sequence[Attempt[StatusNotification]]) -> None:
        """Write down how these attempts ended, in one commit. Raises StoreUnavailable: call again with the same."""
        now = self._clock.now()
        settled = [self._settled(attempt, now=now) for attempt in attempts]

        async def work(tx: Tx) -> None:
            await tx.settle_notifications(settled)

        await self._store.write(work)
        # A later status of the same message may have waited for this one.
        self._bell.ring(NOTIFICATIONS)
        if self._count is not None:
            self._count(Counter(_result(each) for each in settled))

    def _settled(self, attempt: Attempt[StatusNotification], *, now: UnixMs) -> Settled:
        notification = attempt.delivery.notification
        attempt_no = notification.attempts + 1
        due_at = None if attempt.ok else self._retries.next_at(attempts=attempt_no, now=now)
        return Settled(
            notification.notification_id,
            attempt_no,
            now,
            attempt.ok,
            attempt.status,
            attempt.answer,
            attempt.error,
            attempt.elapsed_ms,
            due_at,
        )

    async def _give_up(self, homeless: Sequence[StatusNotification], *, now: UnixMs) -> None:
        settled = [
            Settled(
                each.notification_id,
                each.attempts + 1,
                now,
                ok=False,
                status=0,
                answer=b"",
                error="the API connection has no callback URL any more",
                elapsed_ms=0,
                due_at=None,
            )
            for each in homeless
        ]

        async def work(tx: Tx) -> None:
            await tx.settle_notifications(settled)

        await self._store.write(work)


def _result(settled: Settled) -> str:
    if settled.ok:
        return "delivered"
    return "retry" if settled.due_at is not None else "exhausted"
