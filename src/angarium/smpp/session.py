"""One SMPP conversation, for either role. Bytes and time come in; events, bytes and one deadline go out.

Knows: bind states, the operation matrix, sequence numbers, the window, the timers, and the answers that need no owner
(enquire_link, unbind, errors). Refuses to know: sockets, clocks, and what a message means.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from angarium.smpp import codec
from angarium.smpp.constants import (
    HEADER_OCTETS,
    PDU_OCTETS_MAX,
    RESPONSE_BIT,
    SEQUENCE_NUMBER_MAX,
    SEQUENCE_NUMBER_MIN,
    CommandId,
    CommandStatus,
)
from angarium.smpp.errors import FramingError, MisuseError, PduError
from angarium.smpp.events import (
    BindRefused,
    BindRequested,
    Bound,
    Closed,
    CloseReason,
    DeliverReceived,
    Event,
    LateReply,
    Nacked,
    PeerUnbound,
    Refused,
    Replied,
    RepliedUnreadably,
    RequestReceived,
    RequestTimedOut,
    SubmitReplied,
    Unexpected,
)
from angarium.smpp.framing import FrameBuffer
from angarium.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter, GenericNack, Pdu
from angarium.smpp.states import BOUND, BOUND_BY, OPERATIONS, UNANSWERED, BindState, Role, startable
from angarium.smpp.timers import SessionTimers, Timer
from angarium.smpp.window import Outstanding, Window

_HEADER: Final = struct.Struct(">LLLL")
_CONTROL_REQUESTS_MAX: Final = 16
_NOTHING: Final[frozenset[int]] = frozenset()

# Plain integers: comparing enum members costs more, and these are compared for every frame.
_SUBMIT_SM: Final = int(CommandId.SUBMIT_SM)
_SUBMIT_SM_RESP: Final = int(CommandId.SUBMIT_SM_RESP)
_DELIVER_SM: Final = int(CommandId.DELIVER_SM)
_CONTROL: Final = frozenset({*BOUND_BY, CommandId.UNBIND, CommandId.ENQUIRE_LINK})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """Limits and timers of one conversation (SMPP 3.4, 7.2). Times in seconds; None switches a timer off."""

    window_max: int = 10
    """Requests of ours that may be unanswered at once."""
    session_init_s: float | None = 30.0
    """From the start until bound."""
    enquire_link_s: float | None = 30.0
    """How long nothing may be heard before we ask."""
    inactivity_s: float | None = None
    """How long there may be no request but enquire_link."""
    response_s: float = 60.0
    """How long an answer may take."""
    late_replies_max: int = 10_000
    """How many timed-out requests are remembered, so that a late answer is still understood."""
    pdu_octets_max: int = PDU_OCTETS_MAX
    """A longer PDU is garbage."""

    def __post_init__(self) -> None:
        for name in ("session_init_s", "enquire_link_s", "inactivity_s", "response_s"):
            seconds = getattr(self, name)
            if seconds is not None and not seconds > 0:
                raise ValueError(f"{name} must be more than 0 seconds, not {seconds!r}")
        if self.window_max < 1:
            raise ValueError(f"window_max must be at least 1, not {self.window_max!r}")
        if self.late_replies_max < 0:
            raise ValueError(f"late_replies_max must not be negative, not {self.late_replies_max!r}")


class Session:
    """One conversation between an ESME and an SMSC, seen from one end. Dead when `state` is CLOSED.

    Bytes from the peer raise nothing: what is wrong with them becomes an answer, an event, or the end. MisuseError
    means that the owner asked for what SMPP does not allow; nothing has changed then.
    """

    def __init__(self, role: Role, settings: SessionSettings, *, now: float) -> None:
        self.role = role
        self.settings = settings
        self.state = BindState.OPEN
        self.last_rtt_s: float | None = None
        """How long the newest answer to `submit` took, as seen when its bytes came in."""
        self.requests_unanswered = 0
        """The peer's requests that the owner has not answered yet."""
        self._frames = FrameBuffer(pdu_octets_max=settings.pdu_octets_max)
        self._window = Window(
            capacity=settings.window_max, timeout_s=settings.response_s, late_max=settings.late_replies_max
        )
        self._control = Window(capacity=_CONTROL_REQUESTS_MAX, timeout_s=settings.response_s, late_max=0)
        self._timers = SessionTimers(
            now=now,
            session_init_s=settings.session_init_s,
            enquire_link_s=settings.enquire_link_s,
            inactivity_s=settings.inactivity_s,
            response_s=settings.response_s,
        )
        self._counts_activity = settings.inactivity_s is not None
        self._out: list[bytes] = []
        self._next_number = SEQUENCE_NUMBER_MIN
        self._unsent_from: int | None = None
        self._enquiry: int | None = None
        self.unbinding = False
        """Whether our unbind is on its way: nothing new may be sent."""
        self._binding: Pdu | None = None
        self._unanswered: tuple[object, ...] = ()
        self.tap: Callable[[bool, bytes], None] | None = None
        """Told of whole PDUs that go by, for somebody who watches: whether they go out, and their octets."""
        self.lost: tuple[Outstanding, ...] = ()
        """Once CLOSED: the messages that were unanswered then, written or not, oldest first."""
        self._may_start = _NOTHING
        self._peer_may = _NOTHING
        self._peer_ever = frozenset[int]().union(*(startable(role.peer, state) for state in BindState))
        self._enter(BindState.OPEN)

    # What the owner may ask at any time.

    @property
    def closed(self) -> bool:
        """Whether the conversation has ended."""
        return self.state is BindState.CLOSED

    @property
    def window_free(self) -> int:
        """How many more requests the window takes now; 0 when we may not send any."""
        return self._window.free if self.state.is_bound and not self.unbinding else 0

    @property
    def window_used(self) -> int:
        """How many of our requests are unanswered."""
        return len(self._window.open)

    def unanswered(self) -> list[object]:
        """Tokens of the requests that were sent and not answered, oldest first; also after the end. In doubt."""
        if self.closed:
            return list(self._unanswered)
        return list(self._window.tokens(unsent_from=self._unsent_from, unsent=self._unsent_count())[0])

    def data_to_send(self) -> bytes:
        """Everything to be written to the peer now, once. What was handed out counts as sent."""
        out = self._out
        if not out:
            return b""
        data = b"".join(out) if len(out) > 1 else out[0]
        out.clear()
        self._unsent_from = None
        if self.tap is not None:
            self.tap(True, data)
        return data

    def next_deadline(self) -> float | None:
        """When to call `handle_deadline` at the latest; None if nothing is awaited."""
        if self.closed:
            return None
        deadline = self._timers.next_deadline(bound=self.state.is_bound)
        for other in (self._window.next_deadline(), self._control.next_deadline()):
            if other is not None and (deadline is None or other < deadline):
                deadline = other
        return deadline

    # What the owner says.

    def submit(
        self,
        template: codec.SubmitTemplate,
        destination_addr: bytes,
        short_message: bytes | None = None,
        *,
        token: object,
        now: float,
    ) -> int:
        """Send a submit_sm made from a template and return its sequence_number; the answer is `SubmitReplied`."""
        window = self._window
        if len(window.open) >= window.capacity:
            raise MisuseError(f"the window of {window.capacity} is full")
        if _SUBMIT_SM not in self._may_start:
            raise MisuseError(f"submit_sm in state {self.state.value}, as {self.role.value}")
        number = self._next_number
        self._out.append(template.encode(number, destination_addr, short_message))
        self._next_number = number + 1 if number < SEQUENCE_NUMBER_MAX else SEQUENCE_NUMBER_MIN
        if self._unsent_from is None:
            self._unsent_from = number
        if self._counts_activity:
            self._timers.acted(now)
        window.open[number] = Outstanding(now, token, _SUBMIT_SM, True, number)
        return number

    def request(self, pdu: Pdu, *, token: object = None, now: float) -> int:
        """Send a request, number it (also in `pdu`), and return the number; the answer is `Replied` with the token.

        bind_* is answered by `Bound` or `BindRefused`, unbind by `Closed`. Messages count against the window; bind,
        unbind and enquire_link do not.
        """
        command_id = int(pdu.command_id)
        if pdu.is_response:
            raise MisuseError(f"{pdu.name} is a response: use respond")
        if command_id not in self._may_start:
            raise MisuseError(f"{pdu.name} in state {self.state.value}, as {self.role.value}")
        if command_id in BOUND_BY and self._binding is not None:
            raise MisuseError(f"{pdu.name} while another bind is unanswered")
        window = self._control if command_id in _CONTROL else self._window
        if command_id not in UNANSWERED and window.free < 1:
            raise MisuseError(f"the window of {window.capacity} is full")
        pdu.sequence_number = number = self._next_number
        self._out.append(codec.encode(pdu))
        self._take_number()
        if command_id not in UNANSWERED:
            window.open[number] = Outstanding(now, token, command_id, False, number)
        if command_id != CommandId.ENQUIRE_LINK:
            self._timers.acted(now)
        if command_id in BOUND_BY:
            self._binding = pdu
        elif command_id == CommandId.UNBIND:
            self.unbinding = True
            self._may_start = _NOTHING
        return number

    def respond(self, pdu: Pdu) -> None:
        """Send a response; its sequence_number is that of the peer's request.

        A bind_*_resp with status 0 binds the session (SMSC).
        """
        command_id = int(pdu.command_id) ^ RESPONSE_BIT
        if not pdu.is_response:
            raise MisuseError(f"{pdu.name} is a request: use request")
        if self.state not in (BindState.OPEN, *BOUND):
            raise MisuseError(f"{pdu.name} in state {self.state.value}")
        if command_id in BOUND_BY and self.role is Role.SMSC:
            self._answer_bind(pdu, command_id)
        elif pdu.command_id != CommandId.GENERIC_NACK and command_id not in self._peer_may:
            raise MisuseError(f"{pdu.name} in state {self.state.value}, as {self.role.value}")
        else:
            self._out.append(codec.encode(pdu))
        self.requests_unanswered = max(0, self.requests_unanswered - 1)

    def acknowledge(self, sequence_numbers: Sequence[int], *, command_status: int = 0) -> None:
        """Send deliver_sm_resp for each of these deliver_sm, all with the same status."""
        if _DELIVER_SM not in self._peer_may:
            raise MisuseError(f"deliver_sm_resp in state {self.state.value}, as {self.role.value}")
        if sequence_numbers:
            self._out.append(codec.encode_deliver_sm_resps(sequence_numbers, command_status=command_status))
            self.requests_unanswered = max(0, self.requests_unanswered - len(sequence_numbers))

    # What the world says.

    def receive_data(self, data: bytes, *, now: float) -> list[Event]:
        """Take in bytes from the peer and tell what they mean. Nothing once CLOSED."""
        events: list[Event] = []
        if self.closed:
            return events
        damage: FramingError | None = None
        frames: Sequence[bytes]
        try:
            frames = self._frames.feed(data)
        except FramingError as error:
            frames, damage = error.frames, error
        if frames:
            if self.tap is not None:
                self.tap(False, b"".join(frames))
            self._timers.heard(now)
            self._receive_frames(frames, now, events)
        if damage is not None and not self.closed:
            # 4.3: the header cannot be trusted, so neither can its sequence_number.
            self._answer(int(CommandId.GENERIC_NACK), CommandStatus.ESME_RINVCMDLEN, 0)
            self._close(CloseReason.FRAMING, str(damage), events)
        return events

    def receive_eof(self, *, now: float) -> list[Event]:
        """Take note that the connection is gone."""
        events: list[Event] = []
        if self.state is BindState.UNBOUND:
            self._close(CloseReason.PEER_UNBOUND, "the peer asked to unbind", events)
        elif not self.closed:
            self._close(CloseReason.EOF, "the connection was closed", events)
        return events

    def handle_deadline(self, *, now: float) -> list[Event]:
        """Do what is due at `now`. Safe to call early."""
        events: list[Event] = []
        if self.closed:
            return events
        events.extend(
            RequestTimedOut(request.token, request.sequence_number, request.sent_at)
            for request in self._window.expire(now)
        )
        for request in self._control.expire(now):
            self._control_timed_out(request, events)
        self._handle_timer(self._timers.due(now, bound=self.state.is_bound), now, events)
        self._close_if_idle_after_unbind(events)
        return events

    # Frames.

    def _receive_frames(self, frames: Sequence[bytes], now: float, events: list[Event]) -> None:
        open_requests = self._window.open
        unpack_from = _HEADER.unpack_from
        decode_reply = codec.decode_submit_sm_resp
        decode_deliver = codec.decode_deliver_sm
        reply: Outstanding | None = None
        for frame in frames:
            _, command_id, status, number = unpack_from(frame)
            try:
                if command_id == _SUBMIT_SM_RESP and (request := open_requests.get(number)) and request.lean:
                    del open_requests[number]
                    reply = request
                    events.append(SubmitReplied(request.token, status, decode_reply(frame)[2], number, request.sent_at))
                    continue
                if command_id == _DELIVER_SM and command_id in self._peer_may:
                    events.append(DeliverReceived(decode_deliver(frame)))
                    self.requests_unanswered += 1
                    if self._counts_activity:
                        self._timers.acted(now)
                    continue
            except PduError as error:
                if command_id == _DELIVER_SM:
                    self._refuse(command_id, number, error.command_status, str(error), events)
                elif reply is not None:
                    events.append(RepliedUnreadably(reply.token, status, str(error), number, reply.sent_at))
                continue
            if command_id & RESPONSE_BIT:
                self._on_response(frame, command_id, status, number, now, events)
            else:
                self._on_request(frame, command_id, number, now, events)
            if self.closed:
                return
        if reply is not None:
            self.last_rtt_s = now - reply.sent_at
        self._close_if_idle_after_unbind(events)

    def _on_request(self, frame: bytes, command_id: int, number: int, now: float, events: list[Event]) -> None:
        if command_id not in self._peer_ever:
            problem = "not for this role" if command_id in OPERATIONS else "no such command"
            self._refuse(command_id, number, CommandStatus.ESME_RINVCMDID, problem, events)
            return
        if command_id not in self._peer_may or (command_id in BOUND_BY and self._binding is not None):
            already = command_id in BOUND_BY and self.state is not BindState.UNBOUND
            status = CommandStatus.ESME_RALYBND if already else CommandStatus.ESME_RINVBNDSTS
            self._refuse(command_id, number, status, f"in state {self.state.value}", events)
            return
        if command_id == CommandId.ENQUIRE_LINK:
            self._answer(int(CommandId.ENQUIRE_LINK_RESP), CommandStatus.ESME_ROK, number)
            return
        self._timers.acted(now)
        if command_id == CommandId.UNBIND:
            self._answer(int(CommandId.UNBIND_RESP), CommandStatus.ESME_ROK, number)
            self._enter(BindState.UNBOUND)
            events.append(PeerUnbound())
            return
        try:
            pdu = codec.decode(frame)
        except PduError as error:
            self._refuse(command_id, number, error.command_status, str(error), events)
            return
        if command_id not in UNANSWERED:
            self.requests_unanswered += 1
        if isinstance(pdu, (BindTransmitter, BindReceiver, BindTransceiver)):
            self._binding = pdu
            events.append(BindRequested(pdu))
        else:
            events.append(RequestReceived(pdu))

    def _on_response(
        self, frame: bytes, command_id: int, status: int, number: int, now: float, events: list[Event]
    ) -> None:
        if number == self._enquiry and command_id in (CommandId.ENQUIRE_LINK_RESP, CommandId.GENERIC_NACK):
            self._enquiry = None
            return
        control = self._control.open.get(number)
        if control is not None and _answers(command_id, control):
            del self._control.open[number]
            self._on_control_response(frame, control, status, now, events)
            return
        request = self._window.open.get(number)
        if request is not None and _answers(command_id, request):
            del self._window.open[number]
            if command_id == CommandId.GENERIC_NACK:
                events.append(Nacked(request.token, status, number, request.sent_at))
                return
            try:
                events.append(Replied(request.token, codec.decode(frame)))
            except PduError as error:
                events.append(RepliedUnreadably(request.token, status, str(error), number, request.sent_at))
            return
        self._on_stray_response(frame, command_id, status, number, events)

    def _on_stray_response(self, frame: bytes, command_id: int, status: int, number: int, events: list[Event]) -> None:
        request = self._window.late(number)
        if request is not None and _answers(command_id, request):
            self._window.take_late(number)
            try:
                events.append(LateReply(request.token, codec.decode(frame), request.sent_at))
            except PduError as error:
                events.append(RepliedUnreadably(request.token, status, str(error), number, request.sent_at))
            return
        try:
            events.append(Unexpected(codec.decode(frame)))
        except PduError as error:
            # A response is never answered, not even a broken one: two ends that do so would never stop.
            events.append(Refused(command_id, number, error.command_status, str(error)))

    def _on_control_response(
        self, frame: bytes, request: Outstanding, status: int, now: float, events: list[Event]
    ) -> None:
        if request.command_id == CommandId.UNBIND:
            self._close(CloseReason.UNBOUND, "we asked to unbind", events)
            return
        try:
            pdu = codec.decode(frame)
        except PduError as error:
            # The status in the header decides; a system_id that cannot be read is no reason to stay outside.
            pdu = GenericNack(sequence_number=error.sequence_number, command_status=status)
        if request.command_id == CommandId.ENQUIRE_LINK:
            events.append(Replied(request.token, pdu))
            return
        self._binding = None
        nacked = struct.unpack_from(">L", frame, 4)[0] == CommandId.GENERIC_NACK
        if status == CommandStatus.ESME_ROK and not nacked:
            self._timers.bound(now)
            self._enter(BOUND_BY[request.command_id])
            events.append(Bound(self.state, pdu))
        else:
            events.append(BindRefused(status))

    # Time.

    def _control_timed_out(self, request: Outstanding, events: list[Event]) -> None:
        if self.closed:
            return
        if request.command_id in BOUND_BY:
            self._close(CloseReason.SESSION_INIT_TIMEOUT, "no answer to our bind", events)
        elif request.command_id == CommandId.UNBIND:
            self._close(CloseReason.UNBIND_TIMEOUT, "no answer to our unbind", events)
        else:
            events.append(RequestTimedOut(request.token, request.sequence_number, request.sent_at))

    def _handle_timer(self, timer: Timer | None, now: float, events: list[Event]) -> None:
        if self.closed or timer is None:
            return
        if timer is Timer.ENQUIRE_LINK:
            self._enquiry = self._next_number
            self._out.append(_HEADER.pack(HEADER_OCTETS, CommandId.ENQUIRE_LINK, 0, self._enquiry))
            self._take_number()
            self._timers.asked(now)
        elif timer is Timer.PEER_SILENT:
            self._close(CloseReason.PEER_SILENT, "no answer to enquire_link", events)
        elif timer is Timer.INACTIVITY:
            self._close(CloseReason.INACTIVITY, f"no request for {self.settings.inactivity_s} s", events)
        elif timer is Timer.SESSION_INIT:
            self._close(CloseReason.SESSION_INIT_TIMEOUT, f"not bound within {self.settings.session_init_s} s", events)

    # Odds and ends.

    def _answer_bind(self, pdu: Pdu, command_id: int) -> None:
        binding = self._binding
        if binding is None or (binding.command_id, binding.sequence_number) != (command_id, pdu.sequence_number):
            raise MisuseError(f"{pdu.name} answers no bind that is waiting")
        self._out.append(codec.encode(pdu))
        self._binding = None
        if pdu.command_status == CommandStatus.ESME_ROK:
            # No `now` here, and none is needed: the request itself was the last sign of life.
            self._timers.bound(self._timers.heard_at)
            self._enter(BOUND_BY[command_id])

    def _enter(self, state: BindState) -> None:
        self.state = state
        self._may_start = _NOTHING if self.unbinding else startable(self.role, state)
        self._peer_may = startable(self.role.peer, state)

    def _answer(self, command_id: int, status: int, number: int) -> None:
        self._out.append(_HEADER.pack(HEADER_OCTETS, command_id, status, number))

    def _refuse(self, command_id: int, number: int, status: int, problem: str, events: list[Event]) -> None:
        """Answer a request with an error: in its own response if it has one here, else with generic_nack."""
        if command_id == _DELIVER_SM and command_id in self._peer_ever:
            # The one response whose body the specification does not drop on errors.
            self._out.append(codec.encode_deliver_sm_resps([number], command_status=status))
        elif command_id not in UNANSWERED:
            known = command_id in self._peer_ever
            self._answer(command_id | RESPONSE_BIT if known else int(CommandId.GENERIC_NACK), status, number)
        events.append(Refused(command_id, number, status, problem))

    def _take_number(self) -> None:
        if self._unsent_from is None:
            self._unsent_from = self._next_number
        self._next_number = self._next_number % SEQUENCE_NUMBER_MAX + SEQUENCE_NUMBER_MIN

    def _unsent_count(self) -> int:
        return 0 if self._unsent_from is None else (self._next_number - self._unsent_from) % SEQUENCE_NUMBER_MAX

    def _close_if_idle_after_unbind(self, events: list[Event]) -> None:
        if self.state is BindState.UNBOUND and not self._window.open:
            self._close(CloseReason.PEER_UNBOUND, "the peer asked to unbind", events)

    def _close(self, reason: CloseReason, detail: str, events: list[Event]) -> None:
        unanswered, unsent = self._window.tokens(unsent_from=self._unsent_from, unsent=self._unsent_count())
        self._unanswered = unanswered
        self.lost = tuple(self._window.open.values())
        self._enter(BindState.CLOSED)
        self._window.clear()
        self._control.clear()
        events.append(Closed(reason, detail, unanswered, unsent))


def _answers(command_id: int, request: Outstanding) -> bool:
    """Whether a response of this kind can be the answer to that request."""
    return command_id in (request.command_id | RESPONSE_BIT, CommandId.GENERIC_NACK)
