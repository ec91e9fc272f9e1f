"""What an operator changes leaves a row in the audit log: each change goes through `by`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import FunctionNode, dotted, functions, place, python_files, tree

ROOMS = ("src/angarium/cli", "src/angarium/flows", "src/angarium/operator_api")
READING = {
    "accounts",
    "attempts",
    "audit",
    "connections",
    "costs",
    "ledger",
    "notification",
    "operator_token",
    "operator_tokens",
    "rates",
    "request_of_message",
    "routes",
    "search_messages",
    "search_notifications",
    "secret",
    "segments_of_message",
    "tokens",
}
"""What an operator asks of the store; everything else of the Admin port changes something."""


def admin_methods() -> set[str]:
    """The methods of what an operator may do, from all the ports that it consists of."""
    classes = {
        node.name: node
        for path in python_files("src/angarium/ports")
        for node in tree(path).body
        if isinstance(node, ast.ClassDef)
    }
    waiting, names = ["Admin"], set()
    while waiting:
        port = classes.get(waiting.pop())
        if port is not None:
            waiting += [dotted(base) for base in port.bases]
            names |= {item.name for item in port.body if isinstance(item, ast.AsyncFunctionDef)}
    return names


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


def test_what_an_operator_only_reads_is_known_by_name() -> None:
    """So that a new method of the port counts as a change until somebody says otherwise."""
    assert admin_methods() >= READING


def test_every_change_of_an_operator_leaves_a_row_in_the_audit_log() -> None:
    """By command line or API: a change is made through `by`, or by a flow that does so."""
    changes = admin_methods() - READING
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
