"""Parts are read together as the handset meant them."""

from __future__ import annotations

import pytest

from angarium.core.inbound import GAP, Numbering, join_parts, numbering_of
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content, UserData, segment


def parts_of(text: str) -> dict[int, UserData]:
    """A long text as a handset sends it."""
    return dict(enumerate(segment(Content.of_text(text), reference=7), start=1))


@pytest.mark.parametrize(
    ("header", "numbering"),
    [
        (b"", Numbering()),
        (bytes.fromhex("0500032a0302"), Numbering(0x2A, 3, 2)),
        (bytes.fromhex("060804012a0302"), Numbering(0x012A, 3, 2)),
        (bytes.fromhex("0500032a0101"), Numbering()),
        (bytes.fromhex("0500032a0304"), Numbering()),
        (bytes.fromhex("0500032a03"), Numbering()),
        (bytes.fromhex("06050415810000"), Numbering()),
    ],
)
def test_a_header_numbers_a_part_with_8_or_16_bits(header: bytes, numbering: Numbering) -> None:
    """One that makes no sense numbers nothing: the text is shown as it came (rest-api 9)."""
    assert numbering_of(header) == numbering


@pytest.mark.parametrize("text", ["Hello [world] " * 40, "Grüße aus Zürich 😀 " * 30])
def test_a_whole_message_reads_as_it_was_written(text: str) -> None:
    """Characters that were cut in two are whole again."""
    joined = join_parts(parts_of(text), total=len(parts_of(text)))

    assert (joined.content.text(), joined.missing) == (text, 0)


def test_missing_parts_are_marked_where_they_are_missing() -> None:
    """Nobody takes half of a message for the whole (delivery 4.7)."""
    parts = parts_of("a" * 153 + "b" * 153 + "c" * 153 + "d" * 10)
    del parts[2], parts[3]

    joined = join_parts(parts, total=4)

    assert joined.content == Content.of_text(f"{'a' * 153}{GAP}{'d' * 10}")
    assert joined.missing == 2


def test_parts_in_several_alphabets_are_one_text() -> None:
    """Some handsets choose for each part."""
    joined = join_parts(
        {1: UserData(Alphabet.GSM7, b"", b"Hi "), 2: UserData(Alphabet.UCS2, b"", "ж".encode("utf-16-be"))}, total=2
    )

    assert joined.content == Content.of_ucs2("Hi ж".encode("utf-16-be"))


def test_binary_stays_octets() -> None:
    """What the application's own elements say stays with it; what only numbered the parts does not."""
    header = bytes.fromhex("0b05041581000000032a0201")
    joined = join_parts(
        {1: UserData(Alphabet.BINARY, header, b"\x00\xff"), 2: UserData(Alphabet.BINARY, header, b"\x01")}, total=2
    )

    assert joined.content == Content(Alphabet.BINARY, bytes.fromhex("06050415810000"), b"\x00\xff\x01")
