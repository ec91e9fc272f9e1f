"""Errors of the text kernel carry what their reader needs."""

from __future__ import annotations

import pytest

from angarium.text import errors
from angarium.text.errors import NotInAlphabet, TextError, TooManySegments


@pytest.mark.parametrize(
    "name",
    ["NotInAlphabet", "BadSeptets", "BadUcs2", "BadHex", "BadUserDataHeader", "TooManySegments", "BadSegments"],
)
def test_every_error_has_one_base(name: str) -> None:
    """Whoever catches TextError has caught all."""
    assert issubclass(getattr(errors, name), TextError)


def test_a_misfit_names_the_character_and_its_place() -> None:
    """The message is enough to find the character, also when it cannot be seen."""
    error = NotInAlphabet("\u200b", 7)

    assert (error.character, error.index) == ("\u200b", 7)
    assert str(error) == "U+200B at index 7 is not in the GSM 7-bit alphabet"


def test_too_many_segments_says_how_many() -> None:
    """The count that would have been needed is in the error and its message."""
    error = TooManySegments(300)

    assert error.count == 300
    assert "300 segments" in str(error)
