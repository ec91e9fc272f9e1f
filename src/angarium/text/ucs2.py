"""16-bit text, big-endian, as handsets speak it (3GPP TS 23.038, 6.2.3).

The specification says UCS-2; every handset of this century reads UTF-16, so a character beyond U+FFFF is a surrogate
pair of two units. Units are kept as they were given: a surrogate without its partner travels unchanged and is
repaired only when text is read back.
"""

from __future__ import annotations

import binascii

from angarium.text.errors import BadHex, BadUcs2

UNIT_OCTETS = 2


def encode(text: str) -> bytes:
    """The units of `text`, two octets each. Never raises; a lone surrogate stays the unit that it is."""
    return text.encode("utf-16-be", "surrogatepass")


def decode(octets: bytes, *, tolerant: bool = True) -> str:
    """The text of 16-bit units.

    Tolerant, it never raises: a surrogate without its partner and a last odd octet become U+FFFD, so the result is
    always text that can be stored and shown. Strict, both raise BadUcs2.
    """
    try:
        return octets.decode("utf-16-be", "replace" if tolerant else "strict")
    except UnicodeDecodeError as error:
        raise BadUcs2(f"{error.reason} at offset {error.start}") from None


def units(text: str) -> int:
    """How many 16-bit units `text` takes: one for each character, two beyond U+FFFF."""
    return len(text) if text.isascii() else len(text.encode("utf-16-be", "surrogatepass")) // UNIT_OCTETS


def splits_pair(octets: bytes, at: int) -> bool:
    """Whether a cut before offset `at` would part a high surrogate from the low one after it."""
    return 0 < at < len(octets) and octets[at - UNIT_OCTETS] & 0xFC == 0xD8 and octets[at] & 0xFC == 0xDC


def parse_hex(text: str) -> bytes:
    """The octets of text written in hex, four digits a unit, upper or lower case (rest-api 3, `unicode`).

    Empty text is no units. Raises BadHex for any other character (a space too), or digits that are not whole units.
    """
    try:
        octets = binascii.unhexlify(text)
    except ValueError:
        raise BadHex("only pairs of the digits 0-9, a-f and A-F are allowed") from None
    if len(octets) % UNIT_OCTETS:
        raise BadHex(f"{len(text)} hex digits are not whole units of four")
    return octets


def to_hex(octets: bytes) -> str:
    """Units in upper-case hex, as `parse_hex` reads them."""
    return octets.hex().upper()
