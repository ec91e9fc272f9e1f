"""The verbs of the time line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from angarium.ports.timeline import EVENTS_OF_MESSAGE_MAX, Event, EventKind
from angarium.stores.sqlite.changes import Changes
from angarium.stores.sqlite.verbs import Verbs


class TimelineVerbs(Verbs):
    """The port's TimelineTx."""

    async def add_events(self, events: Sequence[Event]) -> None:
        if events:
            encode = msgspec.json.encode
            self._many("add_event", [(*event[:3], encode(dict(event.detail)).decode()) for event in events])


class TimelineRecords(Changes):
    """The port's TimelineReads."""

    async def events(self, message_id: int) -> list[Event]:
        return [event_of(row) for row in self._rows("events", message_id, EVENTS_OF_MESSAGE_MAX)]


def event_of(row: tuple[Any, ...]) -> Event:
    """An event from its columns."""
    return Event(row[0], row[1], EventKind(row[2]), msgspec.json.decode(row[3]))
