"""A message's time line by command."""

from __future__ import annotations

import json

import pytest

from angarium.cli.messages import duration_text
from tests.gateway import Gateway, accepted, open_gateway, receipt


@pytest.fixture
async def message_id(folder) -> str:
    """The public id of a message that was delivered, with a client message id."""
    async with open_gateway(folder / "var") as gateway:
        (message_id,) = await gateway.send("Secret words", client_message_id="order-7", callback=2)
        await gateway.answer(accepted(await gateway.submit_one()))
        gateway.clock.at += 61_000
        await gateway.deliver(receipt()._replace(stat="DELIVRD"))
        return shown(gateway, message_id)


def shown(gateway: Gateway, message_id: int) -> str:
    """The id as the customer sees it."""
    return gateway.public_ids.show(message_id)


def test_a_message_is_shown_step_by_step(message_id, angarium):
    """With times and what lay between; by either id."""
    ran = angarium("message", "show", message_id)

    assert ran.code == 0
    assert "delivered" in ran.out
    for words in ("accepted", "routed", "response", "carrier message id A1", "receipt", "stat DELIVRD", "+1 min 1 s"):
        assert words in ran.out
    assert angarium("message", "show", "order-7").out == ran.out


def test_the_text_is_shown_only_when_asked_for(message_id, angarium):
    """It is the customer's."""
    assert "Secret" not in angarium("message", "show", message_id, "--json").out
    assert "Secret words" in angarium("message", "show", message_id, "--text").out


def test_it_is_one_json_document(message_id, angarium):
    """The message and its steps."""
    said = json.loads(angarium("message", "show", "order-7", "--account", "acme", "--json").out)

    assert (said["message"]["message_id"], said["message"]["status"]) == (message_id, "004")
    assert [step["kind"] for step in said["timeline"]] == ["accepted", "routed", "response", "receipt", "callback owed"]
    assert said["timeline"][1]["rate"] == "0.800000"
    assert said["timeline"][0]["at"].endswith("Z")


@pytest.mark.parametrize("given", ["0" * 32, "nonsense"])
def test_a_message_that_is_none_is_told(message_id, angarium, given):
    """In a sentence."""
    ran = angarium("message", "show", given)

    assert ran.code == 1
    assert f"There is no message '{given}'" in ran.err


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (0, "+0 ms"),
        (999, "+999 ms"),
        (1_500, "+1.5 s"),
        (60_000, "+1 min"),
        (3_660_000, "+1 h 1 min"),
        (86_400_000 * 3 + 3_600_000, "+3 d 1 h"),
        (-5, "+-5 ms"),
    ],
)
def test_durations_are_for_people(duration_ms, text):
    """Two units at the most."""
    assert duration_text(duration_ms) == text
