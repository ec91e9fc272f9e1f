"""What we owe a customer is told in order, and until it is done."""

from __future__ import annotations

from typing import Any

from angarium.core.clocktime import HOUR_MS, MINUTE_MS
from angarium.core.notification import StatusNotification
from angarium.ports.store import Owed, Settled
from tests.contract.stage import LEASE_MS, NOON, RATE, RECIPIENT, Place, Stage, add_account, settled


async def owe(stage: Stage, *owed: Owed) -> None:
    """Write what is owed."""
    await stage.store.write(lambda tx: tx.owe(owed))


async def claim(
    stage: Stage, *, limit: int = 100, now: int = NOON, connection_id: int | None = None
) -> list[StatusNotification]:
    """Take what is due."""
    connection_id = connection_id or stage.connection_id
    return await stage.store.write(
        lambda tx: tx.claim_notifications(connection_id, limit=limit, now=now, lease_until=now + LEASE_MS)
    )


async def codes(stage: Stage, **parameters: Any) -> list[int]:
    """The same; only the status numbers."""
    return [notification.status_code for notification in await claim(stage, **parameters)]


async def settle(stage: Stage, *attempts: Settled) -> None:
    """Record attempts."""
    await stage.store.write(lambda tx: tx.settle_notifications(attempts))


# --- claiming


async def test_a_notification_says_all_that_a_callback_shows(stage: Stage) -> None:
    """What was owed, with what the customer knows of the message (rest-api 8.3)."""
    shared = {"client_message_id": "my-ref", "sender": "Angarium"}
    (message_id,) = await stage.queue(shared=shared)
    await owe(stage, stage.owed(message_id, status_code=3, charge=RATE + 1, changed_at=NOON - 5))

    (notification,) = await claim(stage)

    assert notification == StatusNotification(
        notification_id=notification.notification_id,
        connection_id=stage.connection_id,
        message_id=message_id,
        client_message_id="my-ref",
        recipient=RECIPIENT,
        sender="Angarium",
        charge=RATE + 1,
        status_code=3,
        changed_at=NOON - 5,
        attempts=0,
    )


async def test_a_notification_without_a_client_message_id_has_an_empty_one(stage: Stage) -> None:
    """It is a text in any case, never missing (rest-api 8.3)."""
    (message_id,) = await stage.queue()
    await owe(stage, stage.owed(message_id))

    assert [notification.client_message_id for notification in await claim(stage)] == [""]


async def test_a_notification_is_due_at_once(stage: Stage) -> None:
    """From the moment of the change that it tells, and not before."""
    (message_id,) = await stage.queue()
    await owe(stage, stage.owed(message_id, changed_at=NOON))

    assert await claim(stage, now=NOON - 1) == []
    assert len(await claim(stage, now=NOON)) == 1


async def test_a_claimed_notification_is_left_alone_until_its_lease_ends(stage: Stage) -> None:
    """Then whoever took it is thought dead, and it is told again: at least once."""
    (message_id,) = await stage.queue()
    await owe(stage, stage.owed(message_id))
    (first,) = await claim(stage)

    assert await claim(stage, now=NOON + LEASE_MS - 1) == []
    assert await claim(stage, now=NOON + LEASE_MS) == [first]


async def test_the_oldest_come_first_up_to_a_limit(stage: Stage) -> None:
    """A claim takes those that have been due longest."""
    message_ids = await stage.queue(4)
    waits = [20, 40, 10, 30]
    await owe(
        stage,
        *(stage.owed(message_id, changed_at=NOON - wait) for message_id, wait in zip(message_ids, waits, strict=True)),
    )

    taken = await claim(stage, limit=3) + await claim(stage)

    assert [NOON - notification.changed_at for notification in taken] == [40, 30, 20, 10]


async def test_a_connection_gets_its_own(stage: Stage) -> None:
    """Nobody is told of another's messages, nor kept waiting by them."""
    _, other = await add_account(stage.store, "other")
    ours, theirs = await stage.queue(2)
    await owe(stage, stage.owed(ours), stage.owed(theirs, connection_id=other))

    assert [each.message_id for each in await claim(stage, connection_id=other)] == [theirs]
    assert [each.message_id for each in await claim(stage)] == [ours]


# --- order within a message


async def test_a_message_is_told_of_one_status_after_the_other(stage: Stage) -> None:
    """The next status waits until the one before is done."""
    (message_id,) = await stage.queue()
    await owe(stage, stage.owed(message_id, status_code=3), stage.owed(message_id, status_code=4))

    (first,) = await claim(stage)
    assert first.status_code == 3
    assert await codes(stage) == []

    await settle(stage, settled(first.notification_id))
    assert await codes(stage) == [4]


async def test_a_status_that_is_to_be_told_again_holds_up_the_next(stage: Stage) -> None:
    """A failed attempt keeps its place in its message's order; once its time has come it is told first."""
    (message_id,) = await stage.queue()
    await owe(stage, stage.owed(message_id, status_code=3), stage.owed(message_id, status_code=4))
    (first,) = await claim(stage)

    await settle(stage, settled(first.notification_id, ok=False, due_at=NOON + HOUR_MS))

    assert await codes(stage) == []
    assert await codes(stage, now=NOON + HOUR_MS) == [3]


async def test_a_status_that_nobody_took_in_the_end_holds_up_nothing(stage: Stage) -> None:
    """A dead letter is done with: the next status goes out (rest-api 8.5)."""
    (message_id,) = await stage.queue()
    await owe(stage, stage.owed(message_id, status_code=3), stage.owed(message_id, status_code=4))
    (first,) = await claim(stage)

    await settle(stage, settled(first.notification_id, ok=False, status=500, due_at=None))

    assert await codes(stage) == [4]


async def test_one_message_does_not_hold_up_another(stage: Stage) -> None:
    """Order is promised within a message only."""
    first, second = await stage.queue(2)
    await owe(
        stage,
        stage.owed(first, status_code=3),
        stage.owed(first, status_code=4),
        stage.owed(second, status_code=7),
    )

    assert await codes(stage) == [3, 7]


async def test_a_status_of_later_waits_also_when_it_is_due_earlier(stage: Stage) -> None:
    """What counts is which was owed first, not the clock: that may have been set back between them."""
    (message_id,) = await stage.queue()
    await owe(stage, stage.owed(message_id, status_code=3, changed_at=NOON))
    await owe(stage, stage.owed(message_id, status_code=4, changed_at=NOON - HOUR_MS))

    assert await codes(stage, now=NOON - 1) == []
    assert await codes(stage) == [3]


# --- settling


async def test_a_notification_that_was_taken_is_done(place: Place, stage: Stage) -> None:
    """It never comes up again, not after a restart either."""
    (message_id,) = await stage.queue()
    await owe(stage, stage.owed(message_id))
    (notification,) = await claim(stage)

    await settle(stage, settled(notification.notification_id))
    stage.store = await place.reopen(stage.store)

    assert await claim(stage, now=NOON + HOUR_MS) == []
    assert await stage.store.notifications_lag() is None


async def test_a_notification_counts_its_attempts(stage: Stage) -> None:
    """Each failure makes it due again at its own moment, with one attempt more."""
    (message_id,) = await stage.queue()
    await owe(stage, stage.owed(message_id))
    for attempts in range(3):
        now = NOON + attempts * HOUR_MS
        (notification,) = await claim(stage, now=now)
        assert notification.attempts == attempts
        await settle(
            stage,
            settled(
                notification.notification_id,
                attempt_no=attempts + 1,
                ok=False,
                status=0,
                answer=b"",
                error="no answer",
                due_at=now + HOUR_MS,
            ),
        )
        assert await claim(stage, now=now + HOUR_MS - 1) == []


async def test_a_released_notification_was_never_tried(stage: Stage) -> None:
    """It is due again at the moment given, and no attempt is counted."""
    (message_id,) = await stage.queue()
    await owe(stage, stage.owed(message_id))
    (first,) = await claim(stage)

    await stage.store.write(lambda tx: tx.release_notifications([first.notification_id], due_at=NOON + MINUTE_MS))

    assert await claim(stage, now=NOON + MINUTE_MS - 1) == []
    assert await claim(stage, now=NOON + MINUTE_MS) == [first]


async def test_many_attempts_are_settled_together(stage: Stage) -> None:
    """Each by its own end."""
    message_ids = await stage.queue(3)
    await owe(stage, *(stage.owed(message_id) for message_id in message_ids))
    taken, failed, dead = await claim(stage)

    await settle(
        stage,
        settled(taken.notification_id),
        settled(failed.notification_id, ok=False, due_at=NOON + 5),
        settled(dead.notification_id, ok=False),
    )

    assert [each.notification_id for each in await claim(stage, now=NOON + HOUR_MS)] == [failed.notification_id]


# --- who is owed


async def test_connections_with_something_due_are_known(stage: Stage) -> None:
    """Each once; not those whose notifications are claimed, due later, or done."""
    due = stage.connection_id
    names = ("later", "claimed", "done", "nothing")
    later, claimed, done, _ = [(await add_account(stage.store, name))[1] for name in names]
    message_ids = await stage.queue(5)
    await owe(
        stage,
        stage.owed(message_ids[0], connection_id=due),
        stage.owed(message_ids[1], connection_id=due),
        stage.owed(message_ids[2], connection_id=later, changed_at=NOON + 1),
        stage.owed(message_ids[3], connection_id=claimed),
        stage.owed(message_ids[4], connection_id=done),
    )
    await claim(stage, connection_id=claimed)
    (notification,) = await claim(stage, connection_id=done)
    await settle(stage, settled(notification.notification_id))

    assert await stage.store.connections_owed(now=NOON) == [due]
    assert sorted(await stage.store.connections_owed(now=NOON + LEASE_MS)) == sorted([due, later, claimed])
    assert await stage.store.connections_owed(now=NOON - 1) == []


async def test_the_lag_is_that_of_the_longest_due(stage: Stage) -> None:
    """Over all connections, the earliest moment at which something undone was due; None when nothing is owed."""
    assert await stage.store.notifications_lag() is None
    _, other = await add_account(stage.store, "other")
    first, second = await stage.queue(2)
    await owe(
        stage,
        stage.owed(first, changed_at=NOON - 5),
        stage.owed(second, connection_id=other, changed_at=NOON - 9),
    )

    assert await stage.store.notifications_lag() == NOON - 9

    (oldest,) = await claim(stage, connection_id=other)
    await settle(stage, settled(oldest.notification_id))
    assert await stage.store.notifications_lag() == NOON - 5


async def test_what_waits_for_a_failed_status_is_out_of_the_way(stage: Stage) -> None:
    """However much a dead endpoint has piled up, a claim looks at it once, not each time (delivery 5)."""
    count = 2_500
    message_ids = await stage.queue(count)
    await owe(stage, *(stage.owed(message_id, status_code=3) for message_id in message_ids))
    failed = [
        settled(each.notification_id, ok=False, due_at=NOON + HOUR_MS) for each in await claim(stage, limit=count)
    ]
    await settle(stage, *failed)
    await owe(stage, *(stage.owed(message_id, status_code=4) for message_id in message_ids))
    assert await stage.store.connections_owed(now=NOON) == [stage.connection_id]

    assert await codes(stage, limit=4) == []

    assert await stage.store.connections_owed(now=NOON + HOUR_MS - 1) == []
    assert await codes(stage, limit=count, now=NOON + HOUR_MS) == [3] * count


async def test_what_can_be_told_is_claimed_past_all_that_waits(stage: Stage) -> None:
    """A message that nothing holds up is told at once, although thousands of others wait (rest-api 8.5)."""
    count = 1_500
    message_ids = await stage.queue(count + 1)
    await owe(stage, *(stage.owed(message_id, status_code=3) for message_id in message_ids[:count]))
    failed = [
        settled(each.notification_id, ok=False, due_at=NOON + HOUR_MS) for each in await claim(stage, limit=count)
    ]
    await settle(stage, *failed)
    await owe(stage, *(stage.owed(message_id, status_code=4) for message_id in message_ids[:count]))
    await owe(stage, stage.owed(message_ids[count], status_code=7))

    assert await codes(stage, limit=4) == [7]
