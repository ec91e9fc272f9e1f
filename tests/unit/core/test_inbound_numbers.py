"""Whose a text from a handset is."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.inbound_numbers import (
    BadInboundNumber,
    BadKeyword,
    InboundNumber,
    NumberTable,
    parse_inbound_number,
    parse_keyword,
)
from angarium.core.words import words_of

NORTH, SOUTH = 1, 2


def number(number_id: int, digits: str = "31234", **changes: Any) -> InboundNumber:
    """A number of the connection of the same id."""
    return InboundNumber(**{"number_id": number_id, "number": digits, "connection_id": number_id, **changes})


TABLE = NumberTable(
    [
        number(1),
        number(2, keyword="win"),
        number(3, keyword="win car"),
        number(4, keyword="ete"),
        number(5, keyword="win", carrier_id=SOUTH),
        number(6, "27999123456"),
        number(7, "27999", carrier_id=NORTH),
    ]
)


@pytest.mark.parametrize(
    ("digits", "text", "carrier_id", "owner"),
    [
        ("31234", "hello", NORTH, 1),
        ("31234", "Win! A prize", NORTH, 2),
        ("31234", "WIN", SOUTH, 5),
        ("31234", "win car please", SOUTH, 3),
        ("31234", "winner", NORTH, 1),
        ("31234", "Été", NORTH, 4),
        ("31234", "", NORTH, 1),
        ("27999123456", "anything", SOUTH, 6),
        ("27999", "anything", NORTH, 7),
        ("27999", "anything", SOUTH, None),
        ("40000", "win", NORTH, None),
    ],
)
def test_the_longest_keyword_wins_then_the_carrier(digits: str, text: str, carrier_id: int, owner: int | None) -> None:
    """A keyword is whole words at the beginning; what none claims is the owner's without keyword (rest-api 9)."""
    found = TABLE.owner(digits, words_of(text), carrier_id=carrier_id)

    assert (None if found is None else found.number_id) == owner


def test_a_reply_comes_back_to_the_number_that_fits_the_recipient() -> None:
    """A whole number before a shared one, then the one that begins most alike (rest-api 3)."""
    table = NumberTable(
        [
            number(1, "27999", keyword="win", connection_id=9),
            number(2, "46700", connection_id=9),
            number(3, "27998", connection_id=9),
            number(4, "31234", keyword="win"),
        ]
    )

    assert table.sender_for(9, "27990000001") == "27998"
    assert table.sender_for(9, "+46990000001") == "46700"
    assert table.sender_for(9, "1") == "46700"
    assert table.sender_for(4, "27990000001") == "31234"
    assert table.sender_for(8, "27990000001") is None


def test_a_connection_may_use_its_own_numbers_only() -> None:
    """Whatever else is on them."""
    assert TABLE.is_owned_by(2, "31234")
    assert not TABLE.is_owned_by(6, "31234")


def test_numbers_and_keywords_have_one_form() -> None:
    """As they are stored, whatever was typed."""
    assert parse_inbound_number("+27999123456") == "27999123456"
    assert parse_keyword(" Win  CAR! ") == "win car"
    assert parse_keyword("") == ""
    for text in ("", "0123", "abc", "27 999", "1" * 17):
        with pytest.raises(BadInboundNumber):
            parse_inbound_number(text)
    for text in ("!!", "a b c d"):
        with pytest.raises(BadKeyword):
            parse_keyword(text)
