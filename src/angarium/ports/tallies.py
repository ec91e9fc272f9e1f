"""Tallies in the store: what became of messages, by account and five minutes, for whoever looks at many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.core.tallies import Tally

TallyRow = tuple[int, int, int, int, Credits, int, int]
"""Of a message, what is counted, in plain numbers: there are many, and most are alike but for the first.

Its id, account, state, cause, rate and sent_mask; and, of a delivered one, the milliseconds from acceptance to delivery
if they are more than the first bin's, else that bin's end.
"""


class TallyMarks(NamedTuple):
    """How far counting has come."""

    counted_to: UnixMs | None
    """Every bucket before this one was counted, or is marked; None when none was ever."""
    looks: Mapping[UnixMs, UnixMs]
    """Buckets to be counted again, each with the moment from which on that is due."""


class TalliesTx(Protocol):
    """Writing them."""

    async def set_tallies(
        self,
        bucket_at: UnixMs,
        tallies: Mapping[int, Tally],
        *,
        look_at: UnixMs | None,
        counted_to: UnixMs,
        keep_since: UnixMs,
    ) -> None:
        """Replace the tallies of a bucket, by account, and the marks; `look_at` None for never again.

        What these accounts have from before `keep_since` is dropped.
        """
        ...


class TallyReads(Protocol):
    """Reading them, as committed last."""

    async def messages_to_tally(self, *, first_id: int, before_id: int, limit: int) -> list[TallyRow]:
        """Messages of a range of ids, in their order."""
        ...

    async def tally_marks(self) -> TallyMarks:
        """How far counting has come."""
        ...

    async def tallies(self, account_id: int, *, since: UnixMs, until: UnixMs) -> dict[UnixMs, Tally]:
        """An account's tallies of buckets that begin in a time, oldest first."""
        ...

    async def last_tally(self, account_id: int, *, before: UnixMs) -> UnixMs | None:
        """The last bucket that begins before a moment and has a message of this account."""
        ...
