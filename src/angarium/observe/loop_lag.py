"""How late the event loop is: the one number that says that something blocks it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

INTERVAL_S: Final = 0.5


class LoopWatch:
    """Sets a timer again and again, and sees how late it comes. Made and used inside a running loop."""

    def __init__(self, *, on_lag: Callable[[float], None], interval_s: float = INTERVAL_S) -> None:
        """`on_lag` is told of each measurement, in seconds."""
        self._loop = asyncio.get_running_loop()
        self._on_lag = on_lag
        self._interval_s = interval_s
        self._due = 0.0
        self._last_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to measure."""
        if self._timer is None:
            self._set()

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def lag_s(self) -> float:
        """The last measurement, or how late the next one already is; 0 while nothing is measured."""
        if self._timer is None:
            return 0.0
        return max(self._last_s, self._loop.time() - self._due)

    def _set(self) -> None:
        self._due = self._loop.time() + self._interval_s
        self._timer = self._loop.call_at(self._due, self._come)

    def _come(self) -> None:
        self._last_s = max(0.0, self._loop.time() - self._due)
        self._on_lag(self._last_s)
        self._set()
