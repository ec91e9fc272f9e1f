"""Routes, rates and costs, as an operator keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from angarium.core.credit import Credits, format_credits
from angarium.core.routing import QUALITY_DEFAULT, QUALITY_MAX, CostEntry, RateEntry, RouteEntry
from angarium.flows.desk import Desk, Mistaken, read_prefix, read_sender
from angarium.ports.admin import OperatorStore
from angarium.ports.store import NotFound

Entry = TypeVar("Entry", RouteEntry, RateEntry, CostEntry)


# --- routes


async def add_route(
    desk: Desk,
    prefix: str,
    carrier_id: int,
    *,
    account_id: int | None = None,
    sender: str | None = None,
    quality: int = QUALITY_DEFAULT,
) -> RouteEntry:
    """Let a carrier take numbers with this prefix. Raises Mistaken, AlreadyExists or NotFound."""
    prefix = read_prefix(prefix)
    sender = None if sender is None else read_sender(sender, field="sender")
    if not 0 <= quality <= QUALITY_MAX:
        raise Mistaken("quality", f"quality is a number from 0 to {QUALITY_MAX}.")
    after = {
        "prefix": prefix,
        "carrier_id": carrier_id,
        "account_id": account_id,
        "sender": sender,
        "quality": quality,
    }
    store = desk.by("route.add", "route", after=after)
    return await store.add_route(prefix, carrier_id, account_id=account_id, sender=sender, quality=quality)


async def remove_route(desk: Desk, route_id: int) -> None:
    """Take a route away; messages accepted already keep their carrier. Raises NotFound."""
    route = _found(await desk.store.routes(), "route", route_id)
    await desk.by("route.remove", "route", route_id, before=_shown_route(route)).remove_route(route_id)


async def change_routes(desk: Desk, *, remove: Sequence[int], put: Sequence[RouteEntry]) -> None:
    """Take routes away and put others in, all of them or none."""
    before = [_shown_route(route) for route in await desk.store.routes() if route.route_id in set(remove)]
    after = [_shown_route(route) for route in put]
    store = desk.by("route.change_many", "routes", before={"routes": before}, after={"routes": after})
    await store.change_routes(remove=remove, put=put)


class RouteMove(NamedTuple):
    """Routes that change their carrier."""

    routes: list[RouteEntry]
    """As they are now."""
    put: list[RouteEntry]
    """As they are then; those that the other carrier has already are not put twice."""


async def rehearse_move(
    store: OperatorStore, from_carrier_id: int, to_carrier_id: int, *, begins: str = ""
) -> RouteMove:
    """What `move_routes` would change. Raises Mistaken."""
    begins = read_prefix(begins)
    if from_carrier_id == to_carrier_id:
        raise Mistaken("to_carrier_id", "Choose another carrier than the one that the routes lead to now.")
    routes = await store.routes()
    known = {(each.prefix, each.account_id, each.sender) for each in routes if each.carrier_id == to_carrier_id}
    going = [each for each in routes if each.carrier_id == from_carrier_id and each.prefix.startswith(begins)]
    put = [
        replace(each, route_id=0, carrier_id=to_carrier_id)
        for each in going
        if (each.prefix, each.account_id, each.sender) not in known
    ]
    return RouteMove(going, put)


async def move_routes(desk: Desk, from_carrier_id: int, to_carrier_id: int, *, begins: str = "") -> RouteMove:
    """Let one carrier's routes, perhaps only those that begin so, lead to another: all of them or none.

    Messages accepted already keep their carrier. Raises Mistaken, NotFound, and AlreadyExists when somebody else has
    changed the same meanwhile.
    """
    move = await rehearse_move(desk.store, from_carrier_id, to_carrier_id, begins=begins)
    before = {"carrier_id": from_carrier_id, "begins": begins, "routes": len(move.routes)}
    store = desk.by("route.move", "routes", before=before, after={"carrier_id": to_carrier_id})
    await store.change_routes(remove=[each.route_id for each in move.routes], put=move.put)
    return move


def _shown_route(route: RouteEntry) -> dict[str, object]:
    return {
        "prefix": route.prefix,
        "carrier_id": route.carrier_id,
        "account_id": route.account_id,
        "sender": route.sender,
        "quality": route.quality,
    }


# --- rates


async def set_rate(
    desk: Desk, prefix: str, rate: Credits, *, account_id: int | None = None, carrier_id: int | None = None
) -> RateEntry:
    """Price a segment to numbers with this prefix from now on. Raises Mistaken or NotFound."""
    prefix = read_prefix(prefix)
    _check_price(rate, "rate")
    whose = (prefix, account_id, carrier_id)
    old = [each for each in await desk.store.rates() if (each.prefix, each.account_id, each.carrier_id) == whose]
    after = _shown_rate(RateEntry(0, prefix, rate, account_id, carrier_id))
    store = desk.by("rate.set", "rate", before=_shown_rate(old[0]) if old else None, after=after)
    return await store.set_rate(prefix, rate, account_id=account_id, carrier_id=carrier_id)


async def remove_rate(desk: Desk, rate_id: int) -> None:
    """Take a rate away; messages accepted already keep their price. Raises NotFound."""
    rate = _found(await desk.store.rates(), "rate", rate_id)
    await desk.by("rate.remove", "rate", rate_id, before=_shown_rate(rate)).remove_rate(rate_id)


async def change_rates(desk: Desk, *, remove: Sequence[int], put: Sequence[RateEntry]) -> None:
    """Take rates away and put others in, all of them or none."""
    before = [_shown_rate(rate) for rate in await desk.store.rates() if rate.rate_id in set(remove)]
    after = [_shown_rate(rate) for rate in put]
    store = desk.by("rate.change_many", "rates", before={"rates": before}, after={"rates": after})
    await store.change_rates(remove=remove, put=put)


def _shown_rate(rate: RateEntry) -> dict[str, object]:
    return {
        "prefix": rate.prefix,
        "rate": format_credits(rate.rate, 6),
        "account_id": rate.account_id,
        "carrier_id": rate.carrier_id,
    }


# --- costs


async def set_cost(desk: Desk, carrier_id: int, prefix: str, cost: Credits) -> CostEntry:
    """Say what a carrier takes from us for a segment from now on. Raises Mistaken or NotFound."""
    prefix = read_prefix(prefix)
    _check_price(cost, "cost")
    old = [each for each in await desk.store.costs() if (each.carrier_id, each.prefix) == (carrier_id, prefix)]
    after = _shown_cost(CostEntry(0, carrier_id, prefix, cost))
    store = desk.by("cost.set", "cost", before=_shown_cost(old[0]) if old else None, after=after)
    return await store.set_cost(carrier_id, prefix, cost)


async def remove_cost(desk: Desk, cost_id: int) -> None:
    """Forget a cost. Raises NotFound."""
    cost = _found(await desk.store.costs(), "cost", cost_id)
    await desk.by("cost.remove", "cost", cost_id, before=_shown_cost(cost)).remove_cost(cost_id)


def _shown_cost(cost: CostEntry) -> dict[str, object]:
    return {"carrier_id": cost.carrier_id, "prefix": cost.prefix, "cost": format_credits(cost.cost, 6)}


def _check_price(amount: Credits, field: str) -> None:
    if amount < 0:
        raise Mistaken(field, f"A {field} is 0 or more.")


def _found(entries: Sequence[Entry], kind: str, number: int) -> Entry:
    for entry in entries:
        if getattr(entry, f"{kind}_id") == number:
            return entry
    raise NotFound(f"there is no {kind} {number}")
