"""Leg 2, submit: claim what is due for one carrier, hand it over, and settle each reply.

Two commits: the claim, and the settlement of whatever replies have landed. Between them the only trace of a message is
its lease; if this process dies there, the message is in doubt (delivery 2).
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from angarium.core.charge import ChargeChange, full_mask, ledger_move, ledger_moves
from angarium.core.clocktime import MINUTE_MS, UnixMs
from angarium.core.retry import SUBMIT_RETRIES, RetrySchedule
from angarium.core.settlement import Decision, Findings, at_end_of_validity, settle, taken
from angarium.core.states import Cause, State
from angarium.flows.events import after_troubles, decision
from angarium.flows.fresh import FreshRequests
from angarium.flows.owing import owed
from angarium.flows.receipts import Applied, Receipts, receipt_of
from angarium.flows.reroute import Reroute
from angarium.flows.tables import Tables
from angarium.ports.bell import NOTIFICATIONS, Bell
from angarium.ports.carrier import Answer, Carrier, Payload, Reply, Submission
from angarium.ports.clock import Clock
from angarium.ports.store import Claim, MessageView, Move, Owed, Request, SentSegment, Store, Tx
from angarium.ports.timeline import Event
from angarium.text.segments import segment

LEASE_MS: Final = 10 * MINUTE_MS
"""How long a claim lasts: longer than any answer takes. A start ends all leases, so a crash does not wait for it."""
CLAIM_MAX: Final = 1_000
"""Messages in one claim: it bounds memory, and how much one crash can leave in doubt."""
EARLY_MARGIN_MS: Final = MINUTE_MS
"""A receipt cannot come before its segment was written, but for a clock that was set forward in between."""
_GOLDEN: Final = 0x9E37_79B9_7F4A_7C15
"""2**64 divided by the golden ratio: its multiples spread consecutive numbers evenly over the upper bits."""
SUSPECT_DOUBTS_MIN: Final = 2
"""A message is sent alone when a link was lost under it for the second time: once happens to any that are in flight."""
REQUESTS_KEPT_MAX: Final = 4_096
"""Requests whose segments are kept ready between claims."""


@dataclass(slots=True)
class _Held:
    """A claimed message while its segments are with the carrier."""

    claim: Claim
    request: Request
    unanswered_mask: int
    """Segments that were handed over and have no reply yet."""
    sent_mask: int
    stored_mask: int
    """What of sent_mask is on disk."""
    has_trouble: bool = False
    """Whether any segment had another reply than ACCEPTED."""
    doubtful_mask: int = 0
    rejected: Cause | None = None
    link_lost: bool = False
    killed_link: bool = False
    failed_for_now: bool = False
    busy: bool = False
    error: str = ""
    troubles: list[Reply] | None = None
    """Replies other than ACCEPTED, for the time line."""

    def hear(self, reply: Reply) -> None:
        """Take note of one segment's reply. Hearing it again, after a commit that failed, changes nothing."""
        bit = 1 << reply.submission.segment_no
        is_awaited = self.unanswered_mask & bit
        self.unanswered_mask &= ~bit
        answer = reply.answer
        if answer is Answer.ACCEPTED:
            self.sent_mask |= bit
            return
        if not is_awaited:
            # A late answer to an earlier copy came first: the carrier has the segment, whatever becomes of this copy.
            return
        self.has_trouble = True
        if answer is not Answer.UNSENT:
            self.troubles = [*(self.troubles or ()), reply]
        if reply.error:
            self.error = f"{reply.error:#010x}"
        if answer is Answer.REJECTED:
            self.rejected = reply.cause
        elif answer is Answer.IN_DOUBT:
            self.doubtful_mask |= bit
            self.link_lost = self.link_lost or reply.link_lost
            self.killed_link = self.killed_link or reply.killed_link
        elif answer is Answer.FAILED_FOR_NOW:
            self.failed_for_now = True
        elif answer is Answer.BUSY:
            self.busy = True

    @property
    def is_taken(self) -> bool:
        """Whether the carrier has taken all of it, and nothing else was heard."""
        return not self.unanswered_mask and not self.has_trouble and self.sent_mask == full_mask(self.claim.segments)

    def findings(self) -> Findings:
        """What to decide by, once nothing is unanswered."""
        claim = self.claim
        return Findings(
            sent_mask=self.sent_mask,
            segments=claim.segments,
            attempts=claim.attempts,
            doubts=claim.doubts,
            due_at=claim.due_at,
            expires_at=self.request.expires_at,
            rejected=self.rejected,
            doubtful_mask=self.doubtful_mask,
            link_lost=self.link_lost,
            killed_link=self.killed_link,
            failed_for_now=self.failed_for_now,
            busy=self.busy,
            doubted_mask=claim.doubtful_mask,
        )


class Dispatch:
    """The submit leg of one carrier."""

    def __init__(
        self,
        carrier: Carrier,
        *,
        store: Store,
        tables: Tables,
        receipts: Receipts,
        clock: Clock,
        bell: Bell,
        fresh: FreshRequests,
        count: Callable[[Counter[str]], None] | None = None,
        lease_ms: int = LEASE_MS,
        retries: RetrySchedule = SUBMIT_RETRIES,
        reroute: Reroute | None = None,
    ) -> None:
        """`count` is told how many messages came to which cause, in doubt among them, once for each settlement.

        Without `reroute` what this carrier cannot take for now is tried again here. `fresh` holds requests that need
        not be read from the store.
        """
        self._fresh = fresh
        self._reroute = reroute
        self._lease_ms = lease_ms
        self._retries = retries
        self._carrier = carrier
        self._store = store
        self._tables = tables
        self._receipts = receipts
        self._clock = clock
        self._bell = bell
        self._count = count
        self._held: dict[int, _Held] = {}
        self._requests: OrderedDict[int, tuple[Request, Payload]] = OrderedDict()

    @property
    def held(self) -> int:
        """Messages that are with the carrier now."""
        return len(self._held)

    def holds(self, message_id: int) -> bool:
        """Whether this message is with the carrier now, so that its lease means nothing."""
        return message_id in self._held

    async def run_once(self) -> bool:
        """Claim what the carrier has room for and hand it over; False when there was nothing to do.

        A message whose validity has ended is settled as expired instead. Raises StoreUnavailable: nothing was claimed.
        """
        room = min(self._carrier.room(), CLAIM_MAX)
        if room <= 0 or self._carrier.carrier_id in self._tables.held:
            return False
        now = self._clock.now()

        async def claim(tx: Tx) -> tuple[list[Claim], list[Request], Counter[str], list[Owed]]:
            claims = await tx.claim_due(self._carrier.carrier_id, limit=room, now=now, lease_until=now + self._lease_ms)
            missing = {each.request_id for each in claims if each.request_id not in self._requests}
            requests = self._fresh.take(missing)
            if len(requests) < len(missing):
                requests += await tx.requests(sorted(missing.difference(each.request_id for each in requests)))
            return claims, requests, *await self._expire(tx, claims, requests, now=now)

        claims, requests, expired, owing = await self._store.write(claim)
        for request in requests:
            self._keep(request)
        if owing:
            self._bell.ring(NOTIFICATIONS)
        if expired and self._count is not None:
            self._count(expired)
        self._hand_over(claims, now=now)
        while len(self._requests) > REQUESTS_KEPT_MAX:
            self._requests.popitem(last=False)
        return bool(claims)

    async def settle(self, replies: Sequence[Reply]) -> None:
        """Write down what became of these segments, in one commit. Raises StoreUnavailable: call again with them."""
        if not replies:
            return
        now = self._clock.now()
        heard = [reply for reply in replies if reply.submission.message_id in self._held]
        late = [reply for reply in replies if reply.submission.message_id not in self._held]
        held: dict[int, _Held] = {}
        for reply in heard:
            each = held[reply.submission.message_id] = self._held[reply.submission.message_id]
            each.hear(reply)

        async def work(tx: Tx) -> tuple[bool, Counter[str], Applied | None]:
            return await self._settle(tx, held, heard, late, now=now)

        any_owed, counts, early = await self._store.write(work)
        for message_id, each in held.items():
            if each.unanswered_mask:
                each.stored_mask = each.sent_mask
            elif self._held.get(message_id) is each:
                # Otherwise it was claimed again in the same commit: that hold is a new one.
                del self._held[message_id]
        if early is not None:
            self._receipts.committed(early)
        if any_owed:
            self._bell.ring(NOTIFICATIONS)
        if self._count is not None:
            self._count(counts)

    # --- claim

    async def _expire(
        self, tx: Tx, claims: Sequence[Claim], requests: Sequence[Request], *, now: UnixMs
    ) -> tuple[Counter[str], list[Owed]]:
        known = {request.request_id: request for request in requests}
        moves: list[Move] = []
        credit: list[ChargeChange] = []
        owing: list[Owed] = []
        for claim in claims:
            request = known.get(claim.request_id) or self._requests[claim.request_id][0]
            if request.expires_at > now:
                continue
            state, cause, mask = at_end_of_validity(sent_mask=claim.sent_mask, doubtful_mask=claim.doubtful_mask)
            moves.append(_move(claim, Decision(state, cause, now, mask, claim.attempts, claim.doubts), now))
            credit.append(_change(claim, mask, state, before=claim.sent_mask))
            if notification := owed(
                self._tables, claim, request, state=state, cause=cause, sent_mask=mask, changed_at=now
            ):
                owing.append(notification)
        await tx.move_messages(moves)
        await tx.add_events([event for move in moves if (event := decision(move, now=now))])
        await tx.move_credit(ledger_moves(credit))
        await tx.owe(owing)
        return Counter(move.cause.name for move in moves), owing

    def _keep(self, request: Request) -> None:
        self._requests[request.request_id] = (request, _payload(request))

    def _hand_over(self, claims: Sequence[Claim], *, now: UnixMs) -> None:
        batch: list[Submission] = []
        for claim in claims:
            request, payload = self._requests[claim.request_id]
            if request.expires_at <= now:
                continue
            if request.repeats:
                payload = _payload(request, nth=claim.message_id - claim.request_id)
            suspect = claim.cause is Cause.LINK_LOST_RESENT and claim.doubts >= SUSPECT_DOUBTS_MIN
            mask = claim.sent_mask
            unsent_mask = full_mask(claim.segments) & ~mask
            if unsent_mask == 1:
                batch.append(Submission(claim.message_id, 0, claim.recipient, payload, suspect, claim.doubts))
            elif unsent_mask:
                unsent = [no for no in range(claim.segments) if unsent_mask >> no & 1]
                batch += [
                    Submission(claim.message_id, no, claim.recipient, payload, suspect, claim.doubts) for no in unsent
                ]
            else:
                # Nothing would ever answer: left to its lease, it is rescued as submitted.
                continue
            self._held[claim.message_id] = _Held(claim, request, unsent_mask, mask, mask)
        if batch:
            self._carrier.submit(batch)

    # --- settlement

    async def _settle(
        self, tx: Tx, held: dict[int, _Held], heard: Sequence[Reply], late: Sequence[Reply], *, now: UnixMs
    ) -> tuple[bool, Counter[str], Applied | None]:
        moves = self._moves(held.values(), now=now)
        applied = await tx.move_messages(moves)
        if len(applied) != len(moves):
            kept = {move.message_id for move in applied}
            late = [*late, *(reply for reply in heard if reply.submission.message_id not in kept)]
            heard = [reply for reply in heard if reply.submission.message_id in kept]
        causes: Counter[Cause] = Counter()
        credit: list[ChargeChange] = []
        owing: list[Owed] = []
        events: list[Event] = []
        for move in applied:
            each = held[move.message_id]
            credit.append(_change(each.claim, move.sent_mask, move.state, before=each.stored_mask))
            if move.state is State.SUBMITTING:
                continue
            causes[move.cause] += 1
            if each.troubles:
                events += after_troubles(
                    move, each.troubles, before=each.claim.cause, carrier_id=self._carrier.carrier_id, now=now
                )
            if each.request.callback and (
                notification := owed(
                    self._tables,
                    each.claim,
                    each.request,
                    state=move.state,
                    cause=move.cause,
                    sent_mask=move.sent_mask,
                    changed_at=now,
                )
            ):
                owing.append(notification)
        await tx.move_credit(ledger_moves(credit))
        sent = [_sent(reply, self._carrier.carrier_id, now) for reply in heard if reply.answer is Answer.ACCEPTED]
        sent += await self._settle_late(tx, late, owing, causes, now=now)
        await tx.add_sent_segments(sent)
        await tx.owe(owing)
        await tx.add_events(events)
        if self._reroute is not None and Cause.CARRIER_FAILED_FOR_NOW in causes:
            failed = [move.message_id for move in applied if move.cause is Cause.CARRIER_FAILED_FOR_NOW]
            await self._reroute.after_failure(tx, failed, now=now)
        early = await self._settle_early(tx, sent, now=now)
        counts = Counter({cause.name: count for cause, count in causes.items()})
        return bool(owing) or (early is not None and early.any_owed), counts, early

    def _moves(self, held: Iterable[_Held], *, now: UnixMs) -> list[Move]:
        moves: list[Move] = []
        # Nearly all are taken, and their moves are alike but for the message.
        alike: dict[tuple[int, int, int], Move] = {}
        for each in held:
            claim = each.claim
            if not each.is_taken:
                moves.append(_move(claim, self._decide(each, now=now), now, error=each.error))
                continue
            key = (each.sent_mask, claim.attempts, claim.doubts)
            like = alike.get(key)
            if like is None:
                mask, attempts, doubts = key
                like = alike[key] = _move(claim, taken(mask, attempts=attempts, doubts=doubts, now=now), now)
            moves.append(Move._make((claim.message_id, *like[1:])))
        return moves

    def _decide(self, each: _Held, *, now: UnixMs) -> Decision:
        claim = each.claim
        if each.unanswered_mask:
            # More replies are to come; what was taken is written down now, so that a crash does not send it again.
            return Decision(
                State.SUBMITTING,
                Cause.CLAIMED,
                now + self._lease_ms,
                each.sent_mask,
                claim.attempts,
                claim.doubts,
                claim.doubtful_mask & ~each.sent_mask,
            )
        doubt = self._tables.directory.doubt_policy(each.request.connection_id)
        return settle(each.findings(), doubt=doubt, now=now, retries=self._retries)

    async def _settle_late(
        self, tx: Tx, late: Sequence[Reply], owing: list[Owed], causes: Counter[Cause], *, now: UnixMs
    ) -> list[SentSegment]:
        """An answer that came after we had given up on it: the segment needs no resending if it is still queued."""
        accepted = [reply for reply in late if reply.answer is Answer.ACCEPTED]
        if not accepted:
            return []
        views = await tx.messages([reply.submission.message_id for reply in accepted])
        sent: list[SentSegment] = []
        for reply in accepted:
            view = views.get(reply.submission.message_id)
            if view is None:
                continue
            sent.append(_sent(reply, self._carrier.carrier_id, now))
            mask = view.sent_mask | 1 << reply.submission.segment_no
            if view.state is not State.QUEUED or mask == view.sent_mask:
                continue
            is_whole = mask == full_mask(view.segments)
            views[view.message_id] = view = await _count_late(tx, view, mask, is_whole=is_whole, now=now)
            if is_whole:
                causes[view.cause] += 1
                notification = owed(
                    self._tables,
                    view,
                    view,
                    state=view.state,
                    cause=view.cause,
                    sent_mask=view.sent_mask,
                    changed_at=now,
                )
                if notification is not None:
                    owing.append(notification)
        return sent

    async def _settle_early(self, tx: Tx, sent: Sequence[SentSegment], *, now: UnixMs) -> Applied | None:
        """Receipts that were faster than the answer wait as orphans: settle them now."""
        orphans = await tx.take_orphans(self._carrier.carrier_id, [segment.match_id for segment in sent])
        if not orphans:
            return None
        written_at = {segment.match_id: segment.written_at for segment in sent}
        early = [each for each in orphans if each.received_at >= written_at[each.match_id] - EARLY_MARGIN_MS]
        if len(early) != len(orphans):
            # They came before the segment had left: they speak of an earlier use of the id.
            await tx.keep_orphans([each for each in orphans if each not in early])
        receipts = [receipt_of(orphan) for orphan in early]
        return await self._receipts.apply(tx, self._carrier.carrier_id, receipts, now=now)


async def _count_late(tx: Tx, view: MessageView, mask: int, *, is_whole: bool, now: UnixMs) -> MessageView:
    """Take a late answer into account in a message that waits to be sent again."""
    state = State.SUBMITTED if is_whole else State.QUEUED
    cause = Cause.CARRIER_ACCEPTED if is_whole else view.cause
    move = Move(
        view.message_id,
        view.state,
        state,
        cause,
        view.due_at,
        mask,
        view.attempts,
        view.doubts,
        view.doubtful_mask & ~mask,
        view.error,
        now,
    )
    await tx.move_messages([move])
    await tx.move_credit(
        [
            ledger_move(
                view.account_id,
                rate=view.rate,
                segments=view.segments,
                sent_mask=mask,
                state=state,
                sent_mask_before=view.sent_mask,
            )
        ]
    )
    return view._replace(state=state, cause=cause, sent_mask=mask)


def _payload(request: Request, *, nth: int = 0) -> Payload:
    """What the recipients of a request share; if one of them is in it twice, each message has its own, the `nth`."""
    return Payload(
        request_id=request.request_id,
        sender=request.sender,
        user_data=segment(request.content, reference=_reference(request.request_id, nth)),
        flash=request.flash,
        expires_at=request.expires_at,
    )


def _reference(request_id: int, nth: int) -> int:
    """Eight bits that differ from one long message to the next: the low bits of a time-ordered id are mostly 0.

    Within a request they count on, so that 256 messages in a row differ for sure.
    """
    return (request_id * _GOLDEN >> 56) + nth & 0xFF


def _move(claim: Claim, decided: Decision, now: UnixMs, *, error: str = "") -> Move:
    return Move(claim.message_id, State.SUBMITTING, *decided, error, now)


def _change(claim: Claim, sent_mask: int, state: State, *, before: int) -> ChargeChange:
    return ChargeChange(claim.account_id, claim.rate, claim.segments, before, sent_mask, state)


def _sent(reply: Reply, carrier_id: int, now: UnixMs) -> SentSegment:
    message_id, segment_no, _, _, _, copy_no = reply.submission
    return SentSegment(
        message_id,
        segment_no,
        carrier_id,
        reply.carrier_message_id,
        reply.match_id,
        reply.answered_at or now,
        copy_no,
        reply.link,
        reply.sequence_number,
        reply.written_at,
    )
