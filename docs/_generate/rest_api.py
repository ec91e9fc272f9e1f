"""docs/reference/rest-api.md: what of each section of the REST API is done, and what is missing yet."""

from __future__ import annotations

from collections.abc import Mapping

from angarium.rest.codes import EXPLANATIONS, SPELLINGS, STATUS_DESCRIPTIONS
from docs._generate import contract
from docs._generate.specification import sections
from docs._generate.tables import document, statuses_given, table

MISSING: dict[str, str] = {}
"""What a section promises and this version does not do. A row goes when the feature comes."""


def page() -> str:
    """The whole page. A row for a section that does not exist is an error."""
    known = [section for section in sections() if section.specification == "rest-api"]
    missing = {**MISSING, **_never_given()}
    unknown = missing.keys() - set(map(str, known))
    if unknown:
        raise ValueError(f"rest_api.py speaks of {sorted(unknown)}, which the specification does not have")
    rows = [
        (
            f"[{section.number}](../contract.md#{contract.anchor(section)})",
            section.words,
            _support(str(section), missing),
            missing.get(str(section), ""),
        )
        for section in known
    ]
    return document(
        "REST API",
        "Each section of [the specification](../spec/rest-api.md), and whether this version does all of it. The\n"
        "numbers lead to the tests that prove a section.",
        table(("Section", "What it says", "Support", "What is missing"), rows),
    )


def _never_given() -> dict[str, str]:
    """The codes of sections 5 and 7 for which the source has no occasion."""
    errors = sorted(EXPLANATIONS.keys() - {said.code for said in SPELLINGS.values()})
    statuses = [f"{number:03}" for number in sorted(STATUS_DESCRIPTIONS.keys() - statuses_given().keys())]
    return {
        section: f"never given: {', '.join(codes)}"
        for section, codes in (("rest-api 5", errors), ("rest-api 7", statuses))
        if codes
    }


def _support(section: str, missing: Mapping[str, str]) -> str:
    return "partial" if section in missing else "done"
