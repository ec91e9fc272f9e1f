"""What handsets have sent is pushed to its owner: how often, where to, and until when."""

from __future__ import annotations

from angarium.core.account import InboundCharset
from angarium.core.clocktime import DAY_MS, MINUTE_MS
from angarium.core.inbound import InboundState
from angarium.core.notification import inbound_queue
from angarium.flows.notify_inbound import LEASE_MS
from tests.gateway import NOON, TWO_WAY, Gateway, not_taken, receipt, taken
from tests.gateway import accepted as accepted_reply

PAUSES_MIN = (2, 4, 8, 16, 25)


async def owe_one(gateway: Gateway, text: str = "Hello", **target: str) -> None:
    """A message from a handset to a connection with a reply URL."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.want_replies(gateway.resending, **target)
    await gateway.hear(text)


async def test_a_push_says_all_that_a_reply_url_shows(gateway: Gateway) -> None:
    """Its own id, both numbers, the text, the moment (rest-api 9.1)."""
    await owe_one(gateway, "Hello yourself", charset=InboundCharset.UTF_8)

    (delivery,) = await gateway.push()

    notification = delivery.notification
    (message,) = await gateway.inbox()
    assert delivery.message_public_id == gateway.public_ids.show(message.inbound_id)
    assert (delivery.target.url, notification.connection_id) == (
        "https://customer.example/reply",
        gateway.resending.connection_id,
    )
    assert (notification.sender, notification.recipient) == ("27990000001", TWO_WAY)
    assert (notification.content.text(), notification.received_at) == ("Hello yourself", NOON)


async def test_a_message_that_was_taken_is_done(gateway: Gateway) -> None:
    """It is pushed once, and says so."""
    await owe_one(gateway)
    (delivery,) = await gateway.push()

    await gateway.notify_inbound.settle([taken(delivery)])

    gateway.clock.at += 100 * DAY_MS
    assert await gateway.push() == []
    assert [each.state for each in await gateway.inbox()] == [InboundState.DELIVERED]
    assert gateway.inbound_counted["delivered"] == 1


async def fail_through(gateway: Gateway, url: str) -> None:
    """Let each attempt at this URL fail, and find each at its moment and not before."""
    for pause_min in PAUSES_MIN:
        (delivery,) = await gateway.push()
        assert delivery.target.url == url
        await gateway.notify_inbound.settle([not_taken(delivery)])
        gateway.clock.at += pause_min * MINUTE_MS - 1
        assert await gateway.push() == []
        gateway.clock.at += 1
    (last,) = await gateway.push()
    assert last.target.url == url
    await gateway.notify_inbound.settle([not_taken(last)])


async def test_without_a_secondary_url_it_is_a_dead_letter_after_six_attempts(gateway: Gateway) -> None:
    """After 2, 4, 8, 16, 25 minutes, then a person can replay it (rest-api 9.4)."""
    await owe_one(gateway)

    await fail_through(gateway, "https://customer.example/reply")

    gateway.clock.at += 100 * DAY_MS
    assert await gateway.push() == []
    (message,) = await gateway.inbox(state=InboundState.DEAD_LETTER)
    attempts = await gateway.store.inbound_attempts(message.inbound_id)
    assert [(each.attempt_no, each.status) for each in attempts] == [(number, 500) for number in range(1, 7)]

    assert await gateway.store.replay_inbound([message.inbound_id], at=gateway.clock.at) == [message.inbound_id]

    (again,) = await gateway.push()
    await gateway.notify_inbound.settle([taken(again)])
    assert [each.state for each in await gateway.inbox()] == [InboundState.DELIVERED]
    assert len(await gateway.store.inbound_attempts(message.inbound_id)) == 7


async def test_the_secondary_url_has_as_many_attempts_of_its_own(gateway: Gateway) -> None:
    """The first of them at once; then it is a dead letter (rest-api 9.4)."""
    await owe_one(gateway, secondary_url="https://spare.example/reply")

    await fail_through(gateway, "https://customer.example/reply")
    await fail_through(gateway, "https://spare.example/reply")

    gateway.clock.at += 100 * DAY_MS
    assert await gateway.push() == []
    assert len(await gateway.inbox(state=InboundState.DEAD_LETTER)) == 1
    assert gateway.inbound_counted["exhausted"] == 1


async def test_a_crash_during_a_push_repeats_it_under_the_same_id(gateway: Gateway) -> None:
    """At least once: the lease ends with the process that held it (delivery 1.3)."""
    await owe_one(gateway)
    (first,) = await gateway.push()
    assert await gateway.push() == []
    await gateway.crash()

    (again,) = await gateway.push()

    assert again.message_public_id == first.message_public_id
    gateway.clock.at += LEASE_MS
    assert len(await gateway.push()) == 1


async def test_a_full_queue_leaves_the_rest_where_it_is(gateway: Gateway) -> None:
    """Replies and statuses of one connection have a queue each; neither stops the other (delivery 5)."""
    await owe_one(gateway)
    (message_id,) = await gateway.send(callback=2)
    await gateway.answer(accepted_reply(await gateway.submit_one()))
    await gateway.deliver(receipt())
    connection_id = gateway.resending.connection_id
    gateway.reader.room_of[inbound_queue(connection_id)] = 0
    assert await gateway.push() == []
    assert [each.notification.message_id for each in await gateway.tell()] == [message_id]

    gateway.reader.room_of[inbound_queue(connection_id)] = 1
    gateway.reader.room_of[connection_id] = 0

    assert len(await gateway.push()) == 1


async def test_a_reply_url_that_is_taken_away_leaves_its_messages_to_be_read(gateway: Gateway) -> None:
    """Nothing is pushed to nowhere, and nothing is dropped."""
    await owe_one(gateway)
    await gateway.store.change_connection(gateway.resending.connection_id, gateway.resending.settings)
    await gateway.tables.refresh(gateway.store)

    assert await gateway.push() == []

    assert [each.state for each in await gateway.inbox()] == [InboundState.KEPT]
