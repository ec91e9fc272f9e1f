"""Leg 4, notify: what is owed, to whom, in what order, how often, and when it is given up."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.account import CallbackTarget, ConnectionSettings
from angarium.core.clocktime import DAY_MS, MINUTE_MS
from angarium.core.states import Cause
from angarium.core.status_codes import DELIVERED_TO_GATEWAY, ERROR_DELIVERING, RECEIVED
from angarium.flows.notify import LEASE_MS
from angarium.ports.bell import NOTIFICATIONS
from angarium.ports.store import StoreUnavailable
from tests.gateway import NOON, RATE, RECIPIENT, Gateway, accepted, not_taken, receipt, taken


async def deliver_one(gateway: Gateway, callback: int = 7, cause: Cause = Cause.RECEIPT_DELIVERED, **more: Any) -> int:
    """One message from acceptance to its receipt."""
    (message_id,) = await gateway.send(callback=callback, **more)
    await gateway.answer(accepted(await gateway.submit_one()))
    await gateway.deliver(receipt("A1", cause))
    return message_id


@pytest.mark.parametrize(
    ("mask", "heard_when_delivered", "heard_when_failed"),
    [
        (0, [], []),
        (1, [DELIVERED_TO_GATEWAY], [DELIVERED_TO_GATEWAY]),
        (2, [RECEIVED], [ERROR_DELIVERING]),
        (3, [DELIVERED_TO_GATEWAY, RECEIVED], [DELIVERED_TO_GATEWAY, ERROR_DELIVERING]),
        (4, [], [ERROR_DELIVERING]),
        (5, [DELIVERED_TO_GATEWAY], [DELIVERED_TO_GATEWAY, ERROR_DELIVERING]),
        (6, [RECEIVED], [ERROR_DELIVERING]),
        (7, [DELIVERED_TO_GATEWAY, RECEIVED], [DELIVERED_TO_GATEWAY, ERROR_DELIVERING]),
    ],
)
async def test_the_mask_decides_what_is_owed(
    gateway: Gateway, mask: int, heard_when_delivered: list[int], heard_when_failed: list[int]
) -> None:
    """As rest-api 8.2 lists it (rest-api 8.2)."""
    await deliver_one(gateway, mask)
    assert await gateway.hear_all() == heard_when_delivered

    await deliver_one(gateway, mask, Cause.RECEIPT_UNDELIVERABLE)
    assert await gateway.hear_all() == heard_when_failed


async def test_a_stopped_message_is_never_told(gateway: Gateway) -> None:
    """006 is the customer's own doing (rest-api 8.2)."""
    (message_id,) = await gateway.send(callback=7)
    await gateway.stop(message_id)

    assert await gateway.hear_all() == []


async def test_a_notification_says_all_that_a_callback_needs(gateway: Gateway) -> None:
    """Ids of both sides, the two numbers, price, status and moment."""
    message_id = await deliver_one(gateway, 2, client_message_id="order 7", sender="acme")

    (delivery,) = await gateway.tell()

    notification = delivery.notification
    assert delivery.message_public_id == gateway.public_ids.show(message_id)
    assert delivery.target.url == "https://customer.example/status"
    assert (notification.client_message_id, notification.recipient, notification.sender) == (
        "order 7",
        RECIPIENT,
        "acme",
    )
    assert (notification.charge, notification.status_code, notification.changed_at) == (RATE, RECEIVED, NOON)
    assert notification.connection_id == gateway.resending.connection_id


async def test_one_messages_notifications_come_in_order(gateway: Gateway) -> None:
    """The second waits until the first was taken, however long that takes (rest-api 8.5)."""
    await deliver_one(gateway)
    (first,) = await gateway.tell()
    assert first.notification.status_code == DELIVERED_TO_GATEWAY
    await gateway.notify.settle([not_taken(first)])
    assert await gateway.tell() == []
    gateway.clock.at += 2 * MINUTE_MS

    (again,) = await gateway.tell()
    assert again.notification.notification_id == first.notification.notification_id
    await gateway.notify.settle([taken(again)])

    assert await gateway.hear_all() == [RECEIVED]


async def test_another_messages_notification_waits_for_nobody(gateway: Gateway) -> None:
    """Order is kept per message only."""
    await deliver_one(gateway)
    (first,) = await gateway.tell()
    await gateway.notify.settle([not_taken(first)])
    other = await deliver_one(gateway, 2)

    assert [delivery.notification.message_id for delivery in await gateway.tell()] == [other]


async def test_a_failed_attempt_is_repeated_on_the_schedule_and_then_given_up(gateway: Gateway) -> None:
    """After 2, 4, 8, 16, 32, 64, 128 minutes, then daily for 3 days; then it is a dead letter (rest-api 8.5)."""
    await deliver_one(gateway, 2)
    pauses_ms = [*(minutes * MINUTE_MS for minutes in (2, 4, 8, 16, 32, 64, 128)), DAY_MS, DAY_MS, DAY_MS]
    for attempts, pause_ms in enumerate(pauses_ms):
        (delivery,) = await gateway.tell()
        assert delivery.notification.attempts == attempts
        await gateway.notify.settle([not_taken(delivery)])
        gateway.clock.at += pause_ms - 1
        assert await gateway.tell() == []
        gateway.clock.at += 1
    (last,) = await gateway.tell()

    await gateway.notify.settle([not_taken(last)])

    gateway.clock.at += 100 * DAY_MS
    assert await gateway.tell() == []
    assert gateway.callbacks_counted == {"retry": 10, "exhausted": 1}
    assert await gateway.store.notifications_lag() is None


async def test_a_dead_letter_lets_the_next_status_go(gateway: Gateway) -> None:
    """Order is kept as far as the endpoint lets us."""
    await deliver_one(gateway)
    for _ in range(11):
        (delivery,) = await gateway.tell()
        assert delivery.notification.status_code == DELIVERED_TO_GATEWAY
        await gateway.notify.settle([not_taken(delivery)])
        gateway.clock.at += DAY_MS

    assert await gateway.hear_all() == [RECEIVED]


async def test_a_taken_notification_is_told_once(gateway: Gateway) -> None:
    """And counted."""
    await deliver_one(gateway, 2)
    assert await gateway.hear_all() == [RECEIVED]

    gateway.clock.at += DAY_MS

    assert await gateway.tell() == []
    assert gateway.callbacks_counted == {"delivered": 1}


async def test_settling_rings_for_what_may_have_waited(gateway: Gateway) -> None:
    """The next status of the same message is due now."""
    await deliver_one(gateway)
    (first,) = await gateway.tell()
    gateway.bell.rung.clear()

    await gateway.notify.settle([taken(first)])

    assert gateway.bell.rung == {NOTIFICATIONS: 1}


async def test_after_a_crash_it_is_told_again_under_the_same_id(gateway: Gateway) -> None:
    """At least once, and at once: a start ends the leases of the dead process (rest-api 8.5, delivery 1.3)."""
    await deliver_one(gateway, 2)
    (first,) = await gateway.tell()

    await gateway.crash()

    (again,) = await gateway.tell()
    assert again.notification == first.notification


async def test_a_claim_that_nobody_settles_is_over_with_its_lease(gateway: Gateway) -> None:
    """Then it is told again (delivery 4.10)."""
    await deliver_one(gateway, 2)
    (first,) = await gateway.tell()
    gateway.clock.at += LEASE_MS - 1
    assert await gateway.tell() == []

    gateway.clock.at += 1

    (again,) = await gateway.tell()
    assert again.notification == first.notification


async def test_an_attempt_that_could_not_be_written_down_is_written_by_the_next_try(gateway: Gateway) -> None:
    """The store refuses once; nothing is told twice for it (delivery 4.5)."""
    await deliver_one(gateway, 2)
    (delivery,) = await gateway.tell()
    gateway.store.undo_next = 1
    with pytest.raises(StoreUnavailable):
        await gateway.notify.settle([taken(delivery)])

    await gateway.notify.settle([taken(delivery)])

    gateway.clock.at += DAY_MS
    assert await gateway.tell() == []
    assert gateway.callbacks_counted == {"delivered": 1}


async def test_a_notification_whose_connection_has_no_url_any_more_is_given_up(gateway: Gateway) -> None:
    """Nobody can be told; it stays as a dead letter and holds up nothing."""
    await deliver_one(gateway)
    await gateway.store.change_connection(gateway.resending.connection_id, ConnectionSettings())
    await gateway.tables.refresh(gateway.store)

    assert await gateway.tell() == []

    assert await gateway.store.notifications_lag() is None


async def test_a_connection_without_a_url_is_owed_nothing(gateway: Gateway) -> None:
    """Its mask may ask; there is nobody to tell."""
    await gateway.store.change_connection(gateway.resending.connection_id, ConnectionSettings())
    await gateway.tables.refresh(gateway.store)

    await deliver_one(gateway)

    assert await gateway.store.notifications_lag() is None


async def test_a_changed_url_holds_for_what_is_owed_already(gateway: Gateway) -> None:
    """The target is read when it is told, not when it became owed."""
    await deliver_one(gateway, 2)
    moved = ConnectionSettings(callback=CallbackTarget(url="https://customer.example/moved"))
    await gateway.store.change_connection(gateway.resending.connection_id, moved)
    await gateway.tables.refresh(gateway.store)

    (delivery,) = await gateway.tell()

    assert delivery.target.url == "https://customer.example/moved"


async def owe_to_both(gateway: Gateway, count: int) -> None:
    """Let both connections be owed so many notifications each."""
    for once in (False, True):
        await gateway.send(to=range(RECIPIENT, RECIPIENT + count), callback=1, once=once)
    submissions = await gateway.submit()
    await gateway.answer(*(accepted(each, f"A{at}") for at, each in enumerate(submissions)))


async def test_a_full_endpoint_takes_nothing_from_another(gateway: Gateway) -> None:
    """Each connection has room of its own (rest-api 8.5, delivery 5)."""
    await owe_to_both(gateway, 5)
    gateway.customer.room_of[gateway.resending.connection_id] = 0

    deliveries = await gateway.tell()

    assert {each.notification.connection_id for each in deliveries} == {gateway.sending_once.connection_id}
    assert len(deliveries) == 5


async def test_connections_take_turns_when_room_is_scarce(gateway: Gateway) -> None:
    """No connection comes first for ever."""
    await owe_to_both(gateway, 5)
    gateway.customer.total_room = 2
    served = []
    for _ in range(4):
        gateway.customer.under_way.clear()
        await gateway.notify.run_once()
        served += sorted({each.notification.connection_id for each in gateway.customer.under_way})

    once, other = gateway.resending.connection_id, gateway.sending_once.connection_id
    assert served == [once, other, once, other]


async def test_no_room_at_all_claims_nothing(gateway: Gateway) -> None:
    """What is not claimed needs no lease to end."""
    await deliver_one(gateway, 2)
    gateway.customer.total_room = 0
    assert await gateway.tell() == []

    gateway.customer.total_room = 1

    assert len(await gateway.tell()) == 1
