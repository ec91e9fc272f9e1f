"""One conversation, both roles over the same cases."""

from __future__ import annotations

import pytest

from angarium.smpp import codec
from angarium.smpp.constants import RESPONSE_BIT, SEQUENCE_NUMBER_MAX, CommandId, CommandStatus
from angarium.smpp.errors import MisuseError
from angarium.smpp.events import (
    BindRefused,
    BindRequested,
    Bound,
    Closed,
    CloseReason,
    DeliverReceived,
    Nacked,
    Refused,
    Replied,
    RepliedUnreadably,
    RequestReceived,
    SubmitReplied,
    Unexpected,
)
from angarium.smpp.pdu import (
    PDU_CLASSES,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    QuerySm,
    SubmitSm,
    SubmitSmResp,
)
from angarium.smpp.states import BOUND, UNANSWERED, BindState, Role, startable
from tests.connection_pair import TEMPLATE, ConnectionPair, bound_pair, sent_by

BOUND_STATES = [state for state in BindState if state in BOUND]
REQUESTS = [command for command in CommandId if not command & RESPONSE_BIT]


def header(command_id: int, *, status: int = 0, number: int = 1, body: bytes = b"") -> bytes:
    """A frame made by hand."""
    words = (16 + len(body), command_id, status, number)
    return b"".join(word.to_bytes(4, "big") for word in words) + body


# Binding.


@pytest.mark.parametrize("state", BOUND_STATES)
def test_each_bind_leads_to_its_state(state: BindState) -> None:
    """A transmitter, receiver or transceiver bind brings both ends to the same state."""
    pair = bound_pair(state)

    assert pair.esme.state is pair.smsc.state is state


def test_the_esme_learns_what_the_smsc_calls_itself() -> None:
    """`Bound` carries the whole response."""
    pair = ConnectionPair()
    number = pair.esme.request(BindTransceiver(system_id=b"us"), now=pair.now)
    pair.to_smsc()
    pair.smsc.respond(BindTransceiverResp(sequence_number=number, system_id=b"them"))

    (event,) = pair.to_esme()

    assert isinstance(event, Bound)
    assert event.state is BindState.BOUND_TRX
    assert isinstance(event.response, BindTransceiverResp)
    assert event.response.system_id == b"them"


def test_a_refused_bind_leaves_the_session_open() -> None:
    """The ESME is told the status and may try again."""
    pair = ConnectionPair()
    number = pair.esme.request(BindTransceiver(), now=pair.now)
    pair.to_smsc()
    refusal = BindTransceiverResp(sequence_number=number, command_status=CommandStatus.ESME_RINVPASWD)
    pair.smsc.respond(refusal)

    events = pair.to_esme()

    assert events == [BindRefused(CommandStatus.ESME_RINVPASWD)]
    assert pair.esme.state is pair.smsc.state is BindState.OPEN
    pair.bring(BindState.BOUND_TX)


def test_a_bind_answered_by_generic_nack_is_a_refused_bind() -> None:
    """Even with status 0, a generic_nack lets nobody in."""
    pair = ConnectionPair()
    number = pair.esme.request(BindTransceiver(), now=pair.now)

    events = pair.esme.receive_data(header(CommandId.GENERIC_NACK, number=number), now=pair.now)

    assert events == [BindRefused(0)]
    assert pair.esme.state is BindState.OPEN


def test_a_second_bind_is_refused_by_either_end() -> None:
    """A bind while another is unanswered is our misuse; a bind of the peer when bound is ESME_RALYBND."""
    pair = ConnectionPair()
    pair.esme.request(BindTransceiver(), now=pair.now)
    with pytest.raises(MisuseError):
        pair.esme.request(BindTransceiver(), now=pair.now)
    pair = bound_pair()

    events = pair.smsc.receive_data(codec.encode(BindTransmitter(sequence_number=9)), now=pair.now)

    assert [type(event) for event in events] == [Refused]
    assert sent_by(pair.smsc) == [(CommandId.BIND_TRANSMITTER_RESP, CommandStatus.ESME_RALYBND, 9)]


def test_a_bind_answer_must_fit_the_bind() -> None:
    """The SMSC cannot answer a transceiver bind as a transmitter bind, nor a bind that never came."""
    pair = ConnectionPair()
    with pytest.raises(MisuseError):
        pair.smsc.respond(BindTransceiverResp(sequence_number=1))
    number = pair.esme.request(BindTransceiver(), now=pair.now)
    pair.to_smsc()

    with pytest.raises(MisuseError):
        pair.smsc.respond(PDU_CLASSES[CommandId.BIND_TRANSMITTER_RESP](sequence_number=number))


def test_requests_sent_behind_the_bind_are_refused_until_it_is_answered() -> None:
    """A peer that does not wait for its bind is told so."""
    pair = ConnectionPair()
    early = codec.encode(BindTransceiver(sequence_number=1)) + TEMPLATE.encode(2, b"27990000001")

    events = pair.smsc.receive_data(early, now=pair.now)

    assert isinstance(events[0], BindRequested)
    assert sent_by(pair.smsc) == [(CommandId.SUBMIT_SM_RESP, CommandStatus.ESME_RINVBNDSTS, 2)]


# The operation matrix, from both ends.

STATES_TO_TRY = [state for state in BindState if state is not BindState.UNBOUND]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", STATES_TO_TRY)
@pytest.mark.parametrize("command", REQUESTS, ids=lambda command: command.name.lower())
def test_a_request_goes_out_exactly_where_the_matrix_allows_it(
    role: Role, state: BindState, command: CommandId
) -> None:
    """Each command, state and role: sent, or MisuseError and nothing on the wire."""
    pair = ConnectionPair().bring(state)
    session = pair.session(role)
    pdu = PDU_CLASSES[command]()

    if command in startable(role, state):
        number = session.request(pdu, token="t", now=pair.now)
        assert sent_by(session) == [(command, 0, number)]
    else:
        with pytest.raises(MisuseError):
            session.request(pdu, token="t", now=pair.now)
        assert session.data_to_send() == b""


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", STATES_TO_TRY)
@pytest.mark.parametrize("command", REQUESTS, ids=lambda command: command.name.lower())
def test_a_request_comes_in_exactly_where_the_matrix_allows_it(
    role: Role, state: BindState, command: CommandId
) -> None:
    """Each command, state and role: told or answered, or else refused with the right status; never an exception."""
    pair = ConnectionPair().bring(state)
    session = pair.session(role)
    frame = codec.encode(PDU_CLASSES[command](sequence_number=77))
    ever = any(command in startable(role.peer, other) for other in BindState)

    events = session.receive_data(frame, now=pair.now)

    answers = sent_by(session)
    if state is BindState.CLOSED:
        assert (events, answers) == ([], [])
    elif command in startable(role.peer, state):
        assert Refused not in map(type, events)
        assert answers in ([], [(command | RESPONSE_BIT, 0, 77)])
    elif command in UNANSWERED:
        assert [type(event) for event in events] == [Refused]
        assert answers == []
    elif not ever:
        assert answers == [(CommandId.GENERIC_NACK, CommandStatus.ESME_RINVCMDID, 77)]
    else:
        already = command.name.startswith("BIND")
        status = CommandStatus.ESME_RALYBND if already else CommandStatus.ESME_RINVBNDSTS
        assert [type(event) for event in events] == [Refused]
        assert answers == [(command | RESPONSE_BIT, status, 77)]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", STATES_TO_TRY)
@pytest.mark.parametrize("command", REQUESTS, ids=lambda command: command.name.lower())
def test_a_response_goes_out_exactly_where_its_request_may_come_in(
    role: Role, state: BindState, command: CommandId
) -> None:
    """We may answer what the peer may ask; a bind only when one is waiting."""
    response = PDU_CLASSES.get(command | RESPONSE_BIT)
    pair = ConnectionPair().bring(state)
    session = pair.session(role)
    if response is None:
        assert command in UNANSWERED
        return

    if command in startable(role.peer, state) and not command.name.startswith("BIND"):
        session.respond(response(sequence_number=5))
        assert sent_by(session) == [(command | RESPONSE_BIT, 0, 5)]
    else:
        with pytest.raises(MisuseError):
            session.respond(response(sequence_number=5))
        assert session.data_to_send() == b""


def test_requests_and_responses_are_not_mixed_up() -> None:
    """`request` takes no response, `respond` no request."""
    pair = bound_pair()
    with pytest.raises(MisuseError):
        pair.esme.request(SubmitSmResp(), now=pair.now)
    with pytest.raises(MisuseError):
        pair.esme.respond(SubmitSm())


# The window.


def test_a_submit_comes_back_with_its_token_status_and_id() -> None:
    """The hot path, once around: submit, answer, deliver, acknowledge."""
    pair = bound_pair()
    sent_at = pair.now
    number = pair.esme.submit(TEMPLATE, b"27990000001", token="mine", now=sent_at)
    (received,) = pair.to_smsc()
    assert isinstance(received, RequestReceived)
    assert isinstance(received.pdu, SubmitSm)
    assert received.pdu.destination_addr == b"27990000001"
    pair.now += 0.25
    pair.smsc.respond(SubmitSmResp(sequence_number=number, message_id=b"id-1"))

    replies = pair.to_esme()

    assert replies == [SubmitReplied("mine", 0, b"id-1", number, sent_at)]
    assert pair.esme.last_rtt_s == 0.25
    pair.smsc.request(DeliverSm(short_message=b"id:id-1"), token="receipt", now=pair.now)
    (delivered,) = pair.to_esme()
    assert isinstance(delivered, DeliverReceived)
    assert delivered.deliver_sm.short_message == b"id:id-1"
    assert pair.esme.requests_unanswered == 1
    pair.esme.acknowledge([delivered.deliver_sm.sequence_number])
    (acknowledged,) = pair.to_smsc()
    assert isinstance(acknowledged, Replied)
    assert acknowledged.token == "receipt"
    assert isinstance(acknowledged.pdu, DeliverSmResp)
    assert pair.esme.requests_unanswered == 0


def test_the_same_way_with_whole_pdus() -> None:
    """`request` gives back the whole answer, for those who need its TLVs."""
    pair = bound_pair()
    number = pair.esme.request(SubmitSm(short_message=b"Hello"), token="mine", now=pair.now)
    pair.to_smsc()
    pair.smsc.respond(SubmitSmResp(sequence_number=number, message_id=b"7"))

    (event,) = pair.to_esme()

    assert isinstance(event, Replied)
    assert isinstance(event.pdu, SubmitSmResp)
    assert (event.token, event.pdu.message_id) == ("mine", b"7")


@pytest.mark.parametrize(("role", "pdu", "answer"), [(Role.ESME, DataSm, DataSmResp), (Role.SMSC, DataSm, DataSmResp)])
def test_both_ends_can_ask_and_answer(role: Role, pdu: type[DataSm], answer: type[DataSmResp]) -> None:
    """On a transceiver data_sm works alike in both directions."""
    pair = bound_pair()
    asking, answering = pair.session(role), pair.session(role.peer)
    number = asking.request(pdu(), token="q", now=pair.now)
    (event,) = answering.receive_data(asking.data_to_send(), now=pair.now)
    assert isinstance(event, RequestReceived)

    answering.respond(answer(sequence_number=number))
    (reply,) = asking.receive_data(answering.data_to_send(), now=pair.now)

    assert isinstance(reply, Replied)
    assert reply.token == "q"


def test_the_window_fills_and_empties() -> None:
    """Not more than `window_max` requests are on their way; enquire_link does not count."""
    pair = bound_pair()
    numbers = [pair.esme.submit(TEMPLATE, b"1", token=n, now=pair.now) for n in range(3)]
    assert pair.esme.window_free == 0

    with pytest.raises(MisuseError):
        pair.esme.submit(TEMPLATE, b"1", token=3, now=pair.now)
    with pytest.raises(MisuseError):
        pair.esme.request(QuerySm(), now=pair.now)
    pair.esme.request(EnquireLink(), now=pair.now)
    pair.to_smsc()
    pair.smsc.respond(SubmitSmResp(sequence_number=numbers[1]))
    pair.to_esme()

    assert (pair.esme.window_free, pair.esme.window_used) == (1, 2)
    assert pair.esme.unanswered() == [0, 2]


def test_answers_may_come_in_any_order() -> None:
    """Tokens follow the sequence_number, not the order."""
    pair = bound_pair()
    numbers = {token: pair.esme.submit(TEMPLATE, b"1", token=token, now=pair.now) for token in "abc"}
    pair.to_smsc()
    for token in "bca":
        pair.smsc.respond(SubmitSmResp(sequence_number=numbers[token], message_id=token.encode()))

    replies = pair.to_esme()

    assert replies == [SubmitReplied(token, 0, token.encode(), numbers[token], pair.now) for token in "bca"]


def test_sequence_numbers_wrap_to_one() -> None:
    """After 0x7FFFFFFF comes 1; 0 is never used."""
    pair = bound_pair()
    pair.esme._next_number = SEQUENCE_NUMBER_MAX

    numbers = [
        pair.esme.submit(TEMPLATE, b"1", token=None, now=pair.now),
        pair.esme.request(QuerySm(), now=pair.now),
    ]
    pair.esme._next_number = SEQUENCE_NUMBER_MAX
    numbers.append(pair.esme.request(EnquireLink(), now=pair.now))

    assert numbers == [SEQUENCE_NUMBER_MAX, 1, SEQUENCE_NUMBER_MAX]
    assert pair.esme._next_number == 1


def test_a_pdu_that_cannot_be_written_changes_nothing() -> None:
    """A field beyond its limit is our misuse: no number is used up, nothing is awaited."""
    pair = bound_pair()
    before = pair.esme._next_number

    with pytest.raises(MisuseError):
        pair.esme.request(SubmitSm(source_addr=b"x" * 50), now=pair.now)
    with pytest.raises(MisuseError):
        pair.esme.submit(TEMPLATE, b"x" * 50, token=1, now=pair.now)

    assert (pair.esme._next_number, pair.esme.window_used, pair.esme.data_to_send()) == (before, 0, b"")


def test_a_response_of_another_kind_is_not_the_answer() -> None:
    """A deliver_sm_resp does not answer a submit_sm of the same number."""
    pair = bound_pair()
    number = pair.esme.submit(TEMPLATE, b"1", token="t", now=pair.now)
    pair.esme.data_to_send()

    events = pair.esme.receive_data(codec.encode(DeliverSmResp(sequence_number=number)), now=pair.now)

    assert [type(event) for event in events] == [Unexpected]
    assert pair.esme.unanswered() == ["t"]


def test_an_answer_to_nothing_is_told_and_otherwise_ignored() -> None:
    """Nobody asked: the PDU is handed over, and nothing is sent."""
    pair = bound_pair()

    events = pair.esme.receive_data(header(CommandId.GENERIC_NACK, status=3, number=0), now=pair.now)
    events += pair.esme.receive_data(codec.encode(SubmitSmResp(sequence_number=999)), now=pair.now)
    events += pair.esme.receive_data(codec.encode(EnquireLinkResp(sequence_number=999)), now=pair.now)

    assert [type(event) for event in events] == [Unexpected] * 3
    assert pair.esme.data_to_send() == b""


def test_a_generic_nack_answers_the_request_with_its_number() -> None:
    """Only that request is nacked; the others go on."""
    pair = bound_pair()
    numbers = [pair.esme.submit(TEMPLATE, b"1", token=n, now=pair.now) for n in range(2)]
    pair.esme.data_to_send()

    nack = codec.encode(GenericNack(sequence_number=numbers[0], command_status=CommandStatus.ESME_RINVCMDID))
    events = pair.esme.receive_data(nack, now=pair.now)

    assert events == [Nacked(0, CommandStatus.ESME_RINVCMDID, numbers[0], pair.now)]
    assert pair.esme.unanswered() == [1]


def test_an_unreadable_answer_still_answers() -> None:
    """The status is in the header: with a broken body the request is settled, and the owner is told what is missing."""
    pair = bound_pair()
    lean = pair.esme.submit(TEMPLATE, b"1", token="lean", now=pair.now)
    whole = pair.esme.request(SubmitSm(), token="whole", now=pair.now)
    broken = b"x" * 300 + b"\0"

    events = pair.esme.receive_data(header(CommandId.SUBMIT_SM_RESP, number=lean, body=broken), now=pair.now)
    events += pair.esme.receive_data(header(CommandId.SUBMIT_SM_RESP, number=whole, body=broken), now=pair.now)

    assert [type(event) for event in events] == [RepliedUnreadably] * 2
    assert [event.token for event in events if isinstance(event, RepliedUnreadably)] == ["lean", "whole"]
    assert pair.esme.window_used == 0


# What is answered without the owner.


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", [BindState.OPEN, *BOUND_STATES])
def test_enquire_link_is_answered_at_once(role: Role, state: BindState) -> None:
    """Also before the bind, and without an event."""
    pair = ConnectionPair().bring(state)
    session = pair.session(role)

    events = session.receive_data(codec.encode(EnquireLink(sequence_number=3)), now=pair.now)

    assert events == []
    assert sent_by(session) == [(CommandId.ENQUIRE_LINK_RESP, 0, 3)]


@pytest.mark.parametrize("role", Role)
def test_an_unknown_command_gets_a_generic_nack(role: Role) -> None:
    """ESME_RINVCMDID with the peer's number; the session goes on. An unknown response gets nothing."""
    pair = bound_pair()
    session = pair.session(role)

    events = session.receive_data(header(0x00010200, number=8) + header(0x80010200, number=9), now=pair.now)

    assert [type(event) for event in events] == [Refused, Refused]
    assert sent_by(session) == [(CommandId.GENERIC_NACK, CommandStatus.ESME_RINVCMDID, 8)]
    assert session.state is BindState.BOUND_TRX


def test_an_undecodable_body_gets_its_error_answer() -> None:
    """submit_sm and deliver_sm whose sm_length points beyond the frame."""
    pair = bound_pair()
    broken = b"\0" * 16 + b"\xff"

    told = pair.smsc.receive_data(header(CommandId.SUBMIT_SM, number=4, body=broken), now=pair.now)
    heard = pair.esme.receive_data(header(CommandId.DELIVER_SM, number=5, body=broken), now=pair.now)

    assert [type(event) for event in told + heard] == [Refused, Refused]
    assert sent_by(pair.smsc) == [(CommandId.SUBMIT_SM_RESP, CommandStatus.ESME_RINVMSGLEN, 4)]
    assert sent_by(pair.esme) == [(CommandId.DELIVER_SM_RESP, CommandStatus.ESME_RINVMSGLEN, 5)]
    assert pair.esme.requests_unanswered == pair.smsc.requests_unanswered == 0


@pytest.mark.parametrize("role", Role)
def test_garbage_ends_the_session_and_what_came_before_it_counts(role: Role) -> None:
    """An absurd length: the frames before it are handled, then generic_nack and the end."""
    pair = bound_pair()
    session = pair.session(role)
    data = codec.encode(EnquireLink(sequence_number=3)) + b"GET / HTTP/1.1\r\n\r\n"

    events = session.receive_data(data, now=pair.now)

    (closed,) = events
    assert isinstance(closed, Closed)
    assert closed.reason is CloseReason.FRAMING
    assert sent_by(session) == [
        (CommandId.ENQUIRE_LINK_RESP, 0, 3),
        (CommandId.GENERIC_NACK, CommandStatus.ESME_RINVCMDLEN, 0),
    ]
    assert session.receive_data(codec.encode(EnquireLink()), now=pair.now) == []
