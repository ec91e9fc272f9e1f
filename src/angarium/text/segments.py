"""Content to segments: which alphabet, how many, and where to cut (rest-api 4; 3GPP TS 23.040, 9.2.3.24.1).

The count is the price (rest-api 4.3), so it is computed in one place, `_ends`, for counting, previewing and cutting.
Cutting is a pure function of content and reference: whoever recomputes it later gets the same octets.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from angarium.text import gsm7, national, ucs2, udh
from angarium.text.alphabet import Alphabet
from angarium.text.errors import BadUcs2, BadUserDataHeader, TooManySegments

USER_DATA_OCTETS_MAX: Final = 140
"""Header and payload of one segment, as they travel (3GPP TS 23.040, 9.2.3.16)."""
SEGMENTS_MAX: Final = 255
"""A concatenation element counts with one octet."""

_ALONE_MAX: Final = (160, 140, 140)
"""Octets of payload that fit without any header, by Alphabet; GSM 7-bit counts unpacked septets."""
_FIRST_OF_PAIR_OCTETS: Final = (1, 0, 2)
"""What a cut may have to leave to the next segment, by Alphabet: an escape, nothing, or a high surrogate."""
_UNIT_OCTETS: Final = (1, 1, ucs2.UNIT_OCTETS)
_UNIT_NAMES: Final = ("septets", "octets", "units")
ENCODING_NAMES: Final = ("GSM 7-bit", "binary", "UCS-2")
"""How a person calls each Alphabet."""


class UserData(NamedTuple):
    """What one segment carries. `segment` makes them valid; built by hand, they are taken as given."""

    alphabet: Alphabet
    udh: bytes
    """The user data header with its length octet, or empty."""
    payload: bytes
    """GSM 7-bit: unpacked septets, one in each octet. UCS-2: 16-bit units. Binary: octets."""

    @property
    def octets(self) -> int:
        """The size on air: header, fill bits and payload, septets packed. At most 140 in what `segment` makes."""
        if self.alphabet == Alphabet.GSM7:
            header_octets = len(self.udh)
            return header_octets + gsm7.packed_octets(len(self.payload), udh.fill_bits(header_octets))
        return len(self.udh) + len(self.payload)

    def on_air(self) -> bytes:
        """The octets as they travel, septets packed after the header's fill bits. Raises BadSeptets for bad ones."""
        if self.alphabet == Alphabet.GSM7:
            return self.udh + gsm7.pack(self.payload, udh.fill_bits(len(self.udh)))
        return self.udh + self.payload

    def text(self) -> str:
        """The payload for a person to read; binary in lower-case hex. Never raises."""
        return _spell(self.alphabet, self.udh, self.payload)


class Content(NamedTuple):
    """What a message says, of any length, encoded and checked. Made by `of_text`, `of_ucs2` or `of_binary`.

    The three fields are all there is: a Content built again from stored fields is cut in the same way.
    """

    alphabet: Alphabet
    udh: bytes
    """The customer's own header with its length octet, or empty. Every segment carries it."""
    payload: bytes
    """As in UserData."""

    @classmethod
    def of_text(cls, text: str, udh: bytes = b"") -> Content:
        """Text in GSM 7-bit if every character fits, else in UCS-2 (rest-api 4.2).

        A header that names national tables is believed: the septets are to be read in those. Raises BadUserDataHeader
        for a malformed header, or one that leaves no room.
        """
        septets = gsm7.try_encode(text, national.tables_of(udh)) if udh else gsm7.try_encode(text)
        if septets is None:
            content = cls(Alphabet.UCS2, udh, ucs2.encode(text))
        else:
            content = cls(Alphabet.GSM7, udh, septets)
        if udh:
            _check_header(content)
        return content

    @classmethod
    def of_shifted(cls, text: str, shifts: national.Shifts, udh: bytes = b"") -> Content | None:
        """Text in GSM 7-bit by national tables, which the header then names; None when a character does not fit.

        Raises BadUserDataHeader as `of_text` does; the elements need room, too.
        """
        septets = gsm7.try_encode(text, national.tables(shifts))
        if septets is None:
            return None
        content = cls(Alphabet.GSM7, national.with_shifts(udh, shifts), septets)
        if content.udh:
            _check_header(content)
        return content

    @property
    def shifts(self) -> national.Shifts:
        """The national tables that it is written in: whoever carries it must let them through."""
        return national.shifts_of(self.udh) if self.udh and self.alphabet == Alphabet.GSM7 else national.NO_SHIFTS

    @classmethod
    def of_ucs2(cls, units: bytes, udh: bytes = b"") -> Content:
        """16-bit units as given, lone surrogates too. Raises BadUcs2 for odd octets, and BadUserDataHeader."""
        if len(units) % ucs2.UNIT_OCTETS:
            raise BadUcs2(f"{len(units)} octets are not whole 16-bit units")
        content = cls(Alphabet.UCS2, udh, units)
        if udh:
            _check_header(content)
        return content

    @classmethod
    def of_binary(cls, octets: bytes, udh: bytes = b"") -> Content:
        """Octets as given. Raises BadUserDataHeader for a malformed header, or one that leaves no room."""
        content = cls(Alphabet.BINARY, udh, octets)
        if udh:
            _check_header(content)
        return content

    def text(self) -> str:
        """The payload for a person to read; binary in lower-case hex. Never raises."""
        return _spell(self.alphabet, self.udh, self.payload)


class Preview(NamedTuple):
    """What a message will come to, for the person who is still writing it."""

    encoding: str
    """`GSM 7-bit`, `UCS-2` or `binary`."""
    segments: int
    unit: str
    """`septets`, `units` or `octets`: what `used` and `remaining` count."""
    used: int
    remaining: int
    """How many more of `unit` the last segment takes."""


def segment(content: Content, *, reference: int) -> tuple[UserData, ...]:
    """Cut content into segments of at most 140 octets on air; no escape and no surrogate pair is cut.

    One segment carries no concatenation element. Several carry one with an 8-bit reference, the low eight bits of
    `reference`, ahead of the customer's own elements in the same header. Deterministic. Raises TooManySegments
    above 255, and BadUserDataHeader only for a Content that was not made by its constructors.
    """
    alphabet, header, payload = content
    if not header and len(payload) <= _ALONE_MAX[alphabet]:
        return (UserData(alphabet, header, payload),)
    ends = _ends(content)
    total = len(ends)
    if total == 1:
        return (UserData(alphabet, header, payload),)
    if total > SEGMENTS_MAX:
        raise TooManySegments(total)
    elements = header[1:]
    start_of_header = bytes(
        (udh.CONCATENATION_8_OCTETS + len(elements), udh.CONCATENATION_8, 3, reference & 0xFF, total)
    )
    cut: list[UserData] = []
    start = 0
    for sequence, end in enumerate(ends, 1):
        cut.append(UserData(alphabet, start_of_header + bytes((sequence,)) + elements, payload[start:end]))
        start = end
    return tuple(cut)


def segment_count(content: Content) -> int:
    """How many segments `segment` makes of it; also above 255, where `segment` refuses."""
    alphabet, header, payload = content
    if not header and len(payload) <= _ALONE_MAX[alphabet]:
        return 1
    return len(_ends(content))


def preview(content: Content) -> Preview:
    """Encoding, count and room left, as `segment` would cut."""
    alphabet, header, payload = content
    ends = _ends(content)
    if len(ends) == 1:
        in_last, room = len(payload), _room(alphabet, len(header))
    else:
        in_last, room = len(payload) - ends[-2], _room(alphabet, _concatenated_octets(header))
    unit_octets = _UNIT_OCTETS[alphabet]
    return Preview(
        encoding=ENCODING_NAMES[alphabet],
        segments=len(ends),
        unit=_UNIT_NAMES[alphabet],
        used=len(payload) // unit_octets,
        remaining=(room - in_last) // unit_octets,
    )


def _ends(content: Content) -> list[int]:
    """The offset in the payload at which each segment ends."""
    alphabet, header, payload = content
    length = len(payload)
    if length <= _room(alphabet, len(header)):
        return [length]
    room = _room(alphabet, _concatenated_octets(header))
    if room <= _FIRST_OF_PAIR_OCTETS[alphabet]:
        raise BadUserDataHeader(f"a header of {len(header)} octets leaves no room to cut the content")
    if alphabet == Alphabet.BINARY or (alphabet == Alphabet.GSM7 and gsm7.ESCAPE not in payload):
        ends = list(range(room, length, room))
        ends.append(length)
        return ends
    ends = []
    end = 0
    while length - end > room:
        end += room
        if alphabet == Alphabet.GSM7:
            if payload[end - 1] == gsm7.ESCAPE:
                end -= 1
        elif ucs2.splits_pair(payload, end):
            end -= ucs2.UNIT_OCTETS
        ends.append(end)
    ends.append(length)
    return ends


def _room(alphabet: Alphabet, header_octets: int) -> int:
    """How many octets of payload go beside a header; zero or less when there is no room."""
    left = USER_DATA_OCTETS_MAX - header_octets
    if alphabet == Alphabet.GSM7:
        return left * 8 // 7
    return left - left % _UNIT_OCTETS[alphabet]


def _concatenated_octets(header: bytes) -> int:
    return (len(header) or 1) + udh.CONCATENATION_8_OCTETS


def _check_header(content: Content) -> None:
    elements = udh.validate_user_header(content.udh)
    if len(_ends(content)) == 1:
        return
    # A customer who numbers segments has cut the content already; a second numbering could not be joined.
    if any(element.identifier in (udh.CONCATENATION_8, udh.CONCATENATION_16) for element in elements):
        raise BadUserDataHeader("the header numbers its segments itself, but the content does not fit into one")


def _spell(alphabet: Alphabet, header: bytes, payload: bytes) -> str:
    if alphabet == Alphabet.GSM7:
        return gsm7.decode(payload, tables=national.tables_of(header))
    if alphabet == Alphabet.UCS2:
        return ucs2.decode(payload)
    return payload.hex()
