"""The quarantine: what carriers delivered and nobody understands. Kept, acknowledged, and given to no customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs


class Release(StrEnum):
    """As what an operator lets something out of quarantine. The words are stored: they never change their meaning."""

    RECEIPT = "receipt"
    """Read it again with the carrier's settings as they are now."""
    INBOUND = "inbound"
    """It is what a handset sent, whatever its flags say."""


class Quarantined(NamedTuple):
    """One thing in quarantine."""

    carrier_id: int
    link: str
    reason: str
    sender: str
    recipient: str
    octets: bytes
    """The PDU as it came; its text alone when it could not be written again."""
    is_whole: bool
    """Whether the octets are all of the PDU: only then can it be read again."""
    received_at: UnixMs
    release: Release | None = None
    """Set once an operator has let it out: the service will take it up."""
    quarantine_id: int = 0
    """0 until it is stored."""


class QuarantineTx(Protocol):
    """The verbs of the quarantine."""

    async def quarantine(self, rows: Sequence[Quarantined]) -> None:
        """Keep these."""
        ...

    async def release(self, quarantine_id: int, release: Release | None, *, reason: str | None = None) -> bool:
        """Let it out as this, or keep it after all (None), perhaps for another reason; False when it is gone."""
        ...

    async def drop_quarantined(self, quarantine_ids: Sequence[int]) -> int:
        """Forget these; returns how many were there."""
        ...

    async def prune_quarantine(self, *, before: UnixMs, limit: int) -> int:
        """Drop what came before a moment, the oldest first; returns how many."""
        ...


class QuarantineReads(Protocol):
    """What an operator sees of it."""

    async def quarantined(
        self, *, limit: int, carrier_id: int | None = None, before_id: int | None = None
    ) -> list[Quarantined]:
        """The newest first, of one carrier or of all; `before_id` goes on where a list ended."""
        ...

    async def quarantined_one(self, quarantine_id: int) -> Quarantined | None:
        """One of them."""
        ...

    async def released(self, *, limit: int) -> list[Quarantined]:
        """What an operator has let out and the service has not taken up yet, oldest first."""
        ...

    async def quarantine_counts(self, *, count_max: int) -> Mapping[int, int]:
        """How many there are, by carrier; counting ends at `count_max` for each."""
        ...
