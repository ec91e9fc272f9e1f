"""What a customer asks for begins as rest-api 3 says."""

from __future__ import annotations

import pytest

from angarium.core.message import (
    CLIENT_MESSAGE_ID_CHARACTERS_MAX,
    RECEIPT_MARGIN_MS,
    SCHEDULE_AHEAD_MAX_MS,
    SEGMENTS_MAX,
    VALIDITY_MIN_DEFAULT,
    VALIDITY_MIN_MAX,
    Accepted,
    Priority,
    Refused,
    SendRequest,
    content_of,
)
from angarium.core.refusals import Reason, Refusal
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content


def test_a_request_begins_with_the_published_defaults() -> None:
    """What a customer leaves out is what rest-api 3 promises."""
    request = SendRequest(recipients=("27990000001",), content=Content.of_text("Hello"))

    assert (request.validity_min, request.priority, request.callback, request.flash) == (1440, Priority.LOW, 0, False)
    assert (request.sender, request.client_message_id, request.segments_max, request.scheduled_at) == (None,) * 4


def test_limits_are_the_published_ones() -> None:
    """A week ahead, a week of validity, 64 characters of reference, 35 segments (rest-api 3)."""
    week_ms = 7 * 24 * 60 * 60 * 1000

    assert (week_ms, week_ms) == (SCHEDULE_AHEAD_MAX_MS, VALIDITY_MIN_MAX * 60 * 1000)
    assert (VALIDITY_MIN_DEFAULT, CLIENT_MESSAGE_ID_CHARACTERS_MAX, SEGMENTS_MAX) == (1440, 64, 35)
    assert RECEIPT_MARGIN_MS > 0


def test_a_lower_number_is_a_higher_priority() -> None:
    """Priority 1 goes first (rest-api 3, `userPriorityQueue`); the numbers are stored."""
    assert sorted(Priority) == [Priority.HIGH, Priority.MIDDLE, Priority.LOW]
    assert [int(priority) for priority in Priority] == [1, 2, 3]


def test_an_accepted_recipient_is_a_number_and_a_refused_one_as_it_was_written() -> None:
    """A result keeps what its reply must show: the normal number and our id, or the customer's own spelling."""
    accepted, refused = Accepted(27990000001, 5), Refused("0x7", Refusal(Reason.BAD_RECIPIENT))

    assert (accepted.recipient, accepted.message_id) == (27990000001, 5)
    assert (refused.recipient, refused.refusal.reason) == ("0x7", Reason.BAD_RECIPIENT)


@pytest.mark.parametrize(
    ("text", "flags", "content"),
    [
        ("Hello", {}, Content.of_text("Hello")),
        ("0436", {"is_unicode": True}, Content.of_ucs2(b"\x04\x36")),
        ("00fF", {"is_binary": True}, Content(Alphabet.BINARY, b"", b"\x00\xff")),
        ("x", {"header": b"\x03\x70\x01\x00"}, Content(Alphabet.GSM7, b"\x03\x70\x01\x00", b"x")),
    ],
)
def test_a_text_means_itself_or_what_its_hex_spells(text: str, flags: dict[str, bool], content: Content) -> None:
    """Text, units or octets, with or without a header (rest-api 3, `unicode`, `binary`, `udh`)."""
    assert content_of(text, **flags) == content  # type: ignore[arg-type] # one of them is a header


@pytest.mark.parametrize(
    ("text", "flags", "refusal"),
    [
        ("Hello", {"is_unicode": True}, Refusal(Reason.BAD_UNICODE)),
        ("04", {"is_unicode": True}, Refusal(Reason.BAD_UNICODE)),
        ("0", {"is_binary": True}, Refusal(Reason.BAD_PARAMETER, "text")),
        ("é", {"is_binary": True}, Refusal(Reason.BAD_PARAMETER, "text")),
        ("0436", {"is_unicode": True, "is_binary": True}, Refusal(Reason.BAD_PARAMETER, "binary")),
        ("x", {"header": b"\x09"}, Refusal(Reason.BAD_USER_DATA_HEADER)),
    ],
)
def test_what_means_nothing_is_refused(text: str, flags: dict[str, bool], refusal: Refusal) -> None:
    """Each with the code of its parameter."""
    with pytest.raises(Refusal) as found:
        content_of(text, **flags)  # type: ignore[arg-type] # one of them is a header
    assert found.value == refusal
