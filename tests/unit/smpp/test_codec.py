"""Whole PDUs as listings, tolerance towards carriers, and the fast path."""

from __future__ import annotations

import pytest

from angarium.smpp.codec import (
    SubmitTemplate,
    decode,
    decode_deliver_sm,
    decode_submit_sm_resp,
    encode,
    encode_deliver_sm_resps,
)
from angarium.smpp.constants import CommandId, CommandStatus, TlvTag
from angarium.smpp.errors import MisuseError, PduError
from angarium.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    Pdu,
    QuerySmResp,
    SubmitSm,
    SubmitSmResp,
)
from angarium.smpp.tlv import Tlv, tlv
from tests.hex_listing import unhex

BIND_TRANSCEIVER = unhex("""
    0000002B                command_length       43
    00000009                command_id           bind_transceiver
    00000000                command_status       null in a request
    00000001                sequence_number      1
    616E67617269756D 00     system_id            "angarium"
    73656372657430 00       password             "secret0"
    76 6D 61 00             system_type          "vma"
    34                      interface_version    3.4
    00                      addr_ton             unknown
    00                      addr_npi             unknown
    5E3200                  address_range        "^2"
""")
SUBMIT_SM = unhex("""
    0000004F                  command_length           79
    00000004                  command_id               submit_sm
    00000000                  command_status
    00000007                  sequence_number          7
    434D54 00                 service_type             "CMT"
    05                        source_addr_ton          alphanumeric
    00                        source_addr_npi          unknown
    416E67617269756D 00       source_addr              "Angarium"
    01                        dest_addr_ton            international
    01                        dest_addr_npi            ISDN
    3237393930303030303031 00  destination_addr        "27990000001"
    40                        esm_class                UDHI
    00                        protocol_id
    00                        priority_flag
    00                        schedule_delivery_time   at once
    303030303031303030303030303030 52 00  validity_period   "000001000000000R", a day
    01                        registered_delivery      final outcome
    00                        replace_if_present_flag
    00                        data_coding              SMSC default
    00                        sm_default_msg_id
    08                        sm_length                8
    050003A70201 4869         short_message            part 1 of 2, "Hi"
""")
SUBMIT_SM_RESP = unhex("""
    00000015      command_length    21
    80000004      command_id        submit_sm_resp
    00000000      command_status    ESME_ROK
    00000007      sequence_number   7
    3161326200    message_id        "1a2b"
""")
DELIVER_SM = unhex("""
    00000046                  command_length           70
    00000005                  command_id               deliver_sm
    00000000                  command_status
    00000002                  sequence_number          2
    00                        service_type
    01                        source_addr_ton          international
    01                        source_addr_npi          ISDN
    3237393930303030303031 00  source_addr             "27990000001"
    00                        dest_addr_ton
    00                        dest_addr_npi
    373930 00                 destination_addr         "790"
    00                        esm_class
    00                        protocol_id
    00                        priority_flag
    00                        schedule_delivery_time
    00                        validity_period
    00                        registered_delivery
    00                        replace_if_present_flag
    03                        data_coding              Latin-1
    00                        sm_default_msg_id
    0A                        sm_length                10
    73656520796F7520 E974     short_message            "see you ét"
    0204 0002 0001            user_message_reference   1
    1400 0003 010203          a vendor's own TLV
""")
ENQUIRE_LINK = unhex("00000010 00000015 00000000 00000002")
NACK = unhex("00000010 80000000 00000003 00000000")

LISTINGS: list[tuple[bytes, Pdu]] = [
    (
        BIND_TRANSCEIVER,
        BindTransceiver(
            sequence_number=1, system_id=b"angarium", password=b"secret0", system_type=b"vma", address_range=b"^2"
        ),
    ),
    (
        SUBMIT_SM,
        SubmitSm(
            sequence_number=7,
            service_type=b"CMT",
            source_addr_ton=5,
            source_addr=b"Angarium",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=b"27990000001",
            esm_class=0x40,
            validity_period=b"000001000000000R",
            registered_delivery=1,
            short_message=b"\x05\x00\x03\xa7\x02\x01Hi",
        ),
    ),
    (SUBMIT_SM_RESP, SubmitSmResp(sequence_number=7, message_id=b"1a2b")),
    (
        DELIVER_SM,
        DeliverSm(
            sequence_number=2,
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=b"27990000001",
            destination_addr=b"790",
            data_coding=3,
            short_message=b"see you \xe9t",
            tlvs=(tlv(TlvTag.USER_MESSAGE_REFERENCE, 1), Tlv(0x1400, b"\1\2\3")),
        ),
    ),
    (ENQUIRE_LINK, EnquireLink(sequence_number=2)),
    (NACK, GenericNack(command_status=CommandStatus.ESME_RINVCMDID)),
]


def relength(frame: bytes) -> bytes:
    """Return the frame with a command_length that is true."""
    return len(frame).to_bytes(4, "big") + frame[4:]


@pytest.mark.parametrize(("frame", "pdu"), LISTINGS, ids=lambda each: each.name if isinstance(each, Pdu) else "")
def test_a_listing_and_its_pdu_are_each_other(frame: bytes, pdu: Pdu) -> None:
    """SMPP 3.4, chapter 4: octets in, values out, and back."""
    assert decode(frame) == pdu
    assert encode(pdu) == frame
    assert decode(memoryview(frame)) == pdu


@pytest.mark.parametrize("command_id", [each for each in CommandId if each.name.endswith("_RESP")])
@pytest.mark.parametrize("status", [0, CommandStatus.ESME_RTHROTTLED, 0x400])
def test_a_response_without_a_body_is_legal(command_id: CommandId, status: int) -> None:
    """SMPP 3.4 drops the body of error responses; carriers also drop it with ESME_ROK."""
    pdu = decode(unhex("00000010") + command_id.to_bytes(4, "big") + status.to_bytes(4, "big") + unhex("00000001"))

    assert (pdu.command_id, pdu.command_status, pdu.tlvs) == (command_id, status, ())


def test_a_response_may_end_at_a_fields_border() -> None:
    """The fields that did not come are empty."""
    pdu = decode(relength(encode(QuerySmResp(sequence_number=1, message_id=b"abc"))[:-3]))

    assert pdu == QuerySmResp(sequence_number=1, message_id=b"abc")


def test_a_message_id_without_its_nul_is_read() -> None:
    """Some SMSCs close the frame instead of the string."""
    assert decode(relength(SUBMIT_SM_RESP[:-1])) == SubmitSmResp(sequence_number=7, message_id=b"1a2b")
    assert decode_submit_sm_resp(relength(SUBMIT_SM_RESP[:-1])) == (0, 7, b"1a2b")


def test_a_message_id_longer_than_specified_is_read_but_not_written() -> None:
    """Tolerant when reading, strict when writing."""
    frame = relength(SUBMIT_SM_RESP[:-1] + b"x" * 100 + b"\0")

    assert decode_submit_sm_resp(frame) == (0, 7, b"1a2b" + b"x" * 100)
    with pytest.raises(MisuseError):
        encode(decode(frame))


def test_a_bind_response_may_have_a_tlv_and_no_more() -> None:
    """sc_interface_version behind the system_id (SMPP 3.4, 4.1.6)."""
    pdu = BindTransceiverResp(sequence_number=1, system_id=b"SMSC", tlvs=(tlv(TlvTag.SC_INTERFACE_VERSION, 0x34),))

    assert decode(encode(pdu)) == pdu


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        (SUBMIT_SM[:15], CommandStatus.ESME_RINVCMDLEN),
        (SUBMIT_SM[:-1], CommandStatus.ESME_RINVCMDLEN),
        (SUBMIT_SM + b"\0", CommandStatus.ESME_RINVCMDLEN),
        (relength(SUBMIT_SM[:40]), CommandStatus.ESME_RINVCMDLEN),
        (relength(SUBMIT_SM[:-1]), CommandStatus.ESME_RINVMSGLEN),
        (relength(SUBMIT_SM + b"junk!"), CommandStatus.ESME_RINVOPTPARSTREAM),
        (relength(SUBMIT_SM + b"\1"), CommandStatus.ESME_RINVOPTPARSTREAM),
        (relength(SUBMIT_SM[:16]), CommandStatus.ESME_RINVCMDLEN),
        (ENQUIRE_LINK[:4] + unhex("00000999") + ENQUIRE_LINK[8:], CommandStatus.ESME_RINVCMDID),
    ],
)
def test_a_broken_pdu_says_how_to_answer_it(frame: bytes, status: int) -> None:
    """PduError has the peer's command and number, and the status to answer with."""
    with pytest.raises(PduError) as raised:
        decode(frame)

    header = (int.from_bytes(frame[4:8], "big"), int.from_bytes(frame[12:16], "big")) if len(frame) >= 16 else (0, 0)
    assert (raised.value.command_id, raised.value.sequence_number) == header
    assert raised.value.command_status == status


def test_a_value_beyond_its_limit_names_its_field() -> None:
    """Misuse is found where it was made."""
    with pytest.raises(MisuseError, match=r"submit_sm\.source_addr: 21 octets, at most 20"):
        encode(SubmitSm(source_addr=b"1" * 21))
    with pytest.raises(MisuseError, match="uint32"):
        encode(EnquireLink(sequence_number=1 << 32))
    with pytest.raises(MisuseError, match="not a PDU"):
        encode(Pdu())


def test_a_template_writes_what_the_general_path_writes() -> None:
    """With its own text or another one, TLVs behind it."""
    whole = decode(SUBMIT_SM)
    assert isinstance(whole, SubmitSm)
    whole.tlvs = (tlv(TlvTag.USER_MESSAGE_REFERENCE, 9),)
    template = SubmitTemplate(whole)

    assert template.encode(7, b"27990000001") == encode(whole)
    whole.sequence_number, whole.destination_addr, whole.short_message = 8, b"333", b"other"
    assert template.encode(8, b"333", b"other") == encode(whole)


@pytest.mark.parametrize(
    ("sequence_number", "destination_addr", "short_message"),
    [(1 << 32, b"333", None), (-1, b"333", b"x"), (1, b"1" * 21, None), (1, b"3\0", None), (1, b"333", b"x" * 255)],
)
def test_a_template_obeys_the_limits(
    sequence_number: int, destination_addr: bytes, short_message: bytes | None
) -> None:
    """The fast path is as strict as the general one."""
    with pytest.raises(MisuseError):
        SubmitTemplate(SubmitSm()).encode(sequence_number, destination_addr, short_message)


def test_many_deliver_sm_are_answered_in_one_piece() -> None:
    """The same octets as one by one."""
    answers = encode_deliver_sm_resps([3, 1, 2], command_status=CommandStatus.ESME_RX_T_APPN)

    assert answers == b"".join(encode(DeliverSmResp(sequence_number=each, command_status=0x64)) for each in (3, 1, 2))
    with pytest.raises(MisuseError):
        encode_deliver_sm_resps([1 << 32])


def test_the_fast_readers_take_only_their_own_command() -> None:
    """Asking them for another PDU is our bug, not the peer's."""
    with pytest.raises(MisuseError):
        decode_submit_sm_resp(ENQUIRE_LINK)
    with pytest.raises(MisuseError):
        decode_deliver_sm(ENQUIRE_LINK)


def test_the_fast_reader_refuses_as_the_general_one() -> None:
    """A broken deliver_sm is a PduError on either path."""
    with pytest.raises(PduError) as raised:
        decode_deliver_sm(relength(DELIVER_SM + b"junk!"))

    assert raised.value.command_status == CommandStatus.ESME_RINVOPTPARSTREAM
