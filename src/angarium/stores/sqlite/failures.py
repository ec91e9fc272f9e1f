"""What SQLite says went wrong, as a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import apsw

from angarium.ports.store import StoreUnavailable


class Displaced(apsw.CantOpenError):
    """The file that we write to is not the one that a restart would find: it was moved, deleted or replaced."""


def unavailable(error: BaseException, path: Path | None = None) -> StoreUnavailable:
    """The refusal for an error of SQLite; `path` names the file where the reader cannot know which."""
    database = "the database" if path is None else f"the database {path}"
    if isinstance(error, Displaced):
        sentence = (
            f"{database} was moved, deleted or replaced while it was in use: stop the service, and start it on the "
            "file that shall be used from now on"
        )
    elif isinstance(error, apsw.FullError):
        sentence = f"{database} cannot grow, the disk is full: make room in the data directory"
    elif isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        sentence = f"{database} is damaged ({error}): restore a backup"
    elif isinstance(error, (apsw.ReadOnlyError, apsw.PermissionsError, apsw.CantOpenError, OSError)):
        sentence = f"{database} cannot be opened ({error}): check that the directory exists and may be written"
    elif isinstance(error, (apsw.BusyError, apsw.LockedError)):
        sentence = f"{database} is in use by another process ({error}): end that one, or try again"
    elif isinstance(error, apsw.ConnectionClosedError):
        sentence = "the store is closed: the service is stopping"
    else:
        sentence = f"{database} cannot be used ({error}): check the disk"
    refusal = StoreUnavailable(sentence)
    refusal.__cause__ = error
    return refusal
