"""The verbs of the quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from angarium.core.clocktime import UnixMs
from angarium.ports.quarantine import Quarantined, Release
from angarium.stores.sqlite.changes import Changes
from angarium.stores.sqlite.verbs import Verbs, numbers

ID_MAX: Final = 2**63 - 1


def quarantined_of(row: tuple[Any, ...]) -> Quarantined:
    """One thing in quarantine from its columns."""
    return Quarantined._make((*row[:6], bool(row[6]), row[7], None if row[8] is None else Release(row[8]), row[9]))


class QuarantineVerbs(Verbs):
    """The port's QuarantineTx."""

    async def quarantine(self, rows: Sequence[Quarantined]) -> None:
        self._many("quarantine", [row[:8] for row in rows])

    async def release(self, quarantine_id: int, release: Release | None, *, reason: str | None = None) -> bool:
        self._all("release", release, reason, quarantine_id)
        return self._database.changes() > 0

    async def drop_quarantined(self, quarantine_ids: Sequence[int]) -> int:
        self._all("drop_quarantined", numbers(quarantine_ids))
        return self._database.changes()

    async def prune_quarantine(self, *, before: UnixMs, limit: int) -> int:
        self._all("prune_quarantine", before, limit)
        return self._database.changes()


class QuarantineRecords(Changes):
    """The port's QuarantineReads."""

    async def quarantined(
        self, *, limit: int, carrier_id: int | None = None, before_id: int | None = None
    ) -> list[Quarantined]:
        before = ID_MAX if before_id is None else before_id
        if carrier_id is None:
            return [quarantined_of(row) for row in self._rows("quarantined", before, limit)]
        return [quarantined_of(row) for row in self._rows("quarantined_of_carrier", carrier_id, before, limit)]

    async def quarantined_one(self, quarantine_id: int) -> Quarantined | None:
        for row in self._rows("quarantined_one", quarantine_id):
            return quarantined_of(row)
        return None

    async def released(self, *, limit: int) -> list[Quarantined]:
        return [quarantined_of(row) for row in self._rows("released", limit)]

    async def quarantine_counts(self, *, count_max: int) -> dict[int, int]:
        counts: dict[int, int] = {}
        carrier_id = self._first("next_carrier_with_quarantined", 0)
        while carrier_id is not None:
            counts[carrier_id] = self._first("count_quarantined", carrier_id, count_max)
            carrier_id = self._first("next_carrier_with_quarantined", carrier_id)
        return counts
