"""A judge of SMPP: somebody else's SMSC in a process of its own, told what to do and telling what it saw."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.scripted_smsc import Watch

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
PASSWORD: Final = "secret"
LINE_OCTETS_MAX: Final = 1 << 20


class Seen(NamedTuple):
    """One PDU of ours, as the judge read it."""

    link: int
    pdu: dict[str, Any]
    answered: dict[str, Any] | None
    """What it said to a submit_sm: status and id."""


class Judge:
    """One running SMSC of somebody else."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.watch = Watch()
        self.port = 0
        self.seen: list[Seen] = []
        self.obeyed: list[int | None] = []
        """The orders that it has carried out: the sequence_number, if it was one to send something."""
        self.closed: list[int] = []
        """Links that have ended, in order."""
        self.troubles: list[str] = []
        """What it could not read."""
        self._process = process
        self._orders = 0

    async def tell(self, do: str, **order: object) -> int | None:
        """Let it do something, and return when it has: the sequence_number of what it sent, if anything."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **order}).encode() + b"\n")
        self._orders += 1
        number = self._orders
        await self.watch.until(lambda: len(self.obeyed) >= number)
        return self.obeyed[number - 1]

    async def send(self, command: str, **fields: object) -> int | None:
        """Let it send a request on its newest link, once there is one; its sequence_number."""
        await self.watch.until(lambda: self.seen)
        return await self.tell("send", command=command, link=max(each.link for each in self.seen), fields=fields)

    def of(self, command: str) -> list[Seen]:
        """The PDUs of one kind that it saw, in order."""
        return [each for each in self.seen if each.pdu["command"] == command]

    async def count(self, command: str, count: int = 1) -> list[Seen]:
        """The PDUs of one kind, once there are so many."""
        await self.watch.until(lambda: len(self.of(command)) >= count)
        return self.of(command)

    async def listen(self) -> None:
        """Take in what it tells until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            event = json.loads(line)
            if event["event"] == "listening":
                self.port = event["port"]
            elif event["event"] == "pdu":
                self.seen.append(Seen(event["link"], event["pdu"], event["answered"]))
            elif event["event"] == "obeyed":
                self.obeyed.append(event["sequence_number"])
            elif event["event"] == "closed":
                self.closed.append(event["link"])
            else:
                self.troubles.append(event["sentence"])
            self.watch.happened()

    async def stop(self) -> None:
        """End it, and fail if it had anything against us."""
        assert self._process.stdin is not None
        assert self._process.stderr is not None
        self._process.stdin.close()
        complaints = (await self._process.stderr.read()).decode()
        code = await self._process.wait()
        assert (code, complaints, self.troubles) == (0, "", [])


def command_of(name: str) -> tuple[str, ...]:
    """How a judge is started; the judges are named for the packages that they stand on."""
    if name == "smpplib":
        python = ROOT / ".venv-interop" / "bin" / "python"
        assert python.exists(), f"{python} is missing: run `make setup`"
        return str(python), str(HERE / "smpplib_smsc.py"), PASSWORD
    home = ROOT / ".node-interop"
    assert (home / "node_modules" / name).exists(), f"{home} lacks {name}: run `make setup`"
    return "node", str(HERE / "node_smsc.js"), str(home), PASSWORD


@asynccontextmanager
async def judging(name: str) -> AsyncIterator[Judge]:
    """Start a judge, give it once it listens, and end it."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command_of(name), stdin=pipe, stdout=pipe, stderr=pipe, limit=LINE_OCTETS_MAX
    )
    judge = Judge(process)
    listening = asyncio.create_task(judge.listen())
    try:
        await judge.watch.until(lambda: judge.port)
        yield judge
    finally:
        await judge.stop()
        await listening
