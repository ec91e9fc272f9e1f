"""The verbs of replaying notifications."""

from __future__ import annotations

from angarium.core.clocktime import UnixMs
from angarium.stores.sqlite.verbs import Verbs


class ReplayVerbs(Verbs):
    """The port's ReplayTx."""

    async def replay_notification(self, notification_id: int, *, at: UnixMs) -> bool:
        self._all("replay_notification", at, notification_id)
        return bool(self._database.changes())

    async def replay_dead(self, connection_id: int, *, at: UnixMs, limit: int) -> int:
        self._all("replay_dead", at, connection_id, limit)
        return self._database.changes()
