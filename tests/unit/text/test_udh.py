"""User data headers against the listings of 3GPP TS 23.040, 9.2.3.24."""

from __future__ import annotations

import pytest

from angarium.text import udh
from angarium.text.errors import BadHex, BadUserDataHeader
from angarium.text.udh import Concatenation, Element, Ports

CONCATENATION_8 = bytes.fromhex("05 00 03 2A 03 01")  # length, identifier, length, reference 42, 3 in all, the first
CONCATENATION_16 = bytes.fromhex("06 08 04 012A 03 02")
WAP_PUSH = bytes.fromhex("06 05 04 0B84 23F0")  # to port 2948 from port 9200
BOTH = bytes.fromhex("0B 05 04 0B84 23F0 00 03 2A 03 01")


@pytest.mark.parametrize(
    ("header", "elements"),
    [
        (CONCATENATION_8, [Element(0x00, b"\x2a\x03\x01")]),
        (CONCATENATION_16, [Element(0x08, b"\x01\x2a\x03\x02")]),
        (BOTH, [Element(0x05, bytes.fromhex("0B8423F0")), Element(0x00, b"\x2a\x03\x01")]),
        (b"\x00", []),
        (bytes.fromhex("02 70 00"), [Element(0x70, b"")]),
    ],
)
def test_a_header_is_read_and_written(header: bytes, elements: list[Element]) -> None:
    """Known and unknown elements come out in their order, and go in again to the same octets."""
    assert udh.parse(header) == elements
    assert udh.parse(header, tolerant=True) == elements
    assert udh.validate_user_header(header) == elements
    assert udh.build(elements) == header


@pytest.mark.parametrize(
    ("header", "whole"),
    [
        (b"", []),
        (bytes.fromhex("06 00 03 2A 03 01"), [Element(0x00, b"\x2a\x03\x01")]),  # says one more than there is
        (bytes.fromhex("04 00 03 2A 03 01"), []),  # says one less
        (bytes.fromhex("05 00 04 2A 03 01"), []),  # the element is longer than the header
        (bytes.fromhex("01 00"), []),  # an identifier without a length
        (bytes.fromhex("06 00 03 2A 03 01 05"), [Element(0x00, b"\x2a\x03\x01")]),
    ],
)
def test_a_header_whose_lengths_disagree_is_refused(header: bytes, whole: list[Element]) -> None:
    """Strictly it is an error (rest-api 5, code 102); tolerantly the whole elements are kept."""
    with pytest.raises(BadUserDataHeader, match=r"empty|octets follow|longer than the header"):
        udh.parse(header)
    with pytest.raises(BadUserDataHeader):
        udh.validate_user_header(header)
    assert udh.parse(header, tolerant=True) == whole


def test_a_header_can_fill_the_user_data_and_no_more() -> None:
    """140 octets with the length octet are the limit, for ours and for a customer's."""
    filling = bytes((139, 0x70, 137)) + bytes(137)
    longer = bytes((140, 0x70, 138)) + bytes(138)

    assert udh.build(udh.validate_user_header(filling)) == filling
    with pytest.raises(BadUserDataHeader):
        udh.validate_user_header(longer)
    with pytest.raises(BadUserDataHeader):
        udh.build([Element(0x70, bytes(138))])


@pytest.mark.parametrize("element", [Element(256, b""), Element(-1, b""), Element(0x70, bytes(256))])
def test_an_element_that_cannot_be_written_is_refused(element: Element) -> None:
    """Identifier and length are one octet each."""
    with pytest.raises(BadUserDataHeader):
        udh.build([element])


def test_hex_of_a_header_is_read_in_either_case() -> None:
    """A customer's `udh` arrives in hex and is checked at once."""
    assert udh.parse_hex("0500032A0301") == CONCATENATION_8
    assert udh.parse_hex("0500032a0301") == CONCATENATION_8


@pytest.mark.parametrize(
    ("text", "error"),
    [("05 00", BadHex), ("0", BadHex), ("zz", BadHex), ("0500", BadUserDataHeader), ("", BadUserDataHeader)],
)
def test_hex_that_is_no_header_is_refused(text: str, error: type[Exception]) -> None:
    """Bad digits and bad lengths are told apart."""
    with pytest.raises(error):
        udh.parse_hex(text)


def test_a_header_is_parted_from_its_payload() -> None:
    """The length octet says where the payload begins, also when there is none."""
    assert udh.split(CONCATENATION_8 + b"text") == (CONCATENATION_8, b"text")
    assert udh.split(CONCATENATION_8) == (CONCATENATION_8, b"")


@pytest.mark.parametrize("user_data", [b"", b"\x05\x00\x03"])
def test_a_cut_header_cannot_be_parted(user_data: bytes) -> None:
    """Octets that end inside the header are an error."""
    with pytest.raises(BadUserDataHeader):
        udh.split(user_data)


@pytest.mark.parametrize(("octets", "bits"), [(0, 0), (6, 1), (7, 0), (12, 2), (8, 6), (1, 6)])
def test_fill_bits_reach_the_next_septet(octets: int, bits: int) -> None:
    """Header bits and fill bits together are whole septets."""
    assert udh.fill_bits(octets) == bits


@pytest.mark.parametrize(
    ("header", "concatenation"),
    [
        (CONCATENATION_8, Concatenation(42, 3, 1)),
        (CONCATENATION_16, Concatenation(0x12A, 3, 2, wide=True)),
        (bytes.fromhex("05 00 03 FF FF FF"), Concatenation(255, 255, 255)),
        (bytes.fromhex("05 00 03 00 01 01"), Concatenation(0, 1, 1)),
        (bytes.fromhex("06 08 04 FFFF 01 01"), Concatenation(65535, 1, 1, wide=True)),
    ],
)
def test_concatenation_is_read_and_written(header: bytes, concatenation: Concatenation) -> None:
    """References of 8 and of 16 bits."""
    assert udh.concatenation_of(udh.parse(header)) == concatenation
    assert udh.build([udh.concatenation_element(concatenation)]) == header


@pytest.mark.parametrize(
    "header",
    [
        "00",
        "06 05 04 0B84 23F0",
        "05 00 03 2A 00 00",  # none in all
        "05 00 03 2A 03 00",  # numbered 0
        "05 00 03 2A 03 04",  # numbered above the total
        "04 00 02 2A 03",  # too short
        "06 00 04 2A 03 01 00",  # too long
        "05 08 03 2A 03 01",
        "07 08 05 012A 03 01 00",
        "06 09 04 012A 03 01",  # another element of the same length
    ],
)
def test_concatenation_that_makes_no_sense_is_ignored(header: str) -> None:
    """A receiver ignores the whole element (9.2.3.24.1), so the text arrives as a message of its own."""
    assert udh.concatenation_of(udh.parse(bytes.fromhex(header))) is None


def test_the_last_of_repeated_elements_counts() -> None:
    """As 9.2.3.24 asks, unless the last one makes no sense."""
    header = bytes.fromhex("0F 00 03 01 03 01 00 03 02 03 02 00 03 03 00 00")

    assert udh.concatenation_of(udh.parse(header)) == Concatenation(2, 3, 2)


@pytest.mark.parametrize(
    "concatenation",
    [
        Concatenation(256, 1, 1),
        Concatenation(-1, 1, 1),
        Concatenation(65536, 1, 1, wide=True),
        Concatenation(1, 256, 1),
        Concatenation(1, 2, 3),
        Concatenation(1, 2, 0),
    ],
)
def test_concatenation_out_of_range_is_refused(concatenation: Concatenation) -> None:
    """Each number has its one or two octets."""
    with pytest.raises(BadUserDataHeader):
        udh.concatenation_element(concatenation)


@pytest.mark.parametrize(
    ("header", "ports"),
    [
        (WAP_PUSH, Ports(2948, 9200)),
        (bytes.fromhex("06 05 04 FFFF 0000"), Ports(65535, 0)),
        (bytes.fromhex("06 05 04 0000 FFFF"), Ports(0, 65535)),
        (bytes.fromhex("04 04 02 FF 00"), Ports(255, 0, wide=False)),
        (bytes.fromhex("04 04 02 00 FF"), Ports(0, 255, wide=False)),
    ],
)
def test_ports_are_read_and_written(header: bytes, ports: Ports) -> None:
    """Ports of 16 and of 8 bits (9.2.3.24.3 and 9.2.3.24.4)."""
    assert udh.ports_of(udh.parse(header)) == ports
    assert udh.build([udh.ports_element(ports)]) == header


def test_ports_of_a_wrong_length_are_ignored() -> None:
    """An element that cannot be understood is no port."""
    assert udh.ports_of([Element(0x05, b"\x01"), Element(0x04, b"\x01"), Element(0x70, b"")]) is None


@pytest.mark.parametrize(
    "ports",
    [
        Ports(65536, 0),
        Ports(0, 65536),
        Ports(-1, 0),
        Ports(0, -1),
        Ports(256, 0, wide=False),
        Ports(0, 256, wide=False),
    ],
)
def test_ports_out_of_range_are_refused(ports: Ports) -> None:
    """Each port has its one or two octets."""
    with pytest.raises(BadUserDataHeader):
        udh.ports_element(ports)
