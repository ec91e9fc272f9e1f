"""How long things are kept, by command."""

from __future__ import annotations

import pytest


def test_an_account_keeps_as_the_operator_keeps_until_told_otherwise(angarium):
    """What is not given stays, and 'default' takes a time of its own back."""
    angarium("account", "create", "Acme", "--country", "any")
    kept = {"account": "Acme", "text_days": 30, "numbers_days": 365, "by_default": True}
    assert angarium("retention", "list", "--json").json == [kept]

    changed = angarium("retention", "set", "Acme", "--text-days", "0", "--json").json

    assert changed == {**kept, "text_days": 0, "by_default": False}
    assert angarium("retention", "set", "Acme", "--text-days", "default", "--json").json == kept


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["Acme"], "--text-days, --numbers-days"),
        (["Acme", "--text-days", "-1"], "--text-days takes a number of days"),
        (["Acme", "--numbers-days", "36501"], "from 0 to 36500"),
        (["Nobody", "--text-days", "1"], "There are: Acme."),
    ],
)
def test_what_is_no_number_of_days_is_told(angarium, words, says):
    """In a sentence, and nothing changes."""
    angarium("account", "create", "Acme", "--country", "any")

    ran = angarium("retention", "set", *words)

    assert ran.code != 0
    assert says in ran.err
    assert angarium("retention", "list", "--json").json[0]["by_default"]
