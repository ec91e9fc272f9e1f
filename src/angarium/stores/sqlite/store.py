"""The embedded store: the port's Store and Admin over one SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Balance, format_credits
from angarium.core.message import Priority
from angarium.ports.journal import JournalRow
from angarium.ports.store import MessageView, NotFound, QueueDepth, StoreUnavailable, Tx
from angarium.stores.sqlite.admin import SqliteAdmin
from angarium.stores.sqlite.database import file_of, is_file, open_database, open_reader
from angarium.stores.sqlite.failures import unavailable
from angarium.stores.sqlite.journal import journal_row_of
from angarium.stores.sqlite.orphans import OrphanRecords
from angarium.stores.sqlite.overview import OverviewRecords
from angarium.stores.sqlite.people import PeopleRecords
from angarium.stores.sqlite.quarantine import QuarantineRecords
from angarium.stores.sqlite.readings import ReadingsRecords
from angarium.stores.sqlite.send_jobs import SendJobRecords
from angarium.stores.sqlite.statements import Queries
from angarium.stores.sqlite.tallies import TallyRecords
from angarium.stores.sqlite.timeline import TimelineRecords
from angarium.stores.sqlite.tx import ACCOUNTS_PER_CLAIM_MAX, SqliteTx, view_of
from angarium.stores.sqlite.verbs import numbers
from angarium.stores.sqlite.writer import Writer, WriterSettings
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content

T = TypeVar("T")


class SqliteStore(
    TallyRecords,
    OrphanRecords,
    OverviewRecords,
    QuarantineRecords,
    ReadingsRecords,
    TimelineRecords,
    PeopleRecords,
    SendJobRecords,
    SqliteAdmin,
):
    """One file, one writer, one reader. Open it inside a running loop, and close it there."""

    def __init__(
        self,
        path: Path,
        *,
        settings: WriterSettings | None = None,
        committed: Callable[[int, float], None] | None = None,
    ) -> None:
        """Open or make the file; `committed` is told of each commit (works, seconds). Raises StoreUnavailable."""
        self._path = path
        queries = Queries.load()
        database = open_database(path)
        try:
            reader = open_reader(path)
        except StoreUnavailable:
            database.close()
            raise
        writer = Writer(
            database,
            SqliteTx(database, queries),
            settings=settings,
            committed=committed,
            is_in_place=partial(is_file, path, file_of(path)),
        )
        super().__init__(writer, database, reader, queries)

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run work in the next transaction; see the port."""
        return await self._writer.submit(work)

    async def close(self) -> None:
        """Commit what waits, fold the log into the file, and let go of it."""
        await self._writer.close()
        self._reader.close()
        try:
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except apsw.Error as error:
            # The log stays beside the file and is read at the next start: nothing is lost.
            raise StoreUnavailable(f"the write-ahead log could not be folded in: {error}") from error
        finally:
            self._database.close()

    async def message(self, message_id: int) -> MessageView | None:
        """One message as committed last."""
        for row in self._rows("messages", f"[{message_id}]"):
            return view_of(row)
        return None

    async def newest_message(self, account_id: int, client_message_id: str) -> MessageView | None:
        """The newest message of an account with this client message id."""
        request_id = self._first("newest_request", account_id, client_message_id)
        if request_id is None:
            return None
        message_id = self._first("newest_of_request", request_id)
        return None if message_id is None else await self.message(message_id)

    async def message_text(self, message_id: int) -> str | None:
        """What a message says, for display."""
        for alphabet, udh, payload in self._rows("content", message_id):
            return None if payload is None else Content(Alphabet(alphabet), udh or b"", payload).text()
        return None

    async def journal(
        self, *, after_id: int, before_id: int, limit: int, account_id: int | None = None
    ) -> list[JournalRow]:
        """Messages of a range of ids, in their order."""
        return [journal_row_of(row) for row in self._rows("journal", after_id, before_id, limit, account_id)]

    async def purchasers(self, account_ids: Collection[int]) -> set[int]:
        """Which of these accounts have ever bought credit."""
        return {row[0] for row in self._rows("purchasers", numbers(account_ids))}

    async def journal_of(self, message_ids: Sequence[int]) -> list[JournalRow]:
        """These messages, in their order."""
        return [journal_row_of(row) for row in self._rows("journal_of", numbers(message_ids))]

    async def balance(self, account_id: int) -> Balance:
        """Where an account's money is."""
        for row in self._rows("balance", account_id):
            return Balance(*row)
        raise NotFound(f"there is no account {account_id}")

    async def queue_depths(self, *, depth_max: int) -> list[QueueDepth]:
        """What is queued, by carrier; the moments are exact for up to a hundred accounts."""
        depths = []
        for carrier in await self.carriers():
            depth = self._first("queue_depth", carrier.carrier_id, depth_max)
            oldest = self._oldest_due(carrier.carrier_id) if depth else None
            depths.append(QueueDepth(carrier.carrier_id, depth, oldest))
        return depths

    def _oldest_due(self, carrier_id: int) -> UnixMs | None:
        dues: list[UnixMs] = []
        account_id = 0
        for _ in range(ACCOUNTS_PER_CLAIM_MAX):
            account_id = self._first("next_account_waiting", carrier_id, account_id)
            if account_id is None:
                break
            for priority in Priority:
                due_at = self._first("oldest_due", carrier_id, account_id, int(priority))
                if due_at is not None:
                    dues.append(due_at)
        return min(dues, default=None)

    async def connections_owed(self, *, now: UnixMs) -> list[int]:
        """Connections that have notifications due."""
        return [
            connection_id
            for connection_id in self._connections_with_undone()
            if self._first("is_connection_owed", connection_id, now)
        ]

    async def notifications_lag(self) -> UnixMs | None:
        """The earliest moment at which an undone notification was due."""
        dues = [self._first("oldest_notification", each) for each in self._connections_with_undone()]
        return min((due_at for due_at in dues if due_at is not None), default=None)

    def _connections_with_undone(self) -> list[int]:
        found: list[int] = []
        connection_id = self._first("next_connection_owed", 0)
        while connection_id is not None:
            found.append(connection_id)
            connection_id = self._first("next_connection_owed", connection_id)
        return found

    async def last_message_id(self) -> int:
        """The highest message id ever stored."""
        return int(self._first("last_message_id"))

    async def settings_version(self) -> int:
        """Grows with each change an operator makes."""
        for (value,) in self._read("SELECT value FROM meta WHERE name = 'settings_version'"):
            return int(value)
        return 0

    async def ledger_faults(self) -> list[str]:
        """What is wrong about the money; reads every message, in a thread so that the loop goes on meanwhile."""
        return [
            f"account {row[0]} ({row[1]}): purchased {format_credits(row[2], 6)} against {format_credits(row[6], 6)} "
            f"in the ledger, reserved {format_credits(row[4], 6)} against {format_credits(row[7], 6)} and spent "
            f"{format_credits(row[5], 6)} against {format_credits(row[8], 6)} in its messages, "
            f"free {format_credits(row[3], 6)}"
            for row in await asyncio.to_thread(self._faulty_balances)
        ]

    def _faulty_balances(self) -> list[tuple[Any, ...]]:
        reader = open_reader(self._path)
        try:
            return list(reader.execute(self._queries["faulty_balances"]))
        except apsw.Error as error:
            raise unavailable(error) from error
        finally:
            reader.close()
