"""What would happen to a number, at the command line."""

from __future__ import annotations

import pytest


def test_routes_are_explained_in_their_order(made):
    """Each with its rate, whose rate that is, and why it would not take the message."""
    made("carrier", "add", "south", "--host", "smsc.example", "--set", "lacks=UCS2")
    made("route", "add", "2799", "south", "--account", "Acme")
    made("rate", "set", "", "0.5", "--carrier", "south")
    made("credit", "buy", "Acme", "10")

    found = made("route", "explain", "27990000001", "--account", "Acme", "--text", "Привет", "--json").json

    assert (found["verdict"], found["country"], found["charge"]) == ("accepted", "ZA", "0.800000")
    assert found["chosen"]["carrier"] == "north"
    south, north = found["candidates"]
    assert (south["carrier"], south["for_account"], south["rate"], south["rate_for_carrier"]) == (
        "south",
        True,
        "0.500000",
        True,
    )
    assert south["why_not"] == "its carrier lacks UCS2"
    assert north["why_not"] == ""
    said = made("route", "explain", "27990000001", "--account", "Acme").out
    assert "South Africa (ZA)" in said
    assert "route for" in said


def test_what_stands_against_it_is_told_check_by_check(made, monkeypatch):
    """The account, the connection that was meant, and what the service wants of all (rest-api 5)."""
    checks = made("route", "explain", "27990000001", "--connection", "Acme/web", "--json").json
    said = made("route", "explain", "27990000001", "--account", "Acme").out
    monkeypatch.setenv("ANGARIUM_SENDERS", "registered")
    unregistered = made("route", "explain", "27990000001", "--account", "Acme", "--sender", "Shop", "--json").json

    assert (checks["verdict"], checks["refusal"], checks["connection"]) == ("no_credit", "no_credit", "web")
    assert {each["name"]: each["refusal"] for each in checks["checks"]}["Credit"] == "no_credit"
    assert unregistered["verdict"] == "bad_sender"
    assert "less credit is free" in said


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["112"], "emergency"),
        (["no-number"], "bad_number"),
        (["333"], "bad_number"),
        (["447700900123"], "no_route"),
        (["27990000001", "--max-credits", "0.79"], "too_costly"),
        (["0990000001", "--country-prefix", "27"], "accepted"),
    ],
)
def test_what_is_refused_says_why(made, words, verdict):
    """Whatever a customer could write has an answer; the command itself does not fail."""
    assert made("route", "explain", *words, "--json").json["verdict"] == verdict
    assert made("route", "explain", *words).code == 0
