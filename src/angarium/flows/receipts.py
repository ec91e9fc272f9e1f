"""Leg 3, receipt: find the segment a carrier speaks of, move its message, owe a notification; then acknowledge."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from angarium.core.charge import ChargeChange, full_mask, ledger_moves
from angarium.core.clocktime import UnixMs
from angarium.core.states import OPEN, Cause, State, after
from angarium.flows.owing import owed
from angarium.flows.tables import Tables
from angarium.ports.bell import NOTIFICATIONS, Bell
from angarium.ports.carrier import CarrierReceipt
from angarium.ports.clock import Clock
from angarium.ports.store import Awaiting, Owed, ParkedReceipt, Receipted, Store, Tx

RECENT_MAX: Final = 50_000
"""Ids of settled segments remembered, to tell a repeated receipt from one we never knew; twice as many at the most."""
_Word = tuple[int, str, str, Cause]
"""A carrier, an id, the handset and what was said of it: the same again is a repetition, and nothing less is."""
AGREEING_DIGITS_MIN: Final = 6
"""A carrier may write the handset's number in national form: its last digits must agree, and at least so many."""


class Applied(NamedTuple):
    """What a transaction did with receipts: to be given to `Receipts.committed` once it is on disk."""

    any_owed: bool
    counts: Counter[str]
    words: set[_Word]


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
        self._recent: tuple[set[_Word], set[_Word]] = (set(), set())

    async def settle(self, carrier_id: int, receipts: Sequence[CarrierReceipt]) -> None:
        """Write down these receipts in one commit; return when they are on disk, so that they may be acknowledged.

        Settling the same receipt twice changes nothing. One whose segment is unknown is parked: some carriers send it
        before submit_sm_resp. Raises StoreUnavailable: then nothing may be acknowledged.
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
            self._recent = (set(), self._recent[0])
        self._recent[0].update(applied.words)
        if self._count is not None:
            self._count(applied.counts)

    async def apply(self, tx: Tx, carrier_id: int, receipts: Sequence[CarrierReceipt], *, now: UnixMs) -> Applied:
        """The same within a transaction that is open already; call `committed` with the value when it is on disk."""
        counts: Counter[str] = Counter()
        words: set[_Word] = set()
        found = await tx.awaiting(carrier_id, [receipt.match_id for receipt in receipts if receipt.cause is not None])
        awaiting: dict[str, list[Awaiting]] = defaultdict(list)
        for segment in found:
            awaiting[segment.match_id].append(segment)
        folded: dict[int, tuple[State, int]] = {}
        receipted: list[Receipted] = []
        credit: list[ChargeChange] = []
        owing: list[Owed] = []
        parked: list[ParkedReceipt] = []
        for receipt in receipts:
            cause = receipt.cause
            if cause is None:
                counts["intermediate"] += 1
                continue
            candidates = awaiting.get(receipt.match_id)
            if candidates is None:
                matched = None
            elif len(candidates) == 1 and str(candidates[0].recipient) == receipt.recipient:
                matched = candidates.pop()
            else:
                matched = _take_agreeing(candidates, receipt.recipient)
            word = (carrier_id, receipt.match_id, receipt.recipient, cause)
            if matched is None:
                if word in words or self._is_repeated(word):
                    counts["repeated"] += 1
                else:
                    counts["parked"] += 1
                    parked.append(_parked(carrier_id, receipt, cause, now))
                continue
            words.add(word)
            if cause is Cause.RECEIPT_UNKNOWN and candidates is not None:
                # No last word: the next receipt of this batch may say more.
                candidates.insert(0, matched)
            state, mask = folded.get(matched.message_id) or (matched.state, matched.delivered_mask)
            settled = _fold(matched, state, mask, cause, receipt.error, now)
            folded[matched.message_id] = (settled.state, settled.delivered_mask)
            receipted.append(settled)
            if settled.state is not state:
                counts[settled.cause.name] += 1
                if state in OPEN and matched.sent_mask != full_mask(matched.segments):
                    # What never left is given back; when all of it left, there is nothing to give.
                    credit.append(_change(matched, settled.state))
                if notification := self._owed(matched, settled, now):
                    owing.append(notification)
        await tx.settle_receipts(receipted)
        await tx.move_credit(ledger_moves(credit))
        await tx.owe(owing)
        await tx.park_receipts(parked)
        return Applied(bool(owing), counts, words)

    def _owed(self, matched: Awaiting, settled: Receipted, now: UnixMs) -> Owed | None:
        state, cause, mask = settled.state, settled.cause, matched.sent_mask
        return owed(self._tables, matched, matched, state=state, cause=cause, sent_mask=mask, changed_at=now)

    def _is_repeated(self, word: _Word) -> bool:
        return word in self._recent[0] or word in self._recent[1]


def _take_agreeing(candidates: list[Awaiting], recipient: str) -> Awaiting | None:
    """The newest segment under this id whose recipient agrees; it is taken out, so that it is settled once."""
    for at, segment in enumerate(candidates):
        if _agrees(str(segment.recipient), recipient):
            return candidates.pop(at)
    return None


def _agrees(ours: str, theirs: str) -> bool:
    if ours == theirs or not theirs:
        return True
    digits = theirs.lstrip("+0")
    return len(digits) >= AGREEING_DIGITS_MIN and (ours.endswith(digits) or digits.endswith(ours))


def _fold(matched: Awaiting, state: State, mask: int, cause: Cause, error: str, now: UnixMs) -> Receipted:
    """One segment's receipt folded into its message: delivered when all segments are, failed when any is."""
    if cause is Cause.RECEIPT_DELIVERED:
        mask |= 1 << matched.segment_no
        if mask != full_mask(matched.segments):
            return Receipted(matched.message_id, matched.segment_no, state, state, cause, mask, error, now)
    moved = after(state, cause) or state
    is_unknown = cause is Cause.RECEIPT_UNKNOWN
    return Receipted(matched.message_id, matched.segment_no, state, moved, cause, mask, error, now, is_unknown)


def _change(matched: Awaiting, state: State) -> ChargeChange:
    mask = matched.sent_mask
    return ChargeChange(matched.account_id, matched.rate, matched.segments, mask, mask, state)


def _parked(carrier_id: int, receipt: CarrierReceipt, cause: Cause, now: UnixMs) -> ParkedReceipt:
    return ParkedReceipt(
        carrier_id, receipt.match_id, receipt.carrier_message_id, cause, receipt.recipient, receipt.error, now
    )
