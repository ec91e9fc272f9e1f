"""The one writer: everything that waits goes into one transaction, and one flush answers all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import apsw

from angarium.ports.store import StoreUnavailable, Tx
from angarium.stores.sqlite.committer import Committer
from angarium.stores.sqlite.failures import unavailable

T = TypeVar("T")
Work = Callable[[Tx], Awaitable[Any]]
_Group = list[tuple[Work, asyncio.Future[Any]]]
_Answers = list[tuple[asyncio.Future[Any], Any]]

BUSY_RETRY_S: Final = 0.005
"""Pause before another look when some other process (the CLI) is writing."""

_DISK_ERRORS: Final = (
    apsw.FullError,
    apsw.IOError,
    apsw.ReadOnlyError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.CantOpenError,
    apsw.NoMemError,
    apsw.LockedError,
    apsw.PermissionsError,
    apsw.ProtocolError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterSettings:
    """Limits of the writer."""

    busy_max_s: float = 10.0
    """How long another process may keep the store to itself before waiting work is refused."""
    waiting_max: int = 10_000
    """Works that may wait for the next commit; more are refused at once, so that memory stays bounded."""


class Writer:
    """Runs work on the loop, commits it in a thread, and tells each worker when its work is on disk."""

    def __init__(
        self,
        database: apsw.Connection,
        tx: Tx,
        *,
        settings: WriterSettings | None = None,
        committed: Callable[[int, float], None] | None = None,
        is_in_place: Callable[[], bool] = lambda: True,
    ) -> None:
        """`committed` is told of every commit: how many works it held, and how many seconds the flush took.

        `is_in_place` tells, in another thread, whether the file is still the one that a restart would find.
        """
        self._database = database
        self._tx = tx
        self._settings = settings or WriterSettings()
        self._committed = committed
        self._loop = asyncio.get_running_loop()
        self._committer = Committer(database, self._after_commit, loop=self._loop, is_in_place=is_in_place)
        self._answers: _Answers = []
        """Of the group whose commit is under way."""
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._is_scheduled = False
        self._busy_since: float | None = None
        self._idle: asyncio.Event = asyncio.Event()
        self._idle.set()
        self._is_closed = False

    def submit(self, work: Callable[[Tx], Awaitable[T]]) -> asyncio.Future[T]:
        """Queue work for the next commit; the future has its value, or StoreUnavailable, or its own exception."""
        future: asyncio.Future[T] = self._loop.create_future()
        if self._is_closed:
            future.set_exception(StoreUnavailable("the store is closed: the service is stopping"))
        elif len(self._waiting) >= self._settings.waiting_max:
            future.set_exception(
                StoreUnavailable("the store has more to write than it can take: try again in a moment")
            )
        else:
            self._waiting.append((work, future))
            if not self._is_scheduled:
                self._is_scheduled = True
                self._idle.clear()
                # At the end of this round of the loop: whatever else arrives in it joins the group.
                self._loop.call_soon(self._round)
        return future

    async def close(self) -> None:
        """Commit what waits, then take nothing more."""
        while self._is_scheduled:
            await self._idle.wait()
        self._is_closed = True
        self._committer.close()

    def _round(self) -> None:
        """One group: begin, run all that waits, hand the commit to the thread."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
        except apsw.BusyError:
            self._wait_for_other_process()
            return
        except apsw.Error as error:
            self._refuse_waiting(unavailable(error))
            return
        self._busy_since = None
        group, self._waiting = self._waiting, []
        try:
            answers = self._run_group(group)
            self._answers = self._run_guarded(group) if answers is None else answers
        except apsw.BusyError:
            # Another process came between the two runs.
            self._waiting[:0] = group
            self._wait_for_other_process()
            return
        except apsw.Error as error:
            self._abandon([future for _, future in group], error)
            return
        self._committer.commit()

    def _run_group(self, group: _Group) -> _Answers | None:
        """Run each work in the open transaction; None when one raised: then the transaction is empty again."""
        answers: _Answers = []
        try:
            for work, future in group:
                answers.append((future, _run(work(self._tx))))
        except _DISK_ERRORS:
            raise
        except Exception:  # noqa: BLE001 - whatever it was, it comes again in the guarded run and is told there
            self._database.execute("ROLLBACK")
            self._database.execute("BEGIN IMMEDIATE")
            return None
        return answers

    def _run_guarded(self, group: _Group) -> _Answers:
        """The same with a savepoint each, at some cost: one that raises is undone alone and told so."""
        answers: _Answers = []
        for work, future in group:
            self._database.execute("SAVEPOINT work")
            try:
                answers.append((future, _run(work(self._tx))))
            except _DISK_ERRORS:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it was, it is the worker's to hear
                self._database.execute("ROLLBACK TO work")
                if not future.done():
                    future.set_exception(error)
            self._database.execute("RELEASE work")
        return answers

    def _after_commit(self, seconds: float, failure: apsw.Error | None) -> None:
        answers, self._answers = self._answers, []
        if failure is not None:
            self._abandon([future for future, _ in answers], failure)
            return
        for future, value in answers:
            if not future.done():
                future.set_result(value)
        self._next()
        if self._committed is not None:
            self._committed(len(answers), seconds)

    def _abandon(self, futures: Iterable[asyncio.Future[Any]], error: apsw.Error) -> None:
        """Keep nothing of this group, tell everyone in it, and go on with whatever waits."""
        _refuse(futures, unavailable(error))
        self._next()
        # A full disk may have rolled back by itself. Should this fail too, the next BEGIN says so to the next group.
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def _next(self) -> None:
        if self._waiting:
            # Not at once: the answers above have yet to run, and what they bring joins the group.
            self._loop.call_soon(self._round)
        else:
            self._is_scheduled = False
            self._idle.set()

    def _wait_for_other_process(self) -> None:
        now = self._loop.time()
        self._busy_since = self._busy_since or now
        if now - self._busy_since < self._settings.busy_max_s:
            self._loop.call_later(BUSY_RETRY_S, self._round)
            return
        self._busy_since = None
        self._refuse_waiting(StoreUnavailable("another process has kept the store to itself for too long"))

    def _refuse_waiting(self, error: StoreUnavailable) -> None:
        group, self._waiting = self._waiting, []
        _refuse([future for _, future in group], error)
        self._next()


def _run(work: Awaitable[T]) -> T:
    """Drive work to its end. Every verb of our Tx returns without waiting, so one step is all it takes."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as end:
        value: T = end.value
        return value
    if isinstance(work, Coroutine):
        work.close()
    raise RuntimeError("work for the store awaited something other than its transaction")


def _refuse(futures: Iterable[asyncio.Future[Any]], error: StoreUnavailable) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)
