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
_NAMES: Final[Mapping[int, str]] = {
    0x01: "ESME_RINVMSGLEN",
    0x02: "ESME_RINVCMDLEN",
    0x03: "ESME_RINVCMDID",
    0x04: "ESME_RINVBNDSTS",
    0x08: "ESME_RSYSERR",
    0x0A: "ESME_RINVSRCADR",
    0x0B: "ESME_RINVDSTADR",
    0x0C: "ESME_RINVMSGID",
    0x14: "ESME_RMSGQFUL",
    0x15: "ESME_RINVSERTYP",
    0x45: "ESME_RSUBMITFAIL",
    0x48: "ESME_RINVSRCTON",
    0x49: "ESME_RINVSRCNPI",
    0x50: "ESME_RINVDSTTON",
    0x51: "ESME_RINVDSTNPI",
    0x58: "ESME_RTHROTTLED",
    0x61: "ESME_RINVSCHED",
    0x62: "ESME_RINVEXPIRY",
    0x64: "ESME_RX_T_APPN",
    0x65: "ESME_RX_P_APPN",
    0x66: "ESME_RX_R_APPN",
    0xFE: "ESME_RDELIVERYFAILURE",
    0xFF: "ESME_RUNKNOWNERR",
}
NO_ANSWER: Final = "no answer"
"""Stands where others have the name of an answer."""
_CURES: Final = (
    ("ESME_RINVPASWD", "It does not accept the password: set the one that it gave you."),
    ("ESME_RINVSYSID", "It does not know this system_id: set the one that it gave you."),
    (
        "ESME_RBINDFAIL",
        "It lets nobody bind so: check system_id, password, system_type and bind. Some carriers take no transceiver.",
    ),
    (
        "ESME_RALYBND",
        "It says that we are bound already: an older link may still be there, or there are more links than it allows.",
    ),
    ("the bind was refused", "Ask it why it refuses the bind, and name the moment and your address."),
    ("Connection refused", "Nothing listens there: check host and port, or ask whether its SMSC is at work."),
    ("ertificate", "Its certificate was not accepted: check tls_ca_file and tls_server_name."),
    ("no connection to", "Nothing answers there: check host, port and firewall, and whether it lets your address in."),
)
"""What to look at, by a sign in the trouble of a link, the more telling sign first."""
_NUMBERS: Final = {name: number for number, name in _NAMES.items()}


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


def name(status: str) -> str:
    """What an answer is called where people look it up; the status itself when it has no name."""
    try:
        return _NAMES.get(int(status, 16), status)
    except ValueError:
        return status


def cure(trouble: str) -> str:
    """What to look at when a link has this trouble, given as it is kept; empty when nobody can say."""
    return next((sentence for sign, sentence in _CURES if sign in trouble), "")


def meaning(name: str) -> str:
    """The same as `answer` for a status by its name, ESME_RTHROTTLED; empty when nobody but the carrier knows."""
    if name == NO_ANSWER:
        return "it did not answer in time, or its link was lost meanwhile"
    number = _NUMBERS.get(name)
    return "" if number is None else ANSWERS[number]
