"""Which notifications a change of status makes us owe."""

from __future__ import annotations

from angarium.core.charge import charge
from angarium.core.clocktime import UnixMs
from angarium.core.notification import is_told, is_wanted
from angarium.core.states import Cause, State
from angarium.core.status_codes import settled_status_code
from angarium.flows.tables import Tables
from angarium.ports.store import Awaiting, Claim, MessageView, Owed, Request


def owed(
    tables: Tables,
    message: Claim | MessageView | Awaiting,
    asked: Request | MessageView | Awaiting,
    *,
    state: State,
    cause: Cause,
    sent_mask: int,
    changed_at: UnixMs,
) -> Owed | None:
    """The notification of this status, or None when the mask does not ask for it or nobody could be told.

    `asked` holds the mask and the connection: the message's request, or a row that was joined with it.
    """
    if not asked.callback or not is_told(state):
        return None
    status_code = settled_status_code(state, cause)
    if not is_wanted(status_code, asked.callback):
        return None
    connection = tables.directory.connections.get(asked.connection_id)
    if connection is None or connection.settings.callback is None:
        return None
    price = charge(rate=message.rate, segments=message.segments, sent_mask=sent_mask, state=state)
    return Owed(asked.connection_id, message.message_id, status_code, price, changed_at)
