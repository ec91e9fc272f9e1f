"""One HTTP/1.1 connection to an endpoint: a request out, an answer in, within limits (RFC 9112)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol, cast

import httptools

EXCERPT_OCTETS: Final = 512
"""How much of an answer's body is kept."""

_LOCATION: Final = b"location"


class Endpoint(NamedTuple):
    """What connections are pooled by. `verify_tls` counts for https only."""

    scheme: str
    host: str
    port: int
    verify_tls: bool


class Exchange:
    """One request with what becomes of it. Made by the caller, filled by the client, handed back by `done`.

    Header blocks are complete lines, each ended by CRLF. They are kept apart because a redirect may have to drop the
    credentials (another host) or the entity (303).
    """

    __slots__ = (
        "body",
        "credentials",
        "done",
        "elapsed_ms",
        "endpoint",
        "entity",
        "error",
        "excerpt",
        "expires_at",
        "headers",
        "heard",
        "host",
        "location",
        "method",
        "redirects",
        "renewed",
        "started_at",
        "status",
        "tag",
        "target",
    )

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        host: bytes,
        method: bytes,
        target: bytes,
        headers: bytes,
        credentials: bytes,
        entity: bytes,
        body: bytes,
        done: Callable[[Exchange], None],
        tag: object = None,
    ) -> None:
        self.endpoint = endpoint
        self.host = host
        self.method = method
        self.target = target
        self.headers = headers
        self.credentials = credentials
        self.entity = entity
        self.body = body
        self.done = done
        self.tag = tag
        self.status = 0
        """Of the last answer; 0 when none came."""
        self.excerpt = b""
        self.error = ""
        """A sentence when something other than the status says how it ended."""
        self.elapsed_ms = 0
        """Without the time spent waiting for a connection."""
        self.location: bytes | None = None
        self.redirects = 0
        self.renewed = False
        self.heard: list[tuple[bytes, bytes]] | None = None
        """The header lines of the answers, for whoever has put a list here."""
        self.started_at = -1.0
        self.expires_at = 0.0

    @property
    def ok(self) -> bool:
        """Whether the endpoint has taken it: any 2xx (rest-api 8.5)."""
        return 200 <= self.status <= 299 and not self.error

    def request(self) -> bytes:
        """The octets to send."""
        return b"%b %b HTTP/1.1\r\nHost: %b\r\n%b%b%b\r\n%b" % (
            self.method,
            self.target,
            self.host,
            self.headers,
            self.credentials,
            self.entity,
            self.body,
        )


class Watched(Exchange):
    """An exchange that remembers what went over the wire, for a person to see. Made from another one."""

    __slots__ = ("sent",)

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(
            endpoint=exchange.endpoint,
            host=exchange.host,
            method=exchange.method,
            target=exchange.target,
            headers=exchange.headers,
            credentials=exchange.credentials,
            entity=exchange.entity,
            body=exchange.body,
            done=exchange.done,
            tag=exchange.tag,
        )
        self.heard = []
        self.sent = b""
        """The last request; empty as long as none was sent."""

    def request(self) -> bytes:
        """The octets to send, remembered."""
        self.sent = super().request()
        return self.sent


class Owner(Protocol):
    """What a connection tells."""

    def answered(self, connection: Connection, exchange: Exchange, *, reusable: bool) -> None:
        """The answer is whole, or as much of it as we read; a connection that is not reusable has been closed."""

    def failed(self, connection: Connection, exchange: Exchange, error: str, *, stale: bool) -> None:
        """No status came. `stale`: a used connection was closed before the first octet of an answer."""

    def lost(self, connection: Connection) -> None:
        """The connection is closed; said once, and last."""


class Connection(asyncio.Protocol):
    """An asyncio protocol that carries one exchange at a time and never waits for anything itself."""

    __slots__ = (
        "_body_octets",
        "_body_octets_max",
        "_excerpt",
        "_exchange",
        "_head_done",
        "_head_octets",
        "_head_octets_max",
        "_heard",
        "_keep_alive",
        "_owner",
        "_parser",
        "_surplus",
        "_transport",
        "_whole",
        "idle_since",
        "is_adopted",
        "is_closed",
        "lane",
        "opened_at",
        "used",
    )

    _body_octets: int
    _excerpt: bytes
    _head_done: bool
    _head_octets: int
    _heard: bool
    _keep_alive: bool
    _surplus: bool
    _whole: bool

    def __init__(self, owner: Owner, lane: object, *, head_octets_max: int, body_octets_max: int) -> None:
        self.lane = lane
        self.opened_at = 0.0
        self.idle_since = 0.0
        self.used = False
        self.is_adopted = False
        """Whether the owner counts it; until then a loss is not the owner's business."""
        self.is_closed = False
        self._owner = owner
        self._head_octets_max = head_octets_max
        self._body_octets_max = body_octets_max
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._reset()

    @property
    def exchange(self) -> Exchange | None:
        return self._exchange

    def send(self, exchange: Exchange) -> None:
        """Send a request. The connection must be open and idle."""
        self._exchange = exchange
        self._reset()
        assert self._transport is not None, "send on a connection that is not open"
        self._transport.write(exchange.request())

    def expire(self, error: str) -> None:
        """The time is over: what the status says counts if one has come, else it failed with this error."""
        self._end(error)

    def close(self) -> None:
        """Close without a word; `lost` follows."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._exchange is None:  # nobody asked: the next answer could not be trusted
            self.close()
            return
        self._heard = True
        if not self._head_done:
            self._head_octets += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end("The endpoint wants another protocol than HTTP/1.1.")
            return
        except httptools.HttpParserError:
            if not self._whole:  # an octet too many after a whole answer only ends the connection
                self._end("The answer is not HTTP/1.1.")
                return
            self._surplus = True
        if self._whole:
            self._finish()
        elif self._body_octets > self._body_octets_max:
            self._end("")
        elif not self._head_done and self._head_octets > self._head_octets_max:
            self._end(f"The head of the answer is longer than {self._head_octets_max} octets.")

    def connection_lost(self, error: Exception | None) -> None:
        self.is_closed = True
        exchange = self._exchange
        if exchange is not None:
            if self._heard or not self.used:
                # A body without a length ends here (RFC 9112, 6.3); a body cut short tells its status all the same.
                self._end("The endpoint closed the connection before it had answered.")
            else:
                self._exchange = None
                self._owner.failed(self, exchange, "The endpoint closed the connection.", stale=True)
        self._owner.lost(self)

    # What the parser tells, from within feed_data.

    def on_message_begin(self) -> None:
        if self._whole:
            self._surplus = True

    def on_header(self, name: bytes, value: bytes) -> None:
        exchange = self._exchange
        if exchange is None or self._whole:
            return
        if len(name) == 8 and name.lower() == _LOCATION:
            exchange.location = value
        if exchange.heard is not None:
            exchange.heard.append((name, value))

    def on_headers_complete(self) -> None:
        exchange = self._exchange
        if self._whole or exchange is None:
            return
        status = self._parser.get_status_code()
        if status >= 200:
            self._head_done = True
            self._keep_alive = self._parser.should_keep_alive()
            exchange.status = status
        else:
            exchange.location = None

    def on_body(self, data: bytes) -> None:
        if self._whole:
            return
        if len(self._excerpt) < EXCERPT_OCTETS:
            self._excerpt += data[: EXCERPT_OCTETS - len(self._excerpt)]
        self._body_octets += len(data)

    def on_message_complete(self) -> None:
        # Only noted: the next request must not go out while octets after this answer are still being read.
        if self._head_done:  # else an interim answer (1xx)
            self._whole = True

    # Ends.

    def _reset(self) -> None:
        self._heard = False
        self._head_done = False
        self._head_octets = 0
        self._body_octets = 0
        self._excerpt = b""
        self._keep_alive = False
        self._whole = False
        self._surplus = False

    def _finish(self) -> None:
        exchange = self._exchange
        assert exchange is not None, "an answer without a question"
        self._exchange = None
        exchange.excerpt = self._excerpt
        self.used = True
        reusable = self._keep_alive and not self._surplus
        if not reusable:
            self.close()
        self._owner.answered(self, exchange, reusable=reusable)

    def _end(self, error: str) -> None:
        """Give up this connection; the exchange ends by its status, or with the error if none has come."""
        exchange = self._exchange
        if exchange is None:
            self.close()
        elif self._head_done:
            self._keep_alive = False
            self._finish()
        else:
            self._exchange = None
            self.close()
            exchange.location = None
            self._owner.failed(self, exchange, error, stale=False)
