"""`config`: check the settings, show what is in effect and why, print the table."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated

import typer

from angarium.cli.shell import shell_of
from angarium.config import Settings, plain, show, table


def register(app: typer.Typer) -> None:
    """Add these commands."""
    config = typer.Typer(help="Settings: check, show, list.", no_args_is_help=True)
    config.command("check")(check)
    config.command("show")(show_settings)
    config.command("table")(print_table)
    app.add_typer(config, name="config")


def check(context: typer.Context) -> None:
    """Check file and environment; every problem is listed, and the exit code is 2 when there is one."""
    shell = shell_of(context)
    loaded = shell.load()
    file = None if loaded.file is None else str(loaded.file)
    shell.show(
        {"ok": True, "file": file, "warnings": list(loaded.warnings)},
        "The settings are in order (" + (f"file: {file}" if file else "no settings file; none is needed") + ").",
    )


def show_settings(context: typer.Context) -> None:
    """Show every setting in effect, and where it came from. A secret is not shown."""
    shell = shell_of(context)
    loaded = shell.load()
    read = plain if shell.as_json else show
    shell.rows(
        [
            {
                "name": row.name,
                "value": read(getattr(loaded.settings, row.name)),
                "source": loaded.sources[row.name],
            }
            for row in fields(Settings)
        ],
        empty="",
    )


def print_table(
    context: typer.Context,
    markdown: Annotated[bool, typer.Option("--markdown", help="As the documentation holds it.")] = False,
) -> None:
    """Print the settings table: name, form, unit, default, environment variable, meaning."""
    shell = shell_of(context)
    rows = table()
    if markdown and not shell.as_json:
        shell.show(None, markdown_table())
    else:
        shell.rows([row._asdict() for row in rows], empty="")


def markdown_table() -> str:
    """The settings table as a Markdown page's table."""
    lines = ["| Setting | Form | Unit | Default | Environment | Meaning |", "|---|---|---|---|---|---|"]
    for row in table():
        form = row.form.replace("|", "\\|")
        default = f"`{row.default}`" if row.default else ""
        lines.append(f"| `{row.name}` | {form} | {row.unit} | {default} | `{row.variable}` | {row.sentence} |")
    return "\n".join(lines)
