"""Customers: so many keep-alive connections, each with one request under way, every recipient a different number.

Requests are written from a form that is made once (0.1 µs a recipient). A run lasts for a time or for a count of
requests, and as fast as the answers come or at a given rate; then latency counts from the moment a request was due.
"""

from __future__ import annotations

import asyncio
import re
import time
from array import array
from collections import Counter
from pathlib import Path
from typing import Any

from bench.processes import obey

TEXT = "Your one time PIN is 482913. It expires in 5 minutes."
FIRST_NUMBER = 27_000_000_000
"""The recipient with index 0; all have eleven digits."""
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
REFUSED_MAX = 1_000
"""So many refused requests end a run: something is wrong."""


def rest_form(*, host: str, token: str, recipients: int, callback: int) -> bytes:
    """A POST /rest/message with a gap for each recipient."""
    numbers = ",".join(['"%d"'] * recipients)
    more = f',"callback":{callback}' if callback else ""
    body = f'{{"text":"{TEXT}","to":[{numbers}]{more}}}'
    octets = len(body) + recipients * (len(str(FIRST_NUMBER)) - len("%d"))
    head = (
        f"POST /rest/message HTTP/1.1\r\nHost: {host}\r\nX-Version: 1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {octets}\r\n\r\n"
    )
    return (head + body).encode()


class Run:
    """One run: what is to be sent, what has been, and what came of it."""

    def __init__(self, form: bytes, *, recipients: int, first: int, requests: int, seconds: float, rate: float) -> None:
        self.form = form
        self.recipients = recipients
        self._next = FIRST_NUMBER + first
        self._left = requests
        self._started_at = time.monotonic()
        self._ends_at = self._started_at + seconds
        self._gap_s = 1 / rate if rate else 0.0
        self._taken = 0
        self.numbers = array("Q")
        self.accepted = array("Q")
        self.sent_at = array("d")
        self.answered_at = array("d")
        self.statuses: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def take(self, now: float) -> tuple[float, int] | None:
        """When the next request is due and its first recipient, or None when the run is over."""
        due_at = max(now, self._started_at + self._taken * self._gap_s) if self._gap_s else now
        if self._left == 0 or due_at >= self._ends_at or self.refused >= REFUSED_MAX:
            return None
        self._taken += 1
        self._left -= 1
        number, self._next = self._next, self._next + self.recipients
        return (self._started_at + (self._taken - 1) * self._gap_s if self._gap_s else now), number

    @property
    def refused(self) -> int:
        """Requests that were not answered with 202."""
        return self.statuses.total() - self.statuses["202"]

    def answered(self, number: int, sent_at: float, status: str, body: bytes) -> None:
        """Write down one answer."""
        self.statuses[status] += 1
        accepted = 0
        if status[0] == "2":
            # Kannel says 202 for all of them together; ours has an entry for each.
            accepted = body.count(b'"accepted":true') if body[:1] == b"{" else self.recipients
        if status != "202" and status not in self.examples:
            self.examples[status] = body[:200].decode("latin-1")
        self.numbers.append(number)
        self.accepted.append(accepted)
        self.sent_at.append(sent_at)
        self.answered_at.append(time.monotonic())

    def dump(self, path: Path) -> None:
        """Write down each request: first recipient, how many were accepted, when sent, when answered."""
        with path.open("wb") as file:
            for column in (self.numbers, self.accepted, self.sent_at, self.answered_at):
                column.tofile(file)

    def outcome(self) -> dict[str, Any]:
        """What the bench wants to know."""
        return {
            "requests": len(self.numbers),
            "messages": len(self.numbers) * self.recipients,
            "accepted": sum(self.accepted),
            "statuses": dict(self.statuses),
            "examples": self.examples,
            "started_at": self._started_at,
            "ended_at": max(self.answered_at, default=self._started_at),
        }


class Connection(asyncio.Protocol):
    """One customer's connection: a request, its answer, the next request."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._rest = b""
        self._number = 0
        self._sent_at = 0.0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        now = time.monotonic()
        taken = self._run.take(now)
        if taken is None:
            self._transport.close()
            return
        self._sent_at, self._number = taken
        if self._sent_at > now:
            asyncio.get_running_loop().call_at(self._sent_at, self._send)
        else:
            self._send()

    def _send(self) -> None:
        run = self._run
        self._transport.write(run.form % tuple(range(self._number, self._number + run.recipients)))

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        head_end = data.find(b"\r\n\r\n")
        length = LENGTH.search(data, 0, head_end) if head_end >= 0 else None
        if length is None or len(data) < head_end + 4 + int(length[1]):
            self._rest = data
            return
        self._rest = b""
        self._run.answered(self._number, self._sent_at, data[9:12].decode("latin-1"), data[head_end + 4 :])
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)


async def run(
    *,
    host: str,
    port: int,
    form: str,
    path: str,
    connections: int,
    recipients: int,
    first: int,
    requests: int = -1,
    seconds: float = 1e9,
    rate: float = 0.0,
) -> dict[str, Any]:
    """Send until the time is over or the requests are sent; what came of each request is written to `path`."""
    # `%` in a URL is the form's own; only `%d` is a gap.
    spelled = re.sub(rb"%(?!d)", b"%%", form.encode())
    loop = asyncio.get_running_loop()
    work = Run(spelled, recipients=recipients, first=first, requests=requests, seconds=seconds, rate=rate)
    opened = [await loop.create_connection(lambda: Connection(work), host, port) for _ in range(connections)]
    await asyncio.gather(*(connection.over for _, connection in opened))
    work.dump(Path(path))
    return work.outcome()


if __name__ == "__main__":
    obey(lambda: {"run": run})
