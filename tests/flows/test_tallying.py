"""Counting goes beside the messages: it is right in the end, cheap at any time, and goes on after a crash."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.clocktime import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from angarium.core.states import State
from angarium.core.tallies import BUCKET_MS, Tally, bucket_of
from angarium.flows import tallying as module
from angarium.flows.tallying import Tallying
from tests.gateway import NOON, RATE, Gateway, accepted, receipt


class CountedStore:
    """Counts the rows that are read and the writes."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.rows = 0
        self.steps = 0
        self.writes = 0

    async def messages_to_tally(self, **parameters: Any) -> list[Any]:
        """Count the rows."""
        rows = await self._store.messages_to_tally(**parameters)
        self.rows += len(rows)
        self.steps += 1
        return list(rows)

    async def write(self, work: Any) -> Any:
        """Count the write."""
        self.writes += 1
        return await self._store.write(work)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def counting(gateway: Gateway) -> tuple[Tallying, CountedStore]:
    """A process that counts, just started."""
    store = CountedStore(gateway.store)
    tallying = Tallying(store=store, clock=gateway.clock, keep_days=400)
    await tallying.start()
    return tallying, store


async def steps(tallying: Tallying, count: int = 20) -> None:
    """Let it do so many steps."""
    for _ in range(count):
        assert await tallying.run_once() is False


async def told(gateway: Gateway) -> Tally:
    """All that is counted of the account."""
    found = await gateway.store.tallies(gateway.caller().account.account_id, since=0, until=2 * NOON)
    return Tally.total(found.values())


async def deliver_one(gateway: Gateway, *, took_ms: int = 2 * SECOND_MS) -> None:
    """A message on its usual way."""
    await gateway.send()
    await gateway.answer(accepted(await gateway.submit_one()))
    gateway.clock.at += took_ms
    await gateway.deliver(receipt())


async def test_what_became_of_messages_is_counted(gateway: Gateway) -> None:
    """By state and cause, with what was spent and how long it took."""
    tallying, _ = await counting(gateway)
    await deliver_one(gateway)
    await gateway.send()
    await steps(tallying)

    tally = await told(gateway)

    assert (tally.accepted, tally.count(State.DELIVERED), tally.count(State.QUEUED)) == (2, 1, 1)
    assert tally.spent == RATE
    assert tally.within_ms(0.5) is not None
    assert 2_000 <= (tally.within_ms(0.5) or 0) <= 2_250


async def test_a_bucket_is_counted_again_until_nothing_can_change(gateway: Gateway) -> None:
    """Ever more rarely; then it is left alone, and nothing is written while nothing has changed."""
    tallying, store = await counting(gateway)
    await gateway.send()
    await steps(tallying)
    written = store.writes
    looks = store.steps
    for _ in range(100):
        gateway.clock.at += MINUTE_MS
        await steps(tallying, 3)
    assert store.writes == written
    assert store.rows < 60

    await gateway.answer(accepted(await gateway.submit_one()))
    await gateway.deliver(receipt())
    gateway.clock.at += HOUR_MS
    await steps(tallying)
    assert (await told(gateway)).count(State.DELIVERED) == 1
    rows, gateway.clock.at = store.rows, gateway.clock.at + DAY_MS
    await steps(tallying)
    assert store.rows == rows
    assert looks < store.steps


async def test_a_step_is_bounded(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large bucket takes several, and is written once."""
    monkeypatch.setattr(module, "STEP_MESSAGES", 3)
    tallying, store = await counting(gateway)
    await gateway.send(to=[27990000001] * 8)

    await tallying.run_once()
    assert (await told(gateway)).accepted == 0
    await steps(tallying, 2)

    assert (await told(gateway)).accepted == 8
    assert store.writes == 1


async def test_what_is_settled_in_the_newest_bucket_is_counted_once(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is looked at; what may change, or is younger than a minute, is counted again."""
    monkeypatch.setattr(module, "STEP_MESSAGES", 2)
    for _ in range(4):
        await deliver_one(gateway)
    gateway.clock.at += 2 * MINUTE_MS
    await gateway.send()
    tallying, store = await counting(gateway)
    await steps(tallying)
    assert (await told(gateway)).count(State.DELIVERED, State.QUEUED) == 5
    rows = store.rows

    await gateway.answer(accepted(await gateway.submit_one()))
    await gateway.deliver(receipt())
    gateway.clock.at += 10 * SECOND_MS
    await steps(tallying)

    assert (await told(gateway)).count(State.DELIVERED) == 5
    assert store.rows == rows + 1


async def test_small_buckets_share_a_step(gateway: Gateway) -> None:
    """A backlog of quiet hours is counted soon."""
    for _ in range(5):
        await gateway.send()
        gateway.clock.at += HOUR_MS
    tallying, _ = await counting(gateway)

    await tallying.run_once()

    assert (await told(gateway)).accepted == 5


async def test_another_process_goes_on(gateway: Gateway) -> None:
    """After a crash: what was counted is not counted again unless it may change, what was not yet, is."""
    tallying, _ = await counting(gateway)
    await deliver_one(gateway)
    gateway.clock.at = bucket_of(NOON) + BUCKET_MS + 2 * MINUTE_MS
    await steps(tallying)
    gateway.clock.at += HOUR_MS
    await gateway.send()

    again, store = await counting(gateway)
    await steps(again)

    assert (await told(gateway)).accepted == 2
    assert store.rows <= 6


async def test_messages_from_before_are_counted_two_days_back(gateway: Gateway) -> None:
    """In a store that nobody counted in; hours without messages cost nothing."""
    await deliver_one(gateway)
    gateway.clock.at += 2 * DAY_MS + HOUR_MS
    await deliver_one(gateway)
    gateway.clock.at += 20 * HOUR_MS

    tallying, store = await counting(gateway)
    await steps(tallying, 6)

    assert (await told(gateway)).accepted == 1
    assert store.steps < 12


async def test_an_idle_service_writes_nothing(gateway: Gateway) -> None:
    """Without messages there is nothing to count, nor to keep."""
    tallying, store = await counting(gateway)
    for _ in range(50):
        gateway.clock.at += MINUTE_MS
        await steps(tallying, 2)

    assert (store.writes, store.rows) == (0, 0)
