"""Opening the file: new, old, newer, damaged, or not to be opened at all."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread

import apsw
import pytest

from angarium.core.account import AccountSettings
from angarium.ports.store import StoreUnavailable
from angarium.stores.sqlite import database as database_module
from angarium.stores.sqlite.database import migrate, open_database, open_reader
from angarium.stores.sqlite.store import SqliteStore


def pragma(connection: apsw.Connection, name: str) -> object:
    """One setting of the connection."""
    return connection.pragma(name)


def tables(connection: apsw.Connection) -> list[object]:
    """Everything the schema holds."""
    return list(connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"))


def test_every_commit_is_flushed(tmp_path: Path) -> None:
    """A write-ahead log, and synchronous FULL: 2 (delivery 1.1)."""
    database = open_database(tmp_path / "angarium.db")

    settings = (pragma(database, "journal_mode"), pragma(database, "synchronous"))

    database.close()
    assert settings == ("wal", 2)


def test_each_migration_has_a_number_of_its_own() -> None:
    """Two with the same would leave a file that has one of them without the other."""
    numbers = [each.name[:4] for each in (Path(database_module.__file__).parent / "migrations").glob("*.sql")]
    assert sorted(set(numbers)) == sorted(numbers)


def test_migrations_are_applied_once(tmp_path: Path) -> None:
    """Opening again, or migrating again, changes nothing."""
    database = open_database(tmp_path / "angarium.db")
    schema, version = tables(database), pragma(database, "user_version")
    migrate(database)
    database.close()

    again = open_database(tmp_path / "angarium.db")

    assert (tables(again), pragma(again, "user_version")) == (schema, version)
    scripts = (Path(database_module.__file__).parent / "migrations").glob("*.sql")
    assert version == max(int(script.name[:4]) for script in scripts)
    again.close()


def test_segments_of_an_older_file_are_kept(tmp_path: Path) -> None:
    """Those that await a receipt still do, and those that were settled do not."""
    path = tmp_path / "angarium.db"
    folder = Path(database_module.__file__).parent / "migrations"
    old = apsw.Connection(str(path))
    old.execute((folder / "0001_foundations.sql").read_text("utf-8"))
    old.execute(
        "INSERT INTO segments (message_id, segment_no, carrier_id, carrier_message_id, match_id, submitted_at) "
        "VALUES (1, 0, 1, 'A1', 'a1', 7), (2, 0, 1, 'A2', NULL, 8)"
    )
    old.execute("PRAGMA user_version = 1")
    old.close()

    database = open_database(path)

    rows = list(database.execute("SELECT message_id, copy_no, carrier_message_id, awaits, submitted_at FROM segments"))
    database.close()
    assert rows == [(1, 0, "A1", 1, 7), (2, 0, "A2", 0, 8)]


def test_who_made_an_operator_token_is_known_from_the_audit_log(tmp_path: Path) -> None:
    """Of those that an older version has made; nobody is named where the log does not say."""
    path = tmp_path / "angarium.db"
    folder = Path(database_module.__file__).parent / "migrations"
    scripts = [each for each in sorted(folder.glob("*.sql")) if each.name < "0015"]
    old = apsw.Connection(str(path))
    for script in scripts:
        old.execute(script.read_text("utf-8"))
    old.execute(
        "INSERT INTO operator_tokens (operator_token_id, name, scopes, token_hash, created_at) "
        "VALUES (1, 'ops', '[]', x'01', 7), (2, 'lost', '[]', x'02', 8);"
        "INSERT INTO audit_log (at, author, action, subject) VALUES "
        "(7, 'cli:ada', 'operator_token.create', 'operator_token/1'),"
        "(9, 'cli:eve', 'operator_token.revoke', 'operator_token/1');"
    )
    old.execute(f"PRAGMA user_version = {int(scripts[-1].name[:4])}")
    old.close()

    database = open_database(path)

    rows = list(database.execute("SELECT name, made_by FROM operator_tokens ORDER BY operator_token_id"))
    database.close()
    assert rows == [("ops", "cli:ada"), ("lost", "")]


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole or old: never half-migrated."""
    folder = tmp_path / "package" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_first.sql").write_text("CREATE TABLE first (x);")
    (folder / "0002_second.sql").write_text("CREATE TABLE second (x); CREATE TABLE first (x);")
    monkeypatch.setattr(database_module, "files", lambda _: tmp_path / "package")

    with pytest.raises(StoreUnavailable, match="already exists"):
        open_database(tmp_path / "angarium.db")

    connection = apsw.Connection(str(tmp_path / "angarium.db"))
    assert tables(connection) == []
    assert pragma(connection, "user_version") == 0
    connection.close()


def test_two_processes_that_start_together_both_get_the_tables(tmp_path: Path) -> None:
    """The second waits for the first and finds nothing left to do."""
    path, together = tmp_path / "angarium.db", Barrier(4)
    outcomes: list[object] = []

    def start() -> None:
        together.wait()
        try:
            connection = open_database(path)
            outcomes.append(pragma(connection, "user_version"))
            connection.close()
        except StoreUnavailable as error:
            outcomes.append(error)

    threads = [Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(map(str, outcomes))) == 1
    assert not isinstance(outcomes[0], StoreUnavailable)


def test_a_newer_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """And left alone."""
    path = tmp_path / "angarium.db"
    open_database(path).close()
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreUnavailable, match=r"newer version .*version 99.*: install that version"):
        open_database(path)


@pytest.mark.parametrize("octets", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5_000])
def test_a_damaged_file_is_refused_with_a_sentence(tmp_path: Path, octets: bytes) -> None:
    """It is not overwritten: somebody may save what is in it (delivery 4.13)."""
    path = tmp_path / "angarium.db"
    path.write_bytes(octets)

    with pytest.raises(StoreUnavailable, match=r"angarium.db is damaged .*: restore a backup"):
        open_database(path)

    assert path.read_bytes() == octets


def test_a_file_that_cannot_be_made_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """No such directory, or a directory in its place."""
    for path in (tmp_path / "missing" / "angarium.db", tmp_path):
        with pytest.raises(StoreUnavailable, match="check that the directory exists and may be written"):
            open_database(path)


def test_a_log_that_cannot_be_written_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """Something else lies where the write-ahead log should be."""
    (tmp_path / "angarium.db-wal").mkdir()

    with pytest.raises(StoreUnavailable, match=r"angarium.db cannot be used .*: check the disk"):
        open_database(tmp_path / "angarium.db")


def test_a_file_that_somebody_keeps_to_himself_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it is another process, not the disk."""
    monkeypatch.setattr(database_module, "OPEN_BUSY_MS", 1)
    path = tmp_path / "angarium.db"
    other = apsw.Connection(str(path))
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="in use by another process"):
        open_database(path)

    other.close()


async def test_damage_that_shows_later_is_told_in_a_sentence(tmp_path: Path) -> None:
    """A read says so, instead of an exception that no edge knows."""
    path = tmp_path / "angarium.db"
    connection = open_database(path)
    ((page,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'accounts'")
    octets = int(str(pragma(connection, "page_size")))
    connection.close()
    with path.open("r+b") as file:
        file.seek((int(str(page)) - 1) * octets)
        file.write(b"\xff" * octets)
    store = SqliteStore(path)

    with pytest.raises(StoreUnavailable, match=r"damaged .*: restore a backup"):
        await store.accounts()
    with pytest.raises(StoreUnavailable, match=r"damaged .*: restore a backup"):
        await store.create_account("acme", AccountSettings(), at=0)

    assert await store.carriers() == []
    await store.close()


def test_the_reader_cannot_write(tmp_path: Path) -> None:
    """There is one writer."""
    open_database(tmp_path / "angarium.db").close()
    reader = open_reader(tmp_path / "angarium.db")

    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("DELETE FROM meta")

    reader.close()


def test_a_reader_without_a_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """It makes none."""
    with pytest.raises(StoreUnavailable, match="check that the directory exists"):
        open_reader(tmp_path / "angarium.db")
