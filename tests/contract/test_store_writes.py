"""A write is kept whole, on disk, when it returns; or nothing of it is there."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from angarium.core.clocktime import NEVER
from angarium.core.states import State
from angarium.ports.store import StoreUnavailable, Tx
from tests.contract.stage import (
    NOON,
    AnyStore,
    Place,
    Stage,
    add_account,
    move,
    outcomes,
    reserve,
    reserve_in,
)


class Broken(Exception):
    """What a work says that goes wrong."""


async def fail(tx: Tx) -> None:
    """A work that goes wrong at once."""
    raise Broken


async def test_a_write_returns_the_value_of_its_work(stage: Stage) -> None:
    """Whatever the work found in its transaction comes back."""
    assert await stage.store.write(lambda tx: tx.free_credit(stage.account_id)) == 100_000_000


async def test_what_was_written_can_be_read_at_once(stage: Stage) -> None:
    """Reads of the same store see the last commit."""
    (message_id,) = await stage.queue()

    assert (await stage.view(message_id)).message_id == message_id


async def test_what_was_written_is_there_for_everybody(place: Place, stage: Stage) -> None:
    """When a write returns, another process sees it: it is committed, not on its way (delivery 1.1)."""
    other = await place.open()

    (message_id,) = await stage.queue()

    assert await other.message(message_id) is not None


async def test_a_restart_finds_everything(place: Place, stage: Stage) -> None:
    """Messages, money and settings outlive the process (delivery 1.1, 4.6)."""
    message_ids = await stage.queue(3)
    balance = await stage.store.balance(stage.account_id)

    store = await place.reopen(stage.store)

    assert [(await store.message(message_id) is not None) for message_id in message_ids] == [True] * 3
    assert await store.balance(stage.account_id) == balance
    assert [account.name for account in await store.accounts()] == ["acme"]
    assert [carrier.name for carrier in await store.carriers()] == ["carrier"]


async def test_an_exception_of_a_work_is_raised_to_its_owner(store: AnyStore) -> None:
    """It comes back as it was raised, not wrapped."""
    with pytest.raises(Broken):
        await store.write(fail)


async def test_an_exception_undoes_the_whole_work(stage: Stage) -> None:
    """Nothing of a work that failed at its end is there, not even its first steps."""

    async def work(tx: Tx) -> None:
        await tx.move_credit([reserve(stage.account_id, 5)])
        await tx.add_requests([stage.request(7)])
        await tx.add_messages([stage.message(7)])
        raise Broken

    with pytest.raises(Broken):
        await stage.store.write(work)

    assert await stage.store.message(7) is None
    assert (await stage.store.balance(stage.account_id)).reserved == 0
    assert await stage.claim() == []


async def test_an_exception_undoes_no_other_work(stage: Stage) -> None:
    """Works that wait at the same moment share a commit, and none pays for another's mistake."""
    messages = [stage.message(number) for number in (7, 8, 9)]

    async def accept(tx: Tx, at: int) -> int:
        await tx.add_requests([stage.request(messages[at].message_id)])
        await tx.add_messages([messages[at]])
        if at == 1:
            raise Broken
        return at

    found = await outcomes(*(stage.store.write(partial(accept, at=at)) for at in range(3)))

    assert [type(outcome) for outcome in found] == [int, Broken, int]
    assert [(await stage.store.message(each.message_id) is not None) for each in messages] == [True, False, True]


async def test_a_failed_statement_undoes_its_own_work_alone(stage: Stage) -> None:
    """Not only what a work raises itself: an overdraft of one leaves the neighbours' moves alone."""
    found = await outcomes(*(reserve_in(stage.store, stage.account_id, amount) for amount in (1, 10**15, 2)))

    assert [isinstance(outcome, Exception) for outcome in found] == [False, True, False]
    assert (await stage.store.balance(stage.account_id)).reserved == 3


async def test_the_next_write_is_as_if_nothing_had_been(stage: Stage) -> None:
    """A failed work leaves the store as usable as before."""
    await outcomes(stage.store.write(fail))

    (message_id,) = await stage.queue()

    assert await stage.claimed_ids() == [message_id]


async def test_a_work_sees_what_it_has_done(stage: Stage) -> None:
    """Within a transaction reads include its own changes."""

    async def work(tx: Tx) -> tuple[int, State, int]:
        await tx.move_credit([reserve(stage.account_id, 30)])
        await tx.add_requests([stage.request(7)])
        await tx.add_messages([stage.message(7)])
        claims = await tx.claim_due(stage.carrier_id, limit=1, now=NOON, lease_until=NOON + 1)
        views = await tx.messages([7])
        return await tx.free_credit(stage.account_id), views[7].state, claims[0].message_id

    assert await stage.store.write(work) == (99_999_970, State.SUBMITTING, 7)


async def test_works_of_one_moment_do_not_spend_the_same_credit(stage: Stage) -> None:
    """Each sees what those before it did: of ten who want a third, three get it (delivery 1.5)."""
    third = 33_000_000

    async def take(tx: Tx) -> bool:
        if await tx.free_credit(stage.account_id) < third:
            return False
        await tx.move_credit([reserve(stage.account_id, third)])
        return True

    found = await outcomes(*(stage.store.write(take) for _ in range(10)))

    assert sorted(map(bool, found)) == [False] * 7 + [True] * 3
    assert (await stage.store.balance(stage.account_id)).free == 1_000_000


async def test_several_processes_write_side_by_side(place: Place, stage: Stage) -> None:
    """Two writers at one place take turns; every write is kept."""
    other = await place.open()

    found = await outcomes(
        *(reserve_in(store, stage.account_id, 1) for _ in range(10) for store in (stage.store, other))
    )

    assert found == [None] * 20
    assert (await other.balance(stage.account_id)).reserved == 20


async def test_giving_up_the_wait_does_not_give_up_the_work(stage: Stage) -> None:
    """A customer who hangs up may still find that the message was accepted."""
    waiting = asyncio.create_task(stage.queue())
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.wait([waiting])
    await stage.store.write(lambda tx: tx.free_credit(stage.account_id))

    assert waiting.cancelled()
    assert len(await stage.claim()) == 1


async def test_closing_finishes_what_waits(place: Place, stage: Stage) -> None:
    """What was asked for before the end is on disk after it."""
    waiting = [asyncio.create_task(stage.queue()) for _ in range(3)]
    await asyncio.sleep(0)

    store = await place.reopen(stage.store)

    (depth,) = await store.queue_depths(depth_max=10)
    assert depth.depth == 3
    assert len(await asyncio.gather(*waiting)) == 3


async def test_a_closed_store_refuses(place: Place, stage: Stage) -> None:
    """After the end a write is refused with a sentence, not left waiting."""
    await place.close(stage.store)

    with pytest.raises(StoreUnavailable, match="closed"):
        await stage.queue()


async def test_a_large_batch_is_one_write(stage: Stage) -> None:
    """As many messages as a request may have, and more, go in and come out whole."""
    message_ids = await stage.queue(1_000)

    assert await stage.claimed_ids(limit=2_000) == message_ids
    assert len(await stage.store.write(lambda tx: tx.messages(message_ids))) == 1_000
    moves = [move(message_id, before=State.SUBMITTING) for message_id in message_ids]
    assert await stage.move(*moves) == moves


async def test_every_verb_takes_an_empty_batch(stage: Stage) -> None:
    """A leg that has nothing for a verb may call it all the same: it does nothing."""

    async def work(tx: Tx) -> list[object]:
        await tx.move_credit([])
        await tx.add_requests([])
        await tx.add_messages([])
        await tx.add_sent_segments([])
        await tx.settle_receipts([])
        await tx.keep_orphans([])
        await tx.keep_parts([])
        await tx.add_inbound([])
        await tx.settle_inbound([])
        await tx.opt_out([])
        await tx.opt_in([])
        await tx.owe([])
        await tx.settle_notifications([])
        await tx.release_notifications([], due_at=NOON)
        await tx.check_again([], check_at=NOON)
        return [
            await tx.requests([]),
            await tx.messages([]),
            await tx.move_messages([]),
            await tx.awaiting(stage.carrier_id, []),
            await tx.take_orphans(stage.carrier_id, []),
            await tx.opted_out([]),
        ]

    assert await stage.store.write(work) == [[], {}, [], [], [], set()]


async def test_an_empty_store_has_nothing_to_do(stage: Stage) -> None:
    """Everything that looks for work finds none."""

    async def work(tx: Tx) -> list[object]:
        return [
            await tx.claim_due(stage.carrier_id, limit=10, now=NEVER, lease_until=NEVER),
            await tx.claim_stale(stage.carrier_id, limit=10, now=NEVER),
            await tx.claim_notifications(stage.connection_id, limit=10, now=NEVER, lease_until=NEVER),
            await tx.requests_to_check(now=NEVER, limit=10),
            await tx.open_messages(1, limit=10),
            await tx.prune_orphans(before=NEVER, limit=10),
            await tx.end_leases(now=NOON),
        ]

    assert await stage.store.write(work) == [[], [], [], [], [], 0, 0]


async def test_two_accounts_are_two_accounts(store: AnyStore) -> None:
    """What one reserves the other still has."""
    first, _ = await add_account(store, "acme")
    second, _ = await add_account(store, "other")

    await reserve_in(store, first, 5)

    assert (await store.balance(first)).reserved == 5
    assert (await store.balance(second)).reserved == 0
