"""One canonical form for the ids that a carrier gives to messages, so that its receipts find them again.

A carrier names a message twice: in the response to submit_sm, and in the receipt. The two are often spelled
differently: hex in one and decimal in the other, upper and lower case, with and without leading zeros, UUIDs with and
without hyphens, a 32-bit number shown as negative. So each carrier has two settings, how to *read* the id in responses
and how to read the id in receipts, and each id is stored and looked up under exactly one string:

    reading   "0001E240"    "123456"    "1E240"     "A1-b2"     what it says
    AS_IS     "1e240"       "123456"    "1e240"     "a1-b2"     an opaque name; only spelling is levelled
    HEX       "123456"      "1193046"   "123456"    "a1-b2"     a number in base 16
    DECIMAL   "1e240"       "123456"    "1e240"     "a1-b2"     a number in base 10

A number is always written in decimal. Hence AS_IS and DECIMAL agree on ids that are all digits, (HEX, DECIMAL) and
(HEX, AS_IS) both match a response in hex with a receipt in decimal, and equal readings on both sides match whatever is
spelled alike. An id that does not fit its reading is treated AS_IS rather than refused. Width is no limit: 64-bit and
128-bit ids are numbers like others.

The stored raw id stays what the carrier sent; the canonical form is only a key.
"""

from __future__ import annotations

import enum
import re
from typing import Final

_UUID: Final = re.compile(r"\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?")
_HEX: Final = re.compile(r"(?:0x)?([0-9a-f]+)")
_DECIMAL: Final = re.compile(r"-?[0-9]+")
_NOISE: Final = " \t\r\n\0\"'"
_NEGATIVE_BASE: Final = 1 << 32  # a negative number is an unsigned 32-bit one that was printed as signed


class IdReading(enum.StrEnum):
    """How a carrier's message ids are to be read."""

    AS_IS = "as_is"
    HEX = "hex"
    DECIMAL = "decimal"


def canonical_id(raw: bytes, reading: IdReading = IdReading.AS_IS) -> str:
    """Return the one string under which an id is stored and looked up. Every id has one; the empty id has ""."""
    name = raw.decode("latin-1").strip(_NOISE).lower()
    if reading is IdReading.HEX:
        found = _HEX.fullmatch(name.replace("-", "") if _UUID.fullmatch(name) else name)
        if found is not None:
            return str(int(found[1], 16))
    elif reading is IdReading.DECIMAL and _DECIMAL.fullmatch(name):
        number = int(name)
        return str(number + _NEGATIVE_BASE if -_NEGATIVE_BASE < number < 0 else number)
    return _levelled(name)


def _levelled(name: str) -> str:
    uuid = _UUID.fullmatch(name)
    if uuid is not None:
        name = "".join(uuid.groups())
    if _HEX.fullmatch(name):
        return name.removeprefix("0x").lstrip("0") or "0"
    return name


def canonical_ids(raw: bytes) -> dict[IdReading, str]:
    """Return the canonical form under every reading: what to try while a carrier's settings are not known yet."""
    return {reading: canonical_id(raw, reading) for reading in IdReading}


def matching_readings(in_response: bytes, in_receipt: bytes) -> list[tuple[IdReading, IdReading]]:
    """Return the settings (for responses, for receipts) under which these two ids are the same, plainest first.

    This is how a carrier's settings are learned: what all of its first pairs have in common is proposed.
    """
    left, right = canonical_ids(in_response), canonical_ids(in_receipt)
    pairs = [(mine, theirs) for mine in IdReading for theirs in IdReading if left[mine] == right[theirs] != ""]
    return sorted(pairs, key=lambda pair: (pair[0] is not pair[1], pair[0] is not IdReading.AS_IS))
