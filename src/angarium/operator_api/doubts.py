"""Messages in doubt: seen, and a parked one tried again or given up."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from angarium.flows import doubts as flow
from angarium.flows import lookup
from angarium.flows.operators import Scope
from angarium.operator_api.messages import Message, MessageEvent, MessagePath, event_of, key_of_message, members_of
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.values import (
    Moment,
    NoBody,
    Page,
    Paged,
    certain_moment,
    cursor_to,
)

OnlyParked = Annotated[bool, Meta(description="Only messages that wait for an operator.")]


class DoubtfulMessage(Message, frozen=True, kw_only=True):
    """A message of which nobody knew whether it had left."""

    is_parked: bool
    """It took a link down twice, and waits for an operator until its validity ends."""
    doubted_at: Moment
    """When it was in doubt last."""
    outcome: str
    """What the policy did about it: `resent`, `parked` or `given up`."""


class DoubtsAbout(Message, frozen=True, kw_only=True):
    """A message with all doubts about it."""

    is_parked: bool
    doubted: list[MessageEvent]
    """When, and what was done about it, in order."""


class DoubtsOf(Paged, frozen=True, kw_only=True):
    """Messages in doubt, perhaps only those that wait for an operator."""

    parked: OnlyParked = False


@operation(
    "GET",
    "/v1/doubts",
    Scope.MESSAGES_READ,
    "List messages that may have left, and nobody knew; the newest doubt first",
    description="One look goes through 20,000 events at the most, and each message is listed once on a page: a "
    "page may hold fewer than `limit`, or none, and still name a `next`.",
)
async def list_doubts(call: Call[DoubtsOf, NoBody]) -> Page[DoubtfulMessage]:
    """The newest doubt first."""
    given = call.parameters
    found = await flow.look(call.desk.store, before_id=given.key, limit=given.limit, only_parked=given.parked)
    shown = [
        DoubtfulMessage(
            **members_of(call, each.message),
            is_parked=each.is_parked,
            doubted_at=certain_moment(each.doubt.at),
            outcome=each.doubt.outcome,
        )
        for each in found.messages
    ]
    return Page(data=shown, next=cursor_to(found.next_before_id))


@operation(
    "GET", "/v1/doubts/{message_id}", Scope.MESSAGES_READ, "Show each doubt about a message, and what was done about it"
)
async def show_doubts(call: Call[MessagePath, NoBody]) -> DoubtsAbout:
    """About one message."""
    message_id = key_of_message(call)
    view = lookup.existing(await call.desk.store.message(message_id))
    doubted = await flow.doubts_of(call.desk.store, message_id)
    return DoubtsAbout(
        **members_of(call, view), is_parked=flow.is_parked(view), doubted=[event_of(each) for each in doubted]
    )


@operation(
    "POST",
    "/v1/doubts/{message_id}/try-again",
    Scope.MESSAGES_WRITE,
    "Submit a parked message once more, alone on a link: it may arrive twice",
)
async def try_message_again(call: Call[MessagePath, NoBody]) -> Message:
    """Alone on a link."""
    message_id = key_of_message(call)
    await flow.try_again(call.desk, message_id, ring=call.surroundings.ring)
    return await _now(call, message_id)


@operation(
    "POST",
    "/v1/doubts/{message_id}/give-up",
    Scope.MESSAGES_WRITE,
    "End a parked message now, as the end of its validity would: what may have left is paid",
)
async def give_message_up(call: Call[MessagePath, NoBody]) -> Message:
    """As at the end of its validity."""
    message_id = key_of_message(call)
    tables = call.surroundings.tables
    await tables.refresh(call.desk.store)
    await flow.give_up(call.desk, message_id, tables=tables, ring=call.surroundings.ring)
    return await _now(call, message_id)


async def _now(call: Call[MessagePath, NoBody], message_id: int) -> Message:
    return Message(**members_of(call, lookup.existing(await call.desk.store.message(message_id))))


OPERATIONS: Final[Table] = (
    list_doubts,
    show_doubts,
    try_message_again,
    give_message_up,
)
