"""Credits: whole millionths of one credit, never a float.

An account's money is always in one of three places, and their sum is what was purchased:
free (may be reserved), reserved (promised to accepted messages), spent (a carrier took the segment).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

Credits = int
"""An amount of money in millionths of one credit."""

CREDIT: Final[Credits] = 1_000_000
"""One whole credit."""

CREDITS_MAX: Final[Credits] = 10**12 * CREDIT
"""The largest amount we accept anywhere: it keeps every sum within 64 bits."""

_DECIMALS_MAX: Final = 6
_AMOUNT: Final = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?")


class BadAmount(ValueError):
    """This is not an amount of credits: give a decimal number with at most six decimals, such as 0.8."""


def parse_credits(text: str) -> Credits:
    """Read a decimal amount exactly; raise BadAmount for anything finer than a millionth, or absurdly large."""
    written = _AMOUNT.fullmatch(text.strip())
    if written is None:
        raise BadAmount(f"{text!r} is not an amount of credits: give a number such as 0.8")
    sign, units, decimals = written[1], written[2].lstrip("0"), (written[3] or "").rstrip("0")
    # Measured before it is read: reading a number of many digits takes for ever.
    if len(units) <= len(str(CREDITS_MAX)) and len(decimals) <= _DECIMALS_MAX:
        amount = int(units + decimals.ljust(_DECIMALS_MAX, "0"))
        if amount <= CREDITS_MAX:
            return -amount if sign == "-" else amount
    raise BadAmount(f"{text!r} has more than six decimals or is too large for an amount of credits")


def format_credits(amount: Credits, decimals: int = 2) -> str:
    """Write an amount with a fixed count of decimals (0 to 6), rounded downwards: never more than there is."""
    step = 10 ** (6 - decimals)
    whole = amount // step
    sign, whole = ("-", -whole) if whole < 0 else ("", whole)
    if decimals == 0:
        return f"{sign}{whole}"
    units, fraction = divmod(whole, 10**decimals)
    return f"{sign}{units}.{fraction:0{decimals}d}"


def decimals(amounts: Iterable[Credits]) -> int:
    """How many decimals show each of these whole, two at the least: figures of one column have them alike."""
    ends = (format_credits(amount, 6).rpartition(".")[2].rstrip("0") for amount in amounts)
    return max([2, *map(len, ends)])


def as_number(amount: Credits) -> int | float:
    """The amount as a JSON number: an integer when it is whole, so that 1 does not become 1.0."""
    return amount // CREDIT if amount % CREDIT == 0 else amount / CREDIT


@dataclass(frozen=True, slots=True)
class Balance:
    """Where an account's money is. `purchased == free + reserved + spent` at any moment (delivery 1.5)."""

    purchased: Credits
    free: Credits
    reserved: Credits
    spent: Credits

    @property
    def adds_up(self) -> bool:
        """Whether the four amounts agree and no place is negative."""
        return (
            self.purchased == self.free + self.reserved + self.spent and min(self.free, self.reserved, self.spent) >= 0
        )
