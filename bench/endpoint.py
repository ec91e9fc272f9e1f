"""A customer's endpoint for callbacks: counts them, notes when each came, answers 200 and keeps the connection."""

from __future__ import annotations

import asyncio
import re
import time
from array import array
from pathlib import Path
from typing import Any

from bench.processes import obey

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
RECIPIENT = re.compile(rb"[?&]to=(?:%2B|\+)?(\d+)")


class Counter:
    """What has come so far."""

    def __init__(self) -> None:
        self.recipients = array("Q")
        self.arrived_at = array("d")
        self.strangers = 0
        self.last_at = 0.0

    async def listen(self) -> dict[str, Any]:
        """Take requests at any free port from now on."""
        server = await asyncio.get_running_loop().create_server(lambda: Connection(self), "127.0.0.1", 0)
        self._server = server
        return {"port": server.sockets[0].getsockname()[1]}

    def counts(self) -> dict[str, Any]:
        """How many callbacks came, and how many requests named no recipient."""
        return {"callbacks": len(self.recipients), "strangers": self.strangers, "last_at": self.last_at}

    def dump(self, *, path: str) -> dict[str, Any]:
        """Write down each callback's recipient and moment."""
        with Path(path).open("wb") as file:
            self.recipients.tofile(file)
            self.arrived_at.tofile(file)
        return {"callbacks": len(self.recipients)}


class Connection(asyncio.Protocol):
    """One connection from a gateway."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._rest = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        counter, now = self._counter, time.monotonic()
        at = answers = 0
        while (head_end := data.find(b"\r\n\r\n", at)) >= 0:
            stop = head_end + 4
            if not data.startswith(b"GET ", at):
                length = LENGTH.search(data, at, head_end)
                stop += int(length[1]) if length else 0
                if stop > len(data):
                    break
            # The query of a GET, or the form of a POST, whichever has it.
            found = RECIPIENT.search(data, at, stop)
            if found is None:
                counter.strangers += 1
            else:
                counter.recipients.append(int(found[1]))
                counter.arrived_at.append(now)
            answers += 1
            at = stop
        self._rest = data[at:]
        counter.last_at = now
        if answers:
            self._transport.write(ANSWER * answers)


def _handlers() -> dict[str, Any]:
    counter = Counter()
    return {"listen": counter.listen, "counts": counter.counts, "dump": counter.dump}


if __name__ == "__main__":
    obey(_handlers)
