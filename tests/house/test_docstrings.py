"""What can be used says what it promises."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import FunctionNode, dotted, functions, modules, name, packages, place, python_files, tree

NOTE_WORDS_MIN = 8


def public_definitions(path: Path) -> Iterator[FunctionNode | ast.ClassDef]:
    """Yield the functions and classes that a module offers to others."""
    for node in tree(path).body:
        if isinstance(node, FunctionNode | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def promises(path: Path) -> Iterator[FunctionNode]:
    """Yield the public methods of a module's Protocols."""
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef) and any(dotted(base).endswith("Protocol") for base in node.bases):
            yield from (item for item in node.body if isinstance(item, FunctionNode) and not item.name.startswith("_"))


def test_every_package_starts_with_a_note() -> None:
    """Each `__init__.py` says what its package knows, in a sentence or more."""
    without = [
        name(folder)
        for folder in packages()
        if not (folder / "__init__.py").exists()
        or len((ast.get_docstring(tree(folder / "__init__.py")) or "").split()) < NOTE_WORDS_MIN
    ]

    assert without == []


def test_every_module_and_public_definition_has_a_docstring() -> None:
    """A module, and each public function and class at its top, says what it is for."""
    without = [name(path) for path in modules() if ast.get_docstring(tree(path)) is None]
    without += [
        f"{place(path, node)} {node.name}"
        for path in modules()
        for node in public_definitions(path)
        if ast.get_docstring(node) is None
    ]

    assert without == []


def test_every_method_of_a_port_has_a_docstring() -> None:
    """A port's method is a promise, so the promise is written down."""
    without = [
        f"{place(path, method)} {method.name}"
        for path in python_files("src/angarium/ports")
        for method in promises(path)
        if ast.get_docstring(method) is None
    ]

    assert without == []


def test_every_test_says_what_it_shows() -> None:
    """A test has a docstring, so that a failure can be read without the code."""
    without = [
        f"{place(path, function)} {function.name}"
        for path in python_files("tests")
        for function in functions(path)
        if function.name.startswith("test_") and ast.get_docstring(function) is None
    ]

    assert without == []
