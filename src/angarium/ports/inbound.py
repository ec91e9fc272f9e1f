"""What handsets send, as the store keeps it: parts that wait for others, and messages on their way to their owners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.inbound import InboundState
from angarium.core.inbound_numbers import InboundNumber, NumberSettings, NumberTable
from angarium.core.notification import InboundNotification
from angarium.text.segments import Content, UserData


class PartsKey(NamedTuple):
    """What the parts of one message have in common (rest-api 9)."""

    carrier_id: int
    sender: str
    recipient: str
    reference: int
    total: int


class Part(NamedTuple):
    """One part of a message of several."""

    key: PartsKey
    sequence: int
    user_data: UserData
    received_at: UnixMs
    is_joined: bool = False
    """Whether it has become part of a message already, and is kept to know it again."""


class NewInbound(NamedTuple):
    """A message from a handset, to be stored."""

    inbound_id: int
    connection_id: int | None
    """Whose it is; None while nobody owns its number."""
    carrier_id: int
    sender: str
    recipient: str
    content: Content
    missing: int
    """Parts that never came."""
    received_at: UnixMs
    state: InboundState
    due_at: UnixMs | None


class SettledInbound(NamedTuple):
    """How one attempt to push an inbound message ended, and where the message stands now."""

    inbound_id: int
    at: UnixMs
    attempt_no: int
    status: int
    answer: bytes
    error: str
    elapsed_ms: int
    state: InboundState
    due_at: UnixMs | None


class InboundView(NamedTuple):
    """All that is known of one inbound message. Its text is None when it has been erased."""

    inbound_id: int
    connection_id: int | None
    carrier_id: int
    sender: str
    recipient: str
    content: Content | None
    missing: int
    received_at: UnixMs
    state: InboundState
    due_at: UnixMs | None
    attempts: int


class InboundAttempt(NamedTuple):
    """One try to push it."""

    at: UnixMs
    attempt_no: int
    status: int
    elapsed_ms: int
    answer: bytes
    error: str


class WaitingParts(NamedTuple):
    """A message of which parts are missing still."""

    key: PartsKey
    received: int
    first_at: UnixMs


class InboundTx(Protocol):
    """The verbs of inbound messages."""

    async def parts(self, key: PartsKey) -> list[Part]:
        """What is kept under this key, in the order of arrival; joined parts too."""
        ...

    async def keep_parts(self, parts: Sequence[Part]) -> None:
        """Keep parts that wait for others."""
        ...

    async def mark_joined(self, key: PartsKey) -> None:
        """Those of this key that waited wait no longer; they are kept, to know them when they come again."""
        ...

    async def overdue_parts(self, *, before: UnixMs, limit: int) -> list[PartsKey]:
        """Messages of which a part has waited since before a moment, longest first."""
        ...

    async def take_unnumbered(self, *, limit: int) -> list[Part]:
        """Remove and return segments that an earlier version has kept without joining them."""
        ...

    async def prune_joined(self, *, before: UnixMs, limit: int) -> int:
        """Forget joined parts that came before a moment; returns how many."""
        ...

    async def add_inbound(self, messages: Sequence[NewInbound]) -> None:
        """Store messages from handsets."""
        ...

    async def claim_inbound(
        self, connection_id: int, *, limit: int, now: UnixMs, lease_until: UnixMs
    ) -> list[InboundNotification]:
        """Take what is due for this connection's reply URL until `lease_until`, longest due first."""
        ...

    async def settle_inbound(self, settled: Sequence[SettledInbound]) -> None:
        """Record attempts: delivered, due again, or a dead letter."""
        ...

    async def connections_with_inbound_text(self) -> list[int | None]:
        """Connections whose messages from handsets have a text still; None stands for what nobody owns."""
        ...

    async def erase_inbound(self, connection_id: int | None, *, before_id: int, limit: int) -> int:
        """Erase what messages of a connection (None: of nobody) said below an id, unless they are still owed."""
        ...

    async def connections_with_inbound_numbers(self) -> list[int | None]:
        """Connections whose messages from handsets have whole numbers still; None stands for what nobody owns."""
        ...

    async def mask_inbound(self, connection_id: int | None, *, before_id: int, limit: int) -> int:
        """Forget the last four digits of senders of messages of a connection (None: of nobody) below an id.

        Those that are still owed stay as they are; returns how many were masked. Masked, a message is pushed no more.
        """
        ...

    async def prune_inbound(self, *, before_id: int, limit: int) -> int:
        """Drop messages below an id with their attempts, unless they are still owed; returns how many."""
        ...


class InboundReads(Protocol):
    """What a service reads of them."""

    async def number_table(self) -> NumberTable:
        """All inbound numbers."""
        ...

    async def connections_owed_inbound(self, *, now: UnixMs) -> list[int]:
        """Connections whose reply URL is owed a message now, in turn."""
        ...

    async def has_overdue_parts(self, *, before: UnixMs) -> bool:
        """Whether any part has waited since before a moment, or has never been looked at, or is kept since then."""
        ...


class InboundAdmin(Protocol):
    """What an operator sees and changes. Each change is one transaction and raises AlreadyExists or NotFound."""

    async def add_number(
        self, number: str, connection_id: int, *, keyword: str, carrier_id: int | None, settings: NumberSettings
    ) -> InboundNumber:
        """Give a number, or a keyword on it, to an API connection. Each name is owned once for each carrier."""
        ...

    async def inbound_numbers(self) -> list[InboundNumber]:
        """All of them, by number and keyword."""
        ...

    async def change_number(self, number_id: int, *, connection_id: int, settings: NumberSettings) -> None:
        """Replace its owner and settings; messages that have come already stay whose they are."""
        ...

    async def remove_number(self, number_id: int) -> None:
        """Take it away from its connection; what it receives from now on is nobody's."""
        ...

    async def inbound_messages(
        self,
        *,
        state: InboundState | None = None,
        connection_id: int | None = None,
        before_id: int | None = None,
        limit: int,
    ) -> list[InboundView]:
        """Messages from handsets, newest first, below an id if one is given."""
        ...

    async def inbound_messages_of_number(
        self, number: str, *, before_id: int | None = None, limit: int
    ) -> list[InboundView]:
        """Those from a number or to it, newest first. One without its last digits is only found as it is shown."""
        ...

    async def inbound_message(self, inbound_id: int) -> InboundView:
        """One of them. Raises NotFound."""
        ...

    async def inbound_attempts(self, inbound_id: int) -> list[InboundAttempt]:
        """How it was tried to push it, first attempt first."""
        ...

    async def waiting_parts(self, *, limit: int) -> list[WaitingParts]:
        """Messages of which parts are missing still, longest waiting first."""
        ...

    async def assign_inbound(self, inbound_id: int, connection_id: int, *, at: UnixMs) -> InboundView:
        """Give a message to an API connection; it is pushed to its reply URL from `at` on, if it has one."""
        ...

    async def replay_inbound(self, inbound_ids: Sequence[int], *, at: UnixMs) -> list[int]:
        """Push these once more from `at` on, as if never tried; returns those that have an owner with a reply URL."""
        ...
