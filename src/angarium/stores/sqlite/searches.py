"""What an operator looks for, without an index of its own: an index on the recipient would cost every message."""

from __future__ import annotations

from typing import Any, Final

from angarium.core.states import Cause
from angarium.core.status_codes import standings_of
from angarium.ports.searches import (
    AttemptView,
    Found,
    FoundNotifications,
    MessageQuery,
    NotificationQuery,
    NotificationState,
    NotificationView,
    SegmentView,
)
from angarium.ports.store import MessageView, Request
from angarium.stores.sqlite.audit import NEWEST
from angarium.stores.sqlite.changes import Changes
from angarium.stores.sqlite.tx import request_of, view_of
from angarium.stores.sqlite.verbs import numbers

MESSAGES_SCANNED_MAX: Final = 50_000
"""Messages that one search looks at: some ten milliseconds, for which the loop waits."""
TEXTS_SCANNED_MAX: Final = 10_000
"""Likewise when it reads their texts."""

NOTIFICATIONS_SCANNED_MAX: Final = 50_000
"""Likewise for notifications."""
_NOTIFICATION_STATES: Final = (NotificationState.WAITING, NotificationState.DELIVERED, NotificationState.DEAD)
"""In the order in which the statements number them."""
_CAUSES: Final = {int(cause): cause for cause in Cause}


class SqliteSearches(Changes):
    """The port's Searches."""

    async def search_messages(self, query: MessageQuery) -> Found:
        before_id = NEWEST if query.before_id is None else query.before_id
        if query.client_message_id is not None:
            found = self._rows(
                "search_by_client_message_id",
                query.account_id,
                query.client_message_id,
                before_id,
                query.first_id,
                *_conditions(query)[1:],
                query.limit,
                *_standings(query),
            )
            return self._found([row[0] for row in found], limit=query.limit, scanned_to=None)
        scan_max = min(MESSAGES_SCANNED_MAX if query.text is None else TEXTS_SCANNED_MAX, query.scan_max or NEWEST)
        first_id = query.first_id
        if query.oldest_first:
            scanned_to = self._first("scan_end_upwards", before_id, first_id, scan_max - 1)
            before_id, name = NEWEST if scanned_to is None else scanned_to + 1, "search_messages_upwards"
            before_id = before_id if query.before_id is None else min(before_id, query.before_id)
        else:
            scanned_to = self._first("scan_end", before_id, first_id, scan_max - 1)
            first_id, name = max(first_id, scanned_to or 0), "search_messages"
        found = self._rows(name, before_id, first_id, *_conditions(query), query.limit, *_standings(query))
        return self._found([row[0] for row in found], limit=query.limit, scanned_to=scanned_to)

    def _found(self, message_ids: list[int], *, limit: int, scanned_to: int | None) -> Found:
        rows: dict[int, MessageView] = {row[0]: view_of(row) for row in self._rows("messages", numbers(message_ids))}
        views = [rows[message_id] for message_id in message_ids if message_id in rows]
        is_full = len(message_ids) == limit
        return Found(views, message_ids[-1] if is_full else scanned_to)

    async def request_of_message(self, message_id: int) -> Request | None:
        for row in self._rows("request_of_message", message_id):
            return request_of(row)
        return None

    async def segments_of_message(self, message_id: int) -> list[SegmentView]:
        return [
            SegmentView._make((*row[:5], None if row[5] is None else _CAUSES[row[5]], *row[6:]))
            for row in self._rows("segments_of_message", message_id)
        ]

    async def search_notifications(self, query: NotificationQuery) -> FoundNotifications:
        before_id = NEWEST if query.before_id is None else query.before_id
        code = None if query.state is None else _NOTIFICATION_STATES.index(query.state)
        scanned_to: int | None = None
        if query.message_id is not None:
            rows = self._rows(
                "notifications_of_message", before_id, query.message_id, query.connection_id, code, query.limit
            )
        elif query.state is NotificationState.DEAD and query.connection_id is not None:
            rows = self._rows("dead_notifications", before_id, query.connection_id, query.limit)
        else:
            scanned_to = self._first("notifications_scan_end", before_id, NOTIFICATIONS_SCANNED_MAX - 1)
            rows = self._rows(
                "search_notifications", before_id, scanned_to or 0, query.connection_id, code, query.limit
            )
        views = [_notification_of(row) for row in rows]
        return FoundNotifications(views, views[-1].notification_id if len(views) == query.limit else scanned_to)

    async def notification(self, notification_id: int) -> NotificationView | None:
        for row in self._rows("notification", notification_id):
            return _notification_of(row)
        return None

    async def attempts(self, notification_id: int) -> list[AttemptView]:
        return [AttemptView._make(row) for row in self._rows("attempts", notification_id)]


def _conditions(query: MessageQuery) -> tuple[int | str | None, ...]:
    """What must hold of a message itself, as the statements of a search number it."""
    ends = query.recipient_ends
    return (
        query.account_id,
        query.carrier_id,
        query.recipient,
        query.state,
        None if ends is None else 10 ** len(ends),
        None if ends is None else int(ends),
        query.text,
    )


def _standings(query: MessageQuery) -> tuple[str | None, int]:
    """Which standings are looked for, and at which moment."""
    if query.status_code is None:
        return None, query.now
    return numbers(standings_of(query.status_code)), query.now


def _notification_of(row: tuple[Any, ...]) -> NotificationView:
    state = _NOTIFICATION_STATES[0 if row[6] is not None else 2 - row[8]]
    return NotificationView._make((*row[:8], state))
