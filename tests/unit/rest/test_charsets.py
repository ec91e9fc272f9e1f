"""The charsets a body may be in."""

from __future__ import annotations

import pytest

from angarium.rest.charsets import known_charset, to_utf_8
from angarium.rest.wire import Malformed


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("UTF-8", "utf-8"),
        (' "utf8" ', "utf-8"),
        ("us-ascii", "utf-8"),
        ("Latin1", "iso-8859-1"),
        ("'ISO-8859-1'", "iso-8859-1"),
        ("UTF-16LE", "utf-16le"),
        ("rot13", ""),
        ("", ""),
    ],
)
def test_a_charset_is_known_by_its_usual_names(name: str, known: str) -> None:
    """Case and quotes do not matter; Python's other codecs are out of reach."""
    assert known_charset(name) == known


def test_a_body_becomes_utf_8() -> None:
    """Whatever the charset, the readers see one."""
    assert to_utf_8(b"\xe9", "iso-8859-1") == to_utf_8(b"\xc3\xa9", "utf-8") == "é".encode()


@pytest.mark.parametrize("body", [b"\x00", b"\x00\xd8\x00\x00"])
def test_a_body_that_is_not_in_its_charset_is_malformed(body: bytes) -> None:
    """Half a unit, or half a surrogate pair, is no text."""
    with pytest.raises(Malformed):
        to_utf_8(body, "utf-16le")
