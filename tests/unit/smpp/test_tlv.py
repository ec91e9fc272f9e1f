"""Optional parameters: strict when made, tolerant when read."""

from __future__ import annotations

import pytest

from angarium.smpp.constants import TlvTag
from angarium.smpp.errors import MisuseError
from angarium.smpp.tlv import (
    TLV_FORMS,
    Tlv,
    TlvStreamError,
    find_c_octet_string,
    find_tlv,
    find_uint,
    read_tlvs,
    tlv,
    write_tlvs,
)
from tests.hex_listing import unhex

TWO_TLVS = unhex("""
    020C       sar_msg_ref_num
    0002       length
    00A7       value
    1400       a vendor's own tag
    0003       length
    010203     value
""")


def test_tlvs_are_read_in_order_with_unknown_tags_kept() -> None:
    """SMPP 3.4, 5.3.1: tag and length of two octets each, then the value; a tag we do not know is kept as octets."""
    assert read_tlvs(TWO_TLVS, 0) == (Tlv(TlvTag.SAR_MSG_REF_NUM, b"\x00\xa7"), Tlv(0x1400, b"\1\2\3"))


def test_tlvs_are_written_as_they_were_read() -> None:
    """Reading and writing are each other's mirror."""
    assert write_tlvs(read_tlvs(TWO_TLVS, 0)) == TWO_TLVS


def test_every_tag_has_a_form() -> None:
    """The table of forms knows each tag that has a name."""
    assert set(TLV_FORMS) == set(TlvTag)


@pytest.mark.parametrize("padding", [b"", b"\0", b"\0\0", b"\0\0\0"])
def test_up_to_three_nuls_at_the_end_are_padding(padding: bytes) -> None:
    """Some carriers close the frame with NULs; fewer than four cannot be a TLV."""
    assert len(read_tlvs(TWO_TLVS + padding, 0)) == 2


@pytest.mark.parametrize("tail", [b"\1", b"\0\1", b"\x02\x0c\x00", b"\x02\x0c\x00\x05\x00", b"\x02\x0c\xff\xff"])
def test_what_is_not_a_whole_tlv_is_an_error(tail: bytes) -> None:
    """A cut TLV, or octets that are none, do not pass as padding."""
    with pytest.raises(TlvStreamError):
        read_tlvs(TWO_TLVS + tail, 0)


def test_making_a_tlv_writes_the_value_as_the_table_says() -> None:
    """Integers get their size, C-octet strings their NUL."""
    assert tlv(TlvTag.SAR_MSG_REF_NUM, 0xA7) == (0x020C, b"\x00\xa7")
    assert tlv(TlvTag.RECEIPTED_MESSAGE_ID, b"abc") == (0x001E, b"abc\0")
    assert tlv(TlvTag.MESSAGE_PAYLOAD, b"text") == (0x0424, b"text")
    assert tlv(0x1400, b"any") == (0x1400, b"any")


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (TlvTag.MESSAGE_STATE, 256),
        (TlvTag.MESSAGE_STATE, -1),
        (TlvTag.MESSAGE_PAYLOAD, 1),
        (0x1400, 1),
        (TlvTag.RECEIPTED_MESSAGE_ID, b"x" * 65),
        (TlvTag.RECEIPTED_MESSAGE_ID, b"a\0b"),
        (TlvTag.NETWORK_ERROR_CODE, b"\1\2"),
        (TlvTag.CALLBACK_NUM, b"x" * 20),
    ],
)
def test_making_a_tlv_beyond_its_limits_is_misuse(tag: int, value: int | bytes) -> None:
    """What we send obeys the specification's sizes."""
    with pytest.raises(MisuseError):
        tlv(tag, value)


@pytest.mark.parametrize("bad", [Tlv(0x10000, b""), Tlv(-1, b""), Tlv(5, b"x" * 65536)])
def test_writing_what_has_no_form_on_the_wire_is_misuse(bad: Tlv) -> None:
    """Tags and lengths have two octets."""
    with pytest.raises(MisuseError):
        write_tlvs([bad])


def test_finding_gives_the_first_of_a_tag() -> None:
    """Repeated tags are legal; the first one counts."""
    tlvs = (Tlv(0x0381, b"\x01\x02\x03first"), Tlv(0x0381, b"\x01\x02\x03second"))

    assert find_tlv(tlvs, 0x0381) == b"\x01\x02\x03first"
    assert find_tlv(tlvs, 0x0382) is None


@pytest.mark.parametrize(("value", "number"), [(b"\2", 2), (b"\0\0\0\2", 2), (b"\1\0", 256), (b"", None)])
def test_an_integer_is_read_at_any_size(value: bytes, number: int | None) -> None:
    """Carriers send one-octet values in two or four octets."""
    assert find_uint((Tlv(TlvTag.MESSAGE_STATE, value),), TlvTag.MESSAGE_STATE) == number


@pytest.mark.parametrize("value", [b"abc\0", b"abc", b"abc\0\0"])
def test_a_string_is_read_with_or_without_its_nul(value: bytes) -> None:
    """Carriers forget the NUL, or send two."""
    assert find_c_octet_string((Tlv(TlvTag.RECEIPTED_MESSAGE_ID, value),), TlvTag.RECEIPTED_MESSAGE_ID) == b"abc"
    assert find_c_octet_string((), TlvTag.RECEIPTED_MESSAGE_ID) is None
