"""Leg 2, submit: what each answer of a carrier does to a message and to its money."""

from __future__ import annotations

import asyncio

import pytest

from angarium.core.clocktime import MINUTE_MS, SECOND_MS
from angarium.core.message import Priority
from angarium.core.retry import SUBMIT_RETRIES
from angarium.core.states import Cause, State
from angarium.core.status_codes import (
    DELIVERED_TO_GATEWAY,
    ERROR_DELIVERING,
    ERROR_WITH_MESSAGE,
    EXPIRED,
    QUEUED,
    RECEIVED,
    ROUTING_ERROR,
    UNKNOWN,
)
from angarium.flows import dispatch
from angarium.ports.bell import NOTIFICATIONS
from angarium.ports.store import StoreUnavailable
from tests.gateway import (
    CREDIT_AT_FIRST,
    NOON,
    RATE,
    RECIPIENT,
    Gateway,
    accepted,
    busy,
    failed_for_now,
    in_doubt,
    receipt,
    rejected,
    unsent,
)

LONG = "x" * 400
"""Three segments."""


async def test_an_accepted_segment_is_submitted_and_paid(gateway: Gateway) -> None:
    """003, and what was reserved is spent (delivery 2.1)."""
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()

    await gateway.answer(accepted(submission))

    balance = await gateway.balance()
    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    assert (balance.free, balance.reserved, balance.spent) == (CREDIT_AT_FIRST - RATE, 0, RATE)
    assert gateway.counted == {"CARRIER_ACCEPTED": 1}
    assert gateway.dispatch.held == 0


async def test_recipients_of_one_request_share_one_payload(gateway: Gateway) -> None:
    """So that an edge makes of it once what it needs, for all of them and over several claims."""
    await gateway.send(to=(RECIPIENT, RECIPIENT + 1))
    gateway.carrier.room_left = 1

    first, second = await gateway.submit()

    assert first.payload is second.payload
    assert [first.recipient, second.recipient] == [RECIPIENT, RECIPIENT + 1]


async def test_long_messages_sent_one_after_the_other_have_different_references(gateway: Gateway) -> None:
    """A handset joins by the reference, so it must differ although time-ordered ids end in zeros."""
    for _ in range(40):
        gateway.clock.at += SECOND_MS
        await gateway.send("x" * 200)

    references = {submission.payload.user_data[0].udh[3] for submission in await gateway.submit()}

    assert len(references) > 30


async def test_no_room_claims_nothing(gateway: Gateway) -> None:
    """While no link is bound, messages stay queued, where they can be stopped (delivery 2.6)."""
    (message_id,) = await gateway.send()
    gateway.carrier.room_left = 0

    assert await gateway.submit() == []
    assert (await gateway.view(message_id)).state is State.QUEUED


async def test_a_claim_that_the_store_refuses_hands_over_nothing(gateway: Gateway) -> None:
    """The lease is on disk before a link sees the message."""
    await gateway.send()
    gateway.store.undo_next = 1

    with pytest.raises(StoreUnavailable):
        await gateway.dispatch.run_once()

    assert gateway.carrier.taken == []
    assert len(await gateway.submit()) == 1


async def test_requests_come_back_although_few_are_kept(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was dropped from memory is read again when a message of it is due again."""
    monkeypatch.setattr(dispatch, "REQUESTS_KEPT_MAX", 1)
    for number in range(5):
        await gateway.send(f"Hello {number}")
    first = await gateway.submit()
    await gateway.answer(*map(busy, first))

    again = await gateway.submit()

    assert [each.payload.user_data for each in again] == [each.payload.user_data for each in first]
    assert len(again) == 5


# --- refused


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (Cause.REFUSED_CONTENT, ERROR_WITH_MESSAGE),
        (Cause.REFUSED_SENDER, ERROR_WITH_MESSAGE),
        (Cause.REFUSED_RECIPIENT, ERROR_DELIVERING),
        (Cause.REFUSED_ROUTE, ROUTING_ERROR),
    ],
)
async def test_a_rejection_is_final_and_costs_nothing(gateway: Gateway, cause: Cause, code: int) -> None:
    """The status says which kind it was, and the reservation is released (delivery 2.4)."""
    (message_id,) = await gateway.send()

    await gateway.answer(rejected(await gateway.submit_one(), cause))

    assert await gateway.status(message_id) == code
    assert await gateway.charge(message_id) == 0
    assert (await gateway.balance()).free == CREDIT_AT_FIRST
    assert (await gateway.view(message_id)).error == "0x0000000b"


async def test_a_rejected_segment_ends_a_long_message_and_the_taken_ones_are_paid(gateway: Gateway) -> None:
    """Failed when any segment is; spent is only what the carrier took (house, decisions 4 and 5) (delivery 1.5,
    2.4).
    """
    (message_id,) = await gateway.send(LONG)
    first, second, third = await gateway.submit()

    await gateway.answer(accepted(first, "A1"), rejected(second), unsent(third))

    balance = await gateway.balance()
    assert await gateway.status(message_id) == ERROR_DELIVERING
    assert (balance.free, balance.reserved, balance.spent) == (CREDIT_AT_FIRST - RATE, 0, RATE)


# --- busy, retry


async def test_throttled_keeps_its_place_and_is_no_attempt(gateway: Gateway) -> None:
    """It goes out again before what came after it (delivery 2.2)."""
    (first,) = await gateway.send()
    gateway.clock.at += SECOND_MS
    submission = await gateway.submit_one()
    (second,) = await gateway.send()

    await gateway.answer(busy(submission))

    view = await gateway.view(first)
    assert (view.state, view.due_at, view.attempts) == (State.QUEUED, NOON, 0)
    assert await gateway.status(first) == QUEUED
    assert [each.message_id for each in await gateway.submit()] == [first, second]


async def test_handed_back_unsent_keeps_its_place_too(gateway: Gateway) -> None:
    """It never left, so it may even be stopped."""
    (message_id,) = await gateway.send()
    await gateway.answer(unsent(await gateway.submit_one()))

    assert (await gateway.view(message_id)).due_at == NOON
    await gateway.stop(message_id)
    assert await gateway.submit() == []


async def test_a_passing_failure_is_retried_on_the_schedule(gateway: Gateway) -> None:
    """5, 15, 30, 60 seconds and so on, and not a millisecond earlier (delivery 2.3)."""
    (message_id,) = await gateway.send()
    for pause_ms in (*SUBMIT_RETRIES.pauses_ms, SUBMIT_RETRIES.pauses_ms[-1]):
        await gateway.answer(failed_for_now(await gateway.submit_one()))
        gateway.clock.at += pause_ms - 1
        assert await gateway.submit() == []
        gateway.clock.at += 1

    await gateway.answer(accepted(await gateway.submit_one()))

    view = await gateway.view(message_id)
    assert (view.state, view.attempts) == (State.SUBMITTED, len(SUBMIT_RETRIES.pauses_ms) + 2)


async def test_a_long_message_partly_taken_is_retried_only_for_the_rest(gateway: Gateway) -> None:
    """What the carrier has is never sent again, and is paid already."""
    (message_id,) = await gateway.send(LONG)
    first, second, third = await gateway.submit()
    await gateway.answer(accepted(first, "A1"), failed_for_now(second), accepted(third, "A3"))
    assert (await gateway.balance()).spent == 2 * RATE
    gateway.clock.at += 5 * SECOND_MS

    again = await gateway.submit_one()
    await gateway.answer(accepted(again, "A2"))

    assert again.segment_no == 1
    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    assert (await gateway.balance()).spent == 3 * RATE


async def test_what_was_taken_is_on_disk_before_the_rest_is_answered(gateway: Gateway) -> None:
    """A crash in the middle of a long message does not send its first segment again (delivery 2.1)."""
    await gateway.send(LONG)
    first, *_ = await gateway.submit()
    await gateway.answer(accepted(first, "A1"))

    await gateway.crash()
    await gateway.keep_house()

    assert [submission.segment_no for submission in await gateway.submit()] == [1, 2]


async def test_a_settlement_that_the_store_refused_is_settled_by_the_next_try(gateway: Gateway) -> None:
    """Nothing of the first try stays in memory or on disk (delivery 4.5)."""
    (message_id,) = await gateway.send(LONG)
    submissions = await gateway.submit()
    replies = [accepted(each, f"A{each.segment_no}") for each in submissions]
    gateway.store.undo_next = 1
    with pytest.raises(StoreUnavailable):
        await gateway.answer(*replies)

    await gateway.answer(*replies)

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    assert (await gateway.balance()).spent == 3 * RATE


async def test_a_message_settled_and_claimed_in_one_commit_is_held_anew(gateway: Gateway) -> None:
    """The answer to its second submission finds it."""
    (message_id,) = await gateway.send()
    first = await gateway.submit_one()

    await asyncio.gather(gateway.answer(busy(first)), gateway.dispatch.run_once())

    assert gateway.dispatch.holds(message_id)
    await gateway.answer(accepted(gateway.carrier.taken[-1]))
    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    assert gateway.dispatch.held == 0


# --- in doubt


async def test_in_doubt_is_resent_by_default(gateway: Gateway) -> None:
    """At least once: at once, and the doubt stays on its record (delivery 1.3, 2.5)."""
    (message_id,) = await gateway.send()
    await gateway.answer(in_doubt(await gateway.submit_one()))

    again = await gateway.submit_one()
    await gateway.answer(accepted(again))

    view = await gateway.view(message_id)
    assert (view.state, view.doubts) == (State.SUBMITTED, 1)
    assert gateway.counted == {"IN_DOUBT_RESENT": 1, "CARRIER_ACCEPTED": 1}
    assert (await gateway.balance()).spent == RATE


async def test_in_doubt_ends_as_unknown_where_that_is_the_policy(gateway: Gateway) -> None:
    """At most once: 001, paid because it may have left, and never sent again (rest-api 7, 001, delivery 1.3, 2.5)."""
    (message_id,) = await gateway.send(once=True)

    await gateway.answer(in_doubt(await gateway.submit_one()))

    assert await gateway.status(message_id) == UNKNOWN
    assert await gateway.charge(message_id) == RATE
    assert await gateway.submit() == []


async def test_unsent_segments_of_a_message_in_doubt_are_not_paid(gateway: Gateway) -> None:
    """Sent and in doubt are spent; what never left is released."""
    (message_id,) = await gateway.send(LONG, once=True)
    first, second, third = await gateway.submit()

    await gateway.answer(accepted(first, "A1"), in_doubt(second), unsent(third))

    assert await gateway.charge(message_id) == 2 * RATE
    assert (await gateway.balance()).free == CREDIT_AT_FIRST - 2 * RATE


async def test_a_late_answer_saves_the_resending(gateway: Gateway) -> None:
    """The carrier has it after all: submitted, paid, its customer told, and its receipt will match (delivery 2.5)."""
    (message_id,) = await gateway.send(callback=7)
    submission = await gateway.submit_one()
    await gateway.answer(in_doubt(submission))

    await gateway.answer(accepted(submission))

    assert await gateway.submit() == []
    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    assert await gateway.hear_all() == [DELIVERED_TO_GATEWAY]
    assert (await gateway.balance()).spent == RATE
    await gateway.deliver(receipt())
    assert await gateway.status(message_id) == RECEIVED


async def test_a_late_answer_ends_the_doubt_while_other_segments_are_awaited(gateway: Gateway) -> None:
    """Then nothing is in doubt any more, whatever the policy says of doubts."""
    (message_id,) = await gateway.send(LONG, once=True)
    first, second, third = await gateway.submit()
    await gateway.answer(in_doubt(first))

    await gateway.answer(accepted(first, "A1"), accepted(second, "A2"), accepted(third, "A3"))

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    assert gateway.dispatch.held == 0


async def test_a_late_answer_during_the_resending_counts_for_its_segment_only(gateway: Gateway) -> None:
    """The copy's own answer is awaited no longer; the other segments' answers still are."""
    (message_id,) = await gateway.send(LONG)
    first, second, third = await gateway.submit()
    await gateway.answer(in_doubt(first), in_doubt(second), accepted(third, "A3"))
    again = await gateway.submit()
    assert [each.segment_no for each in again] == [0, 1]

    await gateway.answer(accepted(first, "A1"))
    await gateway.answer(rejected(again[0]))

    assert (await gateway.view(message_id)).state is State.SUBMITTING
    await gateway.answer(accepted(again[1], "B2"))
    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    assert (await gateway.balance()).spent == 3 * RATE


async def test_a_late_answer_to_a_stopped_clock_of_a_final_message_changes_nothing(gateway: Gateway) -> None:
    """A rejected message stays rejected, and unpaid."""
    (message_id,) = await gateway.send()
    first = await gateway.submit_one()
    await gateway.answer(in_doubt(first))
    await gateway.answer(rejected(await gateway.submit_one()))

    await gateway.answer(accepted(first))

    assert await gateway.status(message_id) == ERROR_DELIVERING
    assert (await gateway.balance()).free == CREDIT_AT_FIRST


async def test_a_doubt_after_the_end_of_validity_is_unknown(gateway: Gateway) -> None:
    """It may have arrived, so nobody says that it expired."""
    (message_id,) = await gateway.send(validity_min=1)
    submission = await gateway.submit_one()
    gateway.clock.at += MINUTE_MS

    await gateway.answer(in_doubt(submission))

    assert await gateway.status(message_id) == UNKNOWN
    assert await gateway.charge(message_id) == RATE


async def test_a_crash_with_segments_under_way_puts_them_in_doubt(gateway: Gateway) -> None:
    """A restart does not wait for leases: what was claimed is resent at once, by the default policy (delivery 2.5,
    4.10).
    """
    (message_id,) = await gateway.send()
    await gateway.submit_one()

    await gateway.crash()
    await gateway.keep_house()

    assert (await gateway.submit_one()).message_id == message_id
    assert (await gateway.view(message_id)).doubts == 1


async def test_a_crash_leaves_it_unknown_where_that_is_the_policy(gateway: Gateway) -> None:
    """At most once holds across a crash, too (delivery 1.3, 2.5)."""
    (message_id,) = await gateway.send(once=True)
    await gateway.submit_one()

    await gateway.crash()
    await gateway.keep_house()

    assert await gateway.submit() == []
    assert await gateway.status(message_id) == UNKNOWN


async def test_a_message_that_kills_its_link_twice_alone_is_parked(gateway: Gateway) -> None:
    """It takes no third link down: it waits for the end of its validity, when its outcome is unknown (delivery 2.7)."""
    (message_id,) = await gateway.send(validity_min=60)
    await gateway.answer(in_doubt(await gateway.submit_one(), killed_link=True))

    await gateway.answer(in_doubt(await gateway.submit_one(), killed_link=True))

    assert (await gateway.view(message_id)).cause is Cause.PARKED
    assert gateway.counted["PARKED"] == 1
    gateway.clock.at += 59 * MINUTE_MS
    assert await gateway.submit() == []
    await gateway.pass_time(MINUTE_MS)
    assert await gateway.status(message_id) == UNKNOWN


async def test_a_link_that_died_with_many_under_way_parks_none_of_them(gateway: Gateway) -> None:
    """Nobody knows which of them it was."""
    messages = await gateway.send(to=range(RECIPIENT, RECIPIENT + 10))
    await gateway.answer(*map(in_doubt, await gateway.submit()))

    assert {each.message_id for each in await gateway.submit()} == set(messages)


# --- expiry


async def test_a_message_whose_validity_has_ended_is_not_handed_over(gateway: Gateway) -> None:
    """010, uncharged, told and counted; the rest of the batch goes out (rest-api 7, 010, delivery 1.2, 4.2)."""
    (late,) = await gateway.send(validity_min=1, callback=7)
    gateway.clock.at += MINUTE_MS
    (fresh,) = await gateway.send()

    submissions = await gateway.submit()

    assert [each.message_id for each in submissions] == [fresh]
    assert await gateway.status(late) == EXPIRED
    assert await gateway.charge(late) == 0
    assert await gateway.hear_all() == [EXPIRED]
    assert gateway.counted == {"EXPIRED_HERE": 1}


async def test_a_message_returned_after_its_validity_expires_at_once(gateway: Gateway) -> None:
    """Busy is no reason to try again what nobody wants any more."""
    (message_id,) = await gateway.send(validity_min=1)
    submission = await gateway.submit_one()
    gateway.clock.at += MINUTE_MS

    await gateway.answer(busy(submission))

    assert await gateway.status(message_id) == EXPIRED
    assert (await gateway.balance()).free == CREDIT_AT_FIRST


async def test_a_retry_that_would_come_too_late_expires_in_time(gateway: Gateway) -> None:
    """A pause never goes past the end of validity."""
    (message_id,) = await gateway.send(validity_min=1)
    gateway.clock.at += 58 * SECOND_MS
    await gateway.answer(failed_for_now(await gateway.submit_one()))

    assert (await gateway.view(message_id)).due_at == NOON + MINUTE_MS
    gateway.clock.at += 2 * SECOND_MS
    assert await gateway.submit() == []
    assert await gateway.status(message_id) == EXPIRED


async def test_expiry_and_settlement_ring_for_the_customer_only_if_something_is_owed(gateway: Gateway) -> None:
    """A bell wakes somebody, so it is not rung for nothing."""
    await gateway.send(callback=0)
    await gateway.answer(accepted(await gateway.submit_one()))
    assert gateway.bell.rung[NOTIFICATIONS] == 0

    await gateway.send(callback=1)
    await gateway.answer(accepted(await gateway.submit_one(), "A2"))

    assert gateway.bell.rung[NOTIFICATIONS] == 1


async def test_a_large_batch_with_mixed_answers_settles_each_by_itself(gateway: Gateway) -> None:
    """One commit, many kinds of answers."""
    messages = await gateway.send(to=range(RECIPIENT, RECIPIENT + 40), priority=Priority.HIGH)
    submissions = await gateway.submit()
    forms = [lambda each: accepted(each, f"A{each.recipient}"), busy, failed_for_now, rejected]

    await gateway.answer(*(forms[at % 4](each) for at, each in enumerate(submissions)))

    states = [(await gateway.view(message_id)).state for message_id in messages]
    assert states == [State.SUBMITTED, State.QUEUED, State.QUEUED, State.REJECTED] * 10
    assert (await gateway.balance()).spent == 10 * RATE


# --- what is told of it


async def test_a_message_in_doubt_at_its_end_pays_what_may_have_left(gateway: Gateway) -> None:
    """Of three segments one was in doubt, the others turned away: only the first is paid (delivery 1.5)."""
    (message_id,) = await gateway.send(LONG, validity_min=10)
    first, second, third = await gateway.submit()
    await gateway.answer(in_doubt(first), busy(second), unsent(third))
    gateway.carrier.room_left = 0

    await gateway.pass_time(10 * MINUTE_MS)

    assert await gateway.status(message_id) == UNKNOWN
    assert await gateway.charge(message_id) == RATE
    assert (await gateway.balance()).free == CREDIT_AT_FIRST - RATE


async def test_a_number_that_stands_twice_gets_two_long_messages(gateway: Gateway) -> None:
    """Each with a reference of its own, or a handset would join parts of both; the same again after a crash."""
    await gateway.send(LONG, to=(RECIPIENT, RECIPIENT + 1, RECIPIENT))
    references = {each.message_id: each.payload.user_data[0].udh for each in await gateway.submit()}
    assert len(set(references.values())) == 3

    await gateway.crash()
    await gateway.keep_house()

    assert {each.message_id: each.payload.user_data[0].udh for each in await gateway.submit()} == references


async def test_a_long_message_to_many_is_cut_once(gateway: Gateway) -> None:
    """Numbers that differ share what was made for them."""
    await gateway.send(LONG, to=(RECIPIENT, RECIPIENT + 1))

    assert len({id(each.payload) for each in await gateway.submit()}) == 1


async def test_a_failed_try_is_written_down(gateway: Gateway) -> None:
    """The answer with its place and moment, and when it is tried again (delivery 2.3)."""
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()
    written_at = gateway.clock.at
    answered_at = written_at + 7

    await gateway.answer(
        failed_for_now(submission)._replace(
            link="carrier/1", sequence_number=9, written_at=written_at, answered_at=answered_at
        )
    )

    due_at = (await gateway.view(message_id)).due_at
    assert await gateway.journal(message_id) == [
        (
            "response",
            {
                "answer": "failed for now",
                "carrier_id": gateway.carrier.carrier_id,
                "segment": 0,
                "copy": 0,
                "link": "carrier/1",
                "sequence_number": 9,
                "written_at": written_at,
                "status": "0x00000008",
            },
        ),
        ("retry", {"due_at": due_at, "attempts": 1}),
    ]
    assert [event.at for event in await gateway.store.events(message_id)] == [answered_at, gateway.clock.at]


async def test_a_doubt_is_written_down_with_what_was_done(gateway: Gateway) -> None:
    """Resent by one policy, given up by the other; both without hiding it (delivery 2.5)."""
    resent, given_up = [*await gateway.send(), *await gateway.send(once=True)]

    await gateway.answer(*(in_doubt(each) for each in await gateway.submit()))

    for message_id, outcome in ((resent, "resent"), (given_up, "given up")):
        (kind, said), (decided, detail) = await gateway.journal(message_id)
        assert (kind, said["answer"], decided, detail["outcome"]) == ("response", "in doubt", "in doubt", outcome)
    (again,) = await gateway.submit()
    assert (again.message_id, again.copy_no) == (resent, 1)


async def test_a_busy_carrier_is_written_down_once_in_a_row(gateway: Gateway) -> None:
    """However often it turns the message away (delivery 2.2)."""
    (message_id,) = await gateway.send()
    for _ in range(3):
        await gateway.answer(busy(await gateway.submit_one()))
    assert [kind for kind, _ in await gateway.journal(message_id)] == ["busy"]
    await gateway.answer(failed_for_now(await gateway.submit_one()))
    gateway.clock.at += MINUTE_MS

    await gateway.answer(busy(await gateway.submit_one()))

    assert [kind for kind, _ in await gateway.journal(message_id)] == ["busy", "response", "retry", "busy"]


async def test_the_usual_way_writes_nothing_down(gateway: Gateway) -> None:
    """Nor does one that was handed back unsent: its rows say all there is to say."""
    (message_id,) = await gateway.send(LONG, callback=7)
    await gateway.answer(*(unsent(each) for each in await gateway.submit()))
    taken_now = await gateway.submit()
    await gateway.answer(*(accepted(each, f"A{each.segment_no}") for each in taken_now))
    await gateway.deliver(*(receipt(f"A{each.segment_no}") for each in taken_now))
    await gateway.hear_all()

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.journal(message_id) == []
