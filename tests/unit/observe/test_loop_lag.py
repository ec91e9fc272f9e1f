"""The watch that sees a blocked loop; time moves by assignment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from angarium.observe.loop_lag import LoopWatch


class Loop:
    """As much of a loop as the watch uses."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> Loop:
        self.timers.append((when, callback))
        return self

    def cancel(self) -> None:
        self.timers.clear()

    def run_timer(self) -> None:
        """Let the one timer come."""
        [(_, callback)] = self.timers
        self.timers.clear()
        callback()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    """A loop whose time is set by the test."""
    loop = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return loop


def test_a_timer_that_comes_late_is_told(loop: Loop) -> None:
    """The lateness of each timer is the lag of the loop."""
    lags: list[float] = []
    watch = LoopWatch(on_lag=lags.append, interval_s=0.5)
    watch.start()

    for now in (100.5, 101.75, 102.25):
        loop.now = now
        loop.run_timer()

    assert lags == [0.0, 0.75, 0.0]


def test_a_timer_that_is_overdue_counts_before_it_comes(loop: Loop) -> None:
    """Whoever asks while the loop is behind hears so at once."""
    watch = LoopWatch(on_lag=lambda _: None, interval_s=0.5)
    before = watch.lag_s()
    watch.start()

    loop.now = 107.5

    assert (before, watch.lag_s()) == (0.0, 7.0)


def test_a_watch_that_was_stopped_sets_no_timer(loop: Loop) -> None:
    """Nothing is left behind, and starting twice sets one timer."""
    watch = LoopWatch(on_lag=lambda _: None)
    watch.start()
    watch.start()
    timers = len(loop.timers)

    watch.stop()
    watch.stop()

    assert (timers, loop.timers, watch.lag_s()) == (1, [], 0.0)
