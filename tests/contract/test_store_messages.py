"""Messages and their requests: stored whole, found again, and moved only from where they are."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.clocktime import DAY_MS, HOUR_MS
from angarium.core.states import FINAL, OPEN, Cause, State
from angarium.ports.store import MessageView, Request
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content
from tests.contract.stage import FIRST_ID, NOON, RATE, RECIPIENT, Place, Stage, add_account, move

# --- stored and found


async def test_a_message_is_found_as_it_was_stored(stage: Stage) -> None:
    """All that is known of it, with what it shares with its request."""
    shared = {"client_message_id": "my-ref", "callback": 5, "expires_at": NOON + HOUR_MS, "segments": 2}
    _, message_id = await stage.queue(2, shared=shared, segments=2, due_at=NOON + 5, cause=Cause.SCHEDULED)

    assert await stage.view(message_id) == MessageView(
        message_id=message_id,
        request_id=message_id - 1,
        account_id=stage.account_id,
        carrier_id=stage.carrier_id,
        recipient=RECIPIENT,
        state=State.QUEUED,
        cause=Cause.SCHEDULED,
        due_at=NOON + 5,
        rate=RATE,
        segments=2,
        sent_mask=0,
        delivered_mask=0,
        attempts=0,
        doubts=0,
        doubtful_mask=0,
        error="",
        changed_at=NOON,
        client_message_id="my-ref",
        connection_id=stage.connection_id,
        callback=5,
        expires_at=NOON + HOUR_MS,
        accepted_at=NOON,
    )


async def test_a_transaction_sees_the_same(stage: Stage) -> None:
    """Those asked for that there are, each under its id."""
    first, second = await stage.queue(2)

    views = await stage.store.write(lambda tx: tx.messages([second, first, 5]))

    assert views == {first: await stage.view(first), second: await stage.view(second)}


async def test_an_unknown_message_is_none(stage: Stage) -> None:
    """Also its text."""
    assert await stage.store.message(5) is None
    assert await stage.store.message_text(5) is None


CONTENTS = [
    Content.of_text("Hello"),
    Content.of_text("€ [x] ^"),
    Content.of_text("Grüße \u0416 😀"),
    Content.of_text(""),
    Content.of_ucs2(b"\xd8\x3d"),
    Content.of_binary(bytes(range(40))),
    Content.of_binary(b"\0" * 10, udh=b"\x06\x05\x04\x15\x81\x00\x00"),
    Content.of_text("ağır ışık", udh=b"\x06\x24\x01\x01\x25\x01\x01"),
]


@pytest.mark.parametrize("content", CONTENTS, ids=repr)
@pytest.mark.parametrize("flash", [False, True])
async def test_a_request_is_found_as_it_was_stored(stage: Stage, content: Content, flash: bool) -> None:
    """Every octet of its content, and all that dispatch and callbacks need."""
    shared = {"content": content, "flash": flash, "sender": "", "segments": 3, "repeats": not flash}
    (request_id,) = await stage.queue(shared=shared)

    (request,) = await stage.store.write(lambda tx: tx.requests([request_id, 5]))

    assert request == Request(
        request_id=request_id,
        account_id=stage.account_id,
        connection_id=stage.connection_id,
        client_message_id=None,
        sender="",
        content=content,
        flash=flash,
        segments=3,
        callback=7,
        accepted_at=NOON,
        expires_at=NOON + DAY_MS,
        repeats=not flash,
    )
    assert isinstance(request.content.alphabet, Alphabet)
    assert await stage.store.message_text(request_id) == content.text()


@pytest.mark.parametrize("text", ["it's", '"quoted"', "back\\slash", "% _ ; --", "тест 😀", "a" * 64, " "])
async def test_any_client_message_id_finds_its_message(stage: Stage, text: str) -> None:
    """What a customer chose is compared letter by letter."""
    (message_id,) = await stage.queue(shared={"client_message_id": text})

    view = await stage.store.newest_message(stage.account_id, text)

    assert view is not None
    assert (view.message_id, view.client_message_id) == (message_id, text)


async def test_the_newest_with_a_client_message_id_is_found(stage: Stage) -> None:
    """The latest request, and of its messages the last (rest-api 2)."""
    await stage.queue(2, shared={"client_message_id": "my-ref"})
    *_, newest = await stage.queue(3, shared={"client_message_id": "my-ref"})
    await stage.queue(shared={"client_message_id": "other"})
    await stage.queue()

    assert await stage.store.newest_message(stage.account_id, "my-ref") == await stage.view(newest)


async def test_a_client_message_id_belongs_to_its_account(stage: Stage) -> None:
    """Nobody finds another's message, and what nobody chose is not found."""
    other, _ = await add_account(stage.store, "other")
    await stage.queue(shared={"client_message_id": "my-ref"})

    assert await stage.store.newest_message(other, "my-ref") is None
    assert await stage.store.newest_message(stage.account_id, "MY-REF") is None
    assert await stage.store.newest_message(stage.account_id, "") is None


async def test_new_ids_begin_after_the_last(place: Place, stage: Stage) -> None:
    """The highest id ever stored is known, also after a restart; 0 at first."""
    assert await stage.store.last_message_id() == 0
    await stage.queue(3)

    assert await stage.store.last_message_id() == FIRST_ID + 2
    assert await (await place.reopen(stage.store)).last_message_id() == FIRST_ID + 2


# --- moved


async def test_a_move_changes_what_it_says(stage: Stage) -> None:
    """State, cause, moment, masks and counts, and nothing else."""
    (message_id,) = await stage.queue(segments=3)
    before = await stage.view(message_id)
    changes: dict[str, Any] = {
        "state": State.SUBMITTING,
        "cause": Cause.CLAIMED,
        "due_at": NOON + 7,
        "sent_mask": 0b101,
        "attempts": 4,
        "doubts": 2,
        "doubtful_mask": 0b010,
        "error": "0x00000008",
        "changed_at": NOON + 9,
    }

    moved = move(message_id, **changes)

    assert await stage.move(moved) == [moved]
    assert await stage.view(message_id) == before._replace(**changes)


@pytest.mark.parametrize("state", sorted(set(State) - {State.QUEUED}))
async def test_a_move_of_a_message_that_is_elsewhere_does_nothing(stage: Stage, state: State) -> None:
    """Whoever came first has won: stop and claim decide atomically (rest-api 2.7)."""
    (message_id,) = await stage.queue()
    await stage.move(move(message_id, state=state, cause=Cause.CLAIMED))
    before = await stage.view(message_id)

    assert await stage.move(move(message_id, cause=Cause.STOPPED, due_at=0, error="late")) == []

    assert await stage.view(message_id) == before


async def test_the_moves_that_applied_come_back_in_order(stage: Stage) -> None:
    """Of a mixed batch the caller learns exactly which, so that money moves with those alone."""
    message_ids = await stage.queue(6)
    await stage.end(message_ids[1], message_ids[4])
    kinds = [State.CANCELLED, State.EXPIRED, State.SUBMITTING]
    moves = [move(message_id, state=kinds[at % 3]) for at, message_id in enumerate(reversed(message_ids))]

    applied = await stage.move(*moves)

    assert applied == [each for each in moves if each.message_id not in {message_ids[1], message_ids[4]}]
    for each in applied:
        assert (await stage.view(each.message_id)).state is each.state


async def test_a_move_of_a_message_that_is_not_there_does_nothing(stage: Stage) -> None:
    """It is in no state, so it is not in the one that the move begins with."""
    (message_id,) = await stage.queue()
    moves = [move(5), move(message_id)]

    assert await stage.move(*moves) == moves[1:]


async def test_of_two_moves_from_one_state_the_first_applies(stage: Stage) -> None:
    """Also within a batch a message is where the move before it has left it."""
    (message_id,) = await stage.queue()
    moves = [move(message_id), move(message_id), move(message_id, state=State.EXPIRED, cause=Cause.EXPIRED_HERE)]

    assert await stage.move(*moves) == moves[:1]
    assert (await stage.view(message_id)).state is State.CANCELLED


async def test_a_message_may_go_several_steps_in_a_batch(stage: Stage) -> None:
    """One move after the other, each from where the last one led."""
    first, second = await stage.queue(2)
    moves = [
        move(first, state=State.SUBMITTING, cause=Cause.CLAIMED),
        move(second, state=State.SUBMITTING, cause=Cause.CLAIMED),
        move(first, before=State.SUBMITTING, state=State.SUBMITTED, cause=Cause.CARRIER_ACCEPTED),
    ]

    assert await stage.move(*moves) == moves
    assert [(await stage.view(each)).state for each in (first, second)] == [State.SUBMITTED, State.SUBMITTING]


# --- looked after


@pytest.mark.parametrize("state", State)
async def test_open_messages_are_those_that_have_not_ended(stage: Stage, state: State) -> None:
    """Queued, submitting and submitted; a final one is left out."""
    first, second = await stage.queue(2)
    await stage.queue()
    if state is not State.QUEUED:
        await stage.move(move(first, state=state))

    found = await stage.store.write(lambda tx: tx.open_messages(first, limit=10))

    expected = [first, second] if state in OPEN else [second]
    assert found == [await stage.view(message_id) for message_id in expected]
    assert (state in FINAL) == (len(expected) == 1)


async def test_open_messages_are_given_up_to_a_limit(stage: Stage) -> None:
    """The first of a large request, in the order of their ids."""
    message_ids = await stage.queue(5)

    found = await stage.store.write(lambda tx: tx.open_messages(message_ids[0], limit=3))

    assert [view.message_id for view in found] == message_ids[:3]


async def requests_to_check(stage: Stage, *, now: int, limit: int = 10) -> list[int]:
    """Ids of requests that housekeeping must look at."""
    found = await stage.store.write(lambda tx: tx.requests_to_check(now=now, limit=limit))
    return [request.request_id for request in found]


async def test_requests_come_up_when_they_are_to_be_checked(stage: Stage) -> None:
    """The earliest first, not before their moment, and no more than asked for."""
    late, early, never = [(await stage.queue(shared={"check_at": NOON + wait}))[0] for wait in (20, 10, HOUR_MS)]

    assert await requests_to_check(stage, now=NOON + 9) == []
    assert await requests_to_check(stage, now=NOON + 10) == [early]
    assert await requests_to_check(stage, now=NOON + 20) == [early, late]
    assert await requests_to_check(stage, now=NOON + DAY_MS, limit=2) == [early, late]
    assert await requests_to_check(stage, now=NOON + DAY_MS) == [early, late, never]


async def test_a_request_is_checked_again_later_or_never(stage: Stage) -> None:
    """A new moment replaces the old one; None ends it."""
    first, second, third = [(await stage.queue(shared={"check_at": NOON}))[0] for _ in range(3)]

    await stage.store.write(lambda tx: tx.check_again([first], check_at=NOON + 5))
    await stage.store.write(lambda tx: tx.check_again([second], check_at=None))

    assert await requests_to_check(stage, now=NOON) == [third]
    assert await requests_to_check(stage, now=NOON + DAY_MS) == [third, first]


async def test_a_request_to_check_is_whole(stage: Stage) -> None:
    """Housekeeping gets what dispatch gets."""
    (request_id,) = await stage.queue(shared={"check_at": NOON, "client_message_id": "my-ref"})

    checked = await stage.store.write(lambda tx: tx.requests_to_check(now=NOON, limit=10))

    assert checked == await stage.store.write(lambda tx: tx.requests([request_id]))
