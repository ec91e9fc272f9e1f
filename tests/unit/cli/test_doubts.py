"""Messages in doubt by command."""

from __future__ import annotations

import json

import pytest

from tests.gateway import open_gateway
from tests.unit.operator_api.test_doubts import parked


@pytest.fixture
async def parked_id(folder):
    """A store with a message that took its link down twice; its id."""
    async with open_gateway(folder / "var") as gateway:
        return await parked(gateway)


def test_parked_messages_are_listed_and_shown(parked_id, angarium):
    """With what was done about each (delivery 2.6)."""
    (row,) = angarium("doubt", "list", "--parked", "--json").json

    assert (row["message_id"], row["outcome"], row["parked"]) == (parked_id, "parked", True)
    shown = angarium("doubt", "show", parked_id, "--json").json
    assert (shown["cause"], shown["parked"]) == ("parked", True)
    assert [each["outcome"] for each in shown["doubted"]] == ["resent", "parked"]
    assert "parked" in angarium("doubt", "show", parked_id).out


def test_a_parked_message_is_tried_again(parked_id, angarium):
    """Once; then nothing waits (delivery 2.6)."""
    ran = angarium("doubt", "try-again", parked_id)

    assert ran.out.strip() == "The message is tried again, alone on a link."
    assert "No message waits for you" in angarium("doubt", "list", "--parked").err
    again = angarium("doubt", "try-again", parked_id)
    assert (again.code, "not parked any more" in again.err) == (2, True)


def test_a_parked_message_is_given_up(parked_id, angarium):
    """What may have left is paid, and the audit log says who did it (delivery 2.6)."""
    ran = angarium("doubt", "give-up", parked_id)

    assert ran.out.strip() == "The message is given up; it is unknown."
    assert json.loads(angarium("message", "show", parked_id, "--json").out)["message"]["charge"] == "0.800000"
    (entry,) = angarium("audit", "list", "--limit", "1", "--json").json
    assert entry["action"] == "message.give_up"


def test_a_message_that_was_never_in_doubt_is_told(made, angarium):
    """In a sentence."""
    assert "No message was in doubt" in angarium("doubt", "list").err
    assert angarium("doubt", "show", "0" * 32).code == 1
