"""`backup`: copies of the data directory, made beside a running server, looked at, and restored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from angarium.cli.failures import FAILED
from angarium.cli.shell import clock_text, now, shell_of

if TYPE_CHECKING:
    from angarium.backups import Manifest

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of the backup.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    backup = typer.Typer(help="Backups: make, check, restore.", no_args_is_help=True)
    backup.command("create")(create)
    backup.command("check")(check)
    backup.command("restore")(restore)
    app.add_typer(backup, name="backup")


def create(context: typer.Context, folder: Folder) -> None:
    """Back up the data directory into a new folder, as of one moment. The server may run."""
    from angarium import backups

    shell = shell_of(context)
    manifest = backups.back_up(shell.settings().data_dir, folder, now=now())
    shell.record(_record(folder, manifest))
    shell.note("It holds tokens and passwords: keep it as safe as the data directory.")


def check(context: typer.Context, folder: Folder) -> None:
    """Read a whole backup and say whether it is what was backed up; exit code 1 when it is not."""
    from angarium import backups

    shell = shell_of(context)
    faults = backups.faults(folder)
    manifest = backups.read_manifest(folder)
    shell.record({**_record(folder, manifest), "whole": not faults, "faults": faults})
    if faults:
        raise typer.Exit(FAILED)


def restore(
    context: typer.Context,
    folder: Folder,
    go_on: Annotated[
        bool, typer.Option("--go-on", help="Leave carriers enabled: what was sent since the backup is sent again.")
    ] = False,
) -> None:
    """Make a data directory from a backup. Its carriers stay disabled until you enable them."""
    from angarium import backups

    shell = shell_of(context)
    data_dir = shell.settings().data_dir
    held = backups.restore(folder, data_dir, hold=not go_on)
    manifest = backups.read_manifest(folder)
    shell.record({**_record(folder, manifest), "data_dir": str(data_dir), "carriers_disabled": held})
    if held:
        shell.note(
            "Messages that were sent after the backup are queued in it. Stop those that should not go out again, "
            "then `angarium carrier enable` each carrier."
        )


def _record(folder: Path, manifest: Manifest) -> dict[str, object]:
    return {
        "backup": str(folder),
        "made_at": clock_text(manifest.made_at),
        "version": manifest.version,
        "files": sorted(manifest.files),
        "octets": sum(entry.octets for entry in manifest.files.values()),
    }
