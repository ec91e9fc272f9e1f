"""The alphabets' numbers are stored, so they may not move."""

from __future__ import annotations

from angarium.text.alphabet import Alphabet


def test_the_stored_numbers_of_the_alphabets_do_not_move() -> None:
    """Rows written by an older release keep their meaning."""
    assert {alphabet.name: alphabet.value for alphabet in Alphabet} == {"GSM7": 0, "BINARY": 1, "UCS2": 2}
