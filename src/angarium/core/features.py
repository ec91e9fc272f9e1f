"""What a message needs and what a carrier has: one bit for each, so that "has all of it" is one operation.

The low bits are those of `requiredFeatures` (rest-api 3). Bits above `TABLES_FROM` are the languages whose national
tables a text is written by; another need that the API has no bit for would be one more bit of the same mask.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag
from typing import Final

from angarium.text.alphabet import Alphabet
from angarium.text.national import NationalLanguage
from angarium.text.segments import Content

Needs = int
"""Bits of `Feature`, and of what else a carrier may have or lack."""


class Feature(IntFlag):
    """What customers can ask of a carrier, as `requiredFeatures` numbers it (rest-api 3)."""

    TEXT = 1
    OCTETS = 2
    """8BIT."""
    UDH = 4
    UCS2 = 8
    ALPHA = 16
    """A sender of letters."""
    NUMER = 32
    """A sender of digits."""
    FLASH = 512
    DELIVACK = 8192
    """Receipts."""
    CONCAT = 16384
    """Texts of several segments."""


ALL_FEATURES: Final[Needs] = sum(Feature)
TABLES_FROM: Final = 24
"""Above every bit of `requiredFeatures`: to this a language's number is added."""

NAMES: Final = {"8BIT" if feature is Feature.OCTETS else str(feature.name): feature for feature in Feature}
"""As customers and operators know them."""

# Plain numbers: an operation on enumerated flags takes ten times as long, and every request is asked for its needs.
_OF_ALPHABET: Final[tuple[Needs, ...]] = tuple(
    int({Alphabet.GSM7: Feature.TEXT, Alphabet.BINARY: Feature.OCTETS, Alphabet.UCS2: Feature.UCS2}[alphabet])
    for alphabet in sorted(Alphabet)
)
_UDH, _CONCAT, _FLASH = int(Feature.UDH), int(Feature.CONCAT), int(Feature.FLASH)
_NUMER, _ALPHA = int(Feature.NUMER), int(Feature.ALPHA)


def needs_of(content: Content, *, sender: str, segments: int, flash: bool, asked: Needs) -> Needs:
    """All that a carrier must have for this content, beside what the customer asks for (rest-api 3)."""
    needs = asked | _OF_ALPHABET[content.alphabet]
    if content.udh:
        needs |= _UDH
    if segments > 1:
        needs |= _CONCAT
    if flash:
        needs |= _FLASH
    if sender:
        needs |= _NUMER if sender.isdigit() else _ALPHA
    return needs


def table_needs(languages: Iterable[NationalLanguage]) -> Needs:
    """What a carrier must have for a text that was written by the national tables of these languages."""
    return sum(1 << TABLES_FROM + language for language in set(languages))


def names_of(needs: Needs) -> list[str]:
    """The names of the features among these bits, for people."""
    return [name for name, feature in NAMES.items() if needs & feature]
