"""`retention`: how long texts and numbers are kept, for all and for each account."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_account
from angarium.cli.shell import shell_of
from angarium.core.account import Account
from angarium.core.retention import KEEP_DAYS_MAX, Retention
from angarium.flows.accounts import keep_account_settings
from angarium.flows.desk import Desk

DEFAULT = "default"

Days = Annotated[
    str | None, typer.Option(metavar="DAYS", help="Days, 0 for as short as can be; 'default' as for everyone.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    retention = typer.Typer(help="Retention: how long texts and numbers are kept.", no_args_is_help=True)
    retention.command("list")(list_days)
    retention.command("set")(set_days)
    app.add_typer(retention, name="retention")


def list_days(context: typer.Context) -> None:
    """List how many days the texts and numbers of each account are kept."""
    shell = shell_of(context)
    default = shell.settings().retention
    accounts = shell.in_store(lambda store: store.accounts())
    shell.rows([_record(account, default) for account in accounts], empty="There is no account yet.")


def set_days(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name or number.")],
    text_days: Days = None,
    numbers_days: Days = None,
) -> None:
    """Change how long an account's texts and numbers are kept; holds for what is stored already, too."""
    shell = shell_of(context)
    default = shell.settings().retention
    if text_days is None and numbers_days is None:
        raise CommandMistaken("Say what is to change: --text-days, --numbers-days.")

    async def work(desk: Desk) -> Account:
        found = await find_account(desk.store, account)
        settings = found.settings
        if text_days is not None:
            settings = replace(settings, keep_text_days=_days(text_days, "--text-days"))
        if numbers_days is not None:
            settings = replace(settings, keep_numbers_days=_days(numbers_days, "--numbers-days"))
        return await keep_account_settings(desk, found, settings)

    shell.record(_record(shell.at_desk(work), default))


def _days(text: str, option: str) -> int | None:
    if text == DEFAULT:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) <= KEEP_DAYS_MAX):
        raise CommandMistaken(f"{option} takes a number of days from 0 to {KEEP_DAYS_MAX}, or '{DEFAULT}'.")
    return int(text)


def _record(account: Account, default: Retention) -> dict[str, object]:
    kept = account.settings.retention(default)
    return {
        "account": account.name,
        "text_days": kept.text_days,
        "numbers_days": kept.number_days,
        "by_default": account.settings.keep_text_days is None and account.settings.keep_numbers_days is None,
    }
