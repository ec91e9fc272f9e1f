"""From characters to user data and back.

Knows the alphabets of the short message (3GPP TS 23.038), the user data header (3GPP TS 23.040, 9.2.3.24), how
content is cut into segments of at most 140 octets, and how inbound segments are joined again. Refuses to know SMPP,
carriers, prices, stores, clocks and settings files: everything comes in as values, times as integer milliseconds.

    text --Content.of_text--> Content --segment--> UserData, UserData, ...      (what one submit_sm carries)
                              Content --spell----> Content                      (with look-alikes, national tables)
    UserData, UserData, ... --join--> text or octets
    InboundSegment, ... --Reassembly.add--> Waiting | Duplicate | Complete

GSM 7-bit payloads are unpacked everywhere in here: one septet in each octet. `gsm7.pack` is for the carriers that
want them packed.
"""

from __future__ import annotations

from angarium.text.alphabet import Alphabet
from angarium.text.errors import (
    BadHex,
    BadSegments,
    BadSeptets,
    BadUcs2,
    BadUserDataHeader,
    NotInAlphabet,
    TextError,
    TooManySegments,
)
from angarium.text.lookalikes import Replacement, liken
from angarium.text.national import LANGUAGES, NO_SHIFTS, NationalLanguage, Shifts
from angarium.text.reassembly import (
    Abandoned,
    Complete,
    Duplicate,
    InboundSegment,
    Reassembly,
    ReassemblySettings,
    Waiting,
    join,
)
from angarium.text.segments import (
    SEGMENTS_MAX,
    USER_DATA_OCTETS_MAX,
    Content,
    Preview,
    UserData,
    preview,
    segment,
    segment_count,
)
from angarium.text.spelling import Spelling, may_gain, spell

__all__ = [
    "LANGUAGES",
    "NO_SHIFTS",
    "SEGMENTS_MAX",
    "USER_DATA_OCTETS_MAX",
    "Abandoned",
    "Alphabet",
    "BadHex",
    "BadSegments",
    "BadSeptets",
    "BadUcs2",
    "BadUserDataHeader",
    "Complete",
    "Content",
    "Duplicate",
    "InboundSegment",
    "NationalLanguage",
    "NotInAlphabet",
    "Preview",
    "Reassembly",
    "ReassemblySettings",
    "Replacement",
    "Shifts",
    "Spelling",
    "TextError",
    "TooManySegments",
    "UserData",
    "Waiting",
    "join",
    "liken",
    "may_gain",
    "preview",
    "segment",
    "segment_count",
    "spell",
]
