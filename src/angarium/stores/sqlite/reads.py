"""How a read of what was committed last runs its statement. Each family of reads is a class on top of this one."""

from __future__ import annotations

from typing import Any

import apsw

from angarium.stores.sqlite.changes import Changes
from angarium.stores.sqlite.statements import Queries


class Reads(Changes):
    """Named statements over the reading connection."""

    _queries: Queries

    def _rows(self, name: str, *values: apsw.SQLiteValue) -> list[tuple[Any, ...]]:
        return self._read(self._queries[name], *values)

    def _first(self, name: str, *values: apsw.SQLiteValue) -> Any:
        """The first column of a statement that gives one row or none."""
        for row in self._read(self._queries[name], *values):
            return row[0]
        return None
