"""How a hostile carrier writes: the order stays, and nothing is lost when the link ends."""

from __future__ import annotations

import asyncio
from typing import Any

from angarium.sim.hostile_writer import HostileWriter, without
from angarium.sim.hostility import Hostility
from angarium.sim.switches import read_switches
from angarium.smpp.codec import encode
from angarium.smpp.constants import CommandId
from angarium.smpp.pdu import DeliverSm, EnquireLinkResp, SubmitSmResp

ANSWER = encode(SubmitSmResp(sequence_number=1, message_id=b"1"))
ALIVE = encode(EnquireLinkResp(sequence_number=2))
RECEIPT = encode(DeliverSm(sequence_number=3, short_message=b"Hello"))
TURNS = 200


class Transport:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        """Take it."""
        self.writes.append(data)

    def is_closing(self) -> bool:
        """Whether it takes no more."""
        return self.closing


def writer_with(transport: Any, **switches: object) -> HostileWriter:
    """A writer under these switches."""
    hostility = Hostility()
    hostility.switch(read_switches({name.replace("_", "-"): values for name, values in switches.items()}))
    return HostileWriter(transport, hostility, link=1)


async def turns() -> None:
    """Let everything happen that is ready."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def test_without_a_switch_it_writes_as_it_is_told() -> None:
    """One write each."""
    transport = Transport()
    writer_with(transport).write(ANSWER + RECEIPT)

    assert transport.writes == [ANSWER + RECEIPT]


async def test_pieces_have_the_size_that_was_asked_and_keep_their_order() -> None:
    """Also what is written while pieces wait."""
    transport = Transport()
    writer = writer_with(transport, split={"octets": 3})
    writer.write(ANSWER)
    writer.write(RECEIPT)
    await turns()

    assert b"".join(transport.writes) == ANSWER + RECEIPT
    assert {len(piece) for piece in transport.writes[:-1]} == {3}


async def test_what_waits_for_more_goes_out_in_one_write() -> None:
    """Two answers and a receipt, at the latest when the link ends."""
    transport = Transport()
    writer = writer_with(transport, coalesced={"seconds": 60})
    for pdu in (ANSWER, ANSWER, RECEIPT):
        writer.write(pdu)
    await turns()
    assert transport.writes == []

    writer.let_go()

    assert transport.writes == [ANSWER + ANSWER + RECEIPT]


async def test_a_link_that_is_gone_gets_nothing_more() -> None:
    """What waited for a dead connection is forgotten, not written."""
    transport = Transport()
    writer = writer_with(transport, split=True)
    writer.write(ANSWER)
    transport.closing = True
    await turns()
    writer.let_go()

    assert transport.writes == []


async def test_only_the_answers_that_keep_a_link_alive_are_left_out() -> None:
    """The rest goes out, whatever stands around it."""
    transport = Transport()
    writer = writer_with(transport, enquire_unanswered=True)
    writer.write(ALIVE)
    writer.write(ANSWER + ALIVE + RECEIPT + ALIVE)

    assert transport.writes == [ANSWER + RECEIPT]


def test_what_is_no_pdu_is_left_as_it_is() -> None:
    """Garbage and absurd lengths are meant to arrive."""
    for nonsense in (b"\0\0\0\0\0\0\0\x15\0\0\0\0\0\0\0\0", b"HTTP/1.1 400 Bad Request\r\n\r\n"):
        assert without(ANSWER + nonsense, CommandId.ENQUIRE_LINK_RESP) == ANSWER + nonsense
