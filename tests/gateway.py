"""A gateway without its edges: real flows over a real store, a scripted carrier and customer, time by assignment."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

import apsw

from angarium.core.account import (
    AccountSettings,
    ApiConnection,
    CallbackTarget,
    Caller,
    ConnectionSettings,
    DoubtPolicy,
    ReplyTarget,
)
from angarium.core.clocktime import SECOND_MS, UnixMs
from angarium.core.credit import CREDIT, Balance, Credits
from angarium.core.inbound import numbering_of
from angarium.core.inbound_numbers import NumberSettings
from angarium.core.message import Accepted, SendRequest
from angarium.core.notification import InboundNotification
from angarium.core.public_ids import PublicIds
from angarium.core.refusals import Refusal
from angarium.core.retention import RETENTION
from angarium.core.states import Cause
from angarium.flows.dispatch import Dispatch
from angarium.flows.fresh import FreshRequests
from angarium.flows.housekeeping import Housekeeping
from angarium.flows.inbound import Inbound
from angarium.flows.intake import Call, Intake
from angarium.flows.lookup import status_of
from angarium.flows.notify import Notify
from angarium.flows.notify_inbound import NotifyInbound
from angarium.flows.receipts import Receipts
from angarium.flows.reroute import Reroute
from angarium.flows.retention import Forgetting
from angarium.flows.retries import Once
from angarium.flows.stop import stop
from angarium.flows.tables import Tables
from angarium.lifecycle import TimeOrderedIds
from angarium.ports.carrier import Answer, CarrierReceipt, InboundSegment, Reply, Submission
from angarium.ports.inbound import InboundView
from angarium.ports.notifier import Attempt, Delivery
from angarium.ports.store import MessageView, StoreUnavailable, Tx
from angarium.stores.sqlite.store import SqliteStore
from angarium.text.segments import Content, segment

T = TypeVar("T")

NOON: UnixMs = 1_790_000_000_000
RATE: Credits = 8 * CREDIT // 10
CREDIT_AT_FIRST: Credits = 100 * CREDIT
RECIPIENT = 27990000001
TWO_WAY = "27999123456"
"""A number that handsets write to."""
ROUNDS_MAX = 1_000
"""More than any test needs: a loop that does not end fails instead of hanging."""


class SetClock:
    """A clock that stands still until somebody sets it."""

    def __init__(self, now: UnixMs = NOON) -> None:
        self.at = now

    def now(self) -> UnixMs:
        """The moment that was set last."""
        return self.at


class CountingBell:
    """Remembers which topics were rung."""

    def __init__(self) -> None:
        self.rung: Counter[str] = Counter()

    def ring(self, topic: str) -> None:
        """Count it."""
        self.rung[topic] += 1


class ScriptedCarrier:
    """Takes segments and says nothing by itself: the test answers for it."""

    def __init__(self, carrier_id: int, *, room: int = 1_000) -> None:
        self.carrier_id = carrier_id
        self.room_left = room
        self.taken: list[Submission] = []

    def room(self) -> int:
        """As much as the test says."""
        return self.room_left

    def submit(self, batch: Sequence[Submission]) -> None:
        """Take them over."""
        self.taken += batch


class ScriptedCustomer:
    """A notifier that keeps what it is given until the test says how each attempt ended."""

    def __init__(self) -> None:
        self.total_room = 1_000
        self.room_of: dict[int, int] = {}
        self.under_way: list[Delivery] = []

    def room(self) -> int:
        """As much as the test says, over all."""
        return self.total_room

    def room_for(self, connection_id: int) -> int:
        """As much as the test says, for one connection."""
        return self.room_of.get(connection_id, self.total_room)

    def deliver(self, deliveries: Sequence[Delivery], done: Callable[[list[Attempt]], None]) -> None:
        """Take them over."""
        self.under_way += deliveries


class MoodyStore:
    """A store that refuses writes on demand: at once, or after their work has run, as a full disk does."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.refuse_next = 0
        self.undo_next = 0

    def lose_next_commit(self) -> None:
        """Let the next commit fail, with everything in it."""
        committer = self._store._writer._committer
        commit = committer.commit

        def fail() -> None:
            committer.commit = commit  # type: ignore[method-assign]
            committer._loop.call_soon(committer._done, 0.0, apsw.FullError("database or disk is full"))

        committer.commit = fail  # type: ignore[method-assign]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run the work, unless the mood is bad."""
        if self.refuse_next:
            self.refuse_next -= 1
            raise StoreUnavailable("the disk is full: make room")
        if self.undo_next:
            self.undo_next -= 1

            async def undone(tx: Tx) -> T:
                await work(tx)
                raise StoreUnavailable("the disk is full: make room")

            return await self._store.write(undone)
        return await self._store.write(work)


class Gateway:
    """All flows joined, as one process has them."""

    def __init__(self, folder: Path, clock: SetClock) -> None:
        self.folder = folder
        self.clock = clock
        self.bell = CountingBell()
        self.counted: Counter[str] = Counter()
        self.receipts_counted: Counter[str] = Counter()
        self.callbacks_counted: Counter[str] = Counter()
        self.inbound_counted: Counter[str] = Counter()
        self.crashes = 0
        self.pruned = 0
        self.down: set[int] = set()
        """Carriers without a bound link."""

    async def start(self) -> None:
        """Open the store and join the flows, as a process does that starts."""
        real = SqliteStore(self.folder / "angarium.db")
        self.store = MoodyStore(real)
        if not await real.accounts():
            await self._prepare(real)
        self.tables = Tables()
        await self.tables.refresh(real)
        self.public_ids = PublicIds(await real.secret("public_ids", octets=16))
        self.customer = ScriptedCustomer()
        store: Any = self.store
        shared: dict[str, Any] = {"store": store, "tables": self.tables, "clock": self.clock, "bell": self.bell}
        ids = TimeOrderedIds(self.clock, last=await real.last_message_id())
        self.fresh = FreshRequests()
        self.intake = Intake(ids=ids, fresh=self.fresh, **shared)
        self.receipts = Receipts(count=self.receipts_counted.update, **shared)
        self.reroute = Reroute(
            is_up=lambda carrier_id: carrier_id not in self.down, count=self.counted.update, **shared
        )
        self.carriers: dict[int, ScriptedCarrier] = {}
        self.dispatches: dict[int, Dispatch] = {}
        for row in self.tables.carriers:
            self._join_carrier(row.carrier_id)
        first = self.tables.carriers[0].carrier_id
        self.carrier, self.dispatch = self.carriers[first], self.dispatches[first]
        self.forgetting = Forgetting(
            store=store, tables=self.tables, clock=self.clock, default=RETENTION, pruned=self._count_pruned
        )
        self.housekeeping = Housekeeping(
            is_held=self.holds, forgetting=self.forgetting, count=self.counted.update, **shared
        )
        self.notify = Notify(
            self.customer,
            public_ids=self.public_ids,
            attempted=lambda attempts: None,
            count=self.callbacks_counted.update,
            **shared,
        )
        self.reader = ScriptedCustomer()
        self.inbound = Inbound(ids=ids, answer=self.intake.accept, count=self.inbound_counted.update, **shared)
        self.notify_inbound = NotifyInbound(
            self.reader,
            store=store,
            tables=self.tables,
            public_ids=self.public_ids,
            clock=self.clock,
            attempted=lambda attempts: None,
            count=self.inbound_counted.update,
        )
        await self.housekeeping.end_leases()
        await self.receipts.remember()
        await self.inbound.start()

    def _join_carrier(self, carrier_id: int) -> None:
        carrier = self.carriers[carrier_id] = ScriptedCarrier(carrier_id)
        self.dispatches[carrier_id] = Dispatch(
            carrier,
            receipts=self.receipts,
            count=self.counted.update,
            reroute=self.reroute,
            store=cast("Any", self.store),
            tables=self.tables,
            clock=self.clock,
            bell=self.bell,
            fresh=self.fresh,
        )

    def holds(self, message_id: int) -> bool:
        """Whether any carrier has this message now."""
        return any(dispatch.holds(message_id) for dispatch in self.dispatches.values())

    async def add_carrier(self, name: str, *, rate: Credits, prefix: str = "27", cost: Credits = 0) -> int:
        """One more carrier for the same numbers, at a rate of its own."""
        row = await self.store.create_carrier(name, {})
        await self.store.add_route(prefix, row.carrier_id)
        await self.store.set_rate("", rate, carrier_id=row.carrier_id)
        await self.store.set_cost(row.carrier_id, "", cost)
        await self.tables.refresh(self.store)
        self._join_carrier(row.carrier_id)
        return int(row.carrier_id)

    async def relieve(self) -> None:
        """Let the worker of re-routing run until it has nothing to do at once."""
        for _ in range(ROUNDS_MAX):
            if not await self.reroute.run_once():
                return
        raise AssertionError("the worker of re-routing finds work for ever")

    def _count_pruned(self, requests: int) -> None:
        self.pruned += requests

    async def _prepare(self, store: SqliteStore) -> None:
        target = CallbackTarget(url="https://customer.example/status")
        self.account = await store.create_account("acme", AccountSettings(), at=NOON)
        await store.buy_credit(self.account.account_id, CREDIT_AT_FIRST, note="", at=NOON)
        self.resending = await store.create_connection(
            self.account.account_id, "resending", ConnectionSettings(callback=target), at=NOON
        )
        self.sending_once = await store.create_connection(
            self.account.account_id,
            "sending once",
            ConnectionSettings(callback=target, doubt=DoubtPolicy.UNKNOWN),
            at=NOON,
        )
        carrier = await store.create_carrier("carrier", {})
        await store.add_route("27", carrier.carrier_id)
        await store.set_rate("27", RATE)

    async def crash(self) -> None:
        """Go on from what is on disk, with nothing else: what kill -9 leaves behind, and a new process finds."""
        self.crashes += 1
        image = self.folder.with_name(f"{self.folder.name.partition('-')[0]}-{self.crashes}")
        image.mkdir()
        for name in ("angarium.db", "angarium.db-wal"):
            if (self.folder / name).exists():
                shutil.copyfile(self.folder / name, image / name)
        await self.store.close()
        self.folder = image
        await self.start()

    # --- what customers do

    def caller(self, connection: ApiConnection | None = None) -> Caller:
        """The account's program, through its usual connection."""
        return Caller(self.account, connection or self.resending)

    async def send(
        self, text: str = "Hello", *, to: Sequence[int] = (RECIPIENT,), once: bool = False, **parameters: Any
    ) -> list[int]:
        """Send to recipients that are all accepted; the ids of their messages."""
        request = SendRequest(
            recipients=tuple(map(str, to)), content=Content.of_text(text), segments_max=10, **parameters
        )
        outcome = await self.ask(request, once=once)
        assert not isinstance(outcome, Refusal)
        assert all(isinstance(result, Accepted) for result in outcome)
        return [result.message_id for result in outcome if isinstance(result, Accepted)]

    async def ask(self, request: SendRequest, *, once: bool = False, retry: Once | None = None) -> Any:
        """Hand one request to the door; its outcome."""
        caller = self.caller(self.sending_once if once else None)
        (outcome,) = await self.intake.accept([Call(caller, request, retry)])
        return outcome

    async def stop(self, message_id: int) -> int:
        """Stop a message; the status the customer is told."""
        store: Any = self.store
        return (await stop(message_id, caller=self.caller(), store=store, now=self.clock.now())).status_code

    async def view(self, message_id: int) -> MessageView:
        """One message as it stands."""
        view = await self.store.message(message_id)
        assert view is not None
        return view

    async def journal(self, message_id: int) -> list[tuple[str, dict[str, Any]]]:
        """What happened to a message out of the ordinary: kinds and details."""
        return [(str(event.kind), dict(event.detail)) for event in await self.store.events(message_id)]

    async def accounted_receipts(self, message_ids: Sequence[int]) -> int:
        """Receipts that settled a copy of a segment, stand in a journal of these messages, or are orphans."""
        settled = self.store._read(
            "SELECT count(*) FROM segments WHERE awaits = 0 AND receipt_cause <> ?", int(Cause.RECEIPT_UNKNOWN)
        )
        noted = [len(await self.effects(message_id)) for message_id in message_ids]
        return int(settled[0][0]) + sum(noted) + len(await self.store.orphans(limit=10_000))

    async def effects(self, message_id: int) -> list[str]:
        """The receipts in its journal, by effect."""
        return [detail["effect"] for kind, detail in await self.journal(message_id) if kind == "receipt"]

    async def status(self, message_id: int) -> int:
        """The status a customer sees, 4 for 004."""
        return status_of(await self.view(message_id), now=self.clock.now()).status_code

    async def charge(self, message_id: int) -> Credits:
        """The charge a customer sees."""
        return status_of(await self.view(message_id), now=self.clock.now()).charge

    async def balance(self) -> Balance:
        """Where the account's money is."""
        balance: Balance = await self.store.balance(self.account.account_id)
        return balance

    # --- what the carrier does

    async def submit(self) -> list[Submission]:
        """Run the submit leg until it has nothing to do; the segments that the carrier took."""
        before = len(self.carrier.taken)
        for _ in range(ROUNDS_MAX):
            if not await self.dispatch.run_once():
                return self.carrier.taken[before:]
        raise AssertionError("the submit leg finds work for ever")

    async def submit_one(self) -> Submission:
        """The same, for exactly one segment."""
        (submission,) = await self.submit()
        return submission

    async def answer(self, *replies: Reply) -> None:
        """Settle these replies in one commit."""
        await self.dispatch.settle(replies)

    async def deliver(self, *receipts: CarrierReceipt) -> None:
        """Settle these receipts in one commit."""
        await self.receipts.settle(self.carrier.carrier_id, receipts)

    async def pass_time(self, milliseconds: int) -> None:
        """Set the clock on and let housekeeping see it."""
        self.clock.at += milliseconds
        await self.keep_house()

    async def keep_house(self) -> None:
        """Run housekeeping until it has nothing to do."""
        for _ in range(ROUNDS_MAX):
            if not await self.housekeeping.run_once():
                return
        raise AssertionError("housekeeping finds work for ever")

    # --- what handsets do

    async def own(self, number: str, connection: ApiConnection, *, keyword: str = "", **settings: Any) -> None:
        """Give a number, or a keyword on it, to a connection."""
        await self.store.add_number(
            number, connection.connection_id, keyword=keyword, carrier_id=None, settings=NumberSettings(**settings)
        )
        await self.tables.refresh(cast("Any", self.store))

    async def want_replies(self, connection: ApiConnection, **target: Any) -> None:
        """Give a connection a reply URL."""
        reply = ReplyTarget(**{"url": "https://customer.example/reply", **target})
        await self.store.change_connection(connection.connection_id, replace(connection.settings, reply=reply))
        await self.tables.refresh(cast("Any", self.store))

    async def hear(self, text: str, *, sender: str = str(RECIPIENT), to: str = TWO_WAY) -> None:
        """A handset sends a text, its parts in order."""
        await self.arrive(*typed(text, sender=sender, to=to))

    async def arrive(self, *segments: InboundSegment) -> None:
        """The carrier brings these segments together."""
        await self.inbound.keep(self.carrier.carrier_id, segments)

    async def inbox(self, **wanted: Any) -> list[InboundView]:
        """What handsets have sent, oldest first."""
        views: list[InboundView] = await self.store.inbound_messages(limit=1_000, **wanted)
        return views[::-1]

    async def texts(self, **wanted: Any) -> list[str]:
        """The same; only what they say."""
        return [view.content.text() for view in await self.inbox(**wanted) if view.content is not None]

    async def push(self) -> list[Delivery[InboundNotification]]:
        """Run the leg of inbound messages until it has nothing to do; what is under way to the customer."""
        before = len(self.reader.under_way)
        for _ in range(ROUNDS_MAX):
            if not await self.notify_inbound.run_once():
                return self.reader.under_way[before:]
        raise AssertionError("the leg of inbound messages finds work for ever")

    # --- what the customer is told

    async def tell(self) -> list[Delivery]:
        """Run the notify leg until it has nothing to do; what is under way to the customer."""
        before = len(self.customer.under_way)
        for _ in range(ROUNDS_MAX):
            if not await self.notify.run_once():
                return self.customer.under_way[before:]
        raise AssertionError("the notify leg finds work for ever")

    async def hear_all(self) -> list[int]:
        """Let the customer take everything that is due now; the status numbers in order."""
        heard: list[int] = []
        for _ in range(ROUNDS_MAX):
            deliveries = await self.tell()
            if not deliveries:
                return heard
            heard += [delivery.notification.status_code for delivery in deliveries]
            await self.notify.settle([taken(delivery) for delivery in deliveries])
        raise AssertionError("the notify leg finds work for ever")


@asynccontextmanager
async def open_gateway(folder: Path, clock: SetClock | None = None) -> AsyncIterator[Gateway]:
    """A new gateway with one account, one carrier, one route and one rate, in a folder of its own."""
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - before anything runs
    gateway = Gateway(folder, clock or SetClock())
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.store.close()


def typed(text: str, *, sender: str = str(RECIPIENT), to: str = TWO_WAY, reference: int = 7) -> list[InboundSegment]:
    """A text as a handset sends it: one segment, or several that are numbered."""
    return [
        InboundSegment(sender, to, user_data, numbering_of(user_data.udh))
        for user_data in segment(Content.of_text(text), reference=reference)
    ]


def accepted(submission: Submission, carrier_message_id: str = "A1") -> Reply:
    """The carrier took it, and names it so."""
    return Reply(submission, Answer.ACCEPTED, carrier_message_id, carrier_message_id.lower())


def busy(submission: Submission) -> Reply:
    """The carrier is throttling (ESME_RTHROTTLED)."""
    return Reply(submission, Answer.BUSY, cause=Cause.CARRIER_BUSY, error=0x58)


def failed_for_now(submission: Submission) -> Reply:
    """The carrier has a passing trouble (ESME_RSYSERR)."""
    return Reply(submission, Answer.FAILED_FOR_NOW, cause=Cause.CARRIER_FAILED_FOR_NOW, error=0x08)


def rejected(submission: Submission, cause: Cause = Cause.REFUSED_RECIPIENT) -> Reply:
    """The carrier will never take it (ESME_RINVDSTADR)."""
    return Reply(submission, Answer.REJECTED, cause=cause, error=0x0B)


def in_doubt(submission: Submission, *, killed_link: bool = False) -> Reply:
    """The answer never came."""
    return Reply(submission, Answer.IN_DOUBT, cause=Cause.IN_DOUBT_RESENT, killed_link=killed_link)


def unsent(submission: Submission) -> Reply:
    """Handed back before it was written to a link."""
    return Reply(submission, Answer.UNSENT, cause=Cause.RETURNED_UNSENT)


def receipt(
    carrier_message_id: str = "A1",
    cause: Cause | None = Cause.RECEIPT_DELIVERED,
    *,
    recipient: str = str(RECIPIENT),
    error: str = "000",
) -> CarrierReceipt:
    """What the carrier says of a segment it took."""
    return CarrierReceipt(carrier_message_id, carrier_message_id.lower(), cause, recipient, error)


def taken(delivery: Delivery[Any]) -> Attempt[Any]:
    """The customer's endpoint answered 200."""
    return Attempt(delivery, ok=True, status=200, answer=b"thanks", error="", elapsed_ms=5)


def not_taken(delivery: Delivery[Any]) -> Attempt[Any]:
    """The customer's endpoint answered 500."""
    return Attempt(delivery, ok=False, status=500, answer=b"", error="", elapsed_ms=SECOND_MS)
