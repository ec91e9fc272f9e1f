"""What is a command, and whose."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.inbound_numbers import InboundNumber, NumberSettings, NumberTable
from angarium.core.optout import COMMAND_WORDS, Command, asked, command_of, handset_of
from angarium.core.words import words_of

CARRIER = 1
EVERYWHERE = NumberSettings()


def number(number_id: int, keyword: str = "", **changes: Any) -> InboundNumber:
    """A keyword on a short code, of the connection of the same id."""
    return InboundNumber(
        number_id=number_id,
        number="31234",
        keyword=keyword,
        connection_id=number_id,
        settings=NumberSettings(**changes),
    )


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("stop", Command.STOP),
        ("STOP.", Command.STOP),
        ("Stop all!", Command.STOP),
        ("Unsubscribe", Command.STOP),
        ("ARRET", Command.STOP),
        ("Désabonner", Command.STOP),
        ("baja", Command.STOP),
        ("SAIR", Command.STOP),
        ("Abmelden", Command.STOP),
        ("fermare", Command.STOP),
        ("afmelden", Command.STOP),
        ("hou op", Command.STOP),
        ("İPTAL", Command.STOP),
        ("إلغاء الاشتراك", Command.STOP),
        ("توقف", Command.STOP),
        ("start", Command.START),
        ("Démarrer", Command.START),
        ("başla", Command.START),
        ("ابدأ", Command.START),
        ("HELP?", Command.HELP),
        ("yardım", Command.HELP),
        ("hilfe", Command.HELP),
        ("please stop", None),
        ("stop it now", None),
        ("stopping", None),
        ("yes", None),
        ("", None),
    ],
)
def test_a_command_is_all_that_a_text_says(text: str, command: Command | None) -> None:
    """In any of the languages, in any case, with any signs around it; a longer text is a letter (rest-api 9.5)."""
    assert command_of(words_of(text), EVERYWHERE) is command


def test_every_language_has_every_command() -> None:
    """Ten languages at least, and no word means two things (rest-api 9.5)."""
    meanings: dict[str, set[Command]] = {}
    for language in COMMAND_WORDS.values():
        assert set(language) == set(Command)
        for command, phrases in language.items():
            for phrase in phrases:
                meanings.setdefault(" ".join(words_of(phrase)), set()).add(command)

    assert len(COMMAND_WORDS) >= 10
    assert {word for word, commands in meanings.items() if len(commands) > 1} == set()


def test_an_operator_adds_words_and_takes_all_away() -> None:
    """More words for one number, or none at all where the carrier sees to them."""
    more = NumberSettings(stop_words=("Uit!",), help_words=("stop",))

    assert command_of(words_of("uit"), more) is Command.STOP
    assert command_of(words_of("stop"), more) is Command.HELP
    assert command_of(words_of("stop"), NumberSettings(reads_words=False)) is None


@pytest.mark.parametrize(
    ("text", "command", "of"),
    [
        ("stop", Command.STOP, (1,)),
        ("win stop", Command.STOP, (2,)),
        ("STOP WIN", Command.STOP, (2,)),
        ("stop all", Command.STOP, (1,)),
        ("win", None, ()),
        ("win a car", None, ()),
        ("stop winning", None, ()),
    ],
)
def test_a_keyword_beside_it_says_whose_it_is(text: str, command: Command | None, of: tuple[int, ...]) -> None:
    """Before or after; without one it is the owner's who has none."""
    found = asked(NumberTable([number(1), number(2, "win")]), "31234", text, carrier_id=CARRIER)

    assert (found.command if found else None) is command
    assert tuple(one.number_id for one in found.of) == of if found else of == ()


def test_a_stop_that_names_nobody_is_meant_for_all() -> None:
    """On a number that accounts share by keywords, and that nobody owns without one."""
    numbers = NumberTable([number(1, "win"), number(2, "news"), number(3, "fun", reads_words=False)])

    found = asked(numbers, "31234", "Stop", carrier_id=CARRIER)

    assert found is not None
    assert {one.number_id for one in found.of} == {1, 2}


def test_a_command_to_a_number_of_nobody_is_none() -> None:
    """There is nobody to be opted out of."""
    assert asked(NumberTable(), "31234", "stop", carrier_id=CARRIER) is None


def test_only_what_can_be_written_to_is_a_handset() -> None:
    """A name or a short code cannot be opted out."""
    assert handset_of("27990000001") == 27990000001
    assert [handset_of(each) for each in ("ACME", "31234", "0990000001", "", "1" * 16)] == [None] * 5
