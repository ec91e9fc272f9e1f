"""Phone numbers and senders.

Recipients are MSISDNs: international digits without plus sign, kept as integers because a country code never begins
with 0 (ITU-T E.164). rest-api 6 says what is accepted.
"""

from __future__ import annotations

import re
from typing import Final

Msisdn = int
"""International digits, country code first; at most 15. Short numbers that a route covers are kept the same way."""

MSISDN_DIGITS_MAX: Final = 15
MSISDN_DIGITS_MIN: Final = 7
"""Shorter numbers are short codes: only a route that names one exactly covers it."""

SENDER_DIGITS_MAX: Final = 16
SENDER_CHARACTERS_MAX: Final = 11

EMERGENCY_NUMBERS: Final = frozenset({112, 911, 110, 118, 119, 999, 0, 8})
"""Never routed. 3GPP TS 22.101, 10.1.1: 112, 911, 000, 08, 110, 118, 119, 999 (leading zeros fall away)."""

_SENDER: Final = re.compile(rf"\+?[0-9]{{1,{SENDER_DIGITS_MAX}}}|[A-Za-z0-9 ]{{1,{SENDER_CHARACTERS_MAX}}}")
_EMERGENCY_AS_WRITTEN: Final = frozenset({"000", "08"})


class BadNumber(ValueError):
    """This is not a phone number: give international digits, country code first, without 00, spaces or signs."""


def parse_recipient(text: str, *, country_prefix: str = "") -> Msisdn:
    """Normalise what a customer wrote: a leading plus falls away, a leading 0 becomes the country prefix.

    Raises BadNumber for anything but digits, for more than 15 of them, and for a leading 0 without a prefix.
    Numbers shorter than 7 digits pass here: whether a route covers them is the routing table's to say.
    """
    digits = text[1:] if text[:1] == "+" else text
    if not (digits.isdigit() and digits.isascii()):
        raise BadNumber(text)
    if digits[0] == "0":
        if digits in _EMERGENCY_AS_WRITTEN:
            return int(digits)
        if not country_prefix or digits[:2] == "00":
            raise BadNumber(text)
        digits = country_prefix + digits[1:]
    if len(digits) > MSISDN_DIGITS_MAX:
        raise BadNumber(text)
    return int(digits)


MASKED_DIGITS: Final = 4
"""How many digits of a number are forgotten when the days for which it is kept are over."""


def show_recipient(recipient: Msisdn) -> str:
    """A stored recipient as people read it. One whose last digits were forgotten is kept negative: 2799000****."""
    return str(recipient) if recipient > 0 else f"{-recipient}{'*' * MASKED_DIGITS}"


def is_sender(text: str) -> bool:
    """Whether this can be shown as the source of a message: up to 16 digits, or 1 to 11 letters, digits and spaces."""
    return _SENDER.fullmatch(text) is not None and not text.isspace()


def normal_sender(text: str) -> str:
    """A sender as it is stored and compared: a numeric one loses its plus sign."""
    return text[1:] if text[:1] == "+" else text
