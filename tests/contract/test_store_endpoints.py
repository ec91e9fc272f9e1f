"""How a customer's endpoint does: told from what was tried and from what waits (delivery 5)."""

from __future__ import annotations

from angarium.ports.endpoints import EndpointHealth
from angarium.stores.sqlite import endpoints
from tests.contract.stage import NOON, Stage, settled

COUNTED_MAX = 100


async def owe(stage: Stage, count: int) -> list[int]:
    """Owe one status of each of so many messages; the notifications, oldest first."""
    messages = await stage.queue(count)
    await stage.store.write(lambda tx: tx.owe([stage.owed(message_id) for message_id in messages]))
    claimed = await stage.store.write(
        lambda tx: tx.claim_notifications(stage.connection_id, limit=count, now=NOON, lease_until=NOON)
    )
    return sorted(each.notification_id for each in claimed)


async def health(stage: Stage, *, counted_max: int = COUNTED_MAX) -> EndpointHealth:
    """That of the stage's connection."""
    return await stage.store.endpoint_health(stage.connection_id, counted_max=counted_max)


async def test_an_endpoint_that_was_never_called_is_neither_well_nor_ill(stage: Stage) -> None:
    """What waits for its first try is counted; nothing is said of tries."""
    assert await health(stage) == EndpointHealth(0, 0, None, None, 0)
    await owe(stage, 2)

    assert await health(stage) == EndpointHealth(2, 0, None, None, 0)


async def test_failures_count_since_the_last_success(stage: Stage) -> None:
    """In the order of time, whatever notification they were of; a success ends the row (delivery 5)."""
    first, second, third = await owe(stage, 3)
    tries = [
        settled(first, ok=False, status=500, answer=b"no", error="", at=NOON + 1, due_at=NOON + 100),
        settled(second, at=NOON + 2),
        settled(third, ok=False, status=0, error="No answer.", at=NOON + 3, due_at=NOON + 100),
        settled(first, attempt_no=2, ok=False, status=500, error="", at=NOON + 4, due_at=NOON + 200),
    ]
    await stage.store.write(lambda tx: tx.settle_notifications(tries))

    assert await health(stage) == EndpointHealth(2, 0, NOON + 2, NOON + 4, 2)


async def test_dead_letters_are_counted_up_to_a_bound(stage: Stage) -> None:
    """And so is what waits; another connection's are its own."""
    found = await owe(stage, 5)
    dead = [settled(each, ok=False, status=410, answer=b"", error="", at=NOON, due_at=None) for each in found[:3]]
    await stage.store.write(lambda tx: tx.settle_notifications(dead))

    assert (await health(stage))[:2] == (2, 3)
    assert (await health(stage, counted_max=1))[:2] == (1, 1)
    assert (await stage.store.endpoint_health(stage.connection_id + 1, counted_max=9))[:2] == (0, 0)


async def test_a_success_is_looked_for_among_the_newest_only(stage: Stage, monkeypatch) -> None:
    """However many notifications there are: tries of those that wait are known by their index."""
    old, *_, failing = await owe(stage, 6)
    tries = [settled(old, at=NOON), settled(failing, ok=False, status=500, error="", at=NOON + 1, due_at=NOON + 9)]
    await stage.store.write(lambda tx: tx.settle_notifications(tries))
    monkeypatch.setattr(endpoints, "NOTIFICATIONS_SCANNED_MAX", 2)

    assert await health(stage) == EndpointHealth(5, 0, None, NOON + 1, 1)
