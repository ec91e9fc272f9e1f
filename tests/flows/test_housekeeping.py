"""What time does to messages while nothing else happens to them."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.clocktime import DAY_MS, MINUTE_MS, SECOND_MS
from angarium.core.retry import RetrySchedule
from angarium.core.states import Cause, State
from angarium.core.status_codes import EXPIRED, QUEUED, UNKNOWN
from angarium.flows import housekeeping
from angarium.flows.dispatch import LEASE_MS
from angarium.ports.bell import NOTIFICATIONS, carrier_topic
from angarium.ports.carrier import Submission
from tests.gateway import CREDIT_AT_FIRST, NOON, RECIPIENT, Gateway, accepted, busy, in_doubt


def forget(gateway: Gateway) -> None:
    """Lose what the process knows of messages under way, though it lives on."""
    gateway.dispatch._held.clear()


async def claimed(gateway: Gateway, **parameters: Any) -> Submission:
    """One message that was claimed and is not in hand any more."""
    await gateway.send(**parameters)
    submission = await gateway.submit_one()
    forget(gateway)
    return submission


async def test_a_queued_message_expires_although_its_carrier_is_down(gateway: Gateway) -> None:
    """At the end of its validity, free of charge, and its customer is told (delivery 1.2, 2.6, 4.2)."""
    gateway.carrier.room_left = 0
    (message_id,) = await gateway.send(validity_min=10, callback=7)
    await gateway.pass_time(10 * MINUTE_MS - 1)
    assert (await gateway.view(message_id)).state is State.QUEUED

    await gateway.pass_time(1)

    assert await gateway.status(message_id) == EXPIRED
    assert (await gateway.balance()).free == CREDIT_AT_FIRST
    assert gateway.counted == {"EXPIRED_HERE": 1}
    assert gateway.bell.rung[NOTIFICATIONS] == 1
    assert await gateway.hear_all() == [EXPIRED]


async def test_a_scheduled_message_expires_by_its_own_time(gateway: Gateway) -> None:
    """Its validity begins when it is due."""
    gateway.carrier.room_left = 0
    (message_id,) = await gateway.send(scheduled_at=NOON + DAY_MS, validity_min=1)
    await gateway.pass_time(DAY_MS)
    assert (await gateway.view(message_id)).state is State.QUEUED

    await gateway.pass_time(MINUTE_MS)

    assert await gateway.status(message_id) == EXPIRED


async def test_a_message_in_hand_at_the_end_of_its_validity_is_left_to_its_carrier(gateway: Gateway) -> None:
    """Its answer decides; and if it comes back, it expires then."""
    (message_id,) = await gateway.send(validity_min=10)
    submission = await gateway.submit_one()

    await gateway.pass_time(10 * MINUTE_MS)

    assert (await gateway.view(message_id)).state is State.SUBMITTING
    await gateway.answer(busy(submission))
    assert await gateway.status(message_id) == EXPIRED


async def test_a_message_in_hand_is_held_however_long_it_takes(gateway: Gateway) -> None:
    """Its lease means nothing while this process has it: no second copy goes out."""
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()

    await gateway.pass_time(2 * LEASE_MS)

    assert await gateway.submit() == []
    await gateway.answer(accepted(submission))
    assert (await gateway.view(message_id)).state is State.SUBMITTED


async def test_a_stale_claim_is_in_doubt(gateway: Gateway) -> None:
    """Nobody holds it and its lease is over: resent, and its carrier's bell rings (delivery 2.5)."""
    submission = await claimed(gateway)
    await gateway.pass_time(LEASE_MS - 1)
    assert (await gateway.view(submission.message_id)).state is State.SUBMITTING
    gateway.bell.rung.clear()

    await gateway.pass_time(1)

    view = await gateway.view(submission.message_id)
    assert (view.state, view.cause, view.doubts) == (State.QUEUED, Cause.IN_DOUBT_RESENT, 1)
    assert gateway.counted == {"IN_DOUBT_RESENT": 1}
    assert gateway.bell.rung == {carrier_topic(gateway.carrier.carrier_id): 1}
    assert await gateway.status(submission.message_id) == QUEUED


async def test_a_stale_claim_in_doubt_again_waits_by_the_operators_pauses(gateway: Gateway) -> None:
    """The first doubt is resent at once, the next one after the pause that was set."""
    gateway.housekeeping._retries = RetrySchedule((7 * SECOND_MS,), repeat_last=True)
    submission = await claimed(gateway)
    await gateway.pass_time(LEASE_MS)
    await gateway.submit_one()
    forget(gateway)

    await gateway.pass_time(LEASE_MS)

    assert (await gateway.view(submission.message_id)).due_at == gateway.clock.at + 7 * SECOND_MS
    assert [(kind, detail["reason"]) for kind, detail in await gateway.journal(submission.message_id)] == [
        ("in doubt", "its claim ran out")
    ] * 2


async def test_an_end_without_a_receipt_is_written_down(gateway: Gateway) -> None:
    """A late receipt may hide it in the row, but not in the time line (delivery 3.8)."""
    (message_id,) = await gateway.send(validity_min=1)
    await gateway.answer(accepted(await gateway.submit_one()))

    await gateway.pass_time(DAY_MS)

    assert await gateway.journal(message_id) == [("ended", {"reason": "no receipt"})]


async def test_a_stale_claim_ends_as_unknown_where_that_is_the_policy(gateway: Gateway) -> None:
    """And its customer is told."""
    submission = await claimed(gateway, once=True, callback=7)

    await gateway.pass_time(LEASE_MS)

    assert await gateway.status(submission.message_id) == UNKNOWN
    assert await gateway.hear_all() == [UNKNOWN]


async def test_a_late_answer_after_the_rescue_saves_the_resending(gateway: Gateway) -> None:
    """The carrier has it: nothing is sent again."""
    submission = await claimed(gateway)
    await gateway.pass_time(LEASE_MS)

    await gateway.answer(accepted(submission))

    assert await gateway.submit() == []
    assert (await gateway.view(submission.message_id)).state is State.SUBMITTED


async def test_a_start_ends_all_leases(gateway: Gateway) -> None:
    """A crash does not wait for them, also when the clock went back meanwhile (delivery 4.10, 4.11)."""
    (message_id,) = await gateway.send()
    await gateway.submit_one()
    gateway.clock.at -= SECOND_MS

    await gateway.crash()
    await gateway.keep_house()

    assert (await gateway.view(message_id)).cause is Cause.IN_DOUBT_RESENT


async def test_a_message_in_doubt_that_is_never_resent_is_unknown_in_the_end(gateway: Gateway) -> None:
    """It may have arrived the first time, so it is not called expired (delivery 1.2)."""
    (message_id,) = await gateway.send(validity_min=10, callback=7)
    await gateway.answer(in_doubt(await gateway.submit_one()))
    gateway.carrier.room_left = 0

    await gateway.pass_time(10 * MINUTE_MS)

    assert await gateway.status(message_id) == UNKNOWN
    assert await gateway.hear_all() == [UNKNOWN]


async def test_a_clock_that_jumps_ahead_and_back_loses_nothing(gateway: Gateway) -> None:
    """Nothing that is in hand is touched, and what is queued goes out when the clock is right again (delivery 4.11)."""
    (message_id,) = await gateway.send(validity_min=1440)
    (other,) = await gateway.send(to=(RECIPIENT + 1,), validity_min=1440)
    gateway.carrier.room_left = 1
    await gateway.dispatch.run_once()

    await gateway.pass_time(DAY_MS // 2)
    await gateway.pass_time(-DAY_MS // 2)

    gateway.carrier.room_left = 10
    assert [each.message_id for each in await gateway.submit()] == [other]
    await gateway.answer(accepted(gateway.carrier.taken[0]))
    assert (await gateway.view(message_id)).state is State.SUBMITTED


async def test_a_step_takes_no_more_than_its_share(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heap of expiries is worked off in many commits, and none is left out."""
    monkeypatch.setattr(housekeeping, "MESSAGES_MAX", 3)
    gateway.carrier.room_left = 0
    messages = [(await gateway.send(to=(RECIPIENT, RECIPIENT + 1), validity_min=1))[0] for _ in range(5)]
    gateway.clock.at += MINUTE_MS

    assert await gateway.housekeeping.check_requests() is True

    states = [(await gateway.view(message_id)).state for message_id in messages]
    assert states.count(State.EXPIRED) == 2
    await gateway.keep_house()
    assert {(await gateway.view(message_id)).state for message_id in messages} == {State.EXPIRED}


async def test_nothing_to_do_is_said_so(gateway: Gateway) -> None:
    """Then the worker may sleep."""
    assert await gateway.housekeeping.run_once() is False
