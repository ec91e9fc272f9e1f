"""`credit`: buy, look, and check that the money adds up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from angarium.cli.failures import FAILED
from angarium.cli.lookups import find_account
from angarium.cli.shell import clock_text, shell_of
from angarium.core.account import Account
from angarium.core.credit import Balance, Credits, format_credits, parse_credits
from angarium.flows import purchases
from angarium.flows.desk import Desk
from angarium.flows.money import buy_credit
from angarium.ports.admin import OperatorStore

ENTRIES_MAX = 1000


def register(app: typer.Typer) -> None:
    """Add these commands."""
    credit = typer.Typer(help="Credit: buy, look, check that it adds up.", no_args_is_help=True)
    # A negative amount is an adjustment, not an option.
    credit.command("buy", context_settings={"ignore_unknown_options": True})(buy)
    credit.command("list")(entries)
    credit.command("balance")(balances)
    credit.command("warn")(warn)
    credit.command("check")(check)
    app.add_typer(credit, name="credit")


def buy(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="Its name or number.")],
    amount: Annotated[str, typer.Argument(help="Credits, such as 100 or 12.5; negative takes free credit away.")],
    note: Annotated[str, typer.Option("--note", help="Kept with the entry.")] = "",
    trial: Annotated[bool, typer.Option("--trial", help="To try with: it does not count as a purchase.")] = False,
) -> None:
    """Add credit to an account. From its first purchase on its messages say what they say."""
    shell = shell_of(context)
    bought = parse_credits(amount)

    async def work(desk: Desk) -> dict[str, object]:
        found = await find_account(desk.store, account)
        entry, balance = await buy_credit(desk, found.account_id, bought, note=note, is_trial=trial)
        return {
            "entry_id": entry.entry_id,
            "account": found.name,
            "amount": format_credits(entry.amount, 6),
            "free": format_credits(balance.free, 6),
        }

    shell.record(shell.at_desk(work))


def entries(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="Its name or number.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=ENTRIES_MAX, help="How many, newest first.")] = 50,
) -> None:
    """List an account's purchases and adjustments, newest first."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        found = await find_account(store, account)
        return [
            {
                "entry_id": entry.entry_id,
                "at": clock_text(entry.at),
                "amount": format_credits(entry.amount, 6),
                "origin": entry.origin,
                "note": entry.note,
            }
            for entry in await store.ledger(found.account_id, limit=limit)
        ]

    shell.rows(shell.in_store(work), empty="Nothing was bought yet.")


def balances(
    context: typer.Context, account: Annotated[str | None, typer.Argument(help="Only this one.")] = None
) -> None:
    """Show where each account's money is: free, reserved for messages under way, spent."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        accounts = await store.accounts() if account is None else [await find_account(store, account)]
        limits = {row.account_id: row.warn_below for row in await store.credit_watches()}
        return [_where(one, await store.balance(one.account_id), limits.get(one.account_id)) for one in accounts]

    shell.rows(shell.in_store(work), empty="There is no account yet.")


def _where(account: Account, balance: Balance, warn_below: Credits | None) -> dict[str, object]:
    return {
        "account": account.name,
        **{place: format_credits(amount, 6) for place, amount in asdict(balance).items()},
        "warn_below": None if warn_below is None else format_credits(warn_below, 6),
    }


def warn(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="Its name or number.")],
    below: Annotated[str, typer.Argument(metavar="AMOUNT", help="Credits, such as 100, or none for no warning.")],
) -> None:
    """Warn an account's owners when less than this is free: on their page, and once by letter."""
    shell = shell_of(context)
    limit = None if below == "none" else parse_credits(below)

    async def work(desk: Desk) -> dict[str, object]:
        found = await find_account(desk.store, account)
        await purchases.watch_credit(desk, found.account_id, limit)
        return _where(found, await desk.store.balance(found.account_id), limit)

    shell.record(shell.at_desk(work))


def check(context: typer.Context) -> None:
    """Check that the money adds up, over every account and message; exit code 1 when it does not."""
    shell = shell_of(context)
    faults = shell.in_store(lambda store: store.ledger_faults())
    shell.show({"adds_up": not faults, "faults": faults}, "\n".join(faults) or "The money adds up.")
    if faults:
        raise typer.Exit(FAILED)
