"""`journal`: what became of every message of a time, for billing and audit."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import msgspec
import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_account, tables_of
from angarium.cli.shell import OperatorStore, now, shell_of
from angarium.core.clocktime import UnixMs
from angarium.core.journal import CSV_HEAD, Entry, csv_lines, record
from angarium.flows.journal import JournalReader

if TYPE_CHECKING:
    from collections.abc import Iterator

MOMENT_HELP = "A day or moment in ISO 8601, such as 2026-01-31 or 2026-01-31T12:00Z; without a zone it is UTC."


class Format(StrEnum):
    """How the journal is written."""

    CSV = "csv"
    JSONL = "jsonl"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    journal = typer.Typer(help="The journal: a record of every message.", no_args_is_help=True)
    journal.command("export")(export)
    app.add_typer(journal, name="journal")


def export(
    context: typer.Context,
    since: Annotated[str, typer.Option("--since", metavar="MOMENT", help=f"From when on. {MOMENT_HELP}")],
    until: Annotated[str | None, typer.Option("--until", metavar="MOMENT", help="Before when; else up to now.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="Only of this one.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.CSV,
    open_too: Annotated[bool, typer.Option("--open", help="Also messages that have not ended yet.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="A new file; else standard output.")
    ] = None,
) -> None:
    """Write a record of every message accepted in a time, oldest first. It may run beside the server."""
    shell = shell_of(context)
    at = now()
    begin = moment_of(since, "--since")
    end = at if until is None else moment_of(until, "--until")
    if begin >= end:
        raise CommandMistaken("--since must be earlier than --until.")

    async def work(store: OperatorStore) -> int:
        from angarium.app import open_public_ids

        tables = await tables_of(store)
        account_id = None if account is None else (await find_account(store, account)).account_id
        reader = JournalReader(store=store, tables=tables, public_ids=await open_public_ids(store))
        pages = reader.pages(since=begin, until=end, now=at, account_id=account_id, open_too=open_too)
        with _destination(output) as stream:
            return await _write(pages, stream, form)

    written = shell.in_store(work)
    if output is not None:
        shell.note(f"{written} messages are in {output}.")


async def _write(pages: AsyncIterator[list[Entry]], stream: TextIO, form: Format) -> int:
    if form is Format.CSV:
        stream.write(CSV_HEAD)
    count = 0
    async for page in pages:
        count += len(page)
        if form is Format.CSV:
            stream.write(csv_lines(page))
        else:
            stream.writelines(msgspec.json.encode(record(entry)).decode() + "\n" for entry in page)
    return count


@contextmanager
def _destination(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a new file for its owner only: the numbers in it are people."""
    if path is None:
        yield sys.stdout
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CommandMistaken(f"{path} is there already: name a new file.") from error
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        yield stream


def moment_of(text: str, option: str) -> UnixMs:
    """A day or moment as a person writes it. Raises CommandMistaken."""
    try:
        given = datetime.fromisoformat(text)
        return round((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise CommandMistaken(f"{option} takes a day or a moment, such as 2026-01-31, not {text!r}.") from error
