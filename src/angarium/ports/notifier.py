"""Delivers notifications to customers, by whatever channel they chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from angarium.core.account import CallbackTarget
from angarium.core.notification import StatusNotification

ANSWER_OCTETS_MAX = 512
"""How much of an endpoint's answer is kept for the customer to see."""


class Delivery(NamedTuple):
    """One notification on its way to one target. `message_public_id` is the id as customers know it."""

    notification: StatusNotification
    message_public_id: str
    target: CallbackTarget


class Attempt(NamedTuple):
    """How one try ended."""

    delivery: Delivery
    ok: bool
    status: int
    """The HTTP status; 0 when none came."""
    answer: bytes
    """The first octets of the body, at most ANSWER_OCTETS_MAX."""
    error: str
    """A sentence when it failed before a status came; else empty."""
    elapsed_ms: int


class Notifier(Protocol):
    """Takes notifications and reports each attempt."""

    def room(self) -> int:
        """How many deliveries may be handed over now, over all endpoints."""
        ...

    def room_for(self, connection_id: int) -> int:
        """How many more one connection's endpoint takes: a slow endpoint fills its own share and no one else's."""
        ...

    def deliver(self, deliveries: Sequence[Delivery], done: Callable[[list[Attempt]], None], /) -> None:
        """Try each once. `done` is called with all that ended together; each delivery ends exactly once.

        Deliveries about one message reach its endpoint in the order given, one after the other's end.
        """
        ...
