"""From a byte stream to frames."""

from __future__ import annotations

import pytest

from angarium.smpp.errors import FramingError
from angarium.smpp.framing import FrameBuffer
from tests.hex_listing import unhex

ENQUIRE_LINK = unhex("""
    00000010  command_length
    00000015  command_id       enquire_link
    00000000  command_status
    00000002  sequence_number
""")
SUBMIT_SM_RESP = unhex("""
    00000014  command_length
    80000004  command_id       submit_sm_resp
    00000000  command_status
    00000003  sequence_number
    616263 00  message_id      "abc"
""")


def test_many_frames_come_out_of_one_read() -> None:
    """A read may hold any number of PDUs."""
    assert FrameBuffer().feed((ENQUIRE_LINK + SUBMIT_SM_RESP) * 300) == [ENQUIRE_LINK, SUBMIT_SM_RESP] * 300


def test_a_frame_comes_out_when_its_last_octet_is_here() -> None:
    """Byte by byte gives the same frames as at once."""
    frames = FrameBuffer()

    given = [frames.feed(bytes((octet,))) for octet in ENQUIRE_LINK + SUBMIT_SM_RESP]

    assert given[15] == [ENQUIRE_LINK]
    assert given[35] == [SUBMIT_SM_RESP]
    assert sum(map(len, given)) == 2
    assert frames.waiting_octets == 0


def test_what_is_unfinished_waits() -> None:
    """The rest of a read is kept for the next one."""
    frames = FrameBuffer()

    assert frames.feed(ENQUIRE_LINK + SUBMIT_SM_RESP[:7]) == [ENQUIRE_LINK]
    assert frames.waiting_octets == 7
    assert frames.feed(memoryview(SUBMIT_SM_RESP[7:] + ENQUIRE_LINK)) == [SUBMIT_SM_RESP, ENQUIRE_LINK]


@pytest.mark.parametrize("length", ["00000000", "0000000F", "00000801", "FFFFFFFF", "48545450"])
def test_an_absurd_length_ends_the_stream(length: str) -> None:
    """Below a header, above the limit, or another protocol: there is no way to find the next frame."""
    frames = FrameBuffer(pdu_octets_max=2048)

    with pytest.raises(FramingError) as raised:
        frames.feed(ENQUIRE_LINK + bytes.fromhex(length))

    assert raised.value.frames == (ENQUIRE_LINK,)
    with pytest.raises(FramingError):
        frames.feed(ENQUIRE_LINK)


def test_the_limits_themselves_are_allowed() -> None:
    """16 octets and the maximum are whole frames."""
    longest = bytes.fromhex("00000800") + bytes(2044)

    assert FrameBuffer(pdu_octets_max=2048).feed(ENQUIRE_LINK + longest) == [ENQUIRE_LINK, longest]


def test_a_length_is_refused_before_its_body_comes() -> None:
    """Nothing is collected for a frame that will not be taken."""
    frames = FrameBuffer(pdu_octets_max=2048)
    frames.feed(bytes.fromhex("000008"))

    with pytest.raises(FramingError):
        frames.feed(bytes.fromhex("01"))
