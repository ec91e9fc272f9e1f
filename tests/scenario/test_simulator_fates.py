"""Every fate of the simulator as a gateway meets it, over real sockets.

No test waits on purpose: delays are 0, or held back until the test releases them.
"""

from __future__ import annotations

import pytest

from angarium.smpp.constants import CommandStatus, EsmClass, MessageState
from angarium.smpp.events import DeliverReceived, SubmitReplied
from angarium.smpp.message_ids import IdReading, canonical_id
from angarium.smpp.pdu import BindReceiver, BindTransmitter
from angarium.smpp.receipt import NotUnderstood, Receipt, parse
from tests.scenario.esme import Esme
from tests.scenario.simulation import NUMBER, PLAIN, Start, named, receipt_in


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("undeliverable", MessageState.UNDELIVERABLE),
        ("expired", MessageState.EXPIRED),
        ("rejected", MessageState.REJECTED),
        ("deleted", MessageState.DELETED),
        ("unknown", MessageState.UNKNOWN),
    ],
)
async def test_a_receipt_can_say_no(start: Start, name: str, state: MessageState) -> None:
    """The message is taken, the receipt tells its end, and the handset shows nothing."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named(name))
    await esme.delivered()

    receipt = receipt_in(esme.of(DeliverReceived)[0])
    assert (receipt.state, receipt.message_id) == (state, esme.of(SubmitReplied)[0].message_id)
    assert receipt.error != b"000"
    assert simulator.handsets.all() == []


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("refused recipient", CommandStatus.ESME_RINVDSTADR),
        ("refused content", CommandStatus.ESME_RX_P_APPN),
        ("refused sender", CommandStatus.ESME_RINVSRCADR),
        ("system error for ever", CommandStatus.ESME_RSYSERR),
    ],
)
async def test_a_submit_can_be_refused_for_good(start: Start, name: str, status: CommandStatus) -> None:
    """Every try meets the same status, and nothing is taken."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    for _ in range(5):
        esme.submit(named(name))
    answers = await esme.replies(5)

    assert {(answer.command_status, answer.message_id) for answer in answers} == {(status, b"")}
    assert simulator.counters.taken == 0
    assert simulator.counters.refused == {status: 5}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("throttled", CommandStatus.ESME_RTHROTTLED),
        ("queue full", CommandStatus.ESME_RMSGQFUL),
        ("system error", CommandStatus.ESME_RSYSERR),
        ("unheard-of status", 0x455),
    ],
)
async def test_a_submit_can_be_refused_for_a_while(start: Start, name: str, status: int) -> None:
    """A few tries are refused, the next is delivered, and then it begins again; each number counts for itself."""
    simulator = await start(refused_tries=2)
    esme = await Esme.connect(simulator.address)

    for recipient in [named(name)] * 6 + [b"1" + named(name)]:
        esme.submit(recipient)
    answers = await esme.replies(7)
    await esme.delivered(2)

    assert [answer.command_status for answer in answers] == [status, status, 0, status, status, 0, status]


async def test_an_answer_can_be_slow(start: Start) -> None:
    """It comes when it is released, after the receipt of its message."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("slow answer"))
    await esme.delivered()
    assert esme.of(SubmitReplied) == []
    assert simulator.release_answers() == 1
    (answer,) = await esme.replies()

    assert answer.message_id == receipt_in(esme.of(DeliverReceived)[0]).message_id


async def test_an_answer_may_never_come(start: Start) -> None:
    """The link lives on, the message was not taken."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("no answer"))
    esme.submit(NUMBER)
    await esme.replies()
    await esme.delivered()

    assert [answer.token for answer in esme.of(SubmitReplied)] == [NUMBER]
    assert esme.session.unanswered() == [named("no answer")]
    assert (simulator.counters.unanswered, simulator.counters.taken) == (1, 1)


@pytest.mark.parametrize(("name", "copies"), [("link lost, not taken", 1), ("link lost, taken", 2)])
async def test_a_link_can_be_lost_in_mid_window(start: Start, name: str, copies: int) -> None:
    """What came before is answered, what came after is not; the next try is taken."""
    simulator = await start()
    first = await Esme.connect(simulator.address)
    with_trouble = named(name)

    assert first.transport is not None
    for recipient in (NUMBER, with_trouble, b"27990000002"):
        first.session.submit(PLAIN, recipient, token=recipient, now=0.0)
    first.flush()
    end = await first.lost()
    second = await Esme.connect(simulator.address)
    second.submit(with_trouble)
    (answer,) = await second.replies()

    assert [reply.token for reply in first.of(SubmitReplied)] == [NUMBER]
    assert end.unanswered == (with_trouble, b"27990000002")
    assert answer.command_status == 0
    assert simulator.copies()[with_trouble, b"Hello"] == copies
    assert simulator.counters.links_dropped == 1


async def test_a_message_can_kill_every_link(start: Start) -> None:
    """The link killer is never taken."""
    simulator = await start()

    for _ in range(3):
        esme = await Esme.connect(simulator.address)
        esme.submit(named("link killer"))
        await esme.lost()

    assert (simulator.counters.links_dropped, simulator.counters.taken) == (3, 0)


async def test_an_answer_may_lack_its_id(start: Start) -> None:
    """ESME_ROK with an empty message_id."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("answer without an id"))
    (answer,) = await esme.replies()

    assert (answer.command_status, answer.message_id) == (0, b"")


async def test_a_receipt_can_come_before_the_answer(start: Start) -> None:
    """The answer waits until the receipt is acknowledged."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("receipt first"))
    await esme.replies()

    assert [type(event) for event in esme.events[-2:]] == [DeliverReceived, SubmitReplied]
    assert receipt_in(esme.of(DeliverReceived)[0]).message_id == esme.of(SubmitReplied)[0].message_id


async def test_a_receipt_can_come_before_the_answer_on_another_link(start: Start) -> None:
    """A transmitter and a receiver: the receipt is first all the same."""
    simulator = await start()
    receiver = await Esme.connect(simulator.address, BindReceiver, acknowledges_with=None)
    transmitter = await Esme.connect(simulator.address, BindTransmitter)

    transmitter.submit(named("receipt first"))
    (deliver_sm,) = await receiver.delivered()
    assert transmitter.of(SubmitReplied) == []
    receiver.session.acknowledge([deliver_sm.sequence_number])
    receiver.flush()
    (answer,) = await transmitter.replies()

    assert answer.command_status == 0


async def test_the_answer_does_not_wait_for_a_receipt_that_cannot_be_sent(start: Start) -> None:
    """Without a receiver, or without a wish for receipts, it comes at once."""
    simulator = await start()
    transmitter = await Esme.connect(simulator.address, BindTransmitter)

    transmitter.submit(named("receipt first"))
    transmitter.submit(named("receipt first"), registered_delivery=0)
    answers = await transmitter.replies(2)

    assert [answer.command_status for answer in answers] == [0, 0]


async def test_a_receipt_can_be_late(start: Start) -> None:
    """It comes when it is released."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("receipt late"))
    await esme.replies()
    assert esme.of(DeliverReceived) == []
    assert simulator.release_late() == 1

    assert parse((await esme.delivered())[0]) is not None


async def test_a_receipt_can_come_twice(start: Start) -> None:
    """The same id, the same state."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("receipt twice"))
    await esme.delivered(2)

    first, second = (receipt_in(event) for event in esme.of(DeliverReceived))
    assert first == second


async def test_a_receipt_may_never_come(start: Start) -> None:
    """The handset has the message; a later message's receipt is the only one."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("no receipt"))
    esme.submit(NUMBER)
    await esme.delivered()

    assert simulator.counters.receipts == 1
    assert len(simulator.handsets) == 2


async def test_ids_can_be_hex_here_and_decimal_there(start: Start) -> None:
    """They meet under the readings hex and decimal; all other ids do so under any reading."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("hex and decimal"))
    esme.submit(NUMBER)
    await esme.delivered(2)

    (hex_id, plain_id) = [answer.message_id for answer in esme.of(SubmitReplied)]
    (decimal_id, same_id) = [receipt_in(event).message_id for event in esme.of(DeliverReceived)]
    assert (hex_id, decimal_id, plain_id) == (b"F4240", b"1000000", same_id)
    for in_response, in_receipt in ((hex_id, decimal_id), (plain_id, same_id)):
        assert canonical_id(in_response, IdReading.HEX) == canonical_id(in_receipt, IdReading.DECIMAL)


async def test_an_intermediate_receipt_can_come_first(start: Start) -> None:
    """ENROUTE is not final, DELIVRD is."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("on its way"))
    await esme.delivered(2)

    receipts = [receipt_in(event) for event in esme.of(DeliverReceived)]
    assert [(receipt.state, receipt.final) for receipt in receipts] == [
        (MessageState.ENROUTE, False),
        (MessageState.DELIVERED, True),
    ]


async def test_a_receipt_can_be_all_tlvs(start: Start) -> None:
    """No text, and yet a receipt."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("receipt in TLVs"))
    (deliver_sm,) = await esme.delivered()

    assert deliver_sm.short_message == b""
    assert receipt_in(esme.of(DeliverReceived)[0]).state is MessageState.DELIVERED


async def test_a_receipt_can_pass_for_a_message(start: Start) -> None:
    """esm_class does not flag it; only its text gives it away."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("receipt as a message"))
    (deliver_sm,) = await esme.delivered()

    assert deliver_sm.esm_class == EsmClass.TYPE_DEFAULT
    assert parse(deliver_sm, trust_text=False) is None
    assert isinstance(parse(deliver_sm), Receipt)


async def test_a_receipt_can_make_no_sense(start: Start) -> None:
    """It is flagged and not understood; the second one is."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("receipt garbled"))
    garbled, clear = await esme.delivered(2)

    assert isinstance(parse(garbled), NotUnderstood)
    assert isinstance(parse(clear), Receipt)


async def test_a_carrier_can_change_its_mind(start: Start) -> None:
    """A final receipt after a final one."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(named("changed mind"))
    await esme.delivered()
    simulator.release_late()
    await esme.delivered(2)

    states = [receipt_in(event).state for event in esme.of(DeliverReceived)]
    assert states == [MessageState.DELIVERED, MessageState.EXPIRED]


@pytest.mark.parametrize(
    ("registered_delivery", "states"),
    [(0, []), (1, ["DELIVERED", "EXPIRED"]), (2, ["EXPIRED"]), (3, ["DELIVERED"])],
)
async def test_receipts_are_sent_as_they_were_asked_for(
    start: Start, registered_delivery: int, states: list[str]
) -> None:
    """SMPP 3.4, 5.2.17: none, all, failures only; and successes only from 5.0."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    for recipient in (NUMBER, named("expired")):
        esme.submit(recipient, registered_delivery=registered_delivery)
    esme.submit(b"27990000002", b"the last", registered_delivery=1)
    await esme.delivered(len(states) + 1)

    receipts = [receipt_in(event) for event in esme.of(DeliverReceived)]
    assert [receipt.state.name for receipt in receipts if receipt.text != b"the last"] == states
