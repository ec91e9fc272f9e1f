"""What every command shares: the global options, the settings, and how things are printed."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from angarium.cli.failures import CommandMistaken, Failure
from angarium.config import Loaded, Settings, load
from angarium.core.clocktime import DAY_MS, HOUR_MS, MINUTE_MS, UnixMs
from angarium.core.visible import visible
from angarium.flows.desk import Desk
from angarium.lifecycle import SystemClock
from angarium.ports import admin

T = TypeVar("T")

OperatorStore = admin.OperatorStore

PLAIN_WIDTH: Final = 10_000
DURATION_DAYS_MAX: Final = 36_500
_UNITS: Final = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
"""Columns when the output goes to a file or pipe: lines are never cut there."""


@dataclass(slots=True)
class Shell:
    """One run of the command line."""

    data_dir: str | None = None
    config: Path | None = None
    as_json: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def load(self, flags: Mapping[str, str | None] | None = None, *, demo: bool = False) -> Loaded:
        """The settings with their sources; warnings go to stderr."""
        loaded = load(
            flags={"data_dir": self.data_dir, **(flags or {})}, environ=self.environ, config=self.config, demo=demo
        )
        for warning in loaded.warnings:
            self.note(warning)
        return loaded

    def settings(self) -> Settings:
        """The effective settings."""
        return self.load().settings

    def in_store(self, work: Callable[[OperatorStore], Awaitable[T]]) -> T:
        """Open the store of the data directory, do the work, close it. A running server notices by itself."""

        async def opened() -> T:
            async with self._store() as store:
                return await work(store)

        return asyncio.run(opened())

    def at_desk(self, work: Callable[[Desk], Awaitable[T]]) -> T:
        """The same for what changes something: by the rules that the operator's API keeps too, with an audit row."""
        from angarium.checks import EdgeChecks, EdgeMint

        mint = EdgeMint(self.settings().data_dir)
        return self.in_store(
            lambda store: work(Desk(store=store, checks=EdgeChecks(), mint=mint, author=author(), now=now()))
        )

    @asynccontextmanager
    async def _store(self) -> AsyncIterator[OperatorStore]:
        from angarium.app import open_store

        async with open_store(self.settings()) as store:
            yield store

    # --- printing

    def show(self, data: object, text: str) -> None:
        """Print the data under --json, else the text."""
        if self.as_json:
            self.json(data)
        else:
            _write(sys.stdout, visible(text))

    def json(self, data: object) -> None:
        """Print one JSON document and a line end on stdout."""
        _write(sys.stdout, json.dumps(data, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))

    def rows(self, rows: Sequence[Mapping[str, object]], *, empty: str) -> None:
        """Print rows that all have the same names: as a table, or as a JSON array."""
        if self.as_json:
            self.json(list(rows))
            return
        if not rows:
            self.note(empty)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in rows[0]:
            table.add_column(name.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(Text(_cell(value)) for value in row.values()))
        _print_table(table)

    def record(self, record: Mapping[str, object]) -> None:
        """Print one thing: a name and a value a line, or a JSON object."""
        if self.as_json:
            self.json(record)
            return
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for name, value in record.items():
            table.add_row(name.replace("_", " "), Text(_cell(value)))
        _print_table(table)

    def note(self, text: str) -> None:
        """Say something on stderr that is not the answer itself; nothing under --json."""
        if not self.as_json:
            _write(sys.stderr, text)

    def fail(self, failure: Failure) -> None:
        """Say on stderr what went wrong."""
        if self.as_json:
            message = " ".join(failure.sentences)
            error = {"kind": failure.kind, "message": message, "problems": list(failure.sentences)}
            _write(sys.stderr, json.dumps({"error": error}, ensure_ascii=False))
        else:
            _write(sys.stderr, "\n".join(failure.sentences))


def console(stream: object) -> Console:
    """A Rich console for stdout or stderr that never cuts a line outside of a terminal."""
    is_terminal = getattr(stream, "isatty", bool)()
    return Console(
        file=stream,  # type: ignore[arg-type] # a text stream, as sys declares it
        width=None if is_terminal else PLAIN_WIDTH,
        highlight=False,
        soft_wrap=False,
    )


def shell_of(context: typer.Context) -> Shell:
    """The shell that the global options made."""
    shell = context.find_root().obj
    assert isinstance(shell, Shell), "the top-level callback makes the shell"
    return shell


def author() -> str:
    """Who runs this command, as the audit log says it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):  # this user has no name here
        return f"cli:{os.getuid()}"


def now() -> UnixMs:
    """The present moment."""
    return SystemClock().now()


def clock_text(at: UnixMs | None) -> str:
    """A moment in ISO 8601, UTC, to the second; empty for none."""
    if at is None:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at / 1000))


def duration(text: str, *, option: str) -> UnixMs:
    """A span of time as people type it: 30m, 12h, 90d."""
    found = re.fullmatch(r"([0-9]{1,7})([mhd])", text)
    length = 0 if found is None else int(found[1]) * _UNITS[found[2]]
    if not 0 < length <= DURATION_DAYS_MAX * DAY_MS:
        raise CommandMistaken(f"{option} takes minutes, hours or days, such as 30m, 12h or 90d.")
    return length


def key_values(texts: Sequence[str], *, option: str) -> dict[str, str]:
    """Read `name=value` as often as it was given."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise CommandMistaken(f"{option} takes name=value, not {text!r}.")
        pairs[name.strip()] = value
    return pairs


def secret_text(value: str, *, prompt: str) -> str:
    """A secret given as `-` is asked for (or read from stdin), so that it stays out of the process list."""
    if value != "-":
        return value
    if sys.stdin.isatty():
        return str(typer.prompt(prompt, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _print_table(table: Table) -> None:
    output = console(sys.stdout)
    with output.capture() as captured:
        output.print(table)
    # Rich fills the last column with blanks, which nobody wants in a file.
    _write(sys.stdout, "\n".join(line.rstrip() for line in captured.get().splitlines()))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_cell(one)}" for name, one in value.items())
    return visible(str(value))


def _write(stream: object, text: str) -> None:
    # Bytes that no terminal can show (a lone surrogate in a file name) must not become an error of their own.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    safe = text.encode(encoding, "backslashreplace").decode(encoding)
    print(safe, file=stream)  # type: ignore[call-overload] # a text stream, as sys declares it
