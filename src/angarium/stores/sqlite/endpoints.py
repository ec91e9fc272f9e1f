"""How customers' endpoints do."""

from __future__ import annotations

from typing import Final

from angarium.ports.endpoints import EndpointHealth
from angarium.stores.sqlite.audit import NEWEST
from angarium.stores.sqlite.changes import Changes
from angarium.stores.sqlite.verbs import numbers

NOTIFICATIONS_SCANNED_MAX: Final = 5_000
"""The newest notifications, of all connections, among which those of one are looked for."""
LOOKED_AT_MAX: Final = 100
"""Notifications whose attempts are looked at: of the newest, of those that wait, of the dead letters."""


class SqliteEndpoints(Changes):
    """The port's EndpointReads."""

    async def endpoint_health(self, connection_id: int, *, counted_max: int) -> EndpointHealth:
        since_id = self._first("notifications_scan_end", NEWEST, NOTIFICATIONS_SCANNED_MAX - 1) or 0
        # Successes are among the newest; an endpoint that fails for long has its tries with older ones.
        looked_at = {
            row[0]
            for rows in (
                self._rows("latest_notifications", since_id, connection_id, LOOKED_AT_MAX),
                self._rows("latest_waiting", connection_id, LOOKED_AT_MAX),
                self._rows("latest_dead", connection_id, LOOKED_AT_MAX),
            )
            for row in rows
        }
        tried = self._rows("attempts_of_many", numbers(sorted(looked_at)))
        succeeded_at = max((at for at, ok in tried if ok), default=None)
        failed = [at for at, ok in tried if not ok]
        return EndpointHealth(
            waiting=self._first("notifications_waiting", connection_id, counted_max) or 0,
            dead=self._first("dead_letters", connection_id, counted_max) or 0,
            succeeded_at=succeeded_at,
            failed_at=max(failed, default=None),
            failures=sum(succeeded_at is None or at > succeeded_at for at in failed),
        )
