"""The one writer: groups, refusals, other processes, and disks that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from angarium.core.account import AccountSettings
from angarium.core.charge import LedgerMove
from angarium.ports.store import StoreUnavailable, Tx
from angarium.stores.sqlite import writer as writer_module
from angarium.stores.sqlite.store import SqliteStore
from angarium.stores.sqlite.writer import WriterSettings

AT_ONCE = WriterSettings(busy_max_s=0.0)


class Opened:
    """A store in a file, with the sizes of its commits."""

    def __init__(self, path: Path, settings: WriterSettings | None = None) -> None:
        self.path = path
        self.commits: list[int] = []
        self.seconds: list[float] = []
        self.store = SqliteStore(path, settings=settings, committed=self.note)

    def note(self, works: int, seconds: float) -> None:
        """One commit."""
        self.commits.append(works)
        self.seconds.append(seconds)

    async def write(self, work: Callable[[Tx], Awaitable[Any]]) -> Any:
        """The store's own."""
        return await self.store.write(work)

    @property
    def database(self) -> apsw.Connection:
        """The connection that writes."""
        return self.store._database


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """A new store with one account."""
    opened = Opened(tmp_path / "angarium.db")
    account = await opened.store.create_account("acme", AccountSettings(), at=0)
    await opened.store.buy_credit(account.account_id, 1_000, note="", at=0)
    opened.commits.clear()
    yield opened
    await opened.store.close()


async def reserve(tx: Tx) -> int:
    """Reserve one millionth; what is left free."""
    await tx.move_credit([LedgerMove(1, -1, 1, 0)])
    return await tx.free_credit(1)


async def fail(tx: Tx) -> None:
    """Reserve it, and fail."""
    await reserve(tx)
    raise ValueError("a fault of this work")


def other_process(path: Path) -> apsw.Connection:
    """Another connection to the same file, which waits for nobody."""
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(0)
    return connection


async def test_works_that_wait_together_are_flushed_together(opened: Opened) -> None:
    """One commit for all that came in one round of the loop, however many they are."""
    left = await asyncio.gather(*(opened.write(reserve) for _ in range(50)))

    assert opened.commits == [50]
    assert left == [1_000 - taken for taken in range(1, 51)]
    assert opened.seconds[-1] > 0


async def test_what_comes_during_a_commit_forms_the_next_group(opened: Opened) -> None:
    """A slow disk makes the groups larger, not the queue longer."""
    begun = asyncio.Event()

    async def begin(tx: Tx) -> int:
        begun.set()
        return await reserve(tx)

    first = asyncio.create_task(opened.write(begin))
    await begun.wait()

    await asyncio.gather(first, *(opened.write(reserve) for _ in range(20)))

    assert opened.commits == [1, 20]


async def test_a_fault_takes_nobody_with_it(opened: Opened) -> None:
    """The others of its group are run again without it, and committed once."""
    outcomes = await asyncio.gather(
        opened.write(reserve), opened.write(fail), opened.write(reserve), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [int, ValueError, int]
    assert outcomes[2] == 998
    assert opened.commits == [2]
    assert (await opened.store.balance(1)).free == 998


async def test_many_faults_cost_two_runs_and_not_as_many(opened: Opened) -> None:
    """Otherwise one customer's faults could hold up everybody."""
    runs = 0

    async def count(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await fail(tx)

    async def count_only(_: Tx) -> None:
        nonlocal runs
        runs += 1

    works = [count, count_only] * 50
    await asyncio.gather(*(opened.write(work) for work in works), return_exceptions=True)

    assert runs <= 2 * len(works)
    assert (await opened.store.balance(1)).free == 1_000


async def test_work_that_waits_for_something_else_is_a_fault(opened: Opened) -> None:
    """A transaction is never open across anything but the store."""

    async def dawdle(_: Tx) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="awaited something other"):
        await opened.write(dawdle)

    assert await opened.write(reserve) == 999


async def test_a_full_disk_refuses_and_recovers(opened: Opened) -> None:
    """Nothing of the group is stored; when there is room again, everything goes on (delivery 1.1, 4.12)."""
    pages = opened.database.pragma("page_count")
    opened.database.execute(f"PRAGMA max_page_count = {pages}")

    def fill(number: int) -> Awaitable[object]:
        return opened.store.create_account(f"{number}" * 5_000, AccountSettings(), at=0)

    outcomes = await asyncio.gather(fill(1), fill(2), opened.write(reserve), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 3
    assert "the disk is full: make room" in str(outcomes[0])
    assert (await opened.store.balance(1)).free == 1_000
    opened.database.execute("PRAGMA max_page_count = 1000000")
    await fill(1)
    assert await opened.write(reserve) == 999


async def test_a_commit_that_fails_keeps_nothing(opened: Opened) -> None:
    """Everyone in the group is told, and the next group is as if it had not been (delivery 1.1, 4.5)."""
    committer = opened.store._writer._committer
    commit = committer.commit
    committer.commit = lambda: opened.store._writer._after_commit(0.0, apsw.IOError("disk I/O error"))  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable, match="disk I/O error"):
        await opened.write(reserve)
    committer.commit = commit  # type: ignore[method-assign]

    assert await opened.write(reserve) == 999
    assert opened.commits == [1]


async def test_another_process_that_writes_is_waited_for(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line may add a token while the service runs."""
    monkeypatch.setattr(writer_module, "BUSY_RETRY_S", 0.0)
    other = other_process(opened.path)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(opened.write(reserve))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()

    other.execute("COMMIT")

    assert await waiting == 999
    other.close()


async def test_another_process_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    """Waiting work is refused with a sentence, and the store works again when it is let."""
    opened = Opened(tmp_path / "angarium.db", AT_ONCE)
    await opened.store.create_account("acme", AccountSettings(), at=0)
    other = other_process(opened.path)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="another process has kept the store to itself"):
        await opened.write(reserve)

    assert len(await opened.store.accounts()) == 1
    other.close()
    await opened.store.create_account("second", AccountSettings(), at=0)
    await opened.store.close()


async def test_a_process_that_slips_in_after_a_fault_is_waited_for(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the run that failed and the one with savepoints the store is free for a moment."""
    monkeypatch.setattr(writer_module, "BUSY_RETRY_S", 0.0)
    other = other_process(opened.path)
    runs = 0

    async def let_in(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await fail(tx)

    writer = opened.store._writer
    run_group = writer._run_group

    def run_and_let_in(group: Any) -> Any:
        monkeypatch.setattr(writer, "_run_group", run_group)
        opened.database.execute("ROLLBACK")
        other.execute("BEGIN IMMEDIATE")
        opened.database.execute("BEGIN IMMEDIATE")

    monkeypatch.setattr(writer, "_run_group", run_and_let_in)
    waiting = [asyncio.create_task(opened.write(work)) for work in (reserve, let_in)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)

    other.execute("ROLLBACK")
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [int, ValueError]
    assert runs == 2
    other.close()


async def test_more_than_may_wait_is_refused_at_once(tmp_path: Path) -> None:
    """Memory is bounded, and what was taken is done (delivery 1.6)."""
    opened = Opened(tmp_path / "angarium.db", WriterSettings(waiting_max=3))
    await opened.store.create_account("acme", AccountSettings(), at=0)
    await opened.store.buy_credit(1, 1_000, note="", at=0)

    outcomes = await asyncio.gather(*(opened.write(reserve) for _ in range(5)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [int, int, int, StoreUnavailable, StoreUnavailable]
    await opened.store.close()


async def test_close_commits_what_waits_and_then_refuses(tmp_path: Path) -> None:
    """Also what comes while it is closing is either done or refused: nobody waits for ever."""
    opened = Opened(tmp_path / "angarium.db")
    await opened.store.create_account("acme", AccountSettings(), at=0)
    await opened.store.buy_credit(1, 1_000, note="", at=0)
    first = asyncio.create_task(opened.write(reserve))
    await asyncio.sleep(0)
    closing = asyncio.create_task(opened.store.close())
    await asyncio.sleep(0)

    async def follow() -> Any:
        await first
        return await opened.write(reserve)

    outcome: Any = (await asyncio.gather(follow(), return_exceptions=True))[0]
    await closing
    assert first.result() == 999
    assert outcome == 998 or isinstance(outcome, StoreUnavailable)

    with pytest.raises(StoreUnavailable, match="closed"):
        await opened.write(reserve)
    with pytest.raises(StoreUnavailable, match="closed"):
        await opened.store.balance(1)


async def test_a_caller_who_gave_up_hears_nothing_and_harms_nobody(opened: Opened) -> None:
    """Its work is done all the same, beside the others."""
    gone = asyncio.create_task(opened.write(reserve))
    await asyncio.sleep(0)
    gone.cancel()

    assert await opened.write(reserve) == 998
    assert gone.cancelled()
