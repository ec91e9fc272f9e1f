"""Callbacks: how each endpoint does, what was pushed and how that went, dead letters and trying once more."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from angarium.console.pages.connections import ONE, own_connection
from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit, read_key
from angarium.core.account import ApiConnection
from angarium.core.inbound import InboundState
from angarium.flows import replay as flow
from angarium.flows.replay import OF_MESSAGE_MAX
from angarium.ports.bell import NOTIFICATIONS
from angarium.ports.endpoints import EndpointHealth
from angarium.ports.searches import NotificationQuery, NotificationState, NotificationView
from angarium.ports.store import AlreadyExists

BASE: Final = "/accounts/{account_id:int}/callbacks"
ROWS_MAX: Final = 25
COUNTED_MAX: Final = 10_000
ENDPOINTS_SHOWN_MAX: Final = 20
"""Endpoints whose health is looked up for one page."""


async def callbacks(visit: Visit) -> Response:
    """The endpoints, and the notifications of one of them."""
    store = visit.parts.store
    own = await store.connections(visit.of.account_id)
    endpoints: list[tuple[ApiConnection, EndpointHealth]] = [
        (each, await store.endpoint_health(each.connection_id, counted_max=COUNTED_MAX))
        for each in [each for each in own if each.settings.callback is not None][:ENDPOINTS_SHOWN_MAX]
    ]
    reply_urls = [
        (each, await store.reply_health(each.connection_id, counted_max=COUNTED_MAX))
        for each in [each for each in own if each.settings.reply is not None][:ENDPOINTS_SHOWN_MAX]
    ]
    chosen = _chosen(visit, own, first=endpoints[0][0] if endpoints else None)
    asked = visit.asked("state")
    state = NotificationState(asked) if asked in NotificationState.__members__.values() else None
    message_id, before = None, visit.asked("before")
    if visit.asked("message"):
        message_id = visit.parts.public_ids.read(visit.asked("message").strip())
        if message_id is None:
            visit.problem("message", "This is not the id of a message: it has 32 characters, 0 to 9 and a to f.")
    views: list[NotificationView] = []
    next_before_id: int | None = None
    if chosen is not None and not visit.problems:
        found = await store.search_notifications(
            NotificationQuery(
                limit=ROWS_MAX,
                before_id=read_key(before),
                connection_id=chosen.connection_id,
                message_id=message_id,
                state=state,
            )
        )
        views, next_before_id = found.notifications, found.next_before_id
    return visit.show(
        "callbacks.html",
        connections=own,
        endpoints=endpoints,
        reply_urls=reply_urls,
        dead_letter=int(InboundState.DEAD_LETTER),
        chosen=chosen,
        state=state or "",
        views=views,
        next_before_id=next_before_id,
        counted_max=COUNTED_MAX,
        show=visit.parts.public_ids.show,
    )


async def notification(visit: Visit) -> Response:
    """One, with each of its attempts."""
    view, connection = await _own(visit)
    earlier = [] if view.state is not NotificationState.WAITING else await _earlier(visit, view)
    tried = await visit.parts.store.attempts(view.notification_id)
    return visit.show(
        "notification.html",
        view=view,
        connection=connection,
        tried=tried,
        first=min(earlier, default=None),
        message=visit.parts.public_ids.show(view.message_id),
    )


async def replay(visit: Visit) -> Response:
    """Try it once more, now."""
    view, _ = await _own(visit)
    path = f"./callbacks/{view.notification_id}"
    try:
        await flow.replay(visit.desk, view.notification_id)
    except AlreadyExists:
        return visit.go(path, "It is on its way at this moment: look how that ends.")
    visit.parts.ring(NOTIFICATIONS)
    return visit.go(path, "It is tried once more.")


async def dead_form(visit: Visit) -> Response:
    """How many dead letters there are, before all are tried again."""
    connection = await own_connection(visit)
    health = await visit.parts.store.endpoint_health(connection.connection_id, counted_max=COUNTED_MAX)
    return visit.show("dead_letters.html", connection=connection, health=health, counted_max=COUNTED_MAX)


async def replay_dead(visit: Visit) -> Response:
    """Try all of them once more."""
    connection = await own_connection(visit)
    count = await flow.replay_dead(visit.desk, connection.connection_id)
    visit.parts.ring(NOTIFICATIONS)
    said = "One dead letter is tried" if count == 1 else f"{count} dead letters are tried"
    return visit.go(f"./callbacks?connection={connection.connection_id}", f"{said} once more.")


async def _earlier(visit: Visit, view: NotificationView) -> list[int]:
    """Those of the same message that are told before it, and were not yet."""
    query = NotificationQuery(OF_MESSAGE_MAX, message_id=view.message_id, state=NotificationState.WAITING)
    found = await visit.parts.store.search_notifications(query)
    return [each.notification_id for each in found.notifications if each.notification_id < view.notification_id]


async def _own(visit: Visit) -> tuple[NotificationView, ApiConnection]:
    view = await visit.parts.store.notification(visit.number("notification_id"))
    for connection in await visit.parts.store.connections(visit.of.account_id):
        if view is not None and connection.connection_id == view.connection_id:
            return view, connection
    raise Gone


def _chosen(visit: Visit, own: list[ApiConnection], *, first: ApiConnection | None) -> ApiConnection | None:
    asked = visit.asked("connection")
    found = next((each for each in own if str(each.connection_id) == asked), None)
    return found or first or (own[0] if own else None)


PAGES: Final = (
    Page(BASE, callbacks, Needs.VIEWER),
    Page(BASE + "/{notification_id:int}", notification, Needs.VIEWER),
    Page(BASE + "/{notification_id:int}/replay", replay, Needs.DEVELOPER, "POST"),
    Page(ONE + "/dead-letters", dead_form, Needs.DEVELOPER),
    Page(ONE + "/dead-letters", replay_dead, Needs.DEVELOPER, "POST"),
)
