"""What became of an account's messages, counted by the five minutes in which they were accepted.

Pages about many messages read tallies, never the messages. Delivery times are kept as a histogram whose bins grow by an
eighth, so that sums of tallies still have a median.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, log
from typing import Final

from angarium.core.clocktime import MINUTE_MS, UnixMs
from angarium.core.credit import Credits
from angarium.core.states import OPEN, Cause, State

BUCKET_MS: Final = 5 * MINUTE_MS
BIN_FIRST_MS: Final = 100
"""The end of the first bin: nobody asks for more."""
BIN_GROWTH: Final = 1.125


@dataclass(slots=True)
class Tally:
    """Counts of messages. Add to it, or sum several."""

    fates: Counter[tuple[State, Cause]] = field(default_factory=Counter)
    """Messages by where they are, and why."""
    spent: Credits = 0
    times: Counter[int] = field(default_factory=Counter)
    """Delivered messages by the bin of the time from acceptance to delivery."""

    @classmethod
    def total(cls, tallies: Iterable[Tally]) -> Tally:
        """The sum of several."""
        total = cls()
        for each in tallies:
            total.fates.update(each.fates)
            total.spent += each.spent
            total.times.update(each.times)
        return total

    @property
    def accepted(self) -> int:
        """All of them."""
        return self.fates.total()

    def count(self, *states: State) -> int:
        """Those in any of these states."""
        return sum(count for (state, _), count in self.fates.items() if state in states)

    def copy(self) -> Tally:
        """The same, to add to."""
        return Tally(self.fates.copy(), self.spent, self.times.copy())

    @property
    def may_change(self) -> bool:
        """Whether any of them is open, or has an unknown end that better knowledge may replace."""
        return any(may_change(state) for state, _ in self.fates)

    def within_ms(self, share: float) -> int | None:
        """The time within which this share of the delivered ones came, to an eighth; None for none."""
        total = self.times.total()
        due = ceil(share * total)
        for bin_no in sorted(self.times):
            due -= self.times[bin_no]
            if due <= 0:
                return bin_end_ms(bin_no)
        return None


def may_change(state: State) -> bool:
    """Whether a message in this state is open, or has an unknown end that better knowledge may replace."""
    return state in OPEN or state is State.UNKNOWN


def bucket_of(at: UnixMs) -> UnixMs:
    """The beginning of the bucket that this moment is in."""
    return at - at % BUCKET_MS


def bin_of(took_ms: int) -> int:
    """The bin of a delivery time."""
    return 0 if took_ms <= BIN_FIRST_MS else ceil(log(took_ms / BIN_FIRST_MS) / log(BIN_GROWTH) - 1e-9)


def bin_end_ms(bin_no: int) -> int:
    """The longest time of this bin."""
    return round(BIN_FIRST_MS * BIN_GROWTH**bin_no)
