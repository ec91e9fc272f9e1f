"""Which tests prove which sections: what the tests themselves say.

A test names the sections it proves in its docstring, by habit in its last words: `(rest-api 3.3, delivery 1.3)`. What
follows a number without being one, as in `(rest-api 7, 010)` or ``(rest-api 3, `from`)``, says which row is meant, and
counts under the section. An example of tests/wire begins its heading with its section of the REST API, and may cite
more in parentheses at the end: `## 3.3 The same key gives the same answer (delivery 1.3)`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docs._generate.specification import ROOT

_IN_PARENTHESES = re.compile(r"\(((?:rest-api|delivery) \d[^()]*)\)")
_PART = re.compile(r"(?:(?P<specification>rest-api|delivery) )?(?P<number>\d{1,2}(?:\.\d{1,2})?)(?= |$)")
_HEADING = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
_LEADING_NUMBER = re.compile(r"\d(?:\.\d{1,2})?(?= )")


class Citation(NamedTuple):
    """One test that proves one section."""

    section: str
    """Such as `rest-api 3.3`."""
    file: str
    test: str
    """The name of a function, or the heading of an example."""


def citations() -> Iterator[Citation]:
    """Every citation in the tests, file by file."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        yield from _of_python(path)
    for path in sorted((ROOT / "tests" / "wire").glob("*.md")):
        yield from _of_page(path)


def sections_cited(text: str) -> list[str]:
    """The sections that the parentheses of a text name."""
    found = []
    for inside in _IN_PARENTHESES.findall(" ".join(text.split())):
        specification = ""
        for part in re.split(r",| and ", inside):
            match = _PART.match(part.strip())
            if match:
                specification = match["specification"] or specification
                found.append(f"{specification} {match['number']}")
    return list(dict.fromkeys(found))


def _of_python(path: Path) -> Iterator[Citation]:
    file = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            for section in sections_cited(ast.get_docstring(node) or ""):
                yield Citation(section, file, node.name)


def _of_page(path: Path) -> Iterator[Citation]:
    file = path.relative_to(ROOT).as_posix()
    for title in _HEADING.findall(path.read_text(encoding="utf-8")):
        number = _LEADING_NUMBER.match(title)
        own = [f"rest-api {number[0]}"] if number else []
        for section in dict.fromkeys([*own, *sections_cited(title)]):
            yield Citation(section, file, title)
