"""The queue of a carrier: read from front to back, and moved to another."""

from __future__ import annotations

from angarium.core.clocktime import NEVER
from angarium.core.message import Priority
from angarium.core.queues import QueueFilter, Waits
from angarium.core.states import Cause, State
from angarium.ports.queues import NewCarrier, QueuePlace, Waiting, WaitingCount
from angarium.ports.store import Tx
from tests.contract.stage import NOON, RATE, Stage, move


async def read(stage: Stage, *, after: QueuePlace | None = None, limit: int = 100, **how) -> list[Waiting]:
    """What waits for the stage's carrier."""
    due_until = how.pop("due_until", NEVER)

    async def work(tx: Tx) -> list[Waiting]:
        return await tx.waiting(how.get("carrier_id", stage.carrier_id), after=after, due_until=due_until, limit=limit)

    return await stage.store.write(work)


async def give(stage: Stage, *moves: NewCarrier) -> None:
    """Let messages go to other carriers."""

    async def work(tx: Tx) -> None:
        await tx.give_to_carriers(moves)

    await stage.store.write(work)


async def test_a_queue_is_read_from_front_to_back(stage: Stage) -> None:
    """By account, priority and moment; every message once, whatever the size of the steps."""
    ids = await stage.queue(7)

    whole = await read(stage)
    assert [row.message_id for row in whole] == ids
    stepwise: list[Waiting] = []
    while rows := await read(stage, after=stepwise[-1].place if stepwise else None, limit=2):
        stepwise += rows
    assert stepwise == whole
    assert await read(stage, due_until=NOON - 1) == []
    assert await read(stage, carrier_id=stage.carrier_id + 1) == []


async def test_a_waiting_message_comes_with_the_terms_of_its_request(stage: Stage) -> None:
    """What decides about its route stands beside it."""
    (message_id,) = await stage.queue()

    (row,) = await read(stage)

    assert row.message_id == message_id
    assert (row.account_id, row.carrier_id, row.rate, row.first_rate, row.cost) == (
        stage.account_id,
        stage.carrier_id,
        RATE,
        RATE,
        0,
    )
    assert (row.escalate, row.rate_max, row.needs, row.reroutes) == (False, None, 0, 0)
    assert isinstance(row.cause, Cause)
    assert row.priority in set(Priority)


async def test_a_message_goes_to_another_carrier(stage: Stage) -> None:
    """With its new rate and cost, the first rate kept; its queue is another then."""
    (message_id,) = await stage.queue()
    other = (await stage.store.create_carrier("other", {})).carrier_id

    await give(stage, NewCarrier(message_id, other, RATE, RATE, 5, NOON + 1, NOON + 2))

    assert await read(stage) == []
    (row,) = await read(stage, carrier_id=other)
    assert (row.rate, row.first_rate, row.cost, row.due_at, row.reroutes) == (RATE, RATE, 5, NOON + 1, 1)
    view = await stage.store.message(message_id)
    assert view is not None
    assert (view.carrier_id, view.changed_at) == (other, NOON + 2)


async def count(
    stage: Stage, meant: QueueFilter, *, limit: int = 100, after: QueuePlace | None = None, now: int = NOON
) -> WaitingCount:
    """What the next so many of the stage's carrier hold of what is meant."""
    return await stage.store.write(
        lambda tx: tx.count_waiting(stage.carrier_id, meant, after=after, limit=limit, now=now)
    )


async def test_a_queue_is_counted_as_it_would_be_read(stage: Stage) -> None:
    """Every condition of a filter, messages that have left in part, and steps of any size."""
    ids = await stage.queue(3)
    ids += await stage.queue(3, recipient=27830000001, segments=3, priority=Priority.HIGH)
    ids += await stage.queue(2, due_at=NOON + 5, shared={"accepted_at": NOON + 1})
    held, doubted = ids[3], ids[0]
    await stage.move(move(held, state=State.QUEUED, cause=Cause.ACCEPTED, sent_mask=0b101, due_at=NOON))
    await stage.move(move(doubted, state=State.QUEUED, cause=Cause.ACCEPTED, doubts=1, due_at=NOON))
    rows = await read(stage)
    filters = [
        QueueFilter(),
        QueueFilter(account_id=stage.account_id),
        QueueFilter(account_id=4711),
        QueueFilter(prefix="2783"),
        QueueFilter(prefix="2"),
        QueueFilter(prefix="4"),
        QueueFilter(waits=Waits.DUE),
        QueueFilter(waits=Waits.LATER),
        QueueFilter(accepted_before=NOON + 1),
        QueueFilter(accepted_before=NOON),
        QueueFilter(prefix="27", waits=Waits.LATER, accepted_before=NOON + 2),
    ]

    for meant in filters:
        wanted = [
            row
            for row in rows
            if meant.means(
                account_id=row.account_id,
                recipient=row.recipient,
                due_at=row.due_at,
                accepted_at=row.accepted_at,
                now=NOON,
            )
        ]
        whole = await count(stage, meant)
        assert whole == WaitingCount(
            len(wanted),
            sum(not row.sent_mask and not row.doubts for row in wanted),
            sum(row.rate * (row.segments - row.sent_mask.bit_count()) for row in wanted),
            None,
        ), meant
        for limit in (1, 2, 3):
            steps = [await count(stage, meant, limit=limit)]
            while steps[-1].place is not None:
                steps.append(await count(stage, meant, limit=limit, after=steps[-1].place))
            assert tuple(map(sum, zip(*(step[:3] for step in steps), strict=True))) == whole[:3], (meant, limit)


async def test_only_what_is_queued_waits(stage: Stage) -> None:
    """A message that is with a carrier stays with it."""
    claimed, queued = await stage.queue(2)
    await stage.move(move(claimed, state=State.SUBMITTING, cause=Cause.CLAIMED))
    other = (await stage.store.create_carrier("other", {})).carrier_id

    async def work(tx: Tx) -> list[Waiting]:
        return await tx.waiting_messages([claimed, queued, 4711])

    assert [row.message_id for row in await stage.store.write(work)] == [queued]
    await give(stage, NewCarrier(claimed, other, 0, 0, 0, NOON, NOON))
    view = await stage.store.message(claimed)
    assert view is not None
    assert view.carrier_id == stage.carrier_id
