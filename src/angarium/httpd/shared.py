"""What the connections of one server have in common, and the place of an answer in its connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from angarium.httpd.exchange import (
    CLOSE_LINE,
    ErrorPage,
    Handler,
    Request,
    Response,
    StreamResponse,
    Streams,
    plain_error_page,
    render,
    whole_bodies,
)
from angarium.httpd.head import Head
from angarium.httpd.settings import HttpdSettings

if TYPE_CHECKING:
    from angarium.httpd.connection import Connection


@dataclass(slots=True)
class Shared:
    """What all connections of one server have in common."""

    handler: Handler
    error_page: ErrorPage
    on_error: Callable[[BaseException], None]
    settings: HttpdSettings
    loop: asyncio.AbstractEventLoop
    streams: Streams = whole_bodies
    connections: set[Connection] = field(default_factory=set)
    refused: set[Connection] = field(default_factory=set)
    running: set[Turn] = field(default_factory=set)
    date_line: bytes = b""
    is_stopping: bool = False
    on_last_connection_lost: Callable[[], None] | None = None

    def page(self, status: int, request: Request | None) -> Response:
        """The answer to an error of this status."""
        try:
            return self.error_page(status, request)
        except Exception as error:  # noqa: BLE001 - whatever a page raises is told to on_error; the client gets a page
            self.on_error(error)
            return plain_error_page(status, request)

    def spell(self, response: Response | None, head: Head | None, request: Request | None, *, is_last: bool) -> bytes:
        """An answer as octets; whatever cannot be written becomes a 500."""
        if is_last:
            connection_line = CLOSE_LINE
        else:
            connection_line = b"" if head is None or head.http_version == "1.1" else _KEEP_ALIVE
        is_head = head is not None and head.is_head
        date_line = self.date_line
        try:
            if not isinstance(response, Response):
                raise TypeError(f"The handler returned {response!r} where an HTTP answer was due.")
            return render(response, is_head=is_head, connection_line=connection_line, date_line=date_line)
        except (ValueError, TypeError, AttributeError) as error:
            # The handler made something that is no answer.
            self.on_error(error)
            page = plain_error_page(500, request)
            return render(page, is_head=is_head, connection_line=connection_line, date_line=date_line)


class Turn:
    """The place of one answer in the order of its connection."""

    __slots__ = ("answer", "head", "request", "running", "stream")

    def __init__(self, head: Head | None, request: Request | None, answer: bytes | None = None) -> None:
        self.head = head
        self.request = request
        self.answer = answer
        self.stream: StreamResponse | None = None
        self.running: asyncio.Future[Any] | None = None


_KEEP_ALIVE: Final = b"Connection: keep-alive\r\n"
