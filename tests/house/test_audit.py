"""What an operator changes leaves a row in the audit log: each change goes through `by`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import FunctionNode, dotted, functions, place, python_files, tree

ROOMS = ("src/angarium/cli", "src/angarium/console", "src/angarium/flows", "src/angarium/operator_api")
CHANGING = {
    "add",
    "assign",
    "buy",
    "change",
    "create",
    "end",
    "hold",
    "put",
    "remove",
    "replay",
    "revoke",
    "set",
    "take",
}
"""First words of methods that change something; whatever else a method is called, it reads."""


OF_PEOPLE = {"add_person", "add_ticket", "change_person", "set_membership", "set_password", "set_totp"}
"""Verbs of a transaction that change who may come in, and how."""


def is_change(name: str) -> bool:
    """Tell whether a method of this name changes something."""
    return name.partition("_")[0] in CHANGING


def gives_nothing(method: ast.AsyncFunctionDef) -> bool:
    """Tell whether a method returns None."""
    return isinstance(method.returns, ast.Constant) and method.returns.value is None


def admin_methods() -> dict[str, ast.AsyncFunctionDef]:
    """The methods of what an operator may do, from all the ports that it consists of."""
    classes = {
        node.name: node
        for path in python_files("src/angarium/ports")
        for node in tree(path).body
        if isinstance(node, ast.ClassDef)
    }
    waiting = ["Admin"]
    methods: dict[str, ast.AsyncFunctionDef] = {}
    while waiting:
        port = classes.get(waiting.pop())
        if port is not None:
            waiting += [dotted(base) for base in port.bases]
            methods |= {item.name: item for item in port.body if isinstance(item, ast.AsyncFunctionDef)}
    return methods


def imported(path: Path) -> set[str]:
    """The names that a module gets from elsewhere: a flow of that name leaves the row itself."""
    return {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def is_by(value: ast.expr | None) -> bool:
    """Tell whether an expression is the store of an act."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "by"


def silent_changes(path: Path, function: FunctionNode, changes: set[str]) -> Iterator[ast.Call]:
    """Yield the changes of a function that leave no row."""
    acting = {
        dotted(target)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and is_by(node.value)
        for target in node.targets
    }
    known = acting | imported(path)
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in changes:
            receiver = node.func.value
            if not is_by(receiver) and dotted(receiver) not in known:
                yield node


def test_a_method_that_gives_back_nothing_is_known_to_change_something() -> None:
    """By the first word of its name; otherwise the test below would not look at it."""
    unknown = {name for name, method in admin_methods().items() if gives_nothing(method) and not is_change(name)}

    assert unknown == set()


def test_every_change_of_an_operator_leaves_a_row_in_the_audit_log() -> None:
    """By command line or API: a change is made through `by`, or by a flow that does so."""
    changes = set(filter(is_change, admin_methods()))
    silent = sorted(
        {
            f"{place(path, node)} {ast.unparse(node.func)}"
            for room in ROOMS
            for path in python_files(room)
            for function in functions(path)
            for node in silent_changes(path, function, changes)
        }
    )

    assert silent == []


def test_every_change_of_people_leaves_a_row_in_the_same_transaction() -> None:
    """Whoever makes one also records it, in the work of the same transaction."""
    silent = sorted(
        f"{place(path, function)} {function.name}"
        for room in (*ROOMS, "src/angarium")
        for path in python_files(room)
        if "stores" not in path.parts and "ports" not in path.parts
        for function in functions(path)
        if OF_PEOPLE & called(function) and "record" not in called(function) and function.name != "_add_ticket"
    )

    assert silent == []


def called(function: FunctionNode) -> set[str]:
    """The methods that a function calls."""
    return {
        node.func.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
