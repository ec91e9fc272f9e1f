"""Loops, bells and funnels: nothing is lost between them, and every one of them ends when asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from angarium.core.refusals import Reason, Refusal
from angarium.lifecycle import (
    PAUSE_FIRST_S,
    PAUSE_MAX_S,
    Funnel,
    Gatherer,
    LocalBell,
    SystemClock,
    TimeOrderedIds,
    Trouble,
    Worker,
)
from angarium.ports.store import StoreUnavailable
from tests.gateway import NOON, SetClock

ROUNDS = 20
"""More turns of the loop than anything here needs."""
LONG_S = 3600.0
"""Nobody waits so long in a test."""
FULL = StoreUnavailable("the disk is full: make room")


async def let_it_run() -> None:
    """Give everything that is ready its turns; no time passes."""
    for _ in range(ROUNDS):
        await asyncio.sleep(0)


class Bells(LocalBell):
    """Bells that remember for how long somebody was willing to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[tuple[str, float]] = []

    async def wait(self, topic: str, *, timeout_s: float) -> None:
        """Write it down; a pause after trouble is over at once."""
        self.waits.append((topic, timeout_s))
        if topic.startswith("stop ") and len(self.waits) < ROUNDS:
            await asyncio.sleep(0)
            return
        await super().wait(topic, timeout_s=LONG_S)


# --- ids


def test_ids_grow_with_time() -> None:
    """A later moment gives a higher id, and a batch is consecutive."""
    clock = SetClock(NOON)
    ids = TimeOrderedIds(clock, last=0)

    first = ids.take(200)
    next_one = ids.take(1)
    clock.at += 1
    later = ids.take(1)

    assert next_one == first + 200
    assert later > next_one


def test_ids_go_on_when_the_clock_goes_back() -> None:
    """They never repeat and never fall."""
    clock = SetClock(NOON)
    ids = TimeOrderedIds(clock, last=0)
    first = ids.take(10)

    clock.at -= 3_600_000

    assert ids.take(1) == first + 10


def test_ids_begin_after_the_last_one_stored() -> None:
    """Also when the clock says that it is long before: an id is given once, restarts included."""
    last = TimeOrderedIds(SetClock(NOON), last=0).take(1)

    assert TimeOrderedIds(SetClock(0), last=last).take(1) == last + 1
    assert TimeOrderedIds(SetClock(0), last=0).take(1) == 1


def test_ids_fit_into_63_bits_for_a_long_time() -> None:
    """In the year 2290 they still do."""
    year_2290 = 10_098_000_000_000

    assert TimeOrderedIds(SetClock(year_2290), last=0).take(1) < 2**63


def test_the_system_clock_counts_milliseconds() -> None:
    """Since 1970: after this was written, and before the year 2300."""
    assert 1_700_000_000_000 < SystemClock().now() < 10_400_000_000_000


def test_time_goes_on_when_the_clock_is_set_back_and_follows_it_forward() -> None:
    """An hour back changes nothing but that time goes on; an hour forward is an hour (delivery 4.11)."""
    wall_ns, steady_ns = [1_800_000_000_000_000_000], [5_000_000_000]
    clock = SystemClock(wall_ns=lambda: wall_ns[0], steady_ns=lambda: steady_ns[0])
    begun_at = clock.now()

    wall_ns[0] -= 3_600_000_000_000
    steady_ns[0] += 1_000_000_000
    after_setting_back = clock.now()
    assert clock.behind_ms() == 3_601_000
    wall_ns[0] += 2 * 3_600_000_000_000

    assert after_setting_back == begun_at + 1_000
    assert clock.now() == begun_at + 3_600_000


# --- bell


async def test_a_bell_rung_before_anyone_listens_is_heard() -> None:
    """Once: ringing twice is the same as once (delivery 4.9)."""
    bell = LocalBell()
    bell.ring("due")
    bell.ring("due")

    await bell.wait("due", timeout_s=LONG_S)
    second = asyncio.create_task(bell.wait("due", timeout_s=LONG_S))
    await let_it_run()

    assert not second.done()
    bell.ring("due")
    await second


async def test_a_bell_wakes_only_its_own_topic() -> None:
    """Another topic's ring is not for this one."""
    bell = LocalBell()
    waiting = asyncio.create_task(bell.wait("due", timeout_s=LONG_S))
    await let_it_run()
    bell.ring("other")
    await let_it_run()
    assert not waiting.done()

    bell.ring("due")

    await waiting


async def test_a_wait_ends_with_its_time() -> None:
    """Without a ring, too: the bell is only a hint."""
    await LocalBell().wait("due", timeout_s=0)


# --- worker


class Leg:
    """A leg that does as it is told, and counts."""

    def __init__(self, *outcomes: bool | Exception) -> None:
        self.outcomes = list(outcomes)
        self.runs = 0

    async def run_once(self) -> bool:
        """The next outcome; nothing to do when there is none left."""
        self.runs += 1
        await asyncio.sleep(0)
        outcome = self.outcomes.pop(0) if self.outcomes else False
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def worker_of(leg: Leg, bell: LocalBell, troubles: list[Trouble]) -> Worker:
    """A worker on the topic `due`."""
    return Worker("leg", leg.run_once, bell=bell, topic="due", interval_s=LONG_S, on_trouble=troubles.append)


async def test_a_worker_runs_again_while_there_is_work() -> None:
    """Then it sleeps until its bell rings."""
    leg, bell = Leg(True, True), LocalBell()
    worker = worker_of(leg, bell, [])
    worker.start()
    await let_it_run()
    assert leg.runs == 3

    bell.ring("due")
    await let_it_run()

    assert leg.runs == 4
    await worker.stop()


async def test_a_ring_during_a_run_is_not_lost() -> None:
    """The leg may have looked before what the ring was for (delivery 4.9)."""
    bell = LocalBell()
    leg = Leg()
    worker = worker_of(leg, bell, [])
    worker.start()
    await asyncio.sleep(0)
    assert leg.runs == 1

    bell.ring("due")
    await let_it_run()

    assert leg.runs == 2
    await worker.stop()


async def test_a_worker_survives_every_failure_and_pauses_longer_each_time() -> None:
    """It tells of it, and begins with a short pause again once something went well."""
    failures = [ValueError("a fault"), FULL, ValueError("a fault")]
    leg, bell, troubles = Leg(*failures, True, FULL), Bells(), list[Trouble]()
    worker = worker_of(leg, bell, troubles)

    worker.start()
    await let_it_run()

    assert [trouble.error for trouble in troubles] == [*failures, FULL]
    assert [trouble.pause_s for trouble in troubles] == [
        PAUSE_FIRST_S,
        2 * PAUSE_FIRST_S,
        4 * PAUSE_FIRST_S,
        PAUSE_FIRST_S,
    ]
    assert [wait for wait in bell.waits if wait[0] == "stop leg"] == [
        ("stop leg", trouble.pause_s) for trouble in troubles
    ]
    await worker.stop()


async def test_the_pauses_of_a_worker_stop_growing() -> None:
    """A store that is back is noticed within seconds."""
    leg, troubles = Leg(*[FULL] * 12), list[Trouble]()
    worker = worker_of(leg, Bells(), troubles)

    worker.start()
    for _ in range(3):
        await let_it_run()

    assert max(trouble.pause_s for trouble in troubles) == PAUSE_MAX_S
    await worker.stop()


async def test_stop_lets_the_step_under_way_finish() -> None:
    """And no further one begins."""
    gate, steps = asyncio.Event(), list[str]()

    async def run_once() -> bool:
        steps.append("begun")
        await gate.wait()
        steps.append("finished")
        return True

    worker = Worker("leg", run_once, bell=LocalBell(), topic="due", interval_s=LONG_S, on_trouble=lambda _: None)
    worker.start()
    await let_it_run()
    stopping = asyncio.create_task(worker.stop())
    await let_it_run()
    assert not stopping.done()

    gate.set()
    await stopping

    assert steps == ["begun", "finished"]


async def test_stop_ends_a_sleeping_worker_and_one_that_never_started() -> None:
    """At once, and without a run more."""
    leg = Leg()
    sleeping = worker_of(leg, LocalBell(), [])
    sleeping.start()
    await let_it_run()

    await sleeping.stop()
    await worker_of(leg, LocalBell(), []).stop()

    assert leg.runs == 1


async def test_stop_ends_a_pause_after_trouble() -> None:
    """Nobody waits for a pause when the process is to end."""
    worker = worker_of(Leg(FULL), LocalBell(), [])
    worker.start()
    await let_it_run()

    await worker.stop()


# --- funnel


class Sink:
    """Consumes batches; fails as often as it is told."""

    def __init__(self, *failures: Exception, poison: int | None = None) -> None:
        self.failures = list(failures)
        self.poison = poison
        self.batches: list[list[int]] = []
        self.gate: asyncio.Event | None = None
        self.at_once = 0
        self.at_once_max = 0

    async def consume(self, batch: Sequence[int]) -> None:
        """Take them, or fail."""
        self.at_once += 1
        self.at_once_max = max(self.at_once, self.at_once_max)
        try:
            await (self.gate.wait() if self.gate is not None else asyncio.sleep(0))
            if self.failures:
                raise self.failures.pop(0)
            if self.poison in batch:
                raise ValueError("this one can never be consumed")
            self.batches.append(list(batch))
        finally:
            self.at_once -= 1


class Sleeps:
    """Remembers for how long; no time passes."""

    def __init__(self) -> None:
        self.pauses_s: list[float] = []

    async def __call__(self, seconds: float) -> None:
        """Write it down."""
        self.pauses_s.append(seconds)
        await asyncio.sleep(0)


def funnel_of(
    sink: Sink, *, batch_max: int = 3, troubles: list[Trouble] | None = None, sleeps: Sleeps | None = None
) -> Funnel[int]:
    """A funnel into this sink."""
    told = troubles if troubles is not None else []
    return Funnel("replies", sink.consume, batch_max=batch_max, on_trouble=told.append, sleep=sleeps or Sleeps())


async def test_a_funnel_hands_over_one_batch_at_a_time_in_order() -> None:
    """Of at most so many, also what arrives meanwhile."""
    sink = Sink()
    sink.gate = asyncio.Event()
    funnel = funnel_of(sink)
    funnel.put([1, 2])
    await let_it_run()
    funnel.put([3, 4])
    funnel.put([5, 6])

    sink.gate.set()
    await funnel.drain()

    assert sink.batches == [[1, 2], [3, 4, 5], [6]]
    assert sink.at_once_max == 1


async def test_a_funnel_starts_again_after_it_was_empty() -> None:
    """As often as something comes."""
    sink = Sink()
    funnel = funnel_of(sink)
    funnel.put([1])
    await funnel.drain()

    funnel.put([])
    funnel.put([2])
    await funnel.drain()

    assert sink.batches == [[1], [2]]


async def test_a_funnel_tries_the_same_batch_again_while_the_store_refuses() -> None:
    """After growing pauses, each told of; and nothing is lost or done twice (delivery 4.5)."""
    sink, troubles, sleeps = Sink(FULL, FULL, FULL), list[Trouble](), Sleeps()
    funnel = funnel_of(sink, troubles=troubles, sleeps=sleeps)

    funnel.put([1, 2, 3, 4])
    await funnel.drain()

    assert sink.batches == [[1, 2, 3], [4]]
    assert [trouble.worker for trouble in troubles] == ["replies"] * 3
    assert sleeps.pauses_s == [PAUSE_FIRST_S, 2 * PAUSE_FIRST_S, 4 * PAUSE_FIRST_S]


async def test_one_bad_item_holds_up_nothing_else() -> None:
    """Whatever the fault is: the others get through, and it is told of and tried again, never dropped."""
    sink, troubles = Sink(poison=2), list[Trouble]()
    funnel = funnel_of(sink, troubles=troubles)
    funnel.put([1, 2, 3, 4, 5])
    await let_it_run()
    assert sorted(item for batch in sink.batches for item in batch) == [1, 3, 4, 5]
    assert troubles

    sink.poison = None
    await funnel.drain()

    assert sorted(item for batch in sink.batches for item in batch) == [1, 2, 3, 4, 5]


async def test_drain_of_an_empty_funnel_returns_at_once() -> None:
    """There is nothing to wait for."""
    await funnel_of(Sink()).drain()


async def test_a_drain_that_is_given_up_leaves_the_funnel_at_work() -> None:
    """Whoever waits with a limit of time does not throw away what is in it."""
    sink = Sink()
    sink.gate = asyncio.Event()
    funnel = funnel_of(sink)
    funnel.put([1])
    draining = asyncio.create_task(funnel.drain())
    await let_it_run()
    draining.cancel()
    await let_it_run()

    sink.gate.set()
    await funnel.drain()

    assert sink.batches == [[1]]


async def test_close_drains_a_funnel() -> None:
    """Nothing is left when there is time enough."""
    sink = Sink()
    funnel = funnel_of(sink)
    funnel.put([1, 2, 3, 4])

    assert await funnel.close(timeout_s=LONG_S) == 0

    assert sink.batches == [[1, 2, 3], [4]]


async def test_close_lets_go_of_what_a_full_disk_keeps_back() -> None:
    """The process ends; the rows know how to go on."""
    sink = Sink()
    sink.gate = asyncio.Event()
    funnel = funnel_of(sink)
    funnel.put([1, 2])

    assert await funnel.close(timeout_s=0) == 2

    sink.gate.set()
    await funnel.drain()
    assert sink.batches == []


# --- gatherer


class Flow:
    """Doubles numbers, in batches that it remembers."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.outcomes: list[int | Exception] | Exception | None = None

    async def run(self, items: Sequence[int]) -> Sequence[int | Exception]:
        """Twice each item, or whatever the test wants."""
        self.batches.append(list(items))
        await asyncio.sleep(0)
        if isinstance(self.outcomes, Exception):
            raise self.outcomes
        return [2 * item for item in items] if self.outcomes is None else self.outcomes


def gatherer_of(flow: Flow, *, weight_max: int = 100, waiting_max: int = 100) -> Gatherer[int, int]:
    """A gatherer before this flow; each item weighs what it is."""
    return Gatherer("intake", flow.run, weigh=lambda item: item, weight_max=weight_max, waiting_max=waiting_max)


async def test_what_arrives_together_goes_to_one_call_and_each_gets_its_own_outcome() -> None:
    """In the order of asking."""
    flow = Flow()
    gatherer = gatherer_of(flow)

    outcomes = await asyncio.gather(*(gatherer.ask(item) for item in range(5)))

    assert outcomes == [0, 2, 4, 6, 8]
    assert flow.batches == [[0, 1, 2, 3, 4]]


async def test_a_batch_weighs_so_much_at_the_most_or_is_one_item() -> None:
    """What weighs more alone than a batch may is served nevertheless, by itself."""
    flow = Flow()
    gatherer = gatherer_of(flow, weight_max=10)

    await asyncio.gather(*(gatherer.ask(item) for item in (4, 6, 1, 99, 5, 6)))

    assert flow.batches == [[4, 6], [1], [99], [5], [6]]


async def test_a_gatherer_starts_again_after_it_was_empty() -> None:
    """As often as somebody asks."""
    gatherer = gatherer_of(Flow())

    assert [await gatherer.ask(1), await gatherer.ask(2)] == [2, 4]


async def test_a_failure_of_the_flow_is_told_to_everyone_in_the_batch() -> None:
    """Nobody waits for ever, and the next batch is served."""
    flow = Flow()
    gatherer = gatherer_of(flow)
    flow.outcomes = FULL
    outcomes = await asyncio.gather(gatherer.ask(1), gatherer.ask(2), return_exceptions=True)
    assert outcomes == [FULL, FULL]

    flow.outcomes = None

    assert await gatherer.ask(3) == 6


async def test_an_outcome_that_is_an_exception_is_raised_for_its_own_asker() -> None:
    """The others of the batch have their outcomes."""
    flow = Flow()
    gatherer = gatherer_of(flow)
    flow.outcomes = [Refusal(Reason.NO_CREDIT), 4]

    first, second = await asyncio.gather(gatherer.ask(1), gatherer.ask(2), return_exceptions=True)

    assert first == Refusal(Reason.NO_CREDIT)
    assert second == 4


async def test_a_refusal_used_again_does_not_grow() -> None:
    """It is a value: raised a hundred times, it holds on to the frames of one raise at the most."""
    flow = Flow()
    gatherer = gatherer_of(flow)
    refusal = Refusal(Reason.NO_CREDIT)
    flow.outcomes = [refusal]
    for _ in range(100):
        with pytest.raises(Refusal):
            await gatherer.ask(1)

    frames, traceback = 0, refusal.__traceback__
    while traceback is not None:
        frames, traceback = frames + 1, traceback.tb_next

    assert frames < 10


async def test_too_few_outcomes_are_a_fault_that_is_told() -> None:
    """Rather than one asker who waits for ever."""
    flow = Flow()
    gatherer = gatherer_of(flow)
    flow.outcomes = [2]

    outcomes = await asyncio.gather(gatherer.ask(1), gatherer.ask(2), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [RuntimeError, RuntimeError]


async def test_more_than_may_wait_is_refused_at_once() -> None:
    """Memory is bounded, and whoever was taken before is served."""
    gatherer = gatherer_of(Flow(), waiting_max=2)
    first, second, third = (gatherer.ask(item) for item in (1, 2, 3))

    assert isinstance(third.exception(), StoreUnavailable)
    assert [await first, await second] == [2, 4]


async def test_one_who_gave_up_waiting_harms_nobody() -> None:
    """A customer may hang up in the middle of a batch."""
    gatherer = gatherer_of(Flow())
    first, second = gatherer.ask(1), gatherer.ask(2)
    await asyncio.sleep(0)

    first.cancel()

    assert await second == 4
