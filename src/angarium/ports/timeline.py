"""The time line of a message: what happened to it, and when.

The usual way of a message needs no journal: its request, its row, its segments and its notifications say when it was
accepted, submitted, received and told. Only what is out of the ordinary is written as an event, in the same
transaction as the change that it tells of:

    await tx.add_events([Event(message_id, now, EventKind.RE_ROUTED, {"from": 1, "to": 2})])

`flows/timeline.py` puts both together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from angarium.core.clocktime import UnixMs

EVENTS_OF_MESSAGE_MAX: Final = 500
"""Events of one message that are read: the earliest ones. No message has so many unless something is wrong."""
NO_DETAIL: Final[Mapping[str, str | int]] = MappingProxyType({})


class EventKind(StrEnum):
    """What happened. The words are stored: they never change their meaning."""

    RESPONSE = "response"
    """A carrier's answer to a segment, or its absence, unless it was a plain acceptance."""
    RETRY = "retry"
    """The message went back into the queue after a failure."""
    BUSY = "busy"
    """The carrier had no room: the message keeps its place. Written for the first time in a row only."""
    RE_ROUTED = "re-routed"
    """The message was given to another carrier."""
    IN_DOUBT = "in doubt"
    """Nobody knows whether a segment left, and what the policy did about it."""
    RECEIPT = "receipt"
    """A receipt that did not settle its segment: intermediate, repeated, contradicting, or one without a last word."""
    ENDED = "ended"
    """Our own clock ended the message as unknown; better knowledge may still come."""


class Event(NamedTuple):
    """One thing that happened to a message."""

    message_id: int
    at: UnixMs
    kind: EventKind
    detail: Mapping[str, str | int] = NO_DETAIL
    """What belongs to it, by name: small, and never the message's text."""


class TimelineTx(Protocol):
    """Writing to the time line."""

    async def add_events(self, events: Sequence[Event]) -> None:
        """Write events, in this order. Cheap for none."""
        ...


class TimelineReads(Protocol):
    """Reading it, as committed last."""

    async def events(self, message_id: int) -> list[Event]:
        """The events of a message in the order in which they were written, EVENTS_OF_MESSAGE_MAX at the most."""
        ...
