"""`route`, `rate` and `cost`: which carriers take a number, what a segment costs the account, and what it costs us."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from angarium.cli import sheets
from angarium.cli.explain import explain_route
from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_carrier
from angarium.cli.prices import (
    ForAccount,
    ForCarrier,
    Prefix,
    account_id_of,
    account_names,
    carrier_id_of,
    carrier_names,
    read_prefix,
    read_price,
    read_sender,
    shown,
)
from angarium.cli.shell import shell_of
from angarium.core.routing import QUALITY_DEFAULT, QUALITY_MAX, RateEntry, RouteEntry
from angarium.core.sheets import Kind
from angarium.flows import pricing
from angarium.flows.desk import Desk
from angarium.ports.admin import OperatorStore
from angarium.ports.store import NotFound

Rate = Annotated[str, typer.Argument(metavar="RATE", help="Credits for one segment, such as 0.8.")]
Cost = Annotated[str, typer.Argument(metavar="COST", help="What it takes for one segment, such as 0.55.")]
Carrier = Annotated[str, typer.Argument(metavar="CARRIER", help="Its name or number.")]
ForSender = Annotated[str | None, typer.Option("--sender", help="Only for this sender.")]
Quality = Annotated[
    int, typer.Option("--quality", min=0, max=QUALITY_MAX, help="Of routes alike in price the better one is taken.")
]
Country = Annotated[str | None, typer.Option("--country", help="All numbers of a country, such as ZA.", metavar="CODE")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    route = typer.Typer(help="Routes: which carriers take a number, in which order.", no_args_is_help=True)
    route.command("add")(add_route)
    route.command("list")(list_routes)
    route.command("remove")(remove_route)
    route.command("move")(move_routes)
    route.command("explain")(explain_route)
    sheets.register(route, Kind.ROUTES)
    app.add_typer(route, name="route")
    rate = typer.Typer(help="Rates: what one segment costs an account.", no_args_is_help=True)
    rate.command("set")(set_rate)
    rate.command("list")(list_rates)
    rate.command("remove")(remove_rate)
    sheets.register(rate, Kind.RATES)
    app.add_typer(rate, name="rate")
    cost = typer.Typer(help="Costs: what a carrier takes from us for one segment.", no_args_is_help=True)
    cost.command("set")(set_cost)
    cost.command("list")(list_costs)
    cost.command("remove")(remove_cost)
    sheets.register(cost, Kind.COSTS)
    app.add_typer(cost, name="cost")


# --- routes


def add_route(
    context: typer.Context,
    where: Annotated[
        list[str], typer.Argument(metavar="[PREFIX] CARRIER", help="First digits of a number; '' for all. A carrier.")
    ],
    country: Country = None,
    account: ForAccount = None,
    sender: ForSender = None,
    quality: Quality = QUALITY_DEFAULT,
    rate: Annotated[str | None, typer.Option("--rate", help="Also set the rate of this prefix.")] = None,
) -> None:
    """Let a carrier take numbers with this prefix, or of a country. `route explain` shows what comes first."""
    shell = shell_of(context)
    if len(where) != (2 if country is None else 1):
        raise CommandMistaken("Give a prefix and a carrier, or --country CODE and a carrier.")
    carrier = where[-1]
    prefixes = [read_prefix(where[0])] if country is None else _prefixes_of(country)
    amount = None if rate is None else read_price(rate, name="rate")
    its_sender = read_sender(sender)

    async def work(desk: Desk) -> list[dict[str, object]]:
        store = desk.store
        found = await find_carrier(store, carrier)
        account_id = await account_id_of(store, account)
        routes = [RouteEntry(0, prefix, found.carrier_id, account_id, its_sender, quality) for prefix in prefixes]
        if country is None:
            await pricing.add_route(
                desk, prefixes[0], found.carrier_id, account_id=account_id, sender=its_sender, quality=quality
            )
        else:
            await pricing.change_routes(desk, remove=(), put=routes)
        if amount is not None:
            old = [
                entry.rate_id
                for entry in await store.rates()
                if entry.prefix in prefixes and (entry.account_id, entry.carrier_id) == (account_id, None)
            ]
            new = [RateEntry(0, prefix, amount, account_id) for prefix in prefixes]
            await pricing.change_rates(desk, remove=old, put=new)
        return [
            {"route_id": route.route_id, "prefix": route.prefix, "carrier": found.name, "rate": rate}
            for route in await store.routes()
            if dataclasses.replace(route, route_id=0) in routes
        ]

    added = shell.at_desk(work)
    if country is None:
        shell.record(added[0])
    else:
        shell.rows(added, empty="")
    if amount is None:
        shell.note("A route needs a rate to be used: `angarium rate set PREFIX RATE`, if there is none that covers it.")


def _prefixes_of(country: str) -> list[str]:
    from angarium.core.countries import Countries

    found = Countries.load().country(country)
    if found is None:
        raise CommandMistaken(f"{country!r} is no country with numbers of its own: `angarium country list` shows them.")
    return list(found.prefixes)


def move_routes(
    context: typer.Context,
    carrier: Annotated[str, typer.Argument(metavar="FROM", help="The carrier that they lead to now.")],
    to: Annotated[str, typer.Argument(metavar="TO", help="The carrier that they are to lead to.")],
    begins: Annotated[str, typer.Option("--begins", help="Only those that begin with these digits.")] = "",
) -> None:
    """Let a carrier's routes lead to another one, all or none. Messages already queued stay: `queue reroute`."""
    shell = shell_of(context)

    async def work(desk: Desk) -> int:
        before, after = await find_carrier(desk.store, carrier), await find_carrier(desk.store, to)
        moved = await pricing.move_routes(desk, before.carrier_id, after.carrier_id, begins=read_prefix(begins))
        return len(moved.routes)

    shell.record({"moved": shell.at_desk(work)})


def list_routes(context: typer.Context) -> None:
    """List the routes."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        carriers, accounts = await carrier_names(store), await account_names(store)
        return [
            {
                "route_id": route.route_id,
                "prefix": route.prefix,
                "carrier": carriers[route.carrier_id],
                "account": accounts.get(route.account_id),
                "sender": route.sender,
                "quality": route.quality,
            }
            for route in await store.routes()
        ]

    shell.rows(shell.in_store(work), empty="There is no route yet.")


def remove_route(
    context: typer.Context,
    prefix: Prefix,
    carrier: ForCarrier = None,
    account: ForAccount = None,
    sender: ForSender = None,
) -> None:
    """Remove the route of a prefix; say more when there are several. Messages already queued keep theirs."""
    shell = shell_of(context)
    digits, its_sender = read_prefix(prefix), read_sender(sender)

    async def work(desk: Desk) -> None:
        store = desk.store
        carrier_id = await carrier_id_of(store, carrier)
        account_id = await account_id_of(store, account)
        found = [
            route
            for route in await store.routes()
            if route.prefix == digits
            and carrier_id in {None, route.carrier_id}
            and account_id in {None, route.account_id}
            and its_sender in {None, route.sender}
        ]
        if not found:
            raise NotFound(f"There is no route for {prefix!r}; `angarium route list` shows them.")
        if len(found) > 1:
            raise CommandMistaken(
                f"{len(found)} routes have the prefix {prefix!r}: add --carrier, --account or --sender."
            )
        await pricing.remove_route(desk, found[0].route_id)

    shell.at_desk(work)
    shell.show({"prefix": digits, "removed": True}, f"The route of {prefix!r} is removed.")


# --- rates


def set_rate(
    context: typer.Context, prefix: Prefix, rate: Rate, account: ForAccount = None, carrier: ForCarrier = None
) -> None:
    """Set what one segment to numbers with this prefix costs from now on."""
    shell = shell_of(context)
    digits, amount = read_prefix(prefix), read_price(rate, name="rate")

    async def work(desk: Desk) -> dict[str, object]:
        store = desk.store
        entry = await pricing.set_rate(
            desk,
            digits,
            amount,
            account_id=await account_id_of(store, account),
            carrier_id=await carrier_id_of(store, carrier),
        )
        accounts, carriers = await account_names(store), await carrier_names(store)
        return {
            "rate_id": entry.rate_id,
            "prefix": digits,
            "rate": shown(amount),
            "account": accounts.get(entry.account_id),
            "carrier": carriers.get(entry.carrier_id),
        }

    shell.record(shell.at_desk(work))


def list_rates(context: typer.Context) -> None:
    """List the rates."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        accounts, carriers = await account_names(store), await carrier_names(store)
        return [
            {
                "rate_id": entry.rate_id,
                "prefix": entry.prefix,
                "rate": shown(entry.rate),
                "account": accounts.get(entry.account_id),
                "carrier": carriers.get(entry.carrier_id),
            }
            for entry in sorted(
                await store.rates(), key=lambda entry: (entry.prefix, entry.account_id or 0, entry.carrier_id or 0)
            )
        ]

    shell.rows(shell.in_store(work), empty="There is no rate yet.")


def remove_rate(context: typer.Context, prefix: Prefix, account: ForAccount = None, carrier: ForCarrier = None) -> None:
    """Remove the rate of a prefix."""
    shell = shell_of(context)
    digits = read_prefix(prefix)

    async def work(desk: Desk) -> None:
        store = desk.store
        whose = (digits, await account_id_of(store, account), await carrier_id_of(store, carrier))
        for entry in await store.rates():
            if (entry.prefix, entry.account_id, entry.carrier_id) == whose:
                await pricing.remove_rate(desk, entry.rate_id)
                return
        raise NotFound(f"There is no such rate for {prefix!r}; `angarium rate list` shows them.")

    shell.at_desk(work)
    shell.show({"prefix": digits, "removed": True}, f"The rate of {prefix!r} is removed.")


# --- costs


def set_cost(context: typer.Context, carrier: Carrier, prefix: Prefix, cost: Cost) -> None:
    """Say what a carrier takes from us for one segment to numbers with this prefix, from now on."""
    shell = shell_of(context)
    digits, amount = read_prefix(prefix), read_price(cost, name="cost")

    async def work(desk: Desk) -> dict[str, object]:
        found = await find_carrier(desk.store, carrier)
        entry = await pricing.set_cost(desk, found.carrier_id, digits, amount)
        return {"cost_id": entry.cost_id, "carrier": found.name, "prefix": digits, "cost": shown(amount)}

    shell.record(shell.at_desk(work))


def list_costs(context: typer.Context, carrier: ForCarrier = None) -> None:
    """List the costs."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        wanted, names = await carrier_id_of(store, carrier), await carrier_names(store)
        return [
            {
                "cost_id": entry.cost_id,
                "carrier": names.get(entry.carrier_id),
                "prefix": entry.prefix,
                "cost": shown(entry.cost),
            }
            for entry in await store.costs()
            if wanted in {None, entry.carrier_id}
        ]

    shell.rows(shell.in_store(work), empty="There is no cost yet.")


def remove_cost(context: typer.Context, carrier: Carrier, prefix: Prefix) -> None:
    """Forget what a carrier takes for a prefix."""
    shell = shell_of(context)
    digits = read_prefix(prefix)

    async def work(desk: Desk) -> None:
        store = desk.store
        found = await find_carrier(store, carrier)
        for entry in await store.costs():
            if (entry.carrier_id, entry.prefix) == (found.carrier_id, digits):
                await pricing.remove_cost(desk, entry.cost_id)
                return
        raise NotFound(f"There is no such cost for {prefix!r}; `angarium cost list` shows them.")

    shell.at_desk(work)
    shell.show({"prefix": digits, "removed": True}, f"The cost of {prefix!r} is removed.")
