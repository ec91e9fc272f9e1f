"""How things are said to people."""

from __future__ import annotations

import pytest

from angarium.console import words
from angarium.core import status_codes
from angarium.core.states import Cause


def test_every_status_and_every_cause_has_its_words() -> None:
    """What is new to the trade is new to the console: this fails until somebody finds the words."""
    numbers = [value for name, value in vars(status_codes).items() if name.isupper() and isinstance(value, int)]

    assert [number for number in numbers if number not in words.STATUSES] == []
    assert [cause.name for cause in Cause if cause not in words.CAUSES] == []


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(0, "0 ms"), (850, "850 ms"), (4_200, "4.2 s"), (90_000, "90 s"), (180_000, "3 min"), (5 * 3_600_000, "5 h")],
)
def test_a_span_of_time_is_said_as_people_say_it(milliseconds: int, said: str) -> None:
    """Never in more digits than anybody wants."""
    assert words.duration(milliseconds) == said
