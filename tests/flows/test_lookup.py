"""What a customer may ask: status, coverage, balance."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from angarium.core import status_codes
from angarium.core.message import Accepted, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.core.states import Cause, State
from angarium.flows.lookup import Coverage, coverage, free_credit, newest_status, status
from angarium.text.segments import Content
from tests.wire.world import NOON, ONE_MESSAGE, World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A store with accounts, credit and a route."""
    async with open_world(tmp_path) as world:
        yield world


async def queue(world: World, *, client_message_id: str | None = None, text: str = "Hello") -> int:
    """Accept one message and return its id."""
    request = SendRequest(
        recipients=("27990000001",), content=Content.of_text(text), client_message_id=client_message_id
    )
    (result,) = await world.send(world.caller(), request)
    assert isinstance(result, Accepted)
    return result.message_id


async def test_an_open_message_shows_its_whole_price(world: World) -> None:
    """While it is under way every segment is reserved, and the charge says so."""
    message_id = await queue(world, text="x" * 161, client_message_id="mine")

    found = await status(message_id, caller=world.caller(), store=world.store, now=NOON)

    assert (found.message_id, found.status_code, found.client_message_id) == (message_id, status_codes.ACCEPTED, "mine")
    assert found.charge == 2 * ONE_MESSAGE


@pytest.mark.parametrize(
    ("causes", "charge"),
    [
        ([(State.EXPIRED, Cause.EXPIRED_HERE)], 0),
        ([(State.SUBMITTED, Cause.CARRIER_ACCEPTED), (State.EXPIRED, Cause.RECEIPT_EXPIRED)], ONE_MESSAGE),
    ],
)
async def test_a_final_message_shows_what_was_spent(
    world: World, causes: list[tuple[State, Cause]], charge: int
) -> None:
    """What never left is not charged; what a carrier took is."""
    message_id = await queue(world)
    for state, cause in causes:
        await world.become(message_id, state, cause)

    found = await status(message_id, caller=world.caller(), store=world.store, now=NOON)

    assert (found.status_code, found.charge) == (status_codes.EXPIRED, charge)


async def test_the_newest_message_with_a_client_id_is_found(world: World) -> None:
    """Two messages may share a client message id; the later one answers."""
    await queue(world, client_message_id="mine")
    newest = await queue(world, client_message_id="mine")
    await queue(world, client_message_id="another")

    found = await newest_status("mine", caller=world.caller(), store=world.store, now=NOON)

    assert found.message_id == newest


async def test_what_is_not_the_callers_is_refused_as_unknown(world: World) -> None:
    """Another account learns nothing, by neither id."""
    message_id = await queue(world, client_message_id="mine")
    stranger = world.caller("strict-token")

    with pytest.raises(Refusal) as by_id:
        await status(message_id, caller=stranger, store=world.store, now=NOON)
    with pytest.raises(Refusal) as by_client_id:
        await newest_status("mine", caller=stranger, store=world.store, now=NOON)

    assert by_id.value.reason is Reason.UNKNOWN_MESSAGE
    assert by_client_id.value.reason is Reason.UNKNOWN_CLIENT_MESSAGE


@pytest.mark.parametrize("message_id", [None, 4_711])
async def test_an_id_that_was_never_given_is_refused(world: World, message_id: int | None) -> None:
    """Whether it cannot be read or is not there, it is unknown."""
    with pytest.raises(Refusal) as caught:
        await status(message_id, caller=world.caller(), store=world.store, now=NOON)

    assert caught.value.reason is Reason.UNKNOWN_MESSAGE


@pytest.mark.parametrize(
    ("written", "token", "expected"),
    [
        ("27990000001", "open-token", Coverage(routable=True, destination="27990000001", charge=ONE_MESSAGE)),
        ("+27990000001", "open-token", Coverage(routable=True, destination="27990000001", charge=ONE_MESSAGE)),
        ("0990000001", "strict-token", Coverage(routable=True, destination="27990000001", charge=ONE_MESSAGE)),
        ("0990000001", "open-token", Coverage(routable=False, destination="0990000001", charge=0)),
        ("31234", "open-token", Coverage(routable=True, destination="31234", charge=500_000)),
        ("112", "open-token", Coverage(routable=False, destination="112", charge=0)),
        ("INVALID_NUMBER", "open-token", Coverage(routable=False, destination="INVALID_NUMBER", charge=0)),
        ("", "open-token", Coverage(routable=False, destination="", charge=0)),
        ("4915100000000", "open-token", Coverage(routable=False, destination="4915100000000", charge=0)),
    ],
)
async def test_coverage_never_refuses(world: World, written: str, token: str, expected: Coverage) -> None:
    """A number is normalised and priced when it is served, and said not to be routable otherwise."""
    assert coverage(written, caller=world.caller(token), tables=world.tables) == expected


async def test_the_balance_is_what_is_free(world: World) -> None:
    """Credit that is reserved for messages under way cannot be spent again, so it is not shown."""
    before = await free_credit(caller=world.caller(), store=world.store)
    await queue(world)

    assert before - await free_credit(caller=world.caller(), store=world.store) == ONE_MESSAGE
