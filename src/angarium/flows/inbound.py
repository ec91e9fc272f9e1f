"""What handsets send: kept on disk, and only then acknowledged to the carrier."""

from __future__ import annotations

from collections.abc import Sequence

from angarium.ports.carrier import InboundSegment
from angarium.ports.clock import Clock
from angarium.ports.store import KeptInbound, Store, Tx


class Inbound:
    """The inbound leg, as far as it goes in this version: no segment is lost; none is pushed to a customer yet."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def keep(self, carrier_id: int, segments: Sequence[InboundSegment]) -> None:
        """Keep these segments; return when they are on disk. Raises StoreUnavailable: nothing may be acknowledged."""
        received_at = self._clock.now()
        kept = [KeptInbound(carrier_id, *segment, received_at) for segment in segments]

        async def work(tx: Tx) -> None:
            await tx.keep_inbound(kept)

        await self._store.write(work)
