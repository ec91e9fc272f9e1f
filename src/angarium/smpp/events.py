"""What a session tells its owner.

Events are facts in the order in which they happened on the wire. They are tuples with names: cheap to make, and there
are two or three of them per message. Branch on `type(event)`.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from angarium.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter, DeliverSm, Pdu
    from angarium.smpp.states import BindState


class CloseReason(enum.Enum):
    """Why a conversation ended."""

    UNBOUND = "unbound"
    """We asked to unbind, and the peer agreed."""

    PEER_UNBOUND = "peer_unbound"
    """The peer asked to unbind, and we agreed."""

    EOF = "eof"
    """The connection is gone."""

    FRAMING = "framing"
    """The bytes are not SMPP, or a length is absurd: nothing after it can be understood."""

    SESSION_INIT_TIMEOUT = "session_init_timeout"
    """Nobody bound in time."""

    PEER_SILENT = "peer_silent"
    """No sign of life after enquire_link."""

    INACTIVITY = "inactivity"
    """No request for too long."""

    UNBIND_TIMEOUT = "unbind_timeout"
    """We asked to unbind, and nobody answered."""


class Bound(NamedTuple):
    """ESME: the peer accepted our bind. `response` holds its system_id and its sc_interface_version."""

    state: BindState
    response: Pdu


class BindRequested(NamedTuple):
    """SMSC: the peer asks to bind. Answer with `Session.respond` and the bind_*_resp; status 0 lets it in."""

    pdu: BindTransmitter | BindReceiver | BindTransceiver


class BindRefused(NamedTuple):
    """ESME: the peer refused our bind. The session stays OPEN; hang up, or bind again."""

    command_status: int


class RequestReceived(NamedTuple):
    """A request for the owner to answer with `Session.respond` (outbind and alert_notification have no answer)."""

    pdu: Pdu


class DeliverReceived(NamedTuple):
    """A deliver_sm: a receipt or an MO. Answer with `Session.acknowledge`, once it is safe with us."""

    deliver_sm: DeliverSm


class SubmitReplied(NamedTuple):
    """The answer to a request made by `Session.submit`. `message_id` is empty when the peer gave none.

    Here and below `sent_at` is the moment at which the request was made, by the owner's `now`.
    """

    token: object
    command_status: int
    message_id: bytes
    sequence_number: int
    sent_at: float


class Replied(NamedTuple):
    """The answer to a request made by `Session.request`."""

    token: object
    pdu: Pdu


class RepliedUnreadably(NamedTuple):
    """A response to our request whose header can be read and whose body cannot.

    With status 0 the peer has accepted the request, and we do not know under which message_id.
    """

    token: object
    command_status: int
    problem: str
    sequence_number: int
    sent_at: float


class Nacked(NamedTuple):
    """The peer answered our request with generic_nack: it could not digest it."""

    token: object
    command_status: int
    sequence_number: int
    sent_at: float


class RequestTimedOut(NamedTuple):
    """No answer within the response time. An answer can still come: `LateReply`."""

    token: object
    sequence_number: int
    sent_at: float


class LateReply(NamedTuple):
    """The answer to a request that was reported as timed out."""

    token: object
    pdu: Pdu
    sent_at: float


class Unexpected(NamedTuple):
    """A response that answers nothing that we know of. Nothing was done about it."""

    pdu: Pdu


class Refused(NamedTuple):
    """A PDU that the session answered by itself with an error, or dropped because it may not be answered."""

    command_id: int
    sequence_number: int
    command_status: int
    problem: str


class PeerUnbound(NamedTuple):
    """The peer asked to unbind and has its answer. `Closed` follows when nothing is awaited any more."""


class Closed(NamedTuple):
    """The end; nothing comes after it. Write out `data_to_send`, then hang up.

    `unanswered`: tokens of requests that were sent and never answered: in doubt.
    `unsent`: tokens of requests whose bytes were never taken with `data_to_send`: surely not sent.
    """

    reason: CloseReason
    detail: str
    unanswered: tuple[object, ...]
    unsent: tuple[object, ...]


Event: TypeAlias = (
    Bound
    | BindRequested
    | BindRefused
    | RequestReceived
    | DeliverReceived
    | SubmitReplied
    | Replied
    | RepliedUnreadably
    | Nacked
    | RequestTimedOut
    | LateReply
    | Unexpected
    | Refused
    | PeerUnbound
    | Closed
)
