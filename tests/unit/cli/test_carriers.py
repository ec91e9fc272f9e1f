"""Carriers, each command its own run, over a real store in a temporary folder."""

from __future__ import annotations

import pytest

from angarium.ports.readings import Proposal, Readings
from tests.gateway import open_gateway


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["carrier", "add", "north", "--host", "h"], 1, "north"),
        (["carrier", "add", "x"], 2, "--host"),
        (["carrier", "add", "x", "--host", "h", "--set", "windw=5"], 2, "is it window?"),
        (["carrier", "set", "north", "--set", "window=lots"], 2, "window must be a whole number"),
        (["carrier", "set", "north", "--set", "national_tables=klingon"], 2, "among turkish, spanish, portuguese"),
        (["carrier", "set", "north", "--set", "window"], 2, "--set takes name=value"),
        (["carrier", "set", "north"], 2, "Say what to change"),
        (["carrier", "remove", "north"], 1, "Routes lead to this carrier"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(made, words, code, says):
    """Names of what there is come with the refusal, so that the next try succeeds."""
    ran = made(*words)

    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_a_carrier_is_set_shown_and_switched_off(made):
    """Text stays text although it looks like a number, and the password stays hidden."""
    made("carrier", "set", "north", "--set", "window=50", "--set", "pace_per_s=null", "--set", "system_type=7")
    made("carrier", "set", "north", "--set", "national_tables=urdu,turkish")
    made("carrier", "disable", "north")
    shown = made("carrier", "show", "north", "--json").json

    assert shown["enabled"] is False
    assert shown["settings"] == {
        "host": "smsc.example",
        "port": 2776,
        "system_id": "12345",
        "password": "********",
        "national_tables": "turkish,urdu",
        "window": 50,
        "system_type": "7",
    }
    assert made("carrier", "enable", "1", "--json").json["enabled"] is True
    everything = made("carrier", "show", "north", "--all", "--json").json["settings"]
    assert everything["links"] == 1
    assert everything["password"] == "********"
    [row] = made("carrier", "list", "--json").json
    assert (row["host"], row["bind"]) == ("smsc.example", "transceiver")
    names = {row["name"] for row in made("carrier", "settings", "--json").json}
    assert names == set(everything)


def test_a_carrier_goes_only_after_its_routes(made):
    """A route that leads nowhere would refuse what a shorter prefix could have sent."""
    assert made("carrier", "remove", "north").code == 1
    made("route", "remove", "27")
    assert made("carrier", "remove", "north").code == 0
    assert made("carrier", "list", "--json").json == []


@pytest.fixture
async def proposed(folder):
    """A store in which hex is proposed for the ids in responses."""
    async with open_gateway(folder / "var") as gateway:
        proposal = Proposal(gateway.carrier.carrier_id, Readings("hex", "decimal"), 3, "1E240", "123456", 0)
        await gateway.store.write(lambda tx: tx.propose(proposal))


def test_a_proposal_is_listed_and_accepted(proposed, angarium):
    """With an example; accepting it changes the carrier's settings, and it is gone (delivery 3.2)."""
    (row,) = angarium("carrier", "proposals", "--json").json
    assert (row["carrier"], row["id_in_response"], row["id_in_receipt"]) == ("carrier", "hex", "decimal")
    assert (row["pairs"], row["example"]) == (3, "1E240 is 123456")

    accepted = angarium("carrier", "accept-proposal", "carrier", "--json").json

    assert accepted["settings"] == {"id_in_response": "hex", "id_in_receipt": "decimal"}
    assert "Nothing is proposed." in angarium("carrier", "proposals").err


def test_a_proposal_is_declined(proposed, angarium):
    """The settings stay, and nothing is left to decide."""
    assert angarium("carrier", "decline-proposal", "carrier").code == 0

    assert angarium("carrier", "proposals", "--json").json == []
    for command in ("accept-proposal", "decline-proposal"):
        ran = angarium("carrier", command, "carrier")
        assert (ran.code, "is proposed for carrier 1" in ran.err) == (1, True)
