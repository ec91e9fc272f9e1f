"""How the simulator writes receipts."""

from __future__ import annotations

import pytest

from angarium.sim.fates import Form, Saying
from angarium.sim.receipts import ReceiptWriter, Taken, is_wanted
from angarium.smpp.codec import encode
from angarium.smpp.constants import MessageState
from angarium.smpp.pdu import SubmitSm
from angarium.smpp.receipt import NotUnderstood, Receipt, parse

TAKEN_AT = 1_795_361_400_000
LATER_AT = TAKEN_AT + 90_000
SUBMIT = SubmitSm(
    source_addr_ton=5,
    source_addr=b"Angarium",
    dest_addr_ton=1,
    dest_addr_npi=1,
    destination_addr=b"27990000001",
    short_message=b"Hello world, how are you today?",
)
DELIVERED = Saying(MessageState.DELIVERED)


def written(saying: Saying, submit: SubmitSm = SUBMIT) -> Receipt:
    """Return the receipt as a gateway reads it."""
    found = parse(ReceiptWriter().write(Taken(submit, b"abc", TAKEN_AT), saying, now_at=LATER_AT))
    assert isinstance(found, Receipt)
    return found


def test_a_receipt_goes_from_recipient_to_sender() -> None:
    """Addresses with their types change places, and the PDU is within its limits."""
    pdu = ReceiptWriter().write(Taken(SUBMIT, b"abc", TAKEN_AT), DELIVERED, now_at=LATER_AT)

    assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == (b"27990000001", 1, 1)
    assert (pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi) == (b"Angarium", 5, 0)
    assert encode(pdu)


def test_a_receipt_tells_when_and_what() -> None:
    """Dates to the minute, and the beginning of the text."""
    receipt = written(DELIVERED)

    assert receipt.submit_at() == TAKEN_AT // 60_000 * 60_000
    assert receipt.done_at() == LATER_AT // 60_000 * 60_000
    assert receipt.text == b"Hello world, how are"


def test_a_text_that_is_not_plain_is_not_repeated() -> None:
    """Headers and other alphabets would only be noise."""
    assert written(DELIVERED, SubmitSm(short_message=b"\x05\x00\x03\x01\x02\x01Hi", esm_class=0x40)).text == b""
    assert written(DELIVERED, SubmitSm(short_message="Привет".encode("utf-16-be"), data_coding=8)).text == b""


def test_a_failure_has_its_error_in_text_or_tlv() -> None:
    """err: in the text, network_error_code beside it."""
    failed = Saying(MessageState.UNDELIVERABLE, b"011")

    assert written(failed).error == b"011"
    assert written(failed._replace(form=Form.TLVS)).network_error == (3, 11)


def test_garbage_is_flagged_and_senseless() -> None:
    """A reader can tell that it is a receipt, and nothing else."""
    pdu = ReceiptWriter().write(Taken(SUBMIT, b"abc", TAKEN_AT), DELIVERED._replace(form=Form.GARBLED), now_at=LATER_AT)

    assert isinstance(parse(pdu), NotUnderstood)


@pytest.mark.parametrize(
    ("registered_delivery", "delivered", "failed"),
    [(0, False, False), (1, True, True), (2, False, True), (3, True, False), (0x10, False, False), (0x11, True, True)],
)
def test_a_receipt_is_sent_if_it_was_asked_for(registered_delivery: int, delivered: bool, failed: bool) -> None:
    """SMPP 3.4, 5.2.17."""
    assert is_wanted(registered_delivery, DELIVERED) == delivered
    assert is_wanted(registered_delivery, Saying(MessageState.EXPIRED)) == failed


@pytest.mark.parametrize("form", [form for form in Form if form not in (Form.GARBLED, Form.EMPTY)])
def test_every_form_says_which_message_and_what_became_of_it(form: Form) -> None:
    """What the simulator writes as another vendor does is a receipt to the kernel (delivery 3.11)."""
    taken = Taken(SubmitSm(source_addr=b"790", destination_addr=b"27990000001"), b"abc123", TAKEN_AT)

    pdu = ReceiptWriter().write(taken, Saying(MessageState.UNDELIVERABLE, b"011", form=form), now_at=LATER_AT)

    found = parse(pdu)
    assert isinstance(found, Receipt)
    assert (found.message_id, found.state) == (b"abc123", MessageState.UNDELIVERABLE)
