"""Where a running server is, and with which token: flags, environment, or the `demo.env` that a demo wrote."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.rest_client import RestClient
from angarium.cli.shell import Shell
from angarium.config import Settings

DEMO_ENV: Final = "demo.env"
DEMO_ENV_OCTETS_MAX: Final = 64 * 1024

Url = Annotated[str | None, typer.Option("--url", help="The server (ANGARIUM_URL, or the demo's).", metavar="URL")]
Token = Annotated[str | None, typer.Option("--token", help="The token (ANGARIUM_TOKEN, or the demo's).", metavar="T")]
CaFile = Annotated[Path | None, typer.Option("--ca-file", help="Certificate to trust for https (PEM).", metavar="FILE")]


def rest_client(shell: Shell, *, url: str | None, token: str | None, ca_file: Path | None) -> RestClient:
    """A client for the server meant: each of URL and token from its flag, else the environment, else demo.env."""
    known = known_access(shell) if not (url and token) else {}
    url = url or known.get("ANGARIUM_URL")
    token = token or known.get("ANGARIUM_TOKEN")
    missing = [name for name, value in (("--url", url), ("--token", token)) if not value]
    if not url or not token:
        raise CommandMistaken(
            f"Say which server to use with {' and '.join(missing)}, or ANGARIUM_URL and ANGARIUM_TOKEN; "
            "a running demo is found by itself (`angarium run --demo`, and the same --data-dir)."
        )
    return RestClient(url, token, ca_file=ca_file)


def known_access(shell: Shell) -> dict[str, str]:
    """What environment and demo.env say together; the environment wins, name by name."""
    known = {}
    for folder in _data_dirs(shell):
        known = read_env(folder / DEMO_ENV)
        if known:
            break
    # A URL of the environment never goes with the token of a demo: it would be shown to a stranger.
    if shell.environ.get("ANGARIUM_URL"):
        known = {}
    return {**known, **{name: value for name, value in shell.environ.items() if name.startswith("ANGARIUM_") and value}}


def read_env(path: Path) -> dict[str, str]:
    """The `NAME=value` lines of a file for the shell; empty when there is none."""
    try:
        text = path.read_bytes()[:DEMO_ENV_OCTETS_MAX].decode("utf-8", "replace")
    except OSError:
        return {}
    lines = re.finditer(r"^(?:export )?([A-Z_]+)=(['\"]?)(.*)\2[ \t]*$", text, re.MULTILINE)
    return {found[1]: found[3] for found in lines}


def _data_dirs(shell: Shell) -> list[Path]:
    """Where demo.env may be: the data directory, and if none was named, the demo's own."""
    loaded = shell.load()
    demo = next(row.metadata["demo"] for row in Settings.__dataclass_fields__.values() if row.name == "data_dir")
    if loaded.sources["data_dir"] == "default":
        return [demo, loaded.settings.data_dir]
    return [loaded.settings.data_dir]
