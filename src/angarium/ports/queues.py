"""The queue of a carrier: read from front to back, and moved to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.core.features import Needs
from angarium.core.queues import QueueFilter
from angarium.core.states import Cause


class QueuePlace(NamedTuple):
    """Where in a queue somebody has read to."""

    account_id: int
    priority: int
    due_at: UnixMs
    message_id: int


class Waiting(NamedTuple):
    """A queued message with what decides about its route."""

    message_id: int
    request_id: int
    account_id: int
    carrier_id: int
    recipient: int
    priority: int
    cause: Cause
    due_at: UnixMs
    rate: Credits
    first_rate: Credits
    """The rate at acceptance."""
    cost: int
    """As it is kept: see core.routing.cost_of."""
    segments: int
    sent_mask: int
    attempts: int
    doubts: int
    doubtful_mask: int
    error: str
    reroutes: int
    """How often it has gone to another carrier."""
    sender: str
    needs: Needs
    escalate: bool
    rate_max: Credits | None
    accepted_at: UnixMs
    expires_at: UnixMs

    @property
    def place(self) -> QueuePlace:
        """Its place in the queue."""
        return QueuePlace(self.account_id, self.priority, self.due_at, self.message_id)


class WaitingCount(NamedTuple):
    """What a part of a queue holds of what a filter means."""

    messages: int
    movable: int
    """Those of which nothing has left, for certain."""
    reserved: Credits
    """What is reserved for them: of parts that have not left."""
    place: QueuePlace | None
    """How far was looked; None when that was to the end."""


class NewCarrier(NamedTuple):
    """A queued message goes to another carrier, at a rate for each segment. Nothing happens when it is not queued."""

    message_id: int
    carrier_id: int
    rate: Credits
    first_rate: Credits
    cost: int
    """As it is kept: see core.routing.cost_of."""
    due_at: UnixMs
    changed_at: UnixMs


class QueuesTx(Protocol):
    """The verbs of re-routing and of an operator at a queue."""

    async def waiting(
        self,
        carrier_id: int,
        *,
        after: QueuePlace | None,
        due_until: UnixMs,
        limit: int,
        account_id: int | None = None,
    ) -> list[Waiting]:
        """Queued messages of this carrier that are due by a moment, of one account or of all.

        In the order of their places, from the one after `after` on.
        """
        ...

    async def count_waiting(
        self, carrier_id: int, meant: QueueFilter, *, after: QueuePlace | None, limit: int, now: UnixMs
    ) -> WaitingCount:
        """Count what is meant of the next so many of this carrier's queued messages, behind `after`.

        The carrier of the filter itself is not asked.
        """
        ...

    async def waiting_messages(self, message_ids: Sequence[int]) -> list[Waiting]:
        """Those of these messages that are queued."""
        ...

    async def give_to_carriers(self, moves: Sequence[NewCarrier]) -> None:
        """Let queued messages go to other carriers; their credit is the caller's to move."""
        ...
