"""What is to be done later: one heap and one timer for all of it, and a way to bring it about by name."""

from __future__ import annotations

import asyncio
import enum
import heapq
from collections.abc import Callable
from typing import Final, Generic, TypeVar

Job = TypeVar("Job")

# A timer is not set for less: jobs that fall due this close together share one round.
GRAIN_S: Final = 0.001


class Delay(enum.Enum):
    """Why something waits."""

    RECEIPT = "receipt"
    LATE_RECEIPT = "late receipt"
    SLOW_ANSWER = "slow answer"
    REDELIVERY = "redelivery"
    STALL = "stall"


class Agenda(Generic[Job]):
    """Jobs by their time, given to `run` in batches. A job without a time waits until its kind is released."""

    def __init__(self, loop: asyncio.AbstractEventLoop, run: Callable[[list[Job]], None]) -> None:
        self._loop = loop
        self._run = run
        self._heap: list[tuple[float, int, Delay, Job]] = []
        self._held: dict[Delay, list[Job]] = {}
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many jobs wait, with and without a time."""
        return len(self._heap) + sum(map(len, self._held.values()))

    def add(self, delay: Delay, job: Job, delay_s: float | None) -> None:
        """Let `job` run in `delay_s` seconds, or, with None, when `delay` is released."""
        if delay_s is None:
            self._held.setdefault(delay, []).append(job)
            return
        due_at = self._loop.time() + delay_s
        self._count += 1
        heapq.heappush(self._heap, (due_at, self._count, delay, job))
        if self._timer is None or due_at < self._timer.when():
            self._arm()

    def release(self, delay: Delay) -> int:
        """Run every job of this kind now, in the order of its time, and return how many there were."""
        early = sorted(entry for entry in self._heap if entry[2] is delay)
        if early:
            self._heap = [entry for entry in self._heap if entry[2] is not delay]
            heapq.heapify(self._heap)
        jobs = [entry[3] for entry in early] + self._held.pop(delay, [])
        if jobs:
            self._run(jobs)
        self._arm()
        return len(jobs)

    def clear(self) -> None:
        """Forget everything."""
        self._heap.clear()
        self._held.clear()
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._heap:
            self._timer = self._loop.call_at(max(self._heap[0][0], self._loop.time() + GRAIN_S), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        now, heap, due = self._loop.time() + GRAIN_S, self._heap, []
        while heap and heap[0][0] <= now:
            due.append(heapq.heappop(heap)[3])
        if due:
            self._run(due)
        if self._timer is None:
            self._arm()
