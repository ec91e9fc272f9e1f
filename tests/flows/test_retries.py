"""Safe retries: one acceptance for a key, and its first reply for whoever asks again (rest-api 3.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from angarium.core.clocktime import DAY_MS
from angarium.core.message import Accepted, Result, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.flows.intake import Call
from angarium.flows.retries import PRUNED_MAX, Once, Replied
from angarium.ports.retries import Reply
from angarium.ports.store import StoreUnavailable
from angarium.text.segments import Content
from tests.gateway import CREDIT_AT_FIRST, NOON, RATE, Gateway

HELLO = SendRequest(recipients=("27990000001",), content=Content.of_text("Hello"))


def spelled(results: Sequence[Result]) -> Reply:
    """A reply that tells one acceptance from another."""
    return Reply(202, b"text/plain", repr(results).encode())


def once(key: str = "k", digest: bytes = b"body", parameter: str = "Idempotency-Key") -> Once:
    """A key and the digest of its body."""
    return Once(parameter, key, digest, spelled)


async def messages(gateway: Gateway) -> int:
    """How many messages have been paid for."""
    return (CREDIT_AT_FIRST - (await gateway.balance()).free) // RATE


async def test_a_repeated_call_gets_the_first_reply_and_sends_nothing(gateway: Gateway) -> None:
    """One message, one charge, the same bytes (rest-api 3.3, delivery 1.3)."""
    first = await gateway.ask(HELLO, retry=once())
    again = await gateway.ask(HELLO, retry=once())

    assert first.reply == spelled(first.results)
    assert again == Replied(first.reply)
    assert await messages(gateway) == 1


async def test_a_repeated_call_gets_the_first_reply_after_a_crash(gateway: Gateway) -> None:
    """Reply and message are one commit, so they survive together (rest-api 3.3, delivery 1.1)."""
    first = await gateway.ask(HELLO, retry=once())

    await gateway.crash()

    assert await gateway.ask(HELLO, retry=once()) == Replied(first.reply)
    assert await messages(gateway) == 1


async def test_the_same_key_with_another_body_is_refused(gateway: Gateway) -> None:
    """What carried the key is named, and nothing is sent (rest-api 3.3)."""
    await gateway.ask(HELLO, retry=once("k", parameter="clientMessageId"))

    other = await gateway.ask(HELLO, retry=once("k", b"other", parameter="clientMessageId"))

    assert other == Refusal(Reason.KEY_REUSED, "clientMessageId")
    assert await messages(gateway) == 1


async def test_other_keys_and_other_connections_are_other_calls(gateway: Gateway) -> None:
    """A clientMessageId is no Idempotency-Key of the same letters, and each connection has keys of its own."""
    await gateway.ask(HELLO, retry=once("k"))
    await gateway.ask(HELLO, retry=once("l"))
    await gateway.ask(HELLO, retry=once("k", parameter="clientMessageId"))
    await gateway.ask(HELLO, retry=once("k"), once=True)
    await gateway.ask(HELLO)

    assert await messages(gateway) == 5


async def test_two_calls_with_one_key_in_one_group_are_one_acceptance(gateway: Gateway) -> None:
    """The second finds what the first has just made (rest-api 3.3)."""
    caller = gateway.caller()

    first, same, other = await gateway.intake.accept(
        [Call(caller, HELLO, once()), Call(caller, HELLO, once()), Call(caller, HELLO, once(digest=b"other"))]
    )

    assert isinstance(first, Replied)
    assert same == Replied(first.reply)
    assert other == Refusal(Reason.KEY_REUSED, "Idempotency-Key")
    assert await messages(gateway) == 1


async def test_calls_with_one_key_in_flight_at_once_are_one_acceptance(gateway: Gateway) -> None:
    """Also when they are works of their own, in one commit or in several (rest-api 3.3)."""
    replied = await asyncio.gather(*(gateway.ask(HELLO, retry=once()) for _ in range(5)))

    assert len({each.reply for each in replied}) == 1
    assert sum(len(each.results) for each in replied) == 1
    assert await messages(gateway) == 1


async def test_a_key_is_forgotten_after_a_day(gateway: Gateway) -> None:
    """Until then the reply is given again; then the key begins anew (rest-api 3.3)."""
    first = await gateway.ask(HELLO, retry=once())
    gateway.clock.at += DAY_MS
    last = await gateway.ask(HELLO, retry=once())
    gateway.clock.at += 1
    anew = await gateway.ask(HELLO, retry=once())

    assert last.reply == first.reply
    assert anew.reply != first.reply
    assert await messages(gateway) == 2


async def test_forgotten_replies_leave_the_store(gateway: Gateway) -> None:
    """Housekeeping drops them in small steps, and no other (rest-api 3.3)."""
    count = PRUNED_MAX + 2
    caller = gateway.caller()
    nobody = SendRequest(recipients=("1",), content=HELLO.content)
    await gateway.intake.accept([Call(caller, nobody, once(str(each))) for each in range(count)])
    gateway.clock.at += DAY_MS
    await gateway.ask(nobody, retry=once("new"))

    await gateway.pass_time(1)

    keys = [(caller.connection.connection_id, f"Idempotency-Key:{each}") for each in [*range(count), "new"]]
    kept = await gateway.store.write(lambda tx: tx.kept_replies(keys, since=NOON))
    assert [each.key for each in kept] == ["Idempotency-Key:new"]


async def test_refused_recipients_are_part_of_the_reply(gateway: Gateway) -> None:
    """A call that was answered recipient by recipient is answered so again, whoever was refused (rest-api 3.3)."""
    mixed = HELLO._replace(recipients=("27990000001", "no number"))
    nobody = HELLO._replace(recipients=("no number",))

    firsts = [await gateway.ask(mixed, retry=once("a")), await gateway.ask(nobody, retry=once("b"))]
    again = [await gateway.ask(mixed, retry=once("a")), await gateway.ask(nobody, retry=once("b"))]

    assert [each.reply for each in again] == [each.reply for each in firsts]
    assert not any(each.results for each in again)
    assert await messages(gateway) == 1


@pytest.mark.parametrize("refused", [HELLO._replace(sender="no such!"), Refusal(Reason.BAD_DELIVERY_TIME)])
async def test_the_refusal_of_a_whole_call_is_not_kept(gateway: Gateway, refused: SendRequest | Refusal) -> None:
    """What is corrected may be sent under the same key, since nothing has been sent (rest-api 3.3)."""
    caller = gateway.caller()

    (first,) = await gateway.intake.accept([Call(caller, refused, once())])
    corrected = await gateway.ask(HELLO, retry=once(digest=b"corrected"))

    assert isinstance(first, Refusal)
    assert isinstance(corrected.results[0], Accepted)


async def test_what_has_become_wrong_since_changes_nothing(gateway: Gateway) -> None:
    """A delivery time that was ahead at first has passed when the call is repeated (rest-api 3.3)."""
    first = await gateway.ask(HELLO, retry=once())

    (again,) = await gateway.intake.accept([Call(gateway.caller(), Refusal(Reason.BAD_DELIVERY_TIME), once())])

    assert again == Replied(first.reply)


async def test_no_credit_is_not_kept(gateway: Gateway) -> None:
    """After a purchase the same call goes through (rest-api 3.3)."""
    await gateway.store.buy_credit(gateway.account.account_id, RATE - 1 - CREDIT_AT_FIRST, note="", at=NOON)
    assert await gateway.ask(HELLO, retry=once()) == Refusal(Reason.NO_CREDIT)

    await gateway.store.buy_credit(gateway.account.account_id, RATE, note="", at=NOON)

    assert isinstance(await gateway.ask(HELLO, retry=once()), Replied)


@pytest.mark.parametrize("mood", ["refuse_next", "undo_next"])
async def test_a_store_that_fails_keeps_neither_message_nor_reply(gateway: Gateway, mood: str) -> None:
    """503 says that nothing was taken, and the repetition is a first call (rest-api 3.3)."""
    setattr(gateway.store, mood, 1)
    with pytest.raises(StoreUnavailable):
        await gateway.ask(HELLO, retry=once())

    replied = await gateway.ask(HELLO, retry=once())

    assert len(replied.results) == 1
    assert await messages(gateway) == 1


async def test_a_commit_that_is_lost_takes_the_reply_with_it(gateway: Gateway) -> None:
    """The reply that was made for it is never given (rest-api 3.3)."""
    gateway.store.lose_next_commit()
    with pytest.raises(StoreUnavailable):
        await gateway.ask(HELLO, retry=once())

    assert len((await gateway.ask(HELLO, retry=once())).results) == 1


async def test_a_call_without_a_key_asks_the_store_for_none(gateway: Gateway) -> None:
    """Nothing else deduplicates, and nothing is paid for it (rest-api 3.3)."""
    await gateway.send()
    await gateway.send()

    assert await messages(gateway) == 2
