"""The keys of messages: integers in the order of time.

Milliseconds since 2020 stand in the upper bits, a count in the lower twenty, so a range of time is a range of keys, and
whatever is asked by time needs no index of its own.
"""

from __future__ import annotations

from typing import Final

from angarium.core.clocktime import UnixMs

COUNT_BITS: Final = 20
"""About a million keys can begin in one millisecond; more borrow from the next."""
EPOCH_AT: Final[UnixMs] = 1_577_836_800_000
"""2020-01-01: keys count from here, which leaves room in 63 bits until 2298."""


KEY_MAX: Final = 2**63 - 1
"""The highest key that a store can hold: it stands for every moment after 2298."""


def first_message_id(at: UnixMs) -> int:
    """The lowest key that a message accepted at this moment, or later, can have; 0 for a moment before 2020."""
    return min(max(0, at - EPOCH_AT) << COUNT_BITS, KEY_MAX)


def accepted_about(message_id: int) -> UnixMs:
    """When a message with this key was accepted: exactly, unless its key was borrowed from a later millisecond."""
    return EPOCH_AT + (message_id >> COUNT_BITS)
