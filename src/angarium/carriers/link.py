"""One SMPP connection to a carrier, from the bind to the end: an asyncio protocol around `smpp.Session`.

Dull on purpose: feed, tell, flush in one write per round of the loop, keep one timer armed. What events mean to a
message is said by the translator; who is told is the owner's business.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Sequence
from typing import Final, Protocol, cast

from angarium.carriers.pace import Pace
from angarium.carriers.settings import CarrierSettings
from angarium.carriers.tally import NO_ANSWER, Tally
from angarium.carriers.translate import Translator, Untranslatable
from angarium.core.clocktime import SECOND_MS
from angarium.core.states import Cause
from angarium.ports.carrier import Answer, Payload, Reply, Submission
from angarium.ports.clock import Clock
from angarium.smpp.codec import SubmitTemplate
from angarium.smpp.constants import CommandStatus
from angarium.smpp.events import (
    BindRefused,
    Bound,
    Closed,
    CloseReason,
    DeliverReceived,
    Event,
    LateReply,
    Nacked,
    RepliedUnreadably,
    RequestReceived,
    RequestTimedOut,
    SubmitReplied,
)
from angarium.smpp.pdu import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DataSm,
    DataSmResp,
    DeliverSm,
    SubmitSmResp,
    Unbind,
)
from angarium.smpp.session import Session, SessionSettings
from angarium.smpp.states import BindState, Role
from angarium.smpp.window import Outstanding

GOODBYE_S: Final = 2.0
"""How long a connection that has nothing more to say may take to go away."""
WINDOW_AT_START: Final = 10
"""A fresh link begins with a window of this many requests; each answer widens it by one, up to its setting."""
PACE_SHARE_S: Final = 0.02
"""A link that waits for its pace is looked at again after about this time, so that it is not for every message."""
RTT_WEIGHT: Final = 0.125
"""How much the newest round trip counts in the mean."""

_KILLED: Final = frozenset({CloseReason.EOF, CloseReason.FRAMING, CloseReason.PEER_SILENT})
"""Ends that a message may have brought about."""
_BINDS: Final = {
    BindState.BOUND_TX: BindTransmitter,
    BindState.BOUND_RX: BindReceiver,
    BindState.BOUND_TRX: BindTransceiver,
}


class LinkPhase(enum.Enum):
    """How far one connection has come."""

    BINDING = "binding"
    BOUND = "bound"
    DRAINING = "draining"
    OVER = "over"


class LinkOwner(Protocol):
    """Whom a link tells. Calls come from the event loop and must not block or raise."""

    def link_bound(self, link: Link) -> None:
        """It may be used from now on."""
        ...

    def link_replied(self, link: Link, replies: list[Reply]) -> None:
        """These segments have their replies; there may be room now, or the link is over."""
        ...

    def link_delivered(self, link: Link, pdus: list[DeliverSm | DataSm]) -> None:
        """The carrier delivers these; answer with `Link.acknowledge`."""
        ...

    def link_over(self, link: Link, problem: str) -> None:
        """The link has ended; its replies were told before. `problem` is empty when we wanted it to end."""
        ...


class Link(asyncio.Protocol):
    """One connection. Made by the protocol factory of `loop.create_connection`; useless once over."""

    def __init__(
        self,
        owner: LinkOwner,
        *,
        name: str,
        bind: BindState,
        settings: CarrierSettings,
        translator: Translator,
        clock: Clock,
        loop: asyncio.AbstractEventLoop,
        tally: Tally | None = None,
    ) -> None:
        self.name = name
        self.tally = tally or Tally()
        self.phase = LinkPhase.BINDING
        self.over: asyncio.Future[None] = loop.create_future()
        """Done when the connection is gone."""
        self.reserved = False
        """Kept free of ordinary traffic, for a segment that must travel alone."""
        self.rtt_s: float | None = None
        self.sends = bind is not BindState.BOUND_RX
        self.pace = Pace(settings.pace_per_s, now=loop.time(), ramp_per_s=settings.ramp_per_s)
        self.session = Session(Role.ESME, _session_settings(settings), now=loop.time())
        self._owner = owner
        self._bind = bind
        self._settings = settings
        self._translator = translator
        self._clock = clock
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._window = min(settings.window, WINDOW_AT_START)
        self._timer: asyncio.TimerHandle | None = None
        self._flush_due = False
        self._writing_paused = False
        self._reading_paused = False
        self._problem = ""

    # What the owner may ask and say.

    @property
    def connected(self) -> bool:
        """Whether there is a connection, TLS included."""
        return self._transport is not None

    @property
    def window_used(self) -> int:
        """How many requests are unanswered."""
        return self.session.window_used

    @property
    def window(self) -> int:
        """How many requests may be unanswered now; grows to its setting as answers come."""
        return self._window

    @property
    def takes_ahead(self) -> bool:
        """Whether it is worth holding segments ready for it beyond its window."""
        free = self.phase is LinkPhase.BOUND and not (self.reserved or self._writing_paused)
        return free and self._settings.pace_per_s is None and not (self.pace.throttled or self.pace.ramping)

    def pace_per_s(self) -> float | None:
        """What its pace allows now; None is unlimited."""
        return self.pace.rate_per_s(self._loop.time())

    def room(self, now: float) -> int:
        """How many segments of ordinary traffic it takes at `now`."""
        if self.reserved or self.phase is not LinkPhase.BOUND or self._writing_paused:
            return 0
        free = min(self.session.window_free, self._window - self.session.window_used)
        return min(free, self.pace.room(now)) if free > 0 else 0

    def pace_opens_at(self, now: float) -> float | None:
        """When its pace will allow more, if nothing but its pace holds it back; None otherwise."""
        if self.phase is not LinkPhase.BOUND or self._writing_paused or self.session.window_used >= self._window:
            return None
        rate = self.pace.rate_per_s(now)
        if rate is None:
            return None
        opens_at = self.pace.next_room_at(now, max(1, int(rate * PACE_SHARE_S)))
        return opens_at if opens_at > now else None

    def takes_one(self, now: float) -> bool:
        """Whether a segment that must travel alone can be sent at `now`."""
        idle = self.phase is LinkPhase.BOUND and not self._writing_paused and not self.session.window_used
        return idle and self.session.window_free > 0 and self.pace.room(now) > 0

    def send(self, batch: Sequence[Submission]) -> list[Reply]:
        """Send these segments, at most `room` of them; the replies of those that cannot be written at all."""
        refused: list[Reply] = []
        now = self._loop.time()
        now_at = self._clock.now()
        submit = self.session.submit
        destination_addr = self._translator.destination_addr
        payload: Payload | None = None
        segments: list[tuple[SubmitTemplate, bytes]] = []
        for submission in batch:
            if submission.payload is not payload:
                payload = submission.payload
                try:
                    segments = self._translator.segments(payload, now_at=now_at)
                except Untranslatable as problem:
                    payload = None
                    refused.append(Reply(submission, Answer.REJECTED, "", "", problem.cause, 0, self.name))
                    continue
            template, short_message = segments[submission.segment_no]
            submit(template, destination_addr(submission.recipient), short_message, token=submission, now=now)
        self.pace.take(len(batch) - len(refused), now)
        self._flush_soon()
        return refused

    def acknowledge(self, pdus: Sequence[DeliverSm | DataSm], *, command_status: int) -> None:
        """Answer what `link_delivered` told. Without effect once the link is over: the carrier then repeats it."""
        if not self.session.state.is_bound:
            return
        self.session.acknowledge(
            [pdu.sequence_number for pdu in pdus if isinstance(pdu, DeliverSm)], command_status=command_status
        )
        for pdu in pdus:
            if isinstance(pdu, DataSm):
                answer = DataSmResp(sequence_number=pdu.sequence_number, command_status=command_status)
                self.session.respond(answer)
        self._mind_reading()
        self._unbind_if_idle()
        self._flush_soon()

    def drain(self) -> None:
        """Take no more; unbind when every answer has come and every delivery is acknowledged."""
        if self.phase is LinkPhase.BOUND:
            self.phase = LinkPhase.DRAINING
            self._unbind_if_idle()
            self._flush_soon()
        elif self.phase is LinkPhase.BINDING:
            self.hang_up()

    def unbind_now(self) -> None:
        """Unbind although answers are missing: they will be in doubt."""
        if self.session.state.is_bound and not self.session.unbinding:
            self.phase = LinkPhase.DRAINING
            self.session.request(Unbind(), now=self._loop.time())
            self._flush_soon()

    def hang_up(self) -> None:
        """Drop the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not isinstance: the transports of uvloop are no subclasses of asyncio.Transport.
        transport = cast("asyncio.Transport", transport)
        self._transport = transport
        settings = self._settings
        self.session.request(
            _BINDS[self._bind](
                system_id=settings.system_id.encode(),
                password=settings.password.encode(),
                system_type=settings.system_type.encode(),
                interface_version=settings.interface_version,
                addr_ton=settings.address_range_ton,
                addr_npi=settings.address_range_npi,
                address_range=settings.address_range.encode(),
            ),
            now=self._loop.time(),
        )
        self._flush()

    def data_received(self, data: bytes) -> None:
        now = self._loop.time()
        events = self.session.receive_data(data, now=now)
        if events:
            # What the owner sends because of these events goes out in the same write.
            self._flush_due = True
            self._tell(events, now)
        self._flush()

    def pause_writing(self) -> None:
        self._writing_paused = True
        self._mind_reading()

    def resume_writing(self) -> None:
        self._writing_paused = False
        self._mind_reading()
        self._owner.link_replied(self, [])

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        if exc is not None and not self.session.closed:
            self._problem = f"the connection was lost: {exc}"
        self._tell(self.session.receive_eof(now=now), now)
        if not self.over.done():
            self.over.set_result(None)

    # Events.

    def _tell(self, events: Sequence[Event], now: float) -> None:
        replies: list[Reply] = []
        delivered: list[DeliverSm | DataSm] = []
        ended: Closed | None = None
        match_id, name = self._translator.match_id, self.name
        now_at = self._clock.now()
        if now >= self.tally.mark_at:
            self.tally.mark(now)
        busy = False
        for event in events:
            if isinstance(event, SubmitReplied):
                status = event.command_status
                if status == 0:
                    submission: Submission = event.token  # type: ignore[assignment]
                    raw = event.message_id
                    replies.append(
                        Reply(
                            submission,
                            Answer.ACCEPTED,
                            raw.decode("latin-1"),
                            match_id(raw),
                            Cause.CARRIER_ACCEPTED,
                            0,
                            name,
                            False,
                            False,
                            event.sequence_number,
                            now_at - int((now - event.sent_at) * SECOND_MS),
                            now_at,
                        )
                    )
                else:
                    reply = self._failed(event, status, now)
                    busy = busy or reply.answer is Answer.BUSY
                    replies.append(reply)
            elif isinstance(event, DeliverReceived):
                delivered.append(event.deliver_sm)
            elif isinstance(event, Closed):
                ended = event
            else:
                self._tell_other(event, replies, delivered, now)
        if busy:
            self.pace.slow_down(now)
        if delivered:
            self._owner.link_delivered(self, delivered)
            self._mind_reading()
        if ended is not None:
            self._end(ended, replies, now)
        elif replies:
            if not busy:
                self._window = min(self._settings.window, self._window + len(replies))
            self._note_rtt()
            self.tally.answered += len(replies)
            self._owner.link_replied(self, replies)
        self._unbind_if_idle()

    def _tell_other(self, event: Event, replies: list[Reply], delivered: list[DeliverSm | DataSm], now: float) -> None:
        if isinstance(event, Bound):
            self.phase = LinkPhase.BOUND
            self.pace.start(now)
            self._owner.link_bound(self)
        elif isinstance(event, BindRefused):
            status = CommandStatus(event.command_status)
            self._problem = f"the bind was refused: {status.name} ({int(status):#010x})"
            self.hang_up()
        elif isinstance(event, Nacked):
            replies.append(self._failed(event, event.command_status, now))
        elif isinstance(event, RequestTimedOut):
            replies.append(self._in_doubt(event, now))
        elif isinstance(event, RepliedUnreadably):
            if event.command_status == CommandStatus.ESME_ROK:
                # Taken, under an id that we cannot read: no receipt will find it, but sending it again would be wrong.
                reply = Reply(_submission(event.token), Answer.ACCEPTED, link=self.name)
                replies.append(self._timed(reply, event.sequence_number, event.sent_at, now))
            else:
                replies.append(self._failed(event, event.command_status, now))
        elif isinstance(event, LateReply):
            if isinstance(event.pdu, SubmitSmResp) and event.pdu.command_status == CommandStatus.ESME_ROK:
                message_id = event.pdu.message_id
                ids = (message_id.decode("latin-1"), self._translator.match_id(message_id))
                reply = Reply(_submission(event.token), Answer.ACCEPTED, *ids, link=self.name)
                replies.append(self._timed(reply, event.pdu.sequence_number, event.sent_at, now))
        elif isinstance(event, RequestReceived) and isinstance(event.pdu, DataSm):
            # The only other requests that reach an ESME are outbind and alert_notification: nothing to answer.
            delivered.append(event.pdu)

    def _end(self, closed: Closed, replies: list[Reply], now: float) -> None:
        killed = closed.reason in _KILLED and len(closed.unanswered) == 1
        unanswered = set(map(id, closed.unanswered))
        replies += [
            self._in_doubt(lost, now, link_lost=True, killed_link=killed)
            for lost in self.session.lost
            if id(lost.token) in unanswered
        ]
        self.tally.answered += len(replies)
        replies += [
            Reply(_submission(token), Answer.UNSENT, "", "", Cause.RETURNED_UNSENT, 0, self.name)
            for token in closed.unsent
        ]
        wanted = self.phase is LinkPhase.DRAINING and closed.reason is CloseReason.UNBOUND
        problem = "" if wanted else self._problem or closed.detail
        self.phase = LinkPhase.OVER
        if replies:
            self._owner.link_replied(self, replies)
        self._owner.link_over(self, problem)
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.write(self.session.data_to_send())
            transport.close()
            self._loop.call_later(GOODBYE_S, transport.abort)

    def _failed(self, event: SubmitReplied | Nacked | RepliedUnreadably, command_status: int, now: float) -> Reply:
        self.tally.errors[command_status] += 1
        answer, cause = self._translator.answer(command_status)
        reply = Reply(_submission(event.token), answer, "", "", cause, command_status, self.name)
        return self._timed(reply, event.sequence_number, event.sent_at, now)

    def _in_doubt(
        self, lost: RequestTimedOut | Outstanding, now: float, *, link_lost: bool = False, killed_link: bool = False
    ) -> Reply:
        self.tally.errors[NO_ANSWER] += 1
        cause = Cause.IN_DOUBT_RESENT
        reply = Reply(_submission(lost.token), Answer.IN_DOUBT, "", "", cause, 0, self.name, link_lost, killed_link)
        return self._timed(reply, lost.sequence_number, lost.sent_at, now)

    def _timed(self, reply: Reply, sequence_number: int, sent_at: float, now: float) -> Reply:
        """The same, with the moments of its submission: `sent_at` and `now` are of the loop's clock."""
        now_at = self._clock.now()
        written_at = now_at - int((now - sent_at) * SECOND_MS)
        return reply._replace(sequence_number=sequence_number, written_at=written_at, answered_at=now_at)

    def _note_rtt(self) -> None:
        newest = self.session.last_rtt_s
        if newest is not None:
            self.rtt_s = newest if self.rtt_s is None else self.rtt_s + (newest - self.rtt_s) * RTT_WEIGHT

    # Bytes and time.

    def _flush_soon(self) -> None:
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        if self.session.closed or self._transport is None:
            return
        data = self.session.data_to_send()
        if data:
            self._transport.write(data)
        deadline = self.session.next_deadline()
        # A timer that rings early is harmless and arms itself anew; so it is only replaced by an earlier one.
        if deadline is not None and (self._timer is None or deadline < self._timer.when()):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        now = self._loop.time()
        self._flush_due = True
        self._tell(self.session.handle_deadline(now=now), now)
        self._flush()

    def _unbind_if_idle(self) -> None:
        if self.phase is LinkPhase.DRAINING and not (self.session.window_used or self.session.requests_unanswered):
            self.unbind_now()

    def _mind_reading(self) -> None:
        """Stop reading while nothing can be written, or while too much waits to be stored."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        most = self._settings.unacknowledged_max
        waiting = self.session.requests_unanswered
        too_much = waiting >= most or (self._reading_paused and waiting > most // 2)
        pause = self._writing_paused or too_much
        if pause != self._reading_paused:
            self._reading_paused = pause
            if pause:
                transport.pause_reading()
            else:
                transport.resume_reading()


def _submission(token: object) -> Submission:
    assert isinstance(token, Submission), "every token in the window of a link is a Submission"
    return token


def _session_settings(settings: CarrierSettings) -> SessionSettings:
    return SessionSettings(
        window_max=settings.window,
        session_init_s=settings.session_init_s,
        enquire_link_s=settings.enquire_link_s,
        inactivity_s=settings.inactivity_s,
        response_s=settings.response_s,
    )
