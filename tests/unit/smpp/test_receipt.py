"""Receipts in the forms that carriers are known to send."""

from __future__ import annotations

import pytest

from angarium.smpp.codec import decode, encode
from angarium.smpp.constants import EsmClass, MessageState, TlvTag
from angarium.smpp.pdu import DataSm, DeliverSm
from angarium.smpp.receipt import NotUnderstood, Receipt, parse, write_text, write_tlvs
from angarium.smpp.times import unix_ms, write_receipt_date
from angarium.smpp.tlv import Tlv, tlv

USUAL = (
    b"id:0123456789 sub:001 dlvrd:001 submit date:2611221530 done date:2611221531 stat:DELIVRD err:000 text:Hello world"
)
DONE_AT = unix_ms(2026, 11, 22, 15, 31)


def flagged(text: bytes, *tlvs: Tlv, esm_class: int = EsmClass.RECEIPT, data_coding: int = 0) -> DeliverSm:
    """Return a deliver_sm that says in esm_class that it is a receipt."""
    return DeliverSm(short_message=text, tlvs=tlvs, esm_class=esm_class, data_coding=data_coding)


def read(pdu: DeliverSm | DataSm) -> Receipt:
    """Return the receipt in a PDU that must hold one."""
    receipt = parse(pdu)
    assert isinstance(receipt, Receipt), receipt
    return receipt


def test_the_usual_text_is_read_whole() -> None:
    """SMPP 3.4, appendix B: every field."""
    assert parse(flagged(USUAL)) == Receipt(
        message_id=b"0123456789",
        state=MessageState.DELIVERED,
        stat=b"DELIVRD",
        error=b"000",
        submit_date=b"2611221530",
        done_date=b"2611221531",
        sub=1,
        dlvrd=1,
        text=b"Hello world",
        text_message_id=b"0123456789",
    )


@pytest.mark.parametrize(
    ("stat", "state", "final"),
    [
        (b"DELIVRD", MessageState.DELIVERED, True),
        (b"EXPIRED", MessageState.EXPIRED, True),
        (b"DELETED", MessageState.DELETED, True),
        (b"UNDELIV", MessageState.UNDELIVERABLE, True),
        (b"ACCEPTD", MessageState.ACCEPTED, False),
        (b"UNKNOWN", MessageState.UNKNOWN, True),
        (b"REJECTD", MessageState.REJECTED, True),
        (b"ENROUTE", MessageState.ENROUTE, False),
        (b"FAILED", MessageState.UNDELIVERABLE, True),
        (b"Delivered", MessageState.DELIVERED, True),
        (b"2", MessageState.DELIVERED, True),
        (b"0", MessageState.SCHEDULED, False),
    ],
)
def test_each_word_is_a_state(stat: bytes, state: MessageState, final: bool) -> None:
    """SMPP 3.4, appendix B, and words that carriers use beside them."""
    receipt = read(flagged(USUAL.replace(b"DELIVRD", stat)))

    assert (receipt.state, receipt.stat, receipt.final) == (state, stat, final)


@pytest.mark.parametrize(
    "text",
    [
        USUAL.replace(b"text:", b"Text:"),
        USUAL.replace(b" text:Hello world", b""),
        USUAL.upper(),
        USUAL.replace(b"id:", b"ID:").replace(b"stat:", b"Stat:").replace(b"err:", b"Err:"),
        USUAL.replace(b":", b": "),
        USUAL.replace(b":", b":   ").replace(b" done", b"   done"),
        USUAL.replace(b" ", b"\n").replace(b"submit\ndate", b"submit date").replace(b"done\ndate", b"done date"),
        USUAL.replace(b"submit date", b"submit_date").replace(b"done date", b"done_date"),
        USUAL.replace(b"submit date", b"submitdate").replace(b"done date", b"donedate"),
        USUAL.replace(b"0123456789", b'"0123456789"'),
        USUAL.replace(b"0123456789", b"'0123456789'"),
        USUAL.replace(b"2611221531", b"261122153100"),
        USUAL.replace(b"2611221531", b"20261122153100"),
        USUAL.replace(b"2611221531", b"202611221531"),
        USUAL.replace(b"2611221531", b"2026-11-22 15:31:00"),
        USUAL.replace(b"stat:DELIVRD err:000", b"err:000 stat:DELIVRD"),
        b"stat:DELIVRD id:0123456789 done date:2611221531",
        b"text:Hello id:0123456789 stat:DELIVRD done date:2611221531",
        b"id:0123456789 done date:2611221531 stat:DELIVRD",
        b"id:0123456789,sub:001,dlvrd:001,done date:2611221531,stat:DELIVRD,err:000",
        b"id:0123456789|status:DELIVERED|done date:2611221531",
        b"id:0123456789 dlvrd:001 done date:2611221531",
        b"message_id:0123456789 state:DELIVERED done date:2611221531 error_code:0",
        USUAL + b"\0",
    ],
)
def test_a_vendors_form_says_the_same(text: bytes) -> None:
    """Other case, order, spaces, separators, dates, quotes, and missing fields (delivery 3.11)."""
    receipt = read(flagged(text))

    assert receipt.message_id == b"0123456789"
    assert receipt.state is MessageState.DELIVERED
    assert receipt.done_at() == DONE_AT


@pytest.mark.parametrize(
    "message_id",
    [b"1A2B3C4D", b"550e8400-e29b-41d4-a716-446655440000", b"18446744073709551615", b"-5", b"a.b/c+d=", b"caf\xe9"],
)
def test_an_id_of_any_form_is_kept_as_it_came(message_id: bytes) -> None:
    """Ids are octets; how they match is another question."""
    assert read(flagged(USUAL.replace(b"0123456789", message_id))).message_id == message_id


def test_a_text_that_looks_like_a_receipt_changes_nothing() -> None:
    """What the customer wrote stands behind `text:` and is not read as fields."""
    receipt = read(
        flagged(USUAL.replace(b"err:000", b"err:01!").replace(b"Hello world", b"x id:999 stat:EXPIRED err:5"))
    )

    assert (receipt.message_id, receipt.state, receipt.error) == (b"0123456789", MessageState.DELIVERED, b"01!")
    assert receipt.text == b"x id:999 stat:EXPIRED err:5"


def test_only_tlvs_are_enough() -> None:
    """SMPP 3.4, 5.3.2: receipted_message_id and message_state, with no text at all (delivery 3.11)."""
    receipt = read(
        flagged(
            b"",
            tlv(TlvTag.RECEIPTED_MESSAGE_ID, b"abc"),
            tlv(TlvTag.MESSAGE_STATE, MessageState.UNDELIVERABLE),
            tlv(TlvTag.NETWORK_ERROR_CODE, b"\x03\x00\x0b"),
        )
    )

    assert (receipt.message_id, receipt.state) == (b"abc", MessageState.UNDELIVERABLE)
    assert (receipt.network_error, receipt.error) == ((3, 11), b"11")


def test_tlvs_know_better_than_text() -> None:
    """The text's id is kept beside the TLV's, because the two may be spelled differently."""
    tlvs = (tlv(TlvTag.RECEIPTED_MESSAGE_ID, b"75BCD15"), tlv(TlvTag.MESSAGE_STATE, MessageState.EXPIRED))

    receipt = read(flagged(USUAL, *tlvs))

    assert (receipt.message_id, receipt.text_message_id) == (b"75BCD15", b"0123456789")
    assert (receipt.state, receipt.stat) == (MessageState.EXPIRED, b"DELIVRD")


def test_a_nonsensical_message_state_leaves_the_text_its_word() -> None:
    """Some carriers fill the TLV with a number of their own."""
    assert read(flagged(USUAL, Tlv(TlvTag.MESSAGE_STATE, b"\x63"))).state is MessageState.DELIVERED


def test_a_receipt_may_come_in_message_payload_or_data_sm() -> None:
    """SMPP 3.4, 4.7 and 5.3.2.32."""
    payload = (tlv(TlvTag.MESSAGE_PAYLOAD, USUAL),)

    assert read(DeliverSm(esm_class=4, tlvs=payload)).message_id == b"0123456789"
    assert read(DataSm(esm_class=4, tlvs=payload)).message_id == b"0123456789"


def test_a_receipt_in_ucs2_or_behind_a_header_is_read() -> None:
    """Carriers encode the text of a receipt as they encoded the message."""
    ucs2 = USUAL.decode().encode("utf-16-be")

    assert read(flagged(ucs2[:240], data_coding=8)).state is MessageState.DELIVERED
    assert read(flagged(b"\x05\x00\x03\x01\x01\x01" + USUAL, esm_class=0x44)).state is MessageState.DELIVERED


@pytest.mark.parametrize("esm_class", [EsmClass.TYPE_DEFAULT, EsmClass.DELIVERY_ACK, EsmClass.USER_ACK])
def test_a_plain_receipt_is_one_whatever_esm_class_says(esm_class: int) -> None:
    """The text or the TLVs give it away (delivery 3.11)."""
    assert read(flagged(USUAL, esm_class=esm_class)).message_id == b"0123456789"
    tlvs = (tlv(TlvTag.RECEIPTED_MESSAGE_ID, b"abc"), tlv(TlvTag.MESSAGE_STATE, 2))
    assert read(flagged(b"", *tlvs, esm_class=esm_class)).message_id == b"abc"


def test_a_carrier_that_flags_properly_can_be_held_to_it() -> None:
    """A handset could write a receipt's text; with trust_text=False that is only a text."""
    assert parse(flagged(USUAL, esm_class=0), trust_text=False) is None
    assert isinstance(parse(flagged(USUAL), trust_text=False), Receipt)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"STOP",
        b"my id: 123",
        b"id:123",
        b"id:123 stat:DELIVRD",
        b"id:123 stat:whatever err:000",
        b"what does stat:DELIVRD id:123 err:000 mean",
        b"text:id:123 stat:DELIVRD err:000",
    ],
)
def test_a_message_from_a_handset_is_not_a_receipt(text: bytes) -> None:
    """Without the flag it takes more than a word or two."""
    assert parse(DeliverSm(short_message=text)) is None


@pytest.mark.parametrize(
    ("text", "message_id"),
    [
        (b"", b""),
        (b"nonsense", b""),
        (b"stat:DELIVRD err:000", b""),
        (b"id: stat:DELIVRD", b""),
        (b"id:123", b"123"),
        (b"id:123 stat:", b"123"),
        (b"id:123 stat:GIBBERISH err:000", b"123"),
        (USUAL.replace(b"DELIVRD", b"GIBBER"), b"0123456789"),
        (b"\0", b""),
    ],
)
def test_a_flagged_receipt_that_is_unclear_is_marked(text: bytes, message_id: bytes) -> None:
    """It is quarantined, never taken for a message from a handset; its id is kept when there is one (delivery 3.11)."""
    found = parse(flagged(text))

    assert isinstance(found, NotUnderstood)
    assert found.message_id == message_id
    assert found.reason


def test_an_id_alone_is_a_receipt_when_a_tlv_tells_the_state() -> None:
    """The two sources complete each other."""
    assert read(flagged(b"id:123", tlv(TlvTag.MESSAGE_STATE, 2))) == Receipt(
        b"123", MessageState.DELIVERED, text_message_id=b"123"
    )


def test_an_intermediate_notification_settles_nothing_unless_it_says_delivered() -> None:
    """SMPP 3.4, 5.2.12: esm_class 0x20; delivered is delivered, however it was flagged."""
    unreachable = read(flagged(USUAL.replace(b"DELIVRD", b"UNDELIV"), esm_class=EsmClass.INTERMEDIATE))
    delivered = read(flagged(USUAL, esm_class=EsmClass.INTERMEDIATE))

    assert unreachable.intermediate
    assert not unreachable.final
    assert delivered.final


def test_dates_take_the_carriers_zone() -> None:
    """A carrier at GMT+2 writes local time."""
    receipt = read(flagged(USUAL))

    assert receipt.done_at(utc_offset_s=7200) == DONE_AT - 7_200_000
    assert receipt.submit_at() == DONE_AT - 60_000
    assert receipt._replace(done_date=b"never").done_at() is None


@pytest.mark.parametrize("state", MessageState)
@pytest.mark.parametrize(("with_text", "with_tlvs"), [(True, False), (False, True), (True, True)])
def test_what_is_written_is_read(state: MessageState, with_text: bool, with_tlvs: bool) -> None:
    """Text and TLVs, each alone and together."""
    written = Receipt(b"abc", state, error=b"11", submit_date=b"2611221530", done_date=write_receipt_date(DONE_AT))

    pdu = flagged(write_text(written) if with_text else b"", *(write_tlvs(written) if with_tlvs else ()))
    receipt = parse(decode(encode(pdu)))  # type: ignore[arg-type]

    assert isinstance(receipt, Receipt)
    assert (receipt.message_id, receipt.state) == (b"abc", state)
    if with_text:
        assert (receipt.error, receipt.done_at()) == (b"11", DONE_AT)


def test_a_network_error_is_written_as_its_tlv() -> None:
    """SMPP 3.4, 5.3.2.31: one octet for the network type, two for the code."""
    written = Receipt(b"abc", MessageState.UNDELIVERABLE, network_error=(3, 0x1234))

    assert write_tlvs(written)[-1] == (TlvTag.NETWORK_ERROR_CODE, b"\x03\x12\x34")
