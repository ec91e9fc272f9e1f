"""When things happen: loops that call the flows, bells that wake them, funnels that feed them, and an orderly stop.

many items --> Funnel --> one batch at a time --> a flow --> one commit
a bell or an interval --> Worker --> a flow's run_once
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from angarium.core.clocktime import UnixMs
from angarium.core.message_ids import first_message_id
from angarium.ports.clock import Clock
from angarium.ports.store import StoreUnavailable

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

PAUSE_FIRST_S: Final = 0.1
PAUSE_MAX_S: Final = 10.0
GARBAGE_THRESHOLDS: Final = (50_000, 20, 100)
"""New objects before a collection, and how many of those before one of the older generations."""


class SystemClock:
    """The machine's own clock, which never goes back while the process lives.

    When somebody sets it back, time goes on from where it was: what is due stays due. Set forward, it is followed.
    """

    def __init__(
        self, *, wall_ns: Callable[[], int] = time.time_ns, steady_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._wall_ns = wall_ns
        self._steady_ns = steady_ns
        self._ahead_ns = wall_ns() - steady_ns()

    def now(self) -> UnixMs:
        """Milliseconds since the Unix epoch."""
        steady_ns = self._steady_ns()
        ahead_ns = self._wall_ns() - steady_ns
        self._ahead_ns = max(self._ahead_ns, ahead_ns)
        return (steady_ns + self._ahead_ns) // 1_000_000

    def behind_ms(self) -> int:
        """How far the machine's clock is behind us, because somebody set it back."""
        return max(0, self._ahead_ns - (self._wall_ns() - self._steady_ns())) // 1_000_000


class TimeOrderedIds:
    """New ids, in the order of time (core.message_ids).

    They never repeat and never fall, also when the clock does: then they count on from the last one.
    """

    def __init__(self, clock: Clock, *, last: int) -> None:
        """`last` is the highest id ever stored."""
        self._clock = clock
        self._next = last + 1

    def take(self, count: int) -> int:
        """The first of `count` consecutive new ids."""
        first = max(self._next, first_message_id(self._clock.now()))
        self._next = first + count
        return first


class LocalBell:
    """Wakes workers of this process."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}

    def ring(self, topic: str) -> None:
        """Wake whoever waits for this topic."""
        self._event(topic).set()

    async def wait(self, topic: str, *, timeout_s: float) -> None:
        """Return when the topic was rung since the last wait, or when the time is over."""
        event = self._event(topic)
        if not event.is_set():
            try:
                async with asyncio.timeout(timeout_s):
                    await event.wait()
            except TimeoutError:
                return
        event.clear()

    def _event(self, topic: str) -> asyncio.Event:
        return self._events.setdefault(topic, asyncio.Event())


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something a worker could not do and will try again."""

    worker: str
    error: Exception
    pause_s: float


OnTrouble = Callable[[Trouble], None]


class Worker:
    """Calls a leg again and again: at once while there is work, else when its bell rings or its interval is over.

    A failure is reported and tried again after a growing pause: a worker never dies while the process lives.
    """

    def __init__(
        self,
        name: str,
        run_once: Callable[[], Awaitable[bool]],
        *,
        bell: LocalBell,
        topic: str,
        interval_s: float,
        on_trouble: OnTrouble,
    ) -> None:
        self.name = name
        self._run_once = run_once
        self._bell = bell
        self._topic = topic
        self._interval_s = interval_s
        self._on_trouble = on_trouble
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False

    def start(self) -> None:
        """Begin. A worker runs once in its life."""
        self._task = asyncio.create_task(self._run(), name=f"worker {self.name}")

    async def stop(self) -> None:
        """Let the step under way finish, then end."""
        self._is_stopping = True
        self._bell.ring(self._topic)
        self._bell.ring(f"stop {self.name}")
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        pause_s = PAUSE_FIRST_S
        while not self._is_stopping:
            try:
                more = await self._run_once()
            except Exception as error:  # noqa: BLE001 - a worker tells of any failure and goes on
                self._on_trouble(Trouble(self.name, error, pause_s))
                await self._bell.wait(f"stop {self.name}", timeout_s=pause_s)
                pause_s = min(2 * pause_s, PAUSE_MAX_S)
                continue
            pause_s = PAUSE_FIRST_S
            if not more and not self._is_stopping:
                await self._bell.wait(self._topic, timeout_s=self._interval_s)


class Funnel(Generic[Item]):
    """Takes items at any time and hands all that wait to one consumer, a batch at a time, until it succeeds.

    A batch that fails for another reason than the store's is tried again item by item, and an item that fails alone
    goes behind the others: one that can never be consumed holds up nothing else, and is told of again and again.
    What it holds lives in memory only: it is for replies and attempts, whose rows say `in doubt` or `due` until then.
    """

    def __init__(
        self,
        name: str,
        consume: Callable[[Sequence[Item]], Awaitable[None]],
        *,
        batch_max: int,
        on_trouble: OnTrouble,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`sleep` is how it waits after a failure, in seconds."""
        self._name = name
        self._consume = consume
        self._batch_max = batch_max
        self._on_trouble = on_trouble
        self._sleep = sleep
        self._waiting: list[Item] = []
        self._task: asyncio.Task[None] | None = None

    def put(self, items: list[Item]) -> None:
        """Take these items over."""
        self._waiting += items
        if self._task is None and self._waiting:
            self._task = asyncio.create_task(self._run(), name=f"funnel {self._name}")

    async def drain(self) -> None:
        """Return when everything taken so far has been consumed."""
        while self._task is not None:
            await asyncio.shield(self._task)

    async def close(self, *, timeout_s: float) -> int:
        """Drain for so many seconds, then let go of what is left; how many items that were.

        For a stop: a disk that stays full must not keep the process for ever, and the rows know how to go on.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self.drain()
        except TimeoutError:
            if self._task is not None:
                self._task.cancel()
                await asyncio.wait([self._task])
        left = len(self._waiting)
        self._waiting.clear()
        return left

    async def _run(self) -> None:
        pause_s = PAUSE_FIRST_S
        size = self._batch_max
        try:
            while self._waiting:
                batch = self._waiting[:size]
                try:
                    await self._consume(batch)
                except Exception as error:  # noqa: BLE001 - told, and tried again until it succeeds
                    self._on_trouble(Trouble(self._name, error, pause_s))
                    if not isinstance(error, StoreUnavailable):
                        size = 1
                        if len(batch) == 1:
                            self._waiting.append(self._waiting.pop(0))
                    await self._sleep(pause_s)
                    pause_s = min(2 * pause_s, PAUSE_MAX_S)
                    continue
                del self._waiting[: len(batch)]
                pause_s = PAUSE_FIRST_S
                size = min(2 * size, self._batch_max)
        finally:
            self._task = None


class Gatherer(Generic[Item, Outcome]):
    """Takes single items and answers each; everything that waits goes to one call of the flow."""

    def __init__(
        self,
        name: str,
        flow: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome | Exception]]],
        *,
        weigh: Callable[[Item], int],
        weight_max: int,
        waiting_max: int,
    ) -> None:
        """A batch weighs `weight_max` at the most, or is a single item: what one batch takes, others wait for.

        `waiting_max` bounds memory: more than so many waiting items are refused at once.
        """
        self._name = name
        self._flow = flow
        self._weigh = weigh
        self._weight_max = weight_max
        self._waiting_max = waiting_max
        self._waiting: list[tuple[Item, asyncio.Future[Outcome]]] = []
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None

    def ask(self, item: Item) -> asyncio.Future[Outcome]:
        """The outcome of this item, when its batch is done. An outcome that is an exception is raised here."""
        future: asyncio.Future[Outcome] = self._loop.create_future()
        if len(self._waiting) >= self._waiting_max:
            future.set_exception(StoreUnavailable("more is waiting than can be taken: try again in a moment"))
            return future
        self._waiting.append((item, future))
        if self._task is None:
            self._task = self._loop.create_task(self._run(), name=f"gatherer {self._name}")
        return future

    async def _run(self) -> None:
        try:
            while self._waiting:
                size = self._batch_size()
                batch = self._waiting[:size]
                del self._waiting[:size]
                await self._answer(batch)
        finally:
            self._task = None

    def _batch_size(self) -> int:
        weight = 0
        for size, (item, _) in enumerate(self._waiting):
            weight += self._weigh(item)
            if weight > self._weight_max:
                return max(size, 1)
        return len(self._waiting)

    async def _answer(self, batch: list[tuple[Item, asyncio.Future[Outcome]]]) -> None:
        try:
            outcomes = await self._flow([item for item, _ in batch])
            if len(outcomes) != len(batch):
                raise RuntimeError(f"{self._name} gave {len(outcomes)} outcomes for {len(batch)} items")
        except Exception as error:  # noqa: BLE001 - each of them is told, whatever it was
            # Whatever it was, each of them is told: nobody waits for ever.
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, Exception):
                # Without the frames of an earlier raise: a refusal that is used again would hold on to all of them.
                future.set_exception(outcome.with_traceback(None))
            else:
                future.set_result(outcome)


def calm_collector() -> None:
    """Look for cyclic garbage rarely: a batch of messages is thousands of objects and hardly ever a cycle.

    With the usual threshold of 700 objects the collector takes a sixth of the time of the hot path.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
