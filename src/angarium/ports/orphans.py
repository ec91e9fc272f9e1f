"""Orphans: receipts whose segment is not known (yet). Kept for a while, and matched when the answer comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.states import Cause


class Orphan(NamedTuple):
    """A receipt that found no segment."""

    carrier_id: int
    match_id: str
    carrier_message_id: str
    """As the carrier wrote it (Latin-1)."""
    cause: Cause | None
    """None for an intermediate one."""
    recipient: str
    error: str
    received_at: UnixMs
    stat: str = ""
    """The carrier's own word for the state."""
    link: str = ""
    said: bytes = b""
    """The text of the receipt, as it came; cut off when it is long."""
    orphan_id: int = 0
    """0 until it is stored."""


class OrphansTx(Protocol):
    """The verbs of orphans."""

    async def keep_orphans(self, orphans: Sequence[Orphan]) -> None:
        """Keep receipts whose segment is not known (yet)."""
        ...

    async def take_orphans(self, carrier_id: int, match_ids: Sequence[str]) -> list[Orphan]:
        """Remove and return orphans under these ids, oldest first. Next to free while the carrier has none."""
        ...

    async def take_orphan(self, orphan_id: int) -> Orphan | None:
        """Remove and return this one; None when it is gone."""
        ...

    async def await_under(self, match_id: str, *, carrier_id: int, message_id: int, segment_no: int) -> bool:
        """Let a segment await its receipt under another id; False when it awaits none of this carrier."""
        ...

    async def prune_orphans(self, *, before: UnixMs, limit: int) -> int:
        """Drop orphans received before a moment, the oldest first; returns how many."""
        ...


class OrphanReads(Protocol):
    """What an operator sees of them."""

    async def orphans(self, *, limit: int, carrier_id: int | None = None, before_id: int | None = None) -> list[Orphan]:
        """The newest orphans, newest first, of one carrier or of all; `before_id` goes on where a list ended."""
        ...

    async def orphan(self, orphan_id: int) -> Orphan | None:
        """One of them."""
        ...

    async def orphan_counts(self, *, count_max: int) -> Mapping[int, int]:
        """How many there are, by carrier; counting ends at `count_max` for each."""
        ...
