"""An operator at a queue: count, cancel, give to others."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.checks import EdgeChecks
from angarium.core.clocktime import HOUR_MS, MINUTE_MS
from angarium.core.credit import CREDIT
from angarium.core.queues import Hold, QueueFilter, Waits
from angarium.core.states import State
from angarium.core.status_codes import CANCELLED
from angarium.flows import queues
from angarium.flows.desk import Desk
from angarium.flows.queues import BATCH_MAX, Counted, Done, Rehearsed
from angarium.flows.reroute import Stays
from tests.gateway import CREDIT_AT_FIRST, NOON, RATE, RECIPIENT, Gateway, accepted, failed_for_now

OTHER = 27830000001


def desk(gateway: Gateway) -> Desk:
    """An operator at work on this gateway's store."""
    store: Any = gateway.store
    mint: Any = None
    return Desk(store=store, checks=EdgeChecks(), mint=mint, author="cli:test", now=gateway.clock.now())


async def counted(gateway: Gateway, meant: QueueFilter) -> Counted:
    """What a filter means now."""
    return await queues.count(meant, store=gateway.store, tables=gateway.tables, now=gateway.clock.now())


async def cancelled(gateway: Gateway, meant: QueueFilter) -> Done:
    """Cancel what a filter means."""
    return await queues.cancel(desk(gateway), meant, tables=gateway.tables)


async def re_routed(gateway: Gateway, meant: QueueFilter, to: int | None = None) -> Done:
    """Offer what a filter means to others."""
    return await queues.reroute(desk(gateway), meant, tables=gateway.tables, to_carrier_id=to)


async def test_what_re_routing_would_do_is_told_before_it_is_done(gateway: Gateway) -> None:
    """Who goes where, and why the others stay: by the decisions that are made then (delivery 2.6)."""
    store: Any = gateway.store
    await gateway.send()
    await gateway.send(to=[OTHER])
    await gateway.send(to=[OTHER], escalate=True)
    await gateway.send(to=[27600000001])
    cheap = await gateway.add_carrier("cheap", rate=RATE, prefix="2799")
    await gateway.add_carrier("dear", rate=2 * RATE, prefix="2783")
    first = gateway.tables.carriers[0].carrier_id
    meant = QueueFilter(carrier_id=first)

    async def rehearsed(to: int | None = None) -> Rehearsed:
        now = gateway.clock.now()
        return await queues.rehearse(meant, store=store, tables=gateway.tables, now=now, to_carrier_id=to)

    before = await gateway.balance()
    told, to_cheap = await rehearsed(), await rehearsed(cheap)
    assert await gateway.balance() == before
    done = await re_routed(gateway, meant)

    assert told.messages == 4
    assert told.is_whole
    assert (told.moved.total(), told.moved[cheap]) == (done.done, 1)
    assert told.staying == {Stays.DEARER: 1, Stays.NO_ROUTE: 1}
    assert (to_cheap.moved, to_cheap.staying) == ({cheap: 1}, {Stays.NO_ROUTE: 3})


async def test_a_dearer_route_is_rehearsed_with_the_credit_that_is_there(gateway: Gateway) -> None:
    """What the first one takes is not there for the second (delivery 1.5)."""
    await gateway.send(to=[RECIPIENT, OTHER], escalate=True)
    free = (await gateway.balance()).free
    await gateway.store.buy_credit(gateway.account.account_id, RATE - free, note="back", at=NOON)
    await gateway.add_carrier("dear", rate=2 * RATE)

    store: Any = gateway.store
    told = await queues.rehearse(QueueFilter(carrier_id=1), store=store, tables=gateway.tables, now=NOON)

    assert (told.moved.total(), told.staying) == (1, {Stays.NO_CREDIT: 1})


async def test_a_filter_is_counted_before_it_does_anything(gateway: Gateway) -> None:
    """How many, how many of them can be cancelled, and what is reserved for them."""
    await gateway.send()
    await gateway.send("x" * 200, to=[OTHER])
    await gateway.send(to=[OTHER], scheduled_at=NOON + HOUR_MS)

    assert await counted(gateway, QueueFilter()) == Counted(3, 3, 4 * RATE)
    assert await counted(gateway, QueueFilter(prefix="2783")) == Counted(2, 2, 3 * RATE)
    assert await counted(gateway, QueueFilter(waits=Waits.DUE)) == Counted(2, 2, 3 * RATE)
    assert await counted(gateway, QueueFilter(waits=Waits.LATER, prefix="2783")) == Counted(1, 1, RATE)
    assert await counted(gateway, QueueFilter(account_id=gateway.account.account_id)) == Counted(3, 3, 4 * RATE)
    assert await counted(gateway, QueueFilter(account_id=4711)) == Counted(0, 0, 0)
    assert await counted(gateway, QueueFilter(carrier_id=4711)) == Counted(0, 0, 0)
    gateway.clock.at += MINUTE_MS
    await gateway.send()
    assert (await counted(gateway, QueueFilter(accepted_before=NOON + MINUTE_MS))).messages == 3
    assert (await gateway.balance()).reserved == 5 * RATE


async def test_what_is_cancelled_ends_as_the_customers_own_stop_does(gateway: Gateway) -> None:
    """006, uncharged, never sent, and not told (rest-api 2.7, rest-api 8.2)."""
    (first,) = await gateway.send(callback=7)
    (second,) = await gateway.send(to=[OTHER])

    assert await cancelled(gateway, QueueFilter(prefix="2799")) == Done(1, 1)

    assert await gateway.status(first) == CANCELLED
    assert [each.message_id for each in await gateway.submit()] == [second]
    assert (await gateway.balance()).reserved == RATE
    assert await gateway.hear_all() == []


async def test_what_may_have_left_is_not_cancelled(gateway: Gateway) -> None:
    """A message reported as cancelled is never sent, so one that is with a carrier in part stays (rest-api 2.7)."""
    (message_id,) = await gateway.send("x" * 200)
    one, other = await gateway.submit()
    await gateway.answer(accepted(one), failed_for_now(other))

    assert await counted(gateway, QueueFilter()) == Counted(1, 0, RATE)
    assert await cancelled(gateway, QueueFilter()) == Done(1, 0)
    assert (await gateway.view(message_id)).state is State.QUEUED


async def test_a_long_queue_is_gone_through_to_its_end(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches, each a commit; messages of one moment are not lost between two of them."""
    monkeypatch.setattr(queues, "COUNTED_AT_ONCE_MAX", 70)
    await gateway.store.buy_credit(gateway.account.account_id, 10_000 * CREDIT, note="", at=NOON)
    count = BATCH_MAX + 100
    for start in range(0, count, 100):
        await gateway.send(to=range(RECIPIENT + start, RECIPIENT + start + 100))

    assert (await counted(gateway, QueueFilter())).messages == count
    assert await cancelled(gateway, QueueFilter()) == Done(count, count)
    assert (await gateway.balance()).free == CREDIT_AT_FIRST + 10_000 * CREDIT


async def test_an_operator_gives_a_queue_to_others(gateway: Gateway) -> None:
    """By policy and price, also from a carrier that is up; scheduled messages keep their moment (delivery 2.6)."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=RATE)
    dear = await gateway.add_carrier("dear", rate=2 * RATE)
    (due,) = await gateway.send()
    (later,) = await gateway.send(scheduled_at=NOON + HOUR_MS)
    (urgent,) = await gateway.send(to=[OTHER], escalate=True)

    assert await re_routed(gateway, QueueFilter(prefix="2799")) == Done(2, 2)
    assert [(await gateway.view(each)).carrier_id for each in (due, later, urgent)] == [second, second, first]
    assert (await gateway.view(later)).due_at == NOON + HOUR_MS

    assert await re_routed(gateway, QueueFilter(), dear) == Done(3, 1)
    assert (await gateway.view(urgent)).carrier_id == dear
    assert await gateway.charge(urgent) == 2 * RATE


@pytest.mark.parametrize("change", ["held", "disabled"])
async def test_a_carrier_that_is_held_is_given_nothing(gateway: Gateway, change: str) -> None:
    """Nor one that is disabled."""
    second = await gateway.add_carrier("second", rate=RATE)
    await gateway.send()
    if change == "held":
        await gateway.store.hold_carrier(second, 1)
    else:
        await gateway.store.change_carrier(second, settings={}, enabled=False)
    await gateway.tables.refresh(gateway.store)

    assert await re_routed(gateway, QueueFilter()) == Done(1, 0)


async def test_what_an_operator_does_to_a_queue_is_in_the_audit_log(gateway: Gateway) -> None:
    """Once for each command, with the filter, however many commits it takes."""
    await gateway.send()
    (row,) = gateway.tables.carriers

    await queues.hold(desk(gateway), row, Hold.HELD)
    await re_routed(gateway, QueueFilter(prefix="27"))
    await cancelled(gateway, QueueFilter(carrier_id=row.carrier_id))

    entries = await gateway.store.audit(before_id=None, limit=10)
    assert [entry.action for entry in entries] == ["queue.cancel", "queue.reroute", "queue.hold"]
    assert entries[1].after["prefix"] == "27"
