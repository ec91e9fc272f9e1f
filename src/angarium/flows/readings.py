"""How carriers spell their message ids: learned from receipts that stay unmatched, proposed, and never assumed.

orphans of a carrier ──paired with segments to the same recipient──> readings that all pairs share ──> a proposal

An operator accepts, which changes the carrier's settings. Whatever changed them, the ids that are stored are then read
anew, so that segments and orphans find each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from angarium.core.clocktime import DAY_MS, MINUTE_MS, SECOND_MS, UnixMs
from angarium.flows import carriers
from angarium.flows.desk import Desk
from angarium.flows.receipts import RECEIPT_AGE_MAX_MS, Applied, Receipts, agrees, receipt_of
from angarium.flows.tables import Tables
from angarium.ports.bell import NOTIFICATIONS, Bell
from angarium.ports.clock import Clock
from angarium.ports.orphans import Orphan
from angarium.ports.readings import AwaitingId, IdForms, KnownReadings, Proposal, Readings
from angarium.ports.store import CarrierRow, NotFound, Store, Tx

PAIRS_MIN: Final = 3
"""Receipts that must agree: each has the right recipient and, under the same readings, the right id."""
ORPHANS_MAX: Final = 50
"""The newest orphans of a carrier that are looked at."""
SEGMENTS_MAX: Final = 4_000
"""The newest segments that they are compared with."""
PAGE_MAX: Final = 500
"""Segments or orphans read anew in one step."""
ORPHAN_AGE_MIN_MS: Final = 10 * SECOND_MS
"""A younger one may just be faster than its answer."""
ORPHAN_AGE_MAX_MS: Final = DAY_MS
READ_AGAIN_FOR_MS: Final = 5 * MINUTE_MS
"""How long after a change ids are read anew: links that still drain go on with the old settings for a while."""
READ_AGAIN_EVERY_MS: Final = 30 * SECOND_MS


@dataclass(slots=True)
class _Pass:
    """One way through all that is stored of a carrier."""

    readings: Readings
    segment: AwaitingId | None = None
    orphans_before: int | None = None
    are_segments_done: bool = False


class Learning:
    """The leg that learns, and reads anew. Run it every few seconds."""

    def __init__(
        self,
        *,
        store: Store,
        tables: Tables,
        clock: Clock,
        bell: Bell,
        receipts: Receipts,
        forms: IdForms,
        on_proposal: Callable[[CarrierRow, Proposal], None] | None = None,
    ) -> None:
        """`on_proposal` is told of each new proposal."""
        self._store = store
        self._tables = tables
        self._clock = clock
        self._bell = bell
        self._receipts = receipts
        self._forms = forms
        self._on_proposal = on_proposal
        self._seen: dict[int, int] = {}
        """By carrier: the newest orphan that was looked at."""
        self._passes: dict[int, _Pass] = {}
        self._known: dict[int, KnownReadings] = {}
        self._passed_at: dict[int, UnixMs] = {}

    async def run_once(self) -> bool:
        """One step for each carrier; True when there is more to do at once."""
        more = False
        for row in self._tables.carriers:
            readings = self._forms.readings(row.settings)
            if readings is not None:
                more = await self._read_again(row, readings) or more
                await self._learn(row, readings)
        return more

    # --- learning

    async def _learn(self, row: CarrierRow, readings: Readings) -> None:
        now = self._clock.now()
        orphans = await self._store.orphans(limit=ORPHANS_MAX, carrier_id=row.carrier_id)
        if not orphans or orphans[0].orphan_id == self._seen.get(row.carrier_id):
            return
        ripe = [
            orphan
            for orphan in orphans
            if orphan.cause is not None and ORPHAN_AGE_MIN_MS <= now - orphan.received_at <= ORPHAN_AGE_MAX_MS
        ]
        if len(ripe) == len(orphans):
            self._seen[row.carrier_id] = orphans[0].orphan_id
        if len(ripe) < PAIRS_MIN:
            return
        segments = await self._store.recent_awaiting_ids(row.carrier_id, limit=SEGMENTS_MAX)
        proposal = self._proposal(row.carrier_id, ripe, segments, readings, now)
        if proposal is None:
            return

        async def work(tx: Tx) -> bool:
            return await tx.propose(proposal)

        if await self._store.write(work) and self._on_proposal is not None:
            self._on_proposal(row, proposal)

    def _proposal(
        self,
        carrier_id: int,
        orphans: Sequence[Orphan],
        segments: Sequence[AwaitingId],
        readings: Readings,
        now: UnixMs,
    ) -> Proposal | None:
        """The plainest readings on which all pairs agree, if there are enough of them and they are not set already."""
        pairs = [pair for orphan in orphans if (pair := self._pair(orphan, segments)) is not None]
        if len(pairs) < PAIRS_MIN:
            return None
        shared = [each for each in pairs[0][2] if all(each in others for _, _, others in pairs)]
        if not shared or readings in shared:
            return None
        segment, orphan, _ = pairs[0]
        return Proposal(carrier_id, shared[0], len(pairs), segment.carrier_message_id, orphan.carrier_message_id, now)

    def _pair(self, orphan: Orphan, segments: Sequence[AwaitingId]) -> tuple[AwaitingId, Orphan, list[Readings]] | None:
        """The segment that this orphan can mean: the recipient agrees, the time fits, and some reading of the ids."""
        if not orphan.recipient:
            return None
        for segment in segments:
            age_ms = orphan.received_at - segment.submitted_at
            if -MINUTE_MS <= age_ms <= RECEIPT_AGE_MAX_MS and agrees(segment.recipient, orphan.recipient):
                matching = self._forms.matching(segment.carrier_message_id, orphan.carrier_message_id)
                if matching:
                    return segment, orphan, matching
        return None

    # --- reading anew

    async def _read_again(self, row: CarrierRow, readings: Readings) -> bool:
        """After a change of settings: bring what is stored into the new form, page by page, and for a while."""
        now = self._clock.now()
        carrier_id = row.carrier_id
        known = self._known.get(carrier_id) or await self._remembered(carrier_id, readings, now)
        if known.readings != readings:
            known = KnownReadings(readings, now)
            await self._remember(carrier_id, known)
            self._passes[carrier_id] = _Pass(readings)
        elif carrier_id not in self._passes and now <= known.since + READ_AGAIN_FOR_MS:
            if now < self._passed_at.get(carrier_id, 0) + READ_AGAIN_EVERY_MS:
                return False
            self._passes[carrier_id] = _Pass(readings)
        under_way = self._passes.get(carrier_id)
        if under_way is None:
            return False
        if not under_way.are_segments_done:
            await self._read_segments(carrier_id, under_way)
            return True
        if await self._read_orphans(carrier_id, under_way, now):
            return True
        del self._passes[carrier_id]
        self._passed_at[carrier_id] = now
        return False

    async def _remembered(self, carrier_id: int, readings: Readings, now: UnixMs) -> KnownReadings:
        """What the store remembers; at first these readings, of which nothing needs to be read anew."""

        async def work(tx: Tx) -> KnownReadings:
            known = await tx.known_readings(carrier_id)
            if known is None:
                known = KnownReadings(readings, now - READ_AGAIN_FOR_MS - 1)
                await tx.set_known_readings(carrier_id, known)
            return known

        self._known[carrier_id] = known = await self._store.write(work)
        return known

    async def _remember(self, carrier_id: int, known: KnownReadings) -> None:
        async def work(tx: Tx) -> None:
            await tx.set_known_readings(carrier_id, known)

        await self._store.write(work)
        self._known[carrier_id] = known

    async def _read_segments(self, carrier_id: int, under_way: _Pass) -> None:
        page = await self._store.awaiting_ids(carrier_id, after=under_way.segment, limit=PAGE_MAX)
        renamed = [
            (each, match_id)
            for each in page
            if (match_id := self._forms.in_response(each.carrier_message_id, under_way.readings)) != each.match_id
        ]

        async def work(tx: Tx) -> None:
            await tx.rename_awaiting(carrier_id, renamed)

        if renamed:
            await self._store.write(work)
        if page:
            under_way.segment = page[-1]
        under_way.are_segments_done = len(page) < PAGE_MAX

    async def _read_orphans(self, carrier_id: int, under_way: _Pass, now: UnixMs) -> bool:
        """Take a page of orphans and settle them anew: those that find no segment still are orphans again."""
        page = await self._store.orphans(limit=PAGE_MAX, carrier_id=carrier_id, before_id=under_way.orphans_before)

        async def work(tx: Tx) -> Applied:
            taken = [orphan for each in page if (orphan := await tx.take_orphan(each.orphan_id)) is not None]
            receipts = [
                receipt_of(orphan)._replace(
                    match_id=self._forms.in_receipt(orphan.carrier_message_id, under_way.readings)
                )
                for orphan in reversed(taken)
            ]
            return await self._receipts.apply(tx, carrier_id, receipts, now=now)

        if page:
            applied = await self._store.write(work)
            # Those that stay orphans were counted when they came.
            applied.counts.pop("orphaned", None)
            self._receipts.committed(applied)
            if applied.any_owed:
                self._bell.ring(NOTIFICATIONS)
            under_way.orphans_before = page[-1].orphan_id
        return len(page) == PAGE_MAX


# --- the operator


async def find_proposal(desk: Desk, carrier_id: int) -> Proposal:
    """What is proposed for a carrier. Raises NotFound."""
    for proposal in await desk.store.proposals():
        if proposal.carrier_id == carrier_id:
            return proposal
    raise NotFound(f"nothing is proposed for carrier {carrier_id}")


async def accept_proposal(desk: Desk, carrier: CarrierRow) -> CarrierRow:
    """Set what is proposed: links bind anew, and orphans are matched within seconds. Raises NotFound or Mistaken."""
    proposal = await find_proposal(desk, carrier.carrier_id)
    in_response, in_receipt = proposal.readings
    changed = await carriers.change_carrier(
        desk, carrier, settings={"id_in_response": in_response, "id_in_receipt": in_receipt}
    )

    async def work(tx: Tx) -> bool:
        return await tx.drop_proposal(carrier.carrier_id)

    await desk.store.write(work)
    return changed


async def decline_proposal(desk: Desk, carrier: CarrierRow) -> None:
    """It is not wanted, and not proposed again unless receipts come to suggest something else. Raises NotFound."""
    act = desk.act("carrier.decline_proposal", "carrier", carrier.carrier_id)

    async def work(tx: Tx) -> bool:
        is_there = await tx.decline_proposal(carrier.carrier_id)
        await tx.record([act] if is_there else [])
        return is_there

    if not await desk.store.write(work):
        raise NotFound(f"nothing is proposed for carrier {carrier.carrier_id}")
