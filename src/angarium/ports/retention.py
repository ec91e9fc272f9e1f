"""What the store forgets, in small steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from angarium.core.clocktime import UnixMs


class RetentionTx(Protocol):
    """The verbs of forgetting. None of them changes where the money is (delivery 1.5)."""

    async def erase_texts(self, request_ids: Sequence[int]) -> None:
        """Erase what these requests said; alphabet, segments and price stay."""
        ...

    async def mask_numbers(self, request_ids: Sequence[int]) -> None:
        """Forget the last four digits of every recipient of these requests; doing it again changes nothing."""
        ...

    async def prune_requests(self, *, before_id: int, limit: int) -> int:
        """Drop up to `limit` of the oldest requests below an id, with all that hangs on them; returns how many.

        One that has an open message stays. What the messages spent stays in the account's sum.
        """
        ...

    async def prune_notifications(self, *, before: UnixMs, limit: int) -> int:
        """Drop up to `limit` finished notifications of statuses older than a moment, with their attempts."""
        ...

    async def recheck_retention(self, account_id: int | None) -> None:
        """Have every stored request of an account (None: of all) looked at again: it is to be kept differently."""
        ...

    async def recheck_step(self, *, now: UnixMs, limit: int) -> bool:
        """Let the next `limit` requests be looked at now; False when there is no recheck to go on with."""
        ...

    async def kept_days(self, days: str) -> str | None:
        """Remember for how long the operator keeps by default; returns what was remembered before."""
        ...
