"""Smart encoding: what is replaced, and by what."""

from __future__ import annotations

import unicodedata

import pytest

from angarium.text import gsm7, national
from angarium.text.lookalikes import LOOKALIKES, Replacement, liken
from angarium.text.national import NationalLanguage, Shifts


def test_every_look_alike_is_in_the_default_alphabet() -> None:
    """What is written instead needs no other table, and what is replaced does not fit as it is (rest-api 4.2)."""
    for sign, look in LOOKALIKES.items():
        assert gsm7.can_encode(look), (sign, look)
        assert not gsm7.can_encode(sign), sign
        assert len(sign) <= 2


def test_no_letter_loses_its_accent() -> None:
    """Whatever Unicode calls a letter is replaced by the same letter or letters, if at all."""
    for sign, look in LOOKALIKES.items():
        if unicodedata.category(sign[0]) in ("Lu", "Ll") and look:
            assert unicodedata.normalize("NFKC", sign) == look or sign in "ﬅﬆ", (sign, look)


@pytest.mark.parametrize(
    ("text", "likened"),
    [
        ("“Hi”", '"Hi"'),
        ("it’s ‚so‘", "it's 'so'"),
        ("«a» – b — c…", '"a" - b - c...'),
        ("a\u00a0b\u2009c\td", "a b c d"),
        ("so\u00adft\u200b\ufeff", "soft"),
        ("ﬁne ﬂow oﬃce", "fine flow office"),
        ("\uff28\uff29\uff01", "HI!"),
        ("e\u0301te\u0301", "été"),
        ("plain", "plain"),
        ("“ж”", '"ж"'),
    ],
)
def test_typography_becomes_its_look_alike(text: str, likened: str) -> None:
    """Quotes, dashes, spaces, dots, ligatures, fullwidth forms; the rest stays (rest-api 4.2)."""
    assert liken(text)[0] == likened


def test_each_replacement_is_reported_where_it_stood() -> None:
    """Position in the text as given, what was there, and what goes instead."""
    assert liken("a…“e\u0301")[1] == (
        Replacement(1, "…", "..."),
        Replacement(2, "“", '"'),
        Replacement(3, "e\u0301", "é"),
    )


def test_what_the_tables_hold_is_not_replaced() -> None:
    """The Portuguese locking shift table has the grave accent itself."""
    tables = national.tables(Shifts(locking=NationalLanguage.PORTUGUESE))

    assert liken("`“", tables) == ('`"', (Replacement(1, "“", '"'),))
