"""Leg 3, receipt: found by carrier and id, folded into its message, told once; early, late, repeated or wrong."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from angarium.core.clocktime import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from angarium.core.message import RECEIPT_MARGIN_MS
from angarium.core.states import Cause, State
from angarium.core.status_codes import (
    DELIVERED_TO_GATEWAY,
    ERROR_DELIVERING,
    ERROR_WITH_MESSAGE,
    EXPIRED,
    RECEIVED,
    UNKNOWN,
)
from angarium.ports.store import StoreUnavailable
from tests.gateway import CREDIT_AT_FIRST, RATE, RECIPIENT, Gateway, accepted, failed_for_now, in_doubt, receipt

LONG = "x" * 400
"""Three segments."""


async def submitted(gateway: Gateway, text: str = "Hello", **parameters: Any) -> int:
    """A message that the carrier has taken, its segments as A0, A1 and so on; returns its id."""
    (message_id,) = await gateway.send(text, **parameters)
    submissions = await gateway.submit()
    await gateway.answer(*(accepted(each, f"A{each.segment_no}") for each in submissions))
    return message_id


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (Cause.RECEIPT_DELIVERED, RECEIVED),
        (Cause.RECEIPT_UNDELIVERABLE, ERROR_DELIVERING),
        (Cause.RECEIPT_DELETED, ERROR_DELIVERING),
        (Cause.RECEIPT_EXPIRED, EXPIRED),
        (Cause.RECEIPT_REJECTED, ERROR_WITH_MESSAGE),
        (Cause.RECEIPT_UNKNOWN, UNKNOWN),
    ],
)
async def test_each_word_of_a_carrier_has_its_status(gateway: Gateway, cause: Cause, code: int) -> None:
    """And the price stays: the carrier took it."""
    message_id = await submitted(gateway)

    await gateway.deliver(receipt("A0", cause, error="011"))

    assert await gateway.status(message_id) == code
    assert await gateway.charge(message_id) == RATE
    assert (await gateway.view(message_id)).error == "011"
    assert gateway.receipts_counted == {cause.name: 1}


async def test_an_intermediate_receipt_changes_nothing(gateway: Gateway) -> None:
    """Status stays 003, and the final word is still awaited."""
    message_id = await submitted(gateway)

    await gateway.deliver(receipt("A0", None))

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    await gateway.deliver(receipt("A0"))
    assert await gateway.status(message_id) == RECEIVED
    assert gateway.receipts_counted["intermediate"] == 1


async def test_a_repeated_receipt_is_settled_and_told_once(gateway: Gateway) -> None:
    """In the same batch, in the next one, and after everything."""
    message_id = await submitted(gateway, callback=2)

    await gateway.deliver(receipt("A0"), receipt("A0"))
    await gateway.deliver(receipt("A0"))

    assert await gateway.hear_all() == [RECEIVED]
    assert gateway.receipts_counted == {"RECEIPT_DELIVERED": 1, "repeated": 2}
    assert await gateway.status(message_id) == RECEIVED


async def test_a_final_word_after_a_final_word_changes_nothing(gateway: Gateway) -> None:
    """The first one stands."""
    message_id = await submitted(gateway, callback=2)
    await gateway.deliver(receipt("A0", Cause.RECEIPT_UNDELIVERABLE))

    await gateway.deliver(receipt("A0"))

    assert await gateway.status(message_id) == ERROR_DELIVERING
    assert await gateway.hear_all() == [ERROR_DELIVERING]


async def test_an_unknown_word_can_still_become_a_better_one(gateway: Gateway) -> None:
    """001 is final, but 004 is better knowledge, also in the same batch."""
    message_id = await submitted(gateway, callback=2)
    await gateway.deliver(receipt("A0", Cause.RECEIPT_UNKNOWN))
    assert await gateway.status(message_id) == UNKNOWN

    await gateway.deliver(receipt("A0", Cause.RECEIPT_UNKNOWN), receipt("A0"))

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.hear_all() == [UNKNOWN, RECEIVED]
    assert (await gateway.balance()).spent == RATE


async def test_two_steps_in_one_batch_end_where_the_last_one_leads(gateway: Gateway) -> None:
    """Whatever other messages of the batch did: row and notifications say the same."""
    first, second = await gateway.send(to=(RECIPIENT, RECIPIENT + 1), callback=2)
    await gateway.answer(*(accepted(each, f"R{each.recipient}") for each in await gateway.submit()))
    one, other = f"R{RECIPIENT}", f"R{RECIPIENT + 1}"

    await gateway.deliver(
        receipt(other, recipient=str(RECIPIENT + 1)), receipt(one, Cause.RECEIPT_UNKNOWN), receipt(one)
    )

    assert [await gateway.status(each) for each in (first, second)] == [RECEIVED, RECEIVED]
    assert await gateway.hear_all() == [RECEIVED, UNKNOWN, RECEIVED]


# --- which segment


async def test_an_early_receipt_is_matched_when_the_answer_arrives(gateway: Gateway) -> None:
    """It was parked; submitted and received become known in one commit, and are told in order."""
    (message_id,) = await gateway.send(callback=7)
    submission = await gateway.submit_one()
    await gateway.deliver(receipt("A1"))
    assert gateway.receipts_counted == {"parked": 1}

    await gateway.answer(accepted(submission, "A1"))

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.hear_all() == [DELIVERED_TO_GATEWAY, RECEIVED]
    await gateway.deliver(receipt("A1"))
    assert gateway.receipts_counted == {"parked": 1, "RECEIPT_DELIVERED": 1, "repeated": 1}


async def test_an_early_receipt_survives_a_crash(gateway: Gateway) -> None:
    """It was acknowledged, so it is on disk."""
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()
    await gateway.deliver(receipt("A1"))
    await gateway.crash()
    await gateway.keep_house()
    (again,) = await gateway.submit()
    assert again.message_id == submission.message_id

    await gateway.answer(accepted(again, "A1"))

    assert await gateway.status(message_id) == RECEIVED


async def test_a_receipt_is_not_forgotten_when_its_commit_was_lost(gateway: Gateway) -> None:
    """Answer and receipt fail together; the receipt comes again first, and is kept until the answer is written."""
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()
    gateway.store.lose_next_commit()
    outcomes = await asyncio.gather(
        gateway.answer(accepted(submission, "A1")), gateway.deliver(receipt("A1")), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable, StoreUnavailable]
    assert gateway.receipts_counted == {}

    await gateway.deliver(receipt("A1"))
    await gateway.answer(accepted(submission, "A1"))

    assert await gateway.status(message_id) == RECEIVED


async def test_another_handsets_receipt_is_not_ours(gateway: Gateway) -> None:
    """The id is right, the number is not: it is parked, and ours is still awaited."""
    message_id = await submitted(gateway)

    await gateway.deliver(receipt("A0", recipient="447700900123"))

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    await gateway.deliver(receipt("A0"))
    assert await gateway.status(message_id) == RECEIVED


async def test_another_carriers_receipt_is_not_ours(gateway: Gateway) -> None:
    """Two carriers may use the same id."""
    message_id = await submitted(gateway)

    await gateway.receipts.settle(gateway.carrier.carrier_id + 1, [receipt("A0")])

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY


@pytest.mark.parametrize("written", ["27990000001", "+27990000001", "0990000001", "990000001", "0027990000001", ""])
async def test_a_number_in_another_spelling_agrees(gateway: Gateway, written: str) -> None:
    """National, with a plus, with 00, or left out altogether."""
    message_id = await submitted(gateway)

    await gateway.deliver(receipt("A0", recipient=written))

    assert await gateway.status(message_id) == RECEIVED


@pytest.mark.parametrize("written", ["00001", "27990000002", "+44990000001", "acme"])
async def test_too_few_or_other_digits_do_not_agree(gateway: Gateway, written: str) -> None:
    """Six digits at least, and all of them."""
    message_id = await submitted(gateway)

    await gateway.deliver(receipt("A0", recipient=written))

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY


async def test_an_id_that_is_used_again_means_the_newest(gateway: Gateway) -> None:
    """For the same handset: the older one has had its time."""
    older = await submitted(gateway)
    gateway.clock.at += DAY_MS
    newer = await submitted(gateway)

    await gateway.deliver(receipt("A0"))

    assert await gateway.status(newer) == RECEIVED
    assert await gateway.status(older) == DELIVERED_TO_GATEWAY


async def test_an_id_that_is_used_again_is_told_apart_by_the_handset(gateway: Gateway) -> None:
    """Each of the two gets its own word, whatever came first."""
    first, second = await gateway.send(to=(RECIPIENT, RECIPIENT + 1))
    await gateway.answer(*(accepted(each, "SAME") for each in await gateway.submit()))

    await gateway.deliver(receipt("SAME", Cause.RECEIPT_UNDELIVERABLE, recipient=str(RECIPIENT + 1)), receipt("SAME"))

    assert [await gateway.status(each) for each in (first, second)] == [RECEIVED, ERROR_DELIVERING]


# --- long messages


async def test_a_long_message_is_delivered_when_all_its_segments_are(gateway: Gateway) -> None:
    """In any order, over several batches."""
    message_id = await submitted(gateway, LONG, callback=2)
    await gateway.deliver(receipt("A2"))
    await gateway.deliver(receipt("A0"), receipt("A0"))
    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY

    await gateway.deliver(receipt("A1"))

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.hear_all() == [RECEIVED]


async def test_a_long_message_fails_when_any_segment_does(gateway: Gateway) -> None:
    """Told once, whatever the others say in the same batch or later."""
    message_id = await submitted(gateway, LONG, callback=2)

    await gateway.deliver(
        receipt("A0"), receipt("A1", Cause.RECEIPT_UNDELIVERABLE), receipt("A2", Cause.RECEIPT_EXPIRED)
    )

    view = await gateway.view(message_id)
    assert view.state is State.UNDELIVERED
    assert view.delivered_mask == 0b001
    assert await gateway.hear_all() == [ERROR_DELIVERING]


async def test_a_failed_segment_ends_a_message_that_waits_to_be_retried(gateway: Gateway) -> None:
    """What has not left is not sent any more, and its credit is released."""
    (message_id,) = await gateway.send(LONG)
    first, second, third = await gateway.submit()
    await gateway.answer(accepted(first, "A0"), failed_for_now(second), failed_for_now(third))

    await gateway.deliver(receipt("A0", Cause.RECEIPT_UNDELIVERABLE))
    gateway.clock.at += HOUR_MS

    assert await gateway.submit() == []
    assert await gateway.status(message_id) == ERROR_DELIVERING
    assert (await gateway.balance()).free == CREDIT_AT_FIRST - RATE


async def test_a_failed_segment_ends_a_message_whose_others_are_with_the_carrier(gateway: Gateway) -> None:
    """Their answers change neither its state nor its money, and do not hold it up."""
    (message_id,) = await gateway.send(LONG)
    first, second, third = await gateway.submit()
    await gateway.answer(accepted(first, "A0"))
    await gateway.deliver(receipt("A0", Cause.RECEIPT_UNDELIVERABLE))

    await gateway.answer(accepted(second, "A1"), failed_for_now(third))

    assert await gateway.status(message_id) == ERROR_DELIVERING
    assert (await gateway.balance()).spent == RATE
    assert gateway.dispatch.held == 0


async def test_a_message_delivered_while_it_waited_to_be_resent_is_not_sent_again(gateway: Gateway) -> None:
    """A late answer came while it was claimed anew, after a restart; its receipt says that it arrived."""
    (message_id,) = await gateway.send()
    first = await gateway.submit_one()
    await gateway.answer(in_doubt(first))
    await gateway.submit_one()
    await gateway.crash()
    await gateway.answer(accepted(first, "A1"))

    await gateway.deliver(receipt("A1"))
    await gateway.keep_house()

    assert await gateway.submit() == []
    assert await gateway.status(message_id) == RECEIVED


# --- no receipt


async def test_without_a_receipt_it_ends_as_unknown(gateway: Gateway) -> None:
    """At the end of validity and margin, paid and told."""
    message_id = await submitted(gateway, validity_min=10, callback=7)
    await gateway.pass_time(10 * MINUTE_MS)
    await gateway.pass_time(RECEIPT_MARGIN_MS - 1)
    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY

    await gateway.pass_time(1)

    assert await gateway.status(message_id) == UNKNOWN
    assert await gateway.charge(message_id) == RATE
    assert await gateway.hear_all() == [DELIVERED_TO_GATEWAY, UNKNOWN]


async def test_a_late_receipt_still_counts(gateway: Gateway) -> None:
    """A week after it was given up as unknown, also across a restart."""
    message_id = await submitted(gateway, validity_min=10, callback=7)
    await gateway.pass_time(DAY_MS)
    assert await gateway.status(message_id) == UNKNOWN
    gateway.clock.at += 7 * DAY_MS
    await gateway.crash()

    await gateway.deliver(receipt("A0"))

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.hear_all() == [DELIVERED_TO_GATEWAY, UNKNOWN, RECEIVED]
    assert (await gateway.balance()).spent == RATE


async def test_a_parked_receipt_is_dropped_after_its_time(gateway: Gateway) -> None:
    """72 hours, and not before."""
    (message_id,) = await gateway.send(validity_min=10_080)
    await gateway.deliver(receipt("A1"), receipt("A2"))
    submission = await gateway.submit_one()
    await gateway.pass_time(72 * HOUR_MS)
    await gateway.answer(accepted(submission, "A1"))
    assert await gateway.status(message_id) == RECEIVED
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()

    await gateway.pass_time(SECOND_MS)
    await gateway.answer(accepted(submission, "A2"))

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY


@pytest.mark.parametrize("mood", ["refuse_next", "undo_next"])
async def test_what_the_store_refuses_is_not_acknowledged(gateway: Gateway, mood: str) -> None:
    """It raises, the carrier repeats the receipt, and it counts then."""
    message_id = await submitted(gateway)
    setattr(gateway.store, mood, 1)
    with pytest.raises(StoreUnavailable):
        await gateway.deliver(receipt("A0"))
    assert gateway.receipts_counted == {}

    await gateway.deliver(receipt("A0"))

    assert await gateway.status(message_id) == RECEIVED
