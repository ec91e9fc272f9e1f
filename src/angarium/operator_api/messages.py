"""Messages: searched, looked at, stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from angarium.core import charge
from angarium.core.message import CLIENT_MESSAGE_ID_CHARACTERS_MAX
from angarium.core.message_ids import first_message_id
from angarium.core.numbers import show_recipient
from angarium.core.refusals import Reason, Refusal
from angarium.core.states import OPEN, State
from angarium.core.status_codes import status_code
from angarium.flows import lookup
from angarium.flows import stop as flow
from angarium.flows.desk import Mistaken
from angarium.flows.operators import Scope
from angarium.flows.timeline import timeline
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.values import (
    Digits,
    Id,
    MessageId,
    Moment,
    Money,
    NoBody,
    Page,
    Paged,
    Parameters,
    Reply,
    certain_moment,
    cursor_to,
    moment,
    money,
    unix_ms,
)
from angarium.ports.searches import MessageQuery, SegmentView
from angarium.ports.store import MessageView
from angarium.ports.timeline import Event

ClientMessageId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=CLIENT_MESSAGE_ID_CHARACTERS_MAX,
        description="The customer's own reference; needs account_id.",
    ),
]
Since = Annotated[datetime, Meta(tz=True, description="Accepted at this moment or later (RFC 3339).")]
Until = Annotated[datetime, Meta(tz=True, description="Accepted before this moment (RFC 3339).")]
StateName = Literal[
    "queued",
    "submitting",
    "submitted",
    "delivered",
    "undelivered",
    "expired",
    "rejected",
    "cancelled",
    "unknown",
]


class Message(Reply, frozen=True, kw_only=True):
    """One text to one recipient."""

    message_id: MessageId
    account_id: Id
    connection_id: Id
    carrier_id: Id
    client_message_id: str | None
    recipient: str
    """International digits; its last ones are stars once they are forgotten."""
    state: StateName
    cause: str
    """Why it is in its state."""
    status: str
    """The status that its customer sees: three digits (rest-api 7)."""
    segments: int
    charge: Money
    """The whole price while it is open, what was spent when it is final."""
    attempts: int
    doubts: int
    """How often nobody knew whether a segment had left."""
    error: str
    """The carrier's own error code."""
    accepted_at: Moment
    changed_at: Moment
    due_at: Moment | None
    """When it is to be sent, or sent again; null when it is final."""
    expires_at: Moment | None


class Segment(Reply, frozen=True, kw_only=True):
    """A segment that a carrier took."""

    segment_no: int
    """0 for the first."""
    copy_no: int
    """0, or how often the message had been in doubt when this copy was sent."""
    carrier_id: Id
    link: str
    sequence_number: int
    carrier_message_id: str
    written_at: Moment | None
    """When it was written to the link; null when that is not known."""
    submitted_at: Moment
    receipt_at: Moment | None
    receipt_cause: str | None
    stat: str
    """The carrier's own word in the receipt."""
    error: str


class MessageEvent(Reply, frozen=True, kw_only=True):
    """Something out of the ordinary that happened to a message."""

    at: Moment
    kind: str
    detail: dict[str, Any]


class Timeline(Reply, frozen=True, kw_only=True):
    """Everything that happened to a message, in order."""

    data: list[MessageEvent]
    """Numbers of segments and copies count from 0; names that end in `_at` are milliseconds since 1970, in `_ms`
    milliseconds, and `rate` is millionths of a credit."""


class MessageDetail(Message, frozen=True, kw_only=True):
    """All that is known of one message."""

    sender: str
    text: str | None
    """What it says; null once it is forgotten."""
    is_flash: bool
    callback: int
    """The mask of statuses to push (rest-api 8.2)."""
    rate: Money
    """The price of one segment."""
    segments_sent: list[Segment]
    events: list[MessageEvent]


class MessagesOf(Paged, frozen=True, kw_only=True):
    """Which messages: all that is given must hold."""

    account_id: Id | None = None
    carrier_id: Id | None = None
    recipient: Digits | None = None
    client_message_id: ClientMessageId | None = None
    state: StateName | None = None
    since: Since | None = None
    until: Until | None = None


class MessagePath(Parameters, frozen=True, kw_only=True):
    """One message."""

    message_id: MessageId


@operation(
    "GET",
    "/v1/messages",
    Scope.MESSAGES_READ,
    "Search messages, newest first",
    description="One search looks at 50,000 messages at the most, so a page may hold fewer than `limit`, or none, "
    "and still name a `next`: go on with that, or narrow the time with `since` and `until`, which costs nothing.",
)
async def search_messages(call: Call[MessagesOf, NoBody]) -> Page[Message]:
    """Newest first."""
    given = call.parameters
    if given.client_message_id is not None and given.account_id is None:
        raise Mistaken("account_id", "A client_message_id means something within one account: give account_id too.")
    before_id = given.key
    if given.until is not None:
        until_id = first_message_id(unix_ms(given.until))
        before_id = until_id if before_id is None else min(before_id, until_id)
    found = await call.desk.store.search_messages(
        MessageQuery(
            limit=given.limit,
            before_id=before_id,
            first_id=0 if given.since is None else first_message_id(unix_ms(given.since)),
            account_id=given.account_id,
            carrier_id=given.carrier_id,
            recipient=None if given.recipient is None else int(given.recipient),
            state=None if given.state is None else State[given.state.upper()],
            client_message_id=given.client_message_id,
        )
    )
    shown = [Message(**members_of(call, view)) for view in found.messages]
    return Page(data=shown, next=cursor_to(found.next_before_id))


@operation(
    "GET", "/v1/messages/{message_id}", Scope.MESSAGES_READ, "Show all that is known of a message, its text included"
)
async def show_message(call: Call[MessagePath, NoBody]) -> MessageDetail:
    """All of it."""
    message_id = key_of_message(call)
    store = call.desk.store
    view = lookup.existing(await store.message(message_id))
    request = await store.request_of_message(message_id)
    return MessageDetail(
        **members_of(call, view),
        sender="" if request is None else request.sender,
        text=await store.message_text(message_id),
        is_flash=request is not None and request.flash,
        callback=view.callback,
        rate=money(view.rate),
        segments_sent=[_segment(each) for each in await store.segments_of_message(message_id)],
        events=[event_of(each) for each in await store.events(message_id)],
    )


@operation(
    "GET",
    "/v1/messages/{message_id}/timeline",
    Scope.MESSAGES_READ,
    "Show everything that happened to a message, step by step",
)
async def show_timeline(call: Call[MessagePath, NoBody]) -> Timeline:
    """From its acceptance to the last callback."""
    store = call.desk.store
    view = lookup.existing(await store.message(key_of_message(call)))
    steps = await timeline(view, store)
    return Timeline(
        data=[MessageEvent(at=certain_moment(step.at), kind=step.kind, detail=dict(step.detail)) for step in steps]
    )


@operation(
    "POST",
    "/v1/messages/{message_id}/stop",
    Scope.MESSAGES_WRITE,
    "Stop a message that has not left; one that has stays as it is",
)
async def stop_message(call: Call[MessagePath, NoBody]) -> Message:
    """One that has left, or ended, stays as it is."""
    message_id = key_of_message(call)
    desk = call.desk
    await flow.stop_by_desk(desk, message_id, call.parameters.message_id.lower(), count=call.surroundings.moved)
    return Message(**members_of(call, lookup.existing(await desk.store.message(message_id))))


def key_of_message(call: Call[MessagePath, Any]) -> int:
    """The key of the message that the path names. Raises Refusal."""
    message_id = call.surroundings.public_ids.read(call.parameters.message_id)
    if message_id is None:
        raise Refusal(Reason.UNKNOWN_MESSAGE)
    return message_id


def members_of(call: Call[Any, Any], view: MessageView) -> dict[str, Any]:
    """What is shown of every message."""
    code = status_code(view.state, view.cause, due_at=view.due_at, now=call.desk.now)
    paid = charge.charge(rate=view.rate, segments=view.segments, sent_mask=view.sent_mask, state=view.state)
    return {
        "message_id": call.surroundings.public_ids.show(view.message_id),
        "account_id": view.account_id,
        "connection_id": view.connection_id,
        "carrier_id": view.carrier_id,
        "client_message_id": view.client_message_id,
        "recipient": show_recipient(view.recipient),
        "state": view.state.name.lower(),
        "cause": view.cause.name.lower(),
        "status": f"{code:03}",
        "segments": view.segments,
        "charge": money(paid),
        "attempts": view.attempts,
        "doubts": view.doubts,
        "error": view.error,
        "accepted_at": certain_moment(view.accepted_at),
        "changed_at": certain_moment(view.changed_at),
        "due_at": moment(view.due_at) if view.state in OPEN else None,
        "expires_at": moment(view.expires_at),
    }


def _segment(view: SegmentView) -> Segment:
    return Segment(
        segment_no=view.segment_no,
        copy_no=view.copy_no,
        carrier_id=view.carrier_id,
        link=view.link,
        sequence_number=view.sequence_number,
        carrier_message_id=view.carrier_message_id,
        written_at=moment(view.written_at or None),
        submitted_at=certain_moment(view.submitted_at),
        receipt_at=moment(view.receipt_at),
        receipt_cause=None if view.receipt_cause is None else view.receipt_cause.name.lower(),
        stat=view.stat,
        error=view.error,
    )


def event_of(event: Event) -> MessageEvent:
    """An event as it is shown."""
    return MessageEvent(at=certain_moment(event.at), kind=event.kind, detail=dict(event.detail))


OPERATIONS: Final[Table] = (
    search_messages,
    show_message,
    show_timeline,
    stop_message,
)
