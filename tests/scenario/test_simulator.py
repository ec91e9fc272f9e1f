"""The simulator over real sockets: handsets, replies, credentials, and links that die.

No test waits on purpose: delays are 0, or held back until the test releases them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from angarium.httpd import ListenError, ensure_self_signed, load_server_context
from angarium.sim.control import Control
from angarium.sim.smsc import CannotReply, Simulator
from angarium.smpp.constants import CommandStatus, EsmClass, MessageState, TlvTag
from angarium.smpp.events import BindRefused, Bound, DeliverReceived, Replied, SubmitReplied
from angarium.smpp.pdu import BindReceiver, BindTransmitter, DataSm, EnquireLink, QuerySm, Unbind
from angarium.smpp.receipt import Receipt, parse
from angarium.smpp.tlv import tlv
from tests.scenario.esme import Esme
from tests.scenario.simulation import AT_ONCE, NOW_AT, NUMBER, WITH_RECEIPT, FixedClock, Start, named, receipt_in


async def test_a_message_travels_to_its_handset_and_its_receipt_comes_back(start: Start) -> None:
    """The whole way: answer with an id, text on the handset, receipt with the same id from the recipient."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.submit(NUMBER, b"Hello")
    (answer,) = await esme.replies()
    (deliver_sm,) = await esme.delivered()

    receipt = parse(deliver_sm)
    assert isinstance(receipt, Receipt)
    assert (answer.command_status, answer.message_id) == (0, b"m1000000")
    assert (receipt.message_id, receipt.state, receipt.text) == (b"m1000000", MessageState.DELIVERED, b"Hello")
    assert (deliver_sm.source_addr, deliver_sm.destination_addr) == (NUMBER, b"790")
    assert receipt.done_at() == NOW_AT
    handset = simulator.handsets.get(NUMBER.decode())
    assert handset is not None
    assert [(message.sender, message.text) for message in handset.messages] == [("790", "Hello")]


async def test_the_bind_is_answered_with_name_and_version(start: Start) -> None:
    """SMPP 3.4, 4.1.6."""
    simulator = await start()

    esme = await Esme.connect(simulator.address)

    response = esme.of(Bound)[0].response
    assert response.system_id == b"angarium-sim"  # type: ignore[attr-defined]
    assert response.tlv(TlvTag.SC_INTERFACE_VERSION) == b"\x34"


@pytest.mark.parametrize(
    ("system_id", "password", "status"),
    [
        (b"gateway", b"secret", None),
        (b"gateway", b"wrong", CommandStatus.ESME_RINVPASWD),
        (b"nobody", b"secret", CommandStatus.ESME_RINVSYSID),
    ],
)
async def test_credentials_can_be_asked_for(
    start: Start, system_id: bytes, password: bytes, status: int | None
) -> None:
    """By default anybody may bind; with a table of passwords, only those in it."""
    simulator = await start(credentials={"gateway": "secret"})

    esme = await Esme.connect(simulator.address, system_id=system_id, password=password)

    assert [event.command_status for event in esme.of(BindRefused)] == ([] if status is None else [status])
    assert bool(esme.of(Bound)) == (status is None)


async def test_binds_can_be_refused_for_a_while(start: Start) -> None:
    """A test sets the status, and lifts it again."""
    simulator = await start()
    simulator.bind_refusal = CommandStatus.ESME_RBINDFAIL
    refused = await Esme.connect(simulator.address)
    simulator.bind_refusal = None
    taken = await Esme.connect(simulator.address)

    assert refused.of(BindRefused)[0].command_status == CommandStatus.ESME_RBINDFAIL
    assert taken.of(Bound)
    assert (simulator.counters.binds, simulator.counters.binds_refused) == (1, 1)


async def test_receipts_outlive_a_link(start: Start) -> None:
    """What a dead link did not acknowledge comes on the next one of the same system_id, and on no other."""
    simulator = await start()
    silent = await Esme.connect(simulator.address, acknowledges_with=None)
    stranger = await Esme.connect(simulator.address, system_id=b"stranger")
    silent.submit(NUMBER)
    await silent.delivered()
    silent.close()
    await silent.lost()

    again = await Esme.connect(simulator.address)
    (deliver_sm,) = await again.delivered()

    assert parse(deliver_sm) is not None
    assert stranger.of(DeliverReceived) == []
    assert simulator.counters.deliveries_lost == 1


async def test_receipts_wait_for_a_receiver(start: Start) -> None:
    """A transmitter alone gets answers; the receipts come when a receiver binds."""
    simulator = await start()
    transmitter = await Esme.connect(simulator.address, BindTransmitter)
    for number in range(5):
        transmitter.submit(NUMBER, b"%d" % number)
    await transmitter.replies(5)
    assert simulator.deliveries_waiting == 5

    receiver = await Esme.connect(simulator.address, BindReceiver)
    await receiver.delivered(5)

    texts = [receipt_in(event).text for event in receiver.of(DeliverReceived)]
    assert texts == [b"0", b"1", b"2", b"3", b"4"]


async def test_the_window_for_receipts_is_kept(start: Start) -> None:
    """No more deliver_sm are unanswered at once than the settings say."""
    simulator = await start(window_max=2)
    esme = await Esme.connect(simulator.address, acknowledges_with=None)
    for _ in range(5):
        esme.submit(NUMBER)
    await esme.replies(5)

    first = await esme.delivered(2)
    assert simulator.deliveries_waiting == 5
    esme.session.acknowledge([pdu.sequence_number for pdu in first])
    esme.flush()
    await esme.delivered(4)

    assert len(esme.of(DeliverReceived)) == 4
    assert simulator.counters.acknowledged == 2


async def test_a_refused_receipt_is_sent_again_and_given_up_in_the_end(start: Start) -> None:
    """deliver_sm_resp with an error is no acknowledgement."""
    simulator = await start(redelivery_delay_s=None, redeliveries_max=2)
    esme = await Esme.connect(simulator.address, acknowledges_with=CommandStatus.ESME_RX_T_APPN)

    esme.submit(NUMBER)
    for count in (1, 2, 3):
        await esme.delivered(count)
        esme.request(EnquireLink())  # its answer comes after the acknowledgement was taken
        await esme.until(lambda count=count: len(esme.of(Replied)) == count)  # type: ignore[misc]
        simulator.release_redeliveries()

    assert (simulator.counters.deliveries_refused, simulator.counters.given_up) == (3, 1)
    assert simulator.deliveries_waiting == 0


async def test_too_much_waiting_is_refused_not_forgotten(start: Start) -> None:
    """While receipts pile up, submits meet ESME_RMSGQFUL."""
    simulator = await start(waiting_max=2)
    transmitter = await Esme.connect(simulator.address, BindTransmitter)

    for _ in range(3):
        transmitter.submit(NUMBER)
    answers = await transmitter.replies(3)

    assert [answer.command_status for answer in answers] == [0, 0, CommandStatus.ESME_RMSGQFUL]


async def test_many_messages_travel_in_few_writes(start: Start) -> None:
    """A thousand messages through a window of fifty, each with its receipt, none twice."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)
    sent = 0

    while sent < 1000:
        room = esme.session.window_free
        for number in range(sent, min(1000, sent + room)):
            esme.session.submit(WITH_RECEIPT, b"%d" % (27990000000 + number), b"%d" % number, token=number, now=0.0)
        sent = min(1000, sent + room)
        esme.flush()
        await esme.until(lambda: esme.session.window_free > 0)
    await esme.replies(1000)
    await esme.delivered(1000)

    ids = [answer.message_id for answer in esme.of(SubmitReplied)]
    assert len(set(ids)) == 1000
    assert sorted(ids) == sorted(receipt_in(event).message_id for event in esme.of(DeliverReceived))
    assert set(simulator.copies().values()) == {1}
    assert len(simulator.copies()) == 1000


async def test_data_sm_is_a_submit_too(start: Start) -> None:
    """SMPP 3.4, 4.7: its text is in message_payload; its receipt is a deliver_sm."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    payload = (tlv(TlvTag.MESSAGE_PAYLOAD, b"Hello"),)
    esme.request(DataSm(source_addr=b"790", destination_addr=NUMBER, registered_delivery=1, tlvs=payload))
    await esme.delivered()

    answer = esme.of(Replied)[0].pdu
    assert receipt_in(esme.of(DeliverReceived)[0]).message_id == answer.message_id  # type: ignore[attr-defined]
    assert simulator.copies() == {(NUMBER, b"Hello"): 1}


async def test_other_requests_are_refused_politely(start: Start) -> None:
    """What the simulator does not do is answered, and the link lives on."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.request(QuerySm(message_id=b"m1"))
    await esme.until(lambda: bool(esme.of(Replied)))
    esme.submit(NUMBER)
    await esme.replies()

    assert esme.of(Replied)[0].pdu.command_status == CommandStatus.ESME_RINVCMDID


async def test_an_unbind_is_answered_and_the_link_closed(start: Start) -> None:
    """An orderly end leaves nothing behind."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    esme.request(Unbind())
    end = await esme.lost()

    assert end.unanswered == ()
    assert simulator.drop_links() == 0


async def test_every_link_can_be_dropped(start: Start) -> None:
    """As a network dies; a slow answer that is released afterwards goes nowhere."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)
    esme.submit(named("slow answer"), registered_delivery=0)
    esme.submit(NUMBER)
    await esme.replies()

    assert simulator.drop_links() == 1
    end = await esme.lost()

    assert end.unanswered == (named("slow answer"),)
    assert simulator.release_answers() == 1


async def test_a_typed_reply_is_a_message_to_the_gateway(start: Start) -> None:
    """It goes to the sender of the last message, through the system_id it came by."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)
    stranger = await Esme.connect(simulator.address, system_id=b"stranger")
    esme.submit(NUMBER, registered_delivery=0)
    await esme.replies()

    assert simulator.reply(NUMBER.decode(), "Hello yourself") == 1
    (deliver_sm,) = await esme.delivered()

    assert (deliver_sm.source_addr, deliver_sm.destination_addr) == (NUMBER, b"790")
    assert (deliver_sm.short_message, parse(deliver_sm)) == (b"Hello yourself", None)
    assert stranger.of(DeliverReceived) == []


async def test_a_handset_can_write_first(start: Start) -> None:
    """To any number, in segments if the text is long."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    assert simulator.reply("447700900123", "Hello " * 60, to="790") == 3
    deliver_sms = await esme.delivered(3)

    assert all(pdu.esm_class == EsmClass.UDHI for pdu in deliver_sms)


async def test_what_cannot_be_typed_is_said_in_a_sentence(start: Start) -> None:
    """Nobody to write to, a sender that is a word, no gateway, no text."""
    simulator = await start()
    with pytest.raises(CannotReply, match="Nobody is bound"):
        simulator.reply("27990000001", "Hello", to="790")
    await Esme.connect(simulator.address)

    with pytest.raises(CannotReply, match="has received nothing"):
        simulator.reply("27990000001", "Hello")
    with pytest.raises(CannotReply, match="'Angarium'"):
        simulator.reply("27990000001", "Hello", to="Angarium")
    with pytest.raises(CannotReply, match="no text"):
        simulator.reply("27990000001", "", to="790")


async def test_a_taken_port_is_one_sentence(start: Start) -> None:
    """Which address, why, and what to do."""
    simulator = await start()
    second = Simulator(replace(AT_ONCE, smsc_port=simulator.address[1]), clock=FixedClock())

    with pytest.raises(ListenError, match=r"Cannot listen on 127.0.0.1:\d+: .*choose another port"):
        await second.start()


async def test_too_many_links_are_refused(start: Start) -> None:
    """One more than the settings allow is hung up on."""
    simulator = await start(links_max=1)
    first = await Esme.connect(simulator.address)
    second = await Esme.connect(simulator.address)

    assert first.of(Bound)
    assert second.is_lost


async def test_stopping_twice_is_stopping_once(start: Start) -> None:
    """Links are closed, and a second stop does nothing."""
    simulator = await start()
    esme = await Esme.connect(simulator.address)

    await simulator.stop()
    await simulator.stop()
    await esme.lost()

    with pytest.raises(RuntimeError):
        _ = simulator.address


async def test_links_can_be_encrypted(tmp_path: Path) -> None:
    """SMPP over TLS, with a certificate of the test's own."""
    certificate, key = ensure_self_signed(tmp_path, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    simulator = Simulator(AT_ONCE, clock=FixedClock(), tls=load_server_context(certificate, key))
    await simulator.start()
    esme = await Esme.connect(simulator.address, tls=ssl.create_default_context(cafile=str(certificate)))

    esme.submit(NUMBER)
    await esme.delivered()
    await simulator.stop()

    assert esme.of(SubmitReplied)[0].command_status == 0


async def test_what_waits_can_be_released_over_http(start: Start) -> None:
    """A script brings about a late receipt, and lets the links die."""
    simulator = await start()
    control = Control(simulator)
    address = await control.start()
    assert address is not None
    esme = await Esme.connect(simulator.address)
    esme.submit(named("receipt late"))
    await esme.replies()

    released = await http(address, b"POST", b"/release/late")
    await esme.delivered()
    dropped = await http(address, b"POST", b"/links/drop")
    await esme.lost()
    await control.stop()

    assert (released, dropped) == ({"released": 1}, {"dropped": 1})


async def test_there_need_be_no_control(start: Start) -> None:
    """Without a port for it, it is not served."""
    simulator = await start(control_port=None)

    assert await Control(simulator).start() is None


async def test_real_delays_are_kept_by_a_timer(start: Start) -> None:
    """With a delay, the receipt comes by itself and after the answer."""
    simulator = await start(receipt_delay_s=0.001)
    esme = await Esme.connect(simulator.address)

    esme.submit(NUMBER)
    await esme.delivered()

    assert [type(event) for event in esme.events[-2:]] == [SubmitReplied, DeliverReceived]


async def test_handsets_are_read_and_answered_over_http(start: Start) -> None:
    """A script's view: what arrived, a typed reply, and the message that it becomes."""
    simulator = await start()
    control = Control(simulator)
    address = await control.start()
    assert address is not None
    esme = await Esme.connect(simulator.address)
    esme.submit(NUMBER)
    await esme.delivered()

    read = await http(address, b"GET", b"/handsets/" + NUMBER)
    sent = await http(address, b"POST", b"/handsets/" + NUMBER + b"/replies", {"text": "Hi"})
    replies = await esme.delivered(2)
    await control.stop()

    assert [message["text"] for message in read["messages"]] == ["Hello"]
    assert sent == {"number": NUMBER.decode(), "segments": 1}
    assert replies[1].short_message == b"Hi"


async def http(address: tuple[str, int], method: bytes, path: bytes, body: Any = None) -> Any:
    """Make one HTTP request and return the JSON of its answer."""
    reader, writer = await asyncio.open_connection(*address)
    content = b"" if body is None else json.dumps(body).encode()
    writer.write(
        b"%b %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
        b"Connection: close\r\n\r\n%b" % (method, path, len(content), content)
    )
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return json.loads(answer.partition(b"\r\n\r\n")[2])
