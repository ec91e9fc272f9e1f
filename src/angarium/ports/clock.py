"""Time and new ids."""

from __future__ import annotations

from typing import Protocol

from angarium.core.clocktime import UnixMs


class Clock(Protocol):
    """The only source of the present moment."""

    def now(self) -> UnixMs:
        """The present moment. It may jump in either direction: nothing may be lost when it does."""
        ...


class Ids(Protocol):
    """New message ids."""

    def take(self, count: int) -> int:
        """The first of `count` consecutive ids never given before, also not before a restart. They grow with time."""
        ...
