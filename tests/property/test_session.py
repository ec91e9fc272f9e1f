"""Whatever the peer sends, whenever: a session answers with events, and never with anything else."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from angarium.smpp import codec
from angarium.smpp.constants import CommandId
from angarium.smpp.errors import MisuseError
from angarium.smpp.events import Closed, Event, RequestTimedOut, SubmitReplied
from angarium.smpp.pdu import PDU_CLASSES, DeliverSm, EnquireLink, SubmitSm, SubmitSmResp, Unbind
from angarium.smpp.session import Session, SessionSettings
from angarium.smpp.states import BindState, Role
from tests.connection_pair import ConnectionPair

EVENTS = get_args(Event)
TEMPLATE = codec.SubmitTemplate(SubmitSm(short_message=b"Hello"))
STATES = [state for state in BindState if state is not BindState.UNBOUND]
SETTINGS = SessionSettings(window_max=5, response_s=10.0, enquire_link_s=30.0, inactivity_s=100.0, late_replies_max=2)


def frames() -> st.SearchStrategy[bytes]:
    """Frames that are right, nearly right, or only framed."""
    numbers = st.integers(0, 6)
    right = st.builds(
        lambda pdu, number: codec.encode(pdu(sequence_number=number)),
        st.sampled_from(list(PDU_CLASSES.values())),
        numbers,
    )
    odd = st.builds(
        lambda command, status, number, body: (
            b"".join(word.to_bytes(4, "big") for word in (16 + len(body), command, status, number)) + body
        ),
        st.one_of(st.sampled_from([int(command) for command in CommandId]), st.integers(0, 0xFFFFFFFF)),
        st.integers(0, 0xFFFFFFFF),
        numbers,
        st.binary(max_size=60),
    )
    return st.one_of(right, odd)


def streams() -> st.SearchStrategy[bytes]:
    """What a peer may write: frames, now and then noise."""
    return st.lists(st.one_of(frames(), frames(), frames(), st.binary(max_size=30)), max_size=12).map(b"".join)


def started(role: Role, state: BindState) -> Session:
    """A session in that state with two submits (or deliveries) on their way where that is allowed."""
    pair = ConnectionPair(SETTINGS).bring(state)
    session = pair.session(role)
    try:
        for token in range(2):
            session.request(SubmitSm() if role is Role.ESME else DeliverSm(), token=token, now=pair.now)
    except MisuseError:
        pass
    session.data_to_send()
    return session


@given(role=st.sampled_from(Role), state=st.sampled_from(STATES), data=streams(), waits=st.lists(st.floats(0, 60)))
def test_any_bytes_in_any_state_give_events_only(role: Role, state: BindState, data: bytes, waits: list[float]) -> None:
    """No exception escapes, the end comes at most once, and time can only move the session on."""
    session = started(role, state)
    now = 100.0

    events = list(session.receive_data(data, now=now))
    for wait in waits:
        now += wait
        events += session.handle_deadline(now=now)
        deadline = session.next_deadline()
        assert deadline is None or deadline > now

    assert all(isinstance(event, EVENTS) for event in events)
    assert sum(isinstance(event, Closed) for event in events) <= 1
    assert (session.state is BindState.CLOSED) == (
        state is BindState.CLOSED or any(isinstance(event, Closed) for event in events)
    )
    assert session.window_used <= SETTINGS.window_max


@given(
    role=st.sampled_from(Role), state=st.sampled_from(STATES), data=streams(), seed=st.randoms(use_true_random=False)
)
def test_any_split_of_the_bytes_gives_the_same_events(role: Role, state: BindState, data: bytes, seed: object) -> None:
    """One read, single octets, or any pieces between: the same events and the same answers."""
    whole, octets, pieces = (started(role, state) for _ in range(3))
    cuts = sorted({seed.randrange(len(data) + 1) for _ in range(5)}) if data else []  # type: ignore[attr-defined]

    expected = whole.receive_data(data, now=100.0)
    by_octet = [event for octet in data for event in octets.receive_data(bytes([octet]), now=100.0)]
    by_piece = [
        event
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)
        for event in pieces.receive_data(data[start:end], now=100.0)
    ]

    assert expected == by_octet == by_piece
    assert whole.data_to_send() == octets.data_to_send() == pieces.data_to_send()
    assert whole.state is octets.state is pieces.state


@given(
    st.lists(
        st.one_of(
            st.just("submit"), st.just("flush"), st.just("wait"), st.tuples(st.just("answer"), st.integers(1, 12))
        ),
        max_size=40,
    ),
    st.sampled_from(["eof", "unbind", "silence"]),
)
def test_every_token_comes_back_exactly_once(steps: list[object], end: str) -> None:
    """Answered, timed out, in doubt or unsent: nothing that was submitted is forgotten or told twice (delivery 2.5)."""
    pair = ConnectionPair(SETTINGS).bring(BindState.BOUND_TRX)
    session, given_in, told = pair.esme, 0, []
    for step in steps:
        events: list[Event] = []
        if step == "submit" and session.window_free:
            session.submit(TEMPLATE, b"1", token=given_in, now=pair.now)
            given_in += 1
        elif step == "flush":
            session.data_to_send()
        elif step == "wait":
            pair.now += 4.0
            session.receive_data(codec.encode(EnquireLink()), now=pair.now)
            events = session.handle_deadline(now=pair.now)
        elif isinstance(step, tuple):
            events = session.receive_data(codec.encode(SubmitSmResp(sequence_number=step[1])), now=pair.now)
        told += [event.token for event in events if isinstance(event, SubmitReplied | RequestTimedOut)]
    if end == "unbind":
        events = session.receive_data(codec.encode(Unbind()), now=pair.now)
    elif end == "eof":
        events = session.receive_eof(now=pair.now)
    else:
        events = []
    while not session.closed:
        pair.now += 10.0
        events += session.handle_deadline(now=pair.now)
    for event in events:
        if isinstance(event, Closed):
            told += [*event.unanswered, *event.unsent]
        elif isinstance(event, SubmitReplied | RequestTimedOut):
            told.append(event.token)

    assert sorted(told) == list(range(given_in))  # type: ignore[type-var]
