"""`route import`, `rate export` and their like: price lists as CSV files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from angarium.cli.failures import CommandFailed, CommandMistaken
from angarium.cli.lookups import find_account, find_carrier
from angarium.cli.prices import ForAccount, ForCarrier
from angarium.cli.shell import Shell, shell_of
from angarium.core.sheets import Kind, Scope
from angarium.core.sheets import shown as value_shown
from angarium.flows import sheets
from angarium.flows.desk import Desk
from angarium.flows.sheets import Prepared
from angarium.ports.admin import OperatorStore

OCTETS_MAX: Final = 64 * 1024 * 1024
LINES_SHOWN_MAX: Final = 50

File = Annotated[str, typer.Argument(metavar="FILE", help="A CSV file; - is standard input.")]
Target = Annotated[str, typer.Argument(metavar="FILE", help="Where to write; - is standard output.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")]
Keep = Annotated[bool, typer.Option("--keep", help="What the file does not name stays; without it, it is removed.")]


def register(app: typer.Typer, kind: Kind) -> None:
    """Add `import` and `export` to the commands of one kind."""

    def import_file(
        context: typer.Context,
        file: File,
        dry_run: DryRun = False,
        keep: Keep = False,
        account: ForAccount = None,
        carrier: ForCarrier = None,
    ) -> None:
        """Let a file replace what there is, all of it or nothing; with --account or --carrier only theirs."""
        _import(shell_of(context), kind, file, dry_run=dry_run, keep=keep, account=account, carrier=carrier)

    def export_file(
        context: typer.Context, file: Target = "-", account: ForAccount = None, carrier: ForCarrier = None
    ) -> None:
        """Write all there is to a file, in the form that import reads."""
        _export(shell_of(context), kind, file, account=account, carrier=carrier)

    app.command("import")(import_file)
    app.command("export")(export_file)


def _import(
    shell: Shell, kind: Kind, file: str, *, dry_run: bool, keep: bool, account: str | None, carrier: str | None
) -> None:
    async def work(desk: Desk) -> Prepared:
        scope = await _scope(desk.store, kind, account, carrier)
        prepared = await sheets.prepare(desk.store, kind, _lines(file), scope=scope, keep=keep)
        if not prepared.faults_count and not dry_run:
            await sheets.apply(desk, prepared)
        return prepared

    prepared = shell.at_desk(work)
    if prepared.faults_count:
        told = [f"Line {fault.line}: {fault.sentence}." for fault in prepared.faults]
        more = prepared.faults_count - len(told)
        raise CommandFailed("\n".join([*told, *([f"And {more} more."] if more else []), "Nothing was changed."]))
    _show(shell, prepared, is_done=not dry_run)


def _show(shell: Shell, prepared: Prepared, *, is_done: bool) -> None:
    kind, difference = prepared.kind, prepared.difference
    counts = {
        "added": len(difference.added),
        "changed": len(difference.changed),
        "removed": len(difference.removed),
        "same": difference.same,
    }
    lines: list[dict[str, object]] = [
        {"": mark, **dict(zip(kind.keys, key, strict=True)), "from": before, "to": after}
        for mark, key, before, after in [
            *(("+", row.key, "", value_shown(kind, row.value)) for row in difference.added),
            *(
                ("~", each.key, value_shown(kind, each.before), value_shown(kind, each.after))
                for each in difference.changed
            ),
            *(("-", row.key, value_shown(kind, row.value), "") for row in difference.removed),
        ]
    ]
    if shell.as_json:
        shell.json({**counts, "done": is_done, "lines": [{"change": line.pop(""), **line} for line in lines]})
        return
    if lines:
        shell.rows(lines[:LINES_SHOWN_MAX], empty="")
    if len(lines) > LINES_SHOWN_MAX:
        shell.note(f"And {len(lines) - LINES_SHOWN_MAX} more; --json shows all.")
    shell.show({}, ", ".join(f"{count} {name}" for name, count in counts.items()) + ".")
    if not is_done:
        shell.note("Nothing was changed: leave --dry-run out to do it.")


def _export(shell: Shell, kind: Kind, file: str, *, account: str | None, carrier: str | None) -> None:
    async def work(store: OperatorStore) -> list[str]:
        return list(await sheets.export(store, kind, scope=await _scope(store, kind, account, carrier)))

    lines = shell.in_store(work)
    if file == "-":
        sys.stdout.writelines(lines)
        return
    with Path(file).open("w", encoding="utf-8", newline="") as target:
        target.writelines(lines)
    shell.show({"file": file, "rows": len(lines) - 1}, f"{len(lines) - 1} rows are in {file}.")


async def _scope(store: OperatorStore, kind: Kind, account: str | None, carrier: str | None) -> Scope:
    if account is not None and "account" not in kind.columns:
        raise CommandMistaken("Costs are a carrier's and not an account's: leave --account out.")
    return Scope(
        account=None if account is None else (await find_account(store, account)).name,
        carrier=None if carrier is None else (await find_carrier(store, carrier)).name,
    )


def _lines(file: str) -> Iterator[str]:
    """The lines of a file, one after the other; raises CommandFailed for what is no text or too long."""
    octets = 0
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as source:
            for line in source:
                octets += len(line)
                if octets > OCTETS_MAX:
                    raise CommandFailed(
                        f"{file} is larger than {OCTETS_MAX // 1024 // 1024} MiB: split it, with --keep."
                    )
                yield line.decode()
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{file} is not UTF-8 text: save it as CSV in UTF-8.") from error
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}.") from error
