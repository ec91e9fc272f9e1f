"""How a verb of a transaction runs its statements. Each family of verbs is a class on top of this one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import apsw
import msgspec

from angarium.stores.sqlite.statements import Queries


class Verbs:
    """Named statements over one connection."""

    def __init__(self, database: apsw.Connection, queries: Queries) -> None:
        self._database = database
        self._queries = queries

    def _all(self, name: str, *values: apsw.SQLiteValue) -> list[tuple[Any, ...]]:
        return list(self._database.execute(self._queries[name], values))

    def _many(self, name: str, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        if not rows:
            return []
        return list(self._database.executemany(self._queries[name], rows))

    def _value(self, name: str, *values: apsw.SQLiteValue) -> Any:
        """The first column of the first row, or None."""
        for row in self._database.execute(self._queries[name], values):
            return row[0]
        return None


def numbers(values: Iterable[int]) -> str:
    """Numbers as the JSON array that a statement takes."""
    return f"[{','.join(map(str, values))}]"


def texts(values: Iterable[str]) -> str:
    """Texts as the JSON array that a statement takes."""
    return msgspec.json.encode(list(values)).decode()
