"""What a message comes to: for its account, for carriers, and for the service."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.routing import CostEntry, RateEntry, RouteEntry, RoutingTable, kept_cost
from angarium.core.states import Cause, State
from angarium.flows.bill import bill
from angarium.ports.searches import SegmentView
from angarium.ports.store import MessageView

RATE, COST = 800_000, 550_000
TABLE = RoutingTable(
    [RouteEntry(1, "27", 1), RouteEntry(2, "27", 2), RouteEntry(3, "27", 3)],
    [RateEntry(1, "", RATE)],
    [CostEntry(1, 2, "27", 700_000)],
)


def message(state: State = State.DELIVERED, *, segments: int = 1, sent_mask: int = 1, **more: Any) -> MessageView:
    """A message over carrier 1."""
    values: dict[str, Any] = {
        **dict.fromkeys(MessageView._fields, 0),
        "recipient": 27990000001,
        "account_id": 1,
        "carrier_id": 1,
        "state": state,
        "cause": Cause.RECEIPT_DELIVERED,
        "rate": RATE,
        "cost": COST,
        "segments": segments,
        "sent_mask": sent_mask,
        "error": "",
        "client_message_id": None,
        **more,
    }
    return MessageView(**values)


def taken(segment_no: int = 0, carrier_id: int = 1, copy_no: int = 0) -> SegmentView:
    """A segment that a carrier took."""
    return SegmentView(segment_no, carrier_id, "m1", 1, None, None, "", copy_no, "a/1", 1, 1, "")


def test_the_margin_is_what_was_spent_without_what_carriers_take() -> None:
    """For each part, and for all of them (rest-api 2.6)."""
    found = bill(message(segments=2, sent_mask=3), [taken(0), taken(1)], TABLE)

    assert (found.charge, found.cost, found.margin) == (2 * RATE, 2 * COST, 2 * (RATE - COST))
    assert [(leg.charge, leg.cost, leg.margin) for leg in found.legs] == [(RATE, COST, RATE - COST)] * 2


def test_a_copy_costs_again_and_is_paid_once() -> None:
    """Sent again in doubt, over another carrier: its cost is the one of today."""
    found = bill(message(), [taken(), taken(carrier_id=2, copy_no=1)], TABLE)

    assert [(leg.charge, leg.cost) for leg in found.legs] == [(RATE, COST), (0, 700_000)]
    assert found.margin == RATE - COST - 700_000


@pytest.mark.parametrize(
    ("state", "sent_mask", "reserved", "given_back"),
    [(State.QUEUED, 0, RATE, 0), (State.SUBMITTED, 1, 0, 0), (State.REJECTED, 0, 0, RATE), (State.DELIVERED, 1, 0, 0)],
)
def test_what_is_not_spent_is_reserved_or_given_back(
    state: State, sent_mask: int, reserved: int, given_back: int
) -> None:
    """While it is open and when it has ended (delivery 1.5)."""
    found = bill(message(state, sent_mask=sent_mask), [taken()] if sent_mask else [], TABLE)

    assert (found.reserved, found.given_back) == (reserved, given_back)
    assert found.spent + found.reserved + found.given_back == RATE


def test_a_cost_that_nobody_has_said_leaves_the_margin_open() -> None:
    """It is not taken for nothing."""
    unknown = bill(message(cost=0), [taken()], TABLE)
    elsewhere = bill(message(), [taken(carrier_id=3)], TABLE)

    assert (unknown.cost, unknown.margin, elsewhere.cost) == (None, None, None)


def test_a_cost_of_nothing_is_known() -> None:
    """Somebody has said that the carrier takes nothing: the whole charge is left, for its own route and for another."""
    table = RoutingTable([RouteEntry(1, "27", 1), RouteEntry(2, "27", 2)], [], [CostEntry(1, 2, "27", 0)])
    own = bill(message(cost=kept_cost(CostEntry(1, 1, "27", 0))), [taken()], TABLE)
    other = bill(message(), [taken(carrier_id=2)], table)

    assert (own.cost, own.margin, own.legs[0].cost) == (0, RATE, 0)
    assert (other.cost, other.margin) == (0, RATE)


def test_what_may_have_left_costs_as_what_was_taken() -> None:
    """It is paid although no carrier said so."""
    assert bill(message(State.UNKNOWN), [], TABLE).cost == COST
