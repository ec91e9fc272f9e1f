"""How long what a customer sent is kept: its text, the numbers it went to, and at last its rows.

Days count from the moment of acceptance. Nothing is taken from a message that is still open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from angarium.core.clocktime import DAY_MS, MINUTE_MS, UnixMs

KEEP_TEXT_DAYS: Final = 30
KEEP_NUMBERS_DAYS: Final = 365
KEEP_ROWS_DAYS: Final = 400
KEEP_ROWS_DAYS_MIN: Final = 30
"""A week ahead scheduled, a week valid, receipts a week late (delivery 3): until then the rows are needed."""
LATE_RECEIPTS_MS: Final = 7 * DAY_MS
"""How long after its validity a message keeps its number whatever the settings say: a receipt is matched by it."""
KEEP_DAYS_MAX: Final = 36_500
IMPATIENT_SHARE: Final = 10
"""A text that is to go at once is looked for after a tenth of the time that its message has been open already."""
IMPATIENT_MS_MIN: Final = MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many days text and numbers are kept; a text of 0 days goes when its message is final, or a minute later."""

    text_days: int = KEEP_TEXT_DAYS
    number_days: int = KEEP_NUMBERS_DAYS

    @property
    def is_impatient(self) -> bool:
        """Whether the text is to go as soon as its message is final."""
        return self.text_days == 0

    def first_check_at(self, *, accepted_at: UnixMs, expires_at: UnixMs) -> UnixMs:
        """When a request is looked at for the first time."""
        return min(expires_at, accepted_at + IMPATIENT_MS_MIN) if self.is_impatient else expires_at

    def next_check_at(self, *, accepted_at: UnixMs, now: UnixMs, at_the_latest: UnixMs) -> UnixMs:
        """When a request that is still open is looked at again."""
        if not self.is_impatient:
            return at_the_latest
        return min(at_the_latest, now + max(IMPATIENT_MS_MIN, (now - accepted_at) // IMPATIENT_SHARE))


RETENTION: Final = Retention()
"""What an operator who says nothing gets."""


class Due(NamedTuple):
    """What is to be taken from a finished request now, and when something more is."""

    text: bool
    numbers: bool
    next_at: UnixMs | None
    """None when nothing is left to take before its rows go."""


def due(retention: Retention, *, accepted_at: UnixMs, expires_at: UnixMs, now: UnixMs) -> Due:
    """What time asks for, of a request whose messages are all final."""
    text_at = accepted_at + retention.text_days * DAY_MS
    numbers_at = max(accepted_at + retention.number_days * DAY_MS, expires_at + LATE_RECEIPTS_MS)
    later = [at for at in (text_at, numbers_at) if at > now]
    return Due(text_at <= now, numbers_at <= now, min(later, default=None))
