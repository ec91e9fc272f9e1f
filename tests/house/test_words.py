"""One word per thing, and no word that belongs to somebody's desk."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.tree import PACKAGE, dotted, files, modules, name, packages, text, tree

PACKAGE_NAMES_BANNED = {"utils", "util", "common", "helpers", "models", "types", "managers", "services", "misc"}

# Each in a spelling that does not match itself.
BANNED = {
    "an absolute path of one machine": r"(?<![\w.~$}*])/(?:work|tmp|root|home)/",
    "an unfinished mark": r"\b(?:[T]ODO|[F]IXME|[X]XX)\b",
    "a registry's host": r"pypi[.]org|python[h]osted|deb[.]debian|npm[j]s|docker[.]io",
    "a number of somebody's list": r"(?i)\b(?:issue|ticket|bug)\s*#?\s*\d+\b",
    "a page that is not in this tree": r"\b(?:stack|models|brief|BRIEF)[.]md\b|[.][.]/[s]hared\b",
}

# Glossary (docs/house.md, section 5.2), right-hand column: only words that have no other honest use here.
WORD_PARTS_BANNED = {
    "dlr": "receipt",
    "originator": "sender",
    "postback": "callback",
    "refund": "release",
    "supplier": "carrier",
    "tariff": "rate",
    "tenant": "account",
    "upstream": "carrier",
}
WHOLE_WORDS_BANNED = {"msg": "message", "sms": "message", "webhook": "callback", "from_": "sender"}
# Wire names are spelled as their specification spells them, and only there.
WIRE_ROOMS = {"smpp", "rest", "callbacks"}


def identifiers(path_text: ast.Module) -> set[str]:
    """Return every name that a module gives: variables, arguments, attributes, functions, classes."""
    names: set[str] = set()
    for node in ast.walk(path_text):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(dotted(node).rpartition(".")[2])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


def words(identifier: str) -> set[str]:
    """Split snake_case and CamelCase into lower-case words."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)}


def test_no_package_is_a_lumber_room() -> None:
    """A package is named for what it knows."""
    assert [name(folder) for folder in packages() if folder.name in PACKAGE_NAMES_BANNED] == []


@pytest.mark.parametrize("reason", BANNED)
def test_no_file_holds_a_banned_word(reason: str) -> None:
    """Nothing in git speaks of one machine, one registry, one list of work, or of something left undone."""
    pattern = re.compile(BANNED[reason])

    found = [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in files()
        for number, line in enumerate(text(path).splitlines(), start=1)
        if pattern.search(line)
    ]

    assert found == []


def test_code_uses_the_words_of_the_glossary() -> None:
    """A name in the source says `message`, `carrier`, `receipt`, never a synonym that the glossary rules out."""
    found = []
    for path in modules():
        room = path.relative_to(PACKAGE).parts[0]
        for identifier in sorted(identifiers(tree(path))):
            better = [WORD_PARTS_BANNED[word] for word in words(identifier) & WORD_PARTS_BANNED.keys()]
            if room not in WIRE_ROOMS and identifier in WHOLE_WORDS_BANNED:
                better.append(WHOLE_WORDS_BANNED[identifier])
            found += [f"{name(path)}: {identifier}: say {word}" for word in better]

    assert found == []
