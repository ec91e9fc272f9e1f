"""The fast path does what the general path does, for good frames and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from angarium.smpp.codec import (
    SubmitTemplate,
    decode,
    decode_by_layout,
    decode_deliver_sm,
    decode_submit_sm_resp,
    encode,
    encode_by_layout,
    encode_deliver_sm_resps,
)
from angarium.smpp.errors import MisuseError, PduError
from angarium.smpp.pdu import DeliverSm, DeliverSmResp, Pdu, SubmitSm, SubmitSmResp, layout_of
from angarium.smpp.receipt import parse
from tests.property.pdus import ADDRESSES, UINT32, damaged, pdus


def outcome(read: Callable[[bytes], Any], frame: bytes) -> Any:
    """Return what reading gives, or how it fails."""
    try:
        return read(frame)
    except PduError as error:
        return error.command_id, error.sequence_number, error.command_status, str(error)
    except MisuseError:
        return "another command"


def written(write: Callable[[Pdu], bytes], pdu: Pdu) -> bytes | str:
    """Return what writing gives, or how it fails."""
    try:
        return write(pdu)
    except MisuseError as error:
        return str(error)


def general_submit_sm_resp(frame: bytes) -> Any:
    """Read a submit_sm_resp on the general path."""
    pdu: Pdu = decode_by_layout(frame)
    if not isinstance(pdu, SubmitSmResp):
        return "another command"
    return pdu.command_status, pdu.sequence_number, pdu.message_id


def general_deliver_sm(frame: bytes) -> Any:
    """Read a deliver_sm on the general path."""
    pdu = decode_by_layout(frame)
    return pdu if isinstance(pdu, DeliverSm) else "another command"


@given(pdus(SubmitSm), UINT32, ADDRESSES, st.one_of(st.none(), st.binary(max_size=254)))
def test_a_template_is_the_general_encoder(
    submit_sm: SubmitSm, sequence_number: int, destination_addr: bytes, short_message: bytes | None
) -> None:
    """The same octets for every recipient, number and text."""
    fast = SubmitTemplate(submit_sm).encode(sequence_number, destination_addr, short_message)

    submit_sm.sequence_number, submit_sm.destination_addr = sequence_number, destination_addr
    if short_message is not None:
        submit_sm.short_message = short_message
    assert fast == encode_by_layout(submit_sm)


@given(st.one_of(pdus(SubmitSmResp), pdus()).map(encode).flatmap(lambda frame: damaged(st.just(frame))))
def test_the_submit_sm_resp_reader_is_the_general_one(frame: bytes) -> None:
    """The same values, or the same error."""
    assert outcome(decode_submit_sm_resp, frame) == outcome(general_submit_sm_resp, frame)


@given(st.one_of(pdus(DeliverSm), pdus()).map(encode).flatmap(lambda frame: damaged(st.just(frame))))
def test_the_deliver_sm_reader_is_the_general_one(frame: bytes) -> None:
    """The same values, or the same error; so is the receipt that is read from it."""
    fast, general = outcome(decode_deliver_sm, frame), outcome(general_deliver_sm, frame)

    assert fast == general
    if isinstance(fast, DeliverSm):
        assert parse(fast) == parse(general)


@given(st.lists(UINT32, max_size=20), UINT32)
def test_answers_in_one_piece_are_answers_one_by_one(sequence_numbers: list[int], command_status: int) -> None:
    """The same octets in the same order."""
    assert encode_deliver_sm_resps(sequence_numbers, command_status=command_status) == b"".join(
        encode(DeliverSmResp(sequence_number=number, command_status=command_status)) for number in sequence_numbers
    )


@given(
    st.one_of(pdus(SubmitSm, DeliverSm), pdus()).map(encode_by_layout).flatmap(lambda frame: damaged(st.just(frame)))
)
def test_decode_is_the_general_path(frame: bytes) -> None:
    """The short cut for submit_sm and deliver_sm changes nothing, for any frame."""
    assert outcome(decode, frame) == outcome(decode_by_layout, frame)


@given(pdus(SubmitSm, DeliverSm), st.data())
def test_encode_is_the_general_path(pdu: SubmitSm | DeliverSm, data: st.DataObject) -> None:
    """The short cut for submit_sm and deliver_sm changes nothing, for good values and bad ones."""
    name = data.draw(st.sampled_from([name for name, _ in layout_of(type(pdu))]))
    bad = st.sampled_from(
        [-1, 256, b"x" * 300, b"\0", b"x" * 21, b"x" * 6, b"1" * 15, "text", None, 0, 255, b"", b"1" * 16]
    )
    setattr(pdu, name, data.draw(bad))

    assert written(encode, pdu) == written(encode_by_layout, pdu)
