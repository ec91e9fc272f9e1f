"""What handsets send: joined in any order, whose it is, and never lost."""

from __future__ import annotations

from itertools import permutations

import pytest

from angarium.core.inbound import GAP, PARTS_WAIT_MS, InboundState
from angarium.ports.bell import INBOUND
from angarium.ports.store import NotFound, StoreUnavailable
from angarium.text.alphabet import Alphabet
from angarium.text.segments import UserData
from tests.gateway import NOON, TWO_WAY, Gateway, typed

LONG = "a" * 153 + "b" * 153 + "c" * 10


async def test_a_message_is_on_disk_when_it_is_acknowledged(gateway: Gateway) -> None:
    """Kill -9 right after: it is still there, with all that was known of it (delivery 1.4)."""
    await gateway.own(TWO_WAY, gateway.resending)

    await gateway.hear("Hello yourself")
    await gateway.crash()

    (message,) = await gateway.inbox()
    assert (message.sender, message.recipient) == ("27990000001", TWO_WAY)
    assert message.content is not None
    assert (message.content.text(), message.received_at) == ("Hello yourself", NOON)
    assert (message.connection_id, message.state) == (gateway.resending.connection_id, InboundState.KEPT)


async def test_what_cannot_be_stored_is_not_acknowledged(gateway: Gateway) -> None:
    """A full disk: the carrier is told to repeat, and the repetition is the only one there is (delivery 1.4)."""
    gateway.store.undo_next = 1
    with pytest.raises(StoreUnavailable):
        await gateway.hear("Hello")

    await gateway.hear("Hello")

    assert await gateway.texts() == ["Hello"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_parts_join_in_any_order(gateway: Gateway, order: tuple[int, ...]) -> None:
    """One message, however they come (rest-api 9, delivery 4.7)."""
    parts = typed(LONG)
    for at in order:
        assert await gateway.inbox() == []
        await gateway.arrive(parts[at])

    assert await gateway.texts() == [LONG]
    assert await gateway.store.waiting_parts(limit=10) == []


async def test_a_part_that_comes_again_changes_nothing(gateway: Gateway) -> None:
    """Before the message is whole, after it, and after a restart: the carrier had not heard our answer."""
    parts = typed(LONG)
    await gateway.arrive(parts[0], parts[0])
    await gateway.crash()
    await gateway.arrive(parts[0], parts[1])
    await gateway.arrive(parts[2])
    await gateway.crash()

    await gateway.arrive(*parts)

    assert await gateway.texts() == [LONG]
    assert gateway.inbound_counted["duplicate"] == 5
    await gateway.inbound.run_once()
    assert await gateway.store.waiting_parts(limit=10) == []


async def test_parts_of_others_do_not_meet(gateway: Gateway) -> None:
    """Another handset, number or reference is another message."""
    ours, theirs = typed(LONG), typed(LONG.upper(), sender="27990000002")
    elsewhere, later = typed(LONG.upper(), to="27999"), typed(LONG.upper(), reference=8)

    await gateway.arrive(ours[0], theirs[1], elsewhere[1], later[2], ours[1])
    assert await gateway.inbox() == []
    await gateway.arrive(ours[2])

    assert await gateway.texts() == [LONG]
    assert sorted(each.received for each in await gateway.store.waiting_parts(limit=10)) == [1, 1, 1]


async def test_parts_that_stay_away_are_waited_for_and_then_shown_missing(gateway: Gateway) -> None:
    """After its time the message is delivered as it is, and says where it has a hole (delivery 4.7)."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.want_replies(gateway.resending)
    parts = typed(LONG)
    await gateway.arrive(parts[0], parts[2])
    gateway.clock.at += PARTS_WAIT_MS
    assert not await gateway.inbound.run_once()
    assert await gateway.inbox() == []
    gateway.clock.at += 1

    await gateway.inbound.run_once()

    (message,) = await gateway.inbox()
    assert (await gateway.texts())[0] == "a" * 153 + GAP + "c" * 10
    assert (message.missing, message.state, message.received_at) == (1, InboundState.OWED, NOON)
    assert len(await gateway.push()) == 1
    assert gateway.inbound_counted["incomplete"] == 1


async def test_a_part_that_comes_too_late_is_not_lost(gateway: Gateway) -> None:
    """It becomes an incomplete message of its own when its own time is over."""
    parts = typed(LONG)
    await gateway.arrive(parts[0], parts[2])
    gateway.clock.at += PARTS_WAIT_MS + 1
    await gateway.inbound.run_once()

    await gateway.arrive(parts[1])
    gateway.clock.at += PARTS_WAIT_MS + 1
    await gateway.inbound.run_once()

    assert (await gateway.texts())[1] == GAP + "b" * 153 + GAP


async def test_a_reference_that_is_used_again_begins_another_message(gateway: Gateway) -> None:
    """The unfinished one is delivered as it is: nothing more will come of it."""
    await gateway.arrive(typed(LONG)[0])

    await gateway.arrive(*typed(LONG.upper()))

    assert await gateway.texts() == ["a" * 153 + GAP, LONG.upper()]


async def test_binary_with_a_hole_is_left_to_a_person(gateway: Gateway) -> None:
    """A program would take it for the whole: it is a dead letter at once, to be seen and replayed."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.want_replies(gateway.resending)
    (first, *_) = typed(LONG)
    await gateway.arrive(first._replace(user_data=UserData(Alphabet.BINARY, b"", b"\0\1")))
    gateway.clock.at += PARTS_WAIT_MS + 1

    await gateway.inbound.run_once()

    assert [each.state for each in await gateway.inbox()] == [InboundState.DEAD_LETTER]
    assert await gateway.push() == []


async def test_segments_of_an_earlier_version_are_joined_at_the_next_start(gateway: Gateway) -> None:
    """It kept them and did no more: they are delivered now."""
    parts = typed(LONG) + typed("Hello", sender="27990000002")

    def keep_as_before() -> None:
        for part in reversed(parts):
            gateway.store._database.execute(
                "INSERT INTO inbound_segments (carrier_id, sender, recipient, alphabet, udh, payload, received_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (1, part.sender, part.recipient, int(part.user_data.alphabet), *part.user_data[1:], NOON),
            )

    keep_as_before()

    await gateway.crash()

    assert sorted(await gateway.texts()) == ["Hello", LONG]
    assert await gateway.store.waiting_parts(limit=10) == []


# --- whose it is


async def test_a_keyword_gives_a_text_to_its_owner(gateway: Gateway) -> None:
    """Read when the message is whole, whatever part came first (rest-api 9)."""
    await gateway.own("31234", gateway.resending)
    await gateway.own("31234", gateway.sending_once, keyword="win")
    first, *rest = typed("Win! " + LONG, to="31234")

    await gateway.hear("Hello", to="31234")
    await gateway.arrive(*rest, first)

    owners = [gateway.resending.connection_id, gateway.sending_once.connection_id]
    assert [each.connection_id for each in await gateway.inbox()] == owners


async def test_a_message_to_a_number_of_nobody_is_kept_and_can_be_given_away(gateway: Gateway) -> None:
    """Stored, counted and listed; once it has an owner it is pushed like any other."""
    await gateway.want_replies(gateway.resending)
    await gateway.hear("Hello", to="31234")
    (message,) = await gateway.inbox(state=InboundState.UNOWNED)
    assert (message.connection_id, gateway.inbound_counted["unowned"]) == (None, 1)
    assert await gateway.push() == []

    await gateway.store.assign_inbound(message.inbound_id, gateway.resending.connection_id, at=NOON)

    (delivery,) = await gateway.push()
    assert delivery.notification.message_id == message.inbound_id
    with pytest.raises(NotFound):
        await gateway.store.assign_inbound(message.inbound_id, 999, at=NOON)


async def test_a_message_is_owed_in_the_commit_that_stores_it(gateway: Gateway) -> None:
    """A crash before the push loses nothing: it is found and pushed (delivery 5)."""
    await gateway.own(TWO_WAY, gateway.resending)
    await gateway.want_replies(gateway.resending)

    await gateway.hear("Hello")
    assert gateway.bell.rung[INBOUND] == 1
    await gateway.crash()

    (delivery,) = await gateway.push()
    assert delivery.notification.content.text() == "Hello"
