"""What would happen to a message to this number: the decision of leg 1 step by step, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Final, NamedTuple

from angarium.core.account import Account, ApiConnection, Caller
from angarium.core.clocktime import UnixMs
from angarium.core.countries import Countries
from angarium.core.credit import Credits
from angarium.core.features import Needs, names_of, needs_of
from angarium.core.message import SEGMENTS_MAX, SendRequest
from angarium.core.numbers import EMERGENCY_NUMBERS, Msisdn
from angarium.core.queues import Hold
from angarium.core.refusals import Reason, Refusal
from angarium.core.routing import Match
from angarium.flows.at_door import COUNTRY, DoorCheck, Heard, knock
from angarium.flows.protection import Protection
from angarium.flows.tables import Tables
from angarium.ports.admin import OperatorStore
from angarium.ports.store import CarrierRow
from angarium.text.segments import Content, segment_count


class Verdict(Enum):
    """What becomes of the message at the door."""

    ACCEPTED = "accepted"
    BAD_NUMBER = "refused: this is no number"
    EMERGENCY = "refused: an emergency number is never routed"
    OTHER_COUNTRY = "refused: the account may not write to this country"
    NO_ROUTE = "refused: no usable route covers this number"
    BAD_SENDER = "refused: the account may not use this sender"
    EMPTY = "refused: it has no text"
    TOO_LONG = "refused: it needs more parts than are allowed"
    BLOCKED = "refused: the number is blocked"
    DELISTED = "refused: the number is delisted"
    OPTED_OUT = "refused: its owner has opted out"
    LIMIT_REACHED = "refused: a limit is reached"
    NO_CREDIT = "refused: less credit is free than it costs"
    OTHER = "refused: it cannot be sent so"
    TOO_COSTLY = "accepted, and ends as a routing error: no route is within the ceiling on its charge"


_OF_REASONS: Final[Mapping[Reason, Verdict]] = {
    Reason.BAD_RECIPIENT: Verdict.BAD_NUMBER,
    Reason.NO_ROUTE: Verdict.NO_ROUTE,
    Reason.BAD_SENDER: Verdict.BAD_SENDER,
    Reason.EMPTY_MESSAGE: Verdict.EMPTY,
    Reason.TOO_MANY_SEGMENTS: Verdict.TOO_LONG,
    Reason.BLOCKED: Verdict.BLOCKED,
    Reason.DELISTED: Verdict.DELISTED,
    Reason.OPTED_OUT: Verdict.OPTED_OUT,
    Reason.LIMIT_REACHED: Verdict.LIMIT_REACHED,
    Reason.NO_CREDIT: Verdict.NO_CREDIT,
}


class Asked(NamedTuple):
    """What to suppose of the message."""

    number: str
    """As a customer would write it."""
    content: Content
    account: Account | None = None
    """None for one that has nothing set: then only what holds for everybody is asked."""
    connection: ApiConnection | None = None
    """The account's API connection that sends it; None for its first one."""
    sender: str | None = None
    """None leaves it to the API connection."""
    country_prefix: str = ""
    """What replaces a leading 0; empty for the API connection's own."""
    flash: bool = False
    features: Needs = 0
    credits_max: Credits | None = None


class Where(NamedTuple):
    """Where it is asked."""

    store: OperatorStore
    tables: Tables
    protection: Protection
    """The one that counts what is sent in a second, where a service runs; else one with the same policy."""
    countries: Countries
    now: UnixMs
    is_up: Callable[[int], bool] | None = None
    """Whether a carrier takes anything at the moment, where that is known."""


class Candidate(NamedTuple):
    """One route that covers the number, in the order in which routes are tried."""

    carrier: str
    prefix: str
    for_account: bool
    for_sender: str | None
    quality: int
    rate: Credits | None
    rate_prefix: str | None
    rate_for_account: bool
    rate_for_carrier: bool
    cost: Credits | None
    cost_prefix: str | None
    why_not: str
    """Why it cannot take the message; empty when it can."""
    note: str
    """What else matters about it now."""


class Explanation(NamedTuple):
    """What would happen, and why."""

    number: str
    recipient: int | None
    """The number as normalised; None when it is none."""
    country: str
    """ISO 3166 code; empty when the prefix belongs to no country."""
    country_name: str
    verdict: Verdict
    refusal: Refusal | None
    """What a send would be refused with now."""
    connection: str
    """The API connection that was supposed to send it; empty for none."""
    needs: list[str]
    segments: int
    checks: list[DoorCheck]
    """What stands for and against it beside its routes; empty when no account was given."""
    candidates: list[Candidate]
    chosen: Candidate | None
    """The route that is taken first; the others that can take it are tried when that one fails."""
    charge: Credits
    """For the whole message; 0 when it is not sent."""


async def explain(asked: Asked, where: Where) -> Explanation:
    """Go the way of a message to this number, and say at each check and each route what it says.

    The verdict is what a send would be answered now: the door is asked itself (flows.at_door).
    """
    caller = _caller(asked, where.tables)
    request = SendRequest(
        (asked.number,),
        asked.content,
        asked.sender,
        flash=asked.flash,
        credits_max=asked.credits_max,
        features=asked.features,
    )
    # Of an account that nobody named nothing is known, so only what holds for everybody can be said.
    protection = where.protection if asked.account is not None else Protection(where.tables)
    heard = await knock(
        caller,
        request,
        store=where.store,
        tables=where.tables,
        protection=protection,
        countries=where.countries,
        now=where.now,
        is_known=asked.account is not None,
    )
    plan, recipient = heard.plan, heard.recipient
    needs, segments = _shape(asked) if plan is None else (plan.needs, plan.segments)
    sender = (asked.sender or caller.connection.settings.sender) if plan is None else plan.sender
    verdict = _verdict(heard)
    candidates: list[Candidate] = []
    if recipient is not None:
        ceiling = None if asked.credits_max is None else asked.credits_max // segments
        candidates = await _candidates(
            recipient, where, account_id=caller.account.account_id, sender=sender, needs=needs, ceiling=ceiling
        )
    chosen = next((each for each in candidates if not each.why_not), None)
    code = "" if recipient is None else where.countries.of(recipient)
    return Explanation(
        number=asked.number,
        recipient=recipient,
        country=code,
        country_name=where.countries.name(code) if code else "",
        verdict=verdict,
        refusal=heard.refusal,
        connection=caller.connection.name,
        needs=names_of(needs),
        segments=segments,
        checks=heard.checks if asked.account is not None else [],
        candidates=candidates,
        chosen=chosen,
        charge=(chosen.rate or 0) * segments if chosen is not None and verdict is Verdict.ACCEPTED else 0,
    )


def _caller(asked: Asked, tables: Tables) -> Caller:
    account = asked.account or Account(account_id=0, name="")
    connection = asked.connection
    if connection is None:
        own = [each for each in tables.directory.connections.values() if each.account_id == account.account_id]
        connection = min(own, key=lambda each: each.connection_id, default=None)
    if connection is None:
        connection = ApiConnection(connection_id=0, account_id=account.account_id, name="")
    if asked.country_prefix:
        settings = replace(connection.settings, country_prefix=asked.country_prefix)
        connection = replace(connection, settings=settings)
    return Caller(account, connection)


def _shape(asked: Asked) -> tuple[Needs, int]:
    """Needs and segments of a message of which nothing is planned, because the whole of it is refused."""
    segments = min(segment_count(asked.content), SEGMENTS_MAX)
    sender = asked.sender or ""
    return needs_of(asked.content, sender=sender, segments=segments, flash=asked.flash, asked=asked.features), segments


def _verdict(heard: Heard) -> Verdict:
    if heard.refusal is None:
        return Verdict.TOO_COSTLY if heard.plan is not None and heard.plan.too_costly else Verdict.ACCEPTED
    verdict = _OF_REASONS.get(heard.refusal.reason, Verdict.OTHER)
    if verdict is not Verdict.NO_ROUTE:
        return verdict
    if heard.recipient in EMERGENCY_NUMBERS:
        return Verdict.EMERGENCY
    is_abroad = any(check.name == COUNTRY and check.refusal is not None for check in heard.checks)
    return Verdict.OTHER_COUNTRY if is_abroad else Verdict.NO_ROUTE


async def _candidates(
    recipient: Msisdn, where: Where, *, account_id: int, sender: str, needs: Needs, ceiling: Credits | None
) -> list[Candidate]:
    """Each route that covers it, those of carriers out of service included, with what it says."""
    rows = {row.carrier_id: row for row in where.tables.carriers}
    table = where.tables.routing.with_routes(await where.store.routes())
    seen: set[int] = set()
    candidates: list[Candidate] = []
    for match in table.matches(recipient, account_id=account_id, sender=sender, needs=needs):
        row = rows[match.route.carrier_id]
        why_not = _why_not(match, row, is_again=row.carrier_id in seen)
        if not why_not:
            seen.add(row.carrier_id)
            if ceiling is not None and match.rate is not None and match.rate.rate > ceiling:
                why_not = "its rate is above the ceiling on the charge"
        candidates.append(_candidate(match, row, why_not, is_up=where.is_up))
    return candidates


def _why_not(match: Match, row: CarrierRow, *, is_again: bool) -> str:
    if not row.enabled:
        return "its carrier is disabled"
    if match.rate is None:
        return "no rate covers the number: set one"
    if match.lacks:
        return f"its carrier lacks {', '.join(names_of(match.lacks)) or 'what the text needs'}"
    return "its carrier stands above already" if is_again else ""


def _candidate(match: Match, row: CarrierRow, why_not: str, *, is_up: Callable[[int], bool] | None) -> Candidate:
    route, rate, cost, _ = match
    note = _HOLDS[row.hold]
    if not (note or why_not) and is_up is not None and not is_up(row.carrier_id):
        note = "its carrier is down now: the message waits, and is then offered to the next"
    return Candidate(
        carrier=row.name,
        prefix=route.prefix,
        for_account=route.account_id is not None,
        for_sender=route.sender,
        quality=route.quality,
        rate=None if rate is None else rate.rate,
        rate_prefix=None if rate is None else rate.prefix,
        rate_for_account=rate is not None and rate.account_id is not None,
        rate_for_carrier=rate is not None and rate.carrier_id is not None,
        cost=None if cost is None else cost.cost,
        cost_prefix=None if cost is None else cost.prefix,
        why_not=why_not,
        note=note,
    )


_HOLDS: Final = {Hold.NO: "", Hold.HELD: "its queue is held", Hold.REROUTED: "its queue is held and offered to others"}
