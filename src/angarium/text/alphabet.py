"""The three ways in which user data can be written."""

from __future__ import annotations

from enum import IntEnum


class Alphabet(IntEnum):
    """How the payload of a segment is to be read (3GPP TS 23.038, 4: the character sets of the DCS).

    The values are our own and are stored; what goes into `data_coding` is a setting of each carrier.
    """

    GSM7 = 0
    """GSM 7-bit default alphabet with its extension table."""
    BINARY = 1
    """8-bit data, which nobody but the sender and the handset understands."""
    UCS2 = 2
    """16-bit units, big-endian."""
