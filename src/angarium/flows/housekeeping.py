"""What time does to messages: validity ends, receipts stay away, claims outlive their process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from angarium.core.charge import ChargeChange, full_mask, ledger_moves
from angarium.core.clocktime import HOUR_MS, MINUTE_MS, UnixMs
from angarium.core.message import RECEIPT_MARGIN_MS, SCHEDULE_AHEAD_MAX_MS
from angarium.core.message_ids import first_message_id
from angarium.core.retry import SUBMIT_RETRIES, RetrySchedule
from angarium.core.settlement import Decision, Findings, at_end_of_validity, settle
from angarium.core.states import Cause, State
from angarium.flows.events import decision
from angarium.flows.owing import owed
from angarium.flows.receipts import RECEIPT_AGE_MAX_MS
from angarium.flows.retention import Forgetting
from angarium.flows.retries import prune_replies
from angarium.flows.tables import Tables
from angarium.ports.bell import NOTIFICATIONS, Bell, carrier_topic
from angarium.ports.clock import Clock
from angarium.ports.store import Claim, MessageView, Move, Owed, Request, Store, Tx
from angarium.ports.timeline import Event

BATCH_MAX: Final = 200
"""Rows in one step, so that housekeeping never holds up the messages of the moment."""
MESSAGES_OF_REQUEST_MAX: Final = 1_000
MESSAGES_MAX: Final = 2_000
"""A step takes no further request once it holds so many open messages."""
ORPHAN_AGE_MAX_MS: Final = 72 * HOUR_MS
"""How long a receipt waits for its segment (delivery 3)."""
AWAITING_AGE_MAX_MS: Final = SCHEDULE_AHEAD_MAX_MS + RECEIPT_AGE_MAX_MS
"""How long after its acceptance a message's segments await receipts: as long as one can be meant for them."""
SEGMENTS_MAX: Final = 2_000
"""Segments in one step of that."""
HELD_LEASE_MS: Final = 5 * MINUTE_MS
"""Given again to a message that is with a carrier of this process for longer than its lease."""
CHECK_AGAIN_MS: Final = MINUTE_MS


class Housekeeping:
    """The slow leg: run it once a second or so."""

    def __init__(
        self,
        *,
        store: Store,
        tables: Tables,
        clock: Clock,
        bell: Bell,
        is_held: Callable[[int], bool],
        forgetting: Forgetting,
        count: Callable[[Counter[str]], None] | None = None,
        receipt_margin_ms: int = RECEIPT_MARGIN_MS,
        retries: RetrySchedule = SUBMIT_RETRIES,
    ) -> None:
        """`is_held` tells whether a message is with a carrier of this process now, whatever its lease says."""
        self._forgetting = forgetting
        self._store = store
        self._tables = tables
        self._clock = clock
        self._bell = bell
        self._is_held = is_held
        self._count = count
        self._receipt_margin_ms = receipt_margin_ms
        self._retries = retries

    async def run_once(self) -> bool:
        """One step of each duty; True when there is more to do at once."""
        more = await self.check_requests()
        for carrier in self._tables.carriers:
            more = await self.rescue(carrier.carrier_id) or more
        more = await prune_replies(self._store, now=self._clock.now()) or more
        return await self.prune_receipts() or more

    async def end_leases(self) -> None:
        """At a start, when no other process shares the store: whatever was claimed is nobody's now."""
        now = self._clock.now()

        async def work(tx: Tx) -> int:
            return await tx.end_leases(now=now)

        await self._store.write(work)

    async def rescue(self, carrier_id: int) -> bool:
        """Settle messages whose claim has run out: they may have been sent, so they are in doubt (delivery 2)."""
        now = self._clock.now()

        async def work(tx: Tx) -> tuple[int, Counter[str], bool]:
            claims = await tx.claim_stale(carrier_id, limit=BATCH_MAX, now=now)
            held = [claim for claim in claims if self._is_held(claim.message_id)]
            # Their lease begins again: they would hide others behind them at the next look.
            await tx.move_messages([_kept(claim, due_at=now + HELD_LEASE_MS) for claim in held])
            stale = [claim for claim in claims if not self._is_held(claim.message_id)]
            if not stale:
                return 0, Counter(), False
            requests = {each.request_id: each for each in await tx.requests([claim.request_id for claim in stale])}
            decided = [
                (claim, requests[claim.request_id], self._decide(claim, requests[claim.request_id], now))
                for claim in stale
            ]
            return len(stale), *await self._apply(tx, decided, now=now)

        rescued, counts, any_owed = await self._store.write(work)
        if rescued:
            self._bell.ring(carrier_topic(carrier_id))
            self._tell(counts, any_owed=any_owed)
        return rescued == BATCH_MAX

    async def check_requests(self) -> bool:
        """Expire what is still queued at the end of its validity; give up on receipts that stay away."""
        now = self._clock.now()

        async def work(tx: Tx) -> tuple[bool, Counter[str], bool]:
            requests = await tx.requests_to_check(now=now, limit=BATCH_MAX)
            if not requests:
                return False, Counter(), False
            checked, counts, any_owed = await self._check(tx, requests, now=now)
            return checked < len(requests) or len(requests) == BATCH_MAX, counts, any_owed

        more, counts, any_owed = await self._store.write(work)
        self._tell(counts, any_owed=any_owed)
        return more

    async def prune_receipts(self) -> bool:
        """Drop orphans whose segment never turned up, and let segments whose receipt never came await none."""
        now = self._clock.now()
        before_id = first_message_id(now - AWAITING_AGE_MAX_MS)

        async def work(tx: Tx) -> bool:
            pruned = await tx.prune_orphans(before=now - ORPHAN_AGE_MAX_MS, limit=BATCH_MAX)
            more = await tx.stop_awaiting(before_id=before_id, limit=SEGMENTS_MAX)
            return more or pruned == BATCH_MAX

        return await self._store.write(work)

    def _tell(self, counts: Counter[str], *, any_owed: bool) -> None:
        if any_owed:
            self._bell.ring(NOTIFICATIONS)
        if counts and self._count is not None:
            self._count(counts)

    def _decide(self, claim: Claim, request: Request, now: UnixMs) -> Decision:
        doubt = self._tables.directory.doubt_policy(request.connection_id)
        findings = Findings(
            sent_mask=claim.sent_mask,
            segments=claim.segments,
            attempts=claim.attempts,
            doubts=claim.doubts,
            due_at=claim.due_at,
            expires_at=request.expires_at,
            rejected=None,
            doubtful_mask=full_mask(claim.segments) & ~claim.sent_mask,
            link_lost=False,
            killed_link=False,
            failed_for_now=False,
            busy=False,
            doubted_mask=claim.doubtful_mask,
        )
        return settle(findings, doubt=doubt, now=now, retries=self._retries)

    async def _apply(
        self, tx: Tx, decided: Sequence[tuple[Claim, Request, Decision]], *, now: UnixMs
    ) -> tuple[Counter[str], bool]:
        moves = [Move(claim.message_id, State.SUBMITTING, *decision, "", now) for claim, _, decision in decided]
        await tx.move_messages(moves)
        await tx.add_events(_decisions(moves, now=now, reason="its claim ran out"))
        credit = [_change(claim, decision.sent_mask, decision.state) for claim, _, decision in decided]
        await tx.move_credit(ledger_moves(credit))
        owing = [
            notification
            for claim, request, decision in decided
            if (notification := self._owed(claim, request, decision.state, decision.cause, decision.sent_mask, now))
        ]
        await tx.owe(owing)
        return Counter(decision.cause.name for _, _, decision in decided), bool(owing)

    async def _check(self, tx: Tx, requests: Sequence[Request], *, now: UnixMs) -> tuple[int, Counter[str], bool]:
        """Look at requests until the step is full: how many it were, what ended, and whether any of it is owed."""
        moves: list[Move] = []
        credit: list[ChargeChange] = []
        owing: list[Owed] = []
        finished: list[Request] = []
        waiting: dict[UnixMs, list[int]] = {}
        checked = seen = 0
        for request in requests:
            if seen >= MESSAGES_MAX:
                break
            checked += 1
            give_up_at = request.expires_at + self._receipt_margin_ms
            is_open = False
            views = await tx.open_messages(request.request_id, limit=MESSAGES_OF_REQUEST_MAX)
            seen += len(views)
            for view in views:
                ended = _ended(view, now=now, expires_at=request.expires_at, give_up_at=give_up_at)
                if ended is None:
                    is_open = True
                    continue
                state, cause, mask = ended
                moves.append(
                    Move(
                        view.message_id,
                        view.state,
                        state,
                        cause,
                        now,
                        mask,
                        view.attempts,
                        view.doubts,
                        view.doubtful_mask & ~mask,
                        view.error,
                        now,
                    )
                )
                credit.append(_change(view, mask, state))
                if notification := self._owed(view, request, state, cause, mask, now):
                    owing.append(notification)
            if is_open:
                check_at = self._forgetting.of(request.account_id).next_check_at(
                    accepted_at=request.accepted_at, now=now, at_the_latest=max(now + CHECK_AGAIN_MS, give_up_at)
                )
                waiting.setdefault(check_at, []).append(request.request_id)
            else:
                finished.append(request)
        await tx.move_messages(moves)
        await tx.add_events(_decisions(moves, now=now, reason="its validity ended"))
        await tx.move_credit(ledger_moves(credit))
        await tx.owe(owing)
        await self._forgetting.apply(tx, finished, now=now)
        for check_at, request_ids in waiting.items():
            await tx.check_again(request_ids, check_at=check_at)
        return checked, Counter(move.cause.name for move in moves), bool(owing)

    def _owed(
        self, row: Claim | MessageView, request: Request, state: State, cause: Cause, sent_mask: int, now: UnixMs
    ) -> Owed | None:
        return owed(self._tables, row, request, state=state, cause=cause, sent_mask=sent_mask, changed_at=now)


def _decisions(moves: Sequence[Move], *, now: UnixMs, reason: str) -> list[Event]:
    return [event for move in moves if (event := decision(move, now=now, reason=reason))]


def _kept(claim: Claim, *, due_at: UnixMs) -> Move:
    return Move(
        claim.message_id,
        State.SUBMITTING,
        State.SUBMITTING,
        claim.cause,
        due_at,
        claim.sent_mask,
        claim.attempts,
        claim.doubts,
        claim.doubtful_mask,
        "",
        due_at - HELD_LEASE_MS,
    )


def _ended(
    view: MessageView, *, now: UnixMs, expires_at: UnixMs, give_up_at: UnixMs
) -> tuple[State, Cause, int] | None:
    """How time has ended this message, and its sent_mask then; None while it may still go on."""
    if view.state is State.QUEUED and now >= expires_at:
        return at_end_of_validity(sent_mask=view.sent_mask, doubtful_mask=view.doubtful_mask)
    if view.state is State.SUBMITTED and now >= give_up_at:
        return State.UNKNOWN, Cause.NO_RECEIPT, view.sent_mask
    return None


def _change(row: Claim | MessageView, sent_mask: int, state: State) -> ChargeChange:
    return ChargeChange(row.account_id, row.rate, row.segments, row.sent_mask, sent_mask, state)
