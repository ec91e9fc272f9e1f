"""What carriers say, in words that a person can use: the state in a receipt, and the answer to a submission."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ENROUTE": "it is on its way",
        "SCHEDULED": "it goes out later",
        "ACCEPTD": "it was taken on the way, and the handset has not confirmed it",
        "ACCEPTED": "it was taken on the way, and the handset has not confirmed it",
        "DELIVRD": "the handset has it",
        "DELIVERED": "the handset has it",
        "EXPIRED": "the handset was away for too long",
        "DELETED": "it was deleted on the way",
        "UNDELIV": "it cannot be delivered",
        "UNDELIVERABLE": "it cannot be delivered",
        "REJECTD": "the network refused it",
        "REJECTED": "the network refused it",
        "UNKNOWN": "the carrier does not know",
        "SKIPPED": "it was left out",
    }
)
"""By the word of a receipt (SMPP 3.4, appendix B, and what carriers write beside it)."""
ANSWERS: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x01: "the message is too long for it",
        0x02: "it found the request malformed",
        0x03: "it does not know the request",
        0x04: "the link was not ready for that",
        0x08: "it has a trouble of its own",
        0x0A: "it does not accept this sender",
        0x0B: "it does not accept this number",
        0x0C: "it does not accept the id",
        0x14: "its queue is full",
        0x15: "it does not accept the kind of service",
        0x45: "it could not take the message",
        0x48: "it does not accept this kind of sender",
        0x49: "it does not accept this kind of sender",
        0x50: "it does not accept this kind of number",
        0x51: "it does not accept this kind of number",
        0x58: "it was sent too much at once",
        0x61: "it does not accept the time of delivery",
        0x62: "it does not accept the validity",
        0x64: "its own system failed for now",
        0x65: "its own system failed for good",
        0x66: "its own system refused it",
        0xFE: "it could not deliver it",
        0xFF: "it does not say why",
    }
)
"""By the command_status of an answer (SMPP 3.4, 5.1.3)."""


def stat(word: str) -> str:
    """What the carrier's word in a receipt means; empty when nobody but the carrier knows."""
    return STATS.get(word.upper(), "")


def answer(status: str) -> str:
    """What the status of an answer means, given as it is kept (0x00000058)."""
    try:
        number = int(status, 16)
    except ValueError:
        return ""
    return ANSWERS.get(number, "the carrier alone knows what that means" if number else "")
