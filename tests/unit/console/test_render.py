"""What templates can ask for."""

from __future__ import annotations

from angarium.console.render import Static, amount_text, count_text, credits_text, environment, when
from angarium.core.credit import decimals


def test_amounts_and_counts_are_grouped() -> None:
    """By thin spaces that never break a line."""
    assert credits_text(1_234_567_890_000) == "1\u202f234\u202f567.89"
    assert credits_text(-500_000) == "\u22120.50"
    assert count_text(1_000_000) == "1\u202f000\u202f000"


def test_amounts_of_one_column_have_their_decimals_alike() -> None:
    """As many as the finest has, two at the least."""
    assert [amount_text(each) for each in (800_000, 412_500, -1_000_000)] == ["0.80", "0.4125", "\u22121.00"]
    assert (decimals([]), decimals([800_000]), decimals([800_000, 1])) == (2, 2, 6)


def test_a_moment_says_its_zone() -> None:
    """For machines in the element, for people in its title."""
    assert str(when(0)) == (
        '<time datetime="1970-01-01T00:00:00.000+00:00" title="1970-01-01 00:00:00 UTC">1970-01-01 00:00:00</time>'
    )
    assert str(when(None)) == ""


def test_what_a_stranger_wrote_is_text() -> None:
    """Markup in it shows as it was typed."""
    template = environment(Static(), base="/console").from_string("{{ text }}")

    assert template.render(text="<script>alert(1)</script>") == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_a_file_has_a_new_name_when_it_changes() -> None:
    """So that it may be kept for ever."""
    static = Static()

    assert static.url("/console", "console.css").startswith("/console/static/console.css?v=")
    assert {"console.css", "console.js", "mark.svg"} <= static.files.keys()
