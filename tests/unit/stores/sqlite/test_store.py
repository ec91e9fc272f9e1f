"""One file, one writer, one reader: how they are opened, told apart, and let go."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from angarium.core.account import AccountSettings
from angarium.core.clocktime import HOUR_MS
from angarium.core.message import Priority
from angarium.ports.store import QueueDepth, StoreUnavailable
from angarium.stores.sqlite.store import SqliteStore
from tests.contract.stage import NOON, Stage, add_account, reserve_in


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "angarium.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """A new and empty store."""
    store = SqliteStore(path)
    yield store
    await store.close()


async def test_only_its_owner_reads_the_file(store: SqliteStore, path: Path) -> None:
    """Carriers' passwords are in it, and in the log beside it."""
    await store.create_account("acme", AccountSettings(), at=NOON)

    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["angarium.db", "angarium.db-shm", "angarium.db-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_closing_folds_the_log_into_the_file(path: Path) -> None:
    """What is left is one file, and everything is in it: that is what a backup copies."""
    store = SqliteStore(path)
    await store.create_account("acme", AccountSettings(), at=NOON)

    await store.close()

    assert [file.name for file in path.parent.iterdir()] == ["angarium.db"]
    database = apsw.Connection(str(path))
    assert list(database.execute("SELECT name FROM accounts")) == [("acme",)]
    database.close()


async def test_closing_does_not_mind_somebody_who_reads(path: Path) -> None:
    """A backup under way, say: the log stays beside the file, and nothing is lost."""
    store = SqliteStore(path)
    await store.create_account("acme", AccountSettings(), at=NOON)
    backup = apsw.Connection(str(path))
    backup.execute("BEGIN; SELECT count(*) FROM accounts")

    await store.close()

    backup.execute("COMMIT")
    backup.close()
    again = SqliteStore(path)
    assert [account.name for account in await again.accounts()] == ["acme"]
    await again.close()


async def test_reads_of_a_closed_store_are_refused_with_a_sentence(path: Path) -> None:
    """A request that is still on its way when the service stops is told why."""
    store = SqliteStore(path)
    await store.close()

    for reading in (store.message(1), store.accounts(), store.balance(1), store.connections_owed(now=NOON)):
        with pytest.raises(StoreUnavailable, match="closed"):
            await reading


async def test_a_store_that_cannot_be_read_is_not_left_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the second connection fails, the first is let go too: the next attempt finds the file free."""

    def fail(_: Path) -> apsw.Connection:
        raise StoreUnavailable("no more files can be opened")

    with monkeypatch.context() as patched:
        patched.setattr("angarium.stores.sqlite.store.open_reader", fail)
        with pytest.raises(StoreUnavailable, match="no more files"):
            SqliteStore(path)

    assert [file.name for file in path.parent.iterdir()] == ["angarium.db"]


async def test_the_oldest_moment_is_found_over_accounts_and_priorities(store: SqliteStore) -> None:
    """However the queue is cut up inside."""
    stage = await Stage.set_up(store)
    other, _ = await add_account(store, "other")
    for account_id, priority, due_at in [
        (stage.account_id, Priority.HIGH, NOON),
        (stage.account_id, Priority.LOW, NOON + HOUR_MS),
        (other, Priority.MIDDLE, NOON - HOUR_MS),
        (other, Priority.LOW, NOON),
    ]:
        await stage.queue(account_id=account_id, priority=priority, due_at=due_at, shared={"account_id": account_id})

    assert await store.queue_depths(depth_max=10) == [QueueDepth(stage.carrier_id, 4, NOON - HOUR_MS)]


async def test_a_fault_of_the_ledger_shows_every_amount(store: SqliteStore) -> None:
    """Whoever must find out what happened begins with the numbers."""
    account_id, _ = await add_account(store, "acme")

    await reserve_in(store, account_id, 5)

    (fault,) = await store.ledger_faults()
    assert fault == (
        "account 1 (acme): purchased 100.000000 against 100.000000 in the ledger, reserved 0.000005 against 0.000000 "
        "and spent 0.000000 against 0.000000 in its messages, free 99.999995"
    )


async def test_a_purchase_that_is_not_in_the_ledger_is_a_fault(store: SqliteStore) -> None:
    """Somebody changed the file by hand."""
    account_id, _ = await add_account(store, "acme")

    store._database.execute("UPDATE accounts SET purchased = purchased + 7, free = free + 7")

    (fault,) = await store.ledger_faults()
    assert f"account {account_id} (acme): purchased 100.000007 against 100.000000 in the ledger" in fault
