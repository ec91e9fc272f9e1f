"""What carriers deliver and nobody understands: kept and counted, and let out only by an operator (delivery 3).

An operator's word is a mark in the row. The running service takes it up, through the same legs as anything that
arrives, so that nothing depends on which process the operator used.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

from angarium.core.clocktime import DAY_MS
from angarium.flows.desk import Desk, Mistaken
from angarium.flows.receipts import Receipts
from angarium.flows.tables import Tables
from angarium.ports.carrier import CarrierReceipt, InboundSegment, Unclear
from angarium.ports.clock import Clock
from angarium.ports.quarantine import Quarantined, Release
from angarium.ports.store import NotFound, Store, Tx

OCTETS_MAX: Final = 8_192
"""How much of a PDU is kept; what is longer is cut off, and can only be looked at."""
AGE_MAX_MS: Final = 30 * DAY_MS
"""How long it waits for an operator."""
RELEASED_MAX: Final = 100
"""Things taken up, or dropped, in one step."""


class Reader(Protocol):
    """The carriers' edge, as it reads a PDU again."""

    def __call__(
        self, settings: Mapping[str, object], quarantined: Quarantined, /, *, as_inbound: bool
    ) -> CarrierReceipt | InboundSegment | Unclear:
        """What the octets say under these settings; `as_inbound`: whatever its flags say, a handset sent it."""
        ...


class Quarantine:
    """The quarantine, for all carriers."""

    def __init__(
        self,
        *,
        store: Store,
        tables: Tables,
        clock: Clock,
        receipts: Receipts,
        inbound: Callable[[int, Sequence[InboundSegment]], Awaitable[None]],
        read: Reader,
        count: Callable[[Mapping[str, int]], None] | None = None,
    ) -> None:
        """`count` is told how many things came in, and what became of those that were let out."""
        self._store = store
        self._tables = tables
        self._clock = clock
        self._receipts = receipts
        self._inbound = inbound
        self._read = read
        self._count = count

    async def keep(self, carrier_id: int, unclear: Sequence[Unclear]) -> None:
        """Keep these; return when they are on disk, so that they may be acknowledged. Raises StoreUnavailable."""
        now = self._clock.now()
        rows = [
            Quarantined(
                carrier_id,
                each.link,
                each.reason,
                each.sender,
                each.recipient,
                each.octets[:OCTETS_MAX],
                each.is_whole and len(each.octets) <= OCTETS_MAX,
                now,
            )
            for each in unclear
        ]

        async def work(tx: Tx) -> None:
            await tx.quarantine(rows)

        await self._store.write(work)
        self._tell("kept", len(rows))

    async def run_once(self) -> bool:
        """Take up what an operator has let out, and forget what has waited too long; True when there is more."""
        released = await self._store.released(limit=RELEASED_MAX)
        for each in released:
            await self._take_up(each)
        before = self._clock.now() - AGE_MAX_MS

        async def work(tx: Tx) -> int:
            return await tx.prune_quarantine(before=before, limit=RELEASED_MAX)

        return await self._store.write(work) == RELEASED_MAX or len(released) == RELEASED_MAX

    async def _take_up(self, quarantined: Quarantined) -> None:
        """Through the usual leg, and then out of quarantine: a crash in between repeats what changes nothing twice."""
        row = next((each for each in self._tables.carriers if each.carrier_id == quarantined.carrier_id), None)
        as_inbound = quarantined.release is Release.INBOUND
        found = self._read({} if row is None else row.settings, quarantined, as_inbound=as_inbound)
        if isinstance(found, Unclear):
            reason = found.reason

            async def keep(tx: Tx) -> None:
                await tx.release(quarantined.quarantine_id, None, reason=reason)

            await self._store.write(keep)
            self._tell("kept again", 1)
            return
        if isinstance(found, CarrierReceipt):
            await self._receipts.settle(quarantined.carrier_id, [found])
        else:
            await self._inbound(quarantined.carrier_id, [found])

        async def drop(tx: Tx) -> int:
            return await tx.drop_quarantined([quarantined.quarantine_id])

        await self._store.write(drop)
        self._tell("released", 1)

    def _tell(self, effect: str, count: int) -> None:
        if self._count is not None:
            self._count({effect: count})


async def find(desk: Desk, quarantine_id: int) -> Quarantined:
    """One thing in quarantine. Raises NotFound."""
    found = await desk.store.quarantined_one(quarantine_id)
    if found is None:
        raise NotFound(f"there is nothing with the number {quarantine_id} in quarantine")
    return found


async def release(desk: Desk, quarantine_id: int, release: Release) -> Quarantined:
    """Let it out: a running service takes it up within a second or so. Raises NotFound or Mistaken."""
    found = await find(desk, quarantine_id)
    if not found.is_whole:
        raise Mistaken("release", "Not all of its octets were kept, so it can only be looked at and dropped.")
    act = desk.act("quarantine.release", "quarantine", quarantine_id, after={"release": str(release)})

    async def work(tx: Tx) -> bool:
        is_there = await tx.release(quarantine_id, release)
        await tx.record([act] if is_there else [])
        return is_there

    if not await desk.store.write(work):
        raise NotFound(f"there is nothing with the number {quarantine_id} in quarantine")
    return found._replace(release=release)


async def drop(desk: Desk, quarantine_id: int) -> None:
    """Forget it. Raises NotFound."""
    act = desk.act("quarantine.drop", "quarantine", quarantine_id)

    async def work(tx: Tx) -> int:
        dropped = await tx.drop_quarantined([quarantine_id])
        await tx.record([act] if dropped else [])
        return dropped

    if not await desk.store.write(work):
        raise NotFound(f"there is nothing with the number {quarantine_id} in quarantine")
