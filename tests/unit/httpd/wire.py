"""An HTTP connection without a network, and answers read from octets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from angarium.httpd import HttpdSettings, Request, Response, plain_error_page
from angarium.httpd.connection import Connection
from angarium.httpd.shared import Shared

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    """One answer as a client sees it."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


def answers(octets: bytes, *, head_requests: frozenset[int] = frozenset()) -> list[Answer]:
    """Read a stream of answers; the numbered ones (from 0, without 100 Continue) answer HEAD."""
    found: list[Answer] = []
    while octets:
        head, end, octets = octets.partition(b"\r\n\r\n")
        assert end, f"half an answer: {head!r}"
        status_line, *lines = head.split(b"\r\n")
        assert status_line.startswith(b"HTTP/1.1 ")
        status = int(status_line[9:12])
        if status == 100:
            continue
        headers = {}
        for line in lines:
            name, colon, value = line.partition(b": ")
            assert colon
            headers[name.lower()] = value
        size = 0 if len(found) in head_requests else int(headers.get(b"content-length", b"0"))
        assert len(octets) >= size, "the body is shorter than Content-Length"
        found.append(Answer(status, headers, octets[:size]))
        octets = octets[size:]
    return found


def statuses(octets: bytes) -> list[int]:
    """Return the statuses of a stream of answers."""
    return [answer.status for answer in answers(octets)]


def echo(request: Request) -> Response:
    """Answer with what the request said."""
    said = b"%b %b %b" % (request.method.encode(), request.raw_path, request.body)
    return Response(200, b"text/plain", said)


class Pipe(asyncio.Transport):
    """A transport that goes nowhere: it keeps what is written, and forgets it when the client reads."""

    def __init__(self, *, peer: tuple[str, int] = ("192.0.2.1", 4711), reads: bool = True) -> None:
        super().__init__({"peername": peer})
        self.writes: list[bytes] = []
        self.unread_octets = 0
        self.reads = reads
        self.is_paused = False
        self.sent_eof = False
        self.fate = "open"
        self.high = 1 << 30
        self.protocol: asyncio.Protocol | None = None

    @property
    def written(self) -> bytes:
        """Everything written so far."""
        return b"".join(self.writes)

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))
        if not self.reads:
            self.unread_octets += len(data)
            if self.unread_octets > self.high and self.protocol is not None:
                self.protocol.pause_writing()

    def read_all(self) -> None:
        """The client reads what waits."""
        self.unread_octets = 0
        assert self.protocol is not None
        self.protocol.resume_writing()

    def get_write_buffer_size(self) -> int:
        return self.unread_octets

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high or 0

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.sent_eof = True

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def is_closing(self) -> bool:
        return self.fate != "open"

    def close(self) -> None:
        self._lose("closed")

    def abort(self) -> None:
        self._lose("aborted")

    def _lose(self, fate: str) -> None:
        if self.fate == "open":
            self.fate = fate
            assert self.protocol is not None
            self.protocol.connection_lost(None)


class Line:
    """A client and a connection of ours, joined by a `Pipe`."""

    def __init__(
        self,
        handler: Callable[[Request], Any] = echo,
        *,
        loop: asyncio.AbstractEventLoop | None = None,
        reads: bool = True,
        **settings: Any,
    ) -> None:
        self.errors: list[BaseException] = []
        self.faults: list[tuple[int, Request | None]] = []
        self.shared = Shared(
            handler=handler,
            error_page=self._error_page,
            on_error=self.errors.append,
            settings=HttpdSettings(**settings),
            loop=loop or asyncio.get_running_loop(),
        )
        self.reads = reads
        self.connect()

    def connect(self) -> Connection:
        """A client connects; it becomes the one that `send` speaks for."""
        self.pipe = Pipe(reads=self.reads)
        self.connection = Connection(self.shared)
        self.pipe.protocol = self.connection
        self.connection.connection_made(self.pipe)
        return self.connection

    def send(self, *pieces: bytes) -> None:
        """The client sends; each piece arrives by itself."""
        for piece in pieces:
            self.connection.data_received(piece)

    def statuses(self) -> list[int]:
        """The statuses answered so far."""
        return statuses(self.pipe.written)

    def _error_page(self, status: int, request: Request | None) -> Response:
        self.faults.append((status, request))
        return plain_error_page(status, request)


async def turn_the_loop(rounds: int = 5) -> None:
    """Give what is ready its turn; no time passes."""
    for _ in range(rounds):
        await asyncio.sleep(0)
