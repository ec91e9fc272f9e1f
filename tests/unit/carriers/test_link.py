"""One connection, with a transport that only writes things down."""

from __future__ import annotations

import asyncio

import pytest

from angarium.carriers.link import WINDOW_AT_START, Link, LinkPhase
from angarium.carriers.settings import CarrierSettings
from angarium.carriers.translate import Translator
from angarium.core.clocktime import SECOND_MS
from angarium.core.states import Cause
from angarium.ports.carrier import Answer, Reply
from angarium.smpp.codec import encode
from angarium.smpp.framing import FrameBuffer
from angarium.smpp.pdu import (
    AlertNotification,
    BindTransceiverResp,
    DataSm,
    DeliverSm,
    GenericNack,
    SubmitSmResp,
)
from angarium.smpp.states import BindState
from tests.carrier_bench import NOW_AT, StillClock, payload, submissions


class Notebook(asyncio.Transport):
    """A transport that writes down what is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.reading = True
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = True


class Owner:
    """Whom the link tells."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.calls = 0
        self.delivered: list[DeliverSm | DataSm] = []
        self.problems: list[str] = []

    def link_bound(self, link: Link) -> None:
        """Nothing to do."""

    def link_replied(self, link: Link, replies: list[Reply]) -> None:
        self.replies += replies
        self.calls += 1

    def link_delivered(self, link: Link, pdus: list[DeliverSm | DataSm]) -> None:
        self.delivered += pdus

    def link_over(self, link: Link, problem: str) -> None:
        self.problems.append(problem)


async def bound_link(owner: Owner, **settings: object) -> tuple[Link, Notebook]:
    """A link that has bound, and its transport."""
    known = CarrierSettings.from_mapping(settings)
    link = Link(
        owner,
        name="test/1",
        bind=BindState.BOUND_TRX,
        settings=known,
        translator=Translator(known),
        clock=StillClock(),
        loop=asyncio.get_running_loop(),
    )
    transport = Notebook()
    link.connection_made(transport)
    link.data_received(encode(BindTransceiverResp(sequence_number=1)))
    assert link.phase is LinkPhase.BOUND
    transport.writes.clear()
    return link, transport


def frames(transport: Notebook) -> list[bytes]:
    """The frames written."""
    return FrameBuffer().feed(b"".join(transport.writes))


def answers(transport: Notebook, **fields: object) -> bytes:
    """A submit_sm_resp for each submit_sm written."""
    numbers = [int.from_bytes(frame[12:16], "big") for frame in frames(transport)]
    return b"".join(encode(SubmitSmResp(sequence_number=number, **fields)) for number in numbers)  # type: ignore[arg-type]


async def test_a_batch_goes_out_in_one_write() -> None:
    """Several calls in one round of the loop, one write at its end."""
    link, transport = await bound_link(Owner())

    link.send(submissions(3))
    link.send(submissions(4, first=4))
    assert transport.writes == []
    await asyncio.sleep(0)

    assert len(transport.writes) == 1
    assert len(frames(transport)) == 7
    link.connection_lost(None)


async def test_answers_and_what_they_make_room_for_go_out_in_one_write() -> None:
    """What the owner sends while it is told of replies leaves with the answers to the same bytes."""

    class Refiller(Owner):
        def link_replied(self, link: Link, replies: list[Reply]) -> None:
            super().link_replied(link, replies)
            if len(self.replies) == 2:
                link.send(submissions(2, first=10))

    link, transport = await bound_link(Refiller())
    link.send(submissions(2))
    await asyncio.sleep(0)
    replies = answers(transport)
    transport.writes.clear()

    link.data_received(replies)

    assert len(transport.writes) == 1
    assert len(frames(transport)) == 2
    link.connection_lost(None)


async def test_a_full_buffer_stops_sending_and_reading() -> None:
    """The kernel takes no more: no room, and nothing is read that would have to be answered."""
    owner = Owner()
    link, transport = await bound_link(owner)
    now = asyncio.get_running_loop().time()
    assert link.room(now) == 10

    link.pause_writing()
    assert (link.room(now), link.takes_ahead, transport.reading) == (0, False, False)
    link.resume_writing()

    assert (link.room(now), link.takes_ahead, transport.reading) == (10, True, True)
    assert owner.calls == 1
    link.connection_lost(None)


async def test_a_fresh_link_widens_its_window_with_each_answer() -> None:
    """It begins with few requests and doubles with every round trip, up to its setting."""
    link, transport = await bound_link(Owner(), window=25)
    now = asyncio.get_running_loop().time()
    rooms = [link.room(now)]
    for _ in range(2):
        link.send(submissions(rooms[-1]))
        await asyncio.sleep(0)
        link.data_received(answers(transport))
        transport.writes.clear()
        rooms.append(link.room(now))

    assert rooms == [WINDOW_AT_START, 2 * WINDOW_AT_START, 25]
    link.connection_lost(None)


@pytest.mark.parametrize("ending", ["taken", "busy", "nacked", "link lost", "unreadable"])
async def test_a_reply_says_where_and_when_its_segment_was_sent(ending: str) -> None:
    """Link, sequence_number and both moments, whatever became of it: the time line shows them."""
    owner = Owner()
    link, transport = await bound_link(owner)
    link.send(submissions(1))
    await asyncio.sleep(0)
    (frame,) = frames(transport)
    number = int.from_bytes(frame[12:16], "big")

    if ending == "link lost":
        link.connection_lost(None)
    elif ending == "unreadable":
        link.data_received((317).to_bytes(4, "big") + b"\x80\0\0\4" + bytes(4) + frame[12:16] + b"x" * 300 + b"\0")
    elif ending == "nacked":
        link.data_received(encode(GenericNack(sequence_number=number, command_status=8)))
    else:
        link.data_received(answers(transport, command_status=0 if ending == "taken" else 0x58))

    (reply,) = owner.replies
    assert (reply.link, reply.sequence_number, reply.answered_at) == ("test/1", number, NOW_AT)
    assert 0 < NOW_AT - SECOND_MS <= reply.written_at <= NOW_AT
    if ending != "link lost":
        link.connection_lost(None)


@pytest.mark.parametrize("status", [0, 8])
async def test_an_answer_that_cannot_be_read_still_counts(status: int) -> None:
    """Taken under an id we cannot read is taken; refused is refused."""
    owner = Owner()
    link, transport = await bound_link(owner)
    link.send(submissions(1))
    await asyncio.sleep(0)
    number = frames(transport)[0][12:16]

    link.data_received(
        (317).to_bytes(4, "big") + b"\x80\0\0\4" + status.to_bytes(4, "big") + number + b"x" * 300 + b"\0"
    )

    (reply,) = owner.replies
    assert (reply.answer, reply.carrier_message_id) == (Answer.FAILED_FOR_NOW if status else Answer.ACCEPTED, "")
    link.connection_lost(None)


async def test_the_only_segment_under_way_is_named_when_the_link_is_lost() -> None:
    """Alone and unanswered: it may be what killed the link. In company nobody is named."""
    for count, killed in ((1, [True]), (2, [False, False])):
        owner = Owner()
        link, _ = await bound_link(owner)
        link.send(submissions(count))
        await asyncio.sleep(0)

        link.connection_lost(ConnectionResetError(104, "Connection reset by peer"))

        assert [(reply.answer, reply.killed_link) for reply in owner.replies] == [
            (Answer.IN_DOUBT, each) for each in killed
        ]
        assert owner.problems == ["the connection was lost: [Errno 104] Connection reset by peer"]
        assert link.over.done()


async def test_what_was_not_yet_written_is_unsent_when_the_link_is_lost() -> None:
    """The loss comes before the end of the round: nothing of it went out."""
    owner = Owner()
    link, _ = await bound_link(owner)
    link.send(submissions(2))

    link.connection_lost(None)

    assert [(reply.answer, reply.cause) for reply in owner.replies] == [(Answer.UNSENT, Cause.RETURNED_UNSENT)] * 2


async def test_a_segment_that_cannot_be_written_is_refused_and_the_rest_goes_out() -> None:
    """A sender that is too long for SMPP concerns its own message only."""
    link, transport = await bound_link(Owner())
    bad = submissions(1)[0]._replace(payload=payload(sender="x" * 30))

    refused = link.send([*submissions(1), bad, *submissions(1, first=2)])
    await asyncio.sleep(0)

    assert [(reply.submission, reply.answer, reply.cause) for reply in refused] == [
        (bad, Answer.REJECTED, Cause.REFUSED_SENDER)
    ]
    assert len(frames(transport)) == 2
    link.connection_lost(None)


async def test_acknowledging_on_a_link_that_is_over_does_nothing() -> None:
    """The carrier repeats what we could not acknowledge."""
    owner = Owner()
    link, transport = await bound_link(owner)
    link.data_received(encode(DeliverSm(sequence_number=5)) + encode(DataSm(sequence_number=6)))
    link.connection_lost(None)
    transport.writes.clear()

    link.acknowledge(owner.delivered, command_status=0)
    await asyncio.sleep(0)

    assert [type(pdu) for pdu in owner.delivered] == [DeliverSm, DataSm]
    assert transport.writes == []


async def test_an_alert_needs_no_answer_and_gets_none() -> None:
    """Also while a deliver_sm waits for its own."""
    owner = Owner()
    link, transport = await bound_link(owner)

    link.data_received(encode(DeliverSm(sequence_number=9)) + encode(AlertNotification(sequence_number=10)))

    assert transport.writes == []
    assert link.session.requests_unanswered == 1
    assert len(owner.delivered) == 1
    link.connection_lost(None)
