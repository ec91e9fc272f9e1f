"""A carrier, as the flows see it: it takes a batch of segments and says what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.inbound import Numbering
from angarium.core.states import Cause
from angarium.text.segments import UserData

_ALONE: Final = Numbering()


class Payload:
    """What the recipients of one request share: compared by identity, so that an edge may keep what it made of it."""

    __slots__ = ("expires_at", "flash", "request_id", "sender", "user_data")

    def __init__(
        self, *, request_id: int, sender: str, user_data: tuple[UserData, ...], flash: bool, expires_at: UnixMs
    ) -> None:
        self.request_id = request_id
        self.sender = sender
        self.user_data = user_data
        self.flash = flash
        self.expires_at = expires_at


class Submission(NamedTuple):
    """One segment to hand to a carrier."""

    message_id: int
    segment_no: int
    """0 for the first."""
    recipient: int
    payload: Payload
    suspect: bool = False
    """A link was lost while this one was unanswered: send it alone, so that a bad message drags no others along."""
    copy_no: int = 0
    """How often the message was in doubt before: a segment that is sent again is another copy of itself."""


class Answer(Enum):
    """What a carrier said to a segment, reduced to what we do about it (delivery 2)."""

    ACCEPTED = "accepted"
    BUSY = "busy"
    """Throttled or full: the message keeps its place, and it was no attempt."""
    FAILED_FOR_NOW = "failed for now"
    REJECTED = "rejected"
    """For good; `cause` says which kind."""
    IN_DOUBT = "in doubt"
    """Sent, and the answer never came."""
    UNSENT = "unsent"
    """Handed back before it was written to a link."""


class Reply(NamedTuple):
    """What became of one segment. Each handed over gets one reply, and perhaps a late ACCEPTED after IN_DOUBT."""

    submission: Submission
    answer: Answer
    carrier_message_id: str = ""
    """As the carrier wrote it (Latin-1); empty unless ACCEPTED."""
    match_id: str = ""
    """The canonical form by which receipts find it."""
    cause: Cause = Cause.CARRIER_ACCEPTED
    error: int = 0
    """The SMPP command_status; 0 when there was none."""
    link: str = ""
    link_lost: bool = False
    """With IN_DOUBT: the answer never came because the link was lost."""
    killed_link: bool = False
    """With IN_DOUBT: the link was lost while this was the only segment unanswered on it."""
    sequence_number: int = 0
    """Of the submit_sm, on its link; 0 when it never came to one."""
    written_at: UnixMs = 0
    """When it was written; 0 when it was not."""
    answered_at: UnixMs = 0
    """When the answer came, or the waiting for it ended."""


class CarrierReceipt(NamedTuple):
    """What a carrier says of a segment it took earlier."""

    carrier_message_id: str
    match_id: str
    cause: Cause | None
    """One of the RECEIPT_ causes, or None for an intermediate one (ENROUTE, ACCEPTED)."""
    recipient: str
    error: str
    """The carrier's own error code, such as "011"; at most 16 characters."""
    stat: str = ""
    """The carrier's own word for the state, such as "DELIVRD"; at most 16 characters."""
    link: str = ""
    """Where it came."""
    said: bytes = b""
    """Its text, as it came."""
    received_at: UnixMs = 0
    """When it came; 0 means now."""


class Unclear(NamedTuple):
    """Something that a carrier delivered and that cannot be understood. It is no customer's message."""

    reason: str
    sender: str
    recipient: str
    link: str
    octets: bytes
    """The PDU, or as much of it as there is."""
    is_whole: bool = True


class InboundSegment(NamedTuple):
    """One segment that a handset sent to us."""

    sender: str
    recipient: str
    user_data: UserData
    numbering: Numbering = _ALONE
    """Which part of which message, whether header or TLVs said so."""


class RepliesSink(Protocol):
    """Where a carrier hands its replies: one call for all that landed together."""

    def __call__(self, carrier_id: int, replies: list[Reply], /) -> None:
        """Take over these replies; must not block or raise."""
        ...


class ReceiptsSink(Protocol):
    """Where a carrier hands its receipts: one call for all that landed together."""

    async def __call__(self, carrier_id: int, receipts: Sequence[CarrierReceipt], /) -> None:
        """Return once they are on disk: only then are they acknowledged. If it raises, the carrier repeats them."""
        ...


class UnclearSink(Protocol):
    """Where a carrier's links hand what cannot be understood: one call for all that landed together."""

    async def __call__(self, carrier_id: int, unclear: Sequence[Unclear], /) -> None:
        """Return once it is on disk: only then is it acknowledged. If it raises, the carrier repeats it."""
        ...


class LinkStatus(Protocol):
    """One connection to a carrier, as its edge tells of it: for health, metrics, the operator's API and the console."""

    @property
    def name(self) -> str:
        """What it is called in logs and lists."""
        ...

    @property
    def state(self) -> Enum:
        """Its value is `bound` when it can carry messages."""
        ...

    @property
    def window(self) -> int:
        """Requests that may be unanswered now; 0 while there is no connection."""
        ...

    @property
    def window_used(self) -> int:
        """How many are."""
        ...

    @property
    def throttled(self) -> bool:
        """Whether the carrier's complaints hold it below its pace."""
        ...

    @property
    def rtt_s(self) -> float | None:
        """Mean round trip of a submit."""
        ...

    @property
    def last_error(self) -> str:
        """A sentence about the last loss or refusal; empty if there was none."""
        ...

    @property
    def since_at(self) -> UnixMs:
        """When it came into its state."""
        ...

    @property
    def pace_per_s(self) -> float | None:
        """What its pace allows now; None is unlimited."""
        ...

    @property
    def answered(self) -> int:
        """Submissions that were answered, or given up without an answer, since the carrier was set to work."""
        ...

    @property
    def errors(self) -> Mapping[str, int]:
        """Those of them that were not simply taken, by what was answered."""
        ...

    @property
    def lately(self) -> int:
        """Submissions that were answered or given up within the last five minutes."""
        ...

    @property
    def errors_lately(self) -> Mapping[str, int]:
        """Those of the last five minutes that were not simply taken."""
        ...

    @property
    def per_s(self) -> float:
        """How many are answered in a second, as a mean of the last moments."""
        ...


class Carrier(Protocol):
    """An SMSC that we are bound to, over any number of links."""

    carrier_id: int

    def room(self) -> int:
        """How many segments may be handed over now; 0 while no link is bound."""
        ...

    def submit(self, batch: Sequence[Submission], /) -> None:
        """Take over these segments. Each is answered by a reply to the sink; none is ever forgotten."""
        ...
