"""Forgetting, over one connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from angarium.core.clocktime import UnixMs
from angarium.stores.sqlite.verbs import Verbs, numbers

EVERY_ACCOUNT: Final = 0


class RetentionVerbs(Verbs):
    """The port's RetentionTx."""

    async def erase_texts(self, request_ids: Sequence[int]) -> None:
        self._all("erase_texts", numbers(request_ids))

    async def mask_numbers(self, request_ids: Sequence[int]) -> None:
        self._all("mask_numbers", numbers(request_ids))

    async def prune_requests(self, *, before_id: int, limit: int) -> int:
        request_ids = numbers(row[0] for row in self._all("requests_to_prune", before_id, limit))
        self._many("keep_pruned_spent", self._all("spent_by_requests", request_ids))
        messages = numbers(row[0] for row in self._all("messages_of_requests", request_ids))
        self._all("prune_segments", messages)
        self._all("prune_events", messages)
        self._all("prune_messages", messages)
        self._all("prune_requests", request_ids)
        return self._database.changes()

    async def prune_notifications(self, *, before: UnixMs, limit: int) -> int:
        finished = numbers(row[0] for row in self._all("notifications_to_prune", before, limit))
        self._all("prune_attempts", finished)
        self._all("prune_notifications", finished)
        return self._database.changes()

    async def recheck_retention(self, account_id: int | None) -> None:
        self._all("begin_recheck", account_id or EVERY_ACCOUNT)

    async def recheck_step(self, *, now: UnixMs, limit: int) -> bool:
        for account_id, after_id in self._all("next_recheck"):
            rows = self._all("requests_after", after_id, limit)
            theirs = [row[0] for row in rows if account_id in (EVERY_ACCOUNT, row[1])]
            self._all("check_now", now, numbers(theirs))
            if len(rows) < limit:
                self._all("end_recheck", account_id)
            else:
                self._all("go_on_with_recheck", rows[-1][0], account_id)
            return True
        return False

    async def kept_days(self, days: str) -> str | None:
        before = self._value("kept_days")
        if before != days:
            self._all("keep_days", days)
        return None if before is None else str(before)
