"""What feeds the flows: a funnel that gives up nothing, and a gatherer that answers everyone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from angarium.lifecycle import Funnel, Gatherer, Trouble
from angarium.ports.store import StoreUnavailable

pytestmark = pytest.mark.usefixtures("no_task_left_behind")


async def turns(count: int = 5) -> None:
    """Let everything that is ready run, and what becomes ready by that."""
    for _ in range(count):
        await asyncio.sleep(0)


# --- funnel


class Consumer:
    """Takes batches, fails as it is told, and remembers both."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.taken: list[int] = []
        self.failures: list[Exception] = []
        self.poison: set[int] = set()
        self.troubles: list[Trouble] = []
        self.pauses: list[float] = []

    async def consume(self, batch: Sequence[int]) -> None:
        """Take it, or fail."""
        self.batches.append(list(batch))
        if self.failures:
            raise self.failures.pop(0)
        if self.poison & set(batch):
            raise ValueError("cannot be consumed")
        self.taken += batch

    async def pause(self, pause_s: float) -> None:
        """Note it and go on."""
        self.pauses.append(pause_s)
        await asyncio.sleep(0)

    def funnel(self, batch_max: int = 10) -> Funnel[int]:
        """A funnel that ends here."""
        return Funnel("funnel", self.consume, batch_max=batch_max, on_trouble=self.troubles.append, sleep=self.pause)


async def test_a_funnel_hands_over_all_that_waits_at_once() -> None:
    """Many calls in one turn of the loop are one batch, in their order."""
    consumer = Consumer()
    funnel = consumer.funnel()

    funnel.put([1, 2])
    funnel.put([3])
    await funnel.drain()

    assert consumer.batches == [[1, 2, 3]]


async def test_a_funnel_cuts_batches_to_size() -> None:
    """No batch is larger than its limit."""
    consumer = Consumer()
    funnel = consumer.funnel(batch_max=2)

    funnel.put([1, 2, 3, 4, 5])
    await funnel.drain()

    assert consumer.batches == [[1, 2], [3, 4], [5]]


async def test_nothing_put_is_nothing_done() -> None:
    """An empty list starts nothing, and an empty funnel is drained already."""
    consumer = Consumer()
    funnel = consumer.funnel()

    funnel.put([])
    await funnel.drain()

    assert consumer.batches == []


async def test_what_comes_while_a_batch_is_under_way_waits_for_the_next() -> None:
    """One consumer at a time, and draining waits for what came meanwhile too."""
    consumer = Consumer()
    funnel = consumer.funnel()

    async def consume(batch: Sequence[int]) -> None:
        if not consumer.taken:
            funnel.put([2])
        await consumer.consume(batch)

    funnel._consume = consume
    funnel.put([1])
    await funnel.drain()

    assert consumer.batches == [[1], [2]]


async def test_a_store_that_is_away_gets_the_same_batch_again() -> None:
    """Nothing is wrong with the items: they stay together and in order, the pauses grow, and each is told of."""
    consumer = Consumer()
    consumer.failures = [StoreUnavailable("the disk is full")] * 9
    funnel = consumer.funnel()

    funnel.put([1, 2, 3])
    await funnel.drain()

    assert consumer.batches == [[1, 2, 3]] * 10
    assert consumer.taken == [1, 2, 3]
    assert consumer.pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert [trouble.pause_s for trouble in consumer.troubles] == consumer.pauses


async def test_an_item_that_cannot_be_consumed_holds_up_nothing_else() -> None:
    """After another failure items go one by one, and one that fails alone goes behind the others."""
    consumer = Consumer()
    consumer.poison = {2}
    funnel = consumer.funnel()

    funnel.put([1, 2, 3, 4])
    while consumer.taken != [1, 3, 4]:
        await turns()
    assert {trouble.worker for trouble in consumer.troubles} == {"funnel"}

    consumer.poison = set()
    await funnel.drain()
    assert consumer.taken == [1, 3, 4, 2]


async def test_batches_grow_again_after_a_failure() -> None:
    """One bad moment does not make a funnel slow for ever."""
    consumer = Consumer()
    consumer.failures = [ValueError("once")]
    funnel = consumer.funnel(batch_max=4)

    funnel.put(list(range(10)))
    await funnel.drain()

    assert [len(batch) for batch in consumer.batches] == [4, 1, 2, 4, 3]
    assert sorted(consumer.taken) == list(range(10))


async def test_the_pause_is_short_again_after_a_success() -> None:
    """Pauses grow only from one failure to the next."""
    consumer = Consumer()
    consumer.failures = [StoreUnavailable("away"), StoreUnavailable("away")]
    funnel = consumer.funnel()
    funnel.put([1])
    await funnel.drain()

    consumer.failures = [StoreUnavailable("away")]
    funnel.put([2])
    await funnel.drain()

    assert consumer.pauses == [0.1, 0.2, 0.1]


# --- gatherer


async def test_an_asker_that_gave_up_is_not_told_of_a_failure_either() -> None:
    """A cancelled wait stays cancelled."""

    async def fail(items: Sequence[int]) -> Sequence[int | Exception]:
        raise OSError("broken")

    gatherer = Gatherer("flow", fail, weigh=lambda item: item, weight_max=10, waiting_max=10)
    gone, stays = gatherer.ask(1), gatherer.ask(2)

    gone.cancel()

    with pytest.raises(OSError, match="broken"):
        await stays
    assert gone.cancelled()
