"""The command line of the product, run as often as tests like: each run is a process, and none has to start Python."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.commands import ask

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class CommandLine:
    """A server of `commands.serve`."""

    socket: Path
    """Where it is asked."""

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator[Self]:
        """Start it, and end it in the end."""
        path = folder / "socket"
        serve = (
            "import angarium.app; from angarium.cli.main import run; from tests.commands import serve; "
            f"serve({str(path)!r}, run)"
        )
        with subprocess.Popen([sys.executable, "-c", serve], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            try:
                yield cls(path)
            finally:
                server.kill()

    def run(self, *words: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run one command in the current folder, to its end."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, Path(os.devnull).open("rb") as nothing:
            streams = [each.fileno() for each in (nothing, out, err)]
            code = ask(str(self.socket), words, folder=Path.cwd(), variables=variables, streams=streams)
            for each in (out, err):
                each.seek(0)
            printed, said = out.read().decode(), err.read().decode()
        assert code is not None, f"{words} has died: {printed}{said}"
        return subprocess.CompletedProcess(list(words), code, printed, said)
