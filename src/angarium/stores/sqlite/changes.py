"""How an operator's change is made: one transaction each, and running processes notice it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import apsw
import msgspec

from angarium.ports.audit import Act, subject_of
from angarium.ports.store import AlreadyExists, NotFound, Tx
from angarium.stores.sqlite.failures import unavailable
from angarium.stores.sqlite.statements import Queries
from angarium.stores.sqlite.writer import Writer

T = TypeVar("T")

RECORD_ACT: Final = "INSERT INTO audit_log (at, author, action, subject, before, after) VALUES (?, ?, ?, ?, ?, ?)"

_SINGULAR: Final = {"accounts": "account", "connections": "API connection", "carriers": "carrier"}


class Changes:
    """Every change also makes `settings_version` grow. Each family of changes is a class on top of this one."""

    def __init__(self, writer: Writer, database: apsw.Connection, reader: apsw.Connection, queries: Queries) -> None:
        self._queries = queries
        self._writer = writer
        self._database = database
        self._reader = reader
        self._act: Act | None = None
        """What the audit log is to say of the change."""

    async def _change(
        self,
        statement: str,
        *values: apsw.SQLiteValue,
        taken: str = "",
        missing: str = "",
        needs: tuple[str, int] | None = None,
    ) -> int:
        """Run one statement and return the new row's id; `taken` is said of a duplicate, `missing` of no row at all.

        `needs` names a table and the row of it that must exist.
        """

        def change() -> int:
            if needs is not None:
                self._must_exist(*needs)
            try:
                self._database.execute(statement, values)
            except apsw.ConstraintError as error:
                raise AlreadyExists(taken or str(error)) from error
            if missing and not self._database.changes():
                raise NotFound(missing)
            return self._database.last_insert_rowid()

        return await self._in_transaction(change)

    async def _in_transaction(self, change: Callable[[], T]) -> T:
        async def work(_: Tx) -> T:
            value = change()
            if self._act is not None:
                made = value if self._act.key is None and isinstance(value, int) else self._act.key
                self._database.execute(RECORD_ACT, act_row(self._act, made))
            self._database.execute("UPDATE meta SET value = value + 1 WHERE name = 'settings_version'")
            return value

        return await self._writer.submit(work)

    def _read(self, statement: str, *values: apsw.SQLiteValue) -> list[tuple[Any, ...]]:
        try:
            return list(self._reader.execute(statement, values))
        except apsw.Error as error:
            raise unavailable(error) from error

    def _rows(self, name: str, *values: apsw.SQLiteValue) -> list[tuple[Any, ...]]:
        return self._read(self._queries[name], *values)

    def _first(self, name: str, *values: apsw.SQLiteValue) -> Any:
        """The first column of a statement that gives one row or none."""
        for row in self._read(self._queries[name], *values):
            return row[0]
        return None

    def _must_exist(self, table: str, row_id: int) -> None:
        """Look within the transaction: another process may take the row away at any other moment."""
        if not list(self._database.execute(f"SELECT 1 FROM {table} WHERE rowid = ?", (row_id,))):
            raise NotFound(f"there is no {_SINGULAR[table]} {row_id}")


def written(settings: object) -> str:
    """Settings as they are stored."""
    return msgspec.json.encode(settings).decode()


def act_row(act: Act, key: int | str | None) -> tuple[apsw.SQLiteValue, ...]:
    """An act as a row of the audit log; `key` says which one it was done to."""
    states = (None if state is None else written(state) for state in (act.before, act.after))
    return (act.at, act.author, act.action, subject_of(act.kind, key), *states)
