"""Wireshark's dissector as an outside judge: it must see in our PDUs what we meant.

The test writes a capture file with one PDU a packet and lets `tshark` (Debian's package tshark) read it. No network is
touched. Without tshark the tests fail: a judge that is not there has not agreed.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from angarium.smpp.codec import SubmitTemplate, encode, encode_deliver_sm_resps
from angarium.smpp.constants import CommandStatus, MessageState, TlvTag
from angarium.smpp.fields import COctetString, DestinationAddress, DistributionList, Uint, UnsuccessSme
from angarium.smpp.pdu import (
    PDU_CLASSES,
    AlertNotification,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
    layout_of,
)
from angarium.smpp.receipt import Receipt, write_text, write_tlvs
from angarium.smpp.tlv import TLV_FORMS, Tlv, TlvKind, tlv

SMPP_PORT = 2775
TSHARK_TIME_LIMIT_S = 120
LINKTYPE_RAW_IP = 101
PACKET_OCTETS_MAX = 65_535

BIND = {
    "system_id": b"angarium",
    "password": b"secret0",
    "system_type": b"vma",
    "addr_ton": 1,
    "addr_npi": 8,
    "address_range": b"^27",
}
ADDRESSES = {
    "source_addr_ton": 5,
    "source_addr_npi": 9,
    "source_addr": b"Angarium",
    "dest_addr_ton": 1,
    "dest_addr_npi": 3,
    "destination_addr": b"27990000001",
}
TEXT = {
    "esm_class": 0x83,
    "protocol_id": 0x41,
    "priority_flag": 2,
    "schedule_delivery_time": b"261122153045708+",
    "validity_period": b"000001020304000R",
    "registered_delivery": 0x11,
    "replace_if_present_flag": 1,
    "data_coding": 4,
    "sm_default_msg_id": 7,
    "short_message": b"Hello",
}
ONE_OF_EACH: list[Pdu] = [
    BindTransmitter(sequence_number=1, **BIND),  # type: ignore[arg-type]
    BindTransmitterResp(sequence_number=2, system_id=b"SMSC", tlvs=(tlv(TlvTag.SC_INTERFACE_VERSION, 0x34),)),
    BindReceiver(sequence_number=3, **BIND),  # type: ignore[arg-type]
    BindReceiverResp(sequence_number=4, system_id=b"SMSC"),
    BindTransceiver(sequence_number=5, **BIND),  # type: ignore[arg-type]
    BindTransceiverResp(sequence_number=6, system_id=b"SMSC"),
    Outbind(sequence_number=7, system_id=b"SMSC", password=b"secret0"),
    Unbind(sequence_number=8),
    UnbindResp(sequence_number=9),
    GenericNack(sequence_number=10, command_status=CommandStatus.ESME_RINVCMDID),
    SubmitSm(sequence_number=11, service_type=b"CMT", **ADDRESSES, **TEXT),  # type: ignore[arg-type]
    SubmitSmResp(sequence_number=12, message_id=b"1a2b3c"),
    SubmitMulti(
        sequence_number=13,
        source_addr=b"Angarium",
        dest_addresses=(DestinationAddress(1, 3, b"27990000001"), DistributionList(b"staff")),
        **TEXT,  # type: ignore[arg-type]
    ),
    SubmitMultiResp(sequence_number=14, message_id=b"1a2b3c", unsuccess_smes=(UnsuccessSme(1, 3, b"333", 11),)),
    DeliverSm(
        sequence_number=15,
        **(ADDRESSES | {"esm_class": 0x04, "short_message": b"id:abc", "data_coding": 3}),  # type: ignore[arg-type]
    ),
    DeliverSmResp(sequence_number=16),
    DataSm(
        sequence_number=17,
        **ADDRESSES,  # type: ignore[arg-type]
        esm_class=3,
        registered_delivery=1,
        data_coding=4,
        tlvs=(tlv(TlvTag.MESSAGE_PAYLOAD, b"long text"),),
    ),
    DataSmResp(sequence_number=18, message_id=b"1a2b3c"),
    QuerySm(sequence_number=19, message_id=b"1a2b3c", source_addr_ton=5, source_addr_npi=9, source_addr=b"Angarium"),
    QuerySmResp(
        sequence_number=20, message_id=b"1a2b3c", final_date=b"261122153045000+", message_state=2, error_code=3
    ),
    CancelSm(sequence_number=21, service_type=b"CMT", message_id=b"1a2b3c", **ADDRESSES),  # type: ignore[arg-type]
    CancelSmResp(sequence_number=22),
    ReplaceSm(
        sequence_number=23,
        message_id=b"1a2b3c",
        source_addr=b"Angarium",
        validity_period=b"000001020304000R",
        registered_delivery=1,
        sm_default_msg_id=7,
        short_message=b"Hello",
    ),
    ReplaceSmResp(sequence_number=24),
    EnquireLink(sequence_number=25),
    EnquireLinkResp(sequence_number=26),
    AlertNotification(
        sequence_number=27,
        source_addr_ton=1,
        source_addr_npi=3,
        source_addr=b"27990000001",
        esme_addr_ton=5,
        esme_addr_npi=9,
        esme_addr=b"Angarium",
        tlvs=(tlv(TlvTag.MS_AVAILABILITY_STATUS, 0),),
    ),
]
# Where the dissector's name for a field is not the specification's, or it splits a field into its bits.
OTHER_NAMES = {
    "esm_class": "esm.submit.msg_mode",
    "registered_delivery": "regdel.receipt",
}


class Dissected:
    """One PDU as the dissector saw it."""

    def __init__(self, packet: ET.Element) -> None:
        self.packet = packet
        protocols = [proto for proto in packet.iter("proto") if proto.get("name") == "smpp"]
        assert len(protocols) == 1, f"{len(protocols)} PDUs seen in a packet with one"
        self.smpp = protocols[0]
        self.title = self.smpp.get("showname", "")
        self.fields = {str(field.get("name")).removeprefix("smpp."): field for field in self.smpp.iter("field")}

    def complaints(self) -> list[str]:
        """Return everything that the dissector objects to."""
        malformed = [str(each.get("name")) for each in self.packet.iter() if "malformed" in str(each.get("name"))]
        return malformed + [
            str(field.get("showname")) for field in self.smpp.iter("field") if field.get("name") == "_ws.expert"
        ]

    def octets(self, name: str) -> bytes:
        """Return the octets that the dissector takes for this field."""
        field = self.fields[name]
        return bytes.fromhex(field.get("unmaskedvalue") or field.get("value") or "")

    def shown(self, name: str) -> str:
        """Return how the dissector shows this field."""
        return self.fields[name].get("showname", "")


def capture(frames: Iterable[bytes]) -> bytes:
    """Return a pcap file with each frame in a TCP segment of its own, all on one connection to the SMPP port."""
    file, sent = bytearray(struct.pack("<LHHlLLL", 0xA1B2C3D4, 2, 4, 0, 0, PACKET_OCTETS_MAX, LINKTYPE_RAW_IP)), 1
    for frame in frames:
        segment = struct.pack(">HHLLBBHHH", 40_000, SMPP_PORT, sent, 1, 5 << 4, 0x18, 65_535, 0, 0) + frame
        packet = struct.pack(
            ">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 1, 0, 64, 6, 0, b"\x7f\0\0\1", b"\x7f\0\0\2"
        ) + segment  # fmt: skip
        file += struct.pack("<LLLL", 0, 0, len(packet), len(packet)) + packet
        sent += len(frame)
    return bytes(file)


def dissect(frames: list[bytes], folder: Path) -> list[Dissected]:
    """Return what tshark sees in these frames, one by one."""
    file = folder / "smpp.pcap"
    file.write_bytes(capture(frames))
    # The text inside is not what is judged here, so the SMS dissectors stay out.
    command = ["tshark", "-r", str(file), "-T", "pdml", "-d", f"tcp.port=={SMPP_PORT},smpp"]
    command += ["--disable-protocol", "gsm_sms_ud", "--disable-protocol", "gsm_sms"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=TSHARK_TIME_LIMIT_S)
    packets = ET.fromstring(done.stdout).findall("packet")
    assert len(packets) == len(frames)
    return [Dissected(packet) for packet in packets]


def meant(pdu: Pdu) -> Iterator[tuple[str, bytes]]:
    """Yield the dissector's name and the octets of each plain field of a PDU."""
    for name, codec in layout_of(type(pdu)):
        value = getattr(pdu, name)
        if name == "short_message":
            yield "sm_length", bytes((len(value),))
            if value:
                yield "message", value
        elif isinstance(codec, Uint | COctetString):
            out = bytearray()
            codec.write(value, out)
            if (type(pdu), name) != (DeliverSmResp, "message_id"):  # one NUL that means nothing, and is not shown
                yield OTHER_NAMES.get(name, name), bytes(out)


def test_every_command_is_judged() -> None:
    """The list above holds each command once."""
    assert {type(pdu) for pdu in ONE_OF_EACH} == set(PDU_CLASSES.values())
    assert len(ONE_OF_EACH) == len(PDU_CLASSES)


def test_every_pdu_is_seen_as_we_meant_it(tmp_path: Path) -> None:
    """Command, header and every field have the name, the place and the octets that we gave them."""
    seen = dissect([encode(pdu) for pdu in ONE_OF_EACH], tmp_path)

    for pdu, dissected in zip(ONE_OF_EACH, seen, strict=True):
        command = pdu.name.capitalize().replace("_resp", " - resp")
        assert dissected.complaints() == [], pdu.name
        assert dissected.title.startswith(f"Short Message Peer to Peer, Command: {command}, ")
        assert dissected.octets("command_id") == pdu.command_id.to_bytes(4, "big")
        assert dissected.octets("sequence_number") == pdu.sequence_number.to_bytes(4, "big")
        if pdu.is_response:
            assert dissected.octets("command_status") == pdu.command_status.to_bytes(4, "big")
        for name, octets in meant(pdu):
            found = name if name in dissected.fields else f"{name}_r"  # a relative or empty time
            assert dissected.octets(found) == octets, f"{pdu.name}.{name}"


def test_the_lists_of_submit_multi_are_seen(tmp_path: Path) -> None:
    """SMPP 3.4, 4.5: recipients, list names and failures."""
    pdus = [pdu for pdu in ONE_OF_EACH if isinstance(pdu, SubmitMulti | SubmitMultiResp)]

    multi, resp = dissect([encode(pdu) for pdu in pdus], tmp_path)

    assert multi.octets("dest_addr_ton") + multi.octets("dest_addr_npi") == b"\1\3"
    assert multi.octets("destination_addr") == b"27990000001\0"
    assert multi.octets("dl_name") == b"staff\0"
    assert resp.octets("destination_addr") == b"333\0"
    assert "Invalid destination address (0x0000000b)" in resp.shown("error_status_code")


def test_times_and_flags_mean_what_we_meant(tmp_path: Path) -> None:
    """The dissector's words for them, not only their octets."""
    seen = dissect([encode(pdu) for pdu in ONE_OF_EACH if isinstance(pdu, SubmitSm)], tmp_path)[0]

    # 15:30:45.7, two hours ahead of UTC.
    assert "Nov 22, 2026 13:30:45.7" in seen.shown("schedule_delivery_time")
    assert "93784.000000000 seconds" in seen.shown("validity_period_r")
    assert "Store and forward" in seen.shown("esm.submit.msg_mode")
    assert "Reply path" in seen.shown("esm.submit.features")
    assert "Delivery receipt requested" in seen.shown("regdel.receipt")
    assert "Intermediate notification requested" in seen.shown("regdel.notif")
    assert "Alphanumeric" in seen.shown("source_addr_ton")
    assert "International" in seen.shown("dest_addr_ton")


def example_of(tag: int) -> Tlv:
    """Return a TLV with a value that the table allows."""
    form = TLV_FORMS[tag]
    if form.kind is TlvKind.UINT:
        return tlv(tag, 1)
    return tlv(tag, b"1" * (form.octets_min if form.kind is TlvKind.OCTET_STRING else 5))


def test_every_tlv_is_known_to_the_dissector_under_our_name(tmp_path: Path) -> None:
    """Tag, name and length of all optional parameters of SMPP 3.4."""
    tags = list(TLV_FORMS)

    seen = dissect([encode(DataSm(sequence_number=1, tlvs=(example_of(tag),))) for tag in tags], tmp_path)

    for tag, dissected in zip(tags, seen, strict=True):
        # The dissector has two spellings of its own: SC_interface_version and dest_port.
        shown = dissected.shown("opt_param").lower().replace("dest_port", "destination_port")
        assert dissected.complaints() == [], TlvTag(tag).name
        assert shown == f"optional parameter: {TlvTag(tag).name.lower()} (0x{tag:04x})"
        assert dissected.octets("opt_param_tag") + dissected.octets("opt_param_len") == struct.pack(
            ">HH", tag, len(example_of(tag).value)
        )


def test_every_status_is_known_to_the_dissector(tmp_path: Path) -> None:
    """No number of our table is one that the dissector has no words for."""
    statuses = list(CommandStatus)

    seen = dissect([encode(SubmitSmResp(sequence_number=1, command_status=status)) for status in statuses], tmp_path)

    for status, dissected in zip(statuses, seen, strict=True):
        assert dissected.complaints() == []
        assert f"(0x{status:08x})" in dissected.shown("command_status")
        assert "Unknown (" not in dissected.shown("command_status"), status.name
        assert "Reserved" not in dissected.shown("command_status"), status.name


def test_the_fast_path_is_seen_as_we_meant_it(tmp_path: Path) -> None:
    """A long text's segment from a template, a receipt, and its answer."""
    template = SubmitTemplate(SubmitSm(source_addr=b"Angarium", esm_class=0x40, registered_delivery=1))
    receipt = Receipt(b"1a2b3c", MessageState.DELIVERED, submit_date=b"2611221530", done_date=b"2611221531")
    frames = [
        template.encode(1, b"27990000001", b"\x05\x00\x03\xa7\x02\x01Hello"),
        encode(DeliverSm(sequence_number=2, esm_class=4, short_message=write_text(receipt), tlvs=write_tlvs(receipt))),
        encode_deliver_sm_resps([2]),
    ]

    submit_sm, deliver_sm, answer = dissect(frames, tmp_path)

    assert [each.complaints() for each in (submit_sm, deliver_sm, answer)] == [[], [], []]
    assert submit_sm.octets("destination_addr") == b"27990000001\0"
    assert submit_sm.octets("message") == b"\x05\x00\x03\xa7\x02\x01Hello"
    assert "UDHI" in submit_sm.shown("esm.submit.features")
    assert "DELIVERED" in deliver_sm.shown("message_state")
    assert deliver_sm.octets("receipted_message_id") == b"1a2b3c\0"
    assert answer.title.startswith("Short Message Peer to Peer, Command: Deliver_sm - resp")


@pytest.mark.parametrize("damage", [b"\x00", b"\x02\x04\x00\x09\x00"])
def test_the_judge_is_awake(damage: bytes, tmp_path: Path) -> None:
    """A PDU that is cut or has a broken TLV makes the dissector complain, so its silence means something."""
    frame = encode(SubmitSm(sequence_number=1, short_message=b"Hello"))
    broken = frame[:-3] + damage
    broken = len(broken).to_bytes(4, "big") + broken[4:]

    assert dissect([broken], tmp_path)[0].complaints() != []
