"""The README's pictures: text that any browser shows as a picture, and that asks nobody for anything."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.house.tree import ROOT
from tests.pictures.__main__ import pictures
from tests.pictures.drawing import NotDrawable, drawn

OCTETS_MAX = 100 * 1024
ANYWHERE = re.compile(r"""\b(?:https?:)?//[^\s"'<>]+|@import|url\(|<script|\son\w+=|\b(?:href|src|action)=""")
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}
FILES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))


def outward(text: str) -> list[str]:
    """What in it leads or loads from anywhere; what a tag only says is no reference."""
    tags = "".join(re.findall(r"<[^>]*>|<style>.*?</style>", text, flags=re.DOTALL))
    return [found for found in ANYWHERE.findall(tags) if found not in NAMESPACES]


def test_there_are_pictures() -> None:
    """Of an account's pages and of an operator's."""
    assert [path.stem for path in FILES] == ["handsets", "home", "message", "service"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_picture_is_small_well_formed_and_complete_in_itself(path: Path) -> None:
    """XML that says in words what it shows; no script, and nothing to load."""
    text = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)

    assert len(text.encode()) < OCTETS_MAX
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.findtext("{http://www.w3.org/2000/svg}title")
    assert outward(text) == []


async def test_the_same_source_draws_the_same_pictures() -> None:
    """However often: so a difference is one of the pages."""
    first = await pictures()

    assert first == await pictures()
    assert {f"{path.stem}.svg" for path in FILES} == first.keys()


def test_a_page_that_is_no_tree_or_loads_something_is_not_drawn() -> None:
    """It would be no picture for a strict reader."""
    for html, css in (
        ("<body><p>one</body>", ""),
        ("<body><p>one</div></body>", ""),
        ("<body></body>", "p { background: url(a.png) }"),
    ):
        with pytest.raises(NotDrawable):
            drawn(html, css, sentence="", height=1)
