"""Leg 1, accept: check, segment, route, price; then, in one commit, store the messages and reserve their credit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

from angarium.core.account import Caller
from angarium.core.charge import LedgerMove, sum_moves
from angarium.core.clocktime import MINUTE_MS, UnixMs
from angarium.core.credit import Credits
from angarium.core.features import needs_of, table_needs
from angarium.core.message import Accepted, Refused, Result, SendRequest
from angarium.core.numbers import (
    EMERGENCY_NUMBERS,
    MSISDN_DIGITS_MIN,
    BadNumber,
    Msisdn,
    is_sender,
    normal_sender,
    parse_recipient,
)
from angarium.core.refusals import Reason, Refusal
from angarium.core.retention import RETENTION, Retention
from angarium.core.routing import Route, Routes
from angarium.core.states import Cause, State
from angarium.flows.fresh import FreshRequests
from angarium.flows.owing import owed
from angarium.flows.protection import Allowance, Meters, Policy, Protection
from angarium.flows.retries import FirstReplies, Once, Replied, name_of
from angarium.flows.tables import Tables
from angarium.ports.bell import NOTIFICATIONS, Bell, carrier_topic
from angarium.ports.clock import Clock, Ids
from angarium.ports.opt_outs import Pair
from angarium.ports.store import Move, NewMessage, NewRequest, Store, Tx
from angarium.text.alphabet import Alphabet
from angarium.text.lookalikes import Replacement
from angarium.text.segments import segment_count
from angarium.text.spelling import spell


class Call(NamedTuple):
    """Who asks for what; `once` makes it repeatable (rest-api 3.3).

    A repeatable call comes here also when the edge has refused it: what it was answered at first goes before what is
    wrong with it now, such as a delivery time that has passed.
    """

    caller: Caller
    request: SendRequest | Refusal
    once: Once | None = None

    @property
    def weight(self) -> int:
        """How much it adds to a commit: its recipients."""
        return 1 if isinstance(self.request, Refusal) else len(self.request.recipients)


Outcome = list[Result] | Replied | Refusal
"""One result for each recipient in the order given, the reply of a repeatable call, or the refusal of the whole."""

_SHORT_BELOW = 10 ** (MSISDN_DIGITS_MIN - 1)


class Plan:
    """One request after its checks: what to store if there is credit, and the results so far."""

    __slots__ = (
        "caller",
        "candidates",
        "content",
        "needs",
        "rate_max",
        "replaced",
        "request",
        "request_id",
        "results",
        "segments",
        "sender",
        "too_costly",
    )

    def __init__(self, caller: Caller, request: SendRequest, *, segments: int, sender: str) -> None:
        self.caller = caller
        self.request = request
        self.segments = segments
        self.sender = sender
        self.content = request.content
        """As it will be sent: perhaps spelled more cheaply than the request has it."""
        self.replaced: tuple[Replacement, ...] = ()
        """What smart encoding has replaced."""
        self.needs = needs_of(
            request.content, sender=sender, segments=segments, flash=request.flash, asked=request.features
        )
        self.rate_max = None if request.credits_max is None else request.credits_max // segments
        self.request_id = 0
        self.results: list[Refused | None] = []
        """None where a candidate stands."""
        self.candidates: list[tuple[int, Route]] = []
        """Recipient and route of each candidate, in order."""
        self.too_costly: frozenset[int] = frozenset()
        """Recipients among the candidates without a route within the ceiling on their charge."""

    def add(self, recipient: Msisdn, routes: Routes) -> None:
        """One more candidate: the best route is its own, or the best one within the ceiling on its charge."""
        route = routes[0]
        rate_max = self.rate_max
        if rate_max is not None and route.rate > rate_max:
            cheap = self.within_ceiling(routes)
            if cheap is None:
                self.too_costly |= {recipient}
            route = cheap or Route(route.carrier_id, 0)
        self.results.append(None)
        self.candidates.append((recipient, route))

    def within_ceiling(self, routes: Routes) -> Route | None:
        """The best of these routes whose rate is within the ceiling."""
        return next((each for each in routes if self.rate_max is None or each.rate <= self.rate_max), None)

    def refuse(self, refusals: Mapping[int, Refusal]) -> None:
        """Let these recipients be candidates no more."""
        candidates = iter(self.candidates)
        self.candidates = []
        for place, result in enumerate(self.results):
            if result is None:
                candidate = next(candidates)
                refusal = refusals.get(candidate[0])
                if refusal is None:
                    self.candidates.append(candidate)
                else:
                    self.results[place] = Refused(str(candidate[0]), refusal)

    def pairs(self) -> list[Pair]:
        """Each candidate as it may have opted out."""
        account_id = self.caller.account.account_id
        return [Pair(account_id, self.sender, recipient) for recipient, _ in self.candidates]

    def without(self, opted_out: set[Pair]) -> Plan:
        """The same with a refusal in place of each candidate that has opted out."""
        plan = copy(self)
        plan.results = [*self.results]
        plan.refuse({pair.recipient: _OPTED_OUT for pair in self.pairs() if pair in opted_out})
        return plan


class Intake:
    """The one door in, for every edge."""

    def __init__(
        self,
        *,
        store: Store,
        tables: Tables,
        ids: Ids,
        clock: Clock,
        bell: Bell,
        fresh: FreshRequests,
        retention: Retention = RETENTION,
        policy: Policy | None = None,
    ) -> None:
        """`retention` is how long texts and numbers are kept of accounts that have no days of their own.

        `fresh` is where the legs that submit look first for what was accepted.
        """
        self._fresh = fresh
        self._retention = retention
        self.protection = Protection(tables, policy=policy)
        self._store = store
        self._tables = tables
        self._checks = Checks(tables, self.protection)
        self._ids = ids
        self._clock = clock
        self._bell = bell

    async def accept(self, calls: Sequence[Call]) -> list[Outcome]:
        """Take a group of requests in one transaction; one outcome for each, in order.

        A message reported as accepted is on disk and its credit is reserved (delivery 1.1). Raises StoreUnavailable:
        then nothing of the group was stored.
        """
        now = self._clock.now()
        await self.protection.notice_purchases([call.caller for call in calls], self._store)
        check = self._checks.check
        checked = [
            call.request if isinstance(call.request, Refusal) else check(call.caller, call.request) for call in calls
        ]
        await refuse_blocked(checked, self.protection, self._store)
        are_limited = self.protection.are_limited([call.caller for call in calls])
        if are_limited:
            checked = [self._paced(each, now=now) for each in checked]
        pending: list[tuple[Call, Plan | Refusal]] = []
        outcomes: list[Outcome | None] = []
        for call, each in zip(calls, checked, strict=True):
            if call.once is None and not (isinstance(each, Plan) and each.candidates):
                outcomes.append(each if isinstance(each, Refusal) else [result for result in each.results if result])
                continue
            # It is the store's turn: there is something to keep, or an earlier reply may be.
            pending.append((call, each))
            outcomes.append(None)
        stored: list[Outcome] = []
        if pending:
            self._number(each for _, each in pending)

            async def work(tx: Tx) -> tuple[list[Outcome], list[NewRequest], set[str]]:
                ready = await heed_opt_outs(pending, tx, self._tables) if self._tables.opted_out else pending
                outcomes, requests, topics = await _store(
                    ready, tx, now=now, retention=self._retention, are_limited=are_limited
                )
                if await _end_too_costly(ready, tx, self._tables, now=now):
                    topics.add(NOTIFICATIONS)
                return outcomes, requests, topics

            stored, requests, topics = await self._store.write(work)
            self._fresh.put([each.request for each in requests])
            for topic in topics:
                self._bell.ring(topic)
        answers = iter(stored)
        return [next(answers) if outcome is None else outcome for outcome in outcomes]

    def _number(self, pending: Iterable[Plan | Refusal]) -> None:
        """Give each plan the ids of its messages, in order."""
        plans = [each for each in pending if isinstance(each, Plan)]
        next_id = self._ids.take(sum([len(plan.candidates) for plan in plans]))
        for plan in plans:
            plan.request_id = next_id
            next_id += len(plan.candidates)

    def _paced(self, checked: Plan | Refusal, *, now: UnixMs) -> Plan | Refusal:
        """The same, or the refusal of the whole request: its account or connection sends too fast (rest-api 1.2)."""
        if isinstance(checked, Refusal) or not checked.candidates:
            return checked
        return self.protection.pace(checked.caller, len(checked.candidates), now=now) or checked


async def refuse_blocked(checked: Sequence[Plan | Refusal], protection: Protection, store: Store) -> None:
    """Let nobody write to a number that is blocked (rest-api 5, codes 121 and 128)."""
    if protection.looks_for_numbers:
        plans = [each for each in checked if isinstance(each, Plan)]
        asked = [(plan.caller, [recipient for recipient, _ in plan.candidates]) for plan in plans]
        for plan, refusals in zip(plans, await protection.blocked(asked, store), strict=True):
            plan.refuse(refusals)


async def heed_opt_outs(
    pending: Sequence[tuple[Call, Plan | Refusal]], tx: Tx, tables: Tables
) -> Sequence[tuple[Call, Plan | Refusal]]:
    """The plans without recipients that have opted out (rest-api 9.5): one look for the group, if one is needed."""
    asked = {
        plan
        for _, plan in pending
        if isinstance(plan, Plan)
        and plan.caller.account.account_id in tables.opted_out
        and not plan.request.despite_opt_out
    }
    if not asked:
        return pending
    opted_out = await tx.opted_out([pair for plan in asked for pair in plan.pairs()])
    if not opted_out:
        return pending
    return [
        (call, plan.without(opted_out) if isinstance(plan, Plan) and plan in asked else plan) for call, plan in pending
    ]


class Checks:
    """All that can be said of a request without the store: what intake takes, and what a preview shows."""

    def __init__(self, tables: Tables, protection: Protection | None = None) -> None:
        """Without a protection none of the operator's own policy applies: a preview shows the text that was given."""
        self._tables = tables
        self._protection = protection or Protection(tables)

    def check(self, caller: Caller, request: SendRequest) -> Plan | Refusal:
        """Judge first the whole request, then each recipient (rest-api 1.7)."""
        settings = caller.connection.settings
        if not 1 <= len(request.recipients) <= caller.account.settings.recipients_max:
            return Refusal(Reason.BAD_PARAMETER, "to")
        sender = self.sender(caller, request)
        if isinstance(sender, Refusal):
            return sender
        if not request.content.payload and not request.content.udh:
            return Refusal(Reason.EMPTY_MESSAGE)
        segments = segment_count(request.content)
        segments_max = request.segments_max or settings.segments_max
        # Most texts are one segment of the default alphabet: they are through with this after two looks.
        is_open = (segments > 1 or request.content.alphabet is not Alphabet.GSM7) and not request.alphabet_given
        if segments > segments_max and not is_open:
            return Refusal(Reason.TOO_MANY_SEGMENTS)
        plan = Plan(caller, request, segments=segments, sender=sender)
        judge = self._protection.judge(caller)
        routing = self._tables.routing
        selection = routing.select(account_id=caller.account.account_id, sender=sender, needs=plan.needs)
        for written in request.recipients:
            try:
                recipient = parse_recipient(written, country_prefix=settings.country_prefix)
            except BadNumber:
                plan.results.append(Refused(written, _BAD_RECIPIENT))
                continue
            refusal = None if judge is None else judge(recipient)
            if refusal is not None:
                plan.results.append(Refused(str(recipient), refusal))
                continue
            routes = selection.routes(recipient)
            if routes:
                plan.add(recipient, routes)
            elif recipient >= _SHORT_BELOW or recipient in EMERGENCY_NUMBERS or routing.covers_short(recipient):
                plan.results.append(Refused(str(recipient), _NO_ROUTE))
            else:
                plan.results.append(Refused(written, _BAD_RECIPIENT))
        if is_open:
            self._spell(plan)
            if plan.segments > segments_max:
                return Refusal(Reason.TOO_MANY_SEGMENTS)
        predefined = self._protection.predefined(caller)
        if predefined is not None:
            plan.content, plan.replaced, plan.segments = predefined, (), segment_count(predefined)
        return plan

    def sender(self, caller: Caller, request: SendRequest) -> str | Refusal:
        """What the message comes from: with `mo`, one of the connection's own inbound numbers (rest-api 3).

        A `from` chooses among those, and any other contradicts `mo`. Without one it is the number that fits the first
        recipient best: a send has one sender.
        """
        connection_id, numbers = caller.connection.connection_id, self._tables.numbers
        if request.sender is None and request.repliable:
            fitting = numbers.sender_for(connection_id, request.recipients[0])
            return Refusal(Reason.BAD_PARAMETER, "mo") if fitting is None else fitting
        sender = caller.connection.settings.sender if request.sender is None else normal_sender(request.sender)
        if not sender:
            return sender
        must_be_own = request.repliable or not caller.account.may_use(
            sender, registered=self._protection.policy.senders_registered
        )
        if not is_sender(sender) or (must_be_own and not numbers.is_owned_by(connection_id, sender)):
            return Refusal(Reason.BAD_SENDER)
        return sender

    def _spell(self, plan: Plan) -> None:
        """Write the text in the cheapest way that the customer chose and every recipient's carrier lets through."""
        plan.content, plan.replaced = spell(
            plan.request.content,
            smart=plan.caller.connection.settings.smart_encoding,
            languages=self._tables.languages(route.carrier_id for _, route in plan.candidates),
        )
        if plan.content is plan.request.content:
            return
        request = plan.request
        plan.segments = segment_count(plan.content)
        plan.needs = needs_of(
            plan.content, sender=plan.sender, segments=plan.segments, flash=request.flash, asked=request.features
        ) | table_needs(plan.content.shifts.languages)
        if request.credits_max is not None:
            plan.rate_max = request.credits_max // plan.segments
            self._look_again(plan)

    def _look_again(self, plan: Plan) -> None:
        """Fewer segments leave more for each: what was too costly may have a route within its ceiling now."""
        selection = self._tables.routing.select(
            account_id=plan.caller.account.account_id, sender=plan.sender, needs=plan.needs
        )
        found = {each: plan.within_ceiling(selection.routes(each)) for each in plan.too_costly}
        plan.candidates = [(recipient, found.get(recipient) or route) for recipient, route in plan.candidates]
        plan.too_costly = frozenset(recipient for recipient, route in found.items() if route is None)


_BAD_RECIPIENT = Refusal(Reason.BAD_RECIPIENT)
_NO_ROUTE = Refusal(Reason.NO_ROUTE)
_NO_CREDIT = Refusal(Reason.NO_CREDIT)
_LIMIT_REACHED = Refusal(Reason.LIMIT_REACHED)
_OPTED_OUT = Refusal(Reason.OPTED_OUT)


async def _store(
    pending: Sequence[tuple[Call, Plan | Refusal]],
    tx: Tx,
    *,
    now: UnixMs,
    retention: Retention,
    are_limited: bool,
) -> tuple[list[Outcome], list[NewRequest], set[str]]:
    """Take each message that its account can pay, in order; an outcome for each, what was taken, topics to ring."""
    keys = [(call.caller.connection.connection_id, name_of(call.once)) for call, _ in pending if call.once is not None]
    firsts = await FirstReplies.of(keys, tx, now=now)
    meters = await Meters.of([call.caller for call, _ in pending], tx, now=now) if are_limited else None
    free: dict[int, Credits] = {}
    requests: list[NewRequest] = []
    messages: list[NewMessage] = []
    moves: list[LedgerMove] = []
    outcomes: list[Outcome] = []
    for (caller, _, once), plan in pending:
        first = None if once is None else firsts.given(caller.connection.connection_id, once)
        if first is not None:
            outcomes.append(first)
            continue
        if isinstance(plan, Refusal):
            outcomes.append(plan)
            continue
        account_id = caller.account.account_id
        if account_id not in free:
            free[account_id] = await tx.free_credit(account_id)
        allowance = None if meters is None else meters.allowance(caller)
        taken, reserved, results = take(plan, free=free[account_id], now=now, allowance=allowance)
        if taken:
            free[account_id] -= reserved
            messages += taken
            moves.append(LedgerMove(account_id, -reserved, reserved, 0))
            requests.append(_new_request(plan, now=now, retention=retention))
        elif plan.candidates:
            outcomes.append(refusal_of_all(allowance, now=now))
            continue
        if once is None:
            outcomes.append(results)
        else:
            outcomes.append(firsts.keep(caller.connection.connection_id, once, results, now=now))
    await tx.add_requests(requests)
    await tx.add_messages(messages)
    await tx.move_credit(sum_moves(moves))
    if meters is not None:
        await meters.save(tx)
    await firsts.save(tx)
    topics = {carrier_topic(carrier_id) for carrier_id in {message.carrier_id for message in messages}}
    return outcomes, requests, topics


async def _end_too_costly(
    pending: Sequence[tuple[Call, Plan | Refusal]], tx: Tx, tables: Tables, *, now: UnixMs
) -> bool:
    """End what no route takes within its ceiling, uncharged; whether anybody is to be told (rest-api 3, maxCredits)."""
    costly = [
        plan.request_id + at
        for _, plan in pending
        if isinstance(plan, Plan) and plan.too_costly
        for at, (recipient, _) in enumerate(plan.candidates)
        if recipient in plan.too_costly
    ]
    if not costly:
        return False
    # Some of them were not stored: limits refused them, or their call was answered with its first reply.
    views = await tx.messages(costly)
    state, cause = State.REJECTED, Cause.TOO_COSTLY
    await tx.move_messages(
        [Move(message_id, State.QUEUED, state, cause, now, 0, 0, 0, 0, "", now) for message_id in views]
    )
    owing = [
        notification
        for view in views.values()
        if (notification := owed(tables, view, view, state=state, cause=cause, sent_mask=0, changed_at=now))
    ]
    await tx.owe(owing)
    return bool(owing)


def refusal_of_all(allowance: Allowance | None, *, now: UnixMs) -> Refusal:
    """What a caller is told of whose candidates none was taken (rest-api 2.5)."""
    return (allowance and allowance.refusal(now=now)) or Refusal(Reason.NO_CREDIT)


def take(
    plan: Plan, *, free: Credits, now: UnixMs, allowance: Allowance | None
) -> tuple[list[NewMessage], Credits, list[Result]]:
    """The messages of one plan that `free` pays for and limits allow, what they cost, a result for each recipient."""
    request = plan.request
    segments = plan.segments
    message_id = request_id = plan.request_id
    account_id = plan.caller.account.account_id
    due_at = now if request.scheduled_at is None else request.scheduled_at
    cause = Cause.ACCEPTED if request.scheduled_at is None else Cause.SCHEDULED
    priority = request.priority
    reserved = 0
    messages: list[NewMessage] = []
    results: list[Result] = []
    candidates = iter(plan.candidates)
    for result in plan.results:
        if result is not None:
            results.append(result)
            continue
        recipient, (carrier_id, rate, cost) = next(candidates)
        price = rate * segments
        if reserved + price > free:
            results.append(Refused(str(recipient), _NO_CREDIT))
        elif allowance is not None and not allowance.take(price):
            results.append(Refused(str(recipient), _LIMIT_REACHED))
        else:
            reserved += price
            messages.append(
                NewMessage(
                    message_id,
                    request_id,
                    account_id,
                    carrier_id,
                    recipient,
                    priority,
                    cause,
                    due_at,
                    rate,
                    segments,
                    now,
                    cost,
                )
            )
            results.append(Accepted(recipient, message_id))
        message_id += 1
    return messages, reserved, results


def _new_request(plan: Plan, *, now: UnixMs, retention: Retention) -> NewRequest:
    request = plan.request
    expires_at = (request.scheduled_at or now) + request.validity_min * MINUTE_MS
    return NewRequest(
        plan.request_id,
        plan.caller.account.account_id,
        plan.caller.connection.connection_id,
        request.client_message_id,
        plan.sender,
        plan.content,
        request.flash,
        plan.segments,
        request.callback,
        now,
        expires_at,
        plan.segments > 1 and len({recipient for recipient, _ in plan.candidates}) < len(plan.candidates),
        plan.caller.account.settings.retention(retention).first_check_at(accepted_at=now, expires_at=expires_at),
        request.escalate,
        plan.rate_max,
        plan.needs,
    )
