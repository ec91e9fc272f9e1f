"""The verbs of orphans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from angarium.core.clocktime import UnixMs
from angarium.core.states import Cause
from angarium.ports.orphans import Orphan
from angarium.stores.sqlite.changes import Changes
from angarium.stores.sqlite.verbs import Verbs, texts

ID_MAX: Final = 2**63 - 1
_CAUSES: Final[dict[int | None, Cause | None]] = {None: None, **{int(cause): cause for cause in Cause}}


def orphan_of(row: tuple[Any, ...]) -> Orphan:
    """An orphan from its columns."""
    return Orphan._make((*row[:3], _CAUSES[row[3]], *row[4:]))


class OrphanVerbs(Verbs):
    """The port's OrphansTx."""

    async def keep_orphans(self, orphans: Sequence[Orphan]) -> None:
        self._many("keep_orphan", [orphan[:10] for orphan in orphans])

    async def take_orphans(self, carrier_id: int, match_ids: Sequence[str]) -> list[Orphan]:
        if not self._value("any_orphans", carrier_id):
            return []
        orphans = [orphan_of(row) for row in self._all("take_orphans", carrier_id, texts(match_ids))]
        orphans.sort(key=lambda orphan: orphan.received_at)
        return orphans

    async def take_orphan(self, orphan_id: int) -> Orphan | None:
        for row in self._all("take_orphan", orphan_id):
            return orphan_of(row)
        return None

    async def await_under(self, match_id: str, *, carrier_id: int, message_id: int, segment_no: int) -> bool:
        self._all("await_under", match_id, message_id, segment_no, carrier_id)
        return self._database.changes() > 0

    async def prune_orphans(self, *, before: UnixMs, limit: int) -> int:
        self._all("prune_orphans", before, limit)
        return self._database.changes()


class OrphanRecords(Changes):
    """The port's OrphanReads, and what a new process remembers."""

    async def settled_segments(self, *, since_id: int, limit: int) -> list[tuple[int, str, int, int, int, int, Cause]]:
        """Segments that were settled lately."""
        rows = self._rows("settled_segments", since_id, limit)
        return [(row[0], row[1], row[2], row[3], row[4], row[5], Cause(row[6])) for row in reversed(rows)]

    async def orphans(self, *, limit: int, carrier_id: int | None = None, before_id: int | None = None) -> list[Orphan]:
        """The newest orphans, newest first."""
        before = ID_MAX if before_id is None else before_id
        if carrier_id is None:
            return [orphan_of(row) for row in self._rows("orphans", before, limit)]
        return [orphan_of(row) for row in self._rows("orphans_of_carrier", carrier_id, before, limit)]

    async def orphan(self, orphan_id: int) -> Orphan | None:
        """One orphan."""
        for row in self._rows("orphan", orphan_id):
            return orphan_of(row)
        return None

    async def orphan_counts(self, *, count_max: int) -> dict[int, int]:
        """How many orphans each carrier has."""
        counts: dict[int, int] = {}
        carrier_id = self._first("next_carrier_with_orphans", 0)
        while carrier_id is not None:
            counts[carrier_id] = self._first("count_orphans", carrier_id, count_max)
            carrier_id = self._first("next_carrier_with_orphans", carrier_id)
        return counts
