"""Leg 3, receipt: find the segment a carrier speaks of, move its message, owe a notification; then acknowledge.

A receipt finds its segment by carrier and id, never by link; of several under one id the newest whose recipient agrees
is meant. What finds none is kept as an orphan. What finds one that is settled already, or has no last word to say, is
journalled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from angarium.core.charge import ChargeChange, full_mask, ledger_moves
from angarium.core.clocktime import DAY_MS, HOUR_MS, UnixMs
from angarium.core.message import VALIDITY_MIN_MAX
from angarium.core.message_ids import first_message_id
from angarium.core.states import OPEN, Cause, State, after
from angarium.flows.owing import owed
from angarium.flows.tables import Tables
from angarium.ports.bell import NOTIFICATIONS, Bell
from angarium.ports.carrier import CarrierReceipt
from angarium.ports.clock import Clock
from angarium.ports.orphans import Orphan
from angarium.ports.store import Awaiting, Owed, Receipted, Store, Tx
from angarium.ports.timeline import Event, EventKind

RECENT_MAX: Final = 30_000
"""Settled segments remembered, to tell a repeated receipt from one we never knew; twice as many at the most."""
RECENT_AGE_MAX_MS: Final = HOUR_MS
"""At a start those of messages accepted so long ago are remembered anew: a carrier repeats what a crash left open."""
RECEIPT_AGE_MAX_MS: Final = VALIDITY_MIN_MAX * 60_000 + 7 * DAY_MS
"""A receipt this long after its submission is meant for an earlier use of the id: the longest validity and a week."""
AGREEING_DIGITS_MIN: Final = 6
"""A carrier may write the handset's number in national form: its last digits must agree, and at least so many."""
MASKED_DIGITS: Final = 4
"""A number that was masked lacks its last digits, and is stored as the negative of the rest."""
SAID_OCTETS_MAX: Final = 512
"""How much of an orphan's text is kept."""

_FAILURES: Final = frozenset(
    {Cause.RECEIPT_UNDELIVERABLE, Cause.RECEIPT_EXPIRED, Cause.RECEIPT_DELETED, Cause.RECEIPT_REJECTED}
)


class _Settled(NamedTuple):
    """A segment that has had its last word."""

    recipient: int
    message_id: int
    segment_no: int
    copy_no: int
    cause: int


_Words = dict[tuple[int, str], tuple[int, int, int, int, int]]
"""By carrier and id: the newest segment that was settled under it, as the values of a _Settled.

Plain tuples of plain numbers: there are tens of thousands, and these cost the collector of garbage nothing.
"""


class Applied(NamedTuple):
    """What a transaction did with receipts: to be given to `Receipts.committed` once it is on disk."""

    any_owed: bool
    counts: Counter[str]
    words: _Words


class _Batch:
    """What is to be written for the receipts of one transaction."""

    def __init__(self, carrier_id: int, now: UnixMs) -> None:
        self.carrier_id = carrier_id
        self.now = now
        self.counts: Counter[str] = Counter()
        self.words: _Words = {}
        self.folded: dict[int, tuple[State, int]] = {}
        self.receipted: list[Receipted] = []
        self.credit: list[ChargeChange] = []
        self.owing: list[Owed] = []
        self.orphans: list[Orphan] = []
        self.events: list[Event] = []

    def note(self, segment: Awaiting | _Settled, receipt: CarrierReceipt, effect: str) -> None:
        """Journal a receipt that does not settle its segment."""
        detail: dict[str, str | int] = {
            "effect": effect,
            "segment": segment.segment_no,
            "copy": segment.copy_no,
            "carrier_message_id": receipt.carrier_message_id,
            "stat": receipt.stat,
            "error": receipt.error,
            "link": receipt.link,
        }
        self.events.append(Event(segment.message_id, receipt.received_at or self.now, EventKind.RECEIPT, detail))

    def orphan(self, receipt: CarrierReceipt) -> None:
        """Keep a receipt that found no segment."""
        self.counts["orphaned"] += 1
        self.orphans.append(
            Orphan(
                self.carrier_id,
                receipt.match_id,
                receipt.carrier_message_id,
                receipt.cause,
                receipt.recipient,
                receipt.error,
                receipt.received_at or self.now,
                receipt.stat,
                receipt.link,
                receipt.said[:SAID_OCTETS_MAX],
            )
        )


class Receipts:
    """The receipt leg, for all carriers."""

    def __init__(
        self,
        *,
        store: Store,
        tables: Tables,
        clock: Clock,
        bell: Bell,
        count: Callable[[Counter[str]], None] | None = None,
    ) -> None:
        """`count` is told how many receipts had which effect, once for each batch."""
        self._store = store
        self._tables = tables
        self._clock = clock
        self._bell = bell
        self._count = count
        self._recent: tuple[_Words, _Words] = ({}, {})

    async def remember(self) -> None:
        """At a start: know again what was settled last, as the process before this one did."""
        since_id = first_message_id(self._clock.now() - RECENT_AGE_MAX_MS)
        rows = await self._store.settled_segments(since_id=since_id, limit=RECENT_MAX)
        for carrier_id, match_id, recipient, message_id, segment_no, copy_no, cause in rows:
            settled = (recipient, message_id, segment_no, copy_no, int(cause))
            self._recent[0][carrier_id, match_id] = settled

    async def settle(self, carrier_id: int, receipts: Sequence[CarrierReceipt]) -> None:
        """Write down these receipts in one commit; return when they are on disk, so that they may be acknowledged.

        Settling the same receipt twice changes nothing. One whose segment is unknown is kept as an orphan: some
        carriers send it before submit_sm_resp. Raises StoreUnavailable: then nothing may be acknowledged.
        """
        if not receipts:
            return
        now = self._clock.now()

        async def work(tx: Tx) -> Applied:
            return await self.apply(tx, carrier_id, receipts, now=now)

        applied = await self._store.write(work)
        self.committed(applied)
        if applied.any_owed:
            self._bell.ring(NOTIFICATIONS)

    def committed(self, applied: Applied) -> None:
        """Remember and count what was applied: only now, because a transaction may be undone or run again."""
        if len(self._recent[0]) >= RECENT_MAX:
            self._recent = ({}, self._recent[0])
        self._recent[0].update(applied.words)
        if self._count is not None:
            self._count(applied.counts)

    async def apply(self, tx: Tx, carrier_id: int, receipts: Sequence[CarrierReceipt], *, now: UnixMs) -> Applied:
        """The same within a transaction that is open already; call `committed` with the value when it is on disk."""
        awaiting: dict[str, list[Awaiting]] = {}
        for segment in await tx.awaiting(carrier_id, [receipt.match_id for receipt in receipts]):
            awaiting.setdefault(segment.match_id, []).append(segment)
        batch = _Batch(carrier_id, now)
        matches: list[tuple[CarrierReceipt, Awaiting]] = []
        oldest_at = now - RECEIPT_AGE_MAX_MS
        for receipt in receipts:
            candidates = awaiting.get(receipt.match_id)
            if not candidates:
                self._unmatched(batch, receipt)
                continue
            place, matched = 0, candidates[0]
            if str(matched.recipient) != receipt.recipient or matched.submitted_at < oldest_at:
                found = _place(candidates, receipt, now=now)
                if found is None:
                    self._unmatched(batch, receipt)
                    continue
                place, matched = found, candidates[found]
            cause = receipt.cause
            if cause is None:
                batch.counts["intermediate"] += 1
                batch.note(matched, receipt, "intermediate")
                continue
            matches.append((receipt, matched))
            if cause is Cause.RECEIPT_UNKNOWN:
                # No last word: it stays where it is, and the next receipt may say more.
                batch.note(matched, receipt, "no last word")
                continue
            del candidates[place]
            batch.words[carrier_id, receipt.match_id] = (
                matched.recipient,
                matched.message_id,
                matched.segment_no,
                matched.copy_no,
                int(cause),
            )
        await self._settle(tx, batch, matches)
        return Applied(bool(batch.owing), batch.counts, batch.words)

    def _unmatched(self, batch: _Batch, receipt: CarrierReceipt) -> None:
        """No segment awaits it: it was settled already, or it is not known (yet)."""
        key = (batch.carrier_id, receipt.match_id)
        word = batch.words.get(key) or self._recent[0].get(key) or self._recent[1].get(key)
        if word is None or not agrees(word[0], receipt.recipient):
            batch.orphan(receipt)
            return
        settled = _Settled._make(word)
        if receipt.cause is None:
            effect = "intermediate"
        elif receipt.cause == settled.cause:
            effect = "repeated"
        else:
            effect = "contradicting"
        batch.counts[effect] += 1
        batch.note(settled, receipt, effect)

    async def _settle(self, tx: Tx, batch: _Batch, matches: Sequence[tuple[CarrierReceipt, Awaiting]]) -> None:
        copies = await _copies(tx, matches)
        causes: Counter[Cause] = Counter()
        for receipt, matched in matches:
            state, mask = batch.folded.get(matched.message_id) or (matched.state, matched.delivered_mask)
            others = copies and _others(copies, matched, receipt)
            settled = _fold(matched, state, mask, receipt, batch.now, others=others)
            batch.folded[matched.message_id] = (settled.state, settled.delivered_mask)
            batch.receipted.append(settled)
            if settled.state is state:
                batch.counts["noted"] += 1
                continue
            causes[settled.cause] += 1
            if state in OPEN and matched.sent_mask != full_mask(matched.segments):
                # What never left is given back; when all of it left, there is nothing to give.
                batch.credit.append(_change(matched, settled.state))
            if matched.callback and (notification := self._owed(matched, settled, batch.now)):
                batch.owing.append(notification)
        batch.counts.update({cause.name: count for cause, count in causes.items()})
        await tx.settle_receipts(batch.receipted)
        await tx.move_credit(ledger_moves(batch.credit))
        await tx.owe(batch.owing)
        await tx.keep_orphans(batch.orphans)
        await tx.add_events(batch.events)

    def _owed(self, matched: Awaiting, settled: Receipted, now: UnixMs) -> Owed | None:
        state, cause, mask = settled.state, settled.cause, matched.sent_mask
        return owed(self._tables, matched, matched, state=state, cause=cause, sent_mask=mask, changed_at=now)


# --- which segment


def _place(candidates: Sequence[Awaiting], receipt: CarrierReceipt, *, now: UnixMs) -> int | None:
    """Where among these, newest first, the one is that a receipt means."""
    oldest_at = (receipt.received_at or now) - RECEIPT_AGE_MAX_MS
    for place, segment in enumerate(candidates):
        if segment.submitted_at < oldest_at:
            return None
        if agrees(segment.recipient, receipt.recipient):
            return place
    return None


def agrees(ours: int, theirs: str) -> bool:
    """Whether a number as a carrier writes it can be this recipient."""
    number = str(ours)
    if number == theirs or not theirs:
        return True
    digits = theirs.lstrip("+0")
    if len(digits) < AGREEING_DIGITS_MIN:
        return False
    if ours < 0:
        number, digits = number[1:], digits[:-MASKED_DIGITS]
    return number.endswith(digits) or digits.endswith(number)


# --- copies of a segment


_Copies = dict[tuple[int, int], set[int]]
"""By message and segment: the copies that await a receipt."""


async def _copies(tx: Tx, matches: Sequence[tuple[CarrierReceipt, Awaiting]]) -> _Copies:
    """The copies of segments that failed although they may have been sent twice; nearly always there are none."""
    asked = {matched.message_id for receipt, matched in matches if matched.doubts and receipt.cause in _FAILURES}
    copies: _Copies = {}
    if asked:
        for message_id, segment_no, copy_no in await tx.copies_awaiting(sorted(asked)):
            copies.setdefault((message_id, segment_no), set()).add(copy_no)
    return copies


def _others(copies: _Copies, matched: Awaiting, receipt: CarrierReceipt) -> bool:
    """Whether another copy of this segment may still arrive."""
    awaited = copies.get((matched.message_id, matched.segment_no), set())
    if receipt.cause is not Cause.RECEIPT_UNKNOWN:
        awaited.discard(matched.copy_no)
    return bool(awaited)


# --- what it does


def _fold(
    matched: Awaiting, state: State, mask: int, receipt: CarrierReceipt, now: UnixMs, *, others: object
) -> Receipted:
    """One segment's receipt folded into its message: delivered when all segments are, failed when any is.

    A segment that was sent twice is delivered when one copy is, and fails when no copy can arrive any more.
    """
    cause = receipt.cause
    assert cause is not None, "an intermediate receipt settles nothing"
    bit = 1 << matched.segment_no
    moved = state
    if cause is Cause.RECEIPT_DELIVERED:
        mask |= bit
        if mask == full_mask(matched.segments):
            moved = after(state, cause) or state
    elif not (mask & bit or others):
        moved = after(state, cause) or state
    return Receipted(
        matched.message_id,
        matched.segment_no,
        matched.copy_no,
        cause is Cause.RECEIPT_UNKNOWN,
        receipt.received_at or now,
        receipt.stat,
        cause,
        receipt.error,
        now,
        mask,
        moved,
        state,
    )


def receipt_of(orphan: Orphan) -> CarrierReceipt:
    """The receipt that an orphan is, with the moment at which it came."""
    return CarrierReceipt(
        orphan.carrier_message_id,
        orphan.match_id,
        orphan.cause,
        orphan.recipient,
        orphan.error,
        orphan.stat,
        orphan.link,
        orphan.said,
        orphan.received_at,
    )


def _change(matched: Awaiting, state: State) -> ChargeChange:
    mask = matched.sent_mask
    return ChargeChange(matched.account_id, matched.rate, matched.segments, mask, mask, state)
