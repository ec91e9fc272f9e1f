"""Habits that lose messages, or make tests lie, are caught by a machine."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import PACKAGE, dotted, modules, name, place, python_files, tree

EXCUSES = {
    "pytest.skip",
    "pytest.xfail",
    "pytest.importorskip",
    "pytest.mark.skip",
    "pytest.mark.skipif",
    "pytest.mark.xfail",
    "unittest.skip",
}
EMPTY_CONTAINERS = {"dict", "list", "set", "defaultdict", "collections.defaultdict", "deque", "collections.deque"}


def says_nothing(statement: ast.stmt) -> bool:
    """Tell whether a statement only turns away: pass, continue, an ellipsis, or a return of nothing."""
    if isinstance(statement, ast.Pass | ast.Continue):
        return True
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def is_generic(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes any exception whatever."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(kind) in {"Exception", "BaseException"} for kind in kinds)


def is_empty_container(value: ast.expr | None) -> bool:
    """Tell whether an expression makes a container that something must fill later."""
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.List):
        return not value.elts
    return isinstance(value, ast.Call) and dotted(value.func) in EMPTY_CONTAINERS and not value.args


def module_assignments(path: Path) -> Iterator[tuple[ast.stmt, ast.expr | None]]:
    """Yield the assignments at the top of a module with what they assign."""
    for node in tree(path).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield node, node.value


def test_no_exception_is_swallowed() -> None:
    """`except Exception` either handles, tells or raises again; silence loses messages (delivery 4.3)."""
    swallowed = [
        place(path, node)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and is_generic(node) and all(map(says_nothing, node.body))
    ]

    assert swallowed == []


def test_no_module_holds_a_registry() -> None:
    """There is no global state: a container that starts empty at import would be filled by somebody, somewhere."""
    registries = [
        place(path, node) for path in modules() for node, value in module_assignments(path) if is_empty_container(value)
    ]
    registries += [
        place(path, node) for path in modules() for node in ast.walk(tree(path)) if isinstance(node, ast.Global)
    ]

    assert registries == []


def test_importing_does_nothing() -> None:
    """No module of the product calls anything for its effect at import (the command line adds its commands)."""
    effects = [
        place(path, node)
        for path in modules()
        if path.relative_to(PACKAGE).parts[0] != "cli"
        for node in tree(path).body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ]

    assert effects == []


def test_no_test_sleeps() -> None:
    """Time in tests moves by assignment; only `asyncio.sleep(0)`, one turn of the loop, is no waiting."""
    sleeps = [
        place(path, node)
        for path in python_files("tests", "interop")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and dotted(node.func).rpartition(".")[2] == "sleep"
        and not (len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]

    assert sleeps == []


def test_no_test_is_excused() -> None:
    """A test runs and holds, or it is not here: nothing is skipped or expected to fail."""
    excused = [
        f"{place(path, node)} {dotted(node)}"
        for path in python_files("tests", "interop")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and dotted(node) in EXCUSES
    ]

    assert excused == []


def test_every_unit_test_stands_beside_its_module() -> None:
    """`tests/unit/<room>/test_<module>….py` mirrors `src/angarium/<room>/<module>.py`, so each is easy to find."""
    orphans = []
    for path in python_files("tests/unit"):
        if not path.name.startswith("test_"):
            continue
        folder = PACKAGE / Path(*Path(name(path)).parts[2:-1])
        subject = path.stem.removeprefix("test_")
        beside = {other.stem for other in modules() if other.parent == folder} - {"__init__"}
        if not any(subject == module or subject.startswith(f"{module}_") for module in beside):
            orphans.append(name(path))

    assert orphans == []
