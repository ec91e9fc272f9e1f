"""A send by the product itself: through the one door, and once under its key."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from angarium.core.message import Accepted, Refused, Result, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.flows.intake import Call
from angarium.flows.retries import Replied
from angarium.flows.sending import read_kept, send_once, write_kept
from angarium.text.segments import Content
from tests.gateway import CREDIT_AT_FIRST, RATE, Gateway

HELLO = SendRequest(recipients=("27990000001", "333"), content=Content.of_text("Hello"))


async def send(gateway: Gateway, request: SendRequest = HELLO, *, key: str = "k") -> Sequence[Result]:
    """Send through the gateway's own door."""

    async def door(call: Call) -> list[Result] | Replied:
        (outcome,) = await gateway.intake.accept([call])
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    return await send_once(door, gateway.caller(), request, key=key)


async def test_what_is_sent_again_under_its_key_has_the_first_results(gateway: Gateway) -> None:
    """Accepted and refused recipients alike, also after a crash; one charge (rest-api 3.3, delivery 1.3)."""
    first = await send(gateway)
    again = await send(gateway)
    await gateway.crash()

    assert [type(result) for result in first] == [Accepted, Refused]
    assert first == again == await send(gateway)
    assert (await gateway.balance()).free == CREDIT_AT_FIRST - RATE
    assert await send(gateway, key="another") != first


async def test_a_refusal_of_the_whole_leaves_its_key_free(gateway: Gateway) -> None:
    """Whoever mends what was wrong may use it."""
    empty = HELLO._replace(content=Content.of_text(""))
    with pytest.raises(Refusal) as caught:
        await send(gateway, empty)

    assert caught.value.reason is Reason.EMPTY_MESSAGE
    assert len(await send(gateway)) == 2


def test_every_result_can_be_kept() -> None:
    """With what it names and when it can succeed."""
    results: list[Result] = [
        Accepted(27990000001, 2**60),
        Refused("\N{SNOWMAN}", Refusal(Reason.BAD_RECIPIENT)),
        Refused("1", Refusal(Reason.LIMIT_REACHED, "to", 7)),
    ]

    assert read_kept(write_kept(results)) == results
