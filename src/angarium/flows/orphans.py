"""Orphans in the hands of an operator: seen, matched by hand, dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from angarium.core.clocktime import UnixMs
from angarium.flows.desk import Desk, Mistaken
from angarium.flows.receipts import Applied, Receipts, receipt_of
from angarium.flows.tables import Tables
from angarium.ports.bell import NOTIFICATIONS
from angarium.ports.orphans import Orphan
from angarium.ports.store import NotFound, Tx


class _At(NamedTuple):
    """The clock of somebody who does everything at one moment."""

    at: UnixMs

    def now(self) -> UnixMs:
        return self.at


class _Ringing(NamedTuple):
    """A bell that somebody else rings."""

    ring: Callable[[str], None]


async def find(desk: Desk, orphan_id: int) -> Orphan:
    """One orphan. Raises NotFound."""
    found = await desk.store.orphan(orphan_id)
    if found is None:
        raise _missing(orphan_id)
    return found


async def match(
    desk: Desk, orphan_id: int, message_id: int, *, segment_no: int, ring: Callable[[str], None] = lambda _: None
) -> Orphan:
    """Say that this orphan speaks of this segment: it settles it as if it had been matched. Raises as below.

    NotFound when the orphan is gone; Mistaken when the segment awaits no receipt of the orphan's carrier.
    """
    tables = Tables()
    await tables.refresh(desk.store)
    receipts = Receipts(store=desk.store, tables=tables, clock=_At(desk.now), bell=_Ringing(ring))

    async def work(tx: Tx) -> tuple[Orphan, Applied]:
        orphan = await tx.take_orphan(orphan_id)
        if orphan is None:
            raise _missing(orphan_id)
        is_awaiting = await tx.await_under(
            orphan.match_id, carrier_id=orphan.carrier_id, message_id=message_id, segment_no=segment_no
        )
        if not is_awaiting:
            raise Mistaken("message_id", f"Segment {segment_no} of it awaits no receipt of this orphan's carrier.")
        # The operator knows better than the number in it.
        receipt = receipt_of(orphan)._replace(recipient="")
        applied = await receipts.apply(tx, orphan.carrier_id, [receipt], now=desk.now)
        after = {"carrier_message_id": orphan.carrier_message_id, "message_id": message_id, "segment": segment_no}
        await tx.record([desk.act("orphan.match", "orphan", orphan_id, after=after)])
        return orphan, applied

    orphan, applied = await desk.store.write(work)
    if applied.any_owed:
        ring(NOTIFICATIONS)
    return orphan


async def drop(desk: Desk, orphan_id: int) -> None:
    """Forget it. Raises NotFound."""

    async def work(tx: Tx) -> None:
        orphan = await tx.take_orphan(orphan_id)
        if orphan is None:
            raise _missing(orphan_id)
        before = {"carrier_message_id": orphan.carrier_message_id, "stat": orphan.stat}
        await tx.record([desk.act("orphan.drop", "orphan", orphan_id, before=before)])

    await desk.store.write(work)


def _missing(orphan_id: int) -> NotFound:
    return NotFound(f"there is no orphan {orphan_id}: it may have been matched, or its 72 hours are over")
