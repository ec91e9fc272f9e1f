"""What handsets send: how its parts are numbered, how they are read together, and where a message stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from itertools import groupby
from typing import Final, NamedTuple

from angarium.core.clocktime import HOUR_MS
from angarium.text import gsm7, ucs2, udh
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content, UserData

PARTS_WAIT_MS: Final = 4 * HOUR_MS
"""How long a message waits for its missing parts; and how long a part that came is known when it comes again."""
GAP: Final = "[...]"
"""What stands in a text for parts that never came."""


class InboundState(IntEnum):
    """Where a message from a handset is. The numbers are stored: they never change their meaning."""

    OWED = 0
    DELIVERED = 1
    DEAD_LETTER = 2
    """Nobody took it in time, or it cannot be shown as it is: a person decides."""
    UNOWNED = 3
    """It came to a number that belongs to no API connection (yet)."""
    KEPT = 4
    """Its connection has no reply URL: it is there to be read."""


class Numbering(NamedTuple):
    """Which part of which message this is; of a message of its own, the only one."""

    reference: int = 0
    total: int = 1
    sequence: int = 1


class Joined(NamedTuple):
    """A whole message, or what has come of one."""

    content: Content
    missing: int
    """How many parts never came."""


def numbering_of(header: bytes) -> Numbering:
    """What a user data header says about it; an element that makes no sense is none (3GPP TS 23.040, 9.2.3.24.1)."""
    found = udh.concatenation_of(udh.parse(header, tolerant=True))
    if found is None or found.total == 1:
        return Numbering()
    return Numbering(found.reference, found.total, found.sequence)


def join_parts(parts: Mapping[int, UserData], *, total: int) -> Joined:
    """Read parts together, by their sequence numbers.

    The header is that of the first part there is, less what only numbered it. Text with missing parts shows where they
    are missing.
    """
    ordered = [parts[sequence] for sequence in sorted(parts)]
    missing = total - len(parts)
    header = _own_header(ordered[0].udh)
    alphabets = {each.alphabet for each in ordered}
    if len(alphabets) == 1 and (not missing or Alphabet.BINARY in alphabets):
        return Joined(Content(ordered[0].alphabet, header, b"".join(each.payload for each in ordered)), missing)
    text = "".join(_spelled(parts, total))
    septets = gsm7.try_encode(text) if alphabets == {Alphabet.GSM7} else None
    if septets is None:
        return Joined(Content(Alphabet.UCS2, header, ucs2.encode(text)), missing)
    return Joined(Content(Alphabet.GSM7, header, septets), missing)


def _spelled(parts: Mapping[int, UserData], total: int) -> Iterator[str]:
    """Runs of one alphabet are read in one piece, so that a character cut in two is whole again."""
    for alphabet, run in groupby(
        range(1, total + 1), lambda number: parts[number].alphabet if number in parts else None
    ):
        if alphabet is None:
            yield GAP
        else:
            yield Content(alphabet, b"", b"".join(parts[number].payload for number in run)).text()


def _own_header(header: bytes) -> bytes:
    if not header:
        return b""
    elements = udh.parse(header, tolerant=True)
    others = [each for each in elements if each.identifier not in (udh.CONCATENATION_8, udh.CONCATENATION_16)]
    return udh.build(others) if others else b""
