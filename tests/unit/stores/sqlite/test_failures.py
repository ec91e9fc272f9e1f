"""Whatever SQLite says, a person reads what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from angarium.ports.store import StoreUnavailable
from angarium.stores.sqlite.failures import Displaced, unavailable

SENTENCES = [
    (apsw.FullError("full"), "cannot grow, the disk is full: make room"),
    (apsw.CorruptError("malformed"), "is damaged (malformed): restore a backup"),
    (apsw.NotADBError("no database"), "is damaged (no database): restore a backup"),
    (apsw.ReadOnlyError("read-only"), "cannot be opened (read-only): check that the directory exists"),
    (apsw.PermissionsError("not allowed"), "cannot be opened (not allowed): check"),
    (apsw.CantOpenError("unable"), "cannot be opened (unable): check"),
    (Displaced("another file"), "was moved, deleted or replaced while it was in use: stop the service, and start it"),
    (PermissionError(13, "Permission denied"), "cannot be opened ([Errno 13] Permission denied): check"),
    (FileNotFoundError(2, "No such file"), "cannot be opened ([Errno 2] No such file): check"),
    (apsw.BusyError("locked"), "is in use by another process (locked): end that one"),
    (apsw.LockedError("locked"), "is in use by another process (locked): end that one"),
    (apsw.ConnectionClosedError("closed"), "the store is closed: the service is stopping"),
    (apsw.IOError("disk I/O error"), "cannot be used (disk I/O error): check the disk"),
    (apsw.NoMemError("out of memory"), "cannot be used (out of memory): check the disk"),
    (RuntimeError("unheard of"), "cannot be used (unheard of): check the disk"),
]


@pytest.mark.parametrize(("error", "sentence"), SENTENCES, ids=[type(error).__name__ for error, _ in SENTENCES])
def test_every_error_is_a_sentence(error: Exception, sentence: str) -> None:
    """It says what is wrong and what to do, and keeps the error that it came from."""
    refusal = unavailable(error)

    assert isinstance(refusal, StoreUnavailable)
    assert sentence in str(refusal)
    assert refusal.__cause__ is error


def test_a_sentence_names_its_file_where_the_reader_cannot_know_it() -> None:
    """At the start several files may be meant."""
    assert str(unavailable(apsw.FullError(), Path("data/angarium.db"))).startswith("the database data/angarium.db ")
    assert str(unavailable(apsw.FullError())).startswith("the database cannot")
