"""What handsets send is kept, found again by what belongs together, and pushed until it is done."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.account import ConnectionSettings, ReplyTarget
from angarium.core.clocktime import HOUR_MS, MINUTE_MS
from angarium.core.inbound import InboundState
from angarium.core.inbound_numbers import NumberSettings, OptOutScope
from angarium.core.notification import InboundNotification
from angarium.ports.endpoints import EndpointHealth
from angarium.ports.inbound import InboundAttempt, InboundView, NewInbound, Part, PartsKey, SettledInbound, WaitingParts
from angarium.ports.store import AlreadyExists, NotFound, Tx
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content, UserData
from tests.contract.stage import LEASE_MS, NOON, Place, Stage, add_account

HANDSET, NUMBER = "27990000001", "27999123456"


def key(stage: Stage, **changes: Any) -> PartsKey:
    """A message of three parts."""
    return PartsKey(stage.carrier_id, HANDSET, NUMBER, 7, 3)._replace(**changes)


def part(stage: Stage, sequence: int, **changes: Any) -> Part:
    """One of them."""
    user_data = UserData(Alphabet.BINARY, b"\x05\x00\x03\x07\x03" + bytes((sequence,)), bytes((0, sequence, 255)))
    return Part(key(stage), sequence, user_data, NOON)._replace(**changes)


def inbound(stage: Stage, inbound_id: int, **changes: Any) -> NewInbound:
    """A message owed to the stage's connection."""
    message = NewInbound(
        inbound_id=inbound_id,
        connection_id=stage.connection_id,
        carrier_id=stage.carrier_id,
        sender=HANDSET,
        recipient=NUMBER,
        content=Content.of_text("Hello"),
        missing=0,
        received_at=NOON,
        state=InboundState.OWED,
        due_at=NOON,
    )
    return message._replace(**changes)


async def add(stage: Stage, *messages: NewInbound) -> None:
    """Store messages."""
    await stage.store.write(lambda tx: tx.add_inbound(messages))


async def claim(stage: Stage, *, limit: int = 100, now: int = NOON) -> list[InboundNotification]:
    """Take what is due."""
    return await stage.store.write(
        lambda tx: tx.claim_inbound(stage.connection_id, limit=limit, now=now, lease_until=now + LEASE_MS)
    )


def settled(inbound_id: int, **changes: Any) -> SettledInbound:
    """A first attempt that the customer took."""
    return SettledInbound(inbound_id, NOON, 1, 200, b"thanks", "", 5, InboundState.DELIVERED, None)._replace(**changes)


async def want_replies(stage: Stage) -> None:
    """Give the stage's connection a reply URL."""
    settings = ConnectionSettings(reply=ReplyTarget(url="https://customer.example/reply"))
    await stage.store.change_connection(stage.connection_id, settings)


# --- parts


async def test_parts_are_found_by_what_they_have_in_common(place: Place, stage: Stage) -> None:
    """In the order of their arrival, octet for octet, also after a restart (rest-api 9)."""
    parts = [part(stage, 3), part(stage, 1, received_at=NOON - 5)]
    others = [
        part(stage, 2, key=key(stage, **{name: value}))
        for name, value in {"carrier_id": 9, "sender": "1", "recipient": "2", "reference": 8, "total": 4}.items()
    ]
    await stage.store.write(lambda tx: tx.keep_parts([*parts, *others]))
    stage.store = await place.reopen(stage.store)

    assert await stage.store.write(lambda tx: tx.parts(key(stage))) == parts


async def test_parts_that_were_joined_are_kept_to_know_them_again(stage: Stage) -> None:
    """Until they are pruned."""

    async def join(tx: Tx) -> list[Part]:
        await tx.keep_parts([part(stage, 1)])
        await tx.mark_joined(key(stage))
        await tx.keep_parts([part(stage, 2)])
        return await tx.parts(key(stage))

    assert [each.is_joined for each in await stage.store.write(join)] == [True, False]
    assert await stage.store.waiting_parts(limit=10) == [WaitingParts(key(stage), 1, NOON)]

    assert await stage.store.write(lambda tx: tx.prune_joined(before=NOON + 1, limit=10)) == 1
    assert [each.sequence for each in await stage.store.write(lambda tx: tx.parts(key(stage)))] == [2]


async def test_parts_that_have_waited_too_long_are_told(stage: Stage) -> None:
    """Each message once, the longest waiting first."""
    late, early = key(stage, reference=1), key(stage, reference=2)
    await stage.store.write(
        lambda tx: tx.keep_parts(
            [
                part(stage, 1, key=late, received_at=NOON),
                part(stage, 1, key=early, received_at=NOON - 9),
                part(stage, 2, key=early, received_at=NOON - 8),
            ]
        )
    )

    assert await stage.store.write(lambda tx: tx.overdue_parts(before=NOON - 9, limit=10)) == []
    assert not await stage.store.has_overdue_parts(before=NOON - 9)
    assert await stage.store.write(lambda tx: tx.overdue_parts(before=NOON + 1, limit=10)) == [early, late]
    assert await stage.store.has_overdue_parts(before=NOON - 8)
    assert [(each.key, each.received) for each in await stage.store.waiting_parts(limit=10)] == [(early, 2), (late, 1)]


# --- messages


async def test_a_message_is_shown_as_it_was_stored(stage: Stage) -> None:
    """Header and octets included."""
    content = Content.of_binary(b"\0\xff", b"\x06\x05\x04\x15\x81\x00\x00")
    await add(stage, inbound(stage, 5, content=content, missing=1, state=InboundState.DEAD_LETTER, due_at=None))

    view = await stage.store.inbound_message(5)

    assert view == InboundView(
        inbound_id=5,
        connection_id=stage.connection_id,
        carrier_id=stage.carrier_id,
        sender=HANDSET,
        recipient=NUMBER,
        content=content,
        missing=1,
        received_at=NOON,
        state=InboundState.DEAD_LETTER,
        due_at=None,
        attempts=0,
    )
    with pytest.raises(NotFound):
        await stage.store.inbound_message(6)


async def test_messages_are_listed_newest_first(stage: Stage) -> None:
    """All, in a state, of a connection, and page by page."""
    _, other = await add_account(stage.store, "other")
    await add(
        stage,
        inbound(stage, 1),
        inbound(stage, 2, connection_id=None, state=InboundState.UNOWNED, due_at=None),
        inbound(stage, 3, connection_id=other),
        inbound(stage, 4, state=InboundState.KEPT, due_at=None),
    )

    async def ids(**wanted: Any) -> list[int]:
        return [view.inbound_id for view in await stage.store.inbound_messages(**{"limit": 10, **wanted})]

    assert await ids() == [4, 3, 2, 1]
    assert await ids(limit=2) == [4, 3]
    assert await ids(before_id=3) == [2, 1]
    assert await ids(state=InboundState.UNOWNED) == [2]
    assert await ids(connection_id=stage.connection_id) == [4, 1]
    assert await ids(connection_id=stage.connection_id, state=InboundState.OWED) == [1]


async def test_messages_are_found_by_the_number_at_either_end(stage: Stage) -> None:
    """From it or to it, whatever became of them, page by page; without its last digits only as it is shown."""
    await add(
        stage,
        inbound(stage, 1),
        inbound(stage, 2, sender="27990000002", connection_id=None, state=InboundState.UNOWNED, due_at=None),
        inbound(stage, 3, sender=NUMBER, recipient=NUMBER, state=InboundState.KEPT, due_at=None),
        inbound(stage, 4, recipient="31234", state=InboundState.KEPT, due_at=None),
        inbound(stage, 5, state=InboundState.KEPT, due_at=None),
    )

    async def ids(number: str, **wanted: Any) -> list[int]:
        found = await stage.store.inbound_messages_of_number(number, **{"limit": 10, **wanted})
        return [view.inbound_id for view in found]

    assert await ids(HANDSET) == [5, 4, 1]
    assert await ids(NUMBER) == [5, 3, 2, 1]
    assert await ids(NUMBER, limit=2) == [5, 3]
    assert await ids(NUMBER, before_id=3, limit=2) == [2, 1]
    assert await ids("2799999") == []

    await stage.store.write(lambda tx: tx.mask_inbound(stage.connection_id, before_id=9, limit=10))
    assert await ids(HANDSET) == [1]
    assert await ids("2799000****") == [5, 4]


async def test_new_ids_begin_after_those_of_inbound_messages(stage: Stage) -> None:
    """No message of ours ever has the id of one of theirs."""
    await add(stage, inbound(stage, 5_000_000))

    assert await stage.store.last_message_id() == 5_000_000


async def test_a_claimed_message_is_left_alone_until_its_lease_ends(stage: Stage) -> None:
    """The oldest first, up to a limit; a start ends all leases (delivery 5)."""
    await add(stage, inbound(stage, 1, due_at=NOON), inbound(stage, 2, due_at=NOON - 1), inbound(stage, 3))
    (first,) = await claim(stage, limit=1)
    assert first == InboundNotification(
        2, stage.connection_id, HANDSET, NUMBER, Content.of_text("Hello"), NOON, attempts=0
    )
    assert [each.message_id for each in await claim(stage)] == [1, 3]
    assert await claim(stage, now=NOON + LEASE_MS - 1) == []

    assert await stage.store.write(lambda tx: tx.end_leases(now=NOON)) == 3

    assert len(await claim(stage)) == 3


async def test_who_is_owed_a_push_is_known(stage: Stage) -> None:
    """Not those whose messages are claimed, due later, or done."""
    _, later = await add_account(stage.store, "later")
    await add(stage, inbound(stage, 1), inbound(stage, 2, connection_id=later, due_at=NOON + 1))

    assert await stage.store.connections_owed_inbound(now=NOON) == [stage.connection_id]
    assert await stage.store.connections_owed_inbound(now=NOON - 1) == []
    await claim(stage)
    assert await stage.store.connections_owed_inbound(now=NOON) == []
    assert await stage.store.connections_owed_inbound(now=NOON + 1) == [later]


async def test_attempts_are_kept_and_decide(stage: Stage) -> None:
    """Every one with its time, status and answer, for the customer to see (delivery 5)."""
    await add(stage, inbound(stage, 1))
    await claim(stage)
    failed = settled(
        1, status=500, answer=b"\0no", state=InboundState.OWED, due_at=NOON + HOUR_MS, error="", elapsed_ms=9
    )
    await stage.store.write(lambda tx: tx.settle_inbound([failed]))
    assert await claim(stage, now=NOON + HOUR_MS - 1) == []
    (again,) = await claim(stage, now=NOON + HOUR_MS)
    assert again.attempts == 1

    await stage.store.write(lambda tx: tx.settle_inbound([settled(1, at=NOON + HOUR_MS, attempt_no=2)]))

    assert (await stage.store.inbound_message(1)).state is InboundState.DELIVERED
    assert await claim(stage, now=NOON + 9 * HOUR_MS) == []
    assert await stage.store.inbound_attempts(1) == [
        InboundAttempt(NOON, 1, 500, 9, b"\0no", ""),
        InboundAttempt(NOON + HOUR_MS, 2, 200, 5, b"thanks", ""),
    ]


async def test_how_a_reply_url_does(stage: Stage) -> None:
    """What waits, what it has not taken to the end, and its failures since the last success (rest-api 9.4)."""
    assert await stage.store.reply_health(stage.connection_id, counted_max=9) == EndpointHealth(0, 0, None, None, 0)
    await add(stage, *(inbound(stage, each) for each in (1, 2, 3, 4)))
    failed = {"status": 500, "state": InboundState.OWED, "due_at": NOON + HOUR_MS}
    tries = [
        settled(1, at=NOON + 2),
        settled(2, at=NOON + 1, **failed),
        settled(2, at=NOON + 3, attempt_no=2, **failed),
        settled(3, at=NOON + 4, status=0, error="No answer.", state=InboundState.DEAD_LETTER),
    ]
    await stage.store.write(lambda tx: tx.settle_inbound(tries))

    assert await stage.store.reply_health(stage.connection_id, counted_max=9) == EndpointHealth(
        waiting=2, dead=1, succeeded_at=NOON + 2, failed_at=NOON + 4, failures=2
    )
    assert (await stage.store.reply_health(stage.connection_id, counted_max=1))[:2] == (1, 1)
    assert (await stage.store.reply_health(stage.connection_id + 1, counted_max=9))[:2] == (0, 0)
    dead = await stage.store.inbound_messages(
        connection_id=stage.connection_id, state=InboundState.DEAD_LETTER, limit=9
    )
    assert [view.inbound_id for view in dead] == [3]


async def test_a_message_is_given_to_a_connection(stage: Stage) -> None:
    """Owed from then on if it has a reply URL, else kept."""
    await add(stage, inbound(stage, 1, connection_id=None, state=InboundState.UNOWNED, due_at=None))

    view = await stage.store.assign_inbound(1, stage.connection_id, at=NOON)
    assert (view.connection_id, view.state, view.due_at) == (stage.connection_id, InboundState.KEPT, None)

    await want_replies(stage)
    view = await stage.store.assign_inbound(1, stage.connection_id, at=NOON)
    assert (view.state, view.due_at) == (InboundState.OWED, NOON)
    for inbound_id, connection_id in ((2, stage.connection_id), (1, 99)):
        with pytest.raises(NotFound):
            await stage.store.assign_inbound(inbound_id, connection_id, at=NOON)


async def test_only_what_has_an_owner_with_a_reply_url_is_replayed(stage: Stage) -> None:
    """As if it had never been tried; what is under way is left alone."""
    await add(
        stage,
        inbound(stage, 1, state=InboundState.DEAD_LETTER, due_at=None),
        inbound(stage, 2, connection_id=None, state=InboundState.UNOWNED, due_at=None),
        inbound(stage, 3),
    )
    assert await stage.store.replay_inbound([1, 2, 3, 4], at=NOON) == []
    await want_replies(stage)
    await claim(stage)

    assert await stage.store.replay_inbound([1, 2, 3, 4], at=NOON + MINUTE_MS) == [1]

    assert await claim(stage) == []
    assert [each.message_id for each in await claim(stage, now=NOON + MINUTE_MS)] == [1]


async def test_what_is_old_is_erased_and_then_dropped(stage: Stage) -> None:
    """But nothing that is owed still."""
    await add(
        stage,
        inbound(stage, 1, state=InboundState.DELIVERED, due_at=None),
        inbound(stage, 2),
        inbound(stage, 3, state=InboundState.KEPT, due_at=None),
        inbound(stage, 4, connection_id=None, state=InboundState.UNOWNED, due_at=None),
    )

    async def erase(connection_id: int | None, before_id: int) -> int:
        return await stage.store.write(lambda tx: tx.erase_inbound(connection_id, before_id=before_id, limit=10))

    assert await stage.store.write(lambda tx: tx.connections_with_inbound_text()) == [None, stage.connection_id]
    assert [await erase(None, 4), await erase(None, 5)] == [0, 1]
    assert await stage.store.write(lambda tx: tx.connections_with_inbound_text()) == [stage.connection_id]
    assert [await erase(stage.connection_id, 3), await erase(stage.connection_id, 3)] == [1, 0]
    assert (await stage.store.inbound_message(1)).content is None
    await want_replies(stage)
    assert await stage.store.replay_inbound([1], at=NOON) == []

    assert await stage.store.write(lambda tx: tx.prune_inbound(before_id=3, limit=10)) == 1
    assert [view.inbound_id for view in await stage.store.inbound_messages(limit=10)] == [4, 3, 2]


async def test_old_numbers_lose_their_last_digits(stage: Stage) -> None:
    """By connection and age, once; what is owed keeps its number, and what is masked is pushed no more."""
    await want_replies(stage)
    await add(
        stage,
        inbound(stage, 1, state=InboundState.KEPT, due_at=None),
        inbound(stage, 2),
        inbound(stage, 3, connection_id=None, state=InboundState.UNOWNED, due_at=None),
        inbound(stage, 4, state=InboundState.KEPT, due_at=None),
    )
    whole = (await stage.store.inbound_message(1)).sender

    async def mask(connection_id: int | None, before_id: int) -> int:
        return await stage.store.write(lambda tx: tx.mask_inbound(connection_id, before_id=before_id, limit=10))

    assert await stage.store.write(lambda tx: tx.connections_with_inbound_numbers()) == [None, stage.connection_id]
    assert [await mask(None, 3), await mask(None, 4)] == [0, 1]
    assert [await mask(stage.connection_id, 4), await mask(stage.connection_id, 4)] == [1, 0]
    senders = [(await stage.store.inbound_message(inbound_id)).sender for inbound_id in (1, 2, 3, 4)]
    assert senders == [f"{whole[:-4]}****", whole, f"{whole[:-4]}****", whole]

    assert await stage.store.replay_inbound([1, 4], at=NOON) == [4]
    assigned = await stage.store.assign_inbound(3, stage.connection_id, at=NOON)
    assert (assigned.state, assigned.due_at) == (InboundState.KEPT, None)


# --- numbers


async def test_a_number_belongs_to_one_connection(place: Place, stage: Stage) -> None:
    """For each keyword and carrier once; its settings are kept as given (rest-api 9)."""
    settings = NumberSettings(
        scope=OptOutScope.ACCOUNT, stop_words=("uit",), stop_answer="Tot ziens", reads_words=False
    )
    connection_id = stage.connection_id
    first = await stage.store.add_number(NUMBER, connection_id, keyword="", carrier_id=None, settings=settings)
    more = [
        await stage.store.add_number(NUMBER, connection_id, keyword=keyword, carrier_id=carrier_id, settings=settings)
        for keyword, carrier_id in (("win", None), ("", stage.carrier_id))
    ]
    with pytest.raises(AlreadyExists):
        await stage.store.add_number(NUMBER, connection_id, keyword="", carrier_id=None, settings=settings)
    for bad in ({"connection_id": 99, "carrier_id": None}, {"connection_id": connection_id, "carrier_id": 99}):
        with pytest.raises(NotFound):
            await stage.store.add_number("1", keyword="", settings=settings, **bad)
    stage.store = await place.reopen(stage.store)

    assert sorted(await stage.store.inbound_numbers(), key=lambda one: one.number_id) == [first, *more]
    assert (await stage.store.number_table()).owner(NUMBER, (), carrier_id=9) == first


async def test_a_number_is_changed_and_taken_away(stage: Stage) -> None:
    """Running services notice each change."""
    _, other = await add_account(stage.store, "other")
    plain = NumberSettings()
    added = await stage.store.add_number(NUMBER, stage.connection_id, keyword="", carrier_id=None, settings=plain)
    version = await stage.store.settings_version()

    await stage.store.change_number(added.number_id, connection_id=other, settings=NumberSettings(help_answer="?"))

    (changed,) = await stage.store.inbound_numbers()
    assert (changed.connection_id, changed.settings.help_answer) == (other, "?")
    assert await stage.store.settings_version() > version
    await stage.store.remove_number(added.number_id)
    assert await stage.store.inbound_numbers() == []
    with pytest.raises(NotFound):
        await stage.store.remove_number(added.number_id)
    with pytest.raises(NotFound):
        await stage.store.change_number(added.number_id, connection_id=other, settings=plain)


async def test_a_carrier_that_brings_a_number_of_its_own_stays(stage: Stage) -> None:
    """Its numbers go first."""
    added = await stage.store.add_number(
        NUMBER, stage.connection_id, keyword="", carrier_id=stage.carrier_id, settings=NumberSettings()
    )

    with pytest.raises(AlreadyExists):
        await stage.store.remove_carrier(stage.carrier_id)

    await stage.store.remove_number(added.number_id)
    await stage.store.remove_carrier(stage.carrier_id)
