"""How often somebody may be wrong, or do what costs others: both by key, in bounded memory.

After a few failures each next try has to wait, twice as long as the one before. What costs others may be done so often
within a while.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from angarium.core.clocktime import HOUR_MS, SECOND_MS, UnixMs

FREE_FAILURES: Final = 5
"""So many may follow one another at once."""
PAUSE_FIRST_MS: Final = 2 * SECOND_MS
PAUSE_MAX_MS: Final = HOUR_MS
KEYS_MAX: Final = 10_000
"""Whoever was wrong longest ago is forgotten first."""
IPV6_HOME_BITS: Final = 64
"""One subscriber has all addresses of such a network (RFC 6177)."""


@dataclass(slots=True)
class _Failures:
    count: int
    next_at: UnixMs


def home_of(address: str) -> str:
    """What stands for whoever is at an address: itself in IPv4, the network of one subscriber in IPv6."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv4Address):
        return address
    return str(ipaddress.ip_network((read, IPV6_HOME_BITS), strict=False))


class Throttle:
    """Counts failures by key. Memory is bounded; a restart forgets."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def waits_ms(self, *keys: str, now: UnixMs) -> int:
        """How long the next try has to wait, by the worst of these keys; 0 when it need not."""
        pauses = [found.next_at - now for key in keys if (found := self._failures.get(key)) is not None]
        return max(0, *pauses) if pauses else 0

    def begin(self, *keys: str, now: UnixMs) -> int:
        """Begin a try: 0 when it may be made, else how long it has to wait, and then it counts not.

        It counts as a failure until it is taken back: however many begin at once, no more of them are made than one
        after another would be.
        """
        wait_ms = self.waits_ms(*keys, now=now)
        if not wait_ms:
            self.failed(*keys, now=now)
        return wait_ms

    def taken_back(self, *keys: str) -> None:
        """A try that was begun was no failure."""
        for key in keys:
            found = self._failures.get(key)
            if found is not None:
                found.count -= 1
                found.next_at = 0

    def failed(self, *keys: str, now: UnixMs) -> None:
        """One more failure for each of these keys."""
        for key in keys:
            found = self._failures.pop(key, None) or _Failures(0, now)
            found.count += 1
            over = found.count - FREE_FAILURES
            if over >= 0:
                found.next_at = now + min(PAUSE_FIRST_MS << min(over, 30), PAUSE_MAX_MS)
            self._failures[key] = found
            while len(self._failures) > KEYS_MAX:
                self._failures.popitem(last=False)

    def succeeded(self, *keys: str) -> None:
        """Forget the failures of these keys."""
        for key in keys:
            self._failures.pop(key, None)


class Ration:
    """So many times within a while, by key. Memory is bounded; a restart forgets."""

    def __init__(self, times_max: int, *, within_ms: int) -> None:
        self._times_max = times_max
        self._within_ms = within_ms
        self._taken: OrderedDict[int, list[UnixMs]] = OrderedDict()

    def take(self, key: int, *, now: UnixMs) -> int:
        """Do it once more: 0 when it may be done, else how many milliseconds it has to wait, and then it counts not."""
        recent = [at for at in self._taken.pop(key, ()) if now - self._within_ms < at <= now]
        is_allowed = len(recent) < self._times_max
        if is_allowed:
            recent.append(now)
        self._taken[key] = recent
        while len(self._taken) > KEYS_MAX:
            self._taken.popitem(last=False)
        return 0 if is_allowed else recent[0] + self._within_ms - now
