"""The durable truth: messages, money, what we owe, and what an operator set.

Work is given as an `async` function of a `Tx`. It runs in one transaction, together with other work that waits at the
same moment, and `write` returns its value only when the whole is flushed to disk. Three rules follow for such work: it
awaits nothing but the Tx; it may be run again from the start when the transaction could not be kept, so it changes
nothing outside; and it takes a batch, because a group of one costs ten times as much as a member of a large group.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from angarium.core.account import Directory
from angarium.core.charge import LedgerMove
from angarium.core.clocktime import UnixMs
from angarium.core.credit import Balance, Credits
from angarium.core.features import Needs
from angarium.core.message import Priority
from angarium.core.notification import StatusNotification
from angarium.core.queues import Hold
from angarium.core.routing import RoutingTable
from angarium.core.states import Cause, State
from angarium.ports.audit import AuditTx
from angarium.ports.blocks import BlockReads
from angarium.ports.credit import CreditTx
from angarium.ports.inbound import InboundReads, InboundTx
from angarium.ports.journal import JournalReads
from angarium.ports.limits import LimitsTx
from angarium.ports.operators import OperatorsTx
from angarium.ports.opt_outs import OptOutReads, OptOutTx
from angarium.ports.orphans import OrphanReads, OrphansTx
from angarium.ports.overview import OverviewReads
from angarium.ports.people import PeopleReads, PeopleTx
from angarium.ports.quarantine import QuarantineReads, QuarantineTx
from angarium.ports.queues import QueuesTx
from angarium.ports.readings import ReadingsReads, ReadingsTx
from angarium.ports.replay import ReplayTx
from angarium.ports.retention import RetentionTx
from angarium.ports.retries import RetriesTx
from angarium.ports.send_jobs import SendJobReads, SendJobsTx
from angarium.ports.tallies import TalliesTx, TallyReads
from angarium.ports.timeline import TimelineReads, TimelineTx
from angarium.text.national import LANGUAGES, NationalLanguage
from angarium.text.segments import Content

T = TypeVar("T")


class StoreUnavailable(Exception):
    """The store could not keep this: nothing of it was stored. The message says why and what to do."""


class Overdraft(Exception):
    """A move of credit would leave less than nothing somewhere, or make or lose money: nothing is stored."""


class AlreadyExists(ValueError):
    """Something of this name is there already: choose another name."""


class NotFound(LookupError):
    """There is nothing of this name or number."""


# --- rows ------------------------------------------------------------------------------------------------------------


class NewRequest(NamedTuple):
    """What the recipients of one send share; `request_id` is the id of its first message."""

    request_id: int
    account_id: int
    connection_id: int
    client_message_id: str | None
    sender: str
    content: Content
    flash: bool
    segments: int
    callback: int
    accepted_at: UnixMs
    expires_at: UnixMs
    repeats: bool
    """Whether it is long and has a recipient twice: the two must not share a concatenation reference."""
    check_at: UnixMs
    """When housekeeping must look whether any of its messages is still open."""
    escalate: bool = False
    """Whether a costlier route may be taken when the chosen one is down or slow (rest-api 3)."""
    rate_max: Credits | None = None
    """What a segment may cost at the most."""
    needs: Needs = 0
    """What a carrier must have to take it."""

    @property
    def request(self) -> Request:
        """The same as a stored request."""
        return Request._make(self[:12])


class NewMessage(NamedTuple):
    """One message to be queued."""

    message_id: int
    request_id: int
    account_id: int
    carrier_id: int
    recipient: int
    priority: Priority
    cause: Cause
    """ACCEPTED or SCHEDULED."""
    due_at: UnixMs
    rate: Credits
    segments: int
    accepted_at: UnixMs
    cost: int = 0
    """What the carrier takes from us for a segment, as it is kept: see core.routing.kept_cost."""


class Claim(NamedTuple):
    """One message that this process may now submit."""

    message_id: int
    request_id: int
    account_id: int
    recipient: int
    due_at: UnixMs
    """When it was due: a message that keeps its place goes back to this."""
    rate: Credits
    segments: int
    sent_mask: int
    """Bit n is set when segment n needs no (further) submission."""
    attempts: int
    doubts: int
    doubtful_mask: int
    """Bit n is set when segment n may have left, and nobody knows."""
    cause: Cause


class Move(NamedTuple):
    """A change of one message. Nothing happens when the message is not in `before` any more (stopped, say)."""

    message_id: int
    before: State
    state: State
    cause: Cause
    due_at: UnixMs
    sent_mask: int
    attempts: int
    doubts: int
    doubtful_mask: int
    error: str
    changed_at: UnixMs


class SentSegment(NamedTuple):
    """A segment that a carrier took, and the ids by which its receipt will find it.

    A segment that was sent again after a doubt may be taken twice: each copy awaits its own receipt.
    """

    message_id: int
    segment_no: int
    carrier_id: int
    carrier_message_id: str
    match_id: str
    submitted_at: UnixMs
    """When the carrier answered."""
    copy_no: int = 0
    link: str = ""
    sequence_number: int = 0
    written_at: UnixMs = 0
    """When it was written to the link; 0 when that is not known."""


class Awaiting(NamedTuple):
    """A segment that awaits its receipt, with its message as it stands."""

    match_id: str
    segment_no: int
    copy_no: int
    submitted_at: UnixMs
    message_id: int
    request_id: int
    account_id: int
    recipient: int
    rate: Credits
    segments: int
    sent_mask: int
    delivered_mask: int
    callback: int
    connection_id: int
    doubts: int
    state: State


class Receipted(NamedTuple):
    """What a receipt changes: its segment is settled, and its message moves from `before` to `state` (may be equal).

    Of several about one message the last move stands, and delivered segments add up.
    """

    message_id: int
    segment_no: int
    copy_no: int
    awaits_more: bool
    """The carrier does not know: a later receipt may say more, so the segment goes on awaiting it."""
    receipt_at: UnixMs
    """When the receipt came."""
    stat: str
    """The carrier's own word for the state."""
    cause: Cause
    error: str
    changed_at: UnixMs
    delivered_mask: int
    state: State
    before: State


class Owed(NamedTuple):
    """A notification to write: one status of one message."""

    connection_id: int
    message_id: int
    status_code: int
    charge: Credits
    changed_at: UnixMs


class Settled(NamedTuple):
    """How one attempt of a notification ended; `due_at` is None when there is nothing more to do."""

    notification_id: int
    attempt_no: int
    at: UnixMs
    ok: bool
    status: int
    answer: bytes
    error: str
    elapsed_ms: int
    due_at: UnixMs | None


class Request(NamedTuple):
    """A stored request, as dispatch and callbacks need it."""

    request_id: int
    account_id: int
    connection_id: int
    client_message_id: str | None
    sender: str
    content: Content
    flash: bool
    segments: int
    callback: int
    accepted_at: UnixMs
    expires_at: UnixMs
    repeats: bool = False


class MessageView(NamedTuple):
    """All that is known of one message, for those who ask."""

    message_id: int
    request_id: int
    account_id: int
    carrier_id: int
    recipient: int
    state: State
    cause: Cause
    due_at: UnixMs
    rate: Credits
    segments: int
    sent_mask: int
    delivered_mask: int
    attempts: int
    doubts: int
    doubtful_mask: int
    error: str
    changed_at: UnixMs
    client_message_id: str | None
    connection_id: int
    callback: int
    expires_at: UnixMs
    accepted_at: UnixMs
    cost: int = 0
    """As it is kept: see core.routing.cost_of."""


class CarrierRow(NamedTuple):
    """A carrier as the operator set it; its settings are the carrier edge's to read."""

    carrier_id: int
    name: str
    settings: Mapping[str, object]
    enabled: bool
    hold: Hold = Hold.NO

    @property
    def languages(self) -> frozenset[NationalLanguage]:
        """Whose national tables it lets through (its setting `national_tables`); the price may depend on it."""
        words = self.settings.get("national_tables")
        return frozenset(LANGUAGES[word] for word in str(words or "").split(",") if word in LANGUAGES)


class TokenRow(NamedTuple):
    """A token without its secret."""

    token_id: int
    connection_id: int
    created_at: UnixMs
    revoked_at: UnixMs | None
    sealed: bytes
    """The token under the store's seal, to be shown once more."""
    expires_at: UnixMs | None = None
    """When it ends by itself; None for never."""

    def is_valid(self, *, now: UnixMs) -> bool:
        """Whether it lets anybody in at this moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class LedgerEntry(NamedTuple):
    """One purchase or adjustment."""

    entry_id: int
    account_id: int
    at: UnixMs
    amount: Credits
    note: str
    origin: str = "operator"
    """Where it came from: `operator`, `voucher`, or the name of a provider of payments."""


class QueueDepth(NamedTuple):
    """What waits for one carrier. `depth_max` bounds the count: a depth equal to it means so many or more."""

    carrier_id: int
    depth: int
    oldest_due_at: UnixMs | None


# --- transactions ----------------------------------------------------------------------------------------------------


class Tx(
    InboundTx,
    OptOutTx,
    QueuesTx,
    LimitsTx,
    RetentionTx,
    RetriesTx,
    TimelineTx,
    PeopleTx,
    CreditTx,
    OrphansTx,
    AuditTx,
    OperatorsTx,
    ReplayTx,
    TalliesTx,
    QuarantineTx,
    ReadingsTx,
    SendJobsTx,
    Protocol,
):
    """One open transaction: the verbs of the five legs. Each takes a batch and is cheap for an empty one."""

    async def free_credit(self, account_id: int) -> Credits:
        """The account's free credits, as this transaction sees them."""
        ...

    async def move_credit(self, moves: Sequence[LedgerMove]) -> None:
        """Move amounts between free, reserved and spent. Raises Overdraft: whoever moves looks first what is there."""
        ...

    async def add_requests(self, requests: Sequence[NewRequest]) -> None:
        """Store what the recipients of each request share."""
        ...

    async def add_messages(self, messages: Sequence[NewMessage]) -> None:
        """Queue messages."""
        ...

    async def claim_due(self, carrier_id: int, *, limit: int, now: UnixMs, lease_until: UnixMs) -> list[Claim]:
        """Take messages due now for this carrier until `lease_until`: queued becomes submitting.

        Accounts share the batch evenly; within one account priority comes first, then the moment of being due.
        """
        ...

    async def claim_stale(self, carrier_id: int, *, limit: int, now: UnixMs) -> list[Claim]:
        """Messages still submitting although their lease has run out: nobody knows what became of them.

        They stay as they are: whoever asks decides, in the same transaction.
        """
        ...

    async def requests(self, request_ids: Sequence[int]) -> list[Request]:
        """The stored requests of these ids; those that are gone are left out."""
        ...

    async def messages(self, message_ids: Sequence[int]) -> dict[int, MessageView]:
        """The messages of these ids as they stand in this transaction."""
        ...

    async def move_messages(self, moves: Sequence[Move]) -> list[Move]:
        """Apply each move whose message is still in its `before` state; return those that applied, in order."""
        ...

    async def add_sent_segments(self, segments: Sequence[SentSegment]) -> None:
        """Record segments that a carrier took; they await their receipts from now on."""
        ...

    async def awaiting(self, carrier_id: int, match_ids: Sequence[str]) -> list[Awaiting]:
        """Segments of this carrier that await a receipt under one of these ids, newest first for each id."""
        ...

    async def settle_receipts(self, receipted: Sequence[Receipted]) -> None:
        """Settle segments and move their messages."""
        ...

    async def copies_awaiting(self, message_ids: Sequence[int]) -> list[tuple[int, int, int]]:
        """Message, segment and copy of everything that awaits a receipt of these messages."""
        ...

    async def stop_awaiting(self, *, before_id: int, limit: int) -> bool:
        """Let segments of messages below an id await no receipt any more, about `limit` at a time; True for more.

        The store remembers how far it has come: each segment is looked at once.
        """
        ...

    async def owe(self, owed: Sequence[Owed]) -> None:
        """Write notifications, due at once."""
        ...

    async def claim_notifications(
        self, connection_id: int, *, limit: int, now: UnixMs, lease_until: UnixMs
    ) -> list[StatusNotification]:
        """Take notifications due for this connection until `lease_until`, oldest first.

        One about a message of which an earlier notification is still undone is left where it is.
        """
        ...

    async def settle_notifications(self, settled: Sequence[Settled]) -> None:
        """Record attempts: done, due again, or exhausted."""
        ...

    async def release_notifications(self, notification_ids: Sequence[int], *, due_at: UnixMs) -> None:
        """Give claims back untried."""
        ...

    async def requests_to_check(self, *, now: UnixMs, limit: int) -> list[Request]:
        """Requests whose `check_at` has come, earliest first."""
        ...

    async def open_messages(self, request_id: int, *, limit: int) -> list[MessageView]:
        """The messages of one request that have not reached a final state."""
        ...

    async def check_again(self, request_ids: Sequence[int], *, check_at: UnixMs | None) -> None:
        """Set when these requests are to be looked at next; None for never."""
        ...

    async def probe(self, *, at: UnixMs) -> None:
        """Write a little, to find out whether anything can be written."""
        ...

    async def end_leases(self, *, now: UnixMs) -> int:
        """Let every lease of messages, notifications and inbound messages run out now; returns how many.

        For a start, when this process is the only one: their claimant is dead.
        """
        ...


class Store(
    BlockReads,
    InboundReads,
    JournalReads,
    OptOutReads,
    TimelineReads,
    PeopleReads,
    OrphanReads,
    QuarantineReads,
    ReadingsReads,
    OverviewReads,
    TallyReads,
    SendJobReads,
    Protocol,
):
    """The way to the durable truth."""

    async def write(self, work: Callable[[Tx], Awaitable[T]], /) -> T:
        """Run the work in a transaction and return its value when it is flushed to disk.

        Raises StoreUnavailable when that cannot be done: nothing of it was stored. An exception of the work itself
        undoes the work alone and is raised here. Cancelling the wait does not cancel the work.
        """
        ...

    # Reads: what was committed last. Never blocked by writes.

    async def message(self, message_id: int) -> MessageView | None:
        """One message."""
        ...

    async def newest_message(self, account_id: int, client_message_id: str) -> MessageView | None:
        """The newest message of an account with this client message id."""
        ...

    async def message_text(self, message_id: int) -> str | None:
        """What one message says, for display; None when it was erased or never was."""
        ...

    async def settled_segments(self, *, since_id: int, limit: int) -> list[tuple[int, str, int, int, int, int, Cause]]:
        """Carrier, id, recipient, message, segment, copy and last word of segments that were settled.

        Those of messages with ids from `since_id` on, oldest first, as far as `limit` newest segments reach back.
        """
        ...

    async def purchasers(self, account_ids: Collection[int]) -> set[int]:
        """Which of these accounts have ever bought credit (rest-api 3.2)."""
        ...

    async def balance(self, account_id: int) -> Balance:
        """Where an account's money is; raises NotFound."""
        ...

    async def queue_depths(self, *, depth_max: int) -> list[QueueDepth]:
        """What is queued, scheduled messages included, by carrier."""
        ...

    async def connections_owed(self, *, now: UnixMs) -> list[int]:
        """Connections that have notifications due, in turn."""
        ...

    async def notifications_lag(self) -> UnixMs | None:
        """The earliest moment at which a notification that is still undone was due; None when there is none."""
        ...

    async def last_message_id(self) -> int:
        """The highest id of a message ever stored, inbound ones included, 0 at first: where new ids begin."""
        ...

    async def ledger_faults(self) -> list[str]:
        """Every sentence that is wrong about the money: empty when it adds up (delivery 1.5)."""
        ...

    async def settings_version(self) -> int:
        """Grows with each change an operator makes, by whichever process: time to load the tables below again."""
        ...

    async def directory(self) -> Directory:
        """All accounts, connections and valid tokens."""
        ...

    async def routing_table(self) -> RoutingTable:
        """Routes and rates as they stand."""
        ...

    async def carriers(self) -> list[CarrierRow]:
        """All carriers."""
        ...

    async def close(self) -> None:
        """Finish what waits, flush, and let go of the files."""
        ...
