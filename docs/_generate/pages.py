"""All generated pages by their paths, and how they come to disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from docs._generate import actions, commands, contract, operators, rest_api, smpp, tables
from docs._generate.citations import citations
from docs._generate.specification import ROOT, sections


def pages() -> dict[str, str]:
    """Every generated page: its path from the project's folder, and its text."""
    return {
        "docs/contract.md": contract.page(sections(), list(citations())),
        "docs/reference/accounts.md": tables.accounts(),
        "docs/reference/actions.md": actions.page(),
        "docs/reference/carriers.md": tables.carriers(),
        "docs/reference/commands.md": commands.page(),
        "docs/reference/errors.md": tables.errors(),
        "docs/reference/metrics.md": tables.metrics(),
        "docs/reference/operator-api.md": operators.page(),
        "docs/reference/rest-api.md": rest_api.page(),
        "docs/reference/settings.md": tables.settings(),
        "docs/reference/simulator.md": tables.simulator(),
        "docs/reference/smpp.md": smpp.page(),
        "docs/reference/statuses.md": tables.statuses(),
    }


def write_changed(generated: Mapping[str, str]) -> list[str]:
    """Write the pages whose text differs from what is on disk; return their paths."""
    changed = [path for path, text in generated.items() if _on_disk(path) != text]
    for path in changed:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(generated[path], encoding="utf-8")
    return changed


def out_of_date(generated: Mapping[str, str]) -> list[str]:
    """The pages whose lines differ from what is on disk. Their order is not compared, so that merged lists pass."""
    return [
        path for path, text in generated.items() if sorted(_on_disk(path).splitlines()) != sorted(text.splitlines())
    ]


def _on_disk(path: str) -> str:
    file: Path = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else ""
