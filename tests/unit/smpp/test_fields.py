"""Field codecs: strict when writing, tolerant when reading."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.smpp.constants import CommandStatus
from angarium.smpp.errors import MisuseError
from angarium.smpp.fields import (
    COctetString,
    DestinationAddress,
    Destinations,
    DistributionList,
    FieldCodec,
    FieldError,
    ShortMessage,
    Uint,
    Unsuccesses,
    UnsuccessSme,
)
from tests.hex_listing import unhex

DESTINATIONS = unhex("""
    02                        number_of_dests
    01                        dest_flag          SME address
    01                        dest_addr_ton      international
    01                        dest_addr_npi      ISDN
    3237393930303030303031 00  destination_addr
    02                        dest_flag          distribution list
    7374616666 00             dl_name            "staff"
""")
UNSUCCESSES = unhex("""
    01                        no_unsuccess
    01                        dest_addr_ton
    01                        dest_addr_npi
    333333 00                 destination_addr
    0000000B                  error_status_code  ESME_RINVDSTADR
""")


def written(codec: FieldCodec, value: Any) -> bytes:
    """Return what the codec writes for a value."""
    out = bytearray()
    codec.write(value, out)
    return bytes(out)


@pytest.mark.parametrize(
    ("codec", "value", "octets"),
    [
        (Uint(1), 255, b"\xff"),
        (Uint(2), 258, b"\1\2"),
        (Uint(4), 258, b"\0\0\1\2"),
        (COctetString(6), b"WAP", b"WAP\0"),
        (COctetString(6), b"", b"\0"),
        (COctetString(6), b"12345", b"12345\0"),
        (COctetString(17, whole=True), b"000000010000000R", b"000000010000000R\0"),
        (ShortMessage(), b"Hi\0", b"\3Hi\0"),
        (ShortMessage(), b"", b"\0"),
        (Destinations(), (DestinationAddress(1, 1, b"27990000001"), DistributionList(b"staff")), DESTINATIONS),
        (Unsuccesses(), (UnsuccessSme(1, 1, b"333", 11),), UNSUCCESSES),
    ],
)
def test_a_value_and_its_octets_are_each_other(codec: FieldCodec, value: Any, octets: bytes) -> None:
    """SMPP 3.4, 3.1 and 4.5: what is written is read back, and the offset stands behind it."""
    assert written(codec, value) == octets
    assert codec.read(b"xx" + octets + b"yy", 2, closed=True) == (value, 2 + len(octets))


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (Uint(1), 256),
        (Uint(1), -1),
        (Uint(1), b"\1"),
        (COctetString(6), b"123456"),
        (COctetString(6), b"1\0"),
        (COctetString(6), "text"),
        (COctetString(17, whole=True), b"2611221530"),
        (ShortMessage(), b"x" * 255),
        (ShortMessage(), "text"),
        (Destinations(), (DistributionList(b"x"),) * 255),
        (Destinations(), (b"27990000001",)),
        (Destinations(), (DestinationAddress(1, 1, b"1" * 21),)),
        (Unsuccesses(), ((1, 1, b"333", 11),)),
        (Unsuccesses(), [UnsuccessSme(1, 1, b"333", 11)]),
    ],
)
def test_writing_beyond_the_limit_is_misuse(codec: FieldCodec, value: Any) -> None:
    """What we send obeys the specification's sizes; numbers and texts are bytes."""
    with pytest.raises(MisuseError):
        written(codec, value)


def test_a_string_longer_than_specified_is_read() -> None:
    """Real carriers exceed the limits; up to 255 octets we follow them."""
    assert COctetString(6).read(b"x" * 255 + b"\0", 0, closed=True) == (b"x" * 255, 256)


@pytest.mark.parametrize(
    ("codec", "octets", "status"),
    [
        (Uint(4), b"\0\0\0", CommandStatus.ESME_RINVCMDLEN),
        (COctetString(6), b"abc", CommandStatus.ESME_RINVCMDLEN),
        (COctetString(21, CommandStatus.ESME_RINVSRCADR), b"1" * 256 + b"\0", CommandStatus.ESME_RINVSRCADR),
        (ShortMessage(), b"", CommandStatus.ESME_RINVCMDLEN),
        (ShortMessage(), b"\5abcd", CommandStatus.ESME_RINVMSGLEN),
        (Destinations(), b"\1\3", CommandStatus.ESME_RINVDESTFLAG),
        (Destinations(), b"\2" + DESTINATIONS[1:-10], CommandStatus.ESME_RINVCMDLEN),
        (Unsuccesses(), UNSUCCESSES[:-1], CommandStatus.ESME_RINVCMDLEN),
    ],
)
def test_what_cannot_be_read_names_the_status_to_answer_with(codec: FieldCodec, octets: bytes, status: int) -> None:
    """Each way to be broken has its command_status."""
    with pytest.raises(FieldError) as raised:
        codec.read(octets, 0, closed=True)

    assert raised.value.command_status == status


def test_a_string_at_the_end_of_a_response_may_lack_its_nul() -> None:
    """Some SMSCs send the message_id without the NUL."""
    assert COctetString(65).read(b"abc", 0, closed=False) == (b"abc", 3)
