"""The codec and the framing, for any PDU and any bytes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.smpp.codec import decode, encode
from angarium.smpp.constants import CommandId
from angarium.smpp.errors import FramingError, PduError
from angarium.smpp.framing import FrameBuffer
from angarium.smpp.pdu import PDU_CLASSES, DeliverSm, Pdu
from angarium.smpp.receipt import NotUnderstood, Receipt, parse
from angarium.smpp.times import (
    TimeError,
    read_absolute,
    read_receipt_date,
    read_relative,
    write_absolute,
    write_relative,
)
from tests.property.pdus import damaged, pdus

FRAMES = pdus().map(encode)


@pytest.mark.parametrize("command_id", CommandId, ids=lambda command_id: command_id.name.lower())
@given(data=st.data())
def test_every_pdu_survives_a_round_trip(command_id: CommandId, data: st.DataObject) -> None:
    """decode(encode(pdu)) == pdu, unknown TLVs in their order included."""
    pdu: Pdu = data.draw(pdus(PDU_CLASSES[command_id]))

    frame = encode(pdu)

    assert int.from_bytes(frame[:4], "big") == len(frame)
    assert decode(frame) == pdu


@given(damaged(FRAMES))
def test_any_bytes_are_a_pdu_or_a_pdu_error(frame: bytes) -> None:
    """Whatever a peer sends, nothing else escapes, and what was read can be shown."""
    broken = None
    try:
        assert repr(decode(frame))
    except PduError as error:
        broken = error

    assert broken is None or (str(broken) and broken.command_status != 0)


@given(st.lists(FRAMES, max_size=6), st.lists(st.integers(1, 60), min_size=1, max_size=8))
def test_any_split_of_the_stream_gives_the_same_frames(frames: list[bytes], sizes: list[int]) -> None:
    """Frames do not depend on how TCP cut them."""
    stream, buffer, found, place, turn = b"".join(frames), FrameBuffer(), [], 0, 0

    while place < len(stream):
        size = sizes[turn % len(sizes)]
        found += buffer.feed(stream[place : place + size])
        place, turn = place + size, turn + 1

    assert found == frames
    assert buffer.waiting_octets == 0


@given(st.lists(FRAMES, max_size=3), st.binary(max_size=40), st.integers(1, 50))
def test_any_stream_gives_frames_or_a_framing_error(frames: list[bytes], noise: bytes, size: int) -> None:
    """Good frames before the damage are never lost, at whatever point the stream is cut."""
    stream, buffer, found = b"".join(frames) + noise, FrameBuffer(pdu_octets_max=4096), []

    try:
        for place in range(0, len(stream), size):
            found += buffer.feed(stream[place : place + size])
    except FramingError as error:
        found += error.frames

    assert found[: len(frames)] == frames
    assert b"".join(found) == stream[: sum(map(len, found))]
    assert buffer.waiting_octets <= 4096


RECEIPT_TEXTS = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from(
            [
                b"id:",
                b"stat:",
                b"DELIVRD",
                b" ",
                b"done date:",
                b"text:",
                b"err:",
                b"dlvrd:",
                b"sub:",
                b"1",
                b'"',
                b"\0",
            ]
        ),
        max_size=25,
    ).map(b"".join),
)


@given(pdus(DeliverSm), RECEIPT_TEXTS, st.sampled_from([0x04, 0x20, 0x00, 0x44]))
def test_any_deliver_sm_is_a_receipt_or_not(pdu: DeliverSm, text: bytes, esm_class: int) -> None:
    """Reading a receipt never raises; a flagged one is never taken for a message from a handset (delivery 3.11)."""
    pdu.short_message, pdu.esm_class = text[:254], esm_class

    found = parse(pdu)

    assert found is None or isinstance(found, Receipt | NotUnderstood)
    assert (found is not None) or esm_class == 0
    if isinstance(found, Receipt):
        assert found.message_id
        found.done_at()


@given(st.integers(0, 3_124_224_000_000 // 100))
def test_an_absolute_time_survives_a_round_trip(tenths: int) -> None:
    """To a tenth of a second, from 1970 to 2068."""
    assert read_absolute(write_absolute(tenths * 100)) == tenths * 100


@given(st.integers(0, 99 * 365 * 86_400))
def test_a_relative_time_survives_a_round_trip(duration_s: int) -> None:
    """To a second, up to 99 years."""
    assert read_relative(write_relative(duration_s)) == duration_s


@given(st.one_of(st.binary(max_size=20), st.from_regex(rb"[0-9]{10,16}[+\-R]?", fullmatch=True)))
def test_any_bytes_are_a_time_or_a_time_error(raw: bytes) -> None:
    """Dates from peers raise nothing else."""
    read_receipt_date(raw)
    for read in (read_absolute, read_relative):
        with suppress(TimeError):
            assert isinstance(read(raw), int)
