"""The door, asked without going through it: what acceptance would say to one message, question by question.

Each answer comes from the rule by which acceptance itself decides (flows.intake, flows.protection), and what becomes of
the message from all of them in the order of acceptance: so neither can say otherwise than a send would. Nothing is
stored, reserved or counted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from angarium.core.account import Caller
from angarium.core.clocktime import SECOND_MS, UnixMs
from angarium.core.countries import Countries
from angarium.core.credit import Credits, decimals, format_credits
from angarium.core.message import Refused, SendRequest
from angarium.core.numbers import MSISDN_DIGITS_MIN, BadNumber, Msisdn, parse_recipient
from angarium.core.optout import ANY_SENDER
from angarium.core.refusals import Reason, Refusal
from angarium.flows.intake import Call, Checks, Plan, heed_opt_outs, refusal_of_all, refuse_blocked, take
from angarium.flows.limiting import used
from angarium.flows.protection import Allowance, Meters, Protection
from angarium.flows.tables import Tables
from angarium.ports.admin import OperatorStore
from angarium.ports.opt_outs import Pair
from angarium.ports.store import Tx

SENDERS_OF_HANDSET_MAX: Final = 100
"""Opt-outs of one handset that are read: one for each sender."""

COUNTRY: Final = "Country"
_LAST_SENDER: Final = "\U0010ffff"


class DoorCheck(NamedTuple):
    """One thing that is asked before a message is taken."""

    name: str
    answer: str
    """What was found, as a clause."""
    refusal: Reason | None
    """Why the message would be refused; None when this is no reason."""
    since: UnixMs | None = None
    """When that began, where it is known."""
    until: UnixMs | None = None
    """When there is room again, where it is known."""


_NOT_OPTED_OUT: Final = DoorCheck("Opt-out", "its owner has not opted out", None)


class Heard(NamedTuple):
    """What the door says to one message."""

    refusal: Refusal | None
    """What a send would be refused with; None when it would be accepted."""
    plan: Plan | None
    """The message as it would be sent; None when all of the request is refused before anything is planned."""
    recipient: Msisdn | None
    """The number as normalised; None when it is none."""
    checks: list[DoorCheck]
    """Each question with its answer, in the order in which acceptance asks."""


class _Counted(NamedTuple):
    """What the store says within one transaction."""

    refusal: Refusal | None
    """What a send would be refused with, but for its rate."""
    free: Credits
    price: Credits
    allowance: Allowance | None
    """What may still be taken, with nothing of this message in it."""
    has_opted_out: bool


class _Door(NamedTuple):
    """Who asks, where, and by whose rules."""

    caller: Caller
    request: SendRequest
    store: OperatorStore
    tables: Tables
    protection: Protection
    countries: Countries
    now: UnixMs


async def knock(
    caller: Caller,
    request: SendRequest,
    *,
    store: OperatorStore,
    tables: Tables,
    protection: Protection,
    countries: Countries,
    now: UnixMs,
    is_known: bool = True,
) -> Heard:
    """Go through the checks of acceptance with a request to one recipient (rest-api 1.7, 5).

    `is_known` says whether there is such an account, so that the store knows anything of it.
    """
    door = _Door(caller, request, store, tables, protection.over(tables), countries, now)
    recipient = _recipient(door)
    await door.protection.notice_purchases([caller], store)
    checks = Checks(tables, door.protection)
    # Each question is answered by itself, also behind one that refuses: whoever mends one thing sees the next.
    plan = checks.check(caller, request)
    said = [_sender(door, checks), *_text(door, plan)]
    if recipient is not None:
        said += [_country(door, recipient), await _block(door, recipient)]
    if isinstance(plan, Refusal):
        return Heard(plan, None, recipient, said)
    is_routed = bool(plan.candidates)
    await refuse_blocked([plan], door.protection, store)
    if not is_known:
        refused = plan.results[0]
        return Heard(None if refused is None else refused.refusal, plan, recipient, said)
    pace = door.protection.pace(caller, 0, now=now) if plan.candidates else None
    counted = await store.write(_counting(door, plan, recipient))
    if recipient is not None:
        said.append(await _opt_out(door, recipient, plan.sender) if counted.has_opted_out else _NOT_OPTED_OUT)
    if is_routed:
        said += [*_limits(door, counted), _credit(counted)]
    return Heard(pace or counted.refusal, plan, recipient, said)


def _counting(door: _Door, plan: Plan, recipient: Msisdn | None) -> Callable[[Tx], Awaitable[_Counted]]:
    account_id = door.caller.account.account_id

    async def work(tx: Tx) -> _Counted:
        ((_, heeded),) = await heed_opt_outs([(Call(door.caller, door.request), plan)], tx, door.tables)
        assert isinstance(heeded, Plan), "a plan stays one"
        meters = await Meters.of([door.caller], tx, now=door.now)
        allowance = meters.allowance(door.caller)
        free = await tx.free_credit(account_id)
        taken, _, (result,) = take(heeded, free=free, now=door.now, allowance=allowance)
        refusal = result.refusal if isinstance(result, Refused) else None
        if heeded.candidates and not taken:
            refusal = refusal_of_all(allowance, now=door.now)
        return _Counted(
            refusal,
            free,
            sum(route.rate * plan.segments for _, route in plan.candidates),
            (await Meters.of([door.caller], tx, now=door.now)).allowance(door.caller),
            recipient is not None and bool(await tx.opted_out([Pair(account_id, plan.sender, recipient)])),
        )

    return work


def _recipient(door: _Door) -> Msisdn | None:
    try:
        return parse_recipient(
            door.request.recipients[0], country_prefix=door.caller.connection.settings.country_prefix
        )
    except BadNumber:
        return None


def _sender(door: _Door, checks: Checks) -> DoorCheck:
    found = checks.sender(door.caller, door.request)
    if isinstance(found, Refusal):
        must_be = "all senders must be registered, and " if door.protection.policy.senders_registered else ""
        return DoorCheck("Sender", f"{must_be}it is not on the account's list", found.reason)
    if not found:
        return DoorCheck("Sender", "none was given, nor has the API connection one: the carrier's is used", None)
    whose = "the API connection's, " if door.request.sender is None else ""
    return DoorCheck("Sender", f"{whose}{found}: the account may use it", None)


def _text(door: _Door, plan: Plan | Refusal) -> list[DoorCheck]:
    if isinstance(plan, Plan):
        if door.protection.predefined(door.caller) is None:
            return []
        return [DoorCheck("Text", "until its first purchase its messages say what the service wants them to", None)]
    if plan.reason is Reason.TOO_MANY_SEGMENTS:
        segments_max = door.request.segments_max or door.caller.connection.settings.segments_max
        return [DoorCheck("Text", f"it needs more than the {segments_max} parts that are allowed", plan.reason)]
    return [DoorCheck("Text", "there is none", plan.reason)] if plan.reason is Reason.EMPTY_MESSAGE else []


def _country(door: _Door, recipient: Msisdn) -> DoorCheck:
    judge = door.protection.judge(door.caller, prefixes=False)
    if judge is None:
        return DoorCheck(COUNTRY, "the account may write to any", None)
    refusal = judge(recipient)
    if len(str(recipient)) < MSISDN_DIGITS_MIN:
        return DoorCheck(COUNTRY, "a short number belongs to none", None if refusal is None else refusal.reason)
    code = door.countries.of(recipient)
    name = door.countries.name(code) if code else "this number's country"
    if refusal is None:
        return DoorCheck(COUNTRY, f"{name} is on the account's list", None)
    return DoorCheck(COUNTRY, f"{name} is not on the account's list", refusal.reason)


async def _block(door: _Door, recipient: Msisdn) -> DoorCheck:
    account_id = door.caller.account.account_id
    by_prefix = door.tables.blocks.refusal(recipient, account_id=account_id)
    if by_prefix is not None:
        return DoorCheck("Block list", "numbers that begin so are on it", by_prefix.reason)
    (found,) = await door.protection.blocked([(door.caller, [recipient])], door.store)
    refusal = found.get(recipient)
    if refusal is None:
        return DoorCheck("Block list", "the number is not on it", None)
    blocks = [each for each in await door.store.blocked([recipient]) if each.account_id in {None, account_id}]
    note = next((f": {each.note}" for each in blocks if each.note), "")
    return DoorCheck("Block list", f"the number is on it{note}", refusal.reason, blocks[0].blocked_at or None)


async def _opt_out(door: _Door, recipient: Msisdn, sender: str) -> DoorCheck:
    account_id = door.caller.account.account_id
    found = await door.store.opt_outs(account_id, after=(recipient - 1, _LAST_SENDER), limit=SENDERS_OF_HANDSET_MAX)
    ours = [each for each in found if each.recipient == recipient and each.sender in {ANY_SENDER, sender}]
    of = f"messages from {ours[0].sender}" if ours and ours[0].sender else "all that the account sends"
    since = ours[0].since or None if ours else None
    return DoorCheck("Opt-out", f"its owner has opted out of {of}", Reason.OPTED_OUT, since)


def _limits(door: _Door, counted: _Counted) -> list[DoorCheck]:
    settings = (door.caller.account.settings.limits, door.caller.connection.settings.limits)
    if settings == (None, None):
        return [DoorCheck("Limits", "none is set", None)]
    said: list[DoorCheck] = []
    pace = door.protection.pace(door.caller, 0, now=door.now)
    if pace is not None:
        said.append(_full("Rate", "more was sent in a second than is allowed", pace, door.now))
    elif any(each is not None and each.messages_per_s_max is not None for each in settings):
        said.append(DoorCheck("Rate", "one more may be sent in this second", None))
    allowance = counted.allowance
    if allowance is not None:
        told = "; ".join(each for limits, usage in allowance.counted() for each in used(limits, usage))
        allowance.take(counted.price)
        full = allowance.refusal(now=door.now)
        said.append(DoorCheck("Limits", told, None) if full is None else _full("Limits", told, full, door.now))
    return said


def _full(name: str, answer: str, refusal: Refusal, now: UnixMs) -> DoorCheck:
    until = None if refusal.retry_after_s is None else now + refusal.retry_after_s * SECOND_MS
    return DoorCheck(name, answer, refusal.reason, until=until)


def _credit(counted: _Counted) -> DoorCheck:
    price = format_credits(counted.price, decimals([counted.price]))
    said = f"{format_credits(counted.free)} are free, and it costs {price}"
    return DoorCheck("Credit", said, None if counted.price <= counted.free else Reason.NO_CREDIT)
