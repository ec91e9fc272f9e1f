"""The project's own files, as the tests of the house see them: what is in git, or would be after `git add`."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "angarium"

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@lru_cache(maxsize=1)
def files() -> tuple[Path, ...]:
    """Return every file of the project, committed or about to be; never what .gitignore names."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        names = [name for name in listing.split("\0") if name]
    else:
        # An unpacked source archive: everything in it is ours, but for what tools have left there since.
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
        names = [name for name in names if not name.startswith((".", "var/", "build/")) and "__pycache__" not in name]
    return tuple(sorted(path for path in map(ROOT.joinpath, names) if path.is_file()))


def name(path: Path) -> str:
    """Return a path as people write it: from the project's folder, with slashes."""
    return path.relative_to(ROOT).as_posix()


def python_files(*folders: str) -> tuple[Path, ...]:
    """Return the Python files under the given folders, or all of them."""
    prefixes = tuple(f"{folder}/" for folder in folders)
    return tuple(path for path in files() if path.suffix == ".py" and (not prefixes or name(path).startswith(prefixes)))


def modules() -> tuple[Path, ...]:
    """Return the modules of the product."""
    return python_files("src/angarium")


def packages() -> tuple[Path, ...]:
    """Return the folders of the product that hold Python, the product's own folder first."""
    return tuple(sorted({path.parent for path in modules()}))


@lru_cache(maxsize=1_000)
def text(path: Path) -> str:
    """Return the text of a file; undecodable octets show as replacement characters."""
    return path.read_text(encoding="utf-8", errors="replace")


@lru_cache(maxsize=1_000)
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(text(path), filename=name(path))


def functions(path: Path) -> Iterator[FunctionNode]:
    """Yield every function and method of a Python file, nested ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, FunctionNode))


def place(path: Path, node: ast.AST) -> str:
    """Return `file:line`, for the message of a failed test."""
    return f"{name(path)}:{getattr(node, 'lineno', 1)}"


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for such an expression, and the empty string for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""
