"""How things are said to people: statuses, causes and moments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from angarium.core.states import Cause
from angarium.core.visible import visible


class Word(NamedTuple):
    """How something is shown: a short label, a tone, and a sentence."""

    label: str
    tone: str
    """good, bad, busy, doubt or plain: the colour of its badge."""
    sentence: str


STATUSES: Final[Mapping[int, Word]] = MappingProxyType(
    {
        1: Word("Unknown", "doubt", "Nobody can say whether it has arrived."),
        2: Word("Queued", "busy", "It waits for a carrier, or for another try."),
        3: Word("With carrier", "busy", "A carrier has taken it and will say what becomes of it."),
        4: Word("Delivered", "good", "The handset has it."),
        5: Word("Refused", "bad", "The carrier refused its content or sender."),
        6: Word("Stopped", "plain", "It was stopped before it left, and costs nothing."),
        7: Word("Not delivered", "bad", "The network could not deliver it."),
        8: Word("Accepted", "busy", "It is safely stored and about to go out."),
        9: Word("No route", "bad", "No carrier takes it at this price."),
        10: Word("Expired", "bad", "Its time was over before it could be delivered."),
        11: Word("Scheduled", "busy", "It goes out at its time."),
        12: Word("No credit", "bad", "There was no credit left for it."),
        14: Word("Over limit", "bad", "It went over a limit of the account."),
    }
)
"""What each status number of the API means to a person (rest-api 7)."""

CAUSES: Final[Mapping[Cause, str]] = MappingProxyType(
    {
        Cause.ACCEPTED: "Accepted.",
        Cause.SCHEDULED: "Scheduled for later.",
        Cause.CLAIMED: "On its way to the carrier.",
        Cause.CARRIER_ACCEPTED: "The carrier took it.",
        Cause.CARRIER_BUSY: "The carrier is busy; it keeps its place and is tried again.",
        Cause.CARRIER_FAILED_FOR_NOW: "The carrier has a passing trouble; it is tried again.",
        Cause.IN_DOUBT_RESENT: "The carrier's answer was lost; it is sent again, so it may arrive twice.",
        Cause.RETURNED_UNSENT: "The link went away before it was sent; it is tried again.",
        Cause.PARKED: "It took the link down twice; it waits for an operator.",
        Cause.LINK_LOST_RESENT: "The link was lost while it was unanswered; it is sent again.",
        Cause.RECEIPT_DELIVERED: "The carrier says that the handset has it.",
        Cause.RECEIPT_UNDELIVERABLE: "The carrier says that the handset cannot be reached, or does not exist.",
        Cause.RECEIPT_EXPIRED: "The carrier says that the handset was away for too long.",
        Cause.RECEIPT_DELETED: "The carrier says that it was deleted on the way.",
        Cause.RECEIPT_REJECTED: "The carrier says that the network refused it.",
        Cause.RECEIPT_UNKNOWN: "The carrier says that it does not know what became of it.",
        Cause.REFUSED_CONTENT: "The carrier refused its content.",
        Cause.REFUSED_RECIPIENT: "The carrier says that this number cannot be reached.",
        Cause.REFUSED_SENDER: "The carrier does not allow this sender.",
        Cause.REFUSED_ROUTE: "No carrier takes it at this price.",
        Cause.EXPIRED_HERE: "Its time was over while it waited here.",
        Cause.STOPPED: "It was stopped before it left.",
        Cause.NO_RECEIPT: "The carrier took it and never said what became of it.",
        Cause.TOO_COSTLY: "No carrier takes it within the credits that were allowed for it.",
        Cause.IN_DOUBT_GIVEN_UP: "It may have left, and nobody can say; it was not sent again.",
    }
)
"""Why a message is where it is, in a sentence."""


def status(number: int) -> Word:
    """The word for a status number, also for one that is new to us."""
    return STATUSES.get(number, Word(f"{number:03}", "plain", ""))


def cause(value: Cause) -> str:
    """The sentence for a cause, also for one that is new to us."""
    return CAUSES.get(value) or value.name.replace("_", " ").capitalize() + "."


def duration(milliseconds: int) -> str:
    """A span of time as people say it: 850 ms, 4.2 s, 5 s, 3 min, 5 h, 12 d."""
    seconds = milliseconds / 1000
    if seconds < 1:
        return f"{milliseconds} ms"
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    for unit_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{seconds:.0f} s"


_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""What names a browser or a system, the more telling sign first: most browsers also name those they are like."""


def browser(agent: str) -> str:
    """A browser as people call it, by how it names itself; what nobody knows in its own words."""
    name = next((name for sign, name in _BROWSERS if sign in agent), None)
    system = next((name for sign, name in _SYSTEMS if sign in agent), None)
    if name is None:
        return excerpt(agent) or "unknown"
    return name if system is None else f"{name} on {system}"


def excerpt(text: str, length: int = 60) -> str:
    """The beginning of a stranger's text on one line."""
    line = " ".join(visible(text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "\u2026"
