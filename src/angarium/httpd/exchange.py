"""The seam: what a handler is given, what it gives back, and how that is spelled on the wire."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from http import HTTPStatus
from typing import Final

from angarium.httpd.head import Head
from angarium.httpd.incoming import IncomingBody


class Request:
    """One request, complete with its body unless that is `incoming`.

    Read-only: `headers` may be shared by requests with an equal head.

    - `path` is percent-decoded UTF-8 without the query; `raw_path` is as received; `query` is raw, without `?`.
    - `headers` maps lower-case names to values without surrounding blanks. A name that came more than once has its
      values joined by ", " in order (RFC 9110, 5.3); a repeated Host or Content-Length never gets here.
    - `peer` is the address and port of the client's end; `secure` says that it came by TLS.
    - `incoming` is a body that is taken while it comes (see `Streams`); `body` is then empty.
    """

    __slots__ = (
        "body",
        "headers",
        "http_version",
        "incoming",
        "is_head",
        "method",
        "path",
        "peer",
        "query",
        "raw_path",
        "secure",
    )

    def __init__(
        self,
        head: Head,
        body: bytes,
        peer: tuple[str, int],
        *,
        secure: bool,
        incoming: IncomingBody | None = None,
    ) -> None:
        self.method = head.method
        self.path = head.path
        self.raw_path = head.raw_path
        self.query = head.query
        self.headers = head.headers
        self.body = body
        self.http_version = head.http_version
        self.peer = peer
        self.secure = secure
        self.incoming = incoming
        self.is_head = head.is_head

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path} from {self.peer[0]}>"


class Response:
    """One answer. The server adds Content-Length, Connection and Date, and leaves the body out for HEAD.

    `headers` are extra pairs of name and value. Status is 200 to 599. A value with CR, LF or NUL is refused when the
    answer is written, and becomes a 500.
    """

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(
        self,
        status: int,
        content_type: bytes = b"text/plain; charset=utf-8",
        body: bytes = b"",
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        self.status = status
        self.content_type = content_type
        self.body = body
        self.headers = headers

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.body)} octets>"


class StreamResponse(Response):
    """An answer that comes in pieces: to HTTP/1.1 in chunks, to HTTP/1.0 until the connection closes.

    A client that reads slowly slows `chunks` down; one that leaves closes it. `is_endless` says that it never ends by
    itself (server-sent events, say), so that a stopping server need not wait for it. If `chunks` raises, the connection
    is cut without the end mark, so that no client takes a part for the whole.
    """

    __slots__ = ("chunks", "is_endless")

    def __init__(
        self,
        status: int,
        content_type: bytes,
        chunks: AsyncGenerator[bytes, None],
        headers: tuple[tuple[bytes, bytes], ...] = (),
        *,
        is_endless: bool = False,
    ) -> None:
        super().__init__(status, content_type, b"", headers)
        self.chunks = chunks
        self.is_endless = is_endless


Handler = Callable[[Request], Response | Awaitable[Response]]
"""A plain `Response` is written at once, without a task. An `asyncio.Future` is written when it is done, also without
a task. Any other awaitable gets one task. A handler is never cancelled because its client left."""

Streams = Callable[[Head], int]
"""Of how many octets the body of a request may be that is handled while it comes; 0 for one that is read whole first,
up to `body_octets_max`. Asked before any of the body is read, and only when it did not come together with its head."""


def whole_bodies(_: Head) -> int:
    """Every body is read whole before its request is handled."""
    return 0


ErrorPage = Callable[[int, Request | None], Response]
"""Makes the body of an error found by the server itself. The request is None when its head could not be read."""

RETRY_AFTER_S: Final = 5
CLOSE_LINE: Final = b"Connection: close\r\n"
LAST_CHUNK: Final = b"0\r\n\r\n"


def plain_error_page(status: int, _request: Request | None) -> Response:
    """The error page when nobody sets a better one: the status in words."""
    headers = ((b"Retry-After", b"%d" % RETRY_AFTER_S),) if status == 503 else ()
    return Response(status, body=f"{status} {_phrase(status)}\n".encode(), headers=headers)


def render(response: Response, *, is_head: bool, connection_line: bytes, date_line: bytes) -> bytes:
    """Spell an answer as one piece: status line, headers, body (rest-api 1.8).

    `connection_line` and `date_line` are whole header lines, or empty. Raises `ValueError` for a status that is not
    a final one, and for a header that would break the framing.
    """
    status = response.status
    status_line = _STATUS_LINES.get(status)
    if status_line is None:
        if not 200 <= status <= 599:
            raise ValueError(f"{status} is not a final HTTP status.")
        status_line = b"HTTP/1.1 %d \r\n" % status
    content_type = response.content_type
    extra = _spell_headers(response.headers) if response.headers else b""
    if content_type not in _COMMON_TYPES and not _CONTENT_TYPE.fullmatch(content_type):
        raise ValueError(f"The Content-Type {content_type!r} cannot be written.")
    if status in (204, 304):
        return b"%b%b%b%b\r\n" % (status_line, extra, connection_line, date_line)
    if isinstance(response, StreamResponse):
        framing = b"" if connection_line == CLOSE_LINE else b"Transfer-Encoding: chunked\r\n"
        return b"%bContent-Type: %b\r\n%b%b%b%b\r\n" % (
            status_line,
            content_type,
            framing,
            extra,
            connection_line,
            date_line,
        )
    body = response.body
    return b"%bContent-Type: %b\r\nContent-Length: %d\r\n%b%b%b\r\n%b" % (
        status_line,
        content_type,
        len(body),
        extra,
        connection_line,
        date_line,
        b"" if is_head else body,
    )


def render_chunk(octets: bytes) -> bytes:
    """Spell one piece of a chunked body (RFC 9112, 7.1); it must not be empty, since that would be the end."""
    return b"%x\r\n%b\r\n" % (len(octets), octets)


def _spell_headers(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    lines = []
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError(f"The response header {name!r} cannot be written.")
        lines.append(b"%b: %b\r\n" % (name, value))
    return b"".join(lines)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


_STATUS_LINES: Final = {
    int(status): b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus if status >= 200
}
_COMMON_TYPES: Final = frozenset({b"application/json", b"application/xml", b"text/plain; charset=utf-8"})
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_CONTENT_TYPE: Final = re.compile(rb"[\x21-\x7e][\x20-\x7e]*")
