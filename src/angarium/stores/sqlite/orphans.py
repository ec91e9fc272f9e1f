"""The verbs of orphans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from angarium.core.clocktime import UnixMs
from angarium.core.states import Cause
from angarium.ports.orphans import Orphan
from angarium.stores.sqlite.verbs import Verbs, texts

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

    async def prune_orphans(self, *, before: UnixMs, limit: int) -> int:
        self._all("prune_orphans", before, limit)
        return self._database.changes()
