"""One heap and one timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from angarium.sim.agenda import GRAIN_S, Agenda, Delay


class Handle:
    """A timer that has been set."""

    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at = at
        self.call = call
        self.cancelled = False

    def when(self) -> float:
        """When it rings."""
        return self.at

    def cancel(self) -> None:
        """Never mind."""
        self.cancelled = True


class Loop:
    """A loop whose time we move."""

    def __init__(self) -> None:
        self.now = 100.0
        self.handles: list[Handle] = []

    def time(self) -> float:
        """The present."""
        return self.now

    def call_at(self, when: float, call: Callable[[], None]) -> Handle:
        """Set a timer."""
        self.handles.append(Handle(when, call))
        return self.handles[-1]

    def live(self) -> list[Handle]:
        """Timers that would still ring."""
        return [handle for handle in self.handles if not handle.cancelled]

    def move_to(self, now: float) -> None:
        """Let time pass."""
        self.now = now
        for handle in self.live():
            if handle.at <= now:
                handle.cancelled = True
                handle.call()


@pytest.fixture
def loop() -> Loop:
    """A loop at 100 s."""
    return Loop()


@pytest.fixture
def done() -> list[list[str]]:
    """The batches that were run."""
    return []


@pytest.fixture
def agenda(loop: Loop, done: list[list[str]]) -> Agenda[str]:
    """An empty agenda."""
    return Agenda(cast(asyncio.AbstractEventLoop, loop), done.append)


def test_what_falls_due_together_runs_together_and_in_order(
    agenda: Agenda[str], loop: Loop, done: list[list[str]]
) -> None:
    """One timer for many jobs; equal times keep their order."""
    agenda.add(Delay.RECEIPT, "b", 2)
    agenda.add(Delay.RECEIPT, "a", 1)
    agenda.add(Delay.SLOW_ANSWER, "c", 2)

    assert len(loop.live()) == 1
    loop.move_to(101)
    loop.move_to(102)

    assert done == [["a"], ["b", "c"]]
    assert loop.live() == []


def test_an_earlier_job_moves_the_timer_forward(agenda: Agenda[str], loop: Loop, done: list[list[str]]) -> None:
    """The timer is set for the first job, whenever it comes."""
    agenda.add(Delay.LATE_RECEIPT, "late", 8)
    agenda.add(Delay.RECEIPT, "soon", 0.5)

    loop.move_to(100.5)

    assert done == [["soon"]]
    assert [handle.at for handle in loop.live()] == [108]


def test_jobs_a_moment_apart_share_one_round(agenda: Agenda[str], loop: Loop, done: list[list[str]]) -> None:
    """Load does not mean a timer a job."""
    for number in range(3):
        agenda.add(Delay.RECEIPT, str(number), 1 + number * GRAIN_S / 3)

    loop.move_to(101)

    assert done == [["0", "1", "2"]]


def test_a_kind_can_be_released_by_name(agenda: Agenda[str], loop: Loop, done: list[list[str]]) -> None:
    """Timed ones first, then those that waited for nothing else; other kinds stay."""
    agenda.add(Delay.LATE_RECEIPT, "second", 9)
    agenda.add(Delay.LATE_RECEIPT, "held", None)
    agenda.add(Delay.LATE_RECEIPT, "first", 8)
    agenda.add(Delay.RECEIPT, "other", 1)
    assert len(agenda) == 4

    assert agenda.release(Delay.LATE_RECEIPT) == 3
    assert agenda.release(Delay.LATE_RECEIPT) == 0

    assert done == [["first", "second", "held"]]
    loop.move_to(101)
    assert done[1:] == [["other"]]


def test_what_is_held_never_runs_by_itself(agenda: Agenda[str], loop: Loop, done: list[list[str]]) -> None:
    """A delay of None has no timer."""
    agenda.add(Delay.RECEIPT, "held", None)

    loop.move_to(1_000_000)

    assert done == []
    assert loop.handles == []


def test_an_agenda_can_be_forgotten(agenda: Agenda[str], loop: Loop, done: list[list[str]]) -> None:
    """After `clear` nothing waits and no timer is set."""
    agenda.add(Delay.RECEIPT, "timed", 1)
    agenda.add(Delay.RECEIPT, "held", None)

    agenda.clear()

    assert len(agenda) == 0
    assert loop.live() == []
    assert agenda.release(Delay.RECEIPT) == 0


def test_a_job_may_add_another(loop: Loop) -> None:
    """What runs may put the next thing on the agenda."""
    ran: list[str] = []

    def run(jobs: list[str]) -> None:
        ran.extend(jobs)
        if len(ran) < 3:
            chain.add(Delay.REDELIVERY, "again", 1)

    chain: Agenda[str] = Agenda(cast(asyncio.AbstractEventLoop, loop), run)
    chain.add(Delay.REDELIVERY, "first", 1)

    for now in (101, 102, 103, 104):
        loop.move_to(now)

    assert ran == ["first", "again", "again"]
