"""The queue of a carrier, as an operator handles it: held, and searched."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple

from angarium.core.clocktime import UnixMs


class Hold(IntEnum):
    """Whether what waits for a carrier is handed to it. The numbers are stored: they never change their meaning."""

    NO = 0
    HELD = 1
    """Links stay bound, receipts are taken, and nothing is submitted."""
    REROUTED = 2
    """Held, and what waits is offered to other carriers."""


class Waits(StrEnum):
    """Which of the waiting messages are meant."""

    ANY = "any"
    DUE = "due"
    """Those that would be submitted now if the carrier had room."""
    LATER = "later"
    """Scheduled ones, and those that wait for another try."""


class QueueFilter(NamedTuple):
    """Which messages of a queue an operator means. All conditions hold together."""

    carrier_id: int | None = None
    account_id: int | None = None
    prefix: str = ""
    waits: Waits = Waits.ANY
    accepted_before: UnixMs | None = None

    def means(self, *, account_id: int, recipient: int, due_at: UnixMs, accepted_at: UnixMs, now: UnixMs) -> bool:
        """Whether this message of the carrier's is one of them."""
        return (
            self.account_id in {None, account_id}
            and (not self.prefix or str(recipient).startswith(self.prefix))
            and (self.waits is Waits.ANY or (self.waits is Waits.DUE) == (due_at <= now))
            and (self.accepted_before is None or accepted_at < self.accepted_before)
        )
