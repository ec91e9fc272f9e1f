"""Delivers notifications to customers, by whatever channel they chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from angarium.core.account import CallbackTarget
from angarium.core.notification import InboundNotification, StatusNotification

N = TypeVar("N", StatusNotification, InboundNotification)

ANSWER_OCTETS_MAX = 512
"""How much of an endpoint's answer is kept for the customer to see."""


class Delivery(NamedTuple, Generic[N]):
    """One notification on its way to one target. `message_public_id` is the id as customers know it."""

    notification: N
    message_public_id: str
    target: CallbackTarget


class Attempt(NamedTuple, Generic[N]):
    """How one try ended."""

    delivery: Delivery[N]
    ok: bool
    status: int
    """The HTTP status; 0 when none came."""
    answer: bytes
    """The first octets of the body, at most ANSWER_OCTETS_MAX."""
    error: str
    """A sentence when it failed before a status came; else empty."""
    elapsed_ms: int


class Trial(NamedTuple):
    """A call that somebody made to try out a target: what was sent, and what came of it (rest-api 8.1)."""

    sent: bytes
    """The last request as it went out, the password hidden; empty when nothing was sent."""
    ok: bool
    status: int
    """The HTTP status; 0 when none came."""
    head: tuple[tuple[str, str], ...]
    """The header lines of the answer, in order."""
    answer: bytes
    """The first octets of the body, at most ANSWER_OCTETS_MAX."""
    error: str
    """A sentence when something other than the status says how it ended; else empty."""
    elapsed_ms: int


class Notifier(Protocol):
    """Takes notifications and reports each attempt."""

    def room(self) -> int:
        """How many deliveries may be handed over now, over all endpoints."""
        ...

    def room_for(self, queue: int) -> int:
        """How many more of this queue are taken (core.notification): a slow endpoint fills its own share only."""
        ...

    def deliver(self, deliveries: Sequence[Delivery[N]], done: Callable[[list[Attempt[N]]], None], /) -> None:
        """Try each once. `done` is called with all that ended together; each delivery ends exactly once.

        Deliveries about one message reach its endpoint in the order given, one after the other's end.
        """
        ...
