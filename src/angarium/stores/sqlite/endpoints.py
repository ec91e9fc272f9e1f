"""How customers' endpoints do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

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
        return _health(
            self._rows("attempts_of_many", numbers(sorted(looked_at))),
            waiting=self._first("notifications_waiting", connection_id, counted_max) or 0,
            dead=self._first("dead_letters", connection_id, counted_max) or 0,
        )

    async def reply_health(self, connection_id: int, *, counted_max: int) -> EndpointHealth:
        looked_at = {
            row[0]
            for name in ("latest_inbound", "latest_inbound_waiting", "latest_inbound_dead")
            for row in self._rows(name, connection_id, LOOKED_AT_MAX)
        }
        return _health(
            self._rows("inbound_attempts_of_many", numbers(sorted(looked_at))),
            waiting=self._first("inbound_waiting", connection_id, counted_max) or 0,
            dead=self._first("dead_inbound", connection_id, counted_max) or 0,
        )


def _health(tried: Iterable[tuple[Any, ...]], *, waiting: int, dead: int) -> EndpointHealth:
    """From when each of some tries was, and whether it was a success."""
    tries = list(tried)
    succeeded_at = max((at for at, ok in tries if ok), default=None)
    failed = [at for at, ok in tries if not ok]
    return EndpointHealth(
        waiting=waiting,
        dead=dead,
        succeeded_at=succeeded_at,
        failed_at=max(failed, default=None),
        failures=sum(succeeded_at is None or at > succeeded_at for at in failed),
    )
