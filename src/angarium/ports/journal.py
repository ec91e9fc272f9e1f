"""The stored side of the journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.core.states import Cause, State


class JournalRow(NamedTuple):
    """One message with what it shares with its request."""

    message_id: int
    account_id: int
    connection_id: int
    client_message_id: str | None
    sender: str
    recipient: int
    carrier_id: int
    segments: int
    state: State
    cause: Cause
    error: str
    rate: Credits
    sent_mask: int
    due_at: UnixMs
    accepted_at: UnixMs
    submitted_at: UnixMs | None
    changed_at: UnixMs
    attempts: int
    doubts: int


class JournalReads(Protocol):
    """Reads of what was committed last."""

    async def journal(
        self, *, after_id: int, before_id: int, limit: int, account_id: int | None = None
    ) -> list[JournalRow]:
        """Messages with `after_id` < id < `before_id`, of one account or of all, in the order of their ids."""
        ...

    async def journal_of(self, message_ids: Sequence[int]) -> list[JournalRow]:
        """These messages, in the order given; those that are gone are left out."""
        ...
