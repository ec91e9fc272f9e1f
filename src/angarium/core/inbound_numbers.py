"""Numbers that handsets write to, and the API connection each belongs to (rest-api 9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from angarium.core.words import words_of

NUMBER_DIGITS_MAX: Final = 16
KEYWORD_WORDS_MAX: Final = 3
ANSWER_CHARACTERS_MAX: Final = 1_000


class OptOutScope(StrEnum):
    """What a handset that says STOP to a number is opted out of."""

    NUMBER = "number"
    """This number as a sender."""
    ACCOUNT = "account"
    """Every sender of the account that owns the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSettings:
    """What an operator may choose about one number."""

    reads_words: bool = True
    """Whether STOP, START and HELP do anything here; False where the carrier sees to them."""
    scope: OptOutScope = OptOutScope.NUMBER
    stop_words: tuple[str, ...] = ()
    """Words that mean STOP here besides those that mean it everywhere."""
    start_words: tuple[str, ...] = ()
    help_words: tuple[str, ...] = ()
    stop_answer: str = ""
    """Sent to a handset that has opted out; empty sends nothing. So for the next two."""
    start_answer: str = ""
    help_answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundNumber:
    """A long number, a short code, or a keyword on one of them, and whose it is."""

    number_id: int
    number: str
    """Digits, as carriers give them, without a plus sign."""
    keyword: str = ""
    """Folded words that a text begins with; empty: whatever no keyword claims."""
    carrier_id: int | None = None
    """Only what comes in by this carrier; None: by any."""
    connection_id: int
    settings: NumberSettings = field(default_factory=NumberSettings)


class BadInboundNumber(ValueError):
    """This cannot be a number that handsets write to: give its digits, without plus sign and leading zeros."""


class BadKeyword(ValueError):
    """This cannot be a keyword: give one to three words."""


def parse_inbound_number(text: str) -> str:
    """A number as it is stored and compared. Raises BadInboundNumber."""
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= NUMBER_DIGITS_MAX and digits[0] != "0"):
        raise BadInboundNumber(f"{text!r} is no number: give its digits, without leading zeros")
    return digits


def parse_keyword(text: str) -> str:
    """A keyword as it is stored and compared; empty stays empty. Raises BadKeyword."""
    words = words_of(text)
    if (text and not words) or len(words) > KEYWORD_WORDS_MAX:
        raise BadKeyword(f"{text!r} is no keyword: give one to {KEYWORD_WORDS_MAX} words")
    return " ".join(words)


class NumberTable:
    """All inbound numbers at one moment. Immutable: a change makes a new one."""

    def __init__(self, numbers: Iterable[InboundNumber] = ()) -> None:
        self._by_name: dict[tuple[str, str, int | None], InboundNumber] = {}
        self._by_number: dict[str, list[InboundNumber]] = {}
        self._by_connection: dict[int, list[InboundNumber]] = {}
        for one in numbers:
            self._by_name[one.number, one.keyword, one.carrier_id] = one
            self._by_number.setdefault(one.number, []).append(one)
            self._by_connection.setdefault(one.connection_id, []).append(one)

    def __len__(self) -> int:
        return len(self._by_name)

    def on(self, number: str, *, carrier_id: int) -> list[InboundNumber]:
        """Everything that is owned on this number, as far as this carrier brings it."""
        return [one for one in self._by_number.get(number, ()) if one.carrier_id in (None, carrier_id)]

    def owner(self, number: str, words: Sequence[str], *, carrier_id: int) -> InboundNumber | None:
        """Whose a text with these words is: the longest keyword wins, then what is set for this carrier alone."""
        if number not in self._by_number:
            return None
        for count in range(min(len(words), KEYWORD_WORDS_MAX), -1, -1):
            keyword = " ".join(words[:count])
            found = self._by_name.get((number, keyword, carrier_id)) or self._by_name.get((number, keyword, None))
            if found is not None:
                return found
        return None

    def keyword(self, number: str, keyword: str, *, carrier_id: int) -> InboundNumber | None:
        """Whose exactly this keyword is."""
        return self._by_name.get((number, keyword, carrier_id)) or self._by_name.get((number, keyword, None))

    def is_owned_by(self, connection_id: int, sender: str) -> bool:
        """Whether a message from this sender could be answered to this connection."""
        return any(one.number == sender for one in self._by_connection.get(connection_id, ()))

    def sender_for(self, connection_id: int, recipient: str) -> str | None:
        """The number by which this recipient best answers to this connection; None when it has none.

        A whole number goes before one that is shared by keywords, then the one that begins most like the recipient's.
        """
        digits = recipient.removeprefix("+")
        best = min(
            self._by_connection.get(connection_id, ()),
            key=lambda one: (one.keyword != "", -_alike(one.number, digits), one.number_id),
            default=None,
        )
        return None if best is None else best.number


def _alike(one: str, other: str) -> int:
    """How many first digits two numbers share."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
