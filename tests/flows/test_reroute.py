"""What waits for a carrier that is down, held or slow is offered to others (delivery 2.6)."""

from __future__ import annotations

import pytest

from angarium.core.clocktime import MINUTE_MS, SECOND_MS
from angarium.core.credit import CREDIT
from angarium.core.queues import Hold
from angarium.core.rerouting import REROUTES_MAX
from angarium.core.states import Cause, State
from angarium.core.status_codes import EXPIRED
from angarium.flows.reroute import BATCH_MAX, DOWN_MS, REST_MS, SLOW_MS
from angarium.ports.bell import carrier_topic
from angarium.ports.carrier import Submission
from angarium.ports.timeline import EventKind
from tests.gateway import CREDIT_AT_FIRST, NOON, RATE, RECIPIENT, Gateway, accepted, failed_for_now, in_doubt


async def go_down(gateway: Gateway, carrier_id: int) -> None:
    """A carrier loses its last link, and long enough passes."""
    gateway.down.add(carrier_id)
    await gateway.relieve()
    gateway.clock.at += DOWN_MS
    await gateway.relieve()


async def submit_over(gateway: Gateway, carrier_id: int) -> list[Submission]:
    """What this carrier is handed now."""
    carrier, dispatch = gateway.carriers[carrier_id], gateway.dispatches[carrier_id]
    before = len(carrier.taken)
    while await dispatch.run_once():
        pass
    return carrier.taken[before:]


async def carrier_of(gateway: Gateway, message_id: int) -> int:
    """Which carrier a message is with."""
    return (await gateway.view(message_id)).carrier_id


async def test_a_queue_goes_to_the_next_carrier_when_its_own_is_down(gateway: Gateway) -> None:
    """At the price fixed at acceptance, and it is sent there (delivery 2.6, rest-api 4.3)."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=RATE, cost=7)
    ids = [(await gateway.send(to=[RECIPIENT + each]))[0] for each in range(3)]

    gateway.down.add(first)
    await gateway.relieve()
    gateway.clock.at += DOWN_MS - 1
    await gateway.relieve()
    assert {await carrier_of(gateway, each) for each in ids} == {first}

    gateway.clock.at += 1
    await gateway.relieve()

    assert {await carrier_of(gateway, each) for each in ids} == {second}
    assert gateway.bell.rung[carrier_topic(second)]
    assert [each.message_id for each in await submit_over(gateway, second)] == ids
    view = await gateway.view(ids[0])
    assert (view.rate, view.cost) == (RATE, 7)
    (event,) = await gateway.store.events(ids[0])
    detail = {"from": first, "to": second, "why": "down", "rate_before": RATE}
    assert (event.kind, event.detail) == (EventKind.RE_ROUTED, detail)
    assert gateway.counted["RE_ROUTED"] == 3


async def test_a_queue_is_offered_in_batches(gateway: Gateway) -> None:
    """All of it, however long, and what comes later too."""
    second = await gateway.add_carrier("second", rate=RATE)
    count = BATCH_MAX + 3
    await gateway.store.buy_credit(gateway.account.account_id, 1_000 * CREDIT, note="", at=NOON)
    for start in range(0, count, 20):
        await gateway.send(to=range(RECIPIENT + start, RECIPIENT + min(start + 20, count)))

    await go_down(gateway, gateway.carrier.carrier_id)
    gateway.clock.at += REST_MS
    (late,) = await gateway.send()
    await gateway.relieve()

    gateway.carriers[second].room_left = 10_000
    assert len(await submit_over(gateway, second)) == count + 1
    assert await carrier_of(gateway, late) == second


async def test_a_dearer_route_is_taken_only_with_leave(gateway: Gateway) -> None:
    """With escalate the difference is reserved in the same commit; without it the message waits (rest-api 3)."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=2 * RATE)
    (stays,) = await gateway.send()
    (goes,) = await gateway.send("x" * 200, escalate=True)
    (capped,) = await gateway.send("x" * 200, escalate=True, credits_max=4 * RATE - 1)

    await go_down(gateway, first)

    assert [await carrier_of(gateway, each) for each in (stays, goes, capped)] == [first, second, first]
    assert (await gateway.view(goes)).rate == 2 * RATE
    assert await gateway.charge(goes) == 4 * RATE
    assert (await gateway.balance()).reserved == RATE + 4 * RATE + 2 * RATE


async def test_a_dearer_route_without_credit_is_not_taken(gateway: Gateway) -> None:
    """Nothing is overdrawn: of two messages one is paid for, and the other waits (delivery 1.5)."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=2 * RATE)
    await gateway.store.buy_credit(gateway.account.account_id, 3 * RATE - CREDIT_AT_FIRST, note="", at=NOON)
    ids = [(await gateway.send(escalate=True))[0] for _ in range(2)]

    await go_down(gateway, first)

    assert [await carrier_of(gateway, each) for each in ids] == [second, first]
    assert (await gateway.balance()).free == 0


async def test_back_on_a_cheaper_route_the_first_price_counts(gateway: Gateway) -> None:
    """What was reserved for a dearer route is given back when the message leaves it unsent (rest-api 4.3)."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=2 * RATE)
    (message_id,) = await gateway.send(escalate=True)
    await go_down(gateway, first)
    gateway.down.discard(first)

    await go_down(gateway, second)

    assert await carrier_of(gateway, message_id) == first
    assert (await gateway.view(message_id)).rate == RATE
    assert (await gateway.balance()).reserved == RATE


async def test_nothing_is_dropped_when_every_carrier_is_down(gateway: Gateway) -> None:
    """It waits, goes back and forth between no two dead ones, and expires by its own validity (delivery 2.6)."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=RATE)
    (message_id,) = await gateway.send(validity_min=10)
    gateway.down.update({first, second})

    for _ in range(5):
        gateway.clock.at += DOWN_MS
        await gateway.relieve()

    assert await carrier_of(gateway, message_id) == first
    assert await gateway.store.events(message_id) == []
    await gateway.pass_time(10 * MINUTE_MS)
    assert await gateway.status(message_id) == EXPIRED
    assert await gateway.charge(message_id) == 0


async def test_a_message_is_re_routed_so_often_and_no_more(gateway: Gateway) -> None:
    """Two carriers that come and go do not toss it about for ever."""
    await gateway.add_carrier("second", rate=RATE)
    (message_id,) = await gateway.send(validity_min=10_080)

    for _ in range(REROUTES_MAX + 5):
        at = await carrier_of(gateway, message_id)
        gateway.down = {at}
        gateway.clock.at += REST_MS
        await gateway.relieve()
        gateway.clock.at += DOWN_MS
        await gateway.relieve()

    assert len(await gateway.store.events(message_id)) == REROUTES_MAX


async def test_one_that_has_left_in_part_stays(gateway: Gateway) -> None:
    """A segment is with the carrier: the rest must follow it (delivery 2.6)."""
    first = gateway.carrier.carrier_id
    await gateway.add_carrier("second", rate=RATE)
    (message_id,) = await gateway.send("x" * 200)
    one, other = await gateway.submit()
    await gateway.answer(accepted(one), failed_for_now(other))

    gateway.clock.at += MINUTE_MS
    await go_down(gateway, first)

    assert await carrier_of(gateway, message_id) == first


async def test_a_temporary_error_is_tried_at_the_next_carrier(gateway: Gateway) -> None:
    """On the schedule, and in turn: after the last one the first again (delivery 2.3)."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=RATE)
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()

    await gateway.answer(failed_for_now(submission))
    view = await gateway.view(message_id)
    assert (view.carrier_id, view.cause, view.attempts) == (second, Cause.CARRIER_FAILED_FOR_NOW, 1)
    assert view.due_at == NOON + 5 * SECOND_MS
    assert await submit_over(gateway, second) == []

    gateway.clock.at = view.due_at
    (submission,) = await submit_over(gateway, second)
    await gateway.dispatches[second].settle([failed_for_now(submission)])
    assert await carrier_of(gateway, message_id) == first


async def test_a_temporary_error_stays_where_no_other_route_is_allowed(gateway: Gateway) -> None:
    """A dearer one is no alternative without leave, nor one that is down (delivery 2.3)."""
    first = gateway.carrier.carrier_id
    await gateway.add_carrier("dear", rate=2 * RATE)
    gateway.down.add(await gateway.add_carrier("dead", rate=RATE))
    (message_id,) = await gateway.send()

    await gateway.answer(failed_for_now(await gateway.submit_one()))

    assert await carrier_of(gateway, message_id) == first
    gateway.clock.at += 5 * SECOND_MS
    await gateway.answer(accepted(await gateway.submit_one()))
    assert (await gateway.view(message_id)).state is State.SUBMITTED


async def test_one_in_doubt_goes_on_by_its_policy(gateway: Gateway) -> None:
    """A resent message may arrive twice, by another carrier too; a late answer still counts (delivery 2.5)."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=RATE)
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()
    await gateway.answer(in_doubt(submission))

    await go_down(gateway, first)
    assert await carrier_of(gateway, message_id) == second
    await gateway.answer(accepted(submission, "LATE"))

    assert (await gateway.view(message_id)).state is State.SUBMITTED
    assert await submit_over(gateway, second) == []


async def test_a_disabled_carrier_is_relieved(gateway: Gateway) -> None:
    """What waits for it need not wait until it is enabled again."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=RATE)
    (message_id,) = await gateway.send()
    await gateway.store.change_carrier(first, settings={}, enabled=False)
    await gateway.tables.refresh(gateway.store)

    await go_down(gateway, first)

    assert await carrier_of(gateway, message_id) == second


@pytest.mark.parametrize("hold", [Hold.HELD, Hold.REROUTED])
async def test_a_held_carrier_submits_nothing(gateway: Gateway, hold: Hold) -> None:
    """It gets no messages of others either; only by the operator's word what waits is offered to others."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=RATE)
    (message_id,) = await gateway.send()
    await gateway.store.hold_carrier(first, hold)
    await gateway.tables.refresh(gateway.store)

    assert await gateway.submit() == []
    await go_down(gateway, first)

    assert await carrier_of(gateway, message_id) == (second if hold is Hold.REROUTED else first)
    await gateway.store.hold_carrier(first, Hold.NO)
    await gateway.store.hold_carrier(second, Hold.HELD)
    await gateway.tables.refresh(gateway.store)
    gateway.down.clear()
    (other,) = await gateway.send(to=[RECIPIENT + 1])
    assert other in {each.message_id for each in await gateway.submit()}


async def test_a_slow_carrier_is_left_by_those_who_allow_it(gateway: Gateway) -> None:
    """With escalate a message waits so long and no longer; the others keep their place (rest-api 3, escalate)."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=2 * RATE)
    (patient,) = await gateway.send()
    (urgent,) = await gateway.send(escalate=True)

    gateway.clock.at += SLOW_MS - 1
    await gateway.relieve()
    assert await carrier_of(gateway, urgent) == first
    gateway.clock.at += 1
    await gateway.relieve()

    assert [await carrier_of(gateway, each) for each in (patient, urgent)] == [first, second]
    assert await gateway.charge(urgent) == 2 * RATE


async def test_two_slow_carriers_do_not_swap_their_queues(gateway: Gateway) -> None:
    """Nothing goes to a carrier where messages have waited as long."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=2 * RATE)
    await gateway.store.add_route("279", second)
    await gateway.tables.refresh(gateway.store)
    (at_second,) = await gateway.send()
    await gateway.store.remove_route((await gateway.store.routes())[-1].route_id)
    await gateway.tables.refresh(gateway.store)
    (at_first,) = await gateway.send(escalate=True)

    gateway.clock.at += SLOW_MS
    await gateway.relieve()

    assert await carrier_of(gateway, at_second) == second
    assert await carrier_of(gateway, at_first) == first


async def test_a_refused_commit_moves_nothing(gateway: Gateway) -> None:
    """Carrier, price and credit are one commit (delivery 1.5)."""
    first, second = gateway.carrier.carrier_id, await gateway.add_carrier("second", rate=2 * RATE)
    (message_id,) = await gateway.send(escalate=True)
    gateway.down.add(first)
    await gateway.relieve()
    gateway.clock.at += DOWN_MS

    gateway.store.undo_next = 1
    with pytest.raises(Exception, match="the disk is full"):
        await gateway.reroute.run_once()
    assert await carrier_of(gateway, message_id) == first
    assert (await gateway.balance()).reserved == RATE

    await gateway.crash()
    gateway.clock.at += DOWN_MS
    await gateway.relieve()
    gateway.clock.at += DOWN_MS
    await gateway.relieve()
    assert await carrier_of(gateway, message_id) == second
    assert (await gateway.balance()).reserved == 2 * RATE
