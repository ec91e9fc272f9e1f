"""Commits happen in a thread of their own and are told on the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from angarium.stores.sqlite.committer import Committer
from angarium.stores.sqlite.failures import Displaced


class Told:
    """A database with a committer, and what it told."""

    def __init__(self, path: Path) -> None:
        self.database = apsw.Connection(str(path))
        self.database.execute("CREATE TABLE numbers (number INTEGER CHECK (number < 10))")
        self.commits: asyncio.Queue[tuple[float, apsw.Error | None]] = asyncio.Queue()
        self.threads: set[threading.Thread] = set()
        self.committer = Committer(self.database, self.note, loop=asyncio.get_running_loop())

    def note(self, seconds: float, failure: apsw.Error | None) -> None:
        """One commit."""
        self.threads.add(threading.current_thread())
        self.commits.put_nowait((seconds, failure))


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    """A new one; its thread has ended in the end."""
    told = Told(tmp_path / "numbers.db")
    yield told
    told.committer.close()
    told.database.close()
    assert "angarium-commit" not in {thread.name for thread in threading.enumerate()}


async def test_a_commit_is_told_on_the_loop(told: Told, tmp_path: Path) -> None:
    """With the seconds it took and no failure; then everybody can read it."""
    other = apsw.Connection(str(tmp_path / "numbers.db"))
    told.database.execute("BEGIN; INSERT INTO numbers VALUES (1)")
    assert list(other.execute("SELECT * FROM numbers")) == []

    told.committer.commit()
    seconds, failure = await told.commits.get()

    assert seconds >= 0
    assert failure is None
    assert told.threads == {threading.main_thread()}
    assert list(other.execute("SELECT * FROM numbers")) == [(1,)]
    other.close()


async def test_a_failure_is_told_and_the_next_commit_is_as_good_as_any(told: Told) -> None:
    """Committing nothing is an error of SQLite's like any other: it does not end the thread."""
    told.committer.commit()
    _, failure = await told.commits.get()
    assert isinstance(failure, apsw.SQLError)

    told.database.execute("BEGIN")
    told.committer.commit()
    assert (await told.commits.get())[1] is None


async def test_closing_waits_for_the_commit_under_way(tmp_path: Path) -> None:
    """What was asked for before is done before the thread ends."""
    told = Told(tmp_path / "numbers.db")
    told.database.execute("BEGIN; INSERT INTO numbers VALUES (1)")

    told.committer.commit()
    told.committer.close()

    assert not told.database.in_transaction
    told.database.close()
    assert (await told.commits.get())[1] is None


async def test_a_file_that_is_not_in_place_is_not_committed_to(tmp_path: Path) -> None:
    """Nor is a commit good after which it is gone: what a restart would not find is a failure (delivery 4.14)."""
    answers = iter([False, True, False, True, True])
    database = apsw.Connection(str(tmp_path / "numbers.db"))
    database.execute("CREATE TABLE numbers (number INTEGER)")
    commits: asyncio.Queue[apsw.Error | None] = asyncio.Queue()
    committer = Committer(
        database,
        lambda _, failure: commits.put_nowait(failure),
        loop=asyncio.get_running_loop(),
        is_in_place=lambda: next(answers),
    )
    failures = []
    for number in range(3):
        database.execute("BEGIN; INSERT INTO numbers VALUES (?)", (number,))
        committer.commit()
        failures.append(await commits.get())
        if database.in_transaction:
            database.execute("ROLLBACK")
    committer.close()

    assert [type(failure) for failure in failures] == [Displaced, Displaced, type(None)]
    assert list(database.execute("SELECT number FROM numbers")) == [(1,), (2,)]
    database.close()
