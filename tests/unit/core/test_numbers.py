"""Numbers as customers write them, and as we keep them (rest-api 6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.core.numbers import EMERGENCY_NUMBERS, BadNumber, is_sender, normal_sender, parse_recipient


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("27990000001", 27990000001),
        ("+27990000001", 27990000001),
        ("1234567", 1234567),
        ("123456789012345", 123456789012345),
        ("333", 333),
        ("1", 1),
        ("112", 112),
        ("000", 0),
        ("08", 8),
    ],
)
def test_an_international_number_is_kept_as_an_integer(text: str, number: int) -> None:
    """A plus sign falls away; short and emergency numbers pass here, for the routing table to judge."""
    assert parse_recipient(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "++27990000001",
        "27+990000001",
        " 27990000001",
        "27990000001 ",
        "27 99 000 0001",
        "27-99-0000001",
        "(27)990000001",
        "2799000000a",
        "INVALID_NUMBER",
        "27990000001\n",
        "-27990000001",
        "27990000001.0",
        "٢٧٩٩٠٠٠٠٠٠١",
        "²⁷⁹⁹⁰⁰⁰⁰⁰",
        "1234567890123456",
        "0",
        "0990000001",
        "0027990000001",
        "+0990000001",
        "0112",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """Other characters, more than 15 digits, a leading 0 or 00: none of them is guessed at."""
    with pytest.raises(BadNumber):
        parse_recipient(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0990000001", 27990000001),
        ("+0990000001", 27990000001),
        ("27990000001", 27990000001),
        ("990000001", 990000001),
        ("08", 8),
        ("000", 0),
        ("0" + "1" * 13, int("27" + "1" * 13)),
    ],
)
def test_a_country_prefix_replaces_one_leading_zero(text: str, number: int) -> None:
    """With a default country a national number is made whole; emergency numbers stay what they are."""
    assert parse_recipient(text, country_prefix="27") == number


@pytest.mark.parametrize("text", ["0027990000001", "00", "0" + "1" * 14])
def test_a_country_prefix_does_not_help_everything(text: str) -> None:
    """00 is refused with a prefix too, and so is what becomes longer than 15 digits."""
    with pytest.raises(BadNumber):
        parse_recipient(text, country_prefix="27")


@given(st.text(max_size=20), st.sampled_from(["", "27", "1"]))
def test_whatever_is_written_becomes_a_number_or_is_refused(text: str, country_prefix: str) -> None:
    """No text gets through as anything but at most 15 digits, and nothing else is ever raised."""
    try:
        number = parse_recipient(text, country_prefix=country_prefix)
    except BadNumber:
        return
    assert 0 <= number < 10**15
    assert set(text) <= set("+0123456789")


def test_emergency_numbers_are_those_of_the_standard() -> None:
    """3GPP TS 22.101, 10.1.1; a leading zero falls away when they are kept as integers."""
    assert {int(digits) for digits in ("112", "911", "000", "08", "110", "118", "119", "999")} == EMERGENCY_NUMBERS


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("27990000001", True),
        ("+27990000001", True),
        ("1", True),
        ("1234567890123456", True),
        ("12345678901234567", False),
        ("Angarium", True),
        ("ANGARIUM 24", True),
        ("12345678 ab", True),
        ("a" * 11, True),
        ("a" * 12, False),
        ("", False),
        ("+", False),
        ("+Angarium", False),
        (" ", False),
        ("           ", False),
        ("Angarium!", False),
        ("Ångarium", False),
        ("Angarium\n", False),
        ("A\tB", False),
        ("١٢٣", False),
    ],
)
def test_a_sender_is_digits_or_letters(text: str, is_one: bool) -> None:
    """Up to 16 digits, or 1 to 11 of A-Z, a-z, 0-9 and space (rest-api 3, `from`)."""
    assert is_sender(text) is is_one


@pytest.mark.parametrize(
    ("text", "normal"), [("+27990000001", "27990000001"), ("27990000001", "27990000001"), ("Angarium", "Angarium")]
)
def test_a_numeric_sender_loses_its_plus(text: str, normal: str) -> None:
    """Two spellings of one number are one sender."""
    assert normal_sender(text) == normal
