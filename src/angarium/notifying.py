"""What tells customers, joined: the notifier, its two legs, and the attempts on their way into the store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from angarium.callbacks.notifier import CallbackPart
from angarium.config import Settings
from angarium.core.notification import InboundNotification, StatusNotification
from angarium.core.public_ids import PublicIds
from angarium.flows.notify import Notify
from angarium.flows.notify_inbound import NotifyInbound
from angarium.flows.tables import Tables
from angarium.lifecycle import Funnel, LocalBell, OnTrouble, SystemClock
from angarium.observe.logs import Log
from angarium.observe.metrics import Metrics
from angarium.ports.notifier import Attempt
from angarium.ports.store import Store

ATTEMPTS_PER_COMMIT_MAX = 2_000


class Notifying:
    """Statuses and what handsets send, on their way to customers. Open it inside a running loop, and close it there."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        tables: Tables,
        public_ids: PublicIds,
        clock: SystemClock,
        bell: LocalBell,
        metrics: Metrics,
        log: Log,
        on_trouble: OnTrouble,
        demo: bool,
    ) -> None:
        self._part = CallbackPart(settings.callbacks_for(demo=demo), clock=clock)
        self._drain_timeout_s = settings.drain_timeout_s
        self._log = log
        self._attempts = Funnel[Attempt[StatusNotification]](
            "attempts", self._settle, batch_max=ATTEMPTS_PER_COMMIT_MAX, on_trouble=on_trouble
        )
        self._inbound_attempts = Funnel[Attempt[InboundNotification]](
            "inbound attempts", self._settle_inbound, batch_max=ATTEMPTS_PER_COMMIT_MAX, on_trouble=on_trouble
        )
        self.notifier = self._part.notifier
        self.statuses = Notify(
            self.notifier,
            store=store,
            tables=tables,
            public_ids=public_ids,
            clock=clock,
            bell=bell,
            attempted=self._attempts.put,
            count=metrics.callbacks,
        )
        self.inbound = NotifyInbound(
            self.notifier,
            store=store,
            tables=tables,
            public_ids=public_ids,
            clock=clock,
            attempted=self._inbound_attempts.put,
            count=metrics.inbound_attempts,
        )

    async def drain(self) -> None:
        """Let customers answer us for a while."""
        try:
            async with asyncio.timeout(self._drain_timeout_s):
                await self.notifier.drain()
        except TimeoutError:
            self._log.warning("callbacks.undrained")

    async def close(self) -> None:
        """Let go of connections, and write down what was answered."""
        await self._part.close()
        await self._attempts.close(timeout_s=self._drain_timeout_s)
        await self._inbound_attempts.close(timeout_s=self._drain_timeout_s)

    async def _settle(self, attempts: Sequence[Attempt[StatusNotification]]) -> None:
        await self.statuses.settle(attempts)

    async def _settle_inbound(self, attempts: Sequence[Attempt[InboundNotification]]) -> None:
        await self.inbound.settle(attempts)
