"""`block`: numbers that nobody, or one account, may write to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_account
from angarium.cli.shell import clock_text, shell_of
from angarium.core.blocks import Block
from angarium.flows.desk import Desk, Mistaken
from angarium.flows.limiting import add_blocks, blocks_met, read_block, remove_blocks
from angarium.ports.admin import OperatorStore

LISTED_MAX: Final = 1_000
IMPORTED_PER_COMMIT: Final = 2_000
PROBLEMS_SHOWN_MAX: Final = 20

Digits = Annotated[list[str], typer.Argument(metavar="NUMBER...", help="In international form.")]
Prefixes = Annotated[bool, typer.Option("--prefix", help="Block all numbers that begin so.")]
Delisted = Annotated[
    bool, typer.Option("--delisted", help="Out of service, or another owner's now: code 128, not 121.")
]
OfAccount = Annotated[str | None, typer.Option("--account", help="For this account only.")]
Note = Annotated[str, typer.Option("--note", help="Kept with the entry.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    block = typer.Typer(help="Block list: numbers that nobody may write to.", no_args_is_help=True)
    block.command("add")(add)
    block.command("list")(show_list)
    block.command("remove")(remove)
    block.command("import")(import_file)
    app.add_typer(block, name="block")


def add(
    context: typer.Context,
    numbers: Digits,
    prefix: Prefixes = False,
    account: OfAccount = None,
    delisted: Delisted = False,
    note: Note = "",
) -> None:
    """Block numbers: sends to them are refused from now on. Messages already queued are sent."""
    shell = shell_of(context)

    async def work(desk: Desk) -> int:
        account_id = await _account_id(desk.store, account)
        return await add_blocks(
            desk,
            [
                read_block(each, is_prefix=prefix, account_id=account_id, is_delisted=delisted, note=note)
                for each in numbers
            ],
        )

    new = shell.at_desk(work)
    shell.show({"new": new, "given": len(numbers)}, f"Blocked: {len(numbers)}, of which new: {new}.")


def show_list(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=LISTED_MAX, help="So many at the most.")] = LISTED_MAX,
    after: Annotated[int, typer.Option("--after", min=0, help="Those after this block_id.")] = 0,
    number: Annotated[str | None, typer.Option("--number", help="Only those that this number meets.")] = None,
) -> None:
    """List what is blocked, oldest first."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        names = {account.account_id: account.name for account in await store.accounts()}
        found = await store.blocks(after=after, limit=limit) if number is None else await blocks_met(store, number)
        return [_record(block, names) for block in found]

    shell.rows(shell.in_store(work), empty="Nothing is blocked." if number is None else "It meets no block.")


def remove(context: typer.Context, numbers: Digits, prefix: Prefixes = False, account: OfAccount = None) -> None:
    """Block numbers no more."""
    shell = shell_of(context)

    async def work(desk: Desk) -> int:
        account_id = await _account_id(desk.store, account)
        return await remove_blocks(
            desk,
            [read_block(each, is_prefix=prefix, account_id=account_id, is_delisted=False, note="") for each in numbers],
        )

    removed = shell.at_desk(work)
    shell.show({"removed": removed, "given": len(numbers)}, f"Removed: {removed} of {len(numbers)}.")


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="One number a line; blank lines and what follows # are left out.")],
    account: OfAccount = None,
    delisted: Delisted = False,
    note: Note = "",
) -> None:
    """Block the numbers of a file: all of them, or none when a line cannot be read."""
    shell = shell_of(context)
    numbers = _numbers(file)
    if not numbers:
        raise CommandMistaken(f"{file} holds no number.")

    async def work(desk: Desk) -> int:
        account_id = await _account_id(desk.store, account)
        new = 0
        for at in range(0, len(numbers), IMPORTED_PER_COMMIT):
            part = numbers[at : at + IMPORTED_PER_COMMIT]
            new += await add_blocks(
                desk, [Block(each, account_id=account_id, is_delisted=delisted, note=note) for each in part]
            )
        return new

    new = shell.at_desk(work)
    shell.show({"new": new, "given": len(numbers)}, f"Blocked: {len(numbers)}, of which new: {new}.")


def _numbers(file: Path) -> list[str]:
    """The numbers of a file, each once. Every line that is none is told at once."""
    numbers: dict[str, None] = {}
    problems: list[str] = []
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line_no, line in enumerate(lines, start=1):
            text = line.partition("#")[0].strip()
            if text:
                try:
                    numbers[read_block(text, is_prefix=False, account_id=None, is_delisted=False, note="").digits] = (
                        None
                    )
                except Mistaken as error:
                    problems.append(f"line {line_no}: {error}")
    if problems:
        more = f" And {len(problems) - PROBLEMS_SHOWN_MAX} more." if len(problems) > PROBLEMS_SHOWN_MAX else ""
        raise CommandMistaken(f"{file} was not imported: {' '.join(problems[:PROBLEMS_SHOWN_MAX])}{more}")
    return list(numbers)


async def _account_id(store: OperatorStore, account: str | None) -> int | None:
    return None if account is None else (await find_account(store, account)).account_id


def _record(block: Block, names: dict[int, str]) -> dict[str, object]:
    return {
        "block_id": block.block_id,
        "digits": block.digits,
        "kind": "prefix" if block.is_prefix else "number",
        "account": None if block.account_id is None else names.get(block.account_id, str(block.account_id)),
        "delisted": block.is_delisted,
        "note": block.note,
        "blocked_at": clock_text(block.blocked_at),
    }
