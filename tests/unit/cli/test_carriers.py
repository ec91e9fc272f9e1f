"""Carriers, each command its own run, over a real store in a temporary folder."""

from __future__ import annotations

import pytest


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
