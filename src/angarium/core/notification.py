"""What we owe a customer: word of a status, or a message from a handset."""

from __future__ import annotations

from typing import Final, NamedTuple

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.core.states import FINAL, State
from angarium.core.status_codes import DELIVERED_TO_GATEWAY
from angarium.text.segments import Content


class StatusNotification(NamedTuple):
    """One status of one message, owed to the API connection it came from."""

    notification_id: int
    connection_id: int
    message_id: int
    client_message_id: str
    recipient: int
    sender: str
    charge: Credits
    status_code: int
    """The API's status number (rest-api 7), 4 for "004"."""
    changed_at: UnixMs
    attempts: int
    """How often it has been tried before."""

    @property
    def queue(self) -> int:
        """Which queue it stands in: each API connection has one for statuses and one for inbound messages."""
        return self.connection_id


class InboundNotification(NamedTuple):
    """One message from a handset, owed to the API connection that its number belongs to."""

    message_id: int
    """The inbound message's own; no message of ours has the same."""
    connection_id: int
    sender: str
    """The handset."""
    recipient: str
    """The number it wrote to."""
    content: Content
    received_at: UnixMs
    attempts: int

    @property
    def queue(self) -> int:
        """As of a status."""
        return inbound_queue(self.connection_id)


Notification = StatusNotification | InboundNotification


def inbound_queue(connection_id: int) -> int:
    """The queue of a connection's inbound messages: neither holds up the other (delivery 5)."""
    return -connection_id


CALLBACK_INTERMEDIATE: Final = 1
CALLBACK_FINAL: Final = 2
CALLBACK_FAILURE: Final = 4
_FAILURES: Final = frozenset({1, 5, 7, 9, 10, 12})
_FINALS: Final = _FAILURES | {4}


def is_wanted(status_code: int, mask: int) -> bool:
    """Whether a callback mask asks for this status (rest-api 8.2)."""
    if status_code == DELIVERED_TO_GATEWAY:
        return bool(mask & CALLBACK_INTERMEDIATE)
    if mask & CALLBACK_FINAL:
        return status_code in _FINALS
    return bool(mask & CALLBACK_FAILURE) and status_code in _FAILURES


def is_told(state: State) -> bool:
    """Whether a state is ever pushed at all: submitted and the final ones, but not what the customer stopped."""
    return state is State.SUBMITTED or (state in FINAL and state is not State.CANCELLED)
