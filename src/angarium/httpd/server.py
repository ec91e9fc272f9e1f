"""Listeners, the one sweep over all deadlines, and an orderly stop."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl as tls
from collections.abc import Callable
from email.utils import formatdate

from angarium.httpd.connection import Connection
from angarium.httpd.exchange import ErrorPage, Handler, Streams, plain_error_page, whole_bodies
from angarium.httpd.settings import HttpdSettings
from angarium.httpd.shared import Shared

Address = tuple[str, int]


class ListenError(Exception):
    """An address cannot be listened on. The text is one sentence for the operator: which, why, and what to do."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"Cannot listen on {_show(host, port)}: {why}")
        self.host = host
        self.port = port


class Server:
    """Serves one handler on any number of HTTP and HTTPS listeners of one event loop.

    - `error_page` makes the answers to errors that the server finds itself; it may be set again at any time before
      `start`.
    - `on_error` gets what a handler raised; the client gets a 500. By default it goes to the loop's exception handler.
    - `streams` says which requests are handled while their bodies come.
    - `unix_time_s`, when given, tells wall-clock time for the Date header (RFC 9110, 6.6.1), asked once a sweep.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        settings: HttpdSettings | None = None,
        error_page: ErrorPage = plain_error_page,
        streams: Streams = whole_bodies,
        on_error: Callable[[BaseException], None] | None = None,
        unix_time_s: Callable[[], float] | None = None,
    ) -> None:
        self.error_page = error_page
        self._handler = handler
        self._settings = settings or HttpdSettings()
        self._streams = streams
        self._on_error = on_error
        self._unix_time_s = unix_time_s
        self._shared: Shared | None = None
        self._listeners: list[asyncio.Server] = []
        self._sweep_timer: asyncio.TimerHandle | None = None

    @property
    def connection_count(self) -> int:
        """Connections being served now."""
        return len(self._shared.connections) if self._shared is not None else 0

    @property
    def running_count(self) -> int:
        """Handlers that have not finished yet."""
        return len(self._shared.running) if self._shared is not None else 0

    async def start(self, host: str, port: int, *, ssl: tls.SSLContext | None = None) -> tuple[Address, ...]:
        """Listen on `host` (name, address, or "" for all) and `port` (0 for any free one); may be called again.

        Returns the addresses bound: one for an address, one for each address of a name. With port 0 the first
        address chooses the port. Raises `ListenError`.
        """
        shared = self._prepare()
        settings = self._settings
        bound: list[Address] = []
        for address in await _resolve(host, port):
            chosen = port or (bound[0][1] if bound else 0)
            try:
                listener = await shared.loop.create_server(
                    lambda: Connection(shared),
                    address,
                    chosen,
                    ssl=ssl,
                    backlog=settings.backlog_connections_max,
                    ssl_handshake_timeout=settings.tls_handshake_timeout_s if ssl is not None else None,
                    ssl_shutdown_timeout=settings.tls_shutdown_timeout_s if ssl is not None else None,
                )
            except OSError as error:
                raise ListenError(host, chosen, _explain(error, chosen)) from error
            # Without this reference the listening socket can vanish with the garbage.
            self._listeners.append(listener)
            bound.extend(member.getsockname()[:2] for member in listener.sockets)
        return tuple(bound)

    def sweep(self, now: float) -> None:
        """Judge every deadline of every connection. `now` is monotonic, in seconds.

        A connection's wait counts from the first sweep that sees it waiting, so a deadline may come late by one
        interval and never early.
        """
        shared = self._shared
        if shared is None:
            return
        if self._unix_time_s is not None:
            shared.date_line = b"Date: %b\r\n" % formatdate(self._unix_time_s(), usegmt=True).encode("ascii")
        for connection in [*shared.connections, *shared.refused]:
            connection.check(now)

    async def stop(self, grace_s: float) -> None:
        """Stop accepting, let handlers that run answer for up to `grace_s` seconds, close everything.

        Handlers that still run after that are cancelled. Calling it again does nothing.
        """
        shared = self._shared
        if shared is None:
            return
        shared.is_stopping = True
        for listener in self._listeners:
            listener.close()
        emptied = asyncio.Event()
        shared.on_last_connection_lost = emptied.set
        for connection in list(shared.connections):
            connection.stop()
        give_up_at = shared.loop.time() + grace_s
        if shared.connections or shared.refused:
            try:
                await asyncio.wait_for(emptied.wait(), grace_s)
            except TimeoutError:
                for connection in [*shared.connections, *shared.refused]:
                    connection.abort()
                await emptied.wait()
        running = [turn.running for turn in shared.running if turn.running is not None]
        if running:
            # Their clients have left, but what they do may be half done.
            _, late = await asyncio.wait(running, timeout=max(0.0, give_up_at - shared.loop.time()))
            for future in late:
                future.cancel()
            if late:
                await asyncio.wait(late)
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
            self._sweep_timer = None
        for listener in self._listeners:
            await listener.wait_closed()
        self._listeners.clear()
        self._shared = None

    def _prepare(self) -> Shared:
        if self._shared is None:
            loop = asyncio.get_running_loop()
            self._shared = Shared(
                handler=self._handler,
                error_page=self.error_page,
                on_error=self._on_error or _tell_the_loop(loop),
                settings=self._settings,
                loop=loop,
                streams=self._streams,
            )
            self._tick(loop)
        return self._shared

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self.sweep(loop.time())
        self._sweep_timer = loop.call_later(self._settings.sweep_interval_s, self._tick, loop)


def _tell_the_loop(loop: asyncio.AbstractEventLoop) -> Callable[[BaseException], None]:
    def tell(error: BaseException) -> None:
        loop.call_exception_handler({"message": "An HTTP handler failed.", "exception": error})

    return tell


async def _resolve(host: str, port: int) -> list[str]:
    """The addresses to bind for a host; "" is every interface."""
    if not 0 <= port <= 65535:
        raise ListenError(host, port, "a port is a number from 0 to 65535; choose another one.")
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        why = "this name has no address here; correct the name, or give an address such as 127.0.0.1."
        raise ListenError(host, port, why) from error
    families = (socket.AF_INET, socket.AF_INET6)
    return list(dict.fromkeys(str(info[4][0]) for info in found if info[0] in families))


def _explain(error: OSError, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "the port is taken by another program; stop that one, or choose another port (0 for any free one)."
        case errno.EACCES | errno.EPERM:
            return (
                f"there is no permission for port {port}; choose a port above 1023, "
                "or give the program the capability CAP_NET_BIND_SERVICE."
            )
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address; choose one of its own, or 0.0.0.0 for all."
        case _:
            return f"{error.strerror or error}; choose another address or port."


def _show(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host or '*'}:{port}"
