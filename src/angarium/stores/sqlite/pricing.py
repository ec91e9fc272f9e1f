"""What an operator changes about routes, rates and costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import apsw

from angarium.core.credit import BadAmount, Credits
from angarium.core.routing import QUALITY_DEFAULT, CostEntry, RateEntry, RouteEntry, RoutingTable
from angarium.ports.store import AlreadyExists
from angarium.stores.sqlite.changes import Changes

_ADD_ROUTE = "INSERT INTO routes (prefix, carrier_id, account_id, sender, quality) VALUES (?, ?, ?, ?, ?)"
_ADD_RATE = "INSERT INTO rates (prefix, rate, account_id, carrier_id) VALUES (?, ?, ?, ?)"
_ADD_COST = "INSERT INTO costs (carrier_id, prefix, cost) VALUES (?, ?, ?)"


class PricingChanges(Changes):
    """The port's PricingAdmin."""

    # --- routes

    async def add_route(
        self,
        prefix: str,
        carrier_id: int,
        *,
        account_id: int | None = None,
        sender: str | None = None,
        quality: int = QUALITY_DEFAULT,
    ) -> RouteEntry:
        def add() -> int:
            self._must_exist("carriers", carrier_id)
            if account_id is not None:
                self._must_exist("accounts", account_id)
            try:
                self._database.execute(_ADD_ROUTE, (prefix, carrier_id, account_id, sender, quality))
            except apsw.ConstraintError as error:
                raise AlreadyExists(f"there is a route for prefix {prefix!r} to this carrier already") from error
            return self._database.last_insert_rowid()

        return RouteEntry(await self._in_transaction(add), prefix, carrier_id, account_id, sender, quality)

    async def routes(self) -> list[RouteEntry]:
        rows = self._read(
            "SELECT route_id, prefix, carrier_id, account_id, sender, quality FROM routes "
            "ORDER BY prefix, account_id, sender, carrier_id"
        )
        return [RouteEntry(*row) for row in rows]

    async def remove_route(self, route_id: int) -> None:
        await self._change("DELETE FROM routes WHERE route_id = ?", route_id, missing=f"there is no route {route_id}")

    async def change_routes(self, *, remove: Sequence[int], put: Sequence[RouteEntry]) -> None:
        rows = [(each.prefix, each.carrier_id, each.account_id, each.sender, each.quality) for each in put]
        await self._in_transaction(self._exchange("routes", "route_id", remove, _ADD_ROUTE, rows, put))

    # --- rates

    async def set_rate(
        self, prefix: str, rate: Credits, *, account_id: int | None = None, carrier_id: int | None = None
    ) -> RateEntry:
        _not_negative("rate", rate)

        def replace() -> int:
            if account_id is not None:
                self._must_exist("accounts", account_id)
            if carrier_id is not None:
                self._must_exist("carriers", carrier_id)
            self._database.execute(
                "DELETE FROM rates WHERE prefix = ? AND account_id IS ? AND carrier_id IS ?",
                (prefix, account_id, carrier_id),
            )
            self._database.execute(_ADD_RATE, (prefix, rate, account_id, carrier_id))
            return self._database.last_insert_rowid()

        return RateEntry(await self._in_transaction(replace), prefix, rate, account_id, carrier_id)

    async def rates(self) -> list[RateEntry]:
        rows = self._read(
            "SELECT rate_id, prefix, rate, account_id, carrier_id FROM rates ORDER BY account_id, prefix, carrier_id"
        )
        return [RateEntry(*row) for row in rows]

    async def remove_rate(self, rate_id: int) -> None:
        await self._change("DELETE FROM rates WHERE rate_id = ?", rate_id, missing=f"there is no rate {rate_id}")

    async def change_rates(self, *, remove: Sequence[int], put: Sequence[RateEntry]) -> None:
        for each in put:
            _not_negative("rate", each.rate)
        rows = [(each.prefix, each.rate, each.account_id, each.carrier_id) for each in put]
        await self._in_transaction(self._exchange("rates", "rate_id", remove, _ADD_RATE, rows, put))

    # --- costs

    async def set_cost(self, carrier_id: int, prefix: str, cost: Credits) -> CostEntry:
        _not_negative("cost", cost)

        def replace() -> int:
            self._must_exist("carriers", carrier_id)
            self._database.execute("DELETE FROM costs WHERE carrier_id = ? AND prefix = ?", (carrier_id, prefix))
            self._database.execute(_ADD_COST, (carrier_id, prefix, cost))
            return self._database.last_insert_rowid()

        return CostEntry(await self._in_transaction(replace), carrier_id, prefix, cost)

    async def costs(self) -> list[CostEntry]:
        rows = self._read("SELECT cost_id, carrier_id, prefix, cost FROM costs ORDER BY carrier_id, prefix")
        return [CostEntry(*row) for row in rows]

    async def remove_cost(self, cost_id: int) -> None:
        await self._change("DELETE FROM costs WHERE cost_id = ?", cost_id, missing=f"there is no cost {cost_id}")

    async def change_costs(self, *, remove: Sequence[int], put: Sequence[CostEntry]) -> None:
        for each in put:
            _not_negative("cost", each.cost)
        rows = [(each.carrier_id, each.prefix, each.cost) for each in put]
        await self._in_transaction(self._exchange("costs", "cost_id", remove, _ADD_COST, rows, put))

    # --- all together

    async def routing_table(self) -> RoutingTable:
        enabled = {row[0] for row in self._read("SELECT carrier_id FROM carriers WHERE enabled = 1")}
        routes = [route for route in await self.routes() if route.carrier_id in enabled]
        return RoutingTable(routes, await self.rates(), await self.costs())

    def _exchange(
        self,
        table: str,
        key: str,
        remove: Sequence[int],
        statement: str,
        rows: Sequence[tuple[Any, ...]],
        put: Sequence[RouteEntry | RateEntry | CostEntry],
    ) -> Callable[[], None]:
        """The work of one import: nobody ever sees half of it."""

        def exchange() -> None:
            for name in ("account", "carrier"):
                for row_id in {getattr(each, f"{name}_id", None) for each in put}:
                    if row_id is not None:
                        self._must_exist(f"{name}s", row_id)
            self._database.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(row_id,) for row_id in remove])
            try:
                self._database.executemany(statement, rows)
            except apsw.ConstraintError as error:
                raise AlreadyExists(f"one of these {table} is there already: look at the difference again") from error

        return exchange


def _not_negative(name: str, amount: Credits) -> None:
    if amount < 0:
        raise BadAmount(f"a {name} is 0 or more")
