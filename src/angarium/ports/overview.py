"""What an operator sees at a glance: who sends today, and of which messages nobody can be sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.message import Priority

EVENTS_SCANNED_MAX: Final = 20_000
"""Events that one look for doubts goes through: some milliseconds, for which the loop waits."""


class Counts(NamedTuple):
    """How many messages each account has sent."""

    by_account: Mapping[int, int]
    is_whole: bool
    """Whether all were counted; else there are more."""


class Doubt(NamedTuple):
    """A message of which nobody knows whether it left, and what the policy did about it."""

    event_id: int
    message_id: int
    at: UnixMs
    outcome: str
    """resent, parked or given up."""


class Doubts(NamedTuple):
    """Doubts, newest first. One look goes through a bounded number of events, so it may find fewer than there are."""

    doubts: list[Doubt]
    next_before_id: int | None
    """Where to go on; None when everything has been looked at."""


class Depth(NamedTuple):
    """What waits for a carrier in one of its priorities."""

    messages: int
    oldest_due_at: UnixMs


class OverviewReads(Protocol):
    """Reads of what was committed last, each over a bounded part of the store."""

    async def count_by_account(self, *, first_id: int, scanned_max: int) -> Counts:
        """How many messages with this key or a later one each account has; the newest `scanned_max` are counted."""
        ...

    async def doubts(self, *, before_id: int | None, limit: int) -> Doubts:
        """What was in doubt, the newest first; `before_id` goes on where a list ended."""
        ...

    async def waiting_by_priority(self, carrier_id: int, *, count_max: int) -> dict[Priority, Depth]:
        """What is queued for a carrier, by priority; counting ends at `count_max` messages in all."""
        ...
