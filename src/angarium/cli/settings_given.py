"""A carrier's settings as they are typed: shortcuts for the usual ones, `--set` for any."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from angarium.carriers.settings import describe
from angarium.cli.shell import key_values, secret_text
from angarium.flows.desk import SECRETS

Host = Annotated[str | None, typer.Option("--host", help="Host name or address of its SMSC.")]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Its TCP port.")]
SystemId = Annotated[str | None, typer.Option("--system-id", help="Our name there.")]
Password = Annotated[str | None, typer.Option("--password", help="Our password there; - asks for it.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", help="Any setting, name=value; repeat for more: `carrier settings`.")
]


def given_settings(changes: list[str] | None, **shortcuts: str | int | None) -> dict[str, object]:
    """What was typed, by name; secrets given as - are asked for."""
    given: dict[str, object] = {
        name: _read(name, text) for name, text in key_values(changes or [], option="--set").items()
    }
    given.update({name: value for name, value in shortcuts.items() if value is not None})
    for name in SECRETS & given.keys():
        given[name] = secret_text(str(given[name]), prompt=f"The carrier's {name.replace('_', ' ')}")
    return given


def _read(name: str, text: str) -> object:
    """The value as JSON would hold it. Texts need no quotes; the settings say which ones are texts."""
    default = next((row.default for row in describe() if row.name == name), "")
    if isinstance(default, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
