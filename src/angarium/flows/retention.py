"""What we forget: texts and numbers of finished requests when their days are over, and at last the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from angarium.core.clocktime import DAY_MS, UnixMs
from angarium.core.message_ids import first_message_id
from angarium.core.retention import KEEP_ROWS_DAYS, Retention, due
from angarium.flows.send_jobs import prune_jobs
from angarium.flows.tables import Tables
from angarium.ports.clock import Clock
from angarium.ports.store import Request, Store, Tx

REQUESTS_MAX: Final = 100
"""Requests dropped in one step; each may have hundreds of messages."""
NOTIFICATIONS_MAX: Final = 1_000
RECHECKED_MAX: Final = 500
INBOUND_MAX: Final = 500
SEND_JOB_ROWS_MAX: Final = 100


class Forgetting:
    """The leg that forgets. `apply` is housekeeping's, `run_once` a worker's of its own."""

    def __init__(
        self,
        *,
        store: Store,
        tables: Tables,
        clock: Clock,
        default: Retention,
        rows_days: int = KEEP_ROWS_DAYS,
        pruned: Callable[[int], None] | None = None,
    ) -> None:
        """`default` holds for accounts that have no days of their own; `pruned` is told how many requests went."""
        self._store = store
        self._tables = tables
        self._clock = clock
        self._default = default
        self._rows_days = rows_days
        self._pruned = pruned

    async def start(self) -> None:
        """Have every request looked at again if the operator has changed how long is kept by default."""
        days = f"{self._default.text_days} {self._default.number_days}"

        async def work(tx: Tx) -> None:
            if await tx.kept_days(days) not in (None, days):
                await tx.recheck_retention(None)

        await self._store.write(work)

    def of(self, account_id: int) -> Retention:
        """How long this account's texts and numbers are kept."""
        account = self._tables.directory.accounts.get(account_id)
        return self._default if account is None else account.settings.retention(self._default)

    def _of_connection(self, connection_id: int | None) -> Retention:
        """How long texts and numbers of what came to a connection (None: to nobody) are kept."""
        connection = None if connection_id is None else self._tables.directory.connections.get(connection_id)
        return self._default if connection is None else self.of(connection.account_id)

    async def apply(self, tx: Tx, finished: Sequence[Request], *, now: UnixMs) -> None:
        """Take from requests whose messages are all final what is due, and set when they are looked at again."""
        texts: list[int] = []
        numbers: list[int] = []
        next_checks: dict[UnixMs | None, list[int]] = {}
        for request in finished:
            asked = due(
                self.of(request.account_id), accepted_at=request.accepted_at, expires_at=request.expires_at, now=now
            )
            if asked.text:
                texts.append(request.request_id)
            if asked.numbers:
                numbers.append(request.request_id)
            next_checks.setdefault(asked.next_at, []).append(request.request_id)
        await tx.erase_texts(texts)
        await tx.mask_numbers(numbers)
        for check_at, request_ids in next_checks.items():
            await tx.check_again(request_ids, check_at=check_at)

    async def run_once(self) -> bool:
        """One small step of each duty; True when there is more to do at once."""
        now = self._clock.now()
        before = now - self._rows_days * DAY_MS

        async def work(tx: Tx) -> tuple[int, bool]:
            inbound = await self._forget_inbound(tx, now=now)
            rechecked = await tx.recheck_step(now=now, limit=RECHECKED_MAX)
            notifications = await tx.prune_notifications(before=before, limit=NOTIFICATIONS_MAX)
            requests = await tx.prune_requests(before_id=first_message_id(before), limit=REQUESTS_MAX)
            more = await prune_jobs(tx, now=now, limit=SEND_JOB_ROWS_MAX)
            more = more or inbound or rechecked or notifications == NOTIFICATIONS_MAX or requests == REQUESTS_MAX
            return requests, more

        requests, more = await self._store.write(work)
        if requests and self._pruned is not None:
            self._pruned(requests)
        return more

    async def _forget_inbound(self, tx: Tx, *, now: UnixMs) -> bool:
        """Erase texts of handsets, mask their numbers, and drop the rows at last, as their days end; True for more.

        Both are kept for a day at the least: there may be nobody yet who could have read it.
        """
        more = False
        for connection_id in await tx.connections_with_inbound_text():
            before_id = first_message_id(now - max(1, self._of_connection(connection_id).text_days) * DAY_MS)
            more = await tx.erase_inbound(connection_id, before_id=before_id, limit=INBOUND_MAX) == INBOUND_MAX or more
        for connection_id in await tx.connections_with_inbound_numbers():
            before_id = first_message_id(now - max(1, self._of_connection(connection_id).number_days) * DAY_MS)
            more = await tx.mask_inbound(connection_id, before_id=before_id, limit=INBOUND_MAX) == INBOUND_MAX or more
        rows_before_id = first_message_id(now - self._rows_days * DAY_MS)
        return await tx.prune_inbound(before_id=rows_before_id, limit=INBOUND_MAX) == INBOUND_MAX or more
