"""Processes that the bench starts: each ends with the bench, however that ends, and is ended by its own id."""

from __future__ import annotations

import asyncio
import ctypes
import inspect
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import uvloop

ROOT = Path(__file__).resolve().parents[1]
PR_SET_PDEATHSIG = 1
LINE_OCTETS_MAX = 1 << 20


class Failed(Exception):
    """A run cannot go on; the sentence says why."""


def spawn(
    argv: Sequence[str], *, log: Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None, pipes: bool = False
):
    """Start a program in a session of its own, so that Ctrl-C reaches only the bench, which ends it in good order."""
    c_library = ctypes.CDLL(None)
    with log.open("ab") as errors:
        return subprocess.Popen(
            argv,
            stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipes else errors,
            stderr=errors,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            start_new_session=True,
            # Also when the bench itself is killed.
            preexec_fn=lambda: c_library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM),  # noqa: PLW1509 - no threads here
        )


def end(process: subprocess.Popen[bytes], *, grace_s: float = 30.0) -> int:
    """End one process, kindly at first; its exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    return process.wait()


def tail(log: Path, *, lines: int = 15) -> str:
    """The last lines of a log, for a message about what went wrong."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def read_line(process: subprocess.Popen[bytes], *, timeout_s: float, log: Path) -> Any:
    """The next line of JSON that a process writes. Raises Failed when it ends or takes too long."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(timeout_s):
            raise Failed(f"{process.args!r} has not answered within {timeout_s:g} s\n{tail(log)}")
    line = process.stdout.readline()
    if not line:
        raise Failed(f"{process.args!r} has ended\n{tail(log)}")
    return json.loads(line)


def wait_until(condition: Callable[[], object], *, what: str, timeout_s: float, step_s: float = 0.02) -> None:
    """Look again and again until something is so. Raises Failed."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {timeout_s:g} s")
        time.sleep(step_s)


class Child:
    """One of the bench's own processes: a line of JSON in, a line out. It ends when its stdin is closed."""

    def __init__(self, module: str, *, log: Path) -> None:
        self._log = log
        self.process = spawn([sys.executable, "-m", module], log=log, pipes=True)

    @property
    def pids(self) -> list[int]:
        return [self.process.pid]

    def tell(self, do: str, **arguments: object) -> None:
        """Ask for something without waiting; `answer` has what comes of it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self, *, timeout_s: float = 30.0) -> dict[str, Any]:
        """What comes of the oldest request that is still open. Raises Failed."""
        return read_line(self.process, timeout_s=timeout_s, log=self._log)

    def has_answered(self) -> bool:
        """Whether `answer` would return at once."""
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            return bool(selector.select(0))

    def ask(self, do: str, *, timeout_s: float = 30.0, **arguments: object) -> dict[str, Any]:
        """Ask and wait."""
        self.tell(do, **arguments)
        return self.answer(timeout_s=timeout_s)

    def stop(self) -> None:
        """End it."""
        end(self.process, grace_s=5.0)


def obey(handlers: Callable[[], Mapping[str, Callable[..., Any]]]) -> None:
    """The other side of Child: run handlers, made within the loop, for the lines on stdin until it is closed."""

    async def main() -> None:
        by_name = handlers()
        reader = asyncio.StreamReader(limit=LINE_OCTETS_MAX)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            arguments = json.loads(line)
            answer = by_name[arguments.pop("do")](**arguments)
            if inspect.isawaitable(answer):
                answer = await answer
            print(json.dumps(answer), flush=True)

    uvloop.run(main())
