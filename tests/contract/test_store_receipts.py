"""Segments await their receipts, each copy its own, until they are settled or nothing is awaited any more."""

from __future__ import annotations

import pytest

from angarium.core.clocktime import HOUR_MS
from angarium.core.states import Cause, State
from angarium.ports.store import Awaiting, Receipted
from tests.contract.stage import NOON, RATE, RECIPIENT, Place, Stage, move, receipted

AWKWARD = ["", "0", "00ff", "it's", '"', "back\\slash", "a b", "[1,2]", "\u00e9\u00ff", "%", "x" * 64]


async def awaiting(stage: Stage, *match_ids: str, carrier_id: int | None = None) -> list[Awaiting]:
    """Segments that await a receipt under these ids."""
    carrier_id = carrier_id or stage.carrier_id
    return await stage.store.write(lambda tx: tx.awaiting(carrier_id, match_ids))


async def settle(stage: Stage, *receipts: Receipted) -> None:
    """Settle receipts in one write."""
    await stage.store.write(lambda tx: tx.settle_receipts(receipts))


# --- awaiting


async def test_a_segment_awaits_its_receipt_with_its_message(stage: Stage) -> None:
    """Everything that settling needs, from one look-up."""
    (message_id,) = await stage.queue(segments=2, shared={"callback": 5})
    await stage.move(move(message_id, state=State.SUBMITTING, cause=Cause.CLAIMED, sent_mask=0b10))
    sent = stage.sent(message_id, "a1", segment_no=1, submitted_at=NOON + 3)
    await stage.store.write(lambda tx: tx.add_sent_segments([sent]))

    assert await awaiting(stage, "a1") == [
        Awaiting(
            match_id="a1",
            segment_no=1,
            copy_no=0,
            submitted_at=NOON + 3,
            message_id=message_id,
            request_id=message_id,
            account_id=stage.account_id,
            recipient=RECIPIENT,
            state=State.SUBMITTING,
            rate=RATE,
            segments=2,
            sent_mask=0b10,
            delivered_mask=0,
            callback=5,
            connection_id=stage.connection_id,
            doubts=0,
        )
    ]


@pytest.mark.parametrize("match_id", AWKWARD)
async def test_any_id_finds_its_segment(stage: Stage, match_id: str) -> None:
    """Carriers name messages as they like; an id is compared letter by letter."""
    await stage.send("other", match_id, match_id + "1")

    assert [segment.match_id for segment in await awaiting(stage, match_id)] == [match_id]


async def test_nothing_awaits_an_unknown_id(stage: Stage) -> None:
    """Neither one never given, nor one that another carrier gave (delivery 3.4)."""
    other = (await stage.store.create_carrier("other", {})).carrier_id
    await stage.send("a1")

    assert await awaiting(stage, "a2", "A1") == []
    assert await awaiting(stage, "a1", carrier_id=other) == []


async def test_an_id_that_was_used_again_gives_the_newest_first(stage: Stage) -> None:
    """Carriers repeat ids after days: the latest segment is the likeliest (delivery 3.5)."""
    (old,) = await stage.send("a1", submitted_at=NOON)
    (newest,) = await stage.send("a1", submitted_at=NOON + 2 * HOUR_MS)
    (new,) = await stage.send("a1", submitted_at=NOON + HOUR_MS)

    assert [segment.message_id for segment in await awaiting(stage, "a1")] == [newest, new, old]


async def test_many_ids_are_looked_up_together(stage: Stage) -> None:
    """One segment each, also for an id that was asked for twice."""
    first, second = await stage.send("a1", "a2")

    found = await awaiting(stage, "a2", "a1", "a1", "a3")

    assert sorted(segment.message_id for segment in found) == [first, second]


async def test_a_copy_whose_answer_is_stored_again_awaits_under_its_new_id(stage: Stage) -> None:
    """The same copy is one row: the latest answer is the one that counts."""
    (message_id,) = await stage.send("a1")

    await stage.store.write(lambda tx: tx.add_sent_segments([stage.sent(message_id, "b1")]))

    assert await awaiting(stage, "a1") == []
    assert [segment.message_id for segment in await awaiting(stage, "b1")] == [message_id]


async def test_both_copies_of_a_segment_await_their_receipts(stage: Stage) -> None:
    """It was in doubt and sent again, and the carrier had taken both; settling one leaves the other (delivery 3.6)."""
    (message_id,) = await stage.send("a1")
    again = stage.sent(message_id, "b1", copy_no=1, submitted_at=NOON + 1)
    await stage.store.write(lambda tx: tx.add_sent_segments([again]))
    found = await awaiting(stage, "a1", "b1")
    assert [(segment.message_id, segment.copy_no) for segment in sorted(found)] == [(message_id, 0), (message_id, 1)]

    await settle(stage, receipted(message_id, copy_no=1))

    assert [segment.copy_no for segment in await awaiting(stage, "a1", "b1")] == [0]


# --- settling


async def test_a_receipt_settles_its_segment_and_moves_its_message(stage: Stage) -> None:
    """The segment awaits no more, and the message says what became of it."""
    (message_id,) = await stage.send("a1")
    before = await stage.view(message_id)

    await settle(stage, receipted(message_id, error="001", changed_at=NOON + 7))

    assert await awaiting(stage, "a1") == []
    assert await stage.view(message_id) == before._replace(
        state=State.DELIVERED,
        cause=Cause.RECEIPT_DELIVERED,
        delivered_mask=0b1,
        error="001",
        changed_at=NOON + 7,
    )


async def test_a_message_that_stays_keeps_everything_but_its_delivered_segments(stage: Stage) -> None:
    """One of several segments has arrived: that is noted, and no state changes."""
    (message_id,) = await stage.send("a1")
    before = await stage.view(message_id)

    await settle(stage, receipted(message_id, state=State.SUBMITTED, delivered_mask=0b10, error="000"))

    assert await stage.view(message_id) == before._replace(delivered_mask=0b10)
    assert await awaiting(stage, "a1") == []


async def test_delivered_segments_add_up(stage: Stage) -> None:
    """However receipts are spread over batches, none forgets what another said."""
    (message_id,) = await stage.queue(segments=3)
    await stage.move(move(message_id, state=State.SUBMITTED, cause=Cause.CARRIER_ACCEPTED, sent_mask=0b111))
    sent = [stage.sent(message_id, f"a{at}", segment_no=at) for at in range(3)]
    await stage.store.write(lambda tx: tx.add_sent_segments(sent))
    stays = {"state": State.SUBMITTED}

    await settle(
        stage,
        receipted(message_id, segment_no=0, delivered_mask=0b001, **stays),
        receipted(message_id, segment_no=2, delivered_mask=0b101, **stays),
    )
    assert (await stage.view(message_id)).delivered_mask == 0b101

    await settle(stage, receipted(message_id, segment_no=1, delivered_mask=0b010))
    view = await stage.view(message_id)
    assert (view.state, view.delivered_mask) == (State.DELIVERED, 0b111)
    assert await awaiting(stage, "a0", "a1", "a2") == []


async def test_of_several_moves_of_one_message_the_last_stands(stage: Stage) -> None:
    """A batch may hold a message's whole story; delivered segments add up all the same."""
    (message_id,) = await stage.send("a1")

    await settle(
        stage,
        receipted(message_id, state=State.UNKNOWN, cause=Cause.RECEIPT_UNKNOWN, delivered_mask=0, awaits_more=True),
        receipted(message_id, before=State.UNKNOWN, changed_at=NOON + 5),
        receipted(message_id, before=State.DELIVERED, segment_no=0, delivered_mask=0b10),
    )

    view = await stage.view(message_id)
    assert (view.state, view.cause, view.changed_at) == (State.DELIVERED, Cause.RECEIPT_DELIVERED, NOON + 5)
    assert view.delivered_mask == 0b11


async def test_a_carrier_that_does_not_know_may_say_more_later(stage: Stage) -> None:
    """The message is unknown, and its segment goes on awaiting better knowledge (delivery 3.12)."""
    (message_id,) = await stage.send("a1")

    await settle(
        stage,
        receipted(message_id, state=State.UNKNOWN, cause=Cause.RECEIPT_UNKNOWN, delivered_mask=0, awaits_more=True),
    )

    (segment,) = await awaiting(stage, "a1")
    assert (segment.message_id, segment.state) == (message_id, State.UNKNOWN)


async def test_messages_of_one_batch_go_their_own_ways(stage: Stage) -> None:
    """Receipts that landed together settle each their own message."""
    ways = [
        (State.DELIVERED, Cause.RECEIPT_DELIVERED, "000"),
        (State.UNDELIVERED, Cause.RECEIPT_UNDELIVERABLE, "011"),
        (State.REJECTED, Cause.RECEIPT_REJECTED, "099"),
        (State.UNDELIVERED, Cause.RECEIPT_UNDELIVERABLE, "012"),
        (State.DELIVERED, Cause.RECEIPT_DELIVERED, "000"),
    ]
    message_ids = await stage.send(*(f"a{at}" for at in range(len(ways))))

    await settle(
        stage,
        *(
            receipted(message_id, state=state, cause=cause, error=error)
            for message_id, (state, cause, error) in zip(message_ids, ways, strict=True)
        ),
    )

    views = [await stage.view(message_id) for message_id in message_ids]
    assert [(view.state, view.cause, view.error) for view in views] == ways


async def test_settling_twice_changes_nothing(stage: Stage) -> None:
    """A carrier repeats what we have not acknowledged (delivery 3.9)."""
    (message_id,) = await stage.send("a1")
    await settle(stage, receipted(message_id))
    before = await stage.view(message_id)

    await settle(stage, receipted(message_id))

    assert await stage.view(message_id) == before


# --- copies, and what is settled


async def test_copies_that_await_a_receipt_are_told(stage: Stage) -> None:
    """Of these messages, and only while they await one (delivery 3.6)."""
    (message_id,) = await stage.send("a1")
    (other,) = await stage.send("c1")
    again = [stage.sent(message_id, "b1", copy_no=1), stage.sent(message_id, "b2", segment_no=1, copy_no=1)]
    await stage.store.write(lambda tx: tx.add_sent_segments(again))
    await settle(stage, receipted(message_id, copy_no=0))

    copies = await stage.store.write(lambda tx: tx.copies_awaiting([message_id]))

    assert sorted(copies) == [(message_id, 0, 1), (message_id, 1, 1)]
    assert await stage.store.write(lambda tx: tx.copies_awaiting([other])) == [(other, 0, 0)]


async def test_settled_segments_are_told_for_a_while(stage: Stage) -> None:
    """What a new process needs to know a repeated receipt again: the newest ones, oldest first (delivery 3.9)."""
    first, second, third, fourth = await stage.send("a1", "a2", "a3", "a4")
    await settle(stage, *(receipted(each, error="000") for each in (first, second, fourth)))

    told = await stage.store.settled_segments(since_id=0, limit=3)

    delivered = Cause.RECEIPT_DELIVERED
    assert told == [
        (stage.carrier_id, "a2", RECIPIENT, second, 0, 0, delivered),
        (stage.carrier_id, "a4", RECIPIENT, fourth, 0, 0, delivered),
    ]
    assert [row[3] for row in await stage.store.settled_segments(since_id=third, limit=10)] == [fourth]
    assert isinstance(told[0][-1], Cause)


async def test_a_receipt_that_never_comes_is_not_awaited_for_ever(place: Place, stage: Stage) -> None:
    """Segments of old messages leave what is looked through, a few at a time, each once (delivery 3.7)."""
    old = await stage.send("a1", "a2", "a3")
    await stage.send("a4")

    async def stop(limit: int) -> bool:
        return await stage.store.write(lambda tx: tx.stop_awaiting(before_id=old[-1] + 1, limit=limit))

    assert await stop(2)
    assert sorted(each.match_id for each in await awaiting(stage, "a1", "a2", "a3", "a4")) == ["a3", "a4"]
    stage.store = await place.reopen(stage.store)
    assert not await stop(2)
    assert [each.match_id for each in await awaiting(stage, "a1", "a2", "a3", "a4")] == ["a4"]
    assert not await stop(2)
