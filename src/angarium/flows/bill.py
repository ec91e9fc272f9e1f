"""What a message comes to: what its account pays, what carriers take from us, and what is left of it.

The account pays for each segment once. A carrier takes its cost for each copy that it took, so a message that was sent
again in doubt may cost twice. What a carrier refused costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from angarium.core.charge import charge
from angarium.core.credit import Credits
from angarium.core.routing import RoutingTable, cost_of
from angarium.core.states import OPEN
from angarium.ports.searches import SegmentView
from angarium.ports.store import MessageView


class Leg(NamedTuple):
    """One copy of a segment that a carrier took."""

    segment: SegmentView
    charge: Credits
    """0 for a copy of a segment that is paid for already."""
    cost: Credits | None
    """None when nobody has said what the carrier takes."""

    @property
    def margin(self) -> Credits | None:
        """What is left of the charge."""
        return None if self.cost is None else self.charge - self.cost


class Bill(NamedTuple):
    """What a message comes to, as far as it has come."""

    charge: Credits
    """The whole price while it is open, what was spent when it is final (rest-api 2.6)."""
    spent: Credits
    reserved: Credits
    """Of the charge, what is not spent yet."""
    given_back: Credits
    """Of the whole price, what was released when the message ended."""
    cost: Credits | None
    """What carriers take for all copies; None when that is not known of one of them."""
    legs: list[Leg]

    @property
    def margin(self) -> Credits | None:
        """What is left of what was spent; None while a cost is not known."""
        return None if self.cost is None else self.spent - self.cost


def bill(view: MessageView, segments: Sequence[SegmentView], routing: RoutingTable) -> Bill:
    """Add it up. The cost at the carrier of the message's route is the one of its acceptance, at others today's."""
    paid: set[int] = set()
    legs: list[Leg] = []
    for segment in segments:
        is_paid = segment.segment_no in paid
        paid.add(segment.segment_no)
        legs.append(Leg(segment, 0 if is_paid else view.rate, _cost(view, segment.carrier_id, routing)))
    spent = view.rate * view.sent_mask.bit_count()
    price = view.rate * view.segments
    # What is paid although no carrier said that it took it: it may have left.
    unseen = sum(1 for number in range(view.segments) if view.sent_mask >> number & 1 and number not in paid)
    costs = [leg.cost for leg in legs] + [_cost(view, view.carrier_id, routing)] * unseen
    is_open = view.state in OPEN
    return Bill(
        charge=charge(rate=view.rate, segments=view.segments, sent_mask=view.sent_mask, state=view.state),
        spent=spent,
        reserved=price - spent if is_open else 0,
        given_back=0 if is_open else price - spent,
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        legs=legs,
    )


def _cost(view: MessageView, carrier_id: int, routing: RoutingTable) -> Credits | None:
    if carrier_id == view.carrier_id:
        return cost_of(view.cost)
    if view.recipient <= 0:
        return None
    for match in routing.matches(view.recipient, account_id=view.account_id):
        if match.route.carrier_id == carrier_id:
            return None if match.cost is None else match.cost.cost
    return None
