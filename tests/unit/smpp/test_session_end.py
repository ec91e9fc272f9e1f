"""One conversation as time goes by, and how it ends; both roles over the same cases."""

from __future__ import annotations

import pytest

from angarium.smpp import codec
from angarium.smpp.constants import CommandId, CommandStatus
from angarium.smpp.errors import MisuseError
from angarium.smpp.events import (
    Closed,
    CloseReason,
    DeliverReceived,
    LateReply,
    PeerUnbound,
    Replied,
    RequestTimedOut,
    SubmitReplied,
    Unexpected,
)
from angarium.smpp.pdu import (
    BindTransceiver,
    DeliverSm,
    EnquireLink,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from angarium.smpp.session import SessionSettings
from angarium.smpp.states import Role
from tests.connection_pair import LEAN, TEMPLATE, ConnectionPair, bound_pair, sent_by

# Unbinding and the end.


@pytest.mark.parametrize("role", Role)
def test_an_orderly_end(role: Role) -> None:
    """Either end may unbind; both know why it is over."""
    pair = bound_pair()
    asking, asked = pair.session(role), pair.session(role.peer)
    asking.request(Unbind(), now=pair.now)

    told = asked.receive_data(asking.data_to_send(), now=pair.now)
    heard = asking.receive_data(asked.data_to_send(), now=pair.now)

    assert [type(event) for event in told] == [PeerUnbound, Closed]
    assert told[1] == Closed(CloseReason.PEER_UNBOUND, "the peer asked to unbind", (), ())
    assert heard == [Closed(CloseReason.UNBOUND, "we asked to unbind", (), ())]
    assert asking.closed
    assert asked.closed


def test_after_unbind_nothing_new_is_sent_but_answers_are() -> None:
    """While our unbind is on its way, the peer's requests are still answered."""
    pair = bound_pair()
    pair.smsc.request(DeliverSm(), now=pair.now)
    pair.esme.request(Unbind(), now=pair.now)

    events = pair.to_esme()

    assert [type(event) for event in events] == [DeliverReceived]
    assert pair.esme.window_free == 0
    with pytest.raises(MisuseError):
        pair.esme.submit(TEMPLATE, b"1", token=1, now=pair.now)
    pair.esme.acknowledge([1])
    assert sent_by(pair.esme)[-1] == (CommandId.DELIVER_SM_RESP, 0, 1)


def test_answers_that_follow_the_peers_unbind_are_not_lost() -> None:
    """A peer that unbinds first and answers then is heard out; the end comes with the last answer."""
    pair = bound_pair()
    number = pair.esme.submit(TEMPLATE, b"1", token="t", now=pair.now)
    pair.to_smsc()
    first = pair.esme.receive_data(codec.encode(Unbind(sequence_number=1)), now=pair.now)

    second = pair.esme.receive_data(codec.encode(SubmitSmResp(sequence_number=number, message_id=b"9")), now=pair.now)

    assert first == [PeerUnbound()]
    assert second[0] == SubmitReplied("t", 0, b"9", number, pair.now)
    assert isinstance(second[1], Closed)
    assert second[1].unanswered == ()


def test_a_peer_that_unbinds_and_never_answers_ends_with_the_timeout() -> None:
    """The response timer bounds the waiting after the peer's unbind."""
    pair = bound_pair()
    pair.esme.submit(TEMPLATE, b"1", token="t", now=pair.now)
    pair.to_smsc()
    pair.esme.receive_data(codec.encode(Unbind(sequence_number=1)), now=pair.now)

    deadline = pair.esme.next_deadline()
    events = pair.esme.handle_deadline(now=pair.now + LEAN.response_s)

    assert deadline == pair.now + LEAN.response_s
    assert [type(event) for event in events] == [RequestTimedOut, Closed]


def test_a_lost_connection_hands_back_what_is_in_doubt_and_what_never_left() -> None:
    """Sent and unanswered is in doubt; still in our hands is not."""
    pair = bound_pair()
    pair.esme.submit(TEMPLATE, b"1", token="sent", now=pair.now)
    pair.esme.data_to_send()
    pair.esme.submit(TEMPLATE, b"2", token="kept", now=pair.now)

    (closed,) = pair.esme.receive_eof(now=pair.now)

    assert closed == Closed(CloseReason.EOF, "the connection was closed", ("sent",), ("kept",))
    assert pair.esme.unanswered() == ["sent"]
    assert pair.esme.receive_eof(now=pair.now) == []
    assert pair.esme.next_deadline() is None
    with pytest.raises(MisuseError):
        pair.esme.acknowledge([1])


# Time.


def test_nobody_binds_in_time() -> None:
    """Both ends give up when `session_init` runs out."""
    for role in Role:
        pair = ConnectionPair(LEAN)
        session = pair.session(role)
        assert session.next_deadline() == pair.now + 5.0

        (closed,) = session.handle_deadline(now=pair.now + 5.0)

        assert isinstance(closed, Closed)
        assert closed.reason is CloseReason.SESSION_INIT_TIMEOUT


def test_a_bind_that_is_never_answered_ends_the_session_once() -> None:
    """Response timer and `session_init` at the same moment: one end, not two."""
    pair = ConnectionPair(SessionSettings(session_init_s=10.0, response_s=10.0))
    pair.esme.request(BindTransceiver(), now=pair.now)

    events = pair.esme.handle_deadline(now=pair.now + 10.0)

    assert [type(event) for event in events] == [Closed]


@pytest.mark.parametrize("role", Role)
def test_a_quiet_peer_is_asked_and_answers(role: Role) -> None:
    """enquire_link goes out after the quiet time; the answer starts the quiet time anew, without an event."""
    pair = bound_pair()
    session, peer = pair.session(role), pair.session(role.peer)
    pair.now += 30.0
    assert session.next_deadline() == pair.now

    events = session.handle_deadline(now=pair.now)

    data = session.data_to_send()
    assert events == []
    assert data[4:8] == (0x15).to_bytes(4, "big")
    peer.receive_data(data, now=pair.now)
    assert session.receive_data(peer.data_to_send(), now=pair.now) == []
    assert session.next_deadline() == pair.now + 30.0


@pytest.mark.parametrize("role", Role)
def test_a_dead_peer_is_given_up(role: Role) -> None:
    """Asked, and silent for the response time: over, with what is in doubt."""
    pair = bound_pair()
    session = pair.session(role)
    session.handle_deadline(now=pair.now + 30.0)

    (closed,) = session.handle_deadline(now=pair.now + 40.0)

    assert isinstance(closed, Closed)
    assert closed.reason is CloseReason.PEER_SILENT


def test_inactivity_ends_the_session() -> None:
    """Signs of life alone do not keep a session for ever when the limit is set."""
    pair = bound_pair(settings=SessionSettings(inactivity_s=45.0, enquire_link_s=30.0))
    pair.now += 30.0
    pair.esme.handle_deadline(now=pair.now)
    pair.to_smsc()
    pair.to_esme()

    (closed,) = pair.esme.handle_deadline(now=pair.now + 15.0)

    assert isinstance(closed, Closed)
    assert closed.reason is CloseReason.INACTIVITY


def test_messages_in_either_direction_are_activity() -> None:
    """submit, deliver and other requests put the inactivity timer off."""
    pair = bound_pair(settings=SessionSettings(inactivity_s=45.0, enquire_link_s=None, response_s=500.0))
    pair.now += 40.0
    pair.esme.submit(TEMPLATE, b"1", token=1, now=pair.now)
    pair.to_smsc()
    assert pair.esme.next_deadline() == pair.smsc.next_deadline() == pair.now + 45.0
    pair.now += 40.0
    pair.smsc.request(DeliverSm(), now=pair.now)

    pair.to_esme()

    assert pair.esme.next_deadline() == pair.smsc.next_deadline() == pair.now + 45.0


def test_unanswered_requests_time_out_in_order() -> None:
    """Those that are due are told, the others stay."""
    pair = bound_pair(settings=SessionSettings(response_s=10.0, enquire_link_s=None))
    numbers = [pair.esme.submit(TEMPLATE, b"1", token=token, now=pair.now) for token in "ab"]
    pair.esme.submit(TEMPLATE, b"1", token="c", now=pair.now + 1.0)

    events = pair.esme.handle_deadline(now=pair.now + 10.0)

    assert events == [RequestTimedOut(token, number, pair.now) for token, number in zip("ab", numbers, strict=True)]
    assert pair.esme.unanswered() == []
    pair.esme.data_to_send()
    assert pair.esme.unanswered() == ["c"]


def test_a_late_answer_is_told_as_late() -> None:
    """It carries the carrier's id, so it is not thrown away; a second one is unexpected."""
    pair = bound_pair(settings=SessionSettings(response_s=10.0, enquire_link_s=None))
    number = pair.esme.submit(TEMPLATE, b"1", token="t", now=pair.now)
    pair.esme.handle_deadline(now=pair.now + 10.0)
    answer = codec.encode(SubmitSmResp(sequence_number=number, message_id=b"late-id"))

    first = pair.esme.receive_data(answer, now=pair.now + 11.0)
    second = pair.esme.receive_data(answer, now=pair.now + 12.0)

    assert first == [LateReply("t", SubmitSmResp(sequence_number=number, message_id=b"late-id"), pair.now)]
    assert [type(event) for event in second] == [Unexpected]


def test_an_unbind_that_is_never_answered_ends_the_session() -> None:
    """We do not wait longer than the response time for a goodbye."""
    pair = bound_pair(settings=SessionSettings(response_s=10.0, enquire_link_s=None))
    pair.esme.request(Unbind(), now=pair.now)

    (closed,) = pair.esme.handle_deadline(now=pair.now + 10.0)

    assert isinstance(closed, Closed)
    assert closed.reason is CloseReason.UNBIND_TIMEOUT


def test_an_enquiry_of_the_owner_is_answered_to_the_owner() -> None:
    """`request(EnquireLink())` gives `Replied` or `RequestTimedOut`, unlike the session's own."""
    pair = bound_pair(settings=SessionSettings(response_s=10.0, enquire_link_s=None))
    pair.esme.request(EnquireLink(), token="a", now=pair.now)
    pair.to_smsc()
    (answer,) = pair.to_esme()
    number = pair.esme.request(EnquireLink(), token="b", now=pair.now)

    events = pair.esme.handle_deadline(now=pair.now + 10.0)

    assert isinstance(answer, Replied)
    assert answer.token == "a"
    assert events == [RequestTimedOut("b", number, pair.now)]


def test_handling_a_deadline_early_does_nothing() -> None:
    """Waking up too soon is harmless."""
    pair = bound_pair()
    pair.esme.submit(TEMPLATE, b"1", token=1, now=pair.now)
    pair.esme.data_to_send()

    assert pair.esme.handle_deadline(now=pair.now + 1.0) == []
    assert pair.esme.data_to_send() == b""


@pytest.mark.parametrize(
    "wrong",
    [{"window_max": 0}, {"response_s": 0}, {"enquire_link_s": -1.0}, {"late_replies_max": -1}],
)
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    """A limit that cannot work is refused in a sentence that names it."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SessionSettings(**wrong)  # type: ignore[arg-type]


def test_an_unbind_resp_with_an_error_still_ends_the_session() -> None:
    """Whatever the peer says to our goodbye, we go."""
    pair = bound_pair()
    number = pair.esme.request(Unbind(), now=pair.now)

    answer = UnbindResp(sequence_number=number, command_status=CommandStatus.ESME_RSYSERR)
    (closed,) = pair.esme.receive_data(codec.encode(answer), now=pair.now)

    assert isinstance(closed, Closed)
    assert closed.reason is CloseReason.UNBOUND
