"""What only SQLite's own tables show: how much a verb costs, and what it keeps that no verb reads back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import apsw

from angarium.core.clocktime import DAY_MS
from angarium.core.states import Cause, State
from angarium.ports.store import Tx
from angarium.stores.sqlite.store import SqliteStore
from tests.contract.stage import NOON, RECIPIENT, Stage, add_account, move, receipted, settled

MANY = 300


def rows(store: SqliteStore, statement: str) -> list[tuple[Any, ...]]:
    """What is in the file."""
    return list(store._reader.execute(statement))


async def statements(store: SqliteStore, work: Callable[[Tx], Awaitable[Any]]) -> list[str]:
    """The statements that a work runs, those of triggers and subqueries not counted."""
    ran: list[str] = []

    def note(_: apsw.Cursor, statement: str, bindings: object) -> bool:
        ran.append(statement)
        return True

    async def watched(tx: Tx) -> None:
        store._database.exec_trace = note
        try:
            await work(tx)
        finally:
            store._database.exec_trace = None

    await store.write(watched)
    return ran


# --- what a verb costs


async def test_a_claim_costs_the_same_for_many_messages_as_for_one(store: SqliteStore, stage: Stage) -> None:
    """A few statements for each account and round, however many messages they take (delivery 1.6)."""
    await stage.queue(MANY)
    costs = []
    for limit in (1, 100, MANY):

        async def claim(tx: Tx, limit: int = limit) -> None:
            await tx.claim_due(stage.carrier_id, limit=limit, now=NOON, lease_until=NOON)

        costs.append(len(await statements(store, claim)))

    assert max(costs) <= 8


async def test_moves_that_are_alike_go_together(store: SqliteStore, stage: Stage) -> None:
    """Two statements for a batch of settled messages, not two for each."""
    message_ids = await stage.queue(MANY)
    moves = [move(message_id) for message_id in message_ids]

    assert len(await statements(store, lambda tx: tx.move_messages(moves))) == 2


async def test_receipts_that_are_alike_move_their_messages_together(store: SqliteStore, stage: Stage) -> None:
    """Each segment is settled by itself; the messages go in one statement."""
    message_ids = await stage.send(*map(str, range(MANY)))
    receipts = [receipted(message_id) for message_id in message_ids]

    ran = await statements(store, lambda tx: tx.settle_receipts(receipts))

    assert sum(statement.startswith("UPDATE messages") for statement in ran) == 1


async def test_looking_for_orphans_is_one_look_when_there_are_none(store: SqliteStore, stage: Stage) -> None:
    """Nearly always none has come too early: the answer of the fast path is short."""
    ids = [str(number) for number in range(MANY)]

    assert len(await statements(store, lambda tx: tx.take_orphans(stage.carrier_id, ids))) == 1


async def test_accounts_that_wait_for_a_later_time_do_not_make_a_claim_dear(store: SqliteStore, stage: Stage) -> None:
    """One statement finds who has something due, whoever else is in the queue."""
    for at in range(30):
        account_id, _ = await add_account(store, f"account {at}", credit=0)
        await stage.queue(account_id=account_id, shared={"account_id": account_id}, due_at=NOON + DAY_MS)
    await stage.queue()

    ran = await statements(store, lambda tx: tx.claim_due(stage.carrier_id, limit=10, now=NOON, lease_until=NOON + 1))

    assert len(ran) <= 8


# --- what is kept


async def test_every_attempt_of_a_notification_is_kept(store: SqliteStore, stage: Stage) -> None:
    """Time, status, duration and first octets of the answer, for the customer to see (delivery 5)."""
    (message_id,) = await stage.queue()
    await store.write(lambda tx: tx.owe([stage.owed(message_id)]))
    attempts = [
        settled(1, ok=False, status=0, answer=b"", error="no answer", at=NOON, elapsed_ms=10_000, due_at=NOON + 5),
        settled(1, attempt_no=2, ok=True, status=200, answer=b"\0thanks", at=NOON + 5, elapsed_ms=7),
    ]
    await store.write(lambda tx: tx.settle_notifications(attempts))

    kept = rows(store, "SELECT attempt_no, at, status, elapsed_ms, answer, error FROM notification_attempts")
    assert kept == [(1, NOON, 0, 10_000, b"", "no answer"), (2, NOON + 5, 200, 7, b"\0thanks", "")]
    assert rows(store, "SELECT attempts, done, due_at FROM notifications") == [(2, 1, None)]


async def test_an_attempt_that_is_settled_twice_is_kept_once(store: SqliteStore, stage: Stage) -> None:
    """A settlement that is tried again, because nobody knows whether it was kept, does no harm."""
    (message_id,) = await stage.queue()
    await store.write(lambda tx: tx.owe([stage.owed(message_id)]))

    for _ in range(2):
        await store.write(lambda tx: tx.settle_notifications([settled(1)]))

    assert rows(store, "SELECT count(*), max(attempt_no) FROM notification_attempts") == [(1, 1)]


async def test_a_segment_keeps_what_was_said_of_it(store: SqliteStore, stage: Stage) -> None:
    """The carrier's own id stays for whoever asks, with the receipt's moment, word and error."""
    (message_id,) = await stage.send("a1")

    await store.write(
        lambda tx: tx.settle_receipts(
            [
                receipted(
                    message_id,
                    state=State.UNDELIVERED,
                    cause=Cause.RECEIPT_UNDELIVERABLE,
                    delivered_mask=0,
                    error="011",
                    receipt_at=NOON + 9,
                )
            ]
        )
    )

    kept = rows(store, "SELECT carrier_message_id, awaits, receipt_at, receipt_cause, error FROM segments")
    assert kept == [("A1", 0, NOON + 9, int(Cause.RECEIPT_UNDELIVERABLE), "011")]


async def test_a_request_whose_content_was_erased_is_still_a_request(store: SqliteStore, stage: Stage) -> None:
    """Accounts stay in order when texts are gone: what it says is empty, and for display it is nothing."""
    (message_id,) = await stage.queue()
    store._database.execute("UPDATE requests SET udh = NULL, payload = NULL")

    (request,) = await store.write(lambda tx: tx.requests([message_id]))

    assert (request.content.payload, request.content.udh, request.segments) == (b"", b"", 1)
    assert await store.message_text(message_id) is None
    assert (await stage.view(message_id)).recipient == RECIPIENT


async def test_what_has_left_the_queue_costs_the_queue_nothing(store: SqliteStore, stage: Stage) -> None:
    """The index that claims go by holds queued and submitting messages only."""
    message_ids = await stage.queue(10)
    await stage.end(*message_ids[:4])
    await stage.move(move(message_ids[4], state=State.SUBMITTED, cause=Cause.CARRIER_ACCEPTED))
    await stage.claim(2)

    (entries,) = rows(store, "SELECT count(*) FROM messages INDEXED BY messages_waiting WHERE state < 2")

    assert entries == (5,)
