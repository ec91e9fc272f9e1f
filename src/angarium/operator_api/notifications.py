"""Notifications: what customers are owed, how each try went, and trying once more."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta

from angarium.core.refusals import Reason, Refusal
from angarium.flows import accounts
from angarium.flows import replay as flow
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    ConnectionPath,
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
)
from angarium.ports.bell import NOTIFICATIONS
from angarium.ports.searches import AttemptView, NotificationQuery, NotificationState, NotificationView

OnlyState = Annotated[
    NotificationState, Meta(description="`waiting`, `delivered`, or `dead`: given up after the last attempt.")
]


class Notification(Reply, frozen=True, kw_only=True):
    """One status of one message, as owed to its API connection."""

    notification_id: Id
    connection_id: Id
    message_id: MessageId
    status: str
    """Three digits (rest-api 7)."""
    charge: Money
    changed_at: Moment
    state: NotificationState
    attempts: int
    due_at: Moment | None
    """When it is tried next; null when nothing is left to do."""


class Attempt(Reply, frozen=True, kw_only=True):
    """One try."""

    attempt_no: int
    at: Moment
    status: int
    """The HTTP status; 0 when none came."""
    elapsed_ms: int
    answer: str
    """The first octets of what the endpoint said."""
    error: str


class NotificationDetail(Notification, frozen=True, kw_only=True):
    """One notification with its attempts."""

    tried: list[Attempt]


class Replayed(Reply, frozen=True, kw_only=True):
    """How many notifications are tried once more."""

    replayed: int
    is_all: bool
    """Whether these were all: otherwise call again for the rest."""


class NotificationsOf(Paged, frozen=True, kw_only=True):
    """Which notifications: all that is given must hold."""

    connection_id: Id | None = None
    message_id: MessageId | None = None
    state: OnlyState | None = None


class NotificationPath(Parameters, frozen=True, kw_only=True):
    """One notification."""

    notification_id: Id


@operation(
    "GET",
    "/v1/notifications",
    Scope.MESSAGES_READ,
    "Search notifications, newest first",
    description="One search looks at 50,000 notifications at the most, so a page may hold fewer than `limit`, or "
    "none, and still name a `next`. By message, and by connection for dead letters, it finds all there are.",
    problems=(Code.UNKNOWN,),
)
async def search_notifications(call: Call[NotificationsOf, NoBody]) -> Page[Notification]:
    """Newest first."""
    given = call.parameters
    message_id = None
    if given.message_id is not None:
        message_id = call.surroundings.public_ids.read(given.message_id)
        if message_id is None:
            raise Refusal(Reason.UNKNOWN_MESSAGE)
    found = await call.desk.store.search_notifications(
        NotificationQuery(
            limit=given.limit,
            before_id=given.key,
            connection_id=given.connection_id,
            message_id=message_id,
            state=given.state,
        )
    )
    shown = [Notification(**_members(call, view)) for view in found.notifications]
    return Page(data=shown, next=cursor_to(found.next_before_id))


@operation(
    "GET", "/v1/notifications/{notification_id}", Scope.MESSAGES_READ, "Show a notification with each of its attempts"
)
async def show_notification(call: Call[NotificationPath, NoBody]) -> NotificationDetail:
    """With its attempts."""
    view = await flow.find_notification(call.desk, call.parameters.notification_id)
    tried = await call.desk.store.attempts(view.notification_id)
    return NotificationDetail(**_members(call, view), tried=[_attempt(each) for each in tried])


@operation(
    "POST",
    "/v1/notifications/{notification_id}/replay",
    Scope.MESSAGES_WRITE,
    "Try a notification once more, at once, delivered or not",
    problems=(Code.CONFLICT,),
)
async def replay_notification(call: Call[NotificationPath, NoBody]) -> Notification:
    """Once more."""
    view = await flow.replay(call.desk, call.parameters.notification_id)
    call.surroundings.ring(NOTIFICATIONS)
    return Notification(**_members(call, view))


@operation(
    "POST",
    "/v1/connections/{connection_id}/replay",
    Scope.MESSAGES_WRITE,
    "Try the dead letters of an API connection once more, up to 10,000 of them",
)
async def replay_dead_letters(call: Call[ConnectionPath, NoBody]) -> Replayed:
    """All of a connection."""
    connection = await accounts.find_connection(call.desk, call.parameters.connection_id)
    count = await flow.replay_dead(call.desk, connection.connection_id)
    call.surroundings.ring(NOTIFICATIONS)
    return Replayed(replayed=count, is_all=count < flow.REPLAYED_MAX)


def _members(call: Call[Any, Any], view: NotificationView) -> dict[str, Any]:
    return {
        "notification_id": view.notification_id,
        "connection_id": view.connection_id,
        "message_id": call.surroundings.public_ids.show(view.message_id),
        "status": f"{view.status_code:03}",
        "charge": money(view.charge),
        "changed_at": certain_moment(view.changed_at),
        "state": view.state,
        "attempts": view.attempts,
        "due_at": moment(view.due_at),
    }


def _attempt(view: AttemptView) -> Attempt:
    return Attempt(
        attempt_no=view.attempt_no,
        at=certain_moment(view.at),
        status=view.status,
        elapsed_ms=view.elapsed_ms,
        answer=view.answer.decode("utf-8", "replace"),
        error=view.error,
    )


OPERATIONS: Final[Table] = (
    search_notifications,
    show_notification,
    replay_notification,
    replay_dead_letters,
)
