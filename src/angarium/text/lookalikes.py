"""Smart encoding: typography that GSM 7-bit lacks, and what stands for it there (rest-api 4.2).

Only signs whose look-alike a reader takes for the same are here. Letters keep their accents and numbers their value:
a text that needs those is sent as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

from angarium.text import gsm7

# From what we write to the characters that look like it; in code points, because many of them cannot be told apart.
_LOOKS: Final[Mapping[str, str]] = {
    # Quotation marks, primes, and accents that stand alone.
    "'": "\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\u00b4`\u02b9\u02bb\u02bc\u02bd\u02ca\u275b\u275c\uff40",
    '"': "\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u02ba\u02ee\u275d\u275e\u301d\u301e\u301f",
    # Hyphens, dashes, the minus sign.
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u2501\ufe58\ufe63",
    "_": "\u2017",
    # Spaces of every width, and the tab; ends of lines and paragraphs.
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\v\u0085\u2028\u2029",
    # What nobody sees: soft hyphen, zero widths, direction marks, byte order mark.
    "": "\u00ad\u200b\u200e\u200f\u2060\ufeff",
    # Dots and bullets.
    "...": "\u2026\u22ef",
    "..": "\u2025",
    ".": "\u2024\u00b7\u2027\u2219",
    "*": "\u2022\u2023\u25cf\u25e6\u25aa\u2217",
    # Strokes and other signs.
    "/": "\u2044\u2215\u29f8",
    "\\": "\u2216\u29f5",
    "|": "\u00a6\u2223",
    "~": "\u02dc\u223c\u2053",
    "^": "\u02c6",
    ":": "\u2236\ua789",
    ";": "\u037e",
    "!!": "\u203c",
    "??": "\u2047",
    "?!": "\u2048",
    "!?": "\u2049",
    # Signs that are letters: ohm, increment, sum, product, angstrom.
    "\u03a9": "\u2126",
    "\u0394": "\u2206",
    "\u03a3": "\u2211",
    "\u03a0": "\u220f",
    "\u00c5": "\u212b",
    # Marks that are spelled out.
    "(c)": "\u00a9",
    "(R)": "\u00ae",
    "TM": "\u2122",
    "No.": "\u2116",
    # Ligatures.
    "ff": "\ufb00",
    "fi": "\ufb01",
    "fl": "\ufb02",
    "ffi": "\ufb03",
    "ffl": "\ufb04",
    "st": "\ufb05\ufb06",
    "IJ": "\u0132",
    "ij": "\u0133",
    # Fullwidth signs beyond ASCII.
    "\u00a3": "\uffe1",
    "\u00a5": "\uffe5",
}
_FULLWIDTH: Final = {chr(0xFF01 + offset): chr(0x21 + offset) for offset in range(0x5E)}
# A letter and its accent as two characters, as some systems write them.
_DECOMPOSED: Final = {unicodedata.normalize("NFD", letter): letter for letter in "èéùìòÇÅåÉÄÖÑÜäöñüà"}

LOOKALIKES: Final[Mapping[str, str]] = {
    **_FULLWIDTH,
    **_DECOMPOSED,
    **{sign: look for look, signs in _LOOKS.items() for sign in signs},
}
"""What is replaced, one or two characters, and by what: characters of the default alphabet, or nothing."""

_ALONE: Final = "".join(sign for sign in LOOKALIKES if len(sign) == 1)
_REPLACEABLE: Final = re.compile(f"[{re.escape(_ALONE)}]|{'|'.join(_DECOMPOSED)}")


class Replacement(NamedTuple):
    """One sign of a text and the look-alike that goes instead."""

    at: int
    """Where it stands in the text as it was given."""
    before: str
    after: str
    """Empty for what nobody sees."""


def liken(text: str, tables: gsm7.ShiftTables = gsm7.DEFAULT_TABLES) -> tuple[str, tuple[Replacement, ...]]:
    """The text with a look-alike for each sign that is not in the tables and has one, and what was replaced, in order.

    Whatever has no look-alike stays: whether the whole fits now is for the caller to see.
    """
    replaced = tuple(
        Replacement(found.start(), found[0], LOOKALIKES[found[0]])
        for found in _REPLACEABLE.finditer(text)
        if not gsm7.can_encode(found[0], tables)
    )
    if not replaced:
        return text, ()
    kept: list[str] = []
    end = 0
    for at, before, after in replaced:
        kept += (text[end:at], after)
        end = at + len(before)
    return "".join((*kept, text[end:])), replaced
