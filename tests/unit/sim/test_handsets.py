"""What a handset shows, and what is typed on it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from angarium.sim.handsets import Handsets, ReceivedMessage
from angarium.smpp.constants import TlvTag
from angarium.smpp.pdu import DataSm, SubmitSm
from angarium.smpp.tlv import Tlv, tlv
from angarium.text import gsm7
from angarium.text.segments import Content, segment

NUMBER = "27990000001"
LONG = "Hello from Angarium, it is a long way. " * 10


@pytest.fixture
def handsets() -> Handsets:
    """No handset has anything yet."""
    return Handsets(handsets_max=3, messages_max=2)


def submit(text: bytes = b"", number: str = NUMBER, **fields: Any) -> SubmitSm:
    """Return a submit_sm with this user data."""
    return SubmitSm(source_addr=b"790", destination_addr=number.encode(), short_message=text, **fields)


def receive(handsets: Handsets, *pdus: SubmitSm | DataSm, at: int = 1000) -> None:
    """Let the handsets take these in."""
    for pdu in pdus:
        handsets.receive(pdu, system_id=b"gateway", now_at=at)


def shown(handsets: Handsets, number: str = NUMBER) -> list[ReceivedMessage]:
    """Return what a handset shows."""
    handset = handsets.get(number)
    return list(handset.messages) if handset else []


def segments(text: str) -> list[SubmitSm]:
    """Return a long text as the gateway sends it, with headers."""
    parts = segment(Content.of_text(text), reference=7)
    return [submit(part.udh + part.payload, esm_class=0x40, data_coding=4 * part.alphabet) for part in parts]


def test_a_message_is_shown_as_it_was_meant(handsets: Handsets) -> None:
    """Text, sender, time, and its place in the count."""
    receive(handsets, submit(b"Hello"))

    assert shown(handsets) == [ReceivedMessage(1, 1000, "790", "Hello", "gsm7", flash=False, segments=1)]


@pytest.mark.parametrize(
    ("octets", "data_coding", "text", "alphabet"),
    [
        (gsm7.encode("@£ [€]"), 0, "@£ [€]", "gsm7"),
        ("Привет 😀".encode("utf-16-be"), 8, "Привет 😀", "ucs2"),
        ("é¾".encode("latin-1"), 3, "é¾", "latin1"),
        (b"plain", 1, "plain", "latin1"),
        (b"\x00\xff", 4, "00ff", "binary"),
        (b"\x00\xff", 0xE5, "00ff", "binary"),
        (b"", 0, "", "gsm7"),
    ],
)
def test_the_data_coding_says_how_to_read(
    handsets: Handsets, octets: bytes, data_coding: int, text: str, alphabet: str
) -> None:
    """SMPP 3.4, 5.2.19; what is unknown is shown in hex."""
    receive(handsets, submit(octets, data_coding=data_coding))

    assert [(message.text, message.alphabet) for message in shown(handsets)] == [(text, alphabet)]


@pytest.mark.parametrize(
    ("data_coding", "tlvs", "flash"),
    [
        (0x10, (), True),
        (0x18, (), True),
        (0xF0, (), True),
        (0xF4, (), True),
        (0x50, (), True),
        (0x00, (tlv(TlvTag.DEST_ADDR_SUBUNIT, 1),), True),
        (0x00, (tlv(TlvTag.DEST_ADDR_SUBUNIT, 2),), False),
        (0x11, (), False),
        (0xF1, (), False),
        (0x00, (), False),
        (0x08, (), False),
    ],
)
def test_class_0_is_flash(handsets: Handsets, data_coding: int, tlvs: tuple[Tlv, ...], flash: bool) -> None:
    """By message class (3GPP TS 23.038, 4) or by dest_addr_subunit (SMPP 3.4, 5.3.2.1)."""
    receive(handsets, submit(b"\0H", data_coding=data_coding, tlvs=tlvs))

    assert [message.flash for message in shown(handsets)] == [flash]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_long_text_is_joined_in_any_order(handsets: Handsets, order: tuple[int, ...]) -> None:
    """By the header's concatenation element; it is shown once, when all of it is here."""
    parts = segments(LONG)

    receive(handsets, *(parts[place] for place in order[:-1]))
    assert shown(handsets) == []
    receive(handsets, parts[order[-1]])

    assert [(message.text, message.segments) for message in shown(handsets)] == [(LONG, 3)]


def test_a_long_text_is_joined_by_sar_tlvs(handsets: Handsets) -> None:
    """SMPP 3.4, 5.3.2.22 to 24."""
    halves = (gsm7.encode("Hello "), gsm7.encode("world"))
    pdus = [
        submit(
            half,
            tlvs=(
                tlv(TlvTag.SAR_MSG_REF_NUM, 9),
                tlv(TlvTag.SAR_TOTAL_SEGMENTS, 2),
                tlv(TlvTag.SAR_SEGMENT_SEQNUM, number),
            ),
        )
        for number, half in enumerate(halves, start=1)
    ]

    receive(handsets, *reversed(pdus))

    assert [(message.text, message.segments) for message in shown(handsets)] == [("Hello world", 2)]


def test_a_long_text_may_come_in_message_payload(handsets: Handsets) -> None:
    """In submit_sm and in data_sm (SMPP 3.4, 5.3.2.32)."""
    payload = (tlv(TlvTag.MESSAGE_PAYLOAD, gsm7.encode(LONG)),)

    receive(handsets, submit(tlvs=payload))
    receive(handsets, DataSm(source_addr=b"790", destination_addr=NUMBER.encode(), tlvs=payload))

    assert [message.text for message in shown(handsets)] == [LONG, LONG]


def test_segments_that_make_no_sense_are_shown_as_they_came(handsets: Handsets) -> None:
    """A sequence beyond its total belongs to nothing."""
    tlvs = (
        tlv(TlvTag.SAR_MSG_REF_NUM, 9),
        tlv(TlvTag.SAR_TOTAL_SEGMENTS, 2),
        tlv(TlvTag.SAR_SEGMENT_SEQNUM, 3),
    )

    receive(handsets, submit(b"odd", tlvs=tlvs), submit(b"\xff\x00cut", esm_class=0x40))

    assert [message.segments for message in shown(handsets)] == [1, 1]
    assert shown(handsets)[0].text == "odd"


def test_a_segment_that_never_comes_is_given_up(handsets: Handsets) -> None:
    """Unfinished messages are counted when they are too old, and held no longer."""
    receive(handsets, segments(LONG)[0], at=1000)
    receive(handsets, segments(LONG.replace("Hello", "Later"))[1], at=1000 + 2 * 3_600_000)

    assert handsets.abandoned == 1


def test_old_messages_and_quiet_handsets_are_forgotten(handsets: Handsets) -> None:
    """Both are bounded; the count goes on."""
    receive(handsets, *(submit(text) for text in (b"1", b"2", b"3")))
    assert [(message.no, message.text) for message in shown(handsets)] == [(2, "2"), (3, "3")]

    receive(handsets, submit(number="1"), submit(number="2"), submit(b"4"), submit(number="3"))

    assert [handset.number for handset in handsets.all()] == ["3", NUMBER, "2"]
    assert len(handsets) == 3
    assert handsets.get("1") is None


def test_the_newest_handsets_come_first(handsets: Handsets) -> None:
    """As many as are asked for."""
    receive(handsets, submit(number="1"), submit(number="2"), submit(number="3"))

    assert [handset.number for handset in handsets.newest(2)] == ["3", "2"]


def test_a_handset_remembers_what_was_typed_on_it(handsets: Handsets) -> None:
    """To whom, what and when; the oldest is forgotten first."""
    receive(handsets, submit(b"a"))
    handset = handsets.get(NUMBER)
    assert handset is not None

    handset.note("+790", "see you", now_at=7)

    assert [tuple(each) for each in handset.written] == [(7, "790", "see you")]
    assert handset.wrote == 1


def test_a_number_is_one_handset_with_and_without_plus(handsets: Handsets) -> None:
    """Both spellings are in use."""
    receive(handsets, submit(b"a"), submit(b"b", number="+" + NUMBER))

    assert len(handsets) == 1
    assert shown(handsets, "+" + NUMBER) == shown(handsets, NUMBER)


def test_what_is_typed_becomes_a_message_from_the_handset(handsets: Handsets) -> None:
    """Its number is the source; the text is in the default alphabet if that has all its characters."""
    (pdu,) = handsets.typed(NUMBER, "+790", "see you @ 8")

    assert (pdu.source_addr, pdu.destination_addr) == (NUMBER.encode(), b"790")
    assert (pdu.data_coding, pdu.esm_class, pdu.short_message) == (0, 0, gsm7.encode("see you @ 8"))


def test_a_long_reply_goes_in_numbered_segments(handsets: Handsets) -> None:
    """With a header and its bit set, and a new reference each time."""
    first, second = handsets.typed(NUMBER, "790", LONG), handsets.typed(NUMBER, "790", "Привет! " * 20)

    assert len(first) == 3
    assert all(pdu.esm_class == 0x40 and len(pdu.short_message) <= 254 for pdu in first + second)
    assert all(pdu.data_coding == 8 for pdu in second)
    assert first[0].short_message[3] != second[0].short_message[3]
