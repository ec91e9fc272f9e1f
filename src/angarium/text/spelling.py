"""The cheapest way to write a text: with look-alikes, by national tables, or as it was (rest-api 4.2).

In this order, and of those with the fewest segments the first:

    1. the default alphabet                      what every handset reads
    2. the same with look-alikes                 if the customer chose smart encoding
    3. the single shift table of a language      if it is allowed
    4. its locking shift table
    5. both
    6. those with look-alikes                    if both are allowed
    7. UCS-2                                     whatever is in the text

Nothing is replaced for less than the whole: if a single character still needs UCS-2, the text stays as it was given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from angarium.text import gsm7, national
from angarium.text.alphabet import Alphabet
from angarium.text.errors import BadUserDataHeader
from angarium.text.lookalikes import Replacement, liken
from angarium.text.national import NO_SHIFTS, NationalLanguage, Shifts
from angarium.text.segments import Content, segment_count


class Spelling(NamedTuple):
    """A text as it is to be sent."""

    content: Content
    replaced: tuple[Replacement, ...] = ()
    """What smart encoding has replaced, in order."""


def may_gain(content: Content, segments: int) -> bool:
    """Whether another spelling of a text, which has so many segments, can be any better."""
    return content.alphabet == Alphabet.UCS2 or (segments > 1 and content.alphabet == Alphabet.GSM7)


def spell(content: Content, *, smart: bool = False, languages: Collection[NationalLanguage] = ()) -> Spelling:
    """The cheapest spelling of a text that `Content.of_text` made; never more segments than it has.

    `languages` are those whose tables whoever carries it lets through. A header that names tables itself is the
    customer's own choice, and nothing changes. Not for units that a customer spelled (unicode=1).
    """
    if not (smart or languages) or not may_gain(content, segment_count(content)):
        return Spelling(content)
    if national.shifts_of(content.udh) != NO_SHIFTS:
        return Spelling(content)
    best: Spelling | None = None
    fewest = 0
    for spelling in _spellings(content, smart=smart, languages=languages):
        try:
            count = segment_count(spelling.content)
        except BadUserDataHeader:
            continue
        if best is None or count < fewest:
            best, fewest = spelling, count
        if fewest == 1:
            break
    return best or Spelling(content)


def _spellings(content: Content, *, smart: bool, languages: Collection[NationalLanguage]) -> Iterator[Spelling]:
    """Each way that holds the whole text, in the order of the module's note."""
    if content.alphabet == Alphabet.GSM7:
        yield Spelling(content)
    text, header = content.text(), content.udh
    if smart and content.alphabet == Alphabet.UCS2:
        likened, replaced = liken(text)
        if replaced and gsm7.can_encode(likened):
            yield Spelling(Content.of_text(likened, header), replaced)
    shifts = _shifts(languages)
    yield from (Spelling(found) for each in shifts if (found := _shifted(text, each, header)) is not None)
    for each in shifts if smart else ():
        likened, replaced = liken(text, national.tables(each))
        if replaced and (found := _shifted(likened, each, header)) is not None:
            yield Spelling(found, replaced)
    if content.alphabet == Alphabet.UCS2:
        yield Spelling(content)


def _shifts(languages: Collection[NationalLanguage]) -> list[Shifts]:
    """The tables to try: single before locking, and both last, because each costs more handsets than the one before."""
    ordered = sorted(languages)
    locking = [language for language in ordered if language.has_locking_table]
    return [
        *(Shifts(single=language) for language in ordered),
        *(Shifts(locking=language) for language in locking),
        *(Shifts(locking=language, single=language) for language in locking),
    ]


def _shifted(text: str, shifts: Shifts, header: bytes) -> Content | None:
    try:
        return Content.of_shifted(text, shifts, header)
    except BadUserDataHeader:
        # The elements find no room beside the customer's own.
        return None
