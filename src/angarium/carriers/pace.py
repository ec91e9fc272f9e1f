"""How fast a link may send: a token bucket that slows down when the carrier throttles and recovers by itself.

Pure arithmetic on `now`, in float seconds of any monotonic clock: no timer, no clock, no task.

Slowing down is multiplicative and recovering additive, so that several links, or several customers of one carrier,
settle on a fair share. A carrier that throttles answers a whole window of submits with ESME_RTHROTTLED at once; that is
one complaint, not a hundred, hence at most one slow-down per `THROTTLE_QUIET_S`.
"""

from __future__ import annotations

import sys
from typing import Final

UNLIMITED: Final = sys.maxsize
"""What `room` says when nothing holds us back."""

BURST_S: Final = 0.1
"""How much unused time may be made up for at once."""

SLOW_DOWN: Final = 0.5
"""What a throttling answer leaves of the rate."""

RECOVERY_S: Final = 20.0
"""How long the way back from standstill to the rate before throttling takes."""

THROTTLE_QUIET_S: Final = 1.0
"""Complaints within this time after a slow-down are part of the same complaint."""

RATE_MIN_PER_S: Final = 1.0
"""A throttled link never becomes slower than this, unless its own limit is lower."""

MEASURED_MIN_PER_S: Final = 20.0
"""One that was quiet counts as having had this rate: a single complaint must not bring it to a standstill."""

MEASURED_OVER_S: Final = 1.0
"""An unlimited link that is throttled starts from the rate it had over this time."""

RAMP_S_MAX: Final = 60.0
"""After so long a slow start is over, whatever rate it has come to."""


class Pace:
    """The rate of one link, in messages per second.

    `limit_per_s` is the operator's setting; None means as fast as the window allows. `throttled_rate` exists only
    between a throttling answer and full recovery.
    """

    __slots__ = (
        "_counted",
        "_counted_since",
        "_limit",
        "_peak",
        "_ramp",
        "_ramp_since",
        "_rate",
        "_rate_at",
        "_slowed_at",
        "_tokens",
        "_tokens_at",
    )

    def __init__(self, limit_per_s: float | None, *, now: float, ramp_per_s: float | None = None) -> None:
        """`ramp_per_s`: the rate after `start`, and by how much it grows each second; None starts at once."""
        self._limit = limit_per_s
        self._ramp = ramp_per_s
        self._ramp_since: float | None = None
        self._rate: float | None = None
        self._rate_at = now
        self._peak = 0.0
        self._slowed_at = now - THROTTLE_QUIET_S
        self._tokens = 0.0 if limit_per_s is None else max(1.0, limit_per_s * BURST_S)
        self._tokens_at = now
        self._counted = 0
        self._counted_since = now

    def start(self, now: float) -> None:
        """The link is bound: whoever comes back after a breakdown is not given everything at once."""
        if self._ramp is not None:
            self._ramp_since = self._tokens_at = now
            self._tokens = max(1.0, self._ramp * BURST_S)

    @property
    def ramping(self) -> bool:
        """Whether a slow start still holds the rate below its limit, as of the last call with a time."""
        return self._ramp_since is not None

    def rate_per_s(self, now: float) -> float | None:
        """What is allowed at `now`; None means unlimited."""
        rate = self._settled_rate_per_s(now)
        if self._ramp is None or self._ramp_since is None or now - self._ramp_since >= RAMP_S_MAX:
            return rate
        ramped = self._ramp * (1 + now - self._ramp_since)
        return ramped if rate is None else min(rate, ramped)

    def _settled_rate_per_s(self, now: float) -> float | None:
        if self._rate is None:
            return self._limit
        recovered = self._rate + self._peak * (now - self._rate_at) / RECOVERY_S
        ceiling = self._limit if self._limit is not None else self._peak * 2
        if recovered < ceiling:
            return recovered
        return self._limit

    @property
    def throttled(self) -> bool:
        """Whether a throttling answer still holds the rate below its limit, as of the last call with a time."""
        return self._rate is not None

    def room(self, now: float) -> int:
        """How many messages may be sent at `now`."""
        rate = self.rate_per_s(now)
        if rate == self._limit:
            self._rate = self._ramp_since = None
        if rate is None:
            return UNLIMITED
        self._fill(rate, now)
        return int(self._tokens)

    def take(self, count: int, now: float) -> None:
        """Note that `count` messages are sent at `now`; at most `room` of them."""
        if now - self._counted_since > MEASURED_OVER_S:
            # Half of the old count stays, so that a complaint at the start of a new stretch still finds a measure.
            elapsed = now - self._counted_since
            self._counted = int(self._counted * MEASURED_OVER_S / elapsed) // 2
            self._counted_since = now - MEASURED_OVER_S / 2
        self._counted += count
        if self._rate is not None or self._limit is not None or self._ramp_since is not None:
            self._tokens -= count

    def slow_down(self, now: float) -> bool:
        """The carrier has throttled us. False if that belongs to a complaint already heard."""
        if now - self._slowed_at < THROTTLE_QUIET_S:
            return False
        rate = self.rate_per_s(now)
        if rate is None:
            rate = max(self._counted / max(now - self._counted_since, MEASURED_OVER_S / 2), MEASURED_MIN_PER_S)
        floor = RATE_MIN_PER_S if self._limit is None else min(RATE_MIN_PER_S, self._limit)
        self._peak = max(rate, floor)
        self._rate = max(self._peak * SLOW_DOWN, floor)
        self._rate_at = self._slowed_at = self._tokens_at = now
        self._tokens = 0.0
        return True

    def next_room_at(self, now: float, count: int = 1) -> float:
        """When `room` will be `count`, or as much as it ever will; `now` if it is already."""
        if self.room(now) >= count:
            return now
        rate = self.rate_per_s(now)
        if rate is None:
            return now
        wanted = min(float(count), max(1.0, float(int(rate * BURST_S))))
        # A hair later than exact, so that rounding never leaves 0.9999 of a token at the appointed time.
        return now + max(0.0, wanted - self._tokens) / rate + 1e-6

    def _fill(self, rate: float, now: float) -> None:
        self._tokens = min(self._tokens + rate * (now - self._tokens_at), max(1.0, rate * BURST_S))
        self._tokens_at = now
