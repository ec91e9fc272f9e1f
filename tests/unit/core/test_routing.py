"""Which carrier, at what rate: longest prefix first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.core import routing
from angarium.core.features import ALL_FEATURES, TABLES_FROM, Feature
from angarium.core.numbers import EMERGENCY_NUMBERS
from angarium.core.routing import CostEntry, RateEntry, Route, RouteEntry, RoutingTable

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


def best(table: RoutingTable, recipient: int, account_id: int) -> Route | None:
    """The route that is taken first."""
    return next(iter(table.routes(recipient, account_id=account_id)), None)


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

    assert best(table(routes, rates), recipient, ACME) == route


def test_an_empty_prefix_covers_every_whole_number() -> None:
    """A default route takes what nothing else takes, but no short number."""
    everywhere = table({"": MOBILE}, {(None, ""): 5})

    assert best(everywhere, 27990000001, ACME) == Route(MOBILE, 5)
    assert best(everywhere, 333, ACME) is None


def test_a_number_without_a_rate_has_no_route() -> None:
    """Nothing is sent at a price that nobody set."""
    assert best(table({"27": MOBILE}, {(None, "44"): 5}), 27990000001, ACME) is None
    assert best(table({"27": MOBILE}, {}), 27990000001, ACME) is None


def test_a_rate_of_nothing_is_a_rate() -> None:
    """Zero is a price, not a missing one."""
    assert best(table({"27": MOBILE}, {(None, "27"): 0}), 27990000001, ACME) == Route(MOBILE, 0)


def test_an_account_may_have_rates_of_its_own() -> None:
    """An account's rate is for it alone and stands before the general one, also before a longer one."""
    rates: dict[tuple[int | None, str], int] = {(None, "27"): 7, (None, "2799"): 9, (ACME, "27"): 5}
    rated = table({"27": MOBILE}, rates)

    assert best(rated, 27990000001, ACME) == Route(MOBILE, 5)
    assert best(rated, 27990000001, OTHER) == Route(MOBILE, 9)


def test_the_general_rate_fills_in_where_an_account_has_none() -> None:
    """An account's own rates cover the prefixes they name and no more."""
    rated = table({"27": MOBILE, "44": MOBILE}, {(None, ""): 7, (ACME, "44"): 5})

    assert best(rated, 27990000001, ACME) == Route(MOBILE, 7)
    assert best(rated, 44770090012, ACME) == Route(MOBILE, 5)


@pytest.mark.parametrize("recipient", [333, 33333, 333333])
def test_a_short_number_needs_a_route_that_names_it(recipient: int) -> None:
    """Fewer than seven digits are covered by an equal prefix only (rest-api 6)."""
    rates: dict[tuple[int | None, str], int] = {(None, "3"): 4}

    assert best(table({"3": MOBILE, "33": MOBILE}, rates), recipient, ACME) is None
    assert not table({"3": MOBILE}, rates).covers_short(recipient)

    named = table({"3": MOBILE, str(recipient): SHORT}, rates)
    assert best(named, recipient, ACME) == Route(SHORT, 4)
    assert named.covers_short(recipient)


def test_a_route_for_a_short_number_covers_longer_ones_too() -> None:
    """As a prefix it takes whole numbers that begin with it, as any other."""
    assert best(table({"2799": MOBILE}, {(None, ""): 4}), 27990000001, ACME) == Route(MOBILE, 4)


@pytest.mark.parametrize("recipient", sorted(EMERGENCY_NUMBERS))
def test_emergency_numbers_are_never_routed(recipient: int) -> None:
    """Not even when somebody made a route for exactly that number (rest-api 6)."""
    named = table({"": MOBILE, str(recipient): SHORT}, {(None, ""): 4})

    assert best(named, recipient, ACME) is None


@pytest.mark.parametrize("recipient", [1120000, 9110000001, 11200, 1129])
def test_numbers_that_begin_like_an_emergency_number_are_ordinary(recipient: int) -> None:
    """Only the whole number is an emergency number."""
    named = table({str(recipient): MOBILE}, {(None, ""): 4})

    assert best(named, recipient, ACME) == Route(MOBILE, 4)


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
        answer = best(remembering, int(digits), account_id)
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
        bounded.routes(recipient, account_id=ACME)

    assert sum(len(each._by_group) for each in bounded._selections.values()) <= 10
    assert best(bounded, 27990000001, ACME) == Route(FIXED, 4)


# --- several carriers


def carriers(
    entries: list[RouteEntry], *, sender: str = "", account_id: int = ACME, needs: int = 0, **more
) -> list[int]:
    """In which order these routes are tried, all rates being alike unless told otherwise."""
    rates = more.pop("rates", [RateEntry(1, "", 5)])
    routed = RoutingTable(entries, rates, **more)
    found = routed.routes(NUMBER, account_id=account_id, sender=sender, needs=needs)
    # Asked again, it answers from memory.
    assert routed.routes(NUMBER, account_id=account_id, sender=sender, needs=needs) == found
    return [route.carrier_id for route in found]


NUMBER = 27990000001


def test_the_more_specific_route_comes_first() -> None:
    """For account and sender, for the account, for the sender, for all: whatever the length of the prefix."""
    entries = [
        RouteEntry(1, "2799", 1),
        RouteEntry(2, "279", 2, sender="Bank"),
        RouteEntry(3, "27", 3, account_id=ACME),
        RouteEntry(4, "", 4, account_id=ACME, sender="Bank"),
    ]

    assert carriers(entries, sender="Bank") == [4, 3, 2, 1]
    assert carriers(entries, sender="Shop") == [3, 1]
    assert carriers(entries, sender="Bank", account_id=OTHER) == [2, 1]
    assert carriers(entries, account_id=OTHER) == [1]


def test_every_covering_prefix_counts_the_longest_first() -> None:
    """A default route is the last resort of a longer one."""
    entries = [RouteEntry(1, "", 1), RouteEntry(2, "2799", 2), RouteEntry(3, "27", 3), RouteEntry(4, "44", 4)]

    assert carriers(entries) == [2, 3, 1]


def test_of_routes_alike_the_lower_rate_comes_first() -> None:
    """Then the lower cost, then the better quality, then the older carrier."""
    entries = [RouteEntry(carrier_id, "27", carrier_id, quality=20 + carrier_id) for carrier_id in (1, 2, 3, 4, 5)]
    entries[4] = RouteEntry(5, "27", 5, quality=24)
    rates = [RateEntry(1, "", 5), RateEntry(2, "", 4, carrier_id=2)]
    costs = [CostEntry(1, 3, "2799", 1), *(CostEntry(each, each, "", 2) for each in (1, 2, 4, 5))]

    assert carriers(entries, rates=rates, costs=costs) == [2, 3, 4, 5, 1]


def test_a_carrier_counts_once_where_it_stands_first() -> None:
    """A second route to it would only try the same carrier again."""
    entries = [RouteEntry(1, "27", 1), RouteEntry(2, "2799", 2), RouteEntry(3, "279900", 1)]

    assert carriers(entries) == [1, 2]


def test_a_route_carries_its_rate_and_its_cost() -> None:
    """Each by its own longest prefix; a cost that nobody has said is nothing."""
    costs = [CostEntry(1, 1, "27", 3), CostEntry(2, 1, "2799", 2)]
    routed = RoutingTable(
        [RouteEntry(1, "27", 1), RouteEntry(2, "27", 2)],
        [RateEntry(1, "27", 5), RateEntry(2, "", 7, carrier_id=2)],
        costs,
    )

    assert routed.routes(NUMBER, account_id=ACME) == (Route(1, 5, 2), Route(2, 7, 0))


@pytest.mark.parametrize(
    ("rates", "rate"),
    [
        ([RateEntry(1, "2799", 9), RateEntry(2, "27", 5, account_id=ACME)], 5),
        ([RateEntry(1, "2799", 9), RateEntry(2, "27", 5, carrier_id=1)], 5),
        ([RateEntry(1, "", 5, account_id=ACME), RateEntry(2, "2799", 9, carrier_id=1)], 5),
        ([RateEntry(1, "", 5, account_id=ACME, carrier_id=1), RateEntry(2, "2799", 9, account_id=ACME)], 5),
        ([RateEntry(1, "27", 9), RateEntry(2, "2799", 5), RateEntry(3, "2799", 1, carrier_id=2)], 5),
    ],
)
def test_whose_rate_it_is_goes_before_its_length(rates: list[RateEntry], rate: int) -> None:
    """The account's own before a general one, one for the carrier before one for all, then the longest prefix."""
    routed = RoutingTable([RouteEntry(1, "27", 1)], rates)

    assert routed.routes(NUMBER, account_id=ACME) == (Route(1, rate),)


def test_a_carrier_without_what_is_needed_is_no_candidate() -> None:
    """The features a customer asks for and those the content needs are the same kind of need (rest-api 3)."""
    entries = [RouteEntry(1, "2799", 1), RouteEntry(2, "27", 2)]
    features = {1: ALL_FEATURES & ~Feature.UCS2, 2: ALL_FEATURES}

    assert carriers(entries, features=features) == [1, 2]
    assert carriers(entries, features=features, needs=int(Feature.UCS2)) == [2]
    assert carriers(entries, features=features, needs=int(Feature.TEXT)) == [1, 2]
    assert carriers(entries, needs=int(Feature.UCS2)) == [1, 2]


def test_a_need_of_our_own_must_be_met_too() -> None:
    """A bit that customers cannot ask for: only a carrier that is said to have it has it."""
    entries = [RouteEntry(1, "2799", 1), RouteEntry(2, "27", 2)]
    turkish = 1 << TABLES_FROM

    assert carriers(entries, features={2: ALL_FEATURES | turkish}, needs=turkish) == [2]
    assert carriers(entries, needs=turkish) == []


def test_needs_that_every_carrier_meets_share_one_memory() -> None:
    """The usual case stays one look-up, whatever each message needs."""
    routed = RoutingTable([RouteEntry(1, "27", 1)], [RateEntry(1, "", 5)])
    plain = routed.select(account_id=ACME, sender="Bank", needs=int(Feature.TEXT))

    assert routed.select(account_id=ACME, sender="", needs=int(Feature.UCS2 | Feature.CONCAT)) is plain
    assert routed.select(account_id=OTHER) is not plain
