"""What is counted against limits, durably (rest-api 1.2, code 130)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.core.limits import Period


class Usage(NamedTuple):
    """What an account, or one connection of it, has sent in one day or month."""

    account_id: int
    connection_id: int
    """0 for the whole account."""
    period: Period
    began_at: UnixMs
    messages: int
    credits: Credits


class LimitsTx(Protocol):
    """The verbs of limits."""

    async def usage(self, account_ids: Sequence[int]) -> list[Usage]:
        """What is counted for these accounts and their connections: of each period, the last one counted."""
        ...

    async def set_usage(self, usage: Sequence[Usage]) -> None:
        """Replace counts, and with them those of a period that is over."""
        ...
