"""An operator at a queue: count what a filter means, cancel it, or give it to other carriers.

All three go through the queue bit by bit, so that messages of the moment are not held up. What is changed is committed
batch by batch: what is done is done. The count is of the moment; the queue moves on meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from angarium.core.charge import ChargeChange, ledger_moves
from angarium.core.clocktime import NEVER, UnixMs
from angarium.core.credit import Credits
from angarium.core.queues import Hold, QueueFilter, Waits
from angarium.core.states import Cause, State
from angarium.flows.desk import Desk
from angarium.flows.reroute import Offers, Stays
from angarium.flows.stop import cancellation, is_here
from angarium.flows.tables import Tables
from angarium.ports.audit import Act
from angarium.ports.queues import QueuePlace, Waiting, WaitingCount
from angarium.ports.store import CarrierRow, Store, Tx

BATCH_MAX: Final = 500
"""Messages in one commit."""
COUNTED_AT_ONCE_MAX: Final = 10_000
"""Messages that are counted in one go, before others have their turn."""
REHEARSED_MAX: Final = 20_000
"""Messages whose other routes are looked for before anything is done: more would take seconds."""


class Counted(NamedTuple):
    """What a filter means at this moment."""

    messages: int
    movable: int
    """Those of which nothing has left: only they can be cancelled."""
    reserved: Credits
    """What is reserved for them."""


class Done(NamedTuple):
    """What became of them."""

    messages: int
    """How many the filter meant."""
    done: int
    """How many were cancelled or given to another carrier; the others stay where they are."""


async def count(meant: QueueFilter, *, store: Store, tables: Tables, now: UnixMs) -> Counted:
    """How many waiting messages this is about."""
    messages = movable = reserved = 0
    for row in tables.carriers:
        if meant.carrier_id not in {None, row.carrier_id}:
            continue
        place: QueuePlace | None = None
        while True:
            found = await store.write(_counting(meant, row.carrier_id, place, now=now))
            messages += found.messages
            movable += found.movable
            reserved += found.reserved
            place = found.place
            if place is None:
                break
    return Counted(messages, movable, reserved)


def _counting(
    meant: QueueFilter, carrier_id: int, after: QueuePlace | None, *, now: UnixMs
) -> Callable[[Tx], Awaitable[WaitingCount]]:
    async def work(tx: Tx) -> WaitingCount:
        return await tx.count_waiting(carrier_id, meant, after=after, limit=COUNTED_AT_ONCE_MAX, now=now)

    return work


async def hold(desk: Desk, carrier: CarrierRow, value: Hold) -> None:
    """Hold a carrier's queue, or let it go on. Raises NotFound."""
    before, after = {"hold": carrier.hold.name.lower()}, {"hold": value.name.lower()}
    store = desk.by("queue.hold", "carrier", carrier.carrier_id, before=before, after=after)
    await store.hold_carrier(carrier.carrier_id, value)


async def cancel(
    desk: Desk,
    meant: QueueFilter,
    *,
    tables: Tables,
    counted: Callable[[Counter[str]], None] | None = None,
) -> Done:
    """Stop these messages: 006, and their credit is given back. What may have left stays (rest-api 2.7)."""
    now = desk.now

    async def stop(tx: Tx, rows: Sequence[Waiting]) -> int:
        here = [row for row in rows if is_here(row)]
        applied = await tx.move_messages([cancellation(row, now=now) for row in here])
        stopped = {move.message_id for move in applied}
        await tx.move_credit(
            ledger_moves(
                ChargeChange(row.account_id, row.rate, row.segments, 0, 0, State.CANCELLED)
                for row in here
                if row.message_id in stopped
            )
        )
        return len(stopped)

    act = desk.act("queue.cancel", "carrier", meant.carrier_id, after=_shown(meant))
    done = await _sum(_batches(meant, stop, store=desk.store, tables=tables, now=now, act=act))
    if done.done and counted is not None:
        counted(Counter({Cause.STOPPED.name: done.done}))
    return done


async def reroute(desk: Desk, meant: QueueFilter, *, tables: Tables, to_carrier_id: int | None = None) -> Done:
    """Offer these messages to their other routes, or to one carrier only, by policy and price (delivery 2.6).

    Carriers that are disabled or held are given nothing; whether one is up is not asked: the operator knows.
    """
    open_carriers = _open_carriers(tables, to_carrier_id)
    offers = Offers(tables)

    async def offer(tx: Tx, rows: Sequence[Waiting]) -> int:
        moves = await offers.make(tx, rows, now=desk.now, is_open=open_carriers.__contains__, why="operator")
        return len(moves)

    after = {**_shown(meant), "to_carrier_id": to_carrier_id}
    act = desk.act("queue.reroute", "carrier", meant.carrier_id, after=after)
    return await _sum(_batches(meant, offer, store=desk.store, tables=tables, now=desk.now, act=act))


class Rehearsed(NamedTuple):
    """What re-routing would come to at this moment."""

    messages: int
    """How many were looked at."""
    moved: Counter[int]
    """How many would go, by the carrier that takes them."""
    staying: Counter[Stays]
    """How many would stay, by why."""
    is_whole: bool
    """Whether all that the filter means was looked at."""


async def rehearse(
    meant: QueueFilter,
    *,
    store: Store,
    tables: Tables,
    now: UnixMs,
    to_carrier_id: int | None = None,
    looked_max: int = REHEARSED_MAX,
) -> Rehearsed:
    """What `reroute` would do with the first of these messages, by the same decisions; nothing is changed."""
    is_open = _open_carriers(tables, to_carrier_id).__contains__
    offers = Offers(tables)
    moved: Counter[int] = Counter()
    staying: Counter[Stays] = Counter()
    # What a dearer route costs more is taken from this, batch after batch, as the real thing takes it from the account.
    free: dict[int, Credits] = {}

    async def choose(tx: Tx, rows: Sequence[Waiting]) -> int:
        for row in rows:
            chosen = await offers.choose(tx, row, free, now=now, is_open=is_open)
            if isinstance(chosen, Stays):
                staying[chosen] += 1
            else:
                moved[chosen[0].carrier_id] += 1
        return 0

    looked = messages = 0
    async for batch in _batches(meant, choose, store=store, tables=tables, now=now):
        messages += batch.messages
        looked += BATCH_MAX
        if looked >= looked_max:
            return Rehearsed(messages, moved, staying, is_whole=False)
    return Rehearsed(messages, moved, staying, is_whole=True)


def _open_carriers(tables: Tables, to_carrier_id: int | None) -> set[int]:
    found = {row.carrier_id for row in tables.carriers if row.enabled and not row.hold}
    return found if to_carrier_id is None else found & {to_carrier_id}


def _shown(meant: QueueFilter) -> dict[str, object]:
    return {**meant._asdict(), "waits": meant.waits.value}


async def _sum(batches: AsyncIterator[Done]) -> Done:
    messages = done = 0
    async for batch in batches:
        messages += batch.messages
        done += batch.done
    return Done(messages, done)


async def _batches(
    meant: QueueFilter,
    step: Callable[[Tx, Sequence[Waiting]], Awaitable[int]],
    *,
    store: Store,
    tables: Tables,
    now: UnixMs,
    act: Act | None = None,
) -> AsyncIterator[Done]:
    """Go through the queues that are meant, from front to back, with a commit for each batch."""
    carriers = [row.carrier_id for row in tables.carriers if meant.carrier_id in {None, row.carrier_id}]
    # What a step gives to a carrier further on is not met again: it was moved at this moment.
    met: set[int] = set()
    for carrier_id in carriers:
        after: QueuePlace | None = None
        while True:
            rows, done = await store.write(_work(meant, step, carrier_id, after, met, now=now, act=act))
            act = None
            meant_rows = [row for row in rows if _is_meant(meant, row, met, now=now)]
            if len(carriers) > 1:
                met.update(row.message_id for row in meant_rows)
            yield Done(len(meant_rows), done)
            if len(rows) < BATCH_MAX:
                break
            after = rows[-1].place


def _work(
    meant: QueueFilter,
    step: Callable[[Tx, Sequence[Waiting]], Awaitable[int]],
    carrier_id: int,
    after: QueuePlace | None,
    met: set[int],
    *,
    now: UnixMs,
    act: Act | None,
) -> Callable[[Tx], Awaitable[tuple[list[Waiting], int]]]:
    async def work(tx: Tx) -> tuple[list[Waiting], int]:
        rows = await tx.waiting(
            carrier_id,
            after=after,
            due_until=now if meant.waits is Waits.DUE else NEVER,
            limit=BATCH_MAX,
            account_id=meant.account_id,
        )
        done = await step(tx, [row for row in rows if _is_meant(meant, row, met, now=now)])
        if act is not None:
            await tx.record([act])
        return rows, done

    return work


def _is_meant(meant: QueueFilter, row: Waiting, met: set[int], *, now: UnixMs) -> bool:
    return row.message_id not in met and meant.means(
        account_id=row.account_id,
        recipient=row.recipient,
        due_at=row.due_at,
        accepted_at=row.accepted_at,
        now=now,
    )
