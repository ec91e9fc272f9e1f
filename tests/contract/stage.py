"""What the tests of stores act on: a place, a store with something in it, and rows made in a line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from angarium.core.account import AccountSettings, ConnectionSettings
from angarium.core.charge import LedgerMove
from angarium.core.clocktime import DAY_MS, MINUTE_MS, UnixMs
from angarium.core.credit import CREDIT, Credits
from angarium.core.message import Priority
from angarium.core.states import Cause, State
from angarium.ports.admin import Admin
from angarium.ports.orphans import Orphan
from angarium.ports.store import (
    Claim,
    MessageView,
    Move,
    NewMessage,
    NewRequest,
    Owed,
    Receipted,
    SentSegment,
    Settled,
    Store,
    Tx,
)
from angarium.text.segments import Content

T = TypeVar("T")

NOON: UnixMs = 1_790_000_000_000
LEASE_MS = 5 * MINUTE_MS
RATE: Credits = 8 * CREDIT // 10
CREDIT_AT_FIRST: Credits = 100 * CREDIT
RECIPIENT = 27990000001
FIRST_ID = 1_000_000


class AnyStore(Store, Admin, Protocol):
    """A store with both its ports."""


class Place:
    """Opens stores that share what they keep, as several processes or one after the other would."""

    def __init__(self, open_one: Callable[[], Awaitable[AnyStore]]) -> None:
        self._open_one = open_one
        self._opened: list[AnyStore] = []

    async def open(self) -> AnyStore:
        """Another store at this place."""
        store = await self._open_one()
        self._opened.append(store)
        return store

    async def close(self, store: AnyStore) -> None:
        """Close one of them."""
        self._opened.remove(store)
        await store.close()

    async def close_all(self) -> None:
        """Close those that are open still."""
        while self._opened:
            await self.close(self._opened[-1])

    async def reopen(self, store: AnyStore) -> AnyStore:
        """Close it and open it again, as a restart does."""
        await self.close(store)
        return await self.open()


class Stage:
    """A store with an account, its connection, a carrier and credit, and short ways to put messages into it."""

    def __init__(self, store: AnyStore, account_id: int, connection_id: int, carrier_id: int) -> None:
        self.store = store
        self.account_id = account_id
        self.connection_id = connection_id
        self.carrier_id = carrier_id
        self.next_id = FIRST_ID

    @classmethod
    async def set_up(cls, store: AnyStore) -> Stage:
        """Make what messages need."""
        carrier = await store.create_carrier("carrier", {})
        account_id, connection_id = await add_account(store, "acme")
        return cls(store, account_id, connection_id, carrier.carrier_id)

    async def queue(self, count: int = 1, *, shared: dict[str, Any] | None = None, **changes: Any) -> list[int]:
        """Accept one request of so many messages; `shared` changes the request, `changes` each message."""
        first, self.next_id = self.next_id, self.next_id + count
        request = self.request(first, **(shared or {}))
        messages = [self.message(first + at, request_id=first, **changes) for at in range(count)]

        async def accept(tx: Tx) -> None:
            await tx.add_requests([request])
            await tx.add_messages(messages)

        await self.store.write(accept)
        return [message.message_id for message in messages]

    def request(self, request_id: int, **changes: Any) -> NewRequest:
        """A request of one segment, with these changes."""
        request = NewRequest(
            request_id=request_id,
            account_id=self.account_id,
            connection_id=self.connection_id,
            client_message_id=None,
            sender="Angarium",
            content=Content.of_text("Hello"),
            flash=False,
            segments=1,
            callback=7,
            accepted_at=NOON,
            expires_at=NOON + DAY_MS,
            repeats=False,
            check_at=NOON + DAY_MS,
        )
        return request._replace(**changes)

    def message(self, message_id: int, **changes: Any) -> NewMessage:
        """A message that is due now, with these changes."""
        message = NewMessage(
            message_id=message_id,
            request_id=message_id,
            account_id=self.account_id,
            carrier_id=self.carrier_id,
            recipient=RECIPIENT,
            priority=Priority.LOW,
            cause=Cause.ACCEPTED,
            due_at=NOON,
            rate=RATE,
            segments=1,
            accepted_at=NOON,
        )
        return message._replace(**changes)

    async def claim(
        self, limit: int = 100, *, now: UnixMs = NOON, lease_ms: int = LEASE_MS, carrier_id: int | None = None
    ) -> list[Claim]:
        """Claim what is due."""
        carrier_id = carrier_id or self.carrier_id
        return await self.store.write(
            lambda tx: tx.claim_due(carrier_id, limit=limit, now=now, lease_until=now + lease_ms)
        )

    async def claimed_ids(self, limit: int = 100, **parameters: Any) -> list[int]:
        """The same; only the ids."""
        return [claim.message_id for claim in await self.claim(limit, **parameters)]

    async def stale_ids(self, *, now: UnixMs, limit: int = 100, carrier_id: int | None = None) -> list[int]:
        """Ids of messages whose lease has run out."""
        carrier_id = carrier_id or self.carrier_id
        claims = await self.store.write(lambda tx: tx.claim_stale(carrier_id, limit=limit, now=now))
        return [claim.message_id for claim in claims]

    async def move(self, *moves: Move) -> list[Move]:
        """Move messages; those moves that applied."""
        return await self.store.write(lambda tx: tx.move_messages(moves))

    async def end(self, *message_ids: int, state: State = State.CANCELLED) -> None:
        """Take queued messages to a final state."""
        await self.move(*(move(message_id, state=state) for message_id in message_ids))

    async def view(self, message_id: int) -> MessageView:
        """A message as committed last."""
        view = await self.store.message(message_id)
        assert view is not None
        return view

    async def send(self, *match_ids: str, **changes: Any) -> list[int]:
        """Queue one message for each id and let the carrier take it under that id."""
        message_ids = await self.queue(len(match_ids))
        sent = [
            self.sent(message_id, match_id, **changes)
            for message_id, match_id in zip(message_ids, match_ids, strict=True)
        ]

        async def submit(tx: Tx) -> None:
            await tx.move_messages(
                [
                    move(message_id, state=State.SUBMITTED, cause=Cause.CARRIER_ACCEPTED, sent_mask=1)
                    for message_id in message_ids
                ]
            )
            await tx.add_sent_segments(sent)

        await self.store.write(submit)
        return message_ids

    def sent(self, message_id: int, match_id: str, **changes: Any) -> SentSegment:
        """The carrier's acceptance of a segment."""
        return SentSegment(message_id, 0, self.carrier_id, match_id.upper(), match_id, NOON)._replace(**changes)

    def orphan(self, match_id: str, **changes: Any) -> Orphan:
        """A receipt whose segment is not known."""
        receipt = Orphan(
            self.carrier_id, match_id, match_id.upper(), Cause.RECEIPT_DELIVERED, str(RECIPIENT), "000", NOON
        )
        return receipt._replace(**changes)

    def owed(self, message_id: int, **changes: Any) -> Owed:
        """Word of a delivery."""
        return Owed(self.connection_id, message_id, 4, RATE, NOON)._replace(**changes)


async def add_account(store: AnyStore, name: str, *, credit: Credits = CREDIT_AT_FIRST) -> tuple[int, int]:
    """An account with a connection and some credit; the ids of both."""
    account = await store.create_account(name, AccountSettings(), at=NOON)
    connection = await store.create_connection(account.account_id, "shop", ConnectionSettings(), at=NOON)
    if credit:
        await store.buy_credit(account.account_id, credit, note="at first", at=NOON)
    return account.account_id, connection.connection_id


def move(message_id: int, **changes: Any) -> Move:
    """A move of a queued message to `cancelled`, with these changes."""
    stopped = Move(message_id, State.QUEUED, State.CANCELLED, Cause.STOPPED, NOON, 0, 0, 0, 0, "", NOON)
    return stopped._replace(**changes)


def receipted(message_id: int, **changes: Any) -> Receipted:
    """A receipt that says of the only segment: delivered."""
    delivered = Receipted(
        message_id=message_id,
        segment_no=0,
        copy_no=0,
        awaits_more=False,
        receipt_at=NOON + 1,
        stat="",
        cause=Cause.RECEIPT_DELIVERED,
        error="000",
        changed_at=NOON + 1,
        delivered_mask=0b1,
        state=State.DELIVERED,
        before=State.SUBMITTED,
    )
    return delivered._replace(**changes)


def settled(notification_id: int, **changes: Any) -> Settled:
    """A first attempt that the customer took."""
    taken = Settled(notification_id, 1, NOON, True, 200, b"thanks", "", 5, None)
    return taken._replace(**changes)


def reserve(account_id: int, amount: Credits) -> LedgerMove:
    """From free to reserved."""
    return LedgerMove(account_id, -amount, amount, 0)


async def reserve_in(store: AnyStore, account_id: int, amount: Credits) -> None:
    """Reserve an amount of an account's free credit."""
    await store.write(lambda tx: tx.move_credit([reserve(account_id, amount)]))


async def outcomes(*works: Coroutine[Any, Any, T] | Awaitable[T]) -> list[T | BaseException]:
    """What becomes of works that are asked for in one turn of the loop: values, or the exceptions they end with."""
    return await asyncio.gather(*works, return_exceptions=True)
