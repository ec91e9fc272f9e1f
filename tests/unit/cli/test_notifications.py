"""Notifications, and a message that is stopped, by command."""

from __future__ import annotations

import pytest

from tests.gateway import accepted, open_gateway, receipt


@pytest.fixture
async def told(folder):
    """A store with a message whose customer was told, and one that waits; the id of that one."""
    async with open_gateway(folder / "var") as gateway:
        await gateway.send(callback=7)
        await gateway.answer(accepted(await gateway.submit_one()))
        await gateway.deliver(receipt())
        await gateway.hear_all()
        (waiting,) = await gateway.send()
        return gateway.public_ids.show(waiting)


def test_notifications_are_listed_shown_and_replayed(told, angarium):
    """With each attempt; a replayed one is due again (rest-api 8.5)."""
    rows = angarium("notification", "list", "--connection", "acme/resending", "--json").json
    number = str(rows[0]["notification_id"])

    assert {row["state"] for row in rows} == {"delivered"}
    assert angarium("notification", "show", number, "--json").json["tried"][0]["status"] == 200
    assert angarium("notification", "replay", number).out.strip() == f"Notification {number} is tried once more."
    assert angarium("notification", "show", number, "--json").json["state"] == "waiting"
    assert angarium("notification", "replay-dead", "acme/resending", "--json").json == {"replayed": 0}
    assert "no such notification" in angarium("notification", "list", "--state", "dead").err
    assert angarium("notification", "show", "99").code == 1


def test_a_message_is_stopped_by_an_operator(told, angarium):
    """One that waits ends as 006, and the audit log says who did it (rest-api 2.7)."""
    assert angarium("message", "stop", told).out.strip() == "The message is cancelled."
    assert angarium("message", "show", told, "--json").json["message"]["status"] == "006"
    (entry,) = angarium("audit", "list", "--limit", "1", "--json").json
    assert (entry["action"], entry["subject"]) == ("message.stop", f"message/{told}")
