"""Opening the database file: settings, functions and migrations."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import Final

import apsw

from angarium.ports.store import StoreUnavailable
from angarium.stores.sqlite.failures import unavailable
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content

DATABASE_FILE: Final = "angarium.db"
"""What it is called in a data directory."""
CACHE_KIB: Final = 65_536
"""Pages kept in memory by the writing connection."""
WRITER_FLAGS: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_NOMUTEX
"""Without a mutex of its own, which costs a twentieth: the writer sees to it that one thread has it at a time."""
OPEN_BUSY_MS: Final = 5_000
"""How long opening waits for another process that writes."""
OPEN_ATTEMPTS_MAX: Final = 20
"""How often opening tries to switch a new file to its log, beside others that do the same."""
WAL_PAGES: Final = 4_000
"""Pages in the write-ahead log before a commit also moves them into the file, about 16 MiB."""


def open_database(path: Path) -> apsw.Connection:
    """Open the file for writing, make or migrate its tables, and set it to flush at every commit.

    Raises StoreUnavailable with a sentence that says what to do.
    """
    try:
        # Carriers' passwords are in it. SQLite gives the files beside it the same permissions.
        path.touch(mode=0o600)
        database = apsw.Connection(str(path), flags=WRITER_FLAGS)
    except (apsw.Error, OSError) as error:
        raise unavailable(error, path) from error
    try:
        database.set_busy_timeout(OPEN_BUSY_MS)
        _keep_log(database)
        database.execute("PRAGMA synchronous = FULL")
        database.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        database.execute("PRAGMA temp_store = MEMORY")
        _set_up(database)
        migrate(database)
        # From here on the writer waits for other processes without holding up the loop.
        database.set_busy_timeout(0)
    except apsw.Error as error:
        database.close()
        raise unavailable(error, path) from error
    except StoreUnavailable:
        database.close()
        raise
    return database


def open_reader(path: Path) -> apsw.Connection:
    """A second connection to the same file that sees what was committed last and never waits for the writer."""
    try:
        reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        reader.execute("PRAGMA query_only = ON")
        reader.execute(f"PRAGMA cache_size = -{CACHE_KIB // 4}")
        _set_up(reader)
    except apsw.Error as error:
        raise unavailable(error, path) from error
    return reader


def file_of(path: Path) -> tuple[int, int]:
    """What tells a file from every other one, whatever its name."""
    found = os.stat(path)  # noqa: PTH116 - asked at every commit: a fifth of what Path.stat costs
    return found.st_dev, found.st_ino


def is_file(path: Path, file: tuple[int, int]) -> bool:
    """Return whether the path still names this file."""
    try:
        return file_of(path) == file
    except OSError:
        return False


def migrate(database: apsw.Connection) -> None:
    """Apply the numbered migrations that the file does not have yet, in one transaction: all of them or none.

    Two processes may do so at the same moment: the second waits for the first, and finds nothing left to do.
    """
    folder = files(__package__ or "").joinpath("migrations")
    scripts = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    newest = int(scripts[-1].name[:4])
    done = _version(database)
    if done > newest:
        raise StoreUnavailable(
            f"the database was written by a newer version (its tables are version {done}, this program knows "
            f"{newest}): install that version or restore a backup"
        )
    if done == newest:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        done = _version(database)
        for script in scripts:
            if int(script.name[:4]) > done:
                database.execute(script.read_text("utf-8"))
        database.execute(f"PRAGMA user_version = {max(newest, done)}")
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def _keep_log(database: apsw.Connection) -> None:
    """Switch the file to a write-ahead log. SQLite does not wait for another process that does so at this moment."""
    for attempts_left in reversed(range(OPEN_ATTEMPTS_MAX)):
        try:
            database.execute("PRAGMA journal_mode = WAL")
            return
        except apsw.BusyError:
            if not attempts_left:
                raise
            # For a write it does wait: until the other one is through.
            database.execute("BEGIN IMMEDIATE")
            database.execute("COMMIT")


def _set_up(connection: apsw.Connection) -> None:
    connection.create_scalar_function("popcount", _popcount, 1, deterministic=True)
    connection.create_scalar_function("says", _says, 4, deterministic=True)
    # Otherwise SQLite prepares a statement anew whenever a limit or a bound of a range is bound: five times the cost.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)


def _popcount(*values: apsw.SQLiteValue) -> apsw.SQLiteValue:
    mask = values[0]
    return mask.bit_count() if isinstance(mask, int) else None


def _says(*values: apsw.SQLiteValue) -> apsw.SQLiteValue:
    """Whether a stored text holds another, whatever the case; one that was erased holds nothing."""
    alphabet, udh, payload, wanted = values
    if not (isinstance(alphabet, int) and isinstance(payload, bytes) and isinstance(wanted, str)):
        return 0
    text = Content(Alphabet(alphabet), udh if isinstance(udh, bytes) else b"", payload).text()
    return int(wanted.casefold() in text.casefold())


def _version(database: apsw.Connection) -> int:
    for (value,) in database.execute("PRAGMA user_version"):
        return int(value)
    return 0
