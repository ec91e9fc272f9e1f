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

    assert made("route", "list", "--json").json == [{"route_id": 1, "prefix": "27", "carrier": "north"}]
    rates = made("rate", "list", "--json").json
    assert [(rate["prefix"], rate["rate"], rate["account"]) for rate in rates] == [
        ("27", "0.800000", None),
        ("2782", "0.500000", "Acme"),
    ]
    assert made("rate", "remove", "2782").code == 1
    assert made("rate", "remove", "2782", "--account", "Acme").code == 0
    assert len(made("rate", "list", "--json").json) == 1
