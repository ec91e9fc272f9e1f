"""What is scheduled waits, what is stopped never leaves, and a stop and a submit never both win."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from angarium.core.clocktime import HOUR_MS, MINUTE_MS, SECOND_MS
from angarium.core.credit import format_credits
from tests.service import CREDIT_AT_START, RATE, Carrier, Customer, Service, check_ledger, whole_service

RACERS = 600
CUSTOMERS = 4


def at(service: Service, *, ahead_ms: int) -> str:
    """A moment so far ahead of the service's clock, as the API takes it."""
    return datetime.fromtimestamp((service.clock.now() + ahead_ms) / SECOND_MS, UTC).isoformat()


async def balance(customer: Customer) -> str:
    """The account's free credit, as the API shows it."""
    answer = await customer.call("GET", "/rest/account/balance")
    return str(answer.json()["data"]["balance"])


async def test_a_scheduled_message_waits_for_its_time_and_then_goes(tmp_path: Path) -> None:
    """011 until its hour has come; one that was due at once overtakes it (rest-api 3, 7, 011)."""
    async with whole_service(tmp_path) as service, service.customer() as customer:
        await service.bound(1)
        (later,) = await customer.send("27990000001", scheduledDeliveryTime=at(service, ahead_ms=HOUR_MS))
        (now,) = await customer.send("27990000002")
        await service.final([now])
        waiting = await customer.status(later)
        taken = service.simulator.taken()
        service.clock.ahead_ms += HOUR_MS + SECOND_MS
        await service.final([later])

        assert (waiting, taken["27990000001"]) == ("011", 0)
        assert service.callbacks[later] == ["003", "004"]
        assert service.simulator.taken()["27990000001"] == 1


async def test_a_stopped_message_is_never_sent_and_its_credit_is_free_again(tmp_path: Path) -> None:
    """011, stopped, 006: also when its time has come, and also when it is stopped twice."""
    whole = format_credits(CREDIT_AT_START, 2)
    async with whole_service(tmp_path) as service, service.customer() as customer:
        await service.bound(1)
        (sent,) = await customer.send("27990000001", scheduledDeliveryTime=at(service, ahead_ms=HOUR_MS))
        reserved = await balance(customer)
        stopped = [await customer.stop(sent), await customer.stop(sent), await customer.status(sent)]
        released = await balance(customer)
        service.clock.ahead_ms += HOUR_MS + SECOND_MS
        (other,) = await customer.send("27990000002")
        await service.final([other])

        assert stopped == ["006", "006", "006"]
        assert (reserved, released) == (format_credits(CREDIT_AT_START - RATE, 2), whole)
        assert service.simulator.taken() == {"27990000002": 1}
        assert service.callbacks[sent] == []


async def test_a_message_that_has_left_says_where_it_is_when_it_is_stopped(tmp_path: Path) -> None:
    """Stopping what was delivered changes nothing, and costs nothing."""
    async with whole_service(tmp_path) as service, service.customer() as customer:
        await service.bound(1)
        (sent,) = await customer.send("27990000001")
        await service.final([sent])

        assert await customer.stop(sent) == "004"
        assert service.callbacks[sent] == ["003", "004"]


async def test_a_message_whose_validity_ends_before_it_could_leave_expires_unpaid(tmp_path: Path) -> None:
    """Queued for a carrier that is not there, 010 when its minutes are over, and the credit is free again (rest-api 7,
    010, delivery 1.2).
    """
    async with (
        whole_service(tmp_path, Carrier("north", "", {"port": 1})) as service,
        service.customer() as customer,
    ):
        (sent,) = await customer.send("27990000001", validityPeriod=5)
        before = await customer.status(sent)
        service.clock.ahead_ms += 5 * MINUTE_MS + SECOND_MS
        await service.final([sent])

        assert before == "008"
        assert service.callbacks[sent] == ["010"]
        assert await balance(customer) == format_credits(CREDIT_AT_START, 2)


async def test_a_stop_and_a_submit_never_both_win(tmp_path: Path) -> None:
    """Hundreds of stops while the messages are being sent: 006 was never sent, anything else was sent and is true
    (rest-api 2.7).
    """
    async with AsyncExitStack() as stack:
        # Slow enough that the stops find messages on either side of the door.
        service = await stack.enter_async_context(
            whole_service(tmp_path, Carrier("north", "", {"window": 5, "read_ahead": 0, "pace_per_s": 500}))
        )
        customers = [await stack.enter_async_context(service.customer()) for _ in range(CUSTOMERS)]
        await service.bound(1)
        numbers = [f"279{n:06}00" for n in range(RACERS)]
        sent = [each for n in range(0, RACERS, 200) for each in await customers[0].send(*numbers[n : n + 200])]
        answers: dict[str, str] = {}

        async def stop_from_the_end(customer: Customer, share: list[str]) -> None:
            for message_id in reversed(share):
                answers[message_id] = await customer.stop(message_id)

        await asyncio.gather(*(stop_from_the_end(each, sent[n::CUSTOMERS]) for n, each in enumerate(customers)))
        left = [message_id for message_id, status in answers.items() if status != "006"]
        await service.final(left)

        taken = service.simulator.taken()
        stopped = {message_id for message_id, status in answers.items() if status == "006"}
        assert stopped, "some stops won"
        assert left, "some stops lost"
        assert {number: taken[number] for number in numbers} == {
            number: int(message_id not in stopped) for number, message_id in zip(numbers, sent, strict=True)
        }
        assert {await customers[0].status(message_id) for message_id in stopped} == {"006"}
        assert {service.callbacks[message_id][-1] for message_id in left} == {"004"}
        assert {answers[message_id] for message_id in left} <= {"002", "003", "004"}
        assert not stopped & service.callbacks.keys()
    money = await check_ledger(tmp_path / "data")
    assert (money.free, money.reserved, money.spent) == (
        CREDIT_AT_START - RATE * len(left),
        0,
        RATE * len(left),
    )
