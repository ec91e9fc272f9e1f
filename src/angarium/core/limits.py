"""How fast and how much an account or a connection may send (rest-api 1.2, code 130).

A rate is a bucket of tokens in memory; what is counted over a day or a month, UTC, is durable and kept by the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from angarium.core.clocktime import DAY_MS, SECOND_MS, UnixMs
from angarium.core.credit import Credits

_TOKEN: Final = 1_000
"""One message, in thousandths: so many tokens fall in a millisecond as messages are allowed in a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an account or a connection may send; None is no limit."""

    messages_per_s_max: int | None = None
    messages_per_day_max: int | None = None
    credits_per_day_max: Credits | None = None
    credits_per_month_max: Credits | None = None

    @property
    def is_counted(self) -> bool:
        """Whether any of them needs a count that survives a restart."""
        counted = (self.messages_per_day_max, self.credits_per_day_max, self.credits_per_month_max)
        return any(limit is not None for limit in counted)


class Bucket:
    """A rate: it lets a request through while it holds a token, and then owes what the request took beyond that.

    So a request of any size gets through at some time, and over any while the rate is kept.
    """

    def __init__(self, per_s: int, *, now: UnixMs) -> None:
        self.per_s = per_s
        self._level = per_s * _TOKEN
        self._at = now

    def wait_ms(self, *, now: UnixMs) -> int:
        """How long from now until it lets a request through; 0 when it does now."""
        # A clock that was set back fills nothing, and takes nothing away.
        filled = self._level + max(0, now - self._at) * self.per_s
        self._level = min(filled, self.per_s * _TOKEN)
        self._at = now
        return max(0, -((self._level - _TOKEN) // self.per_s))

    def take(self, messages: int) -> None:
        """Let so many messages through."""
        self._level -= messages * _TOKEN


class Period(IntEnum):
    """Over which time something is counted."""

    DAY = 0
    MONTH = 1


def began_at(period: Period, now: UnixMs) -> UnixMs:
    """When the day or month of this moment began, UTC."""
    if period is Period.DAY:
        return now - now % DAY_MS
    moment = datetime.fromtimestamp(now / SECOND_MS, UTC)
    return _first_of(moment.year, moment.month)


def ends_at(period: Period, now: UnixMs) -> UnixMs:
    """When it ends, and the next one begins."""
    if period is Period.DAY:
        return began_at(period, now) + DAY_MS
    moment = datetime.fromtimestamp(now / SECOND_MS, UTC)
    return _first_of(moment.year + moment.month // 12, moment.month % 12 + 1)


def _first_of(year: int, month: int) -> UnixMs:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * SECOND_MS


def seconds_until(moment: UnixMs, *, now: UnixMs) -> int:
    """Whole seconds to wait, never too few and at least one: what `Retry-After` says."""
    return max(1, -((now - moment) // SECOND_MS))
