"""Reads what the source says of its own attributes: the string that follows each in a class body."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType


def attribute_notes(module: ModuleType) -> dict[str, dict[str, str]]:
    """For each class of a module: its annotated attributes with the notes below them."""
    notes: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            notes[node.name] = {}
            for attribute, below in zip(node.body, [*node.body[1:], None], strict=True):
                if (
                    isinstance(attribute, ast.AnnAssign)
                    and isinstance(attribute.target, ast.Name)
                    and isinstance(below, ast.Expr)
                    and isinstance(below.value, ast.Constant)
                ):
                    notes[node.name][attribute.target.id] = " ".join(str(below.value.value).split())
    return notes
