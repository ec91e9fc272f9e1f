"""Limits and deadlines of the HTTP server, each with its unit."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpdSettings:
    """Limits and deadlines of one `Server`.

    Raises `ValueError` with a sentence when a value cannot work.
    Deadlines are judged by a sweep every `sweep_interval_s`, so each may be late by that much, never early.
    """

    request_line_octets_max: int = 8 * 1024
    """Request line without its line end; longer is 414."""
    header_octets_max: int = 16 * 1024
    """Header block: from the first header to the end of the empty line; longer is 431. Also bounds trailers."""
    body_octets_max: int = 1024 * 1024
    """Body after removal of chunking (rest-api 1.10); longer is 413."""
    chunk_line_octets_max: int = 256
    """Chunk size line with its extensions; longer is 400."""

    header_timeout_s: float = 10.0
    """From the connect, or the first octet of a later request, to the end of its header block."""
    body_timeout_s: float = 30.0
    """From the end of the header block to the end of the body; extended by what arrives at the minimum rate."""
    body_rate_min_octets_s: int = 16 * 1024
    """Each so many octets of body received extend `body_timeout_s` by one second."""
    idle_timeout_s: float = 75.0
    """Between two requests of one connection."""
    write_timeout_s: float = 30.0
    """A client that takes none of its waiting answers for so long is dropped."""
    linger_timeout_s: float = 2.0
    """After a final error page, how long input is thrown away so that the client can read the page."""
    tls_handshake_timeout_s: float = 10.0
    tls_shutdown_timeout_s: float = 5.0
    sweep_interval_s: float = 1.0

    connections_max: int = 10_000
    """More are answered 503 and closed."""
    connections_refused_max: int = 100
    """So many of those may be waiting for their 503 to be read; more are dropped without a word."""
    backlog_connections_max: int = 1024
    pipeline_requests_max: int = 16
    """Unanswered requests of one connection; reading pauses until one is answered."""
    burst_requests_max: int = 64
    """Requests of one connection served in one go before others get their turn."""
    stream_waiting_octets_max: int = 128 * 1024
    """Of a body that is handled while it comes: so much may wait for its handler before reading pauses."""
    write_buffer_octets_max: int = 256 * 1024
    """Unread answers of one connection; no further request of it is served until they are read."""
    head_memo_octets_max: int = 2 * 1024
    """The last request head of a connection is remembered up to this size, and not parsed again when repeated."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            floor = 0 if field.name in _MAY_BE_ZERO else None
            if floor is None and value <= 0:
                raise ValueError(f"httpd setting {field.name} must be greater than 0, not {value}.")
            if floor is not None and value < floor:
                raise ValueError(f"httpd setting {field.name} must not be negative, not {value}.")
        if self.request_line_octets_max < 64 or self.header_octets_max < 256:
            raise ValueError(
                "httpd settings request_line_octets_max (at least 64) and header_octets_max (at least 256) "
                "are too small for any client."
            )


_MAY_BE_ZERO = frozenset({"body_octets_max", "connections_refused_max", "head_memo_octets_max"})
