"""The pages that are made from code say what the code says, and every promise has its test."""

from __future__ import annotations

from docs._generate import contract
from docs._generate.citations import citations
from docs._generate.pages import out_of_date, pages
from docs._generate.specification import ROOT, sections

CURE = "run `make format`, look at what it has written, and commit that"


def test_generated_pages_are_up_to_date() -> None:
    """docs/contract.md and docs/reference/ hold what tests and tables say now."""
    assert out_of_date(pages()) == [], CURE


def test_every_section_has_a_test_that_proves_it() -> None:
    """Each section of both specifications is cited by a test, or is on the list of those that are awaited."""
    missing = contract.unproved(sections(), list(citations()))

    assert sorted(set(missing) - set(contract.awaited())) == [], (
        "name the section in the docstring of a test that proves it"
    )


def test_what_is_awaited_has_not_come() -> None:
    """The list of awaited sections holds none that a test proves by now."""
    missing = contract.unproved(sections(), list(citations()))

    assert sorted(set(contract.awaited()) - set(missing)) == [], CURE


def test_tests_cite_sections_that_exist() -> None:
    """What a test names in its docstring or heading can be looked up."""
    assert contract.unknown(sections(), list(citations())) == []


def test_every_example_of_the_api_names_its_section() -> None:
    """A heading under tests/wire begins with its section of the REST API."""
    pages_of_examples = ROOT / "tests" / "wire"
    cited = {(citation.file, citation.test) for citation in citations()}

    bare = [
        f"{path.name}: {line}"
        for path in sorted(pages_of_examples.glob("*.md"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("## ") and (f"tests/wire/{path.name}", line[3:]) not in cited
    ]

    assert bare == []
