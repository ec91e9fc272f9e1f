"""What an operator looks for: messages by whatever is known of them, and everything that hangs on one."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
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
    status_code: int | None = None
    """Its status number at `now` (rest-api 7)."""
    now: UnixMs = 0
    client_message_id: str | None = None
    """Needs `account_id`."""
    recipient_ends: str | None = None
    """The last digits of its recipient."""
    text: str | None = None
    """A part of what it says, as long as that is kept; upper and lower case are the same."""
    oldest_first: bool = False
    """From the old end of the range on, not from its new one. With `client_message_id` it is not heeded."""
    scan_max: int | None = None
    """How many messages are looked at, at the most; None for as many as the store lets."""


class Found(NamedTuple):
    """Messages in the order asked for. One search looks at a bounded number, so it may find fewer than there are."""

    messages: list[MessageView]
    next_before_id: int | None
    """Where to go on: the next `before_id`, or `first_id` less one if the oldest come first; None when everything has
    been looked at."""


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


class NotificationState(StrEnum):
    """What is left to do about a notification."""

    WAITING = "waiting"
    """Due, or under way."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """Its last attempt has failed: a dead letter, until a person replays it."""


class NotificationQuery(NamedTuple):
    """Which notifications: all that is given must hold. Keys are in the order in which they were written."""

    limit: int
    before_id: int | None = None
    connection_id: int | None = None
    message_id: int | None = None
    state: NotificationState | None = None


class NotificationView(NamedTuple):
    """One status of one message, as owed to its API connection."""

    notification_id: int
    connection_id: int
    message_id: int
    status_code: int
    charge: Credits
    changed_at: UnixMs
    due_at: UnixMs | None
    """When it is tried next; while it is under way: when that counts as lost. None when nothing is left to do."""
    attempts: int
    state: NotificationState


class FoundNotifications(NamedTuple):
    """Notifications, newest first. One search looks at a bounded number, so it may find fewer than there are."""

    notifications: list[NotificationView]
    next_before_id: int | None
    """Where to go on; None when everything has been looked at."""


class AttemptView(NamedTuple):
    """One try of a notification."""

    attempt_no: int
    at: UnixMs
    status: int
    """The HTTP status; 0 when none came."""
    elapsed_ms: int
    answer: bytes
    """The first octets of what the endpoint said."""
    error: str


class Searches(Protocol):
    """Reads for an operator: what was committed last, each by an index or over a bounded part of the store."""

    async def search_messages(self, query: MessageQuery) -> Found:
        """The newest messages for which all of the query holds."""
        ...

    async def request_of_message(self, message_id: int) -> Request | None:
        """What a message shares with the others of its request."""
        ...

    async def search_notifications(self, query: NotificationQuery) -> FoundNotifications:
        """The newest notifications for which all of the query holds."""
        ...

    async def notification(self, notification_id: int) -> NotificationView | None:
        """One notification."""
        ...

    async def attempts(self, notification_id: int) -> list[AttemptView]:
        """The attempts of a notification, in order."""
        ...

    async def segments_of_message(self, message_id: int) -> list[SegmentView]:
        """The segments of a message that carriers took, in order, each copy of them."""
        ...
