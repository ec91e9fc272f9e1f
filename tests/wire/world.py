"""A whole REST API over a real, temporary store, with a clock that moves by assignment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from angarium.core.account import AccountSettings, Caller, ConnectionSettings, token_hash
from angarium.core.charge import full_mask, ledger_move
from angarium.core.clocktime import DAY_MS, UnixMs
from angarium.core.credit import CREDIT, parse_credits
from angarium.core.limits import Limits
from angarium.core.message import Result, SendRequest
from angarium.core.public_ids import PublicIds
from angarium.core.refusals import Refusal
from angarium.core.states import OPEN, Cause, State
from angarium.flows.fresh import FreshRequests
from angarium.flows.intake import Call, Intake
from angarium.flows.retries import Replied
from angarium.flows.tables import Tables
from angarium.httpd import HttpdSettings, Request, Response
from angarium.httpd.exchange import render
from angarium.httpd.head import HeadReader
from angarium.ports.store import MessageView, Move, StoreUnavailable, Tx
from angarium.rest.app import RestApp, RestSettings
from angarium.stores.sqlite.store import SqliteStore

T = TypeVar("T")

NOON: UnixMs = 1_795_348_800_000
"""2026-11-22T12:00:00Z, when each of our days begins."""

TOKENS = {
    "open-token": (AccountSettings(), ConnectionSettings(), "100"),
    "strict-token": (
        AccountSettings(senders=("ACME", "27990000099"), recipients_max=3),
        ConnectionSettings(sender="ACME", country_prefix="27"),
        "41.255",
    ),
    "thrifty-token": (AccountSettings(), ConnectionSettings(), "0.8"),
    "rich-token": (AccountSettings(), ConnectionSettings(), "1000"),
    "locked-token": (AccountSettings(), ConnectionSettings(networks=("198.51.100.0/24",)), "1000"),
    "slow-token": (
        AccountSettings(limits=Limits(messages_per_s_max=2, messages_per_day_max=5)),
        ConnectionSettings(),
        "1000",
    ),
    "careful-token": (AccountSettings(), ConnectionSettings(client_message_id_once=True), "1000"),
    "poor-token": (AccountSettings(), ConnectionSettings(), "0"),
    "smart-token": (AccountSettings(), ConnectionSettings(smart_encoding=True), "100"),
}
"""One account each: its settings, its connection's, and the credit it has bought."""

RATES = {"27": "0.8", "2783": "1", "31234": "0.5"}
"""What is served, by prefix, and at which rate."""

TURKISH_PREFIX = "90"
"""Served at 0.8 by a carrier of its own, which lets the Turkish tables through."""


class MovableClock:
    """Tells the time that a test has set."""

    def __init__(self) -> None:
        self.now_at = NOON

    def now(self) -> UnixMs:
        return self.now_at


class Ids:
    """Gives ids in a row."""

    def __init__(self) -> None:
        self._next = 1

    def take(self, count: int) -> int:
        first = self._next
        self._next += count
        return first


class SilentBell:
    """Wakes nobody."""

    def ring(self, topic: str) -> None:
        pass


class FailingStore(SqliteStore):
    """The store, with a disk that can be declared full."""

    is_full = False

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        if self.is_full:
            raise StoreUnavailable("the disk is full: make room")
        return await super().write(work)


class World:
    """What an example lives in."""

    def __init__(self, store: FailingStore, tables: Tables) -> None:
        self.clock = MovableClock()
        self.store = store
        self.tables = tables
        self.public_ids = PublicIds(bytes(16))
        self.counted: list[tuple[str, int, str]] = []
        self.intake = Intake(
            store=store, tables=tables, ids=Ids(), clock=self.clock, bell=SilentBell(), fresh=FreshRequests()
        )
        self.app = self.app_with(RestSettings())

    def app_with(self, settings: RestSettings) -> RestApp:
        """An application over this world, with its own settings."""
        return RestApp(
            send=self.take,
            store=self.store,
            tables=self.tables,
            public_ids=self.public_ids,
            clock=self.clock,
            settings=settings,
            count=lambda *counted: self.counted.append(counted),
        )

    async def send(self, caller: Caller, request: SendRequest) -> list[Result]:
        """Take one request, without the wire."""
        sent = await self.take(Call(caller, request))
        assert not isinstance(sent, Replied)
        return sent

    async def take(self, call: Call) -> list[Result] | Replied:
        """Take one call, as the server does."""
        (outcome,) = await self.intake.accept([call])
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def caller(self, token: str = "open-token") -> Caller:
        """Who has this token."""
        caller = self.tables.directory.caller(token_hash(token.encode()), now=self.clock.now())
        assert caller is not None
        return caller

    async def ask(self, raw: bytes) -> bytes:
        """Send one whole request as octets, and return the whole answer as octets."""
        request = read_request(raw)
        return spell(await self.respond(request), request)

    async def respond(self, request: Request) -> Response:
        """Answer one request."""
        answer = self.app.handle(request)
        return answer if isinstance(answer, Response) else await answer

    async def view(self, message_id: int) -> MessageView:
        """One message as stored."""
        view = await self.store.message(message_id)
        assert view is not None
        return view

    async def become(
        self, message_id: int, state: State, cause: Cause, *, sent_mask: int | None = None, doubts: int = 0
    ) -> None:
        """Let a message come to a state, its money with it.

        Unless `sent_mask` says which segments have left, they are all of them when a carrier must have taken them.
        """
        view = await self.view(message_id)
        if sent_mask is None:
            has_left = state is State.SUBMITTED or cause.name.startswith("RECEIPT") or cause is Cause.NO_RECEIPT
            sent_mask = full_mask(view.segments) if has_left else view.sent_mask
        now = self.clock.now()
        move = Move(
            message_id=message_id,
            before=view.state,
            state=state,
            cause=cause,
            due_at=view.due_at,
            sent_mask=sent_mask,
            attempts=view.attempts,
            doubts=doubts,
            doubtful_mask=0,
            error="",
            changed_at=now,
        )
        money = ledger_move(
            view.account_id,
            rate=view.rate,
            segments=view.segments,
            sent_mask=sent_mask,
            state=state,
            sent_mask_before=view.sent_mask,
        )

        async def work(tx: Tx) -> None:
            assert await tx.move_messages([move])
            if view.state in OPEN:
                await tx.move_credit([money])

        await self.store.write(work)


def read_request(raw: bytes, *, secure: bool = False) -> Request:
    """A request from its octets, read by the server's own reader."""
    reader = HeadReader(HttpdSettings())
    at = reader.read(raw, 0)
    assert reader.head is not None, raw
    return Request(reader.head, raw[at:], ("192.0.2.1", 50_000), secure=secure)


def spell(response: Response, request: Request) -> bytes:
    """An answer as its octets, without the lines that tell of the connection."""
    return render(response, is_head=request.is_head, connection_line=b"", date_line=b"")


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[World]:
    """A world with its accounts, credit, routes and rates, over a new file; its money adds up when it ends."""
    store = FailingStore(folder / "angarium.db")
    try:
        await _furnish(store)
        tables = Tables()
        await tables.refresh(store)
        yield World(store, tables)
        store.is_full = False
        assert await store.ledger_faults() == []
    finally:
        await store.close()


async def _furnish(store: FailingStore) -> None:
    at = NOON - DAY_MS
    for token, (account_settings, connection_settings, credit) in TOKENS.items():
        account = await store.create_account(token, account_settings, at=at)
        connection = await store.create_connection(account.account_id, "main", connection_settings, at=at)
        await store.add_token(connection.connection_id, token_hash=token_hash(token.encode()), sealed=b"sealed", at=at)
        if parse_credits(credit):
            await store.buy_credit(account.account_id, parse_credits(credit), note="first purchase", at=at)
    carrier = await store.create_carrier("carrier", {})
    for prefix, rate in RATES.items():
        await store.add_route(prefix, carrier.carrier_id)
        await store.set_rate(prefix, parse_credits(rate))
    turkish = await store.create_carrier("turkish carrier", {"national_tables": "turkish"})
    await store.add_route(TURKISH_PREFIX, turkish.carrier_id)
    await store.set_rate(TURKISH_PREFIX, parse_credits("0.8"))


ONE_MESSAGE = 8 * CREDIT // 10
"""What one segment to most numbers costs."""
