"""`sender`: the senders that an account may use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from angarium.cli.failures import CommandFailed
from angarium.cli.lookups import find_account
from angarium.cli.shell import shell_of
from angarium.core.account import Account
from angarium.flows.accounts import AccountChanges, change_account
from angarium.flows.desk import Desk, read_sender

OfAccount = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name or number.")]
Given = Annotated[list[str], typer.Argument(metavar="SENDER...", help="Up to 16 digits, or up to 11 characters.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    sender = typer.Typer(help="Senders: what an account's messages may come from.", no_args_is_help=True)
    sender.command("add")(add)
    sender.command("list")(show_list)
    sender.command("remove")(remove)
    app.add_typer(sender, name="sender")


def add(context: typer.Context, account: OfAccount, senders: Given) -> None:
    """Register senders of an account."""
    _change(context, account, lambda found: [*found.settings.senders, *senders])


def remove(context: typer.Context, account: OfAccount, senders: Given) -> None:
    """Take senders away from an account."""

    def left(found: Account) -> Sequence[str]:
        given = [read_sender(each, field="senders") for each in senders]
        unknown = [each for each in given if each not in found.settings.senders]
        if unknown:
            raise CommandFailed(f"{found.name} has no sender {unknown[0]!r}; `angarium sender list` shows them.")
        rest = [each for each in found.settings.senders if each not in given]
        if not rest and not found.settings.senders_registered:
            raise CommandFailed(
                f"Without a sender on its list {found.name} could use any: `angarium account set {found.name} "
                "--any-sender` says so, --registered-only keeps it to its list."
            )
        return rest

    _change(context, account, left)


def show_list(context: typer.Context, account: OfAccount) -> None:
    """List an account's senders."""
    shell = shell_of(context)
    found = shell.in_store(lambda store: find_account(store, account))
    empty = (
        "None is registered: the carrier chooses." if found.settings.senders_registered else "It may use any sender."
    )
    shell.rows([{"sender": sender} for sender in found.settings.senders], empty=empty)


def _change(context: typer.Context, account: str, senders: Callable[[Account], Sequence[str]]) -> None:
    shell = shell_of(context)

    async def work(desk: Desk) -> Account:
        found = await find_account(desk.store, account)
        return await change_account(desk, found, AccountChanges(senders=senders(found)))

    changed = shell.at_desk(work)
    shell.record({"account": changed.name, "senders": list(changed.settings.senders)})
