"""What an operator sees at a glance."""

from __future__ import annotations

from collections import Counter

from angarium.core.message import Priority
from angarium.ports.overview import EVENTS_SCANNED_MAX, Counts, Depth, Doubt, Doubts
from angarium.stores.sqlite.audit import NEWEST
from angarium.stores.sqlite.reads import Reads


class OverviewRecords(Reads):
    """The port's OverviewReads."""

    async def count_by_account(self, *, first_id: int, scanned_max: int) -> Counts:
        counts = Counter(row[0] for row in self._rows("accounts_of_newest", first_id, scanned_max))
        return Counts(counts, counts.total() < scanned_max)

    async def doubts(self, *, before_id: int | None, limit: int) -> Doubts:
        before = NEWEST if before_id is None else before_id
        scanned_to = self._first("events_scan_end", before, EVENTS_SCANNED_MAX - 1)
        found = [Doubt._make(row) for row in self._rows("doubts", before, scanned_to or 0, limit)]
        return Doubts(found, found[-1].event_id if len(found) == limit else scanned_to)

    async def waiting_by_priority(self, carrier_id: int, *, count_max: int) -> dict[Priority, Depth]:
        ((*counted,),) = self._rows("waiting_by_priority", carrier_id, count_max)
        depths = zip(Priority, counted[::2], counted[1::2], strict=True)
        return {priority: Depth(messages, oldest) for priority, messages, oldest in depths if messages}
