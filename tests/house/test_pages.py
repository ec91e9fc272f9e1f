"""Pages and build files stay true: what they name exists, and what exists is named."""

from __future__ import annotations

import fnmatch
import os
import re
import tomllib
from pathlib import Path

from tests.house.tree import PACKAGE, ROOT, files, modules, name, packages, text

DECISION_SECTIONS = ["Context", "Decision", "Rejected", "Consequences"]
CHANGE_KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
# A line of the folder tree: indentation, then `room/` or `module.py`, then what it knows.
TREE_LINE = re.compile(r"^(?P<indent> +)(?P<entry>\w+(?:/|\.py))(?: |$)")
INDENT = 2
BOTH_AGREE: dict[str, set[str]] = {"not on the page": set(), "not in the source": set()}


def house_tree() -> set[str]:
    """Return the folders (`smpp/`) and modules (`smpp/pdu.py`) that section 1 of docs/house.md names."""
    block = text(ROOT / "docs" / "house.md").partition("## 1.")[2].partition("```")[2].partition("```")[0]
    named, above = set(), [""]
    for line in block.splitlines():
        if match := TREE_LINE.match(line):
            depth = len(match["indent"]) // INDENT
            entry = above[depth - 1] + match["entry"]
            above[depth:] = [entry]
            named.add(entry)
    return named


def headings(path: Path, level: int) -> list[str]:
    """Return the headings of one level, in order."""
    return re.findall(rf"^{'#' * level} (.+)$", text(path), flags=re.MULTILINE)


def decisions() -> list[Path]:
    """Return the decision pages in order."""
    return [path for path in files() if path.parent == ROOT / "docs" / "decisions" and path.suffix == ".md"]


def test_the_house_page_names_every_room_and_no_other() -> None:
    """Section 1 of docs/house.md lists exactly the packages and top-level modules that exist."""
    rooms = {f"{folder.relative_to(PACKAGE).as_posix()}/" for folder in packages() if folder != PACKAGE}
    tops = {path.name for path in modules() if path.parent == PACKAGE} - {"__init__.py"}

    named = {entry for entry in house_tree() if entry.endswith("/") or "/" not in entry}

    assert {"not on the page": (rooms | tops) - named, "not in the source": named - (rooms | tops)} == BOTH_AGREE


def test_the_house_page_lists_a_room_whole_or_not_at_all() -> None:
    """Where section 1 of docs/house.md names modules of a room, they are all of them, and each exists."""
    existing = {path.relative_to(PACKAGE).as_posix() for path in modules() if path.name != "__init__.py"}
    named = {entry for entry in house_tree() if entry.endswith(".py")}
    listed_rooms = {str(Path(entry).parent) for entry in named}

    expected = {entry for entry in existing if str(Path(entry).parent) in listed_rooms}

    assert {"not on the page": expected - named, "not in the source": named - expected} == BOTH_AGREE


def test_every_decision_page_has_the_same_sections() -> None:
    """A decision says what the matter was, what was chosen, what was not, and what follows."""
    shapes = {name(path): headings(path, 2) for path in decisions()}

    assert shapes
    assert {path: shape for path, shape in shapes.items() if shape != DECISION_SECTIONS} == {}


def test_decisions_are_numbered_and_indexed() -> None:
    """Decisions are numbered without a gap, carry their number in the title, and docs/house.md links each."""
    numbers = [path.name[:4] for path in decisions()]
    house = text(ROOT / "docs" / "house.md")

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert [name(path) for path in decisions() if not headings(path, 1)[0].startswith(f"{path.name[:4]}. ")] == []
    assert [name(path) for path in decisions() if f"(decisions/{path.name})" not in house] == []


def test_links_between_pages_lead_somewhere() -> None:
    """A relative link in a page points to a file of the project."""
    dead = [
        f"{name(path)}: {target}"
        for path in files()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text(path))
        if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists()
    ]

    assert dead == []


def test_the_changelog_keeps_its_shape() -> None:
    """CHANGELOG.md opens with what is not released, dates every release, and sorts entries by kind."""
    page = ROOT / "CHANGELOG.md"
    releases = headings(page, 2)

    assert headings(page, 1) == ["Changelog"]
    assert releases[0] == "[Unreleased]"
    assert [entry for entry in releases[1:] if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", entry)] == []
    assert set(headings(page, 3)) <= CHANGE_KINDS
    assert re.findall(r"^##+ .+\n+(?=##|\Z)", text(page).partition("[Unreleased]")[2], flags=re.MULTILINE) == []


def test_make_help_lists_every_target() -> None:
    """Each verb of the Makefile is phony and has its sentence, so that `make help` shows it."""
    makefile = text(ROOT / "Makefile")
    phony = re.findall(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE)
    described = re.findall(r"^([a-z]+):.*## \S", makefile, flags=re.MULTILINE)

    assert sorted(" ".join(phony).split()) == sorted(described)


def test_scripts_can_be_run() -> None:
    """A file that starts with an interpreter's name may be executed, and every script of `.ci` is such a file."""
    scripts = [path for path in files() if path.read_bytes().startswith(b"#!")]

    assert [name(path) for path in scripts if not os.access(path, os.X_OK)] == []
    assert {path for path in files() if path.parent.name == ".ci"} <= set(scripts)


def test_every_exception_to_the_linter_has_its_reason() -> None:
    """Each rule that pyproject.toml turns off says why, on its line or in the comment right above."""
    ignored = text(ROOT / "pyproject.toml").partition("\nignore = [\n")[2].partition("\n]\n")[0].splitlines()

    with_line_above = zip(["", *ignored], ignored, strict=False)
    bare = [line for above, line in with_line_above if line.strip() and "#" not in line + above]

    assert ignored
    assert bare == []


def test_packages_carry_all_their_files() -> None:
    """Whatever lies beside the modules is declared as package data, so that an installed Angarium has it too."""
    declared = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["setuptools"]["package-data"]["*"]
    beside = [path for path in files() if PACKAGE in path.parents and path.suffix != ".py"]

    missing = [name(path) for path in beside if not any(fnmatch.fnmatch(path.name, pattern) for pattern in declared)]

    assert missing == []
