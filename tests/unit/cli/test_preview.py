"""`angarium preview`, over a real store in a temporary folder."""

from __future__ import annotations

import pytest


def test_a_preview_says_what_a_text_would_come_to(made):
    """Alphabet, segments, room and prices, for people and for programs (rest-api 4.1)."""
    ran = made("preview", "--text", "Hello", "--to", "0990000001", "--to", "112")
    found = made("preview", "--text", "Hello", "--to", "0990000001", "--to", "112", "--json").json

    assert ran.code == 0
    assert "1 (5 septets)" in ran.out
    assert "155 septets" in ran.out
    assert found == {
        "alphabet": "gsm7",
        "locking_table": None,
        "single_table": None,
        "unit": "septets",
        "segments": [{"text": "Hello", "used": 5}],
        "remaining": 155,
        "replaced": [],
        "costly": [],
        "recipients": [
            {"recipient": "27990000001", "price": "0.800000", "refusal": None},
            {
                "recipient": "112",
                "price": "0.000000",
                "refusal": {"reason": "no_route", "cure": "Ask the operator whether this destination is served."},
            },
        ],
        "price": "0.800000",
    }


def test_a_preview_shows_tables_replacements_and_what_is_costly(made):
    """What a connection and a carrier were set to is what it goes by (rest-api 4.2)."""
    made("carrier", "set", "north", "--set", "national_tables=turkish")
    made("connection", "set", "web", "--smart-encoding")

    turkish = made("preview", "--text", "“ş”", "--to", "27990000001")
    costly = made("preview", "--text", "“" + "ж" * 7)

    assert "turkish single" in turkish.out
    assert "'“' by '\"' at 0, '”' by '\"' at 2" in turkish.out
    assert "UCS-2" in costly.out
    assert "'ж' at 1, 2, 3, 4, 5 and 2 more" in costly.out


def test_hex_and_headers_are_previewed_too(made):
    """Units and octets as the API takes them."""
    unicode = made("preview", "--text", "0436", "--unicode", "--json").json
    binary = made("preview", "--text", "0102", "--binary", "--udh", "03700100", "--json").json

    assert (unicode["alphabet"], unicode["segments"]) == ("ucs2", [{"text": "ж", "used": 1}])
    assert (binary["alphabet"], binary["remaining"]) == ("binary", 134)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "--text"),
        (["--text", "xyz", "--unicode"], 1, "UCS-2BE in hex"),
        (["--text", "x", "--udh", "0"], 2, "--udh: only pairs"),
        (["--text", "x", "--udh", "05"], 2, "--udh: the length octet says 5"),
        (["--text", ""], 1, "Give the message a text."),
        (["--text", "x", "--from", "much too long a sender"], 1, "Use a sender registered"),
        (["--text", "x", "--connection", "nowhere"], 1, "There are: Acme/web."),
    ],
)
def test_what_cannot_be_previewed_is_told_in_a_sentence(made, words, code, says):
    """The reason, with the cure."""
    ran = made("preview", *words)

    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_with_several_connections_one_must_be_named(made):
    """Each may have chosen otherwise."""
    made("connection", "create", "Acme", "shop", "--smart-encoding")

    ran = made("preview", "--text", "“x”")
    named = made("preview", "--text", "“x”", "--connection", "shop", "--json").json

    assert ran.code == 1
    assert "There are 2 connections" in ran.err
    assert named["alphabet"] == "gsm7"
