"""The words of a text, as people mean them: without case, accents and the punctuation around them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

READ_CHARACTERS_MAX: Final = 200
"""How far into a text its words are looked for: keywords stand at its beginning, and commands are short."""

# Accents of Latin, Greek and Cyrillic letters, vowel signs of Arabic and Hebrew ones, and the Arabic stroke that only
# makes a word longer. Signs of other scripts are letters to their readers and stay.
_MARKS: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")
_OUTSIDE: Final = frozenset("PSZC")
"""Unicode categories that are no part of a word at its ends: punctuation, symbols, blanks, controls."""


def fold(word: str) -> str:
    """A word as it is compared: STOP, stop and Stöp are one, and so are the four i of Turkish."""
    folded = unicodedata.normalize("NFKD", word).casefold().replace("ı", "i")
    return unicodedata.normalize("NFC", _MARKS.sub("", folded))


def words_of(text: str) -> tuple[str, ...]:
    """The folded words at the beginning of a text; empty for one of nothing but signs."""
    trimmed = (_trimmed(word) for word in text[:READ_CHARACTERS_MAX].split())
    return tuple(fold(word) for word in trimmed if word)


def is_whole(text: str) -> bool:
    """Whether `words_of` has seen all of this text."""
    return len(text.strip()) <= READ_CHARACTERS_MAX


def _trimmed(word: str) -> str:
    start, end = 0, len(word)
    while start < end and unicodedata.category(word[start])[0] in _OUTSIDE:
        start += 1
    while end > start and unicodedata.category(word[end - 1])[0] in _OUTSIDE:
        end -= 1
    return word[start:end]
