"""How refusals are said to people on pages: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from angarium.console.words import duration
from angarium.core.clocktime import SECOND_MS
from angarium.core.refusals import Reason, Refusal


class Said(NamedTuple):
    """A refusal in words."""

    label: str
    cure: str


REFUSALS: Final[Mapping[Reason, Said]] = MappingProxyType(
    {
        Reason.BAD_PARAMETER: Said("Something in the form cannot be used", "Look at each field again."),
        Reason.BAD_RECIPIENT: Said(
            "Not a phone number", "Write it with its country code and without 00, such as 27990000001."
        ),
        Reason.BAD_SENDER: Said(
            "This sender is not yours",
            "Use one of the account's senders: up to 16 digits, or up to 11 letters, digits and spaces.",
        ),
        Reason.EMPTY_MESSAGE: Said("There is no text", "Write something."),
        Reason.TOO_MANY_SEGMENTS: Said("Too many parts", "Shorten the text, or allow more parts under Options."),
        Reason.NO_ROUTE: Said("No route", "No carrier serves this number. Ask whoever runs this service."),
        Reason.BAD_DELIVERY_TIME: Said("Not a time to send at", "Choose one from now to 7 days ahead."),
        Reason.BLOCKED: Said("Blocked", "Take the number off your list, or ask whoever runs this service."),
        Reason.OPTED_OUT: Said("Opted out", "Its owner has written STOP. Leave it out until they write START."),
        Reason.DELISTED: Said("Given up", "Its owner has changed or given up this number: take it off your list."),
        Reason.LIMIT_REACHED: Said("A limit is reached", "Wait, or ask whoever runs this service for a higher one."),
        Reason.NO_CREDIT: Said("No credit left", "Buy credit, then send again."),
    }
)
"""What can come of a send that a person has typed."""

ABOUT_RECIPIENTS: Final = frozenset(
    {
        Reason.BAD_RECIPIENT,
        Reason.NO_ROUTE,
        Reason.BLOCKED,
        Reason.OPTED_OUT,
        Reason.DELISTED,
    }
)
"""What is wrong with a number, and nothing else."""


def said(refusal: Refusal) -> Said:
    """A refusal in words; one that no person should meet in the words that the API has for it."""
    found = REFUSALS.get(refusal.reason)
    if found is None:
        return Said(refusal.reason.name.replace("_", " ").capitalize(), refusal.reason.value)
    if refusal.reason is Reason.LIMIT_REACHED and refusal.retry_after_s is not None:
        return Said(found.label, f"There is room again in {duration(refusal.retry_after_s * SECOND_MS)}.")
    return found
