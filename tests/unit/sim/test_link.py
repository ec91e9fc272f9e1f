"""One connection to the simulator, with a transport that only listens."""

from __future__ import annotations

import asyncio
from typing import cast

from angarium.sim.link import SmscLink
from angarium.sim.mailbox import Parcel
from angarium.sim.settings import SimulatorSettings
from angarium.sim.smsc import Simulator
from angarium.smpp.codec import encode
from angarium.smpp.pdu import BindTransceiver, DeliverSm, SubmitSm, SubmitSmResp
from angarium.smpp.session import SessionSettings


class FixedClock:
    """A clock that stands still."""

    def now(self) -> int:
        """The same moment, always."""
        return 1000


class Transport:
    """What was written, and whether reading goes on."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.is_reading = True
        self.is_closed = False

    def write(self, data: bytes) -> None:
        """Remember it."""
        self.writes.append(data)

    def pause_reading(self) -> None:
        """Take no more."""
        self.is_reading = False

    def resume_reading(self) -> None:
        """Go on."""
        self.is_reading = True

    def close(self) -> None:
        """Hang up."""
        self.is_closed = True

    abort = close


async def bound_link() -> tuple[SmscLink, Transport, Simulator]:
    """Return a link that is bound as a transceiver, and what is around it."""
    simulator = Simulator(SimulatorSettings(smsc_port=0, receipt_delay_s=0), clock=FixedClock())
    await simulator.start()
    link, transport = SmscLink(simulator, SessionSettings()), Transport()
    link.connection_made(cast(asyncio.Transport, transport))
    link.data_received(encode(BindTransceiver(sequence_number=1, system_id=b"gateway")))
    transport.writes.clear()
    return link, transport, simulator


async def test_everything_in_one_read_is_answered_in_one_write() -> None:
    """Answers and receipts together."""
    link, transport, simulator = await bound_link()

    link.data_received(b"".join(encode(SubmitSm(sequence_number=number, registered_delivery=1)) for number in (2, 3)))
    link.connection_lost(None)
    await simulator.stop()

    answers = b"".join(
        encode(SubmitSmResp(sequence_number=number, message_id=b"m%d" % (1_000_000 + number - 2))) for number in (2, 3)
    )
    assert len(transport.writes) == 1
    assert transport.writes[0].startswith(answers)


async def test_a_peer_that_does_not_read_gets_no_more() -> None:
    """Reading from it stops, receipts wait; both go on when it reads again."""
    link, transport, simulator = await bound_link()

    link.pause_writing()
    room_while_paused = link.deliver_room()
    assert link.mailbox is not None
    link.mailbox.waiting.append(Parcel(DeliverSm()))
    simulator.pump(link.mailbox)
    written_while_paused = list(transport.writes)
    is_reading_while_paused = transport.is_reading
    link.resume_writing()
    link.connection_lost(None)
    await simulator.stop()

    assert (room_while_paused, written_while_paused, is_reading_while_paused) == (0, [], False)
    assert transport.is_reading
    assert len(transport.writes) == 1


async def test_nothing_is_written_after_hanging_up() -> None:
    """A dropped link is silent, and answers no more."""
    link, transport, simulator = await bound_link()

    link.drop()
    link.respond(SubmitSmResp(sequence_number=2))
    link.data_received(encode(SubmitSm(sequence_number=3)))
    link.flush()
    link.connection_lost(None)
    await simulator.stop()

    assert transport.writes == []
    assert transport.is_closed
    assert simulator.counters.submits == 0
