"""The journal, read out: every message of a time, a page at a time, in the order of acceptance."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from angarium.core.charge import charge
from angarium.core.clocktime import UnixMs
from angarium.core.journal import Entry
from angarium.core.message_ids import first_message_id
from angarium.core.numbers import show_recipient
from angarium.core.public_ids import PublicIds
from angarium.core.states import FINAL
from angarium.core.status_codes import status_code
from angarium.flows.tables import Tables
from angarium.ports.journal import JournalRow
from angarium.ports.store import Store

PAGE_MESSAGES: Final = 1_000


class JournalReader:
    """Reads the journal of one store. It sees each message as it stands when its page is read."""

    def __init__(self, *, store: Store, tables: Tables, public_ids: PublicIds) -> None:
        self._store = store
        self._tables = tables
        self._public_ids = public_ids
        self._carriers = {row.carrier_id: row.name for row in tables.carriers}

    async def pages(
        self, *, since: UnixMs, until: UnixMs, now: UnixMs, account_id: int | None = None, open_too: bool = False
    ) -> AsyncIterator[list[Entry]]:
        """Messages accepted from `since` until before `until`; those still open only when asked for."""
        after_id, before_id = first_message_id(since) - 1, first_message_id(until)
        while True:
            rows = await self._store.journal(
                after_id=after_id, before_id=before_id, limit=PAGE_MESSAGES, account_id=account_id
            )
            if not rows:
                return
            after_id = rows[-1].message_id
            yield self._entries([row for row in rows if open_too or row.state in FINAL], now=now)

    async def entries(self, message_ids: Sequence[int], *, now: UnixMs) -> list[Entry]:
        """These messages, open ones too, in the order given."""
        return self._entries(await self._store.journal_of(message_ids), now=now)

    def _entries(self, rows: Sequence[JournalRow], *, now: UnixMs) -> list[Entry]:
        shown = self._public_ids.show_all([row.message_id for row in rows])
        return [self._entry(row, public_id, now=now) for row, public_id in zip(rows, shown, strict=True)]

    def _entry(self, row: JournalRow, public_id: str, *, now: UnixMs) -> Entry:
        directory = self._tables.directory
        account, connection = directory.accounts.get(row.account_id), directory.connections.get(row.connection_id)
        return Entry(
            message_id=public_id,
            account=str(row.account_id) if account is None else account.name,
            connection=str(row.connection_id) if connection is None else connection.name,
            client_message_id=row.client_message_id,
            sender=row.sender,
            recipient=show_recipient(row.recipient),
            carrier=self._carriers.get(row.carrier_id, str(row.carrier_id)),
            segments=row.segments,
            status=f"{status_code(row.state, row.cause, due_at=row.due_at, now=now):03}",
            state=row.state.name.lower(),
            cause=row.cause.name.lower(),
            error=row.error,
            rate=row.rate,
            charge=charge(rate=row.rate, segments=row.segments, sent_mask=row.sent_mask, state=row.state),
            accepted_at=row.accepted_at,
            submitted_at=row.submitted_at,
            changed_at=row.changed_at,
            attempts=row.attempts,
            doubts=row.doubts,
        )
