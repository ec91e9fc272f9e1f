"""Tallies are read as they were written, each account's own, and counting goes on where it stopped."""

from __future__ import annotations

from collections import Counter

from angarium.core.message_ids import first_message_id
from angarium.core.states import Cause, State
from angarium.core.tallies import BIN_FIRST_MS, BUCKET_MS, Tally
from angarium.ports.store import Tx
from tests.contract.stage import NOON, RATE, Stage, move

DELIVERED = (State.DELIVERED, Cause.RECEIPT_DELIVERED)
AT = NOON - NOON % BUCKET_MS


def tally(count: int) -> Tally:
    """So many delivered messages."""
    return Tally(Counter({DELIVERED: count}), count * RATE, Counter({3: count}))


async def write(
    stage: Stage, at: int, tallies: dict[int, Tally], *, look_at: int | None = None, keep_since: int = 0
) -> None:
    """Write a bucket."""

    async def work(tx: Tx) -> None:
        await tx.set_tallies(at, tallies, look_at=look_at, counted_to=at + BUCKET_MS, keep_since=keep_since)

    await stage.store.write(work)


async def test_tallies_are_read_by_account_and_time(stage: Stage) -> None:
    """Oldest first; a bucket that is written again is replaced."""
    store = stage.store
    await write(stage, AT, {1: tally(1), 2: tally(5)})
    await write(stage, AT + BUCKET_MS, {1: tally(2)})
    await write(stage, AT, {1: tally(3)})

    assert await store.tallies(1, since=AT, until=AT + 2 * BUCKET_MS) == {AT: tally(3), AT + BUCKET_MS: tally(2)}
    assert await store.tallies(1, since=AT + 1, until=AT + BUCKET_MS) == {}
    assert await store.tallies(2, since=0, until=AT + BUCKET_MS) == {AT: tally(5)}
    assert await store.last_tally(1, before=AT + 2 * BUCKET_MS) == AT + BUCKET_MS
    assert await store.last_tally(1, before=AT) is None


async def test_counting_goes_on_where_it_stopped(stage: Stage) -> None:
    """The store knows how far it has come, and which buckets are to be looked at again."""
    first = await stage.store.tally_marks()
    await write(stage, AT, {1: tally(1)}, look_at=AT + 7)
    await write(stage, AT + BUCKET_MS, {}, look_at=AT + 9)
    await write(stage, AT, {1: tally(1)}, look_at=None)

    assert (first.counted_to, first.looks) == (None, {})
    assert await stage.store.tally_marks() == (AT + BUCKET_MS, {AT + BUCKET_MS: AT + 9})


async def test_old_tallies_are_dropped(stage: Stage) -> None:
    """Of accounts that get a new one."""
    await write(stage, AT, {1: tally(1), 2: tally(1)})
    await write(stage, AT + BUCKET_MS, {1: tally(1)}, keep_since=AT + 1)

    assert list(await stage.store.tallies(1, since=0, until=AT + 2 * BUCKET_MS)) == [AT + BUCKET_MS]
    assert list(await stage.store.tallies(2, since=0, until=AT + 2 * BUCKET_MS)) == [AT]


async def test_what_is_counted_of_messages(stage: Stage) -> None:
    """A range of ids, in their order, no more than asked for."""
    (one, two, three) = await stage.send("a1", "a2", "a3")

    rows = await stage.store.messages_to_tally(first_id=one, before_id=three, limit=10)

    assert [row[0] for row in rows] == [one, two]
    assert rows[0][1:] == (stage.account_id, State.SUBMITTED, Cause.CARRIER_ACCEPTED, RATE, 1, BIN_FIRST_MS)
    assert len(await stage.store.messages_to_tally(first_id=0, before_id=three + 1, limit=2)) == 2


async def test_how_long_a_delivery_took_is_told_with_it(stage: Stage) -> None:
    """In milliseconds from acceptance, which the id tells; nothing finer than the first bin."""
    stage.next_id = first_message_id(NOON)
    (slow, quick) = await stage.queue(2)
    delivered = {"state": State.DELIVERED, "cause": Cause.RECEIPT_DELIVERED, "sent_mask": 1}
    moves = [move(slow, changed_at=NOON + 3_000, **delivered), move(quick, changed_at=NOON + 40, **delivered)]
    await stage.store.write(lambda tx: tx.move_messages(moves))

    rows = await stage.store.messages_to_tally(first_id=slow, before_id=quick + 1, limit=10)

    assert [row[-1] for row in rows] == [3_000, BIN_FIRST_MS]
