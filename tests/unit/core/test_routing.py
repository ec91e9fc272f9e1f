"""Which carrier, at what rate: longest prefix first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.core import routing
from angarium.core.numbers import EMERGENCY_NUMBERS
from angarium.core.routing import RateEntry, Route, RouteEntry, RoutingTable

MOBILE, FIXED, SHORT = 1, 2, 3
ACME, OTHER = 10, 11


def table(routes: dict[str, int], rates: dict[tuple[int | None, str], int]) -> RoutingTable:
    """A table of routes by prefix and rates by account and prefix."""
    return RoutingTable(
        [RouteEntry(route_id, prefix, carrier_id) for route_id, (prefix, carrier_id) in enumerate(routes.items())],
        [
            RateEntry(rate_id, prefix, rate, account_id)
            for rate_id, ((account_id, prefix), rate) in enumerate(rates.items())
        ],
    )


@pytest.mark.parametrize(
    ("recipient", "route"),
    [
        (27990000001, Route(MOBILE, 7)),
        (27820000001, Route(FIXED, 8)),
        (27825550001, Route(MOBILE, 9)),
        (2782555, Route(MOBILE, 9)),
        (27821, None),
        (44770090012, None),
        (2099000001, None),
    ],
)
def test_the_longest_prefix_decides(recipient: int, route: Route | None) -> None:
    """Carrier and rate are each found by their own longest prefix; what no prefix covers has no route."""
    routes = {"27": MOBILE, "2782": FIXED, "2782555": MOBILE}
    rates: dict[tuple[int | None, str], int] = {(None, "27"): 7, (None, "278"): 8, (None, "278255"): 9}

    assert table(routes, rates).route(recipient, account_id=ACME) == route


def test_an_empty_prefix_covers_every_whole_number() -> None:
    """A default route takes what nothing else takes, but no short number."""
    everywhere = table({"": MOBILE}, {(None, ""): 5})

    assert everywhere.route(27990000001, account_id=ACME) == Route(MOBILE, 5)
    assert everywhere.route(333, account_id=ACME) is None


def test_a_number_without_a_rate_has_no_route() -> None:
    """Nothing is sent at a price that nobody set."""
    assert table({"27": MOBILE}, {(None, "44"): 5}).route(27990000001, account_id=ACME) is None
    assert table({"27": MOBILE}, {}).route(27990000001, account_id=ACME) is None


def test_a_rate_of_nothing_is_a_rate() -> None:
    """Zero is a price, not a missing one."""
    assert table({"27": MOBILE}, {(None, "27"): 0}).route(27990000001, account_id=ACME) == Route(MOBILE, 0)


def test_an_account_may_have_rates_of_its_own() -> None:
    """An account's rate is for it alone and stands before the general one, also before a longer one."""
    rates: dict[tuple[int | None, str], int] = {(None, "27"): 7, (None, "2799"): 9, (ACME, "27"): 5}
    rated = table({"27": MOBILE}, rates)

    assert rated.route(27990000001, account_id=ACME) == Route(MOBILE, 5)
    assert rated.route(27990000001, account_id=OTHER) == Route(MOBILE, 9)


def test_the_general_rate_fills_in_where_an_account_has_none() -> None:
    """An account's own rates cover the prefixes they name and no more."""
    rated = table({"27": MOBILE, "44": MOBILE}, {(None, ""): 7, (ACME, "44"): 5})

    assert rated.route(27990000001, account_id=ACME) == Route(MOBILE, 7)
    assert rated.route(44770090012, account_id=ACME) == Route(MOBILE, 5)


@pytest.mark.parametrize("recipient", [333, 33333, 333333])
def test_a_short_number_needs_a_route_that_names_it(recipient: int) -> None:
    """Fewer than seven digits are covered by an equal prefix only (rest-api 6)."""
    rates: dict[tuple[int | None, str], int] = {(None, "3"): 4}

    assert table({"3": MOBILE, "33": MOBILE}, rates).route(recipient, account_id=ACME) is None
    assert not table({"3": MOBILE}, rates).covers_short(recipient)

    named = table({"3": MOBILE, str(recipient): SHORT}, rates)
    assert named.route(recipient, account_id=ACME) == Route(SHORT, 4)
    assert named.covers_short(recipient)


def test_a_route_for_a_short_number_covers_longer_ones_too() -> None:
    """As a prefix it takes whole numbers that begin with it, as any other."""
    assert table({"2799": MOBILE}, {(None, ""): 4}).route(27990000001, account_id=ACME) == Route(MOBILE, 4)


@pytest.mark.parametrize("recipient", sorted(EMERGENCY_NUMBERS))
def test_emergency_numbers_are_never_routed(recipient: int) -> None:
    """Not even when somebody made a route for exactly that number (rest-api 6)."""
    named = table({"": MOBILE, str(recipient): SHORT}, {(None, ""): 4})

    assert named.route(recipient, account_id=ACME) is None


@pytest.mark.parametrize("recipient", [1120000, 9110000001, 11200, 1129])
def test_numbers_that_begin_like_an_emergency_number_are_ordinary(recipient: int) -> None:
    """Only the whole number is an emergency number."""
    named = table({str(recipient): MOBILE}, {(None, ""): 4})

    assert named.route(recipient, account_id=ACME) == Route(MOBILE, 4)


@given(
    st.dictionaries(st.text("279", max_size=9), st.integers(1, 3), max_size=8),
    st.dictionaries(
        st.tuples(st.sampled_from([None, ACME]), st.text("279", max_size=9)), st.integers(0, 9), max_size=8
    ),
    st.lists(st.tuples(st.text("279", min_size=1, max_size=12), st.sampled_from([ACME, OTHER])), max_size=20),
)
def test_a_table_remembers_nothing_wrong(
    routes: dict[str, int], rates: dict[tuple[int | None, str], int], asked: list[tuple[str, int]]
) -> None:
    """Whatever was asked before, each answer is the one that a new table and a plain search give."""
    remembering = table(routes, rates)

    for digits, account_id in asked:
        answer = remembering.route(int(digits), account_id=account_id)
        assert answer == searched(routes, rates, digits, account_id)


def searched(
    routes: dict[str, int], rates: dict[tuple[int | None, str], int], digits: str, account_id: int
) -> Route | None:
    """The same decision by looking at every entry."""
    prefixes = [prefix for prefix in routes if digits.startswith(prefix) and (len(digits) >= 7 or prefix == digits)]
    if not prefixes:
        return None
    for owner in (account_id, None):
        owned = [prefix for account, prefix in rates if account == owner and digits.startswith(prefix)]
        if owned:
            return Route(routes[max(prefixes, key=len)], rates[owner, max(owned, key=len)])
    return None


def test_what_a_table_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many numbers are asked for, a table keeps so many decisions and begins anew."""
    monkeypatch.setattr(routing, "DECISIONS_MAX", 10)
    bounded = table({"27": MOBILE, "27990000001": FIXED}, {(None, ""): 4})

    for recipient in range(27990000000, 27990000100):
        bounded.route(recipient, account_id=ACME)

    assert len(bounded._decided) <= 10
    assert bounded.route(27990000001, account_id=ACME) == Route(FIXED, 4)
