"""Which carriers may take a number, in which order, and at what rate (decision 0015).

Routes in order: one for this account and sender, for this account, for this sender, for all; then the longer prefix;
then the lower rate, the lower cost, the higher quality. A carrier counts once, where it stands first.
Rates: an account's own go before general ones, and one for a carrier before one for all; then the longest prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple, TypeVar

from angarium.core.credit import Credits
from angarium.core.features import ALL_FEATURES, Needs
from angarium.core.numbers import EMERGENCY_NUMBERS, MSISDN_DIGITS_MIN, Msisdn

T = TypeVar("T")

QUALITY_MAX: Final = 100
QUALITY_DEFAULT: Final = 50
DECISIONS_MAX: Final = 50_000
"""Decided prefixes kept in memory, about 15 MiB; the cache starts anew when it is full."""


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """Numbers that begin with `prefix` may go to this carrier.

    A prefix covers whole numbers, of seven digits and more; a shorter number is covered when a prefix equals it.
    """

    route_id: int
    prefix: str
    carrier_id: int
    account_id: int | None = None
    """For messages of this account only."""
    sender: str | None = None
    """For messages with this sender only."""
    quality: int = QUALITY_DEFAULT
    """0 to 100: of routes that are alike in rate and cost the better one is taken."""


@dataclass(frozen=True, slots=True)
class RateEntry:
    """A segment to a number that begins with `prefix` costs its account `rate`."""

    rate_id: int
    prefix: str
    rate: Credits
    account_id: int | None = None
    """For this account only."""
    carrier_id: int | None = None
    """Over this carrier only."""


@dataclass(frozen=True, slots=True)
class CostEntry:
    """A segment to a number that begins with `prefix` costs us `cost` at this carrier."""

    cost_id: int
    carrier_id: int
    prefix: str
    cost: Credits


class Route(NamedTuple):
    """The decision: this carrier, at this rate for each segment."""

    carrier_id: int
    rate: Credits
    cost: int = 0
    """What the carrier takes from us for a segment, as a message keeps it: see `kept_cost`."""


COST_FREE: Final = -1
"""How a message keeps a cost of nothing, since 0 says that nobody has said."""


def kept_cost(cost: CostEntry | None) -> int:
    """What a carrier takes for a segment, as a message keeps it."""
    return 0 if cost is None else cost.cost or COST_FREE


def cost_of(kept: int) -> Credits | None:
    """What was kept, read again: None when nobody has said what the carrier takes."""
    return None if kept == 0 else max(kept, 0)


class Match(NamedTuple):
    """Why a route stands where it stands, for those who ask."""

    route: RouteEntry
    rate: RateEntry | None
    """None: nothing is sent at a price that nobody set, so the route cannot be used."""
    cost: CostEntry | None
    lacks: Needs
    """What the message needs and the carrier has not."""


Routes = tuple[Route, ...]


class Selection:
    """The routes for one account, sender and set of needs. One look-up for each group of numbers alike."""

    __slots__ = ("_account_id", "_by_group", "_longest", "_needs", "_sender", "_table")

    def __init__(self, table: RoutingTable, account_id: int, sender: str, needs: Needs) -> None:
        self._table = table
        self._account_id = account_id
        self._sender = sender
        self._needs = needs
        self._longest = table.longest
        self._by_group: dict[str, Routes] = {}

    def routes(self, recipient: Msisdn) -> Routes:
        """Every route that may take this recipient, the best first; none for emergency numbers."""
        digits = str(recipient)
        # Numbers that share the longest prefix any table knows share their routes.
        group = digits[: self._longest] if len(digits) >= MSISDN_DIGITS_MIN else f"={digits}"
        try:
            return self._by_group[group]
        except KeyError:
            pass
        table = self._table
        table.make_room()
        decided = self._by_group[group] = table.decide(
            recipient, account_id=self._account_id, sender=self._sender, needs=self._needs
        )
        return decided


class RoutingTable:
    """Routes, rates and costs at one moment. Immutable: a change makes a new one."""

    def __init__(
        self,
        routes: Iterable[RouteEntry],
        rates: Iterable[RateEntry],
        costs: Iterable[CostEntry] = (),
        features: Mapping[int, Needs] | None = None,
    ) -> None:
        """`features`: what each carrier has; one that is not named has all that customers can ask for."""
        self._routes: dict[str, list[RouteEntry]] = {}
        for route in routes:
            self._routes.setdefault(route.prefix, []).append(route)
        self._rates: dict[tuple[int | None, int | None], dict[str, RateEntry]] = {}
        for rate in rates:
            self._rates.setdefault((rate.account_id, rate.carrier_id), {})[rate.prefix] = rate
        self._costs: dict[int, dict[str, CostEntry]] = {}
        for cost in costs:
            self._costs.setdefault(cost.carrier_id, {})[cost.prefix] = cost
        self._features = dict(features or {})
        self._prepare()

    def with_features(self, features: Mapping[int, Needs]) -> RoutingTable:
        """The same table with what each carrier has."""
        table = RoutingTable((), ())
        table._routes, table._rates, table._costs = self._routes, self._rates, self._costs
        table._features = dict(features)
        table._prepare()
        return table

    def with_routes(self, routes: Iterable[RouteEntry]) -> RoutingTable:
        """The same rates, costs and features with these routes."""
        table = RoutingTable(routes, ())
        table._rates, table._costs, table._features = self._rates, self._costs, self._features
        table._prepare()
        return table

    def _prepare(self) -> None:
        prefixes = chain(self._routes, *self._rates.values(), *self._costs.values())
        self.longest = max(map(len, prefixes), default=0)
        entries = [route for routes in self._routes.values() for route in routes]
        self._senders = {route.sender for route in entries}
        carriers = {route.carrier_id for route in entries}
        # What every carrier has makes no difference: nearly always all of it, and then one selection serves all needs.
        self._common: Needs = -1
        for carrier_id in carriers:
            self._common &= self._features.get(carrier_id, ALL_FEATURES)
        self._selections: dict[tuple[int, str, Needs], Selection] = {}
        self._decided = 0

    # --- deciding

    def select(self, *, account_id: int, sender: str = "", needs: Needs = 0) -> Selection:
        """The routes for all recipients of one send."""
        key = (account_id, sender if sender in self._senders else "", needs & ~self._common)
        selection = self._selections.get(key)
        if selection is None:
            self.make_room()
            selection = self._selections[key] = Selection(self, *key)
        return selection

    def routes(self, recipient: Msisdn, *, account_id: int, sender: str = "", needs: Needs = 0) -> Routes:
        """Every route that may take this recipient, the best first."""
        return self.select(account_id=account_id, sender=sender, needs=needs).routes(recipient)

    def covers_short(self, recipient: Msisdn) -> bool:
        """Whether a route names this short number exactly (rest-api 6)."""
        return str(recipient) in self._routes

    def make_room(self) -> None:
        """Count a decision to be kept, and forget all of them when there are too many."""
        self._decided += 1
        if self._decided > DECISIONS_MAX:
            # Selections that somebody still holds go on with what they know, and are forgotten with it.
            self._selections = {}
            self._decided = 0

    def decide(self, recipient: Msisdn, *, account_id: int, sender: str, needs: Needs) -> Routes:
        """The same without any memory."""
        found: dict[int, Route] = {}
        for route, rate, cost, lacks in self.matches(recipient, account_id=account_id, sender=sender, needs=needs):
            if rate is not None and not lacks and route.carrier_id not in found:
                found[route.carrier_id] = Route(route.carrier_id, rate.rate, kept_cost(cost))
        return tuple(found.values())

    def matches(self, recipient: Msisdn, *, account_id: int, sender: str = "", needs: Needs = 0) -> list[Match]:
        """Every route that covers this recipient, usable or not, in order."""
        digits = str(recipient)
        is_short = len(digits) < MSISDN_DIGITS_MIN
        if is_short and recipient in EMERGENCY_NUMBERS:
            return []
        found = [
            Match(
                route,
                self._rate(digits, account_id=account_id, carrier_id=route.carrier_id),
                _longest_match(self._costs.get(route.carrier_id, {}), digits),
                needs & ~self._features.get(route.carrier_id, ALL_FEATURES),
            )
            for length in ((len(digits),) if is_short else range(len(digits) + 1))
            for route in self._routes.get(digits[:length], ())
            if route.account_id in {None, account_id} and route.sender in {None, sender}
        ]
        return sorted(found, key=_order)

    def _rate(self, digits: str, *, account_id: int, carrier_id: int) -> RateEntry | None:
        for owner in (account_id, None):
            for over in (carrier_id, None):
                found = _longest_match(self._rates.get((owner, over), {}), digits)
                if found is not None:
                    return found
        return None


def _order(match: Match) -> tuple[int, ...]:
    route, rate, cost, _ = match
    specific = 2 * (route.account_id is not None) + (route.sender is not None)
    return (
        -specific,
        -len(route.prefix),
        0 if rate is None else rate.rate,
        0 if cost is None else cost.cost,
        -route.quality,
        route.carrier_id,
    )


def _longest_match(table: Mapping[str, T], digits: str) -> T | None:
    if table:
        for length in range(len(digits), -1, -1):
            found = table.get(digits[:length])
            if found is not None:
                return found
    return None
