"""The row is the queue: claimed once, in a fair order, for as long as a lease runs."""

from __future__ import annotations

import asyncio
from itertools import chain

import pytest

from angarium.core.clocktime import DAY_MS, HOUR_MS
from angarium.core.message import Priority
from angarium.core.states import Cause, State
from angarium.ports.store import Claim, QueueDepth
from tests.contract.stage import (
    LEASE_MS,
    NOON,
    RATE,
    RECIPIENT,
    Place,
    Stage,
    add_account,
    move,
    settled,
)

HIGH, MIDDLE, LOW = Priority.HIGH, Priority.MIDDLE, Priority.LOW


# --- claiming


async def test_a_claim_says_what_submitting_needs(stage: Stage) -> None:
    """Everything that was queued, and why it was; the message itself is submitting until its lease ends."""
    (message_id,) = await stage.queue(cause=Cause.SCHEDULED, due_at=NOON - 5, segments=3)

    claims = await stage.claim()

    assert claims == [
        Claim(message_id, message_id, stage.account_id, RECIPIENT, NOON - 5, RATE, 3, 0, 0, 0, 0, Cause.SCHEDULED)
    ]
    view = await stage.view(message_id)
    assert (view.state, view.cause, view.due_at) == (State.SUBMITTING, Cause.CLAIMED, NOON + LEASE_MS)


async def test_a_claim_remembers_earlier_tries(stage: Stage) -> None:
    """A message that came back brings along what was taken, tried and doubted, and why it came back."""
    (message_id,) = await stage.queue(segments=3)
    await stage.claim()
    back = move(
        message_id,
        before=State.SUBMITTING,
        state=State.QUEUED,
        cause=Cause.LINK_LOST_RESENT,
        sent_mask=0b101,
        attempts=2,
        doubts=1,
        doubtful_mask=0b010,
    )
    await stage.move(back)

    (claim,) = await stage.claim()

    assert (claim.sent_mask, claim.attempts, claim.doubts, claim.cause) == (0b101, 2, 1, Cause.LINK_LOST_RESENT)
    assert claim.doubtful_mask == 0b010


@pytest.mark.parametrize(
    ("due_at", "is_due"), [(NOON - 1, True), (NOON, True), (NOON + 1, False), (NOON + DAY_MS, False)]
)
async def test_only_what_is_due_is_claimed(stage: Stage, due_at: int, is_due: bool) -> None:
    """A scheduled message is a queued one that is due later."""
    await stage.queue(due_at=due_at)

    assert len(await stage.claim(now=NOON)) == is_due


async def test_a_message_is_claimed_once(stage: Stage) -> None:
    """Not again by the same process, and not when its lease has run out: then it is stale, not due."""
    await stage.queue(3)

    assert len(await stage.claim()) == 3
    assert await stage.claim(now=NOON + DAY_MS) == []


async def test_two_processes_never_claim_the_same(place: Place, stage: Stage) -> None:
    """However they take turns, each message goes to one of them."""
    message_ids = await stage.queue(20)
    other = Stage(await place.open(), stage.account_id, stage.connection_id, stage.carrier_id)

    claimed = await asyncio.gather(*(each.claimed_ids(3) for _ in range(5) for each in (stage, other)))

    assert sorted(chain(*claimed)) == message_ids


async def test_a_carrier_gets_its_own_messages(stage: Stage) -> None:
    """What is queued for another carrier stays there."""
    other = (await stage.store.create_carrier("other", {})).carrier_id
    (ours,) = await stage.queue()
    (theirs,) = await stage.queue(carrier_id=other)

    assert await stage.claimed_ids() == [ours]
    assert await stage.claimed_ids(carrier_id=other) == [theirs]


@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_a_claim_takes_no_more_than_it_may(stage: Stage, limit: int) -> None:
    """The rest stays queued for the next."""
    message_ids = await stage.queue(7)

    first = await stage.claimed_ids(limit)

    assert len(first) == limit
    assert sorted(first + await stage.claimed_ids()) == message_ids


async def test_only_queued_messages_are_claimed(stage: Stage) -> None:
    """What was stopped or has ended is never sent."""
    stopped, expired, queued = await stage.queue(3)
    await stage.end(stopped, state=State.CANCELLED)
    await stage.end(expired, state=State.EXPIRED)

    assert await stage.claimed_ids() == [queued]


# --- order


async def test_priority_comes_first_within_an_account(stage: Stage) -> None:
    """1 before 2 before 3, however long the others have waited (rest-api 3, `userPriorityQueue`)."""
    (low,) = await stage.queue(priority=LOW, due_at=NOON - HOUR_MS)
    (middle,) = await stage.queue(priority=MIDDLE, due_at=NOON - 5)
    (high,) = await stage.queue(priority=HIGH, due_at=NOON)

    assert await stage.claimed_ids() == [high, middle, low]


async def test_a_higher_priority_does_not_make_a_message_due(stage: Stage) -> None:
    """One that is scheduled holds up none that is due."""
    await stage.queue(priority=HIGH, due_at=NOON + 1)
    (low,) = await stage.queue(priority=LOW)

    assert await stage.claimed_ids() == [low]


async def test_the_longest_due_comes_first_within_a_priority(stage: Stage) -> None:
    """Whenever it was accepted, the moment of being due decides."""
    due = {(await stage.queue(due_at=NOON - wait))[0]: wait for wait in (5, 500, 0, 50)}

    assert await stage.claimed_ids() == sorted(due, key=lambda message_id: -due[message_id])


async def test_a_limit_takes_the_first_of_that_order(stage: Stage) -> None:
    """A small claim takes the most urgent, not just any."""
    (late,) = await stage.queue(priority=MIDDLE, due_at=NOON)
    (early,) = await stage.queue(priority=MIDDLE, due_at=NOON - 5)
    (high,) = await stage.queue(priority=HIGH)

    assert [await stage.claimed_ids(1) for _ in range(3)] == [[high], [early], [late]]


async def test_a_message_that_keeps_its_place_comes_next(stage: Stage) -> None:
    """Back in the queue with the moment it was due, it is ahead of what was due later."""
    first, second = (await stage.queue(due_at=NOON - 5))[0], (await stage.queue())[0]
    await stage.claim(1)
    await stage.move(
        move(first, before=State.SUBMITTING, state=State.QUEUED, cause=Cause.CARRIER_BUSY, due_at=NOON - 5)
    )

    assert await stage.claimed_ids() == [first, second]


# --- fairness


async def queue_of_each(stage: Stage, *counts: int, **changes: object) -> list[int]:
    """So many messages for each of as many accounts; their ids, the first account's being the stage's."""
    accounts = [stage.account_id]
    accounts += [(await add_account(stage.store, f"account {at}"))[0] for at in range(1, len(counts))]
    for account_id, count in zip(accounts, counts, strict=True):
        if count:
            await stage.queue(count, account_id=account_id, shared={"account_id": account_id}, **changes)
    return accounts


def shares(claims: list[Claim], accounts: list[int]) -> list[int]:
    """How many each account got."""
    return [sum(claim.account_id == account_id for claim in claims) for account_id in accounts]


async def test_accounts_share_a_batch_evenly(stage: Stage) -> None:
    """One that queued a hundred times as much gets no more of a batch than the others."""
    accounts = await queue_of_each(stage, 300, 30, 3)

    assert shares(await stage.claim(9), accounts) == [3, 3, 3]


async def test_what_one_account_does_not_need_the_others_get(stage: Stage) -> None:
    """No room of a batch is left empty while anything is due."""
    accounts = await queue_of_each(stage, 100, 1, 100)

    first, small, last = shares(await stage.claim(31), accounts)

    assert (small, first + last) == (1, 30)
    assert abs(first - last) <= 2


async def test_batches_smaller_than_the_count_of_accounts_go_round(stage: Stage) -> None:
    """With room for one at a time every account has its turn before any has its second."""
    accounts = await queue_of_each(stage, 50, 2, 2, 2)

    taken = [(await stage.claim(1))[0].account_id for _ in range(8)]

    assert sorted(taken[:4]) == sorted(taken[4:]) == accounts


async def test_what_is_left_over_goes_round(stage: Stage) -> None:
    """No account gets the odd message every time."""
    accounts = await queue_of_each(stage, 100, 100, 100)

    taken = [await stage.claim(4) for _ in range(6)]

    assert shares([claim for claims in taken for claim in claims], accounts) == [8, 8, 8]


async def test_the_urgent_of_one_account_do_not_come_before_the_turn_of_another(stage: Stage) -> None:
    """Priority is an account's own order, not a way past the others."""
    await queue_of_each(stage, 10, 0, priority=HIGH)
    other, _ = await add_account(stage.store, "other")
    await stage.queue(10, account_id=other, shared={"account_id": other}, priority=LOW)

    assert shares(await stage.claim(4), [stage.account_id, other]) == [2, 2]


async def test_accounts_with_nothing_due_take_no_share(stage: Stage) -> None:
    """A queue of scheduled messages takes no room from those that are due."""
    accounts = await queue_of_each(stage, 0, 10)
    await stage.queue(10, due_at=NOON + 1)

    assert shares(await stage.claim(6), accounts) == [0, 6]


async def test_many_accounts_are_all_served(stage: Stage) -> None:
    """More accounts than fit into a batch, and than are looked at together: all are served in the end."""
    (first, *_) = await queue_of_each(stage, 1)
    for at in range(1, 130):
        await stage.queue(account_id=first + at, shared={"account_id": first + at})

    taken = [claim.account_id for _ in range(5) for claim in await stage.claim(50)]

    assert sorted(taken) == [first + at for at in range(130)]


# --- leases


async def test_a_message_is_stale_when_its_lease_has_run_out(stage: Stage) -> None:
    """Not before: whoever claimed it may still be about it."""
    (message_id,) = await stage.queue()
    await stage.claim()

    assert await stage.stale_ids(now=NOON + LEASE_MS - 1) == []
    assert await stage.stale_ids(now=NOON + LEASE_MS) == [message_id]


async def test_stale_messages_stay_as_they_are_until_somebody_decides(stage: Stage) -> None:
    """Asking changes nothing; a decision in the same transaction ends it."""
    (message_id,) = await stage.queue()
    await stage.claim()
    late = NOON + LEASE_MS

    assert await stage.stale_ids(now=late) == await stage.stale_ids(now=late) == [message_id]
    await stage.move(move(message_id, before=State.SUBMITTING, state=State.QUEUED, cause=Cause.IN_DOUBT_RESENT))

    assert await stage.stale_ids(now=late) == []


async def test_a_stale_claim_says_what_is_known(stage: Stage) -> None:
    """What was taken before is kept, so that it is not sent again."""
    (message_id,) = await stage.queue(segments=2)
    await stage.claim()
    await stage.move(
        move(
            message_id,
            before=State.SUBMITTING,
            state=State.SUBMITTING,
            cause=Cause.CLAIMED,
            sent_mask=0b01,
            attempts=3,
            doubts=1,
            due_at=NOON + 1,
        )
    )

    (claim,) = await stage.store.write(lambda tx: tx.claim_stale(stage.carrier_id, limit=10, now=NOON + 1))

    assert claim == Claim(
        message_id, message_id, stage.account_id, RECIPIENT, NOON + 1, RATE, 2, 0b01, 3, 1, 0, Cause.CLAIMED
    )


async def test_only_submitting_messages_of_this_carrier_are_stale(stage: Stage) -> None:
    """Queued ones are not, however long overdue, nor another carrier's; and no more than asked for are given."""
    other = (await stage.store.create_carrier("other", {})).carrier_id
    await stage.queue(3)
    await stage.claim()
    await stage.queue(due_at=NOON - DAY_MS)
    await stage.queue(carrier_id=other)

    assert len(await stage.stale_ids(now=NOON + DAY_MS)) == 3
    assert len(await stage.stale_ids(now=NOON + DAY_MS, limit=2)) == 2
    assert await stage.stale_ids(now=NOON + DAY_MS, carrier_id=other) == []


async def test_ending_leases_makes_every_claim_stale(stage: Stage) -> None:
    """After a start nobody alive holds a claim: messages and notifications come up at once (delivery 4.10)."""
    message_ids = await stage.queue(2)
    await stage.store.write(lambda tx: tx.owe([stage.owed(message_id) for message_id in message_ids]))
    await stage.claim()
    await claim_notifications(stage)

    assert await stage.store.write(lambda tx: tx.end_leases(now=NOON + 1)) == 4

    assert sorted(await stage.stale_ids(now=NOON + 1)) == message_ids
    assert len(await claim_notifications(stage, now=NOON + 1)) == 2


async def test_ending_leases_again_ends_none(stage: Stage) -> None:
    """It counts what it changed."""
    await stage.queue()
    await stage.claim()
    await stage.store.write(lambda tx: tx.end_leases(now=NOON))

    assert await stage.store.write(lambda tx: tx.end_leases(now=NOON)) == 0


async def test_ending_leases_leaves_alone_what_is_not_claimed(stage: Stage) -> None:
    """Scheduled messages keep their moment, and notifications that were settled keep theirs."""
    (scheduled,) = await stage.queue(due_at=NOON + HOUR_MS)
    done, later = await stage.queue(2)
    await stage.store.write(lambda tx: tx.owe([stage.owed(done), stage.owed(later)]))
    first, second = await claim_notifications(stage)
    failed = settled(second.notification_id, ok=False, due_at=NOON + HOUR_MS)
    await stage.store.write(lambda tx: tx.settle_notifications([settled(first.notification_id), failed]))

    assert await stage.store.write(lambda tx: tx.end_leases(now=NOON + 1)) == 0

    assert (await stage.view(scheduled)).due_at == NOON + HOUR_MS
    assert await claim_notifications(stage, now=NOON + 1) == []


async def claim_notifications(stage: Stage, *, now: int = NOON) -> list:
    """Take what is owed to the stage's connection."""
    return await stage.store.write(
        lambda tx: tx.claim_notifications(stage.connection_id, limit=100, now=now, lease_until=now + LEASE_MS)
    )


# --- what waits


async def test_a_depth_counts_what_is_queued(stage: Stage) -> None:
    """Scheduled messages count, claimed and ended ones do not; the oldest moment of being due is told."""
    await stage.queue(2, due_at=NOON - 5, priority=MIDDLE)
    await stage.queue(1, due_at=NOON + HOUR_MS)
    await stage.queue(1, due_at=NOON - 9, priority=HIGH)
    (stopped,) = await stage.queue(due_at=NOON - 99)
    await stage.end(stopped)
    await stage.claim(1)

    assert await stage.store.queue_depths(depth_max=100) == [QueueDepth(stage.carrier_id, 3, NOON - 5)]


async def test_a_depth_is_counted_no_further_than_asked(stage: Stage) -> None:
    """A long queue is not read to its end for a number."""
    await stage.queue(7)

    assert [each.depth for each in await stage.store.queue_depths(depth_max=5)] == [5]


async def test_every_carrier_has_its_depth(stage: Stage) -> None:
    """One with an empty queue is there too, and waits for nothing."""
    other = (await stage.store.create_carrier("other", {})).carrier_id
    account_id, _ = await add_account(stage.store, "second")
    await stage.queue(2)
    await stage.queue(1, account_id=account_id, shared={"account_id": account_id}, due_at=NOON - 7)

    assert await stage.store.queue_depths(depth_max=100) == [
        QueueDepth(stage.carrier_id, 3, NOON - 7),
        QueueDepth(other, 0, None),
    ]
