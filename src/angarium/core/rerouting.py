"""Which other route a waiting message may take, and what that does to its price (decision 0019).

Pure decisions: who is down, and whose credit suffices, is the flow's to know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from angarium.core.credit import Credits
from angarium.core.routing import Route, Routes

REROUTES_MAX: Final = 50
"""How often a message goes to another carrier by itself; after that it stays where it is."""


class Terms(NamedTuple):
    """What a message's customer agreed to."""

    rate: Credits
    """What a segment costs it now."""
    first_rate: Credits
    """What a segment cost when it was accepted: it never costs less (rest-api 4.3)."""
    escalate: bool
    rate_max: Credits | None

    def allow(self, route: Route) -> bool:
        """Whether the customer lets the message take this route: no dearer one, or one within the ceiling."""
        if route.rate <= self.rate:
            return True
        return self.escalate and (self.rate_max is None or route.rate <= self.rate_max)

    def rate_over(self, route: Route) -> Credits:
        """What a segment costs over this route: as fixed at acceptance, or the rate of a dearer route."""
        return max(self.first_rate, route.rate)


def others(routes: Routes, *, carrier_id: int, after_failure: bool) -> Routes:
    """The routes beside that of this carrier, in the order in which they are offered the message.

    A carrier that failed hands on to the one after it, and the last one to the first: so each has its turn. One that is
    down hands on to the best.
    """
    at = next((place for place, route in enumerate(routes) if route.carrier_id == carrier_id), None)
    if at is None:
        return routes
    return routes[at + 1 :] + routes[:at] if after_failure else routes[:at] + routes[at + 1 :]


def offers(
    routes: Routes, terms: Terms, *, carrier_id: int, is_open: Callable[[int], bool], after_failure: bool = False
) -> Routes:
    """The routes that may take a message from this carrier now, in order."""
    return tuple(
        route
        for route in others(routes, carrier_id=carrier_id, after_failure=after_failure)
        if is_open(route.carrier_id) and terms.allow(route)
    )
