"""16-bit text: units, pairs and the hex form of the REST API."""

from __future__ import annotations

import pytest

from angarium.text import ucs2
from angarium.text.errors import BadHex, BadUcs2


@pytest.mark.parametrize(
    ("text", "octets", "units"),
    [
        ("", "", 0),
        ("Hi", "0048 0069", 2),
        ("Жé", "0416 00E9", 2),
        ("😀", "D83D DE00", 2),
        ("a😀b", "0061 D83D DE00 0062", 4),
    ],
)
def test_text_is_written_in_big_endian_units(text: str, octets: str, units: int) -> None:
    """Two octets a unit, two units beyond U+FFFF, no byte order mark."""
    assert ucs2.encode(text) == bytes.fromhex(octets)
    assert ucs2.decode(bytes.fromhex(octets), tolerant=False) == text
    assert ucs2.units(text) == units


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("D83D", "\ufffd"),
        ("DE00 0061", "\ufffda"),
        ("D83D 0061", "\ufffda"),
        ("0061 00", "a\ufffd"),
    ],
)
def test_broken_units_are_read_as_replacement_characters(octets: str, text: str) -> None:
    """A tolerant reader gives text that can be stored; a strict one refuses."""
    assert ucs2.decode(bytes.fromhex(octets)) == text
    with pytest.raises(BadUcs2):
        ucs2.decode(bytes.fromhex(octets), tolerant=False)


def test_a_lone_surrogate_travels_as_it_is() -> None:
    """We do not repair what a customer sends."""
    assert ucs2.encode("a\ud83d") == bytes.fromhex("0061 D83D")
    assert ucs2.units("a\ud83d") == 2


@pytest.mark.parametrize(
    ("octets", "at", "splits"),
    [
        ("D83D DE00", 2, True),
        ("D800 DFFF", 2, True),
        ("DBFF DC00", 2, True),
        ("D7FF DC00", 2, False),
        ("DC00 DC00", 2, False),
        ("D800 DBFF", 2, False),
        ("D800 E000", 2, False),
        ("DE00 D83D", 0, False),
        ("D83D DE00", 0, False),
        ("0061 D83D DE00", 4, True),
        ("D83D DE00", 4, False),
        ("0061 DE00", 2, False),
        ("D83D 0061", 2, False),
        ("DE00 D83D", 2, False),
    ],
)
def test_only_a_true_pair_can_be_split(octets: str, at: int, *, splits: bool) -> None:
    """High before the cut and low after it is a pair; anything else is not."""
    assert ucs2.splits_pair(bytes.fromhex(octets), at) is splits


@pytest.mark.parametrize("text", ["00480065006C", "00480065006c", "d83dDE00", ""])
def test_hex_is_read_in_either_case(text: str) -> None:
    """Upper, lower and mixed case are the same units (rest-api 3, `unicode`)."""
    assert ucs2.parse_hex(text) == bytes.fromhex(text)
    assert ucs2.to_hex(ucs2.parse_hex(text)) == text.upper()


@pytest.mark.parametrize("text", ["0", "00", "004", "004800", "00 48", "0048 ", "004g", "0x48", "0048é", "٠٠٤٨"])
def test_hex_that_is_not_whole_units_is_refused(text: str) -> None:
    """Four digits a unit and nothing else: no spaces, no prefix, no digits of other scripts."""
    with pytest.raises(BadHex):
        ucs2.parse_hex(text)
