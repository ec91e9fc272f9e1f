"""Routes and rates, each command its own run, over a real store in a temporary folder."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["route", "add", "27", "north"], 1, "27"),
        (["route", "add", "0027", "north"], 2, "is not a prefix"),
        (["route", "add", "44", "south"], 1, "There are: north."),
        (["route", "remove", "44"], 1, "no route for '44'"),
        (["rate", "set", "27", "-1"], 2, ""),
        (["rate", "set", "27", "0.0000001"], 1, "more than six decimals"),
        (["rate", "remove", "44"], 1, "no such rate"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(made, words, code, says):
    """Names of what there is come with the refusal, so that the next try succeeds."""
    ran = made(*words)

    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_routes_and_rates_are_listed_by_prefix(made):
    """One account may have its own rate."""
    made("rate", "set", "2782", "0.5", "--account", "Acme")

    assert made("route", "list", "--json").json == [
        {"route_id": 1, "prefix": "27", "carrier": "north", "account": None, "sender": None, "quality": 50}
    ]
    rates = made("rate", "list", "--json").json
    assert [(rate["prefix"], rate["rate"], rate["account"]) for rate in rates] == [
        ("27", "0.800000", None),
        ("2782", "0.500000", "Acme"),
    ]
    assert made("rate", "remove", "2782").code == 1
    assert made("rate", "remove", "2782", "--account", "Acme").code == 0
    assert len(made("rate", "list", "--json").json) == 1


def test_a_prefix_may_have_several_routes(made):
    """For another carrier, an account, a sender; removing asks for more when several would match."""
    made("carrier", "add", "south", "--host", "smsc.example")

    assert made("route", "add", "27", "south", "--quality", "80").code == 0
    assert made("route", "add", "27", "south", "--account", "Acme", "--sender", "+27123").code == 0
    assert made("route", "add", "27", "south").code == 1

    listed = made("route", "list", "--json").json
    assert [(row["carrier"], row["account"], row["sender"], row["quality"]) for row in listed] == [
        ("north", None, None, 50),
        ("south", None, None, 80),
        ("south", "Acme", "27123", 50),
    ]
    asked = made("route", "remove", "27", "--carrier", "south")
    assert (asked.code, "2 routes have the prefix '27'" in asked.err) == (2, True)
    assert made("route", "remove", "27", "--account", "Acme").code == 0
    assert made("route", "remove", "27", "--carrier", "south").code == 0
    assert made("route", "add", "27", "north", "--sender", "no/sender").code == 2


def test_a_country_has_a_route_for_each_of_its_prefixes(made):
    """All of them or none, and a rate for each when one is given."""
    added = made("route", "add", "--country", "CA", "north", "--rate", "0.01", "--json").json

    assert {"1204", "1905"} <= {row["prefix"] for row in added}
    assert all(row["rate"] == "0.01" for row in added)
    assert len(made("rate", "list", "--json").json) == len(added) + 1
    assert made("route", "add", "--country", "CA", "north").code == 1
    assert made("route", "add", "--country", "XX", "north").code == 2
    assert made("route", "add", "--country", "ZA", "27", "north").code == 2
    assert len(made("route", "list", "--json").json) == len(added) + 1


def test_costs_are_kept_by_carrier(made):
    """Beside the rates; a negative one is refused in a sentence."""
    assert made("cost", "set", "north", "27", "0.55", "--json").json["cost"] == "0.550000"
    assert made("cost", "set", "north", "", "0.6").code == 0
    assert made("cost", "set", "north", "27", "--", "-1").code == 2

    listed = made("cost", "list", "--carrier", "north", "--json").json
    assert [(row["prefix"], row["cost"]) for row in listed] == [("", "0.600000"), ("27", "0.550000")]
    assert made("cost", "remove", "north", "").code == 0
    assert made("cost", "remove", "north", "44").code == 1


def test_a_rate_may_be_for_a_carrier(made):
    """And is removed by the same words."""
    assert made("rate", "set", "27", "0.7", "--carrier", "north", "--json").json["carrier"] == "north"
    assert len(made("rate", "list", "--json").json) == 2
    assert made("rate", "remove", "27", "--carrier", "north").code == 0
    assert [row["rate"] for row in made("rate", "list", "--json").json] == ["0.800000"]


def test_routes_move_to_another_carrier_together(made):
    """Those that begin so; one that is there already is not there twice."""
    made("carrier", "add", "south", "--host", "smsc.example")
    made("route", "add", "2782", "north")
    made("route", "add", "2783", "north")
    made("route", "add", "2783", "south")
    made("route", "add", "44", "north")

    moved = made("route", "move", "north", "south", "--begins", "278", "--json").json
    again = made("route", "move", "north", "north")

    routes = {(each["prefix"], each["carrier"]) for each in made("route", "list", "--json").json}
    assert moved == {"moved": 2}
    assert {("2782", "south"), ("2783", "south"), ("44", "north")} <= routes
    assert not {("2782", "north"), ("2783", "north")} & routes
    assert again.code != 0
    assert "another carrier" in again.err
