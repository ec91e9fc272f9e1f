"""Replaying notifications: they are tried once more because a person asks for it."""

from __future__ import annotations

from typing import Protocol

from angarium.core.clocktime import UnixMs


class ReplayTx(Protocol):
    """Notifications, tried once more because a person asks for it."""

    async def replay_notification(self, notification_id: int, *, at: UnixMs) -> bool:
        """Make it due at this moment, whether it waits, is delivered or dead; False when it is gone or under way."""
        ...

    async def replay_dead(self, connection_id: int, *, at: UnixMs, limit: int) -> int:
        """Make dead letters of a connection due, the oldest first; returns how many."""
        ...
