"""GSM 7-bit: the default alphabet, its extension table, and packing (3GPP TS 23.038, 6.1.2 and 6.2.1).

Inside the product septets are unpacked, one in each octet. Between characters and septets stands a *marked* form: one
octet for each character, 0x00-0x7F from the default (locking) table, 0x80 + code from the extension (single shift)
table. CPython's charmap codec and `bytes.translate` reach it in C, and text without extension characters is
finished there. A national table is another `ShiftTables` value (`national` has them); no function here changes for it.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from angarium.text.errors import BadSeptets, NotInAlphabet

if TYPE_CHECKING:
    from collections.abc import Mapping

ESCAPE: Final = 0x1B
"""Precedes each septet that is to be read in the extension table (3GPP TS 23.038, 6.2.1)."""

_ESCAPE_OCTET: Final = b"\x1b"
_SHIFTED: Final = 0x80
_UNFIT: Final = _SHIFTED | ESCAPE
"""Marks what has no place. Code 0x1B of every extension table is kept for a further table, so it is free."""
NO_CHARACTER: Final = "\ufffe"
"""An empty place of a locking table; a charmap spells it so, too."""
_SEPTET_VALUES: Final = bytes(range(0x80))
_ESCAPED: Final = re.compile(rb"\x1b[\x00-\x7f]?")
_IN_LOCKING_TABLE: Final = re.compile(rb"(?<!\x1b)[\x00-\x7f]")

# 3GPP TS 23.038, 6.2.1: sixteen characters to a line, code 0x00 first. The place of the escape is a space, as that
# section asks of whoever meets an escape without meaning.
DEFAULT_ALPHABET: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x20ÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

# 3GPP TS 23.038, 6.2.1.1
DEFAULT_EXTENSION: Final[Mapping[int, str]] = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}


class ShiftTables(NamedTuple):
    """A locking and a single shift table, laid out for the C loops below. Built by `shift_tables`."""

    ascii_marks: bytes
    """256 octets: the marked form of each ASCII character."""
    charmap: Any
    """What `codecs.charmap_build` made of both tables: a character to its octet before `repair`."""
    repair: bytes
    """256 octets: from the charmap's octet to the marked form."""
    characters: str
    """256 characters: the marked form read back."""
    extension: frozenset[int]
    """The codes that the single shift table defines."""
    gaps: bytes
    """The codes that the locking table does not define."""


def shift_tables(locking: str, single: Mapping[int, str]) -> ShiftTables:
    """Lay out a locking table of 128 places, some perhaps NO_CHARACTER, and a single shift table of code to character.

    A character in both is written by the locking table, which is one septet shorter; one that stands twice in a table,
    by its lower code. The escape may not be in the single shift table (it is kept for a further table); that is an
    AssertionError.
    """
    assert len(locking) == 0x80, "a locking table has a place for every septet"
    assert ESCAPE not in single, "code 0x1B is kept for a further table"
    marks: dict[str, int] = {single[code]: _SHIFTED | code for code in sorted(single, reverse=True)}
    for code in reversed(range(0x80)):
        if code != ESCAPE and locking[code] != NO_CHARACTER:
            marks[locking[code]] = code
    # CPython's fast charmap demands that NUL stands first. So the true first character moves to the one place that
    # no character has, NUL takes place 0, and `repair` brings the one home and declares the other unfit.
    places = [NO_CHARACTER] * 0x100
    for character, mark in marks.items():
        places[mark or _UNFIT] = character
    places[0] = "\0"
    repair = bytearray(range(0x100))
    repair[_UNFIT] = 0
    repair[0] = marks.get("\0", _UNFIT)
    # What nobody defined is read as a space, like an escape without meaning.
    characters = list(locking.replace(NO_CHARACTER, "\x20") * 2)
    characters[_UNFIT] = "\N{REPLACEMENT CHARACTER}"
    for code, character in single.items():
        characters[_SHIFTED | code] = character
    return ShiftTables(
        ascii_marks=bytes(marks.get(chr(code), _UNFIT) for code in range(0x80)) + bytes([_UNFIT]) * 0x80,
        charmap=codecs.charmap_build("".join(places)),
        repair=bytes(repair),
        characters="".join(characters),
        extension=frozenset(single),
        gaps=bytes(code for code in range(0x80) if locking[code] == NO_CHARACTER),
    )


DEFAULT_TABLES: Final = shift_tables(DEFAULT_ALPHABET, DEFAULT_EXTENSION)
"""The default alphabet and its extension table: what every handset can show."""


def try_encode(text: str, tables: ShiftTables = DEFAULT_TABLES) -> bytes | None:
    """The septets of `text`, one in each octet, or None when a character does not fit. Never raises."""
    marked = _marked(text, tables)
    if marked is None or marked.isascii():
        return marked
    for mark in set(marked.translate(None, _SEPTET_VALUES)):
        marked = marked.replace(bytes((mark,)), bytes((ESCAPE, mark & 0x7F)))
    return marked


def encode(text: str, tables: ShiftTables = DEFAULT_TABLES) -> bytes:
    """The septets of `text`, one in each octet; an extension character is two.

    Raises NotInAlphabet, which names the first character that does not fit and its index.
    """
    septets = try_encode(text, tables)
    if septets is None:
        raise _misfit(text, tables)
    return septets


def can_encode(text: str, tables: ShiftTables = DEFAULT_TABLES) -> bool:
    """Whether every character of `text` is in the tables."""
    return _marked(text, tables) is not None


def septets(text: str, tables: ShiftTables = DEFAULT_TABLES) -> int:
    """How many septets `text` takes; raises NotInAlphabet as `encode` does."""
    marked = _marked(text, tables)
    if marked is None:
        raise _misfit(text, tables)
    if marked.isascii():
        return len(marked)
    return len(marked) + len(marked.translate(None, _SEPTET_VALUES))


def decode(septets: bytes, *, tolerant: bool = True, tables: ShiftTables = DEFAULT_TABLES) -> str:
    """The text of unpacked septets.

    Tolerant, it never raises and follows 3GPP TS 23.038, 6.2.1 and 6.2.1.1: an escaped code that the single shift table
    does not define is the character of the locking table, a double escape or one at the end is a space, and so is a
    code that the locking table does not define; an octet above 0x7F is U+FFFD. Strict, each of these raises BadSeptets.
    """
    if not tolerant:
        _refuse_bad_septets(septets, tables)
    if ESCAPE not in septets and septets.isascii():
        return codecs.charmap_decode(septets, "strict", tables.characters)[0]
    marked = _ESCAPED.sub(_mark_of_escape, septets.translate(_MARK_HIGH_OCTETS))
    return codecs.charmap_decode(marked, "strict", tables.characters)[0]


def packed_octets(count: int, fill_bits: int = 0) -> int:
    """How many octets `count` septets take when packed after `fill_bits` empty bits."""
    return (count * 7 + fill_bits + 7) // 8


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Eight septets in seven octets, lowest bits first (3GPP TS 23.038, 6.1.2.1.1).

    `fill_bits` (0-6) empty bits come first, so that text after a user data header starts on a septet boundary
    (3GPP TS 23.040, 9.2.3.24); see `udh.fill_bits`. Raises BadSeptets for an octet
    above 0x7F or fill bits out of range.
    """
    if not septets.isascii():
        raise BadSeptets("an octet above 0x7F cannot be packed")
    _check_fill_bits(fill_bits)
    packed = b"".join(_pack_block(septets[at : at + _BLOCK]) for at in range(0, len(septets), _BLOCK))
    if not fill_bits:
        return packed
    bits = int.from_bytes(packed, "little") << fill_bits
    return bits.to_bytes(packed_octets(len(septets), fill_bits), "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """The first `count` septets of packed `octets`, one in each octet, after `fill_bits` (0-6) bits to skip.

    Bits after the last septet are ignored. Raises BadSeptets when there are fewer than `count`, or `count` or
    `fill_bits` is out of range.
    """
    _check_fill_bits(fill_bits)
    if count < 0 or packed_octets(count, fill_bits) > len(octets):
        raise BadSeptets(f"{len(octets)} octets do not hold {count} septets after {fill_bits} fill bits")
    if fill_bits:
        bits = int.from_bytes(octets, "little") >> fill_bits
        octets = bits.to_bytes(len(octets), "little")
    groups = (count + 7) // 8
    padded = octets[: groups * 7].ljust(groups * 7, b"\0")
    lanes = bytearray(groups * 8)
    for place in range(7):
        lanes[place::8] = padded[place::7]
    return b"".join(_unpack_block(bytes(lanes[at : at + _BLOCK])) for at in range(0, len(lanes), _BLOCK))[:count]


def _marked(text: str, tables: ShiftTables) -> bytes | None:
    if text.isascii():
        marked = text.encode("ascii").translate(tables.ascii_marks)
    else:
        # "ignore" and a look at the length: an exception for every UCS-2 text would cost more than its encoding.
        raw = codecs.charmap_encode(text, "ignore", tables.charmap)[0]
        if len(raw) != len(text):
            return None
        marked = raw.translate(tables.repair)
    return None if _UNFIT in marked else marked


def misfits(text: str, tables: ShiftTables = DEFAULT_TABLES) -> list[tuple[int, str]]:
    """Index and character of everything in `text` that is not in the tables, in order."""
    unfit = {character for character in set(text) if _marked(character, tables) is None}
    return [(at, character) for at, character in enumerate(text) if character in unfit] if unfit else []


def _misfit(text: str, tables: ShiftTables) -> NotInAlphabet:
    index, character = misfits(text, tables)[0]
    return NotInAlphabet(character, index)


_MARK_HIGH_OCTETS: Final = _SEPTET_VALUES + bytes([_UNFIT]) * 0x80


def _mark_of_escape(found: re.Match[bytes]) -> bytes:
    escaped = found[0]
    if len(escaped) == 1 or escaped[1] == ESCAPE:
        return _ESCAPE_OCTET
    return bytes((_SHIFTED | escaped[1],))


def _refuse_bad_septets(septets: bytes, tables: ShiftTables) -> None:
    if not septets.isascii():
        index = next(at for at, value in enumerate(septets) if value >= 0x80)
        raise BadSeptets(f"octet 0x{septets[index]:02X} at offset {index} is not a septet")
    for found in _IN_LOCKING_TABLE.finditer(septets) if tables.gaps else ():
        if found[0][0] in tables.gaps:
            raise BadSeptets(f"code 0x{found[0][0]:02X} at offset {found.start()} is not in the locking shift table")
    for found in _ESCAPED.finditer(septets):
        escaped = found[0]
        if len(escaped) == 1:
            raise BadSeptets(f"the escape at offset {found.start()} has no code after it")
        if escaped[1] not in tables.extension:
            raise BadSeptets(f"code 0x{escaped[1]:02X} at offset {found.start()} is not in the single shift table")


def _check_fill_bits(fill_bits: int) -> None:
    if not 0 <= fill_bits <= 6:
        raise BadSeptets(f"fill bits must be 0 to 6, not {fill_bits}")


# Packing works on one big integer, all lanes at once: pairs of 7 bits become 14, pairs of those 28, pairs of those 56.
# A block of 160 septets is 20 lanes of 64 bits, and a multiple of 8, so blocks join without a seam.
_BLOCK: Final = 160


def _lane_mask(bits: int, lane_bits: int) -> int:
    return sum(((1 << bits) - 1) << at for at in range(0, _BLOCK * 8, lane_bits))


_LOW_HALVES: Final = tuple(
    (_lane_mask(bits, bits_in_lane), bits_in_lane) for bits, bits_in_lane in ((7, 16), (14, 32), (28, 64))
)


def _pack_block(septets: bytes) -> bytes:
    lanes = int.from_bytes(septets, "little")
    gap = 1
    for low, lane_bits in _LOW_HALVES:
        high = low << (lane_bits // 2)
        lanes = (lanes & low) | ((lanes & high) >> gap)
        gap *= 2
    groups = bytearray(lanes.to_bytes((len(septets) + 7) // 8 * 8, "little"))
    del groups[7::8]
    return bytes(groups[: packed_octets(len(septets))])


def _unpack_block(groups: bytes) -> bytes:
    lanes = int.from_bytes(groups, "little")
    gap = 4
    for low, lane_bits in reversed(_LOW_HALVES):
        high = low << (lane_bits // 2 - gap)
        lanes = (lanes & low) | ((lanes & high) << gap)
        gap //= 2
    return lanes.to_bytes(len(groups), "little")
