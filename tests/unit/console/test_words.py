"""How things are said to people."""

from __future__ import annotations

import pytest

from angarium.console import words
from angarium.core import status_codes
from angarium.core.states import Cause


def test_every_status_and_every_cause_has_its_words() -> None:
    """What is new to the trade is new to the console: this fails until somebody finds the words."""
    assert [number for number in status_codes.STATUS_CODES if number not in words.STATUSES] == []
    assert [cause.name for cause in Cause if cause not in words.CAUSES] == []


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(0, "0 ms"), (850, "850 ms"), (4_200, "4.2 s"), (90_000, "90 s"), (180_000, "3 min"), (5 * 3_600_000, "5 h")],
)
def test_a_span_of_time_is_said_as_people_say_it(milliseconds: int, said: str) -> None:
    """Never in more digits than anybody wants."""
    assert words.duration(milliseconds) == said


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
            "Chrome on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0", "Firefox on Android"),
        ("curl/8.9", "curl"),
        ("Something\u202eelse", "Something\u27e8U+202E\u27e9else"),
        ("", "unknown"),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent: str, said: str) -> None:
    """By the sign that tells most; a stranger's own words only where no sign is known."""
    assert words.browser(agent) == said
