"""What would happen to a message to this number: the decision of leg 1 step by step, as data."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from angarium.core.account import Account
from angarium.core.countries import Countries
from angarium.core.credit import Credits
from angarium.core.features import Needs, names_of
from angarium.core.numbers import EMERGENCY_NUMBERS, MSISDN_DIGITS_MIN, BadNumber, parse_recipient
from angarium.core.queues import Hold
from angarium.core.routing import Match, RoutingTable
from angarium.flows.tables import Tables
from angarium.ports.pricing import PricingAdmin
from angarium.ports.store import CarrierRow


class Verdict(Enum):
    """What becomes of the message at the door."""

    ACCEPTED = "accepted"
    BAD_NUMBER = "refused: this is no number"
    EMERGENCY = "refused: an emergency number is never routed"
    NO_ROUTE = "refused: no usable route covers this number"
    TOO_COSTLY = "accepted, and ends as a routing error: no route is within the ceiling on its charge"


class Asked(NamedTuple):
    """What to suppose of the message."""

    number: str
    """As a customer would write it."""
    account: Account | None = None
    sender: str = ""
    country_prefix: str = ""
    needs: Needs = 0
    segments: int = 1
    credits_max: Credits | None = None


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
    needs: list[str]
    candidates: list[Candidate]
    chosen: Candidate | None
    """The route that is taken first; the others that can take it are tried when that one fails."""
    charge: Credits
    """For the whole message; 0 when it is not sent."""


async def explain(asked: Asked, *, store: PricingAdmin, tables: Tables, countries: Countries) -> Explanation:
    """Go the way of a message to this number, and say at each route why it may take it or may not."""
    table = RoutingTable(await store.routes(), await store.rates(), await store.costs(), tables.features)
    try:
        recipient = parse_recipient(asked.number, country_prefix=asked.country_prefix)
    except BadNumber:
        return _refused(asked, None, countries, Verdict.BAD_NUMBER)
    if recipient in EMERGENCY_NUMBERS:
        return _refused(asked, recipient, countries, Verdict.EMERGENCY)
    account_id = 0 if asked.account is None else asked.account.account_id
    rows = {row.carrier_id: row for row in tables.carriers}
    ceiling = None if asked.credits_max is None else asked.credits_max // asked.segments
    seen: set[int] = set()
    candidates: list[Candidate] = []
    usable: list[Candidate] = []
    for match in table.matches(recipient, account_id=account_id, sender=asked.sender, needs=asked.needs):
        row = rows[match.route.carrier_id]
        why_not = _why_not(match, row, is_again=row.carrier_id in seen)
        candidate = _candidate(match, row, why_not)
        if not why_not:
            seen.add(row.carrier_id)
            usable.append(candidate)
            if ceiling is not None and match.rate is not None and match.rate.rate > ceiling:
                candidate = candidate._replace(why_not="its rate is above the ceiling on the charge")
        candidates.append(candidate)
    chosen = next((each for each in candidates if not each.why_not), None)
    if chosen is not None:
        verdict = Verdict.ACCEPTED
    elif usable:
        verdict = Verdict.TOO_COSTLY
    elif len(str(recipient)) < MSISDN_DIGITS_MIN and not table.covers_short(recipient):
        verdict = Verdict.BAD_NUMBER
    else:
        verdict = Verdict.NO_ROUTE
    charge = 0 if chosen is None else (chosen.rate or 0) * asked.segments
    found = _refused(asked, recipient, countries, verdict)
    return found._replace(candidates=candidates, chosen=chosen, charge=charge)


def _refused(asked: Asked, recipient: int | None, countries: Countries, verdict: Verdict) -> Explanation:
    code = "" if recipient is None else countries.of(recipient)
    name = countries.name(code) if code else ""
    return Explanation(asked.number, recipient, code, name, verdict, names_of(asked.needs), [], None, 0)


def _why_not(match: Match, row: CarrierRow, *, is_again: bool) -> str:
    if not row.enabled:
        return "its carrier is disabled"
    if match.rate is None:
        return "no rate covers the number: set one"
    if match.lacks:
        return f"its carrier lacks {', '.join(names_of(match.lacks)) or 'what the text needs'}"
    return "its carrier stands above already" if is_again else ""


def _candidate(match: Match, row: CarrierRow, why_not: str) -> Candidate:
    route, rate, cost, _ = match
    notes = {Hold.NO: "", Hold.HELD: "its queue is held", Hold.REROUTED: "its queue is held and offered to others"}
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
        note=notes[row.hold],
    )
