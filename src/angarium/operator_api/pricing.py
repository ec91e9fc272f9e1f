"""Routes, rates and costs: which carriers take a number, what a segment costs the account, and what it costs us."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from angarium.core.routing import QUALITY_DEFAULT, QUALITY_MAX, CostEntry, RateEntry, RouteEntry
from angarium.flows import pricing as flow
from angarium.flows.carriers import find_carrier
from angarium.flows.operators import Scope
from angarium.operator_api.credit import read_money
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    Body,
    Id,
    Money,
    NoBody,
    NoParameters,
    NoReply,
    Page,
    Paged,
    Parameters,
    Prefix,
    Reply,
    Sender,
    money,
)

Quality = Annotated[
    int, Meta(ge=0, le=QUALITY_MAX, description="Of routes that are alike in price the better one is taken.")
]
OnlyAccount = Annotated[Id, Meta(description="For this account only.")]
OnlyCarrier = Annotated[Id, Meta(description="Over this carrier only.")]
OnlySender = Annotated[Sender, Meta(description="For messages with this sender only.")]


class Route(Reply, frozen=True, kw_only=True):
    """Numbers that begin with `prefix` may go to this carrier."""

    route_id: Id
    prefix: str
    carrier_id: Id
    account_id: Id | None
    sender: str | None
    quality: int


class NewRoute(Body, frozen=True, kw_only=True):
    """A route to be added. It needs a rate that covers it."""

    prefix: Prefix
    carrier_id: Id
    account_id: OnlyAccount | None = None
    sender: OnlySender | None = None
    quality: Quality = QUALITY_DEFAULT


class RouteMove(Body, frozen=True, kw_only=True):
    """Routes that are to lead to another carrier."""

    from_carrier_id: Id
    to_carrier_id: Id
    begins: Annotated[Prefix, Meta(description="Only those that begin with these digits.")] = ""


class RoutesMoved(Reply, frozen=True, kw_only=True):
    """How many lead there now."""

    moved: int


class RoutePath(Parameters, frozen=True, kw_only=True):
    """One route."""

    route_id: Id


class Rate(Reply, frozen=True, kw_only=True):
    """What a segment to numbers that begin with `prefix` costs an account."""

    rate_id: Id
    prefix: str
    rate: Money
    account_id: Id | None
    carrier_id: Id | None


class NewRate(Body, frozen=True, kw_only=True):
    """A rate from now on; replaces the one of the same prefix, account and carrier."""

    prefix: Prefix
    rate: Money
    account_id: OnlyAccount | None = None
    carrier_id: OnlyCarrier | None = None


class RatePath(Parameters, frozen=True, kw_only=True):
    """One rate."""

    rate_id: Id


class Cost(Reply, frozen=True, kw_only=True):
    """What a carrier takes from us for a segment to numbers that begin with `prefix`."""

    cost_id: Id
    carrier_id: Id
    prefix: str
    cost: Money


class NewCost(Body, frozen=True, kw_only=True):
    """A cost from now on; replaces the one of the same carrier and prefix."""

    carrier_id: Id
    prefix: Prefix
    cost: Money


class CostPath(Parameters, frozen=True, kw_only=True):
    """One cost."""

    cost_id: Id


@operation("GET", "/v1/routes", Scope.CARRIERS_READ, "List the routes")
async def list_routes(call: Call[Paged, NoBody]) -> Page[Route]:
    """In the order of their numbers."""
    rows = sorted(await call.desk.store.routes(), key=lambda row: row.route_id)
    return call.parameters.page_of_all(rows, _route, key=lambda row: row.route_id)


@operation(
    "POST",
    "/v1/routes",
    Scope.CARRIERS_WRITE,
    "Let a carrier take numbers with a prefix",
    status=201,
    problems=(Code.UNKNOWN, Code.CONFLICT),
)
async def add_route(call: Call[NoParameters, NewRoute]) -> Route:
    """One."""
    body = call.body
    added = await flow.add_route(
        call.desk,
        body.prefix,
        body.carrier_id,
        account_id=body.account_id,
        sender=body.sender,
        quality=body.quality,
    )
    return _route(added)


@operation(
    "DELETE",
    "/v1/routes/{route_id}",
    Scope.CARRIERS_WRITE,
    "Remove a route; messages accepted already keep their carrier",
    status=204,
)
async def remove_route(call: Call[RoutePath, NoBody]) -> NoReply:
    """One."""
    await flow.remove_route(call.desk, call.parameters.route_id)
    return NoReply()


@operation(
    "POST",
    "/v1/routes/move",
    Scope.CARRIERS_WRITE,
    "Let the routes of a carrier lead to another one",
    problems=(Code.UNKNOWN, Code.CONFLICT),
    description="All of them or none. Messages accepted already keep their carrier: `reroute_queue` moves them.",
)
async def move_routes(call: Call[NoParameters, RouteMove]) -> RoutesMoved:
    """All or none."""
    body = call.body
    for carrier_id in (body.from_carrier_id, body.to_carrier_id):
        await find_carrier(call.desk, carrier_id)
    moved = await flow.move_routes(call.desk, body.from_carrier_id, body.to_carrier_id, begins=body.begins)
    return RoutesMoved(moved=len(moved.routes))


@operation("GET", "/v1/rates", Scope.MONEY_READ, "List the rates")
async def list_rates(call: Call[Paged, NoBody]) -> Page[Rate]:
    """In the order of their numbers."""
    rows = sorted(await call.desk.store.rates(), key=lambda row: row.rate_id)
    return call.parameters.page_of_all(rows, _rate, key=lambda row: row.rate_id)


@operation(
    "PUT",
    "/v1/rates",
    Scope.MONEY_WRITE,
    "Set what a segment to numbers with a prefix costs from now on",
    problems=(Code.UNKNOWN,),
)
async def set_rate(call: Call[NoParameters, NewRate]) -> Rate:
    """From now on."""
    body = call.body
    rate = read_money(body.rate, field="rate")
    return _rate(
        await flow.set_rate(call.desk, body.prefix, rate, account_id=body.account_id, carrier_id=body.carrier_id)
    )


@operation(
    "DELETE",
    "/v1/rates/{rate_id}",
    Scope.MONEY_WRITE,
    "Remove a rate; messages accepted already keep their price",
    status=204,
)
async def remove_rate(call: Call[RatePath, NoBody]) -> NoReply:
    """One."""
    await flow.remove_rate(call.desk, call.parameters.rate_id)
    return NoReply()


@operation("GET", "/v1/costs", Scope.MONEY_READ, "List what carriers take from us")
async def list_costs(call: Call[Paged, NoBody]) -> Page[Cost]:
    """In the order of their numbers."""
    rows = sorted(await call.desk.store.costs(), key=lambda row: row.cost_id)
    return call.parameters.page_of_all(rows, _cost, key=lambda row: row.cost_id)


@operation(
    "PUT",
    "/v1/costs",
    Scope.MONEY_WRITE,
    "Set what a carrier takes from us for a segment from now on",
    problems=(Code.UNKNOWN,),
)
async def set_cost(call: Call[NoParameters, NewCost]) -> Cost:
    """From now on."""
    body = call.body
    return _cost(await flow.set_cost(call.desk, body.carrier_id, body.prefix, read_money(body.cost, field="cost")))


@operation("DELETE", "/v1/costs/{cost_id}", Scope.MONEY_WRITE, "Remove a cost", status=204)
async def remove_cost(call: Call[CostPath, NoBody]) -> NoReply:
    """One."""
    await flow.remove_cost(call.desk, call.parameters.cost_id)
    return NoReply()


def _route(row: RouteEntry) -> Route:
    return Route(
        route_id=row.route_id,
        prefix=row.prefix,
        carrier_id=row.carrier_id,
        account_id=row.account_id,
        sender=row.sender,
        quality=row.quality,
    )


def _rate(row: RateEntry) -> Rate:
    return Rate(
        rate_id=row.rate_id,
        prefix=row.prefix,
        rate=money(row.rate),
        account_id=row.account_id,
        carrier_id=row.carrier_id,
    )


def _cost(row: CostEntry) -> Cost:
    return Cost(cost_id=row.cost_id, carrier_id=row.carrier_id, prefix=row.prefix, cost=money(row.cost))


OPERATIONS: Final[Table] = (
    list_routes,
    add_route,
    remove_route,
    move_routes,
    list_rates,
    set_rate,
    remove_rate,
    list_costs,
    set_cost,
    remove_cost,
)
