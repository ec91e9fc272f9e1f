"""How carriers and their links are said to people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from angarium.console.words import Word
from angarium.core.queues import Hold
from angarium.ports.carrier import LinkStatus
from angarium.ports.running import SettingRow
from angarium.ports.store import CarrierRow

LINKS: Final = {
    "down": Word("Down", "bad", "It pauses before the next try."),
    "connecting": Word("Connecting", "busy", "The connection is being made, or the bind is not answered yet."),
    "bound": Word("Bound", "good", "It can carry messages."),
    "draining": Word("Draining", "doubt", "It takes nothing more and waits for answers."),
    "stopped": Word("Stopped", "plain", "It is not wanted at the moment."),
}
THROTTLED: Final = Word("Slowed down", "doubt", "The carrier complained that we were too fast; it recovers by itself.")
HOLDS: Final = {
    Hold.NO: Word("Open", "good", "What waits is submitted."),
    Hold.HELD: Word("Held", "doubt", "Links stay bound, receipts are taken, and nothing is submitted."),
    Hold.REROUTED: Word("Held, offered to others", "doubt", "Nothing is submitted; other carriers may take it."),
}
NEEDS: Final = {
    "TEXT": "plain text",
    "8BIT": "binary content",
    "UDH": "user data headers",
    "UCS2": "Unicode text",
    "ALPHA": "senders of letters",
    "NUMER": "senders of digits",
    "FLASH": "flash",
    "DELIVACK": "receipts",
    "CONCAT": "several parts",
}
"""What a carrier must be able to do for a message (rest-api 3)."""
OPTIONS: Final = {
    "pair": "transmitter and receiver",
    "latin_1": "Latin-1",
    "as_is": "as it is",
    "hex": "hexadecimal",
    "none": "not at all",
}
"""Values of settings that are no words of their own."""
_WORDS: Final = {"tls": "TLS", "ca": "CA", "ton": "TON", "npi": "NPI", "gsm7": "GSM 7-bit", "ucs2": "UCS-2"}
_UNITS: Final = {"s": "seconds"}


def link_word(state: str) -> Word:
    """The word for the state of a link."""
    return LINKS.get(state, Word(state, "plain", ""))


def carriers_up(links: Sequence[tuple[str, LinkStatus]]) -> set[str]:
    """The names of the carriers with a bound link."""
    return {name for name, link in links if link.state.value == "bound"}


def carrier_states(rows: Sequence[CarrierRow], links: Sequence[tuple[str, LinkStatus]]) -> list[dict[str, Any]]:
    """Each carrier with its links and a word for the whole of it."""
    return [carrier_state(row, [link for name, link in links if name == row.name]) for row in rows]


def carrier_state(row: CarrierRow, links: Sequence[LinkStatus]) -> dict[str, Any]:
    """One carrier with its links and a word for the whole of it."""
    bound = [link for link in links if link.state.value == "bound"]
    trips = [link.rtt_s for link in bound if link.rtt_s is not None]
    return {
        "row": row,
        "links": links,
        "bound": len(bound),
        "used": sum(link.window_used for link in links),
        "window": sum(link.window for link in links),
        "rtt_ms": round(1000 * sum(trips) / len(trips)) if trips else None,
        "problem": next((link.last_error for link in links if link.last_error and link not in bound), ""),
        "word": _word(row, len(links), len(bound), is_slowed=any(link.throttled for link in bound)),
        "per_s": sum(link.per_s for link in links),
    }


def _word(row: CarrierRow, links: int, bound: int, *, is_slowed: bool) -> Word:
    if not row.enabled:
        return Word("Disabled", "plain", "It is unbound; its messages wait.")
    if not links:
        return Word("Not started", "bad", "Its settings were refused, or it is being started: see the log.")
    if not bound:
        return Word("Down", "bad", "No link is bound.")
    if row.hold:
        return HOLDS[row.hold]
    if bound < links:
        return Word("Partly up", "doubt", f"{bound} of {links} links are bound.")
    if is_slowed:
        return THROTTLED
    return Word("Up", "good", "All its links are bound.")


def setting_label(row: SettingRow) -> str:
    """What a setting is called: its name as words, and its unit (`rebind_pause_s_max`)."""
    *most, last = row.name.split("_")
    limit = ", at most" if last == "max" else ""
    words = most if limit else [*most, last]
    if row.unit and words[-1] == "s":
        words = words[:-2] if words[-2:-1] == ["per"] else words[:-1]
    label = " ".join(_WORDS.get(word, word) for word in words)
    unit = f" ({_UNITS.get(row.unit, row.unit)})" if row.unit else ""
    return label[0].upper() + label[1:] + limit + unit


def setting_hint(row: SettingRow) -> str:
    """What it decides, and within which bounds: in a form, nothing is said by leaving a field empty."""
    hint = row.sentence.replace("null means", "empty means")
    if row.type[0].isdigit():
        hint += f" From {row.type.replace('1e+06', '1000000').removesuffix(', or null')}."
    return hint
