"""A stranger's text shows as what it is."""

from __future__ import annotations

import unicodedata

from angarium.core.visible import visible


def test_a_strangers_text_cannot_hide_or_turn_anything() -> None:
    """Control characters and marks of direction have signs; a line stays a line."""
    assert visible("a\x00b\x1b[0m\u202ecod\ttab") == "a\u2400b\u241b[0m⟨U+202E⟩cod\u2409tab"
    assert visible("one\ntwo") == "one\ntwo"


def test_no_control_and_no_mark_of_direction_is_left() -> None:
    """But for line ends, and the two joiners with which languages and emoji are written."""
    everything = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x10000))))
    left = {each for each in visible(everything) if unicodedata.category(each) in {"Cc", "Zl", "Zp"}}
    turners = {each for each in visible(everything) if unicodedata.bidirectional(each)[:2] in {"LR", "RL", "PD", "FS"}}

    assert left == {"\n"}
    assert not turners
    assert {"\u200c", "\u200d"} <= set(visible(everything))
