"""Runs the commands of a page, in their order, and holds what they print against what the page shows.

A ```sh block is run by bash; a ```console block is only shown. When a ```json, ```xml or ```text block follows
directly, it is what the commands must print: `…` stands for anything within a line, and in JSON and XML line breaks do
not count.
What a carrier does takes its time, so a block whose print differs is run again, as a person would.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.command_line import ROOT, CommandLine

DOCS = ROOT / "docs"
TRIES_MAX = 60
_BLOCK = re.compile(
    r"^```sh\n(?P<commands>.*?)^```\n(?:\n?```(?P<kind>json|xml|text)\n(?P<printed>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """Commands, and what they must print (None: anything)."""

    commands: str
    kind: str
    printed: str | None


def blocks(page: Path) -> list[Block]:
    """The commands of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(found["commands"], found["kind"] or "", found["printed"]) for found in _BLOCK.finditer(text)]


def pages_with_commands() -> list[str]:
    """The pages that have any, by their paths within docs/."""
    return [page.relative_to(DOCS).as_posix() for page in sorted(DOCS.rglob("*.md")) if blocks(page)]


class Shell:
    """A person's shell: variables set in one block are there in the next."""

    def __init__(
        self,
        folder: Path,
        *,
        commands: CommandLine,
        data_dir: Path,
        variables: Mapping[str, str],
        instead: Mapping[str, str],
    ) -> None:
        """`commands` runs ours. `instead`: words of the page and what is here in their place."""
        self._folder = folder
        self._instead = instead
        self._state = folder / "state.sh"
        self._state.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items()))
        tools = folder / "tools"
        tools.mkdir()
        _tool(tools / "angarium", ROOT / "tests" / "commands.py", str(commands.socket))
        _tool(tools / "curl", Path(__file__).with_name("curl.py"))
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ANGARIUM_")}
        self._environ = {
            **clean,
            "PATH": f"{tools}{os.pathsep}{clean['PATH']}",
            "ANGARIUM_DATA_DIR": str(data_dir),
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }

    def run(self, block: Block) -> None:
        """Run one block; a failed command or another print than the page's is an AssertionError."""
        printed = ""
        for _ in range(TRIES_MAX):
            done = self._run(block.commands)
            assert done.returncode == 0, f"{block.commands}\n{done.stdout}\n{done.stderr}"
            printed = done.stdout
            if block.printed is None or _matches(printed, block):
                return
        raise AssertionError(f"{block.commands}\nprinted\n{printed}\ninstead of\n{block.printed}")

    def _run(self, commands: str) -> subprocess.CompletedProcess[str]:
        for word, other in self._instead.items():
            commands = commands.replace(word, other)
        script = f"set -euo pipefail\nset -a\n. {shlex.quote(str(self._state))}\n{commands}\n"
        script += f"declare -p | grep -E '^declare -x [A-Z_]+=' | grep -v 'PATH=' > {shlex.quote(str(self._state))}\n"
        return subprocess.run(
            ["bash", "-c", script], cwd=self._folder, env=self._environ, capture_output=True, text=True, check=False
        )


def _tool(path: Path, program: Path, *arguments: str) -> None:
    words = [sys.executable, "-I", "-S", str(program), *arguments]
    path.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    path.chmod(0o755)


def _matches(printed: str, block: Block) -> bool:
    shown, expected = printed.strip(), (block.printed or "").strip()
    if block.kind != "text":
        shown, expected = (re.sub(r"\n\s*", "", each) for each in (shown, expected))
    else:
        shown = "\n".join(line.rstrip() for line in shown.splitlines())
    pattern = ".*?".join(map(re.escape, expected.split("…")))
    return re.fullmatch(pattern, shown) is not None
