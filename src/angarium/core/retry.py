"""Retry schedules as data: when to try again, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from angarium.core.clocktime import DAY_MS, MINUTE_MS, SECOND_MS, UnixMs


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Pauses between attempts, in milliseconds. With `repeat_last` the last pause recurs for ever."""

    pauses_ms: tuple[int, ...]
    repeat_last: bool = False

    def next_at(self, *, attempts: int, now: UnixMs) -> UnixMs | None:
        """When to try again after `attempts` failed ones (1 or more), or None when the schedule is used up."""
        if attempts <= len(self.pauses_ms):
            return now + self.pauses_ms[attempts - 1]
        return now + self.pauses_ms[-1] if self.repeat_last else None


SUBMIT_RETRIES: Final = RetrySchedule(
    tuple(pause * SECOND_MS for pause in (5, 15, 30, 60, 120, 300, 600, 900)), repeat_last=True
)
"""After a carrier's temporary error. It ends with the message's validity, not by count."""

CALLBACK_RETRIES: Final = RetrySchedule(
    (*(minutes * MINUTE_MS for minutes in (2, 4, 8, 16, 32, 64, 128)), DAY_MS, DAY_MS, DAY_MS)
)
"""rest-api 8.5: after 2 to 128 minutes, doubling, then daily for three days; then it is a dead letter."""
