"""The user data header and its information elements (3GPP TS 23.040, 9.2.3.24).

    length of all elements | identifier | length | data | identifier | length | data | ...

A header here always includes its first octet, the length.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final, NamedTuple

from angarium.text.errors import BadHex, BadUserDataHeader

if TYPE_CHECKING:
    from collections.abc import Iterable

CONCATENATION_8: Final = 0x00
PORTS_8: Final = 0x04
PORTS_16: Final = 0x05
CONCATENATION_16: Final = 0x08
SINGLE_SHIFT: Final = 0x24
LOCKING_SHIFT: Final = 0x25
"""Each names a national language, whose table the septets are to be read in; `national` knows them."""

HEADER_OCTETS_MAX: Final = 140
"""A header with its length octet can fill the user data, and no more (3GPP TS 23.040, 9.2.3.16)."""
CONCATENATION_8_OCTETS: Final = 5
"""The 8-bit concatenation element: identifier, length, reference, total, sequence."""


class Element(NamedTuple):
    """One information element. Identifiers that we do not know are kept as they are."""

    identifier: int
    """0-255."""
    data: bytes
    """At most 255 octets, and what the header has room for."""


class Concatenation(NamedTuple):
    """What a concatenation element says (3GPP TS 23.040, 9.2.3.24.1 and 9.2.3.24.8)."""

    reference: int
    """The same in all segments of one message: 0-255, or 0-65535 when `wide`."""
    total: int
    """How many segments the message has, 1-255."""
    sequence: int
    """Which of them this is, 1-`total`."""
    wide: bool = False
    """Whether the reference has 16 bits."""


class Ports(NamedTuple):
    """What an application port element says (3GPP TS 23.040, 9.2.3.24.3 and 9.2.3.24.4)."""

    destination: int
    source: int
    wide: bool = True
    """Whether the ports have 16 bits."""


def parse(header: bytes, *, tolerant: bool = False) -> list[Element]:
    """The elements of a header, in their order.

    Strict, it raises BadUserDataHeader unless every length agrees with the octets that are there. Tolerant, it never
    raises: it returns the elements that are whole, and does not look behind the header's own length.
    """
    elements: list[Element] = []
    if not header:
        if tolerant:
            return elements
        raise BadUserDataHeader("the header is empty: its length octet is missing")
    end = header[0] + 1
    if not tolerant and end != len(header):
        raise BadUserDataHeader(f"the length octet says {header[0]}, but {len(header) - 1} octets follow")
    end = min(end, len(header))
    at = 1
    while at < end:
        data_at = at + 2
        if data_at > end or data_at + header[at + 1] > end:
            if tolerant:
                break
            raise BadUserDataHeader(f"the element at offset {at} is longer than the header")
        elements.append(Element(header[at], header[data_at : data_at + header[at + 1]]))
        at = data_at + header[at + 1]
    return elements


def build(elements: Iterable[Element]) -> bytes:
    """A header with its length octet. Raises BadUserDataHeader for a number out of range or more than 140 octets."""
    body = bytearray()
    for identifier, data in elements:
        if not 0 <= identifier <= 0xFF or len(data) > 0xFF:
            raise BadUserDataHeader(f"element {identifier} with {len(data)} octets cannot be written")
        body += bytes((identifier, len(data)))
        body += data
    if len(body) >= HEADER_OCTETS_MAX:
        raise BadUserDataHeader(f"a header of {len(body) + 1} octets is longer than {HEADER_OCTETS_MAX}")
    return bytes((len(body),)) + body


def validate_user_header(header: bytes) -> list[Element]:
    """The elements of a header that a customer gave, or BadUserDataHeader (rest-api 3, `udh`; code 102).

    The length octet must be right, every element whole, and the header no longer than 140 octets.
    """
    if len(header) > HEADER_OCTETS_MAX:
        raise BadUserDataHeader(f"a header of {len(header)} octets is longer than {HEADER_OCTETS_MAX}")
    return parse(header)


def parse_hex(text: str) -> bytes:
    """The header that `text` spells in hex, upper or lower case, validated. Raises BadHex or BadUserDataHeader."""
    try:
        header = binascii.unhexlify(text)
    except ValueError:
        raise BadHex("only pairs of the digits 0-9, a-f and A-F are allowed") from None
    validate_user_header(header)
    return header


def split(user_data: bytes) -> tuple[bytes, bytes]:
    """Part the header from what follows it, for user data whose UDHI is set.

    Raises BadUserDataHeader when the octets end before the header does.
    """
    if not user_data or len(user_data) < user_data[0] + 1:
        raise BadUserDataHeader(f"the header is cut: only {len(user_data)} octets are there")
    end = user_data[0] + 1
    return user_data[:end], user_data[end:]


def fill_bits(header_octets: int) -> int:
    """How many empty bits (0-6) bring packed septets back to a septet boundary after a header of this many octets."""
    return -header_octets * 8 % 7


def concatenation_element(concatenation: Concatenation) -> Element:
    """The element that says this. Raises BadUserDataHeader for a reference, total or sequence out of range."""
    reference, total, sequence, wide = concatenation
    if not (0 <= reference <= (0xFFFF if wide else 0xFF) and 1 <= sequence <= total <= 0xFF):
        raise BadUserDataHeader(f"{concatenation} cannot be written")
    if wide:
        return Element(CONCATENATION_16, bytes((reference >> 8, reference & 0xFF, total, sequence)))
    return Element(CONCATENATION_8, bytes((reference, total, sequence)))


def concatenation_of(elements: Iterable[Element]) -> Concatenation | None:
    """What the concatenation element says, or None without a valid one; the last one counts.

    A total of 0, or a sequence that is 0 or above the total, makes a receiver ignore the whole element (3GPP TS
    23.040, 9.2.3.24.1); so does a wrong length. Repeated elements: the last (9.2.3.24).
    """
    found: Concatenation | None = None
    for identifier, data in elements:
        if identifier == CONCATENATION_8 and len(data) == 3:
            candidate = Concatenation(data[0], data[1], data[2], wide=False)
        elif identifier == CONCATENATION_16 and len(data) == 4:
            candidate = Concatenation(data[0] << 8 | data[1], data[2], data[3], wide=True)
        else:
            continue
        if 1 <= candidate.sequence <= candidate.total:
            found = candidate
    return found


def ports_element(ports: Ports) -> Element:
    """The element that says this. Raises BadUserDataHeader for a port out of range."""
    destination, source, wide = ports
    if not (0 <= destination <= (0xFFFF if wide else 0xFF) and 0 <= source <= (0xFFFF if wide else 0xFF)):
        raise BadUserDataHeader(f"{ports} cannot be written")
    if wide:
        return Element(PORTS_16, destination.to_bytes(2, "big") + source.to_bytes(2, "big"))
    return Element(PORTS_8, bytes((destination, source)))


def ports_of(elements: Iterable[Element]) -> Ports | None:
    """What the port element says, or None without one of the right length; the last one counts."""
    found: Ports | None = None
    for identifier, data in elements:
        if identifier == PORTS_8 and len(data) == 2:
            found = Ports(data[0], data[1], wide=False)
        elif identifier == PORTS_16 and len(data) == 4:
            found = Ports(data[0] << 8 | data[1], data[2] << 8 | data[3], wide=True)
    return found
