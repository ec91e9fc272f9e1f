"""Which carrier takes a number, and at what rate: longest prefix first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from angarium.core.credit import Credits
from angarium.core.numbers import EMERGENCY_NUMBERS, MSISDN_DIGITS_MIN, Msisdn


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """Numbers that begin with `prefix` go to this carrier.

    A prefix covers whole numbers, of seven digits and more; a shorter number is covered when a prefix equals it.
    """

    route_id: int
    prefix: str
    carrier_id: int


@dataclass(frozen=True, slots=True)
class RateEntry:
    """A segment to a number that begins with `prefix` costs `rate`; for one account only when `account_id` is set."""

    rate_id: int
    prefix: str
    rate: Credits
    account_id: int | None = None


class Route(NamedTuple):
    """The decision: this carrier, at this rate for each segment."""

    carrier_id: int
    rate: Credits


class RoutingTable:
    """Routes and rates at one moment. Immutable: a change makes a new one."""

    def __init__(self, routes: Iterable[RouteEntry], rates: Iterable[RateEntry]) -> None:
        self._carriers = {entry.prefix: entry.carrier_id for entry in routes}
        self._rates: dict[int | None, dict[str, Credits]] = {}
        for entry in rates:
            self._rates.setdefault(entry.account_id, {})[entry.prefix] = entry.rate
        self._carrier_lengths = _lengths(self._carriers)
        self._rate_lengths = {account_id: _lengths(rates) for account_id, rates in self._rates.items()}
        prefixes = {*self._carriers, *(prefix for table in self._rates.values() for prefix in table)}
        self._longest = max((len(prefix) for prefix in prefixes), default=0)
        self._decided: dict[tuple[int, str], Route | None] = {}

    def covers_short(self, recipient: Msisdn) -> bool:
        """Whether a route names this short number exactly (rest-api 6)."""
        return str(recipient) in self._carriers

    def route(self, recipient: Msisdn, *, account_id: int) -> Route | None:
        """The route for this recipient, or None when no carrier or no rate covers it, or it is an emergency number."""
        digits = str(recipient)
        if len(digits) < MSISDN_DIGITS_MIN and (recipient in EMERGENCY_NUMBERS or digits not in self._carriers):
            return None
        # Numbers that share the longest prefix any table knows share their route: one look-up for each such group.
        key = (account_id, digits[: self._longest] if len(digits) >= MSISDN_DIGITS_MIN else digits)
        try:
            return self._decided[key]
        except KeyError:
            pass
        if len(self._decided) >= DECISIONS_MAX:
            self._decided.clear()
        decided = self._decided[key] = self._decide(digits, account_id)
        return decided

    def _decide(self, digits: str, account_id: int) -> Route | None:
        carrier_id = _longest_match(self._carriers, self._carrier_lengths, digits)
        if carrier_id is None:
            return None
        for owner in (account_id, None):
            rate = _longest_match(self._rates.get(owner, {}), self._rate_lengths.get(owner, ()), digits)
            if rate is not None:
                return Route(carrier_id, rate)
        return None


DECISIONS_MAX = 50_000
"""Decided prefixes kept in memory, about 10 MiB; the cache starts anew when it is full."""


def _lengths(table: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted({len(prefix) for prefix in table}, reverse=True))


def _longest_match(table: dict[str, int], lengths: tuple[int, ...], digits: str) -> int | None:
    for length in lengths:
        found = table.get(digits[:length])
        if found is not None:
            return found
    return None
