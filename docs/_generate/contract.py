"""docs/contract.md: each section of both specifications, and the tests that prove it."""

from __future__ import annotations

from collections import defaultdict

from docs._generate.citations import Citation
from docs._generate.specification import ROOT, Section

AWAITED = ROOT / "docs" / "_generate" / "awaited.txt"

_HEAD = """\
# The contract, and what proves it

Each section of the [REST API](spec/rest-api.md) and of the [promises about delivery](spec/delivery.md), with the tests
that fail when it no longer holds. The rows of the tables in delivery 2 and 3 and the sentences of delivery 4 count
from 1.

This page is made from the tests: one that proves a section says so in the last words of its docstring, or in its
heading under `tests/wire`. `make format` writes it anew.
"""

_TITLES = {"rest-api": "The SMS REST API", "delivery": "What is promised about every message"}


def page(sections: list[Section], citations: list[Citation]) -> str:
    """The page's text; a section that no test proves says that it is awaited."""
    proofs = defaultdict(set)
    for citation in citations:
        proofs[citation.section].add((citation.file, citation.test))
    lines = [_HEAD]
    specification = ""
    for section in sections:
        if section.specification != specification:
            specification = section.specification
            lines.append(f"## {_TITLES[specification]}\n")
        lines.append(f"### {section.specification} {section.number}\n\n{section.words}\n")
        lines += [_line(*proof) for proof in sorted(proofs[str(section)])] or ["- awaited: no test proves it yet"]
        lines.append("")
    return "\n".join(lines)


def anchor(section: Section) -> str:
    """Where the page speaks of a section."""
    return f"{section.specification}-{section.number.replace('.', '')}"


def _line(file: str, test: str) -> str:
    name = f"`{test}`" if file.endswith(".py") else test
    return f"- [{file}](../{file}): {name}"


def unproved(sections: list[Section], citations: list[Citation]) -> list[str]:
    """The sections that no test cites."""
    cited = {citation.section for citation in citations}
    return [str(section) for section in sections if str(section) not in cited]


def unknown(sections: list[Section], citations: list[Citation]) -> list[str]:
    """What tests cite although no specification has it, each with its test."""
    known = set(map(str, sections))
    return [f"{each.file}::{each.test} cites {each.section}" for each in citations if each.section not in known]


def awaited() -> list[str]:
    """The sections that may still be without a test. The list only ever gets shorter."""
    return AWAITED.read_text(encoding="utf-8").splitlines() if AWAITED.exists() else []


def shorten_awaited(still_unproved: list[str]) -> None:
    """Take from the list what is proved by now; nothing is ever added."""
    left = [section for section in awaited() if section in still_unproved]
    if left:
        AWAITED.write_text("".join(f"{section}\n" for section in left), encoding="utf-8")
    else:
        AWAITED.unlink(missing_ok=True)
