"""What a message needs of its carrier (rest-api 3)."""

from __future__ import annotations

import pytest

from angarium.core.features import ALL_FEATURES, TABLES_FROM, Feature, names_of, needs_of, table_needs
from angarium.text.national import NationalLanguage
from angarium.text.segments import Content

HELLO = Content.of_text("Hello")


@pytest.mark.parametrize(
    ("content", "more", "needs"),
    [
        (HELLO, {}, Feature.TEXT),
        (Content.of_text("Привет"), {}, Feature.UCS2),
        (Content.of_binary(b"\1\2"), {}, Feature.OCTETS),
        (Content.of_binary(b"\1\2", bytes.fromhex("06050415820000")), {}, Feature.OCTETS | Feature.UDH),
        (HELLO, {"segments": 2}, Feature.TEXT | Feature.CONCAT),
        (HELLO, {"flash": True}, Feature.TEXT | Feature.FLASH),
        (HELLO, {"sender": "27990000001"}, Feature.TEXT | Feature.NUMER),
        (HELLO, {"sender": "Bank 24"}, Feature.TEXT | Feature.ALPHA),
        (HELLO, {"asked": int(Feature.DELIVACK)}, Feature.TEXT | Feature.DELIVACK),
    ],
)
def test_a_content_needs_what_carries_it(content: Content, more: dict, needs: Feature) -> None:
    """Alphabet, header, length, flash and sender imply features; what the customer asks for is added (rest-api 3)."""
    asked = {"sender": "", "segments": 1, "flash": False, "asked": 0, **more}

    assert needs_of(content, **asked) == needs


def test_national_tables_are_needs_of_their_own() -> None:
    """One bit a language, which no customer can ask for (rest-api 4.2)."""
    turkish, both = (
        table_needs([NationalLanguage.TURKISH]),
        table_needs([NationalLanguage.URDU, NationalLanguage.TURKISH]),
    )

    assert turkish & both == turkish
    assert both.bit_count() == 2
    assert both & ALL_FEATURES == table_needs([]) == 0


def test_the_bits_are_the_published_ones() -> None:
    """And our own needs begin above them all."""
    assert ALL_FEATURES == 1 | 2 | 4 | 8 | 16 | 32 | 512 | 8192 | 16384
    assert ALL_FEATURES < 1 << TABLES_FROM


def test_features_have_the_names_that_customers_know() -> None:
    """In the order of their bits; a bit without a name is left out."""
    assert names_of(ALL_FEATURES | 1 << TABLES_FROM) == [
        "TEXT",
        "8BIT",
        "UDH",
        "UCS2",
        "ALPHA",
        "NUMER",
        "FLASH",
        "DELIVACK",
        "CONCAT",
    ]
    assert names_of(0) == []
