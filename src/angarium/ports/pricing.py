"""What an operator changes about routes, rates and costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from angarium.core.credit import Credits
from angarium.core.routing import QUALITY_DEFAULT, CostEntry, RateEntry, RouteEntry


class PricingAdmin(Protocol):
    """Each call is one transaction of its own and raises AlreadyExists or NotFound; BadAmount for less than nothing.

    Messages accepted already keep their carrier and their price.
    """

    async def add_route(
        self,
        prefix: str,
        carrier_id: int,
        *,
        account_id: int | None = None,
        sender: str | None = None,
        quality: int = QUALITY_DEFAULT,
    ) -> RouteEntry:
        """Let a carrier take numbers with this prefix, for one account or sender or for all; one route of each kind."""
        ...

    async def routes(self) -> list[RouteEntry]:
        """All routes, by prefix."""
        ...

    async def remove_route(self, route_id: int) -> None:
        """Take a route away."""
        ...

    async def change_routes(self, *, remove: Sequence[int], put: Sequence[RouteEntry]) -> None:
        """Take routes away and put others in, all of them or none; the ids of `put` do not matter."""
        ...

    async def set_rate(
        self, prefix: str, rate: Credits, *, account_id: int | None = None, carrier_id: int | None = None
    ) -> RateEntry:
        """Price a segment to numbers with this prefix, for one account or carrier or for all; replaces that price."""
        ...

    async def rates(self) -> list[RateEntry]:
        """All rates, those for everyone first, then by account and prefix."""
        ...

    async def remove_rate(self, rate_id: int) -> None:
        """Take a rate away."""
        ...

    async def change_rates(self, *, remove: Sequence[int], put: Sequence[RateEntry]) -> None:
        """Take rates away and put others in, all of them or none; the ids of `put` do not matter."""
        ...

    async def set_cost(self, carrier_id: int, prefix: str, cost: Credits) -> CostEntry:
        """Say what this carrier takes from us for a segment to numbers with this prefix; replaces what was said."""
        ...

    async def costs(self) -> list[CostEntry]:
        """All costs, by carrier and prefix."""
        ...

    async def remove_cost(self, cost_id: int) -> None:
        """Take a cost away."""
        ...

    async def change_costs(self, *, remove: Sequence[int], put: Sequence[CostEntry]) -> None:
        """Take costs away and put others in, all of them or none; the ids of `put` do not matter."""
        ...
