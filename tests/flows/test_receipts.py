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
from angarium.flows.housekeeping import AWAITING_AGE_MAX_MS
from angarium.flows.receipts import RECEIPT_AGE_MAX_MS, SAID_OCTETS_MAX
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
    """And the price stays: the carrier took it (rest-api 7)."""
    message_id = await submitted(gateway)

    await gateway.deliver(receipt("A0", cause, error="011"))

    assert await gateway.status(message_id) == code
    assert await gateway.charge(message_id) == RATE
    assert (await gateway.view(message_id)).error == "011"
    assert gateway.receipts_counted == {cause.name: 1}


async def test_an_intermediate_receipt_changes_nothing(gateway: Gateway) -> None:
    """Status stays 003, the final word is still awaited, and the journal has it, late ones too (delivery 3.10)."""
    message_id = await submitted(gateway)

    await gateway.deliver(receipt("A0", None)._replace(stat="ENROUTE", link="carrier/2"))

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    await gateway.deliver(receipt("A0"), receipt("A0", None))
    assert await gateway.status(message_id) == RECEIVED
    assert gateway.receipts_counted["intermediate"] == 2
    ((_, first), _) = await gateway.journal(message_id)
    assert first == {
        "effect": "intermediate",
        "segment": 0,
        "copy": 0,
        "carrier_message_id": "A0",
        "stat": "ENROUTE",
        "error": "000",
        "link": "carrier/2",
    }


async def test_a_repeated_receipt_is_settled_and_told_once(gateway: Gateway) -> None:
    """In the same batch, in the next one, after a crash: one callback, the rest is journalled (delivery 3.9)."""
    message_id = await submitted(gateway, callback=2)

    await gateway.deliver(receipt("A0"), receipt("A0"))
    await gateway.deliver(receipt("A0"))
    await gateway.crash()
    await gateway.deliver(receipt("A0"))

    assert await gateway.hear_all() == [RECEIVED]
    assert gateway.receipts_counted == {"RECEIPT_DELIVERED": 1, "repeated": 3}
    assert await gateway.effects(message_id) == ["repeated"] * 3
    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.store.orphans(limit=9) == []


async def test_a_final_word_after_a_final_word_changes_nothing(gateway: Gateway) -> None:
    """The first one stands, and the second is journalled as what it is (rest-api 7, delivery 3.9)."""
    message_id = await submitted(gateway, callback=2)
    await gateway.deliver(receipt("A0", Cause.RECEIPT_UNDELIVERABLE))

    await gateway.deliver(receipt("A0"))

    assert await gateway.status(message_id) == ERROR_DELIVERING
    assert await gateway.hear_all() == [ERROR_DELIVERING]
    assert await gateway.effects(message_id) == ["contradicting"]
    assert gateway.receipts_counted["contradicting"] == 1


async def test_an_unknown_word_can_still_become_a_better_one(gateway: Gateway) -> None:
    """001 is final, but 004 is better knowledge, also in the same batch (delivery 3.12)."""
    message_id = await submitted(gateway, callback=2)
    await gateway.deliver(receipt("A0", Cause.RECEIPT_UNKNOWN))
    assert await gateway.status(message_id) == UNKNOWN

    await gateway.deliver(receipt("A0", Cause.RECEIPT_UNKNOWN), receipt("A0"))

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.hear_all() == [UNKNOWN, RECEIVED]
    assert (await gateway.balance()).spent == RATE
    assert await gateway.effects(message_id) == ["no last word"] * 2


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
    """It was an orphan; submitted and received become known in one commit, and are told in order (delivery 3.1)."""
    (message_id,) = await gateway.send(callback=7)
    submission = await gateway.submit_one()
    await gateway.deliver(receipt("A1"))
    assert gateway.receipts_counted == {"orphaned": 1}

    await gateway.answer(accepted(submission, "A1"))

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.hear_all() == [DELIVERED_TO_GATEWAY, RECEIVED]
    await gateway.deliver(receipt("A1"))
    assert gateway.receipts_counted == {"orphaned": 1, "RECEIPT_DELIVERED": 1, "repeated": 1}


async def test_an_early_receipt_survives_a_crash(gateway: Gateway) -> None:
    """It was acknowledged, so it is on disk (delivery 3.1)."""
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
    """Answer and receipt fail together; the receipt comes again first, and is kept until the answer is written
    (delivery 1.4, 4.5).
    """
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
    """The id is right, the number is not: it stays an orphan, and ours is still awaited (delivery 3.4)."""
    message_id = await submitted(gateway)

    await gateway.deliver(receipt("A0", recipient="447700900123"))

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    await gateway.deliver(receipt("A0"))
    assert await gateway.status(message_id) == RECEIVED


async def test_another_carriers_receipt_is_not_ours(gateway: Gateway) -> None:
    """Two carriers may use the same id (delivery 3.4)."""
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
    """For the same handset: the older one has had its time (delivery 3.5)."""
    older = await submitted(gateway)
    gateway.clock.at += DAY_MS
    newer = await submitted(gateway)

    await gateway.deliver(receipt("A0"))

    assert await gateway.status(newer) == RECEIVED
    assert await gateway.status(older) == DELIVERED_TO_GATEWAY


async def test_an_id_that_is_used_again_is_told_apart_by_the_handset(gateway: Gateway) -> None:
    """Each of the two gets its own word, whatever came first (delivery 3.5)."""
    first, second = await gateway.send(to=(RECIPIENT, RECIPIENT + 1))
    await gateway.answer(*(accepted(each, "SAME") for each in await gateway.submit()))

    await gateway.deliver(receipt("SAME", Cause.RECEIPT_UNDELIVERABLE, recipient=str(RECIPIENT + 1)), receipt("SAME"))

    assert [await gateway.status(each) for each in (first, second)] == [RECEIVED, ERROR_DELIVERING]


async def test_a_receipt_on_any_link_finds_its_segment(gateway: Gateway) -> None:
    """Sent on one link, told on another: the key is carrier and id (delivery 3.3)."""
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()
    await gateway.answer(accepted(submission)._replace(link="carrier/1"))

    await gateway.deliver(receipt()._replace(link="carrier/2"))

    assert await gateway.status(message_id) == RECEIVED


async def test_an_id_of_long_ago_is_not_meant(gateway: Gateway) -> None:
    """Two weeks after its submission a receipt under its id speaks of something else (delivery 3.5)."""
    message_id = await submitted(gateway)
    gateway.clock.at += RECEIPT_AGE_MAX_MS + 1

    await gateway.deliver(receipt("A0"))

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    assert gateway.receipts_counted == {"orphaned": 1}


async def test_an_orphan_of_an_earlier_use_of_the_id_is_not_meant(gateway: Gateway) -> None:
    """It came long before the segment was written: it stays an orphan, with its own moment (delivery 3.5)."""
    await gateway.deliver(receipt("A1", Cause.RECEIPT_UNDELIVERABLE))
    (before,) = await gateway.store.orphans(limit=9)
    gateway.clock.at += HOUR_MS
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()

    await gateway.answer(accepted(submission, "A1")._replace(written_at=gateway.clock.at))

    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY
    (after,) = await gateway.store.orphans(limit=9)
    assert after._replace(orphan_id=0) == before._replace(orphan_id=0)


async def test_an_orphan_keeps_what_the_carrier_said(gateway: Gateway) -> None:
    """For the operator who has to find out: raw id, link, text, word and error (delivery 3.1)."""
    said = receipt("00FF", None)._replace(stat="ACCEPTD", link="carrier/2", said=b"id:00FF stat:ACCEPTD " + b"x" * 999)

    await gateway.deliver(said)

    (orphan,) = await gateway.store.orphans(limit=9)
    assert (orphan.carrier_message_id, orphan.stat, orphan.link, orphan.error) == (
        "00FF",
        "ACCEPTD",
        "carrier/2",
        "000",
    )
    assert orphan.said.startswith(b"id:00FF stat:ACCEPTD")
    assert len(orphan.said) == SAID_OCTETS_MAX


async def test_an_early_intermediate_receipt_is_journalled_too(gateway: Gateway) -> None:
    """It waits with the others, at the moment at which it came (delivery 3.1, delivery 3.10)."""
    (message_id,) = await gateway.send()
    submission = await gateway.submit_one()
    await gateway.deliver(receipt("A1", None), receipt("A1"))
    came_at = gateway.clock.at
    gateway.clock.at += SECOND_MS

    await gateway.answer(accepted(submission, "A1"))

    (event,) = await gateway.store.events(message_id)
    assert (event.at, event.detail["effect"]) == (came_at, "intermediate")
    assert await gateway.status(message_id) == RECEIVED


async def test_a_masked_number_still_agrees(gateway: Gateway) -> None:
    """Its last digits are forgotten, the others must be right (delivery 3.7)."""
    right, wrong = await gateway.send(to=(RECIPIENT, RECIPIENT + 10_000))
    await gateway.answer(*(accepted(each, f"R{each.recipient}") for each in await gateway.submit()))
    await gateway.store.write(lambda tx: tx.mask_numbers([right]))

    await gateway.deliver(receipt(f"R{RECIPIENT}"), receipt(f"R{RECIPIENT + 10_000}"))

    assert [await gateway.status(each) for each in (right, wrong)] == [RECEIVED, DELIVERED_TO_GATEWAY]


# --- copies


async def sent_twice(gateway: Gateway) -> int:
    """A message whose carrier took both copies, as A0 and B0: the first answer was late."""
    (message_id,) = await gateway.send(callback=2)
    first = await gateway.submit_one()
    await gateway.answer(in_doubt(first))
    second = await gateway.submit_one()
    await gateway.answer(accepted(first, "A0"), accepted(second, "B0"))
    return message_id


@pytest.mark.parametrize("copy", ["A0", "B0"])
async def test_either_copys_receipt_counts(gateway: Gateway, copy: str) -> None:
    """The handset got one of them; the other's receipt changes nothing (delivery 3.6)."""
    message_id = await sent_twice(gateway)

    await gateway.deliver(receipt(copy))
    await gateway.deliver(receipt("B0" if copy == "A0" else "A0", Cause.RECEIPT_UNDELIVERABLE))

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.hear_all() == [RECEIVED]
    assert gateway.receipts_counted == {"RECEIPT_DELIVERED": 1, "noted": 1}


async def test_one_copy_that_failed_does_not_end_the_other(gateway: Gateway) -> None:
    """It may still arrive, and then the message did (delivery 3.6)."""
    message_id = await sent_twice(gateway)
    await gateway.deliver(receipt("A0", Cause.RECEIPT_UNDELIVERABLE))
    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY

    await gateway.deliver(receipt("B0"))

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.hear_all() == [RECEIVED]


@pytest.mark.parametrize("together", [True, False])
async def test_a_segment_fails_with_its_last_copy(gateway: Gateway, together: bool) -> None:
    """In one batch or in two, told once (delivery 3.6)."""
    message_id = await sent_twice(gateway)
    words = [receipt("A0", Cause.RECEIPT_UNDELIVERABLE), receipt("B0", Cause.RECEIPT_EXPIRED)]

    for batch in [words] if together else [[word] for word in words]:
        await gateway.deliver(*batch)

    assert await gateway.status(message_id) == EXPIRED
    assert await gateway.hear_all() == [EXPIRED]


# --- long messages


async def test_a_long_message_is_delivered_when_all_its_segments_are(gateway: Gateway) -> None:
    """In any order, over several batches (delivery 3.6)."""
    message_id = await submitted(gateway, LONG, callback=2)
    await gateway.deliver(receipt("A2"))
    await gateway.deliver(receipt("A0"), receipt("A0"))
    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY

    await gateway.deliver(receipt("A1"))

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.hear_all() == [RECEIVED]


async def test_a_long_message_fails_when_any_segment_does(gateway: Gateway) -> None:
    """Told once, whatever the others say in the same batch or later (delivery 3.6)."""
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
    """At the end of validity and margin, paid and told (rest-api 7, 001, delivery 3.8, 1.2)."""
    message_id = await submitted(gateway, validity_min=10, callback=7)
    await gateway.pass_time(10 * MINUTE_MS)
    await gateway.pass_time(RECEIPT_MARGIN_MS - 1)
    assert await gateway.status(message_id) == DELIVERED_TO_GATEWAY

    await gateway.pass_time(1)

    assert await gateway.status(message_id) == UNKNOWN
    assert await gateway.charge(message_id) == RATE
    assert await gateway.hear_all() == [DELIVERED_TO_GATEWAY, UNKNOWN]


async def test_a_late_receipt_still_counts(gateway: Gateway) -> None:
    """A week after it was given up as unknown, also across a restart (delivery 3.7, 3.8, 3.12)."""
    message_id = await submitted(gateway, validity_min=10, callback=7)
    await gateway.pass_time(DAY_MS)
    assert await gateway.status(message_id) == UNKNOWN
    gateway.clock.at += 7 * DAY_MS
    await gateway.crash()

    await gateway.deliver(receipt("A0"))

    assert await gateway.status(message_id) == RECEIVED
    assert await gateway.hear_all() == [DELIVERED_TO_GATEWAY, UNKNOWN, RECEIVED]
    assert (await gateway.balance()).spent == RATE


async def test_an_orphan_is_dropped_after_its_time(gateway: Gateway) -> None:
    """72 hours, and not before (delivery 3.1)."""
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


async def test_a_segment_without_a_receipt_is_not_awaited_for_ever(gateway: Gateway) -> None:
    """The index of what is awaited does not grow with what never comes (delivery 3.8)."""
    await submitted(gateway, validity_min=10)

    async def awaited() -> int:
        found = await gateway.store.write(lambda tx: tx.awaiting(gateway.carrier.carrier_id, ["a0"]))
        return len(found)

    await gateway.pass_time(AWAITING_AGE_MAX_MS)
    assert await awaited() == 1

    await gateway.pass_time(SECOND_MS)

    assert await awaited() == 0


@pytest.mark.parametrize("mood", ["refuse_next", "undo_next"])
async def test_what_the_store_refuses_is_not_acknowledged(gateway: Gateway, mood: str) -> None:
    """It raises, the carrier repeats the receipt, and it counts then (delivery 1.4, 4.4)."""
    message_id = await submitted(gateway)
    setattr(gateway.store, mood, 1)
    with pytest.raises(StoreUnavailable):
        await gateway.deliver(receipt("A0"))
    assert gateway.receipts_counted == {}

    await gateway.deliver(receipt("A0"))

    assert await gateway.status(message_id) == RECEIVED
