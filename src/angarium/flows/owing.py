"""Which notifications a change of status makes us owe."""

from __future__ import annotations

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.core.notification import is_told, is_wanted
from angarium.core.states import Cause, State
from angarium.core.status_codes import settled_status_code
from angarium.flows.tables import Tables
from angarium.ports.store import Owed


def owed(
    tables: Tables,
    *,
    connection_id: int,
    callback: int,
    message_id: int,
    state: State,
    cause: Cause,
    charge: Credits,
    changed_at: UnixMs,
) -> Owed | None:
    """The notification of this status, or None when the mask does not ask for it or nobody could be told."""
    if not callback or not is_told(state):
        return None
    status_code = settled_status_code(state, cause)
    if not is_wanted(status_code, callback):
        return None
    connection = tables.directory.connections.get(connection_id)
    if connection is None or connection.settings.callback is None:
        return None
    return Owed(connection_id, message_id, status_code, charge, changed_at)
