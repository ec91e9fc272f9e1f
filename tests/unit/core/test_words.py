"""Words are compared as people mean them."""

from __future__ import annotations

import pytest

from angarium.core.words import READ_CHARACTERS_MAX, is_whole, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("STOP", ("stop",)),
        ("  Stop!! ", ("stop",)),
        ("¡No más!", ("no", "mas")),
        ("ARRÊT.", ("arret",)),
        ("İPTAL", ("iptal",)),
        ("IPTAL", ("iptal",)),
        ("ıptal", ("iptal",)),
        ("إيقاف", ("ايقاف",)),
        ("تـوقـف", ("توقف",)),
        ("'win' car", ("win", "car")),
        ("opt-out", ("opt-out",)),
        ("हिंदी।", ("हिंदी",)),
        ("ΣΤΟΠ", ("στοπ",)),
        ("😀 ...", ()),
        ("", ()),
    ],
)
def test_words_lose_case_accents_and_what_stands_around_them(text: str, words: tuple[str, ...]) -> None:
    """In any script; what is a letter to its readers stays (rest-api 9)."""
    assert words_of(text) == words


def test_a_long_text_is_not_read_to_its_end() -> None:
    """Keywords stand at the beginning; what is longer than a command is none."""
    text = "stop " * READ_CHARACTERS_MAX

    assert not is_whole(text)
    assert is_whole(" stop ")
    assert len(words_of(text)) == READ_CHARACTERS_MAX // len("stop ")
