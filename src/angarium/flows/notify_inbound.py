"""The other half of leg 4: push what handsets have sent to the reply URL of whoever owns the number (rest-api 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from angarium.core.account import ReplyTarget
from angarium.core.clocktime import MINUTE_MS, UnixMs
from angarium.core.inbound import InboundState
from angarium.core.notification import InboundNotification, inbound_queue
from angarium.core.public_ids import PublicIds
from angarium.core.retry import INBOUND_RETRIES, RetrySchedule, inbound_next_at, is_second_round
from angarium.flows.tables import Tables
from angarium.ports.clock import Clock
from angarium.ports.inbound import SettledInbound
from angarium.ports.notifier import Attempt, Delivery, Notifier
from angarium.ports.store import Store, Tx

LEASE_MS: Final = MINUTE_MS
"""How long a claim lasts: longer than any attempt takes. After a crash they are pushed again by then."""
CLAIM_MAX: Final = 500
"""Inbound messages of one connection in one claim."""


class NotifyInbound:
    """The leg of inbound messages: a queue of its own for each connection, beside that of its statuses."""

    def __init__(
        self,
        notifier: Notifier,
        *,
        store: Store,
        tables: Tables,
        public_ids: PublicIds,
        clock: Clock,
        attempted: Callable[[list[Attempt[InboundNotification]]], None],
        count: Callable[[Counter[str]], None] | None = None,
        retries: RetrySchedule = INBOUND_RETRIES,
    ) -> None:
        """`attempted` takes attempts as they end and sees that `settle` is called with them."""
        self._notifier = notifier
        self._store = store
        self._tables = tables
        self._public_ids = public_ids
        self._clock = clock
        self._attempted = attempted
        self._count = count
        self._retries = retries

    async def run_once(self) -> bool:
        """Claim what is due, as far as each endpoint has room, and hand it over; False when there was nothing."""
        now = self._clock.now()
        wanted = {
            connection_id: min(room, CLAIM_MAX)
            for connection_id in await self._store.connections_owed_inbound(now=now)
            if (room := self._notifier.room_for(inbound_queue(connection_id))) > 0
        }
        if not wanted:
            return False

        async def claim(tx: Tx) -> list[InboundNotification]:
            claimed: list[InboundNotification] = []
            for connection_id, limit in wanted.items():
                claimed += await tx.claim_inbound(connection_id, limit=limit, now=now, lease_until=now + LEASE_MS)
            return claimed

        claimed = await self._store.write(claim)
        deliveries: list[Delivery[InboundNotification]] = []
        homeless: list[SettledInbound] = []
        for notification in claimed:
            target = self._target(notification)
            if target is None:
                homeless.append(_homeless(notification, now=now))
            else:
                deliveries.append(Delivery(notification, self._public_ids.show(notification.message_id), target))
        if deliveries:
            self._notifier.deliver(deliveries, self._attempted)
        if homeless:
            await self._write(homeless)
        return bool(claimed)

    async def settle(self, attempts: Sequence[Attempt[InboundNotification]]) -> None:
        """Write down how these attempts ended, in one commit. Raises StoreUnavailable: call again with the same."""
        now = self._clock.now()
        settled = [self._settled(attempt, now=now) for attempt in attempts]
        await self._write(settled)
        if self._count is not None:
            self._count(Counter(_result(each) for each in settled))

    async def _write(self, settled: Sequence[SettledInbound]) -> None:
        async def work(tx: Tx) -> None:
            await tx.settle_inbound(settled)

        await self._store.write(work)

    def _reply(self, connection_id: int) -> ReplyTarget | None:
        connection = self._tables.directory.connections.get(connection_id)
        return None if connection is None else connection.settings.reply

    def _target(self, notification: InboundNotification) -> ReplyTarget | None:
        reply = self._reply(notification.connection_id)
        if reply is not None and is_second_round(
            attempts=notification.attempts, has_secondary=bool(reply.secondary_url), retries=self._retries
        ):
            return replace(reply, url=reply.secondary_url)
        return reply

    def _settled(self, attempt: Attempt[InboundNotification], *, now: UnixMs) -> SettledInbound:
        notification = attempt.delivery.notification
        attempt_no = notification.attempts + 1
        state, due_at = InboundState.DELIVERED, None
        if not attempt.ok:
            reply = self._reply(notification.connection_id)
            has_secondary = reply is not None and bool(reply.secondary_url)
            due_at = inbound_next_at(attempts=attempt_no, has_secondary=has_secondary, now=now, retries=self._retries)
            state = InboundState.DEAD_LETTER if due_at is None else InboundState.OWED
        return SettledInbound(
            notification.message_id,
            now,
            attempt_no,
            attempt.status,
            attempt.answer,
            attempt.error,
            attempt.elapsed_ms,
            state,
            due_at,
        )


def _homeless(notification: InboundNotification, *, now: UnixMs) -> SettledInbound:
    """Its connection has lost its reply URL: kept to be read, and to be pushed again when there is one."""
    error = "the API connection has no reply URL any more"
    return SettledInbound(
        notification.message_id, now, notification.attempts + 1, 0, b"", error, 0, InboundState.KEPT, None
    )


def _result(settled: SettledInbound) -> str:
    if settled.state is InboundState.DELIVERED:
        return "delivered"
    return "retry" if settled.due_at is not None else "exhausted"
