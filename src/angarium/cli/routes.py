"""`route` and `rate`: which carrier takes a number, and what a segment to it costs."""

from __future__ import annotations

from typing import Annotated

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_account, find_carrier
from angarium.cli.shell import shell_of
from angarium.core.credit import Credits, format_credits, parse_credits
from angarium.core.numbers import MSISDN_DIGITS_MAX
from angarium.ports.admin import OperatorStore
from angarium.ports.store import NotFound

Prefix = Annotated[str, typer.Argument(metavar="PREFIX", help="First digits of a number, such as 27; '' for all.")]
Rate = Annotated[str, typer.Argument(metavar="RATE", help="Credits for one segment, such as 0.8.")]
ForAccount = Annotated[str | None, typer.Option("--account", help="Only for this account.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    route = typer.Typer(help="Routes: which carrier takes a number.", no_args_is_help=True)
    route.command("add")(add_route)
    route.command("list")(list_routes)
    route.command("remove")(remove_route)
    app.add_typer(route, name="route")
    rate = typer.Typer(help="Rates: what one segment costs.", no_args_is_help=True)
    rate.command("set")(set_rate)
    rate.command("list")(list_rates)
    rate.command("remove")(remove_rate)
    app.add_typer(rate, name="rate")


def add_route(
    context: typer.Context,
    prefix: Prefix,
    carrier: Annotated[str, typer.Argument(help="Its name or number.")],
    rate: Annotated[str | None, typer.Option("--rate", help="Also set the rate of this prefix.")] = None,
) -> None:
    """Send numbers with this prefix to a carrier. The longest prefix decides."""
    shell = shell_of(context)
    digits = _prefix(prefix)
    amount = None if rate is None else _rate(rate)

    async def work(store: OperatorStore) -> dict[str, object]:
        found = await find_carrier(store, carrier)
        route = await store.add_route(digits, found.carrier_id)
        if amount is not None:
            await store.set_rate(digits, amount)
        return {"route_id": route.route_id, "prefix": digits, "carrier": found.name, "rate": rate}

    record = shell.in_store(work)
    shell.record(record)
    if amount is None:
        shell.note(
            f"A route needs a rate to be used: `angarium rate set {prefix} RATE`, if there is none that covers it."
        )


def list_routes(context: typer.Context) -> None:
    """List the routes."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        names = {carrier.carrier_id: carrier.name for carrier in await store.carriers()}
        return [
            {"route_id": route.route_id, "prefix": route.prefix, "carrier": names[route.carrier_id]}
            for route in sorted(await store.routes(), key=lambda route: route.prefix)
        ]

    shell.rows(shell.in_store(work), empty="There is no route yet.")


def remove_route(context: typer.Context, prefix: Prefix) -> None:
    """Remove the route of a prefix. Messages already queued keep theirs."""
    shell = shell_of(context)
    digits = _prefix(prefix)

    async def work(store: OperatorStore) -> None:
        for route in await store.routes():
            if route.prefix == digits:
                await store.remove_route(route.route_id)
                return
        raise NotFound(f"There is no route for {prefix!r}; `angarium route list` shows them.")

    shell.in_store(work)
    shell.show({"prefix": digits, "removed": True}, f"The route of {prefix!r} is removed.")


def set_rate(context: typer.Context, prefix: Prefix, rate: Rate, account: ForAccount = None) -> None:
    """Set what one segment to numbers with this prefix costs from now on."""
    shell = shell_of(context)
    digits, amount = _prefix(prefix), _rate(rate)

    async def work(store: OperatorStore) -> dict[str, object]:
        found = None if account is None else await find_account(store, account)
        entry = await store.set_rate(digits, amount, account_id=None if found is None else found.account_id)
        return _rate_record(entry.rate_id, digits, amount, None if found is None else found.name)

    shell.record(shell.in_store(work))


def list_rates(context: typer.Context) -> None:
    """List the rates."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        names: dict[int | None, str] = {account.account_id: account.name for account in await store.accounts()}
        return [
            _rate_record(entry.rate_id, entry.prefix, entry.rate, names.get(entry.account_id))
            for entry in sorted(await store.rates(), key=lambda entry: (entry.prefix, entry.account_id or 0))
        ]

    shell.rows(shell.in_store(work), empty="There is no rate yet.")


def remove_rate(context: typer.Context, prefix: Prefix, account: ForAccount = None) -> None:
    """Remove the rate of a prefix."""
    shell = shell_of(context)
    digits = _prefix(prefix)

    async def work(store: OperatorStore) -> None:
        account_id = None if account is None else (await find_account(store, account)).account_id
        for entry in await store.rates():
            if entry.prefix == digits and entry.account_id == account_id:
                await store.remove_rate(entry.rate_id)
                return
        raise NotFound(f"There is no such rate for {prefix!r}; `angarium rate list` shows them.")

    shell.in_store(work)
    shell.show({"prefix": digits, "removed": True}, f"The rate of {prefix!r} is removed.")


def _prefix(text: str) -> str:
    digits = text.removeprefix("+")
    if digits and not (digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) <= MSISDN_DIGITS_MAX):
        raise CommandMistaken(
            f"{text!r} is not a prefix: give 1 to 15 digits, country code first, or '' for all numbers."
        )
    return digits


def _rate(text: str) -> Credits:
    amount = parse_credits(text)
    if amount < 0:
        raise CommandMistaken("A rate is 0 or more.")
    return amount


def _rate_record(rate_id: int, prefix: str, rate: Credits, account: str | None) -> dict[str, object]:
    return {"rate_id": rate_id, "prefix": prefix, "rate": format_credits(rate, 6), "account": account}
