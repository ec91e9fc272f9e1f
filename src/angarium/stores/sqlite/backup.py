"""A copy of the database as of one moment, made beside a running service, and the look whether it is whole."""

from __future__ import annotations

from pathlib import Path

import apsw

from angarium.ports.store import StoreUnavailable
from angarium.stores.sqlite.database import open_reader
from angarium.stores.sqlite.failures import unavailable


def copy_database(source: Path, target: Path) -> None:
    """Copy what was committed last into a new file of its own. Writers go on meanwhile. Raises StoreUnavailable.

    One step, hence one moment: SQLite's log lets a reader see the same state for as long as it reads.
    """
    reader = open_reader(source)
    try:
        copy = apsw.Connection(str(target))
        try:
            with copy.backup("main", reader, "main") as backup:
                backup.step(-1)
            # No log beside the copy: it is one file that can be carried about.
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
    except (apsw.Error, OSError) as error:
        raise unavailable(error, target) from error
    finally:
        reader.close()


def faults_of(path: Path) -> list[str]:
    """What is wrong with a database file, as sentences; reads all of it, and writes nothing beside it."""
    try:
        database = apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            found = [str(row[0]) for row in database.execute("PRAGMA integrity_check(10)")]
        finally:
            database.close()
    except apsw.Error as error:
        return [str(unavailable(error, path))]
    return [] if found == ["ok"] else [f"the database {path} is damaged: {each}" for each in found]


def hold_carriers(path: Path) -> int:
    """Disable every carrier of a database that nobody uses; returns how many were enabled. Raises StoreUnavailable."""
    try:
        database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            with database:
                database.execute("UPDATE carriers SET enabled = 0 WHERE enabled")
                held = database.changes()
                database.execute("UPDATE meta SET value = value + 1 WHERE name = 'settings_version'")
        finally:
            database.close()
    except apsw.Error as error:
        raise StoreUnavailable(str(unavailable(error, path))) from error
    return held
