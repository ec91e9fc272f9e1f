"""The whole product in the test's own process, with a hand on its carrier, its time, and everything it tells."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

import apsw
import pytest

from angarium import app
from angarium.config import Listen, Settings
from angarium.core.account import AccountSettings, CallbackTarget, ConnectionSettings, DoubtPolicy, ReplyTarget
from angarium.core.clocktime import UnixMs
from angarium.core.credit import CREDIT, Balance, Credits
from angarium.core.public_ids import KEY_OCTETS, PublicIds
from angarium.lifecycle import SystemClock
from angarium.observe.metrics import Metrics
from angarium.sim.link import SmscLink
from angarium.sim.mailbox import Mailbox, Parcel
from angarium.sim.settings import SimulatorSettings
from angarium.sim.smsc import Simulator
from angarium.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter, Pdu
from angarium.stores.sqlite.database import DATABASE_FILE
from angarium.stores.sqlite.store import SqliteStore
from tests.command_line import CommandLine
from tests.product import Answer, Product
from tests.scenario.simulation import AT_ONCE
from tests.scripted_endpoint import OK, Request, Script, serving
from tests.scripted_smsc import Watch

ANY_PORT = Listen("127.0.0.1", 0)
CREDIT_AT_START: Credits = 1_000_000 * CREDIT
RATE: Credits = 800_000
INTERMEDIATE = frozenset({"003"})
OUT_OF_ORDER = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
PLAIN_TEXT = "Hello"


class MovableClock(SystemClock):
    """The machine's clock, moved ahead by as much as the test has said."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead_ms = 0

    def now(self) -> UnixMs:
        return super().now() + self.ahead_ms


class WatchedMetrics(Metrics):
    """Counts as always, and lets the test look again at each count."""

    def __init__(self, watch: Watch, **more: Any) -> None:
        super().__init__(**more)
        self._watch = watch
        self.causes: Counter[str] = Counter()
        """How many messages have moved, by cause."""
        self.effects: Counter[str] = Counter()
        """How many receipts have come, by effect."""
        self.troubles: list[str] = []

    def moved(self, causes: Mapping[str, int]) -> None:
        super().moved(causes)
        self.causes.update(causes)
        self._watch.happened()

    def receipts(self, effects: Mapping[str, int]) -> None:
        super().receipts(effects)
        self.effects.update(effects)
        self._watch.happened()

    def callbacks(self, results: Mapping[str, int]) -> None:
        super().callbacks(results)
        self._watch.happened()

    def trouble(self, worker: str) -> None:
        super().trouble(worker)
        self.troubles.append(worker)
        self._watch.happened()


class Line(NamedTuple):
    """One line of the log."""

    event: str
    keys: Mapping[str, object]


class WatchedLog:
    """Keeps what is logged."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.lines: list[Line] = []

    def debug(self, event: str, **keys: object) -> None:
        self._keep(event, keys)

    info = warning = error = debug

    def _keep(self, event: str, keys: Mapping[str, object]) -> None:
        self.lines.append(Line(event, keys))
        self._watch.happened()

    def links(self, state: str) -> int:
        """How many times a link has come into this state."""
        return sum(1 for line in self.lines if line.event == "link.changed" and line.keys["state"] == state)


class WatchedSimulator(Simulator):
    """The simulated carrier, and the test looks again whenever it heard something."""

    def __init__(self, settings: SimulatorSettings, *, watch: Watch, **more: Any) -> None:
        super().__init__(settings, clock=SystemClock(), **more)
        self._watch = watch
        self.on_acknowledged: Callable[[], None] = watch.happened
        """Called at the very moment at which the gateway's answer to a deliver_sm is read."""

    def bind_requested(self, link: SmscLink, pdu: BindTransmitter | BindReceiver | BindTransceiver) -> None:
        super().bind_requested(link, pdu)
        self._watch.happened()

    def requested(self, link: SmscLink, pdu: Pdu) -> None:
        super().requested(link, pdu)
        self._watch.happened()

    def acknowledged(self, parcel: Parcel, command_status: int, mailbox: Mailbox | None) -> None:
        super().acknowledged(parcel, command_status, mailbox)
        self.on_acknowledged()
        self._watch.happened()

    def link_closed(self, link: SmscLink) -> None:
        super().link_closed(link)
        self._watch.happened()

    def taken(self) -> Counter[str]:
        """How often each number's message was taken; wants `record_submits`."""
        return Counter(record.destination_addr.decode() for record in self.submits if record.message_id)


class Customer:
    """A customer's program: one connection that is kept open, one request at a time."""

    def __init__(self, url: str, token: str) -> None:
        self._address = urlsplit(url)
        self._token = token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        self._streams = await asyncio.open_connection(self._address.hostname, self._address.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._streams is not None
        self._streams[1].close()
        await self._streams[1].wait_closed()

    async def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask once, in JSON."""
        assert self._streams is not None
        reader, writer = self._streams
        data = b"" if body is None else json.dumps(body).encode()
        writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: {self._address.netloc}\r\nX-Version: 1\r\nAccept: application/json\r\n"
            f"Content-Type: application/json\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Length: {len(data)}\r\n\r\n".encode()
            + data
        )
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        return Answer(int(lines[0].split()[1]), headers, await reader.readexactly(int(headers["Content-Length"])))

    async def send(self, *to: str, text: str = PLAIN_TEXT, callback: int = 7, **parameters: Any) -> list[str]:
        """Send one request that must be accepted whole; its message ids."""
        answer = await self.call(
            "POST", "/rest/message", {"text": text, "to": to, "callback": callback} | {**parameters}
        )
        assert answer.status == 202, answer
        return [each["apiMessageId"] for each in answer.json()["data"]["message"]]

    async def status(self, message_id: str) -> str:
        """What the API says of a message now."""
        answer = await self.call("GET", f"/rest/message/{message_id}")
        assert answer.status == 200, answer
        return str(answer.json()["data"]["messageStatus"])

    async def stop(self, message_id: str) -> str:
        """Ask to stop a message; its status then."""
        answer = await self.call("DELETE", f"/rest/message/{message_id}")
        assert answer.status == 200, answer
        return str(answer.json()["data"]["messageStatus"])


class Carrier(NamedTuple):
    """A carrier to set up, with a route to it for numbers that begin so."""

    name: str
    prefix: str
    settings: Mapping[str, object] = {}


@dataclass
class Service:
    """A running service and all that stands around it."""

    data_dir: Path
    watch: Watch
    simulator: WatchedSimulator
    metrics: WatchedMetrics
    log: WatchedLog
    clock: MovableClock
    connection_id: int = 0
    token: str = ""
    public_ids: PublicIds = field(default_factory=lambda: PublicIds(bytes(KEY_OCTETS)))
    url: str = ""
    callbacks: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The statuses that were pushed, in their order, by message id."""

    async def until(self, condition: Any) -> None:
        """Wait for events until this is so."""
        await self.watch.until(condition)

    async def final(self, message_ids: Iterable[str]) -> None:
        """Wait until a final status of each of these messages was pushed."""
        wanted = list(message_ids)
        await self.until(lambda: all(set(self.callbacks[each]) - INTERMEDIATE for each in wanted))

    async def bound(self, links: int) -> None:
        """Wait until so many links were bound, counted from the start."""
        await self.until(lambda: self.log.links("bound") >= links)

    def customer(self) -> Customer:
        """A program of the account's."""
        return Customer(self.url, self.token)

    async def command(self, commands: CommandLine, *words: str) -> str:
        """Run a command beside the service; what it prints."""
        done = await asyncio.to_thread(Product(self.data_dir, commands=commands).command, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, query: str, *values: apsw.SQLiteValue) -> list[tuple[Any, ...]]:
        """Look at the store from outside, as committed last."""
        return rows(self.data_dir, query, *values)


def rows(data_dir: Path, query: str, *values: apsw.SQLiteValue) -> list[tuple[Any, ...]]:
    """What the store of this directory holds, as committed last."""
    database = apsw.Connection(str(data_dir / DATABASE_FILE))
    try:
        return list(database.execute(query, values))
    finally:
        database.close()


Furnish = Callable[[SqliteStore, int], Awaitable[None]]
"""Adds to a store what a test needs besides, given the number of its API connection."""


async def prepare(
    data_dir: Path,
    carriers: Sequence[Carrier],
    *,
    smsc_port: int,
    connection: ConnectionSettings,
    furnish: Furnish | None = None,
) -> tuple[str, int, bytes]:
    """Set up an account with credit and a connection, carriers and their routes: token, connection, key of the ids."""
    at = SystemClock().now()
    async with app.open_store(Settings(data_dir=data_dir)) as store:
        account = await store.create_account("acme", AccountSettings(), at=at)
        await store.buy_credit(account.account_id, CREDIT_AT_START, note="for a test", at=at)
        made = await store.create_connection(account.account_id, "web", connection, at=at)
        for carrier in carriers:
            standard = {"host": "127.0.0.1", "port": smsc_port, "system_id": carrier.name, "rebind_pause_s": 0.01}
            row = await store.create_carrier(carrier.name, {**standard, **carrier.settings})
            await store.add_route(carrier.prefix, row.carrier_id)
        await store.set_rate("", RATE)
        if furnish is not None:
            await furnish(store, made.connection_id)
        token, _ = await app.new_token(store, made.connection_id, at, data_dir=data_dir)
        return token, made.connection_id, await store.secret("public_ids", octets=KEY_OCTETS)


async def check_ledger(data_dir: Path) -> Balance:
    """Fail unless the money adds up; where it is."""
    async with app.open_store(Settings(data_dir=data_dir)) as store:
        assert await store.ledger_faults() == []
        (account,) = await store.accounts()
        return await store.balance(account.account_id)


@asynccontextmanager
async def whole_service(
    tmp_path: Path,
    *carriers: Carrier,
    simulator: SimulatorSettings = AT_ONCE,
    doubt: DoubtPolicy = DoubtPolicy.RESEND,
    networks: tuple[str, ...] = (),
    tls: Any = None,
    callbacks_refused: int = 0,
    furnish: Furnish | None = None,
    reply: ReplyTarget | None = None,
    **settings: Any,
) -> AsyncIterator[Service]:
    """Everything in this process: simulated carrier, customer's endpoint, and the service between them.

    The endpoint answers the first `callbacks_refused` callbacks with 500.

    When it ends the service has stopped in good order, and its ledger adds up.
    """
    watch = Watch()
    data_dir = tmp_path / "data"
    async with AsyncExitStack() as stack:
        smsc = WatchedSimulator(simulator, watch=watch, tls=tls)
        _, smsc_port = await smsc.start()
        stack.push_async_callback(smsc.stop)
        metrics, log, clock = WatchedMetrics(watch), WatchedLog(watch), MovableClock()
        service = Service(data_dir, watch, smsc, metrics, log, clock)
        endpoint = await stack.enter_async_context(
            serving(_noting(service.callbacks, watch, refused=callbacks_refused))
        )
        target = CallbackTarget(url=f"http://127.0.0.1:{endpoint.port}/status")
        service.token, service.connection_id, key = await prepare(
            data_dir,
            carriers or (Carrier("north", ""),),
            smsc_port=smsc_port,
            connection=ConnectionSettings(callback=target, doubt=doubt, segments_max=5, networks=networks, reply=reply),
            furnish=furnish,
        )
        service.public_ids = PublicIds(key)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(app, "Metrics", lambda **_: metrics)
        patch.setattr(app, "SystemClock", lambda: clock)
        patch.setattr(app, "setup_logging", lambda *_, **__: log)
        defaults = {"http_listen": ANY_PORT, "https_listen": ANY_PORT, "callback_networks_allowed": ("127.0.0.0/8",)}
        wanted = Settings(data_dir=data_dir, **{**defaults, **settings})
        async with app.running(wanted) as ready:
            service.url = ready.url
            yield service
        await check_ledger(data_dir)


@asynccontextmanager
async def prepare_with_callbacks(
    data_dir: Path, carriers: Sequence[Carrier], *, smsc_port: int, watch: Watch
) -> AsyncIterator[tuple[str, Mapping[str, list[str]]]]:
    """Set up a data directory for a service in a process of its own: its token, and the statuses that are pushed."""
    callbacks: defaultdict[str, list[str]] = defaultdict(list)
    async with serving(_noting(callbacks, watch)) as endpoint:
        target = CallbackTarget(url=f"http://127.0.0.1:{endpoint.port}/status")
        connection = ConnectionSettings(callback=target)
        token, _, _ = await prepare(data_dir, carriers, smsc_port=smsc_port, connection=connection)
        yield token, callbacks


def _noting(callbacks: defaultdict[str, list[str]], watch: Watch, *, refused: int = 0) -> Script:
    """A customer's endpoint that notes each status and says thank you, once it has recovered."""
    left = [refused]

    async def note(request: Request, writer: asyncio.StreamWriter) -> None:
        if left[0] > 0:
            left[0] -= 1
            writer.write(OUT_OF_ORDER)
            return
        query = parse_qs(urlsplit(request.target).query)
        callbacks[query["apiMsgId"][0]].append(query["status"][0])
        writer.write(OK)
        watch.happened()

    return note
