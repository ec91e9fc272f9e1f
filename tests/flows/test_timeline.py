"""The time line: each step of a message's way with its moment, whatever way it took."""

from __future__ import annotations

from typing import Any

from angarium.core.clocktime import DAY_MS, MINUTE_MS, SECOND_MS
from angarium.core.states import Cause
from angarium.flows.timeline import Step, timeline
from angarium.ports.carrier import Reply, Submission
from angarium.ports.timeline import Event, EventKind
from tests.gateway import (
    NOON,
    RATE,
    Gateway,
    accepted,
    busy,
    failed_for_now,
    in_doubt,
    not_taken,
    receipt,
    rejected,
    taken,
)


async def steps_of(gateway: Gateway, message_id: int) -> list[Step]:
    """The time line of a message."""
    store: Any = gateway.store
    return await timeline(await gateway.view(message_id), store)


async def kinds(gateway: Gateway, message_id: int) -> list[str]:
    """What happened, without the details; an effect or outcome behind a colon."""
    told = []
    for step in await steps_of(gateway, message_id):
        more = step.detail.get("effect") or step.detail.get("outcome") or step.detail.get("answer")
        told.append(f"{step.kind}: {more}" if more else step.kind)
    return told


def on_link(gateway: Gateway, reply: Reply, *, sequence_number: int = 7, waited_ms: int = 40) -> Reply:
    """The same reply as a link gives it: written just now, answered a little later."""
    at = gateway.clock.at
    gateway.clock.at += waited_ms
    return reply._replace(
        link="carrier/1", sequence_number=sequence_number, written_at=at, answered_at=gateway.clock.at
    )


async def take(gateway: Gateway, submission: Submission, name: str = "A1", **changes: Any) -> None:
    """The carrier takes a segment."""
    await gateway.answer(on_link(gateway, accepted(submission, name), **changes))


async def test_the_usual_way_with_every_moment(gateway: Gateway) -> None:
    """Accepted, routed, submitted, answered, received, owed and told (delivery 3.1, delivery 5)."""
    (message_id,) = await gateway.send(callback=2, client_message_id="order-7")
    gateway.clock.at += 10
    await take(gateway, await gateway.submit_one())
    gateway.clock.at += SECOND_MS
    await gateway.deliver(receipt("A1")._replace(stat="DELIVRD"))
    gateway.clock.at += 5
    (delivery,) = await gateway.tell()
    gateway.clock.at += 30
    await gateway.notify.settle([taken(delivery)])

    where: dict[str, str | int] = {"carrier": "carrier", "link": "carrier/1", "sequence_number": 7}
    received_at = NOON + 10 + 40 + SECOND_MS
    assert await steps_of(gateway, message_id) == [
        Step(NOON, "accepted", {"segments": 1, "expires_at": NOON + DAY_MS, "client_message_id": "order-7"}),
        Step(NOON, "routed", {"carrier": "carrier", "rate": RATE}),
        Step(NOON + 10, "submitted", {"segment": 0, "copy": 0, **where}),
        Step(
            NOON + 50,
            "response",
            {
                "segment": 0,
                "copy": 0,
                **where,
                "answer": "accepted",
                "status": "0x00000000",
                "carrier_message_id": "A1",
                "waited_ms": 40,
            },
        ),
        Step(
            received_at,
            "receipt",
            {
                "segment": 0,
                "copy": 0,
                "cause": "receipt_delivered",
                "stat": "DELIVRD",
                "error": "000",
                "carrier_message_id": "A1",
            },
        ),
        Step(received_at, "callback owed", {"status": "004"}),
        Step(received_at + 35, "callback", {"status": "004", "attempt": 1, "http_status": 200, "elapsed_ms": 5}),
    ]


async def test_an_early_receipt_stands_before_the_answer(gateway: Gateway) -> None:
    """At the moment at which it came (delivery 3.1)."""
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()
    written = on_link(gateway, accepted(submission), waited_ms=0)
    gateway.clock.at += 5
    await gateway.deliver(receipt())
    gateway.clock.at += 5
    await gateway.answer(written._replace(answered_at=gateway.clock.at))

    assert await kinds(gateway, message_id) == [
        "accepted",
        "routed",
        "submitted",
        "receipt: early",
        "response: accepted",
    ]


async def test_troubles_stand_between(gateway: Gateway) -> None:
    """Busy, a failure, a doubt, and at last the copy that was taken (delivery 2)."""
    (message_id,) = await gateway.send()
    await gateway.answer(on_link(gateway, busy(await gateway.submit_one()), sequence_number=1))
    gateway.clock.at += 1
    await gateway.answer(on_link(gateway, failed_for_now(await gateway.submit_one()), sequence_number=2))
    gateway.clock.at += MINUTE_MS
    await gateway.answer(on_link(gateway, in_doubt(await gateway.submit_one()), sequence_number=3))
    gateway.clock.at += 1
    await take(gateway, await gateway.submit_one(), sequence_number=4)

    assert await kinds(gateway, message_id) == [
        "accepted",
        "routed",
        "submitted",
        "busy: busy",
        "submitted",
        "response: failed for now",
        "retry",
        "submitted",
        "response: in doubt",
        "in doubt: resent",
        "submitted",
        "response: accepted",
    ]
    steps = await steps_of(gateway, message_id)
    written = [step.detail for step in steps if step.kind == "submitted"]
    assert [(each["sequence_number"], each["copy"]) for each in written] == [(1, 0), (2, 0), (3, 0), (4, 1)]
    (retry,) = [step.detail for step in steps if step.kind == "retry"]
    assert retry["attempts"] == 1


async def test_every_receipt_of_both_copies_is_told(gateway: Gateway) -> None:
    """Intermediate, final, the other copy's, and the same again (delivery 3.6, delivery 3.9, delivery 3.10)."""
    (message_id,) = await gateway.send()
    first = await gateway.submit_one()
    await gateway.answer(on_link(gateway, in_doubt(first)))
    second = await gateway.submit_one()
    await take(gateway, second, "B1")
    await take(gateway, first, "A1")
    for word in (receipt("A1", None), receipt("A1"), receipt("B1", Cause.RECEIPT_UNDELIVERABLE), receipt("A1")):
        gateway.clock.at += SECOND_MS
        await gateway.deliver(word)

    told = [step for step in await steps_of(gateway, message_id) if step.kind == "receipt"]

    assert [(step.detail["copy"], step.detail.get("effect", step.detail.get("cause"))) for step in told] == [
        (0, "intermediate"),
        (0, "receipt_delivered"),
        (1, "receipt_undeliverable"),
        (0, "repeated"),
    ]


async def test_a_late_receipt_is_told_as_late(gateway: Gateway) -> None:
    """After our own clock had given it up (delivery 3.8, delivery 3.12)."""
    (message_id,) = await gateway.send(validity_min=1, callback=2)
    await take(gateway, await gateway.submit_one())
    await gateway.pass_time(DAY_MS)
    gateway.clock.at += DAY_MS
    await gateway.deliver(receipt())

    assert await kinds(gateway, message_id) == [
        "accepted",
        "routed",
        "submitted",
        "response: accepted",
        "ended",
        "callback owed",
        "receipt: late",
        "callback owed",
    ]


async def test_ends_of_our_own_are_told(gateway: Gateway) -> None:
    """Stopped, expired, refused."""
    (stopped,) = await gateway.send()
    await gateway.stop(stopped)
    (refused,) = await gateway.send()
    await gateway.answer(on_link(gateway, rejected(await gateway.submit_one())))
    gateway.carrier.room_left = 0
    (expired,) = await gateway.send(validity_min=1)
    await gateway.pass_time(MINUTE_MS)

    assert (await kinds(gateway, stopped))[2:] == ["stopped"]
    assert (await kinds(gateway, expired))[2:] == ["expired"]
    assert (await kinds(gateway, refused))[2:] == ["submitted", "response: rejected", "refused"]


async def test_every_attempt_of_a_callback_is_told(gateway: Gateway) -> None:
    """With its status, and when the next one is due (delivery 5)."""
    (message_id,) = await gateway.send(callback=1)
    await take(gateway, await gateway.submit_one())
    (delivery,) = await gateway.tell()
    await gateway.notify.settle([not_taken(delivery)])

    (*_, owed, attempt) = await steps_of(gateway, message_id)
    assert (owed.kind, attempt.kind) == ("callback owed", "callback")
    assert attempt.detail["http_status"] == 500
    assert attempt.detail["next_at"] == gateway.clock.at + 2 * MINUTE_MS


async def test_a_re_route_is_told_with_both_carriers(gateway: Gateway) -> None:
    """It began with the first one, at the rate of that time (delivery 2.6)."""
    (message_id,) = await gateway.send()
    other = await gateway.store.create_carrier("other", {})
    detail: dict[str, str | int] = {
        "from": gateway.carrier.carrier_id,
        "to": other.carrier_id,
        "why": "down",
        "rate_before": RATE - 1,
    }
    event = Event(message_id, NOON + 5, EventKind.RE_ROUTED, detail)
    await gateway.store.write(lambda tx: tx.add_events([event]))

    (_, routed, re_routed) = await steps_of(gateway, message_id)

    assert (routed.kind, routed.detail) == ("routed", {"carrier": "carrier", "rate": RATE - 1})
    assert (re_routed.at, re_routed.kind) == (NOON + 5, "re-routed")
    assert re_routed.detail == {"from": "carrier", "to": "other", "why": "down", "rate_before": RATE - 1}
