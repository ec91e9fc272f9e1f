"""What an operator looks for: messages by whatever is known of them, and everything that hangs on one."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.states import Cause, State
from angarium.ports.store import MessageView, Request


class MessageQuery(NamedTuple):
    """Which messages: all that is given must hold. Keys are in the order of time (core.message_ids)."""

    limit: int
    before_id: int | None = None
    """Older than this one."""
    first_id: int = 0
    """Not older than this one."""
    account_id: int | None = None
    carrier_id: int | None = None
    recipient: int | None = None
    state: State | None = None
    client_message_id: str | None = None
    """Needs `account_id`."""


class Found(NamedTuple):
    """Messages, newest first. One search looks at a bounded number of messages, so it may find fewer than there are."""

    messages: list[MessageView]
    next_before_id: int | None
    """Where to go on; None when everything has been looked at."""


class SegmentView(NamedTuple):
    """A segment that a carrier took, and what it said of it."""

    segment_no: int
    carrier_id: int
    carrier_message_id: str
    submitted_at: UnixMs
    receipt_at: UnixMs | None
    receipt_cause: Cause | None
    error: str
    copy_no: int
    """0, or how often the message had been in doubt when this copy was sent."""
    link: str
    sequence_number: int
    written_at: UnixMs
    """When it was written to the link; 0 when that is not known."""
    stat: str
    """The carrier's own word in the receipt."""


class Searches(Protocol):
    """Reads for an operator: what was committed last, each by an index or over a bounded part of the store."""

    async def search_messages(self, query: MessageQuery) -> Found:
        """The newest messages for which all of the query holds."""
        ...

    async def request_of_message(self, message_id: int) -> Request | None:
        """What a message shares with the others of its request."""
        ...

    async def segments_of_message(self, message_id: int) -> list[SegmentView]:
        """The segments of a message that carriers took, in order, each copy of them."""
        ...
