"""STOP, START and HELP: the words by which a handset opts out of a sender, and back in (rest-api 9.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from angarium.core.clocktime import HOUR_MS, UnixMs
from angarium.core.inbound_numbers import InboundNumber, NumberSettings, NumberTable
from angarium.core.numbers import MSISDN_DIGITS_MAX, MSISDN_DIGITS_MIN, Msisdn
from angarium.core.words import is_whole, words_of

ANY_SENDER: Final = ""
"""As the sender of an opt-out: whatever the account sends."""
ANSWER_PAUSE_MS: Final = HOUR_MS
"""A handset gets no second automatic answer from a sender before that: two machines never talk to each other."""


class Command(StrEnum):
    """What a handset can ask for in a word."""

    STOP = "stop"
    START = "start"
    HELP = "help"


class OptOut(NamedTuple):
    """A handset that does not want to hear from an account's sender."""

    account_id: int
    sender: str
    """As messages name it; ANY_SENDER for all of the account's."""
    recipient: Msisdn
    """The handset."""
    since: UnixMs
    word: str
    """What it said; empty when the operator entered it."""


class Asked(NamedTuple):
    """A command, and whose it is: more than one where accounts share a number and nothing tells which is meant."""

    command: Command
    word: str
    of: tuple[InboundNumber, ...]


COMMAND_WORDS: Final[Mapping[str, Mapping[Command, Sequence[str]]]] = {
    "English": {
        Command.STOP: (
            "stop", "stop all", "stopall", "unsubscribe", "cancel", "end", "quit", "opt out", "optout", "opt-out",
            "revoke",
        ),
        Command.START: ("start", "unstop", "subscribe", "opt in", "optin", "opt-in"),
        Command.HELP: ("help", "info"),
    },
    "French": {
        Command.STOP: ("arrêt", "arrêter", "arrêtez", "désabonner", "désabonnement", "désinscrire", "désinscription"),
        Command.START: ("démarrer", "reprendre", "abonner", "réabonner"),
        Command.HELP: ("aide",),
    },
    "Spanish": {
        Command.STOP: ("alto", "baja", "parar", "cancelar", "detener", "no más"),
        Command.START: ("alta", "iniciar", "comenzar", "empezar"),
        Command.HELP: ("ayuda",),
    },
    "Portuguese": {
        Command.STOP: ("parar", "pare", "sair", "cancelar", "remover", "descadastrar"),
        Command.START: ("iniciar", "começar", "retomar", "cadastrar"),
        Command.HELP: ("ajuda",),
    },
    "German": {
        Command.STOP: ("stopp", "abmelden", "abbestellen", "kündigen"),
        Command.START: ("anmelden", "starten"),
        Command.HELP: ("hilfe",),
    },
    "Italian": {
        Command.STOP: ("ferma", "fermare", "basta", "annulla", "cancella", "disiscrivi", "disiscrivimi"),
        Command.START: ("inizia", "avvia", "iscrivi", "iscrivimi"),
        Command.HELP: ("aiuto",),
    },
    "Dutch": {
        Command.STOP: ("stoppen", "afmelden", "uitschrijven", "opzeggen"),
        Command.START: ("aanmelden", "inschrijven", "hervatten"),
        Command.HELP: ("hulp",),
    },
    "Afrikaans": {
        Command.STOP: ("staak", "hou op", "meld af", "teken uit", "kanselleer"),
        Command.START: ("begin", "hervat", "meld aan", "teken in"),
        Command.HELP: ("hulp",),
    },
    "Turkish": {
        Command.STOP: ("dur", "durdur", "iptal", "ret", "red", "çık", "çıkış"),
        Command.START: ("başla", "başlat", "devam", "kayıt"),
        Command.HELP: ("yardım", "bilgi"),
    },
    "Arabic": {
        Command.STOP: ("توقف", "إيقاف", "أوقف", "قف", "إلغاء", "إلغاء الاشتراك"),
        Command.START: ("ابدأ", "بدء", "اشترك", "اشتراك"),
        Command.HELP: ("مساعدة", "معلومات"),
    },
}  # fmt: skip
"""By language; a number takes the words of all of them, since a handset does not say which it speaks."""


def _known() -> dict[str, Command]:
    return {
        " ".join(words_of(phrase)): command
        for language in COMMAND_WORDS.values()
        for command, phrases in language.items()
        for phrase in phrases
    }


_KNOWN: Final[Mapping[str, Command]] = _known()


def command_of(words: Sequence[str], settings: NumberSettings) -> Command | None:
    """The command that these words, all that a text says, are at a number; None when they are none."""
    if not settings.reads_words:
        return None
    said = " ".join(words)
    for command, more in (
        (Command.STOP, settings.stop_words),
        (Command.START, settings.start_words),
        (Command.HELP, settings.help_words),
    ):
        if any(said == " ".join(words_of(phrase)) for phrase in more):
            return command
    return _KNOWN.get(said)


def asked(numbers: NumberTable, number: str, text: str, *, carrier_id: int) -> Asked | None:
    """The command that a text to a number is, and of whom it asks it.

    STOP is a command, and so are WIN STOP and STOP WIN where WIN is a keyword; "please stop" is a letter. On a number
    that is shared by keywords a bare STOP is meant for its owner without keyword, if there is one; else for all of
    them: whoever is in doubt does not write to somebody who has said STOP.
    """
    shared = numbers.on(number, carrier_id=carrier_id)
    if not shared or not is_whole(text):
        return None
    words = words_of(text)
    for count in range(1, len(words)):
        of_keyword = numbers.keyword(number, " ".join(words[count:]), carrier_id=carrier_id)
        command = None if of_keyword is None else command_of(words[:count], of_keyword.settings)
        if of_keyword is not None and command is not None:
            return Asked(command, " ".join(words[:count]), (of_keyword,))
    owner = numbers.owner(number, words, carrier_id=carrier_id)
    if owner is not None:
        rest = words[len(owner.keyword.split()) :]
        command = command_of(rest, owner.settings)
        return None if command is None else Asked(command, " ".join(rest), (owner,))
    hearing = [(one, command_of(words, one.settings)) for one in shared]
    command = next((command for _, command in hearing if command is not None), None)
    if command is None:
        return None
    return Asked(command, " ".join(words), tuple(one for one, heard in hearing if heard is command))


def handset_of(sender: str) -> Msisdn | None:
    """The handset behind the sender of an inbound message; None for what no message could be sent to."""
    is_number = sender.isascii() and sender.isdigit() and sender[0] != "0"
    return int(sender) if is_number and MSISDN_DIGITS_MIN <= len(sender) <= MSISDN_DIGITS_MAX else None


def answer_to(command: Command, settings: NumberSettings) -> str:
    """What the number answers to a command; empty for nothing."""
    return {
        Command.STOP: settings.stop_answer,
        Command.START: settings.start_answer,
        Command.HELP: settings.help_answer,
    }[command]
