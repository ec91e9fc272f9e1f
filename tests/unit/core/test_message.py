"""What a customer asks for begins as rest-api 3 says."""

from __future__ import annotations

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
)
from angarium.core.refusals import Reason, Refusal
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
