"""`optout`: handsets that do not want to be written to."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer

from angarium.cli.failures import CommandFailed
from angarium.cli.lookups import find_account
from angarium.cli.shell import clock_text, shell_of
from angarium.core.account import Account
from angarium.core.numbers import Msisdn
from angarium.core.optout import OptOut
from angarium.flows import two_way as flow
from angarium.flows.desk import Desk
from angarium.flows.opt_out_files import COLUMNS, Entry, Problem, enter, read_entries
from angarium.ports.admin import OperatorStore

LIST_MAX: Final = 1_000
BATCH_MAX: Final = 1_000

AccountName = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name or number.")]
Recipient = Annotated[str, typer.Argument(metavar="RECIPIENT", help="The handset, in international form.")]
OfSender = Annotated[str, typer.Option("--sender", help="Only of this sender; else of all the account's.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    optout = typer.Typer(help="Opt-outs: handsets that do not want to be written to.", no_args_is_help=True)
    optout.command("list")(list_opt_outs)
    optout.command("add")(add_opt_out)
    optout.command("remove")(remove_opt_out)
    optout.command("export")(export_opt_outs)
    optout.command("import")(import_opt_outs)
    app.add_typer(optout, name="optout")


def list_opt_outs(
    context: typer.Context,
    account: AccountName,
    limit: Annotated[int, typer.Option("--limit", min=1, max=LIST_MAX, help="How many, by handset.")] = 50,
) -> None:
    """List the handsets that have opted out of an account's senders."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[OptOut]:
        return await store.opt_outs((await find_account(store, account)).account_id, limit=limit)

    shell.rows([_record(each) for each in shell.in_store(work)], empty="Nobody has opted out.")


def add_opt_out(context: typer.Context, account: AccountName, recipient: Recipient, sender: OfSender = "") -> None:
    """Opt a handset out: later sends to it are refused with 122."""
    shell = shell_of(context)
    handset, of = flow.read_handset(recipient), flow.read_opted_sender(sender)

    async def work(desk: Desk) -> int:
        found = await find_account(desk.store, account)
        return await flow.opt_out(desk, found.account_id, [(handset, of, "")])

    added = shell.at_desk(work)
    shell.show({"added": added}, f"{handset} has opted out." if added else f"{handset} had opted out already.")


def remove_opt_out(context: typer.Context, account: AccountName, recipient: Recipient, sender: OfSender = "") -> None:
    """Take an opt-out away: only when the handset's owner has asked for it."""
    shell = shell_of(context)
    handset, of = flow.read_handset(recipient), flow.read_opted_sender(sender)

    async def work(desk: Desk) -> None:
        found = await find_account(desk.store, account)
        await flow.opt_in(desk, found.account_id, handset, of)

    shell.at_desk(work)
    shell.show({"removed": 1}, f"{handset} may be written to again.")


def export_opt_outs(
    context: typer.Context,
    account: AccountName,
    file: Annotated[Path | None, typer.Argument(help="Where to; else to stdout.")] = None,
) -> None:
    """Write an account's opt-outs as CSV: recipient, sender (empty for all), since, word."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[OptOut]:
        found = await find_account(store, account)
        written: list[OptOut] = []
        after: tuple[Msisdn, str] | None = None
        while batch := await store.opt_outs(found.account_id, after=after, limit=BATCH_MAX):
            written += batch
            after = (batch[-1].recipient, batch[-1].sender)
        return written

    opt_outs = shell.in_store(work)
    if file is None:
        _write(sys.stdout, opt_outs)
        return
    with file.open("w", encoding="utf-8", newline="") as stream:
        _write(stream, opt_outs)
    shell.show({"exported": len(opt_outs), "file": str(file)}, f"{len(opt_outs)} written to {file}.")


def import_opt_outs(
    context: typer.Context,
    account: AccountName,
    file: Annotated[Path, typer.Argument(help="CSV with a first line that names its columns; recipient at least.")],
    sender: OfSender = "",
) -> None:
    """Enter opt-outs from a CSV file. Every line is checked before the first is entered; what is there stays."""
    shell = shell_of(context)
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            entries = list(_read(stream, file, sender))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandFailed(f"{file} cannot be read: {error}.") from error

    async def work(desk: Desk) -> tuple[Account, int]:
        found = await find_account(desk.store, account)
        return found, await enter(desk, found.account_id, entries)

    found, added = shell.at_desk(work)
    known = len(entries) - added
    shell.show(
        {"account": found.name, "added": added, "known": known}, f"{added} entered; {known} had opted out already."
    )


def _write(stream: TextIO, opt_outs: Sequence[OptOut]) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((each.recipient, each.sender, clock_text(each.since), each.word) for each in opt_outs)


def _read(stream: TextIO, file: Path, sender: str) -> Iterator[Entry]:
    for read in read_entries(stream, sender=sender):
        if isinstance(read, Problem):
            raise CommandFailed(f"Line {read.line_no} of {file}: {read.sentence}")
        yield read


def _record(opt_out: OptOut) -> dict[str, object]:
    return {
        "recipient": str(opt_out.recipient),
        "sender": opt_out.sender,
        "since": clock_text(opt_out.since),
        "word": opt_out.word,
    }
