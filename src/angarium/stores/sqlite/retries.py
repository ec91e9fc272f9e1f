"""The verbs of safe retries."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from angarium.core.clocktime import UnixMs
from angarium.ports.retries import KeptReply, Reply
from angarium.stores.sqlite.verbs import Verbs


class RetriesVerbs(Verbs):
    """The port's RetriesTx."""

    async def kept_replies(self, keys: Sequence[tuple[int, str]], *, since: UnixMs) -> list[KeptReply]:
        rows = self._all("kept_replies", msgspec.json.encode(keys).decode(), since)
        return [KeptReply._make((*row[:4], Reply._make(row[4:]))) for row in rows]

    async def keep_replies(self, replies: Sequence[KeptReply]) -> None:
        self._many("keep_reply", [(*kept[:4], *kept.reply) for kept in replies])

    async def prune_replies(self, *, before: UnixMs, limit: int) -> int:
        self._all("prune_replies", before, limit)
        return self._database.changes()
