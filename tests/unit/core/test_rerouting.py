"""Which other route a waiting message may take, and what that does to its price."""

from __future__ import annotations

import pytest

from angarium.core.rerouting import Terms, offers, others
from angarium.core.routing import Route

ROUTES = (Route(1, 5), Route(2, 4), Route(3, 7), Route(4, 9))
PLAIN = Terms(rate=5, first_rate=5, escalate=False, rate_max=None)


def carriers(routes: tuple[Route, ...]) -> list[int]:
    """Which carriers these are, in order."""
    return [route.carrier_id for route in routes]


@pytest.mark.parametrize(
    ("carrier_id", "after_failure", "order"),
    [
        (1, False, [2, 3, 4]),
        (3, False, [1, 2, 4]),
        (1, True, [2, 3, 4]),
        (3, True, [4, 1, 2]),
        (4, True, [1, 2, 3]),
        (9, True, [1, 2, 3, 4]),
    ],
)
def test_a_failed_carrier_hands_on_in_turn(carrier_id: int, after_failure: bool, order: list[int]) -> None:
    """So that each is tried before the first is tried again; one that is down hands on to the best (delivery 2.3)."""
    assert carriers(others(ROUTES, carrier_id=carrier_id, after_failure=after_failure)) == order


@pytest.mark.parametrize(
    ("terms", "order"),
    [
        (PLAIN, [2]),
        (PLAIN._replace(escalate=True), [2, 3, 4]),
        (PLAIN._replace(escalate=True, rate_max=8), [2, 3]),
        (PLAIN._replace(rate_max=8), [2]),
        (PLAIN._replace(rate=7), [2, 3]),
    ],
)
def test_a_dearer_route_needs_leave(terms: Terms, order: list[int]) -> None:
    """The customer pays no more than agreed, or allows more up to a ceiling (rest-api 3, escalate)."""
    assert carriers(offers(ROUTES, terms, carrier_id=1, is_open=lambda _: True)) == order


def test_a_carrier_that_is_not_open_is_passed_over() -> None:
    """Nothing goes to one that is down or held."""
    assert carriers(offers(ROUTES, PLAIN._replace(escalate=True), carrier_id=1, is_open={3}.__contains__)) == [3]


@pytest.mark.parametrize(("rate", "first_rate", "price"), [(4, 5, 5), (5, 5, 5), (7, 5, 7)])
def test_the_charge_stays_as_fixed_unless_a_dearer_route_is_taken(rate: int, first_rate: int, price: int) -> None:
    """Also after a dearer one: back on a cheaper route it costs what it cost at acceptance (rest-api 4.3)."""
    assert Terms(9, first_rate, escalate=True, rate_max=None).rate_over(Route(1, rate)) == price
