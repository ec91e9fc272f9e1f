"""Counts against limits are durable, one for each account, connection and period (rest-api 1.2)."""

from __future__ import annotations

from angarium.core.limits import Period
from angarium.ports.limits import Usage
from tests.contract.stage import NOON, AnyStore, Place

DAY = Usage(1, 0, Period.DAY, NOON, 3, 2_400_000)


async def set_usage(store: AnyStore, *usage: Usage) -> None:
    """Keep counts in one write."""
    await store.write(lambda tx: tx.set_usage(usage))


async def usage(store: AnyStore, *account_ids: int) -> list[Usage]:
    """What is counted for these accounts."""
    return sorted(await store.write(lambda tx: tx.usage(account_ids)))


async def test_counts_survive_a_restart(place: Place) -> None:
    """What was counted stays counted (rest-api 1.2)."""
    store = await place.open()
    await set_usage(store, DAY)

    store = await place.reopen(store)

    assert await usage(store, 1) == [DAY]


async def test_an_account_its_connections_and_periods_are_counted_apart(store: AnyStore) -> None:
    """And only those of the accounts that were asked for are told."""
    rows = [
        DAY,
        DAY._replace(period=Period.MONTH, messages=30),
        DAY._replace(connection_id=7, messages=2),
        DAY._replace(account_id=2, messages=9),
    ]
    await set_usage(store, *rows)

    assert await usage(store, 1) == sorted(rows[:3])
    assert await usage(store, 2, 3) == [rows[3]]
    assert await usage(store) == []


async def test_the_next_period_takes_the_place_of_the_last(store: AnyStore) -> None:
    """Nothing grows with the days."""
    await set_usage(store, DAY)
    await set_usage(store, DAY._replace(began_at=NOON + 1, messages=1))

    assert await usage(store, 1) == [DAY._replace(began_at=NOON + 1, messages=1)]
