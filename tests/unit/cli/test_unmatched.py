"""Orphans and the quarantine by command."""

from __future__ import annotations

import json

import pytest

from angarium.ports.carrier import Unclear
from angarium.ports.quarantine import Quarantined
from tests.gateway import NOON, RECIPIENT, Gateway, accepted, open_gateway, receipt


@pytest.fixture
async def folder_with_both(folder):
    """A store with a submitted message, two orphans and one thing in quarantine; the message's public id."""
    async with open_gateway(folder / "var") as gateway:
        (message_id,) = await gateway.send(client_message_id="order-7")
        await gateway.answer(accepted(await gateway.submit_one(), "123456"))
        stranger = receipt("1E240", recipient="+1555")
        await gateway.deliver(stranger._replace(stat="DELIVRD", link="carrier/2", said=b"id:1E240 stat:DELIVRD"))
        await gateway.deliver(receipt("77", recipient=str(RECIPIENT)))
        await _quarantine(gateway, Unclear("no message id", "1", "2", "carrier/1", b"\x00\xff"))
        return gateway.public_ids.show(message_id)


async def _quarantine(gateway: Gateway, unclear: Unclear) -> None:
    row = Quarantined(gateway.carrier.carrier_id, unclear.link, unclear.reason, "1", "2", unclear.octets, True, NOON)
    await gateway.store.write(lambda tx: tx.quarantine([row]))


def test_orphans_are_listed_and_shown(folder_with_both, angarium):
    """With carrier, link, raw id and text (delivery 3.1)."""
    rows = json.loads(angarium("orphan", "list", "--json", "--carrier", "carrier").out)

    assert [row["carrier_message_id"] for row in rows] == ["77", "1E240"]
    shown = angarium("orphan", "show", str(rows[1]["orphan_id"])).out
    for words in ("carrier/2", "1E240", "DELIVRD", "id:1E240 stat:DELIVRD", "+1555"):
        assert words in shown


def test_an_orphan_is_matched_by_hand(folder_with_both, angarium):
    """The operator knows better than id and number; the message is settled by it (delivery 3.1)."""
    (_, orphan) = json.loads(angarium("orphan", "list", "--json").out)

    ran = angarium("orphan", "match", str(orphan["orphan_id"]), "order-7")

    assert ran.out.strip() == f"Orphan {orphan['orphan_id']} is matched; the message is delivered."
    assert json.loads(angarium("message", "show", folder_with_both, "--json").out)["message"]["status"] == "004"
    assert len(json.loads(angarium("orphan", "list", "--json").out)) == 1
    again = angarium("orphan", "match", str(orphan["orphan_id"]), "order-7")
    assert (again.code, "no orphan" in again.err) == (1, True)


def test_an_orphan_that_cannot_be_matched_stays(folder_with_both, angarium):
    """In a sentence."""
    (newest, _) = json.loads(angarium("orphan", "list", "--json").out)

    ran = angarium("orphan", "match", str(newest["orphan_id"]), "order-7", "--segment", "3")

    assert "Segment 3 of it awaits no receipt" in ran.err
    assert len(json.loads(angarium("orphan", "list", "--json").out)) == 2


def test_an_orphan_is_dropped(folder_with_both, angarium):
    """Once."""
    (newest, _) = json.loads(angarium("orphan", "list", "--json").out)

    assert angarium("orphan", "drop", str(newest["orphan_id"])).code == 0
    assert angarium("orphan", "drop", str(newest["orphan_id"])).code == 1


def test_the_quarantine_is_listed_and_shown(folder_with_both, angarium):
    """With its octets (delivery 3.11)."""
    (row,) = json.loads(angarium("quarantine", "list", "--json").out)

    assert (row["reason"], row["link"], row["release"]) == ("no message id", "carrier/1", None)
    shown = json.loads(angarium("quarantine", "show", str(row["quarantine_id"]), "--json").out)
    assert (shown["octets"], shown["is_whole"]) == ("00ff", True)


def test_something_is_let_out_or_dropped(folder_with_both, angarium):
    """A running server takes it up."""
    (row,) = json.loads(angarium("quarantine", "list", "--json").out)
    number = str(row["quarantine_id"])

    assert angarium("quarantine", "release", number, "--as", "inbound").code == 0
    (row,) = json.loads(angarium("quarantine", "list", "--json").out)
    assert row["release"] == "inbound"
    assert angarium("quarantine", "drop", number).code == 0
    assert "Nothing is in quarantine" in angarium("quarantine", "list").err
    assert angarium("quarantine", "show", number).code == 1
