"""Links to a carrier over real sockets: the window, throttling, losses, binds, receipts, the end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from angarium.carriers.keeper import LinkState
from angarium.core.states import Cause
from angarium.ports.carrier import Answer, Reply, Submission
from angarium.smpp.constants import CommandStatus
from angarium.smpp.pdu import (
    BindReceiver,
    BindTransmitter,
    DataSm,
    DataSmResp,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResp,
)
from tests.carrier_bench import PoolUnderTest, payload, settings_for, submissions
from tests.scripted_smsc import ScriptedSmsc, SmscConnection, accept_bind, accept_submit, acknowledged, say_nothing

RECEIPT = b"id:%b sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:Hello"


async def test_a_message_goes_out_and_its_receipt_comes_back() -> None:
    """Once around: submit, id, receipt stored, deliver_sm acknowledged (delivery 2.1)."""
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc)) as test:
        await test.bound()

        test.pool.submit(submissions(1))
        await test.answered(1)

        (reply,) = test.replies
        assert reply.answer is Answer.ACCEPTED
        assert (reply.carrier_message_id, reply.match_id, reply.link) == ("1", "1", "test/1")
        (submit,) = smsc.submits
        assert (submit.destination_addr, submit.short_message) == (b"27990000001", b"Hello")
        assert submit.source_addr == b"Angarium"
        link = await smsc.link()
        link.deliver(esm_class=4, source_addr=b"27990000001", short_message=RECEIPT % b"1")
        await smsc.until(lambda: acknowledged(link) == [0])
        (receipt,) = test.receipts
        assert (receipt.match_id, receipt.cause, receipt.recipient) == ("1", Cause.RECEIPT_DELIVERED, "27990000001")


async def test_the_window_is_filled_and_never_overrun() -> None:
    """What does not fit waits, and follows as answers come (delivery 2)."""
    waiting: list[tuple[SmscConnection, SubmitSm]] = []
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc, window=4, read_ahead=2)) as test:
        smsc.on_submit = lambda connection, submit: waiting.append((connection, submit))
        await test.bound()
        assert test.pool.room() == 4 + 2

        test.pool.submit(submissions(10))
        await smsc.until(lambda: len(smsc.submits) == 4)

        (status,) = test.pool.states()
        assert (status.window, status.window_used, test.pool.waiting, test.pool.room()) == (4, 4, 6, 0)
        while len(test.replies) < 10:
            connection, submit = waiting.pop(0)
            assert len(waiting) < 4
            accept_submit(connection, submit)
            done = len(test.replies)
            await test.answered(done + 1)
            await smsc.until(lambda: len(waiting) >= min(4, 10 - len(test.replies)))
        assert set(test.answers().values()) == {Answer.ACCEPTED}


async def test_replies_that_land_together_are_told_together() -> None:
    """One call for a whole read, not one for each message."""
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc)) as test:
        smsc.on_submit = say_nothing
        await test.bound()
        test.pool.submit(submissions(10))
        await smsc.until(lambda: len(smsc.submits) == 10)
        link = await smsc.link()

        for submit in smsc.submits:
            link.session.respond(_response_to(submit))
        link.flush()
        await test.answered(10)

        assert test.reply_calls == [10]


async def test_a_throttled_link_slows_down_and_the_message_keeps_its_place() -> None:
    """ESME_RTHROTTLED and ESME_RMSGQFUL are BUSY; the link has no room for the moment, and says when it has again
    (delivery 2.2).
    """

    def throttle(connection: SmscConnection, submit: SubmitSm) -> None:
        status = CommandStatus.ESME_RTHROTTLED if len(smsc.submits) % 2 else CommandStatus.ESME_RMSGQFUL
        connection.answer(submit, status=status)

    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc)) as test:
        smsc.on_submit = throttle
        await test.bound()

        test.pool.submit(submissions(4))
        await test.answered(4)

        assert set(test.answers().values()) == {Answer.BUSY}
        assert {reply.error for reply in test.replies} == {0x58, 0x14}
        (status,) = test.pool.states()
        assert status.throttled
        assert test.pool.room() == 0
        smsc.on_submit = accept_submit
        rooms = test.rooms
        await test.until(lambda: test.rooms > rooms)
        assert test.pool.room() > 0
        test.pool.submit(submissions(1))
        await test.until(lambda: Answer.ACCEPTED in test.answers().values())


async def test_what_an_error_means_follows_the_table_and_the_settings() -> None:
    """The usual meaning of a status, unless the carrier's settings give it another; unknown ones fail for now (delivery
    2.3, 2.4).
    """
    statuses = [
        CommandStatus.ESME_RINVDSTADR,
        CommandStatus.ESME_RINVSRCADR,
        CommandStatus.ESME_RSYSERR,
        0x0400,
        CommandStatus.ESME_RSUBMITFAIL,
    ]
    async with ScriptedSmsc() as smsc:
        smsc.on_submit = lambda connection, submit: connection.answer(submit, status=statuses[len(smsc.submits) - 1])
        async with PoolUnderTest(settings_for(smsc, statuses={"ESME_RSUBMITFAIL": "refused_route"})) as test:
            await test.bound()

            test.pool.submit(submissions(5))
            await test.answered(5)

    assert [(reply.answer, reply.cause, reply.error) for reply in test.replies] == [
        (Answer.REJECTED, Cause.REFUSED_RECIPIENT, 0x0B),
        (Answer.REJECTED, Cause.REFUSED_SENDER, 0x0A),
        (Answer.FAILED_FOR_NOW, Cause.CARRIER_FAILED_FOR_NOW, 0x08),
        (Answer.FAILED_FOR_NOW, Cause.CARRIER_FAILED_FOR_NOW, 0x0400),
        (Answer.REJECTED, Cause.REFUSED_ROUTE, 0x45),
    ]


async def test_a_generic_nack_touches_only_its_message() -> None:
    """What the carrier cannot digest fails for now; the others are accepted and the link lives (delivery 2.7)."""

    def nack_the_second(connection: SmscConnection, submit: SubmitSm) -> None:
        if len(smsc.submits) == 2:
            connection.send(GenericNack(sequence_number=submit.sequence_number, command_status=3))
        else:
            accept_submit(connection, submit)

    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc)) as test:
        smsc.on_submit = nack_the_second
        await test.bound()

        test.pool.submit(submissions(3))
        await test.answered(3)

        assert test.answers() == {1: Answer.ACCEPTED, 2: Answer.FAILED_FOR_NOW, 3: Answer.ACCEPTED}
        assert len(smsc.connections) == 1


async def test_a_link_lost_in_mid_window_leaves_the_sent_in_doubt_and_hands_back_the_rest() -> None:
    """Unanswered is in doubt, not yet written is unsent, answered is answered; then the link is bound again (delivery
    2.5).
    """

    def answer_two_then_die(connection: SmscConnection, submit: SubmitSm) -> None:
        if len(smsc.submits) <= 2:
            accept_submit(connection, submit)
        elif len(smsc.submits) == 6:
            connection.drop()

    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc, window=4)) as test:
        smsc.on_submit = answer_two_then_die
        await test.bound()

        test.pool.submit(submissions(9))
        await test.answered(9)

        by_answer = {answer: sorted(m for m, a in test.answers().items() if a is answer) for answer in Answer}
        assert by_answer[Answer.ACCEPTED] == [1, 2]
        assert by_answer[Answer.IN_DOUBT] == [3, 4, 5, 6]
        assert by_answer[Answer.UNSENT] == [7, 8, 9]
        assert not any(reply.killed_link for reply in test.replies)
        smsc.on_submit = accept_submit
        await smsc.until(lambda: len(smsc.connections) == 2)
        await test.bound()
        test.pool.submit(submissions(1, first=20))
        await test.until(lambda: test.answers().get(20) is Answer.ACCEPTED)


async def test_suspects_travel_alone_and_the_guilty_one_is_named() -> None:
    """Of three suspects the second kills the link: only it is reported so; nothing else was on the way."""
    together: list[int] = []

    def die_of_the_second(connection: SmscConnection, submit: SubmitSm) -> None:
        together.append(connection.session.requests_unanswered)
        if submit.destination_addr == b"27990000002":
            connection.drop()
        else:
            accept_submit(connection, submit)

    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc)) as test:
        smsc.on_submit = die_of_the_second
        await test.bound()

        test.pool.submit(submissions(3, suspect=True) + submissions(4, first=10))
        await test.answered(7)

        answers = test.answers()
        assert answers[1] is Answer.ACCEPTED
        assert answers[2] is Answer.IN_DOUBT
        assert answers[3] is Answer.UNSENT
        assert [reply.submission.message_id for reply in test.replies if reply.killed_link] == [2]
        await smsc.until(lambda: len(smsc.bound()) == 1)
        await test.bound()
        test.pool.submit(submissions(1, first=3, suspect=True))
        test.pool.submit(submissions(5, first=20))
        await test.until(lambda: sum(test.answers().get(n) is Answer.ACCEPTED for n in (3, *range(20, 25))) == 6)


async def test_an_answer_that_never_comes_is_in_doubt_and_a_late_one_is_still_told() -> None:
    """After the response time the segment is in doubt; its late id is reported as accepted (delivery 2.5)."""
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc, response_s=0.01)) as test:
        smsc.on_submit = say_nothing
        await test.bound()
        test.pool.submit(submissions(1))
        await test.answered(1)
        link = await smsc.link()

        link.answer(smsc.submits[0], b"0042")
        await test.answered(2)

        assert [(reply.answer, reply.carrier_message_id, reply.match_id) for reply in test.replies] == [
            (Answer.IN_DOUBT, "", ""),
            (Answer.ACCEPTED, "0042", "42"),
        ]
        assert test.replies[0].submission is test.replies[1].submission


async def test_a_transmitter_and_a_receiver_work_as_one_carrier() -> None:
    """Messages leave by one, receipts come by the other; a lost receiver does not stop the sending."""
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc, bind="pair")) as test:
        await test.bound(links=2)
        transmitter, receiver = await smsc.link(BindTransmitter), await smsc.link(BindReceiver)
        assert test.pool.room() == 20

        test.pool.submit(submissions(3))
        await test.answered(3)
        receiver.deliver(esm_class=4, short_message=RECEIPT % b"2")
        await smsc.until(lambda: acknowledged(receiver) == [0])
        smsc.on_bind = _refuse(BindReceiver)
        receiver.drop()
        await test.until(lambda: any("ESME_RBINDFAIL" in status.last_error for status in test.pool.states()))
        test.pool.submit(submissions(3, first=10))
        await test.answered(6)

        assert len(transmitter.submits) == 6
        assert [receipt.match_id for receipt in test.receipts] == ["2"]
        assert [status.name for status in test.pool.states()] == ["test/1tx", "test/1rx"]


async def test_several_links_share_the_work() -> None:
    """A batch is spread over the links; when one dies the others carry on with what is left (delivery 2)."""
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc, links=3, window=5)) as test:
        smsc.on_submit = say_nothing
        await test.bound(links=3)

        test.pool.submit(submissions(18))
        await smsc.until(lambda: len(smsc.submits) == 15)

        assert [len(connection.submits) for connection in smsc.connections] == [5, 5, 5]
        smsc.on_submit = accept_submit
        smsc.connections[0].drop()
        await test.answered(5)
        for connection in smsc.connections[1:3]:
            for submit in connection.submits[:5]:
                connection.answer(submit, b"x%d" % submit.sequence_number)
        await test.answered(18)
        counts = [list(test.answers().values()).count(answer) for answer in (Answer.IN_DOUBT, Answer.ACCEPTED)]
        assert counts == [5, 13]


async def test_receipts_are_acknowledged_only_when_they_are_stored() -> None:
    """While the commit is under way nothing is answered; what arrives meanwhile goes into the next one together
    (delivery 1.4, 4.4).
    """
    committed = asyncio.Event()
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc)) as test:
        test.store = committed.wait
        await test.bound()
        link = await smsc.link()
        link.deliver(esm_class=4, short_message=RECEIPT % b"1")
        await test.until(lambda: len(test.receipts) == 1)

        for number in range(2, 5):
            link.deliver(esm_class=4, short_message=RECEIPT % b"%d" % number)
        test.pool.submit(submissions(1))
        await test.answered(1)
        before = acknowledged(link)
        committed.set()
        await smsc.until(lambda: len(acknowledged(link)) == 4)

        assert before == []
        assert acknowledged(link) == [0, 0, 0, 0]
        assert [receipt.match_id for receipt in test.receipts] == ["1", "2", "3", "4"]


async def test_a_receipt_that_cannot_be_stored_is_left_to_the_carrier() -> None:
    """The sink raises: ESME_RX_T_APPN, so that the carrier repeats it; the trouble is told (delivery 1.4, 4.4)."""

    async def disk_full() -> None:
        raise OSError("disk full")

    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc)) as test:
        test.store = disk_full
        await test.bound()
        link = await smsc.link()

        link.deliver(esm_class=4, short_message=RECEIPT % b"1")
        await smsc.until(lambda: acknowledged(link) == [CommandStatus.ESME_RX_T_APPN])
        test.store = None
        link.deliver(esm_class=4, short_message=RECEIPT % b"1")
        await smsc.until(lambda: len(acknowledged(link)) == 2)

        assert acknowledged(link)[1] == 0
        assert [str(error) for error in test.troubles] == ["disk full"]


async def test_too_many_unstored_receipts_stop_the_reading() -> None:
    """Memory stays bounded when the store is slow: the link is not read from until half of them are stored (delivery
    1.6).
    """
    committed = asyncio.Event()
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc, unacknowledged_max=5)) as test:
        test.store = committed.wait
        await test.bound()
        link = await smsc.link()
        for number in range(5):
            link.deliver(esm_class=4, short_message=RECEIPT % b"%d" % number)
        await test.until(lambda: _reading_is_paused(test))

        committed.set()
        await smsc.until(lambda: len(acknowledged(link)) == 5)

        assert len(test.receipts) == 5
        link.deliver(esm_class=4, short_message=RECEIPT % b"9")
        await test.until(lambda: len(test.receipts) == 6)


async def test_messages_from_handsets_are_told_apart_from_receipts() -> None:
    """An MO goes to its own sink, by deliver_sm or data_sm, and is acknowledged after it too."""
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc)) as test:
        await test.bound()
        link = await smsc.link()

        link.deliver(source_addr=b"+27990000001", destination_addr=b"12345", short_message=b"STOP")
        link.session.request(DataSm(source_addr=b"27990000002", destination_addr=b"12345"), now=0.0)
        link.flush()
        await smsc.until(lambda: len(link.replies) == 2)

        assert [(each.sender, each.recipient, each.user_data.text()) for each in test.inbound] == [
            ("27990000001", "12345", "STOP"),
            ("27990000002", "12345", ""),
        ]
        assert test.receipts == []
        assert [type(reply) for reply in link.replies].count(DataSmResp) == 1


async def test_a_lost_link_is_bound_again_until_it_works() -> None:
    """Refused, refused, accepted: every try is told, and the pauses grow."""
    tries: list[Pdu] = []

    def refuse_twice(connection: SmscConnection, bind: Pdu) -> None:
        tries.append(bind)
        accept_bind(connection, bind, status=0 if len(tries) > 2 else CommandStatus.ESME_RINVPASWD)

    async with ScriptedSmsc() as smsc:
        smsc.on_bind = refuse_twice
        async with PoolUnderTest(settings_for(smsc)) as test:
            await test.bound()

            (status,) = test.pool.states()
            assert "ESME_RINVPASWD (0x0000000e)" in status.last_error
            assert [change.state for change in test.changes].count(LinkState.DOWN) == 2
            assert isinstance(tries[0], Pdu)
            (await smsc.link()).drop()
            await smsc.until(lambda: len(tries) == 4)
            await test.bound()


async def test_a_carrier_that_does_not_listen_is_tried_again() -> None:
    """A refused connection is a state with a sentence, not an exception; room is 0 all the while."""
    smsc = ScriptedSmsc()
    async with smsc:
        port = smsc.port
    async with PoolUnderTest(settings_for(smsc)) as test:
        await test.until(lambda: [change.state for change in test.changes].count(LinkState.DOWN) >= 2)

        assert f"no connection to 127.0.0.1:{port}" in test.pool.states()[0].last_error
        assert test.pool.room() == 0
        async with smsc:
            await test.bound()
            assert test.rooms == 1
            assert test.pool.room() > 0


async def test_a_drain_waits_for_answers_and_unbinds() -> None:
    """Stopping takes no more, hands back what was not sent, waits for the rest and says goodbye."""
    async with ScriptedSmsc() as smsc:
        smsc.on_submit = say_nothing
        test = PoolUnderTest(settings_for(smsc, window=3))
        async with test:
            await test.bound()
            test.pool.submit(submissions(5))
            await smsc.until(lambda: len(smsc.submits) == 3)
            link = await smsc.link()
            stopping = asyncio.ensure_future(test.pool.stop(drain_s=15.0))
            await test.answered(2)
            assert set(test.answers().values()) == {Answer.UNSENT}
            assert test.pool.room() == 0
            for submit in list(smsc.submits):
                accept_submit(link, submit)
            await stopping

    assert sorted(m for m, answer in test.answers().items() if answer is Answer.ACCEPTED) == [1, 2, 3]
    assert sorted(m for m, answer in test.answers().items() if answer is Answer.UNSENT) == [4, 5]
    assert link.closed is not None
    assert link.closed.reason.value == "peer_unbound"
    assert test.pool.states()[0].state is LinkState.STOPPED


async def test_a_drain_that_takes_too_long_leaves_the_rest_in_doubt() -> None:
    """At the deadline the link unbinds anyway, and every segment has its reply when `stop` returns."""
    async with ScriptedSmsc() as smsc:
        smsc.on_submit = say_nothing
        test = PoolUnderTest(settings_for(smsc))
        async with test:
            await test.bound()
            test.pool.submit(submissions(2))
            await smsc.until(lambda: len(smsc.submits) == 2)

            await test.pool.stop(drain_s=0.0)

            assert test.answers() == {1: Answer.IN_DOUBT, 2: Answer.IN_DOUBT}
            assert not any(reply.killed_link for reply in test.replies)


async def test_a_carrier_that_says_goodbye_is_bound_again() -> None:
    """The peer unbinds: answered, and rebound; nothing was lost by it."""
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc)) as test:
        await test.bound()
        (await smsc.link()).unbind()

        await smsc.until(lambda: len(smsc.connections) == 2 and smsc.connections[1].bind)
        await test.bound()

        closed = smsc.connections[0].closed
        assert closed is not None
        assert closed.reason.value == "unbound"


async def test_garbage_closes_the_link_and_it_is_bound_again() -> None:
    """An absurd length: that link ends, with a sentence, and a new one is made (delivery 2.7)."""
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc)) as test:
        await test.bound()
        (await smsc.link()).send_raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        await smsc.until(lambda: len(smsc.connections) == 2)
        await test.bound()

        assert "command_length" in test.pool.states()[0].last_error


async def test_a_paced_carrier_gets_no_more_than_its_pace() -> None:
    """Room follows the pace; when there is more, it is announced."""
    async with ScriptedSmsc() as smsc, PoolUnderTest(settings_for(smsc, pace_per_s=50.0)) as test:
        await test.bound()
        assert test.pool.room() == 5

        test.pool.submit(submissions(5))
        rooms = test.rooms
        assert test.pool.room() == 0
        await test.until(lambda: test.rooms > rooms)
        assert test.pool.room() >= 1
        test.pool.submit([Submission(50 + n, 0, 27_990_000_000 + n, payload()) for n in range(3)])
        await test.answered(8)

        assert set(test.answers().values()) == {Answer.ACCEPTED}


async def test_no_segment_is_forgotten_or_told_twice_whatever_the_carrier_does() -> None:
    """A carrier that drops links, throttles, nacks and keeps silent: each segment handed over gets one reply (delivery
    2).
    """
    chance = random.Random(7)

    def misbehave(connection: SmscConnection, submit: SubmitSm) -> None:
        step = chance.random()
        if step < 0.02:
            connection.drop()
        elif step < 0.04:
            connection.send_raw(b"\0\0\0\1garbage")
        elif step < 0.06:
            connection.send(GenericNack(sequence_number=submit.sequence_number, command_status=3))
        elif step < 0.061:
            connection.answer(submit, status=CommandStatus.ESME_RTHROTTLED)
        elif step < 0.98:
            accept_submit(connection, submit)

    async with ScriptedSmsc() as smsc:
        smsc.on_submit = misbehave
        async with PoolUnderTest(settings_for(smsc, links=3, window=7, read_ahead=3, response_s=0.2)) as test:
            given = 0
            while given < 1_500:
                await test.until(lambda: test.pool.room() > 0)
                batch = [
                    each._replace(suspect=chance.random() < 0.02)
                    for each in submissions(test.pool.room() + chance.randrange(3), first=given)
                ]
                given += len(batch)
                test.pool.submit(batch)
                await asyncio.sleep(0)

    firsts = [reply for reply in test.replies if reply.answer is not Answer.ACCEPTED or not _is_late(reply, test)]
    assert sorted(reply.submission.message_id for reply in firsts) == list(range(given))
    assert {Answer.ACCEPTED, Answer.IN_DOUBT, Answer.UNSENT} <= set(test.answers().values())


def _reading_is_paused(test: PoolUnderTest) -> bool:
    link = test.pool._keepers[0].link
    return link is not None and link._reading_paused


def _is_late(reply: Reply, test: PoolUnderTest) -> bool:
    """Whether the same segment was reported in doubt before."""
    first = next(each for each in test.replies if each.submission is reply.submission)
    return first is not reply


def _refuse(kind: type[Pdu]) -> Callable[[SmscConnection, Pdu], None]:
    """A script that refuses one kind of bind."""

    def on_bind(connection: SmscConnection, bind: Pdu) -> None:
        accept_bind(connection, bind, status=CommandStatus.ESME_RBINDFAIL if isinstance(bind, kind) else 0)

    return on_bind


def _response_to(submit: SubmitSm) -> SubmitSmResp:
    return SubmitSmResp(sequence_number=submit.sequence_number, message_id=b"%d" % submit.sequence_number)
