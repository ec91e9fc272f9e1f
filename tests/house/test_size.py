"""Nothing grows past what a reader can hold in mind."""

from __future__ import annotations

import ast

from tests.house.tree import FunctionNode, files, functions, name, place, python_files, text

MODULE_LINES_MAX = 600
FUNCTION_LINES_MAX = 60
FILE_OCTETS_MAX = 500_000


def length_without_docstring(function: FunctionNode) -> int:
    """Count the lines of a function from `def` to its end, its docstring left out."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None and first.end_lineno is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def test_no_module_is_longer_than_a_reader_can_bear() -> None:
    """A module aims under 300 lines and stops at 600."""
    lengths = {name(path): len(text(path).splitlines()) for path in python_files()}

    assert {path: lines for path, lines in lengths.items() if lines > MODULE_LINES_MAX} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    """A function stops at 60 lines, its docstring not counted."""
    too_long = {
        f"{place(path, function)} {function.name}": length_without_docstring(function)
        for path in python_files()
        for function in functions(path)
        if length_without_docstring(function) > FUNCTION_LINES_MAX
    }

    assert too_long == {}


def test_no_file_is_large_or_binary() -> None:
    """What is in git is text that people wrote, and none of it is a heap of data."""
    large = [name(path) for path in files() if path.stat().st_size > FILE_OCTETS_MAX]
    binary = [name(path) for path in files() if b"\0" in path.read_bytes()]

    assert (large, binary) == ([], [])
