"""A small HTTP client for very many small requests to few endpoints.

Each endpoint has a lane of its own: idle connections, connections at work, and a bounded line of exchanges that wait
for one. Nothing is shared between lanes but the total of connections, so a silent endpoint fills only its own lane. An
exchange on an open connection costs no task, no future and no timer: one sweep, a few times a second, looks at all
deadlines.

Decisions:

- A success is a 2xx whose head came in time; a body that is cut, too long or late changes nothing.
- A redirect is followed at most `redirects_max` times, within the same deadline, each hop's address checked again.
  301, 302, 307 and 308 repeat the request as it was (a POST that became a GET would lose what it has to tell); 303
  continues with GET. Never from https to http. Credentials go to the same host and port only, or from its port 80 to
  its port 443.
- A kept connection that the peer closed before the first octet of an answer is no failure of the endpoint: the request
  is sent once more, on a new connection.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from angarium.callbacks.addresses import AddressBook, AddressRefused, NameUnknown
from angarium.callbacks.connection import Connection, Endpoint, Exchange
from angarium.callbacks.settings import CallbackSettings
from angarium.callbacks.urls import BadUrl, HttpUrl, follow_url

SWEEP_S: Final = 0.25
"""How often deadlines are looked at; a deadline is kept to within this much."""

_STOPPING: Final = "The gateway is stopping."
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Lane:
    """All that belongs to one endpoint."""

    __slots__ = ("at_work", "endpoint", "idle", "opening", "waiting")

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.idle: list[Connection] = []  # the one used last is taken first, so that the others can grow old
        self.at_work: set[Connection] = set()
        self.opening: dict[asyncio.Task[Connection], Exchange] = {}
        self.waiting: deque[Exchange] = deque()

    @property
    def connections(self) -> int:
        return len(self.idle) + len(self.at_work) + len(self.opening)

    @property
    def is_empty(self) -> bool:
        return not (self.idle or self.at_work or self.opening or self.waiting)


class Client:
    """Sends exchanges and hands each back exactly once through its `done`. To be made and used on one event loop."""

    def __init__(
        self,
        settings: CallbackSettings,
        *,
        addresses: AddressBook,
        now: Callable[[], float],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`now` is monotonic seconds. `tls` replaces the context made from the settings."""
        self._settings = settings
        self._addresses = addresses
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[Endpoint, Lane] = {}
        self._connections = 0
        self._timer: asyncio.TimerHandle | None = None
        self._tls = {} if tls is None else {True: tls}
        self._closing = False
        self._all_lost = asyncio.Event()

    def start(self, exchange: Exchange) -> None:
        """Send a request as soon as its endpoint has a connection for it. `done` comes after this has returned."""
        if self._closing:
            self._loop.call_soon(self._give_up, exchange, _STOPPING)
            return
        endpoint = exchange.endpoint
        lane = self._lanes.get(endpoint)
        if lane is None:
            lane = self._lanes[endpoint] = Lane(endpoint)
            self._arm()
        exchange.expires_at = self._now() + self._settings.waiting_s_max
        if lane.idle:
            self._send(lane, lane.idle.pop(), exchange)
        elif not self._open_for(lane, exchange):
            if exchange.redirects:
                lane.waiting.appendleft(exchange)  # its time is running already
            elif len(lane.waiting) < self._settings.held_max:
                lane.waiting.append(exchange)
            else:
                self._loop.call_soon(self._give_up, exchange, "Too much is waiting for this endpoint.")

    @property
    def connections(self) -> int:
        """Open ones, and those being opened or closed."""
        return self._connections

    def sweep(self) -> None:
        """Look at every deadline once. Called by the client's own timer; a test may call it too."""
        now = self._now()
        for lane in list(self._lanes.values()):
            self._sweep_lane(lane, now)
            if lane.is_empty:
                del self._lanes[lane.endpoint]

    async def close(self) -> None:
        """Close all connections; every exchange that has not ended fails now. Returns when the last socket is gone."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        openings: list[asyncio.Task[Connection]] = []
        for lane in list(self._lanes.values()):
            while lane.waiting:
                self._give_up(lane.waiting.popleft(), _STOPPING)
            for task in lane.opening:
                task.cancel()
                openings.append(task)
            for connection in list(lane.at_work):
                connection.expire(_STOPPING)
            for connection in list(lane.idle):
                connection.close()
        await asyncio.gather(*openings, return_exceptions=True)
        self._addresses.close()
        if self._connections:
            await self._all_lost.wait()
        self._lanes.clear()

    # What connections tell.

    def answered(self, connection: Connection, exchange: Exchange, *, reusable: bool) -> None:
        lane = self._lane_of(connection)
        if reusable and not self._closing:
            if lane.waiting:
                self._send(lane, connection, lane.waiting.popleft())
            else:
                lane.at_work.discard(connection)
                connection.idle_since = self._now()
                lane.idle.append(connection)
        if exchange.status in _REDIRECTS and exchange.location is not None and not self._closing:
            self._redirect(exchange, exchange.location)
        else:
            self._end(exchange)

    def failed(self, connection: Connection, exchange: Exchange, error: str, *, stale: bool) -> None:
        lane = self._lane_of(connection)
        if stale and not exchange.renewed and not self._closing:
            exchange.renewed = True
            lane.at_work.discard(connection)
            if not self._open_for(lane, exchange):
                lane.waiting.appendleft(exchange)
            return
        self._give_up(exchange, error)

    def lost(self, connection: Connection) -> None:
        if not connection.is_adopted:  # closed while it was being opened: that is `_opened`'s to count
            return
        lane = self._lane_of(connection)
        lane.at_work.discard(connection)
        if connection in lane.idle:
            lane.idle.remove(connection)
        self._one_less()
        self._serve(lane)

    # Connections.

    def _send(self, lane: Lane, connection: Connection, exchange: Exchange) -> None:
        now = self._now()
        if exchange.started_at < 0:
            exchange.started_at = now
            exchange.expires_at = now + self._settings.deadline_s
        lane.at_work.add(connection)
        connection.send(exchange)

    def _open_for(self, lane: Lane, exchange: Exchange) -> bool:
        """Begin to open a connection for this exchange, unless there are as many as there may be."""
        if lane.connections >= self._settings.connections_max:
            return False
        if self._connections >= self._settings.connections_total_max and not self._close_an_idle_one():
            return False
        if exchange.started_at < 0:
            exchange.started_at = self._now()
            exchange.expires_at = exchange.started_at + self._settings.deadline_s
        self._connections += 1
        task = self._loop.create_task(self._connected(lane))
        lane.opening[task] = exchange
        task.add_done_callback(partial(self._opened, lane))
        return True

    def _close_an_idle_one(self) -> bool:
        for lane in self._lanes.values():
            if lane.idle:
                # Counted until its socket is gone: the total may be exceeded by those that are closing.
                lane.idle.pop(0).close()
                return True
        return False

    def _opened(self, lane: Lane, task: asyncio.Task[Connection]) -> None:
        """The attempt to connect is over. A callback, because a task cancelled before its first step runs no code."""
        exchange = lane.opening.pop(task)
        connection, error = None, ""
        if task.cancelled():
            # Only the sweep and `close` cancel, and both mean: give up.
            error = _STOPPING if self._closing else self._late()
        elif (failure := task.exception()) is None:
            connection = task.result()
            if connection.is_closed:
                connection, error = None, "The endpoint closed the connection before it had answered."
        elif isinstance(failure, AddressRefused | NameUnknown):
            error = str(failure)
        elif isinstance(failure, OSError):
            error = _connect_error(lane.endpoint, failure)
        else:
            error = "The gateway could not open a connection; its log says why."
            self._loop.call_exception_handler({"message": "opening a callback connection failed", "exception": failure})
        if connection is None:
            self._one_less()
            self._give_up(exchange, error)
            self._serve(lane)
            return
        connection.is_adopted = True
        if self._closing:
            connection.close()
            self._give_up(exchange, _STOPPING)
        else:
            self._send(lane, connection, exchange)

    def _one_less(self) -> None:
        self._connections -= 1
        if self._connections == 0 and self._closing:
            self._all_lost.set()

    async def _connected(self, lane: Lane) -> Connection:
        """Resolve, check, connect to a checked address."""
        settings = self._settings
        endpoint = lane.endpoint
        addresses = await self._addresses.addresses(endpoint.host)
        context = self._context(verify=endpoint.verify_tls) if endpoint.scheme == "https" else None
        tried = addresses[: settings.addresses_tried_max]
        for address in tried:
            try:
                async with asyncio.timeout(settings.connect_deadline_s):
                    _, connection = await self._loop.create_connection(
                        lambda: Connection(
                            self,
                            lane,
                            head_octets_max=settings.head_octets_max,
                            body_octets_max=settings.body_octets_max,
                        ),
                        address,
                        endpoint.port,
                        ssl=context,
                        server_hostname=endpoint.host if context is not None else None,
                    )
            except (OSError, TimeoutError):
                if address == tried[-1]:
                    raise
            else:
                connection.opened_at = self._now()
                return connection
        raise NameUnknown(f"The name {endpoint.host} has no address.")

    def _context(self, *, verify: bool) -> ssl.SSLContext:
        context = self._tls.get(verify)
        if context is None:
            context = ssl.create_default_context(cafile=self._settings.ca_file or None)
            context.set_alpn_protocols(["http/1.1"])
            if not verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            self._tls[verify] = context
        return context

    def _serve(self, lane: Lane) -> None:
        """Something became free in this lane."""
        while lane.waiting and not self._closing:
            exchange = lane.waiting.popleft()
            if lane.idle:
                self._send(lane, lane.idle.pop(), exchange)
            elif not self._open_for(lane, exchange):
                lane.waiting.appendleft(exchange)
                return

    @staticmethod
    def _lane_of(connection: Connection) -> Lane:
        lane = connection.lane
        assert isinstance(lane, Lane), "made by this client"
        return lane

    # Deadlines.

    def _arm(self) -> None:
        if self._timer is None and not self._closing:
            self._timer = self._loop.call_later(SWEEP_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.sweep()
        if self._lanes:
            self._arm()

    def _sweep_lane(self, lane: Lane, now: float) -> None:
        for connection in list(lane.at_work):
            exchange = connection.exchange
            if exchange is not None and exchange.expires_at <= now:
                connection.expire(self._late())
        for task, exchange in lane.opening.items():
            if exchange.expires_at <= now:
                task.cancel()
        while lane.waiting and lane.waiting[0].expires_at <= now:
            self._give_up(lane.waiting.popleft(), "The endpoint is too slow: no connection was free in time.")
        settings = self._settings
        for connection in list(lane.idle):
            if (
                now - connection.idle_since >= settings.idle_s_max
                or now - connection.opened_at >= settings.connection_age_s_max
            ):
                lane.idle.remove(connection)
                connection.close()
        # A lane that waits although it has no connection was kept from one by the total.
        self._serve(lane)

    def _late(self) -> str:
        return f"No answer within {self._settings.deadline_s:g} s."

    # Ends.

    def _redirect(self, exchange: Exchange, location: bytes) -> None:
        old = exchange.endpoint
        try:
            url = follow_url(_url_of(exchange), location)
        except BadUrl as error:
            exchange.error = f"The endpoint redirects to a URL that cannot be called. {error}"
            self._end(exchange)
            return
        if exchange.redirects >= self._settings.redirects_max:
            exchange.error = f"The endpoint redirects more than {self._settings.redirects_max} times."
        elif old.scheme == "https" and url.scheme != "https":
            exchange.error = f"The endpoint redirects from https to http ({url.authority}), which is not followed."
        elif exchange.expires_at <= self._now():
            exchange.error = self._late()
        if exchange.error:
            self._end(exchange)
            return
        if not _keeps_credentials(old, url):
            exchange.credentials = b""
        if exchange.status == 303:
            exchange.method, exchange.entity, exchange.body = b"GET", b"", b""
        exchange.redirects += 1
        exchange.renewed = False
        exchange.location = None
        exchange.status = 0
        exchange.excerpt = b""
        if exchange.heard is not None:
            exchange.heard.clear()
        exchange.endpoint = Endpoint(url.scheme, url.host, url.port, old.verify_tls)
        exchange.host = url.authority.encode("ascii")
        exchange.target = url.target.encode("ascii")
        expires_at = exchange.expires_at
        self.start(exchange)
        exchange.expires_at = expires_at

    def _give_up(self, exchange: Exchange, error: str) -> None:
        exchange.error = error
        self._end(exchange)

    def _end(self, exchange: Exchange) -> None:
        if exchange.started_at >= 0:
            exchange.elapsed_ms = int((self._now() - exchange.started_at) * 1000)
        exchange.done(exchange)


def _url_of(exchange: Exchange) -> HttpUrl:
    path, _, query = exchange.target.decode("ascii").partition("?")
    endpoint = exchange.endpoint
    return HttpUrl(scheme=endpoint.scheme, host=endpoint.host, port=endpoint.port, path=path, query=query)


def _keeps_credentials(old: Endpoint, url: HttpUrl) -> bool:
    if url.host != old.host:
        return False
    same = (url.scheme, url.port) == (old.scheme, old.port)
    return same or ((old.scheme, old.port) == ("http", 80) and (url.scheme, url.port) == ("https", 443))


def _connect_error(endpoint: Endpoint, failure: Exception) -> str:
    where = f"{endpoint.host} port {endpoint.port}"
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f"The certificate of {where} is not accepted: {failure.verify_message}."
    if isinstance(failure, ssl.SSLError):
        return f"TLS with {where} failed: {failure.reason or failure}."
    if isinstance(failure, ConnectionRefusedError):
        return f"The connection to {where} was refused."
    if isinstance(failure, TimeoutError):
        return f"No connection to {where} in time."
    return f"No connection to {where}: {getattr(failure, 'strerror', None) or failure}."
