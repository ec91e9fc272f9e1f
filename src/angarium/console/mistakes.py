"""What somebody gave that cannot be used, said beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from angarium.console.visit import Visit
from angarium.core.credit import BadAmount, Credits, parse_credits
from angarium.flows.desk import Mistaken
from angarium.ports.store import AlreadyExists

WHOLE_DIGITS_MAX: Final = 12


class BesideFields:
    """Say beside its field what is wrong with what was given; see `beside_fields`."""

    def __init__(self, visit: Visit, taken: str, fields: Mapping[str, str]) -> None:
        self._visit = visit
        self._taken = taken
        self._fields = fields

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Mistaken):
            self._visit.problem(self._fields.get(error.field, error.field), str(error))
            return True
        if isinstance(error, AlreadyExists):
            self._visit.problem(self._taken, f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return True
        return False


def beside_fields(visit: Visit, *, taken: str = "", fields: Mapping[str, str] | None = None) -> BesideFields:
    """While this is open, mistakes are told beside their fields; `taken` is the field of what exists already.

    `fields` are those of the form whose names differ from what a flow calls them.
    """
    return BesideFields(visit, taken, fields or {})


def read_amount(text: str, *, field: str) -> Credits:
    """An amount of credits. Raises Mistaken."""
    if not text.strip():
        raise Mistaken(field, "Give a number of credits, such as 0.8.")
    try:
        return parse_credits(text)
    except BadAmount as error:
        raise Mistaken(field, f"{error}.") from error


def read_whole(text: str, *, field: str, empty: int | None = None) -> int | None:
    """A whole number, or what stands for an empty field. Raises Mistaken."""
    written = text.strip()
    if not written:
        return empty
    digits = written.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= WHOLE_DIGITS_MAX):
        raise Mistaken(field, f"{text!r} is not a whole number.")
    return int(written)


def words_of(text: str) -> list[str]:
    """Entries of a field that takes several: one a line, or with commas between them."""
    return [word for part in text.replace(",", "\n").splitlines() if (word := part.strip())]
