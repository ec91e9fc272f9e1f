"""Stopping a message against the sender: whoever comes first to the row wins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from angarium.core import status_codes
from angarium.core.message import Accepted, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.core.states import Cause, State
from angarium.flows.lookup import MessageStatus
from angarium.flows.stop import stop
from angarium.ports.store import Claim, StoreUnavailable, Tx
from angarium.text.segments import Content
from tests.wire.world import NOON, ONE_MESSAGE, World, open_world

CARRIER = 1
LEASE_MS = 60_000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A store with accounts, credit and a route."""
    async with open_world(tmp_path) as world:
        yield world


async def queue_one(world: World, text: str = "Hello") -> int:
    """Accept one message and return its id."""
    request = SendRequest(recipients=("27990000001",), content=Content.of_text(text))
    (result,) = await world.send(world.caller(), request)
    assert isinstance(result, Accepted)
    return result.message_id


async def claim(world: World) -> list[Claim]:
    """Take what is due, as the sender does."""

    async def work(tx: Tx) -> list[Claim]:
        now = world.clock.now()
        return await tx.claim_due(CARRIER, limit=100, now=now, lease_until=now + LEASE_MS)

    return await world.store.write(work)


async def stop_it(world: World, message_id: int) -> MessageStatus:
    """Stop as the message's own customer."""
    return await stop(message_id, caller=world.caller(), store=world.store, now=world.clock.now())


async def free(world: World) -> int:
    """What the customer can spend."""
    return (await world.store.balance(world.caller().account.account_id)).free


async def test_a_queued_message_is_stopped_and_its_credit_released(world: World) -> None:
    """The move and the money are one commit, and what was reserved is free again (rest-api 2.7, delivery 1.5)."""
    before = await free(world)
    message_id = await queue_one(world)
    reserved = await free(world)

    status = await stop_it(world, message_id)

    view = await world.view(message_id)
    assert (status.status_code, status.charge) == (status_codes.CANCELLED, 0)
    assert (view.state, view.cause, view.changed_at) == (State.CANCELLED, Cause.STOPPED, NOON)
    assert (before - reserved, await free(world)) == (ONE_MESSAGE, before)


async def test_a_long_message_gets_all_its_credit_back(world: World) -> None:
    """Credit is reserved for every segment, so it is released for every segment."""
    before = await free(world)
    message_id = await queue_one(world, "x" * 400)

    await stop_it(world, message_id)

    assert await free(world) == before


async def test_a_stopped_message_is_never_claimed(world: World) -> None:
    """What was reported as cancelled is not due for anybody."""
    message_id = await queue_one(world)
    await stop_it(world, message_id)

    assert await claim(world) == []


async def test_a_claimed_message_is_not_stopped(world: World) -> None:
    """Once the sender has it, the stop changes nothing and tells where it really is."""
    message_id = await queue_one(world)
    await claim(world)
    reserved = await free(world)

    status = await stop_it(world, message_id)

    assert (status.status_code, status.charge) == (status_codes.QUEUED, ONE_MESSAGE)
    assert (await world.view(message_id)).state is State.SUBMITTING
    assert await free(world) == reserved


@pytest.mark.parametrize("sender_first", [True, False])
async def test_stop_and_sender_at_the_same_moment_never_both_win(world: World, sender_first: bool) -> None:
    """In one group commit or in two, of stop and claim exactly one finds the message queued (rest-api 2.7)."""
    message_id = await queue_one(world)
    racers = [claim(world), stop_it(world, message_id)]

    outcomes = await asyncio.gather(*(racers if sender_first else reversed(racers)))

    claims, status = outcomes if sender_first else reversed(outcomes)
    assert isinstance(claims, list)
    assert isinstance(status, MessageStatus)
    assert (len(claims), status.status_code) in {(1, status_codes.QUEUED), (0, status_codes.CANCELLED)}
    assert [each.message_id for each in claims] == ([message_id] if sender_first else [])


async def test_two_stops_at_the_same_moment_release_the_credit_once(world: World) -> None:
    """The second finds the message cancelled, and nothing more to give back."""
    before = await free(world)
    message_id = await queue_one(world)

    statuses = await asyncio.gather(stop_it(world, message_id), stop_it(world, message_id))

    assert [status.status_code for status in statuses] == [status_codes.CANCELLED] * 2
    assert await free(world) == before


@pytest.mark.parametrize(("sent_mask", "doubts"), [(0b01, 0), (0, 1)])
async def test_what_may_have_left_in_part_is_not_stopped(world: World, sent_mask: int, doubts: int) -> None:
    """A message queued again after a carrier took, or may have taken, some of it is not reported as never sent."""
    message_id = await queue_one(world, "x" * 200)

    cause = Cause.IN_DOUBT_RESENT if doubts else Cause.CARRIER_FAILED_FOR_NOW
    await world.become(message_id, State.QUEUED, cause, sent_mask=sent_mask, doubts=doubts)

    status = await stop_it(world, message_id)

    view = await world.view(message_id)
    assert status.status_code == status_codes.QUEUED
    assert (view.state, view.sent_mask, view.doubts) == (State.QUEUED, sent_mask, doubts)


@pytest.mark.parametrize("message_id", [None, 4_711])
async def test_an_unknown_message_is_refused(world: World, message_id: int | None) -> None:
    """An id that was never given out has nothing to stop."""
    with pytest.raises(Refusal) as caught:
        await stop(message_id, caller=world.caller(), store=world.store, now=NOON)

    assert caught.value.reason is Reason.UNKNOWN_MESSAGE


async def test_another_accounts_message_is_refused_and_stays(world: World) -> None:
    """Nobody stops, or learns of, what is not theirs."""
    message_id = await queue_one(world)

    with pytest.raises(Refusal) as caught:
        await stop(message_id, caller=world.caller("strict-token"), store=world.store, now=NOON)

    assert caught.value.reason is Reason.UNKNOWN_MESSAGE
    assert (await world.view(message_id)).state is State.QUEUED


async def test_a_stop_that_is_not_on_disk_has_not_happened(world: World) -> None:
    """When the store cannot keep it the customer is told so, and the message goes its way."""
    message_id = await queue_one(world)
    world.store.is_full = True

    with pytest.raises(StoreUnavailable):
        await stop_it(world, message_id)

    assert (await world.view(message_id)).state is State.QUEUED
