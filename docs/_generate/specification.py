"""The numbered sections of both specifications, with their first words.

A paragraph that begins with its number is a section. Of delivery.md also: each row of the tables in 2 and 3, and each
sentence of 4, counted from 1. A chapter is a section itself where it says something outside of its numbered ones.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SPECIFICATIONS = ("rest-api", "delivery")
LINE_MAX = 90

_NUMBERED = re.compile(r"(\d\.\d+) (.+)")
_TABLE_ROWS_COUNT = {("delivery", "2"), ("delivery", "3")}
_SENTENCES_COUNT = {("delivery", "4")}


class Section(NamedTuple):
    """One rule: what a test can cite."""

    specification: str
    number: str
    words: str

    def __str__(self) -> str:
        return f"{self.specification} {self.number}"


def sections() -> list[Section]:
    """All sections, in the order of the specifications."""
    return [section for name in SPECIFICATIONS for section in _sections_of(name)]


def _sections_of(name: str) -> list[Section]:
    page = (ROOT / "docs" / "spec" / f"{name}.md").read_text(encoding="utf-8")
    found = []
    for chapter in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        heading, _, content = chapter.partition("\n")
        number, _, title = heading.partition(". ")
        found += _sections_of_chapter(name, number, title, content.strip())
    return found


def _sections_of_chapter(name: str, number: str, title: str, content: str) -> list[Section]:
    if (name, number) in _SENTENCES_COUNT:
        sentences = re.split(r"(?<=\.)\s+", " ".join(content.split()))
        return [Section(name, f"{number}.{at}", sentence) for at, sentence in enumerate(sentences, start=1)]
    own, numbered = [], []
    for paragraph in _paragraphs(content):
        match = _NUMBERED.match(paragraph)
        if match:
            numbered.append(Section(name, match[1], first_words(match[2])))
        elif (name, number) in _TABLE_ROWS_COUNT and paragraph.startswith("|"):
            rows = paragraph.splitlines()[2:]
            cells = [row.strip("| ").split(" | ")[0] for row in rows]
            numbered += [Section(name, f"{number}.{at}", cell) for at, cell in enumerate(cells, start=1)]
        else:
            own.append(paragraph)
    return [*([Section(name, number, title)] if own or not numbered else []), *numbered]


def _paragraphs(content: str) -> list[str]:
    """Split at empty lines, and before each line that begins with a section's number."""
    return [part.strip() for part in re.split(r"\n\n|\n(?=\d\.\d+ )", content) if part.strip()]


def first_words(text: str) -> str:
    """The first sentence of a text, or as much of it as fits a line, its markup whole."""
    line = " ".join(text.split())
    sentence = re.split(r"(?<=[^.][.]) (?=[A-Z`])|(?<=[.]\*\*) ", line, maxsplit=1)[0]
    if len(sentence) <= LINE_MAX:
        return sentence
    cut = sentence[:LINE_MAX].rpartition(" ")[0]
    for mark in ("**", "`"):
        if cut.count(mark) % 2:
            cut = cut[: cut.rindex(mark)]
    return cut.rstrip(" ,;:(") + " …"
