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

INBOUND_RETRIES: Final = RetrySchedule(tuple(minutes * MINUTE_MS for minutes in (2, 4, 8, 16, 25)))
"""rest-api 9.4: after 2, 4, 8, 16, 25 minutes; then the secondary URL in the same way; then it is a dead letter."""


def is_second_round(*, attempts: int, has_secondary: bool, retries: RetrySchedule = INBOUND_RETRIES) -> bool:
    """Whether the next attempt, after so many, goes to the secondary URL."""
    return has_secondary and attempts > len(retries.pauses_ms)


def inbound_next_at(
    *, attempts: int, has_secondary: bool, now: UnixMs, retries: RetrySchedule = INBOUND_RETRIES
) -> UnixMs | None:
    """When to try an inbound message again after so many failed attempts; None when both URLs have had theirs."""
    round_attempts = len(retries.pauses_ms) + 1
    if attempts < round_attempts or not has_secondary:
        return retries.next_at(attempts=attempts, now=now)
    # The secondary URL's first attempt is made at once: it has kept nobody waiting yet.
    return now if attempts == round_attempts else retries.next_at(attempts=attempts - round_attempts, now=now)
