"""One connection to the simulator: an asyncio protocol around a session in the role of the SMSC."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from angarium.sim.mailbox import Mailbox, Parcel
from angarium.smpp.events import (
    BindRequested,
    Closed,
    Event,
    Nacked,
    Replied,
    RepliedUnreadably,
    RequestReceived,
    RequestTimedOut,
)
from angarium.smpp.pdu import Pdu
from angarium.smpp.session import Session, SessionSettings
from angarium.smpp.states import Role

if TYPE_CHECKING:
    from angarium.sim.smsc import Simulator


class SmscLink(asyncio.Protocol):
    """Feeds a session, writes what it says once a read, keeps its one timer, and tells the simulator the rest."""

    def __init__(self, simulator: Simulator, settings: SessionSettings) -> None:
        self._simulator = simulator
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._writable = True
        self._dropped = False
        self.transport: asyncio.Transport | None = None
        self.session = Session(Role.SMSC, settings, now=self._loop.time())
        self.mailbox: Mailbox | None = None
        """Whose link it is, once bound."""
        self.can_receive = False
        """Whether it was bound for deliver_sm."""

    # What asyncio says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._simulator.link_opened(self)
        self._arm()

    def data_received(self, data: bytes) -> None:
        self._handle(self.session.receive_data(data, now=self._loop.time()))
        self.flush()
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.transport = None
        self._handle(self.session.receive_eof(now=self._loop.time()))
        self._simulator.link_closed(self)

    def pause_writing(self) -> None:
        self._writable = False
        # Who does not read our answers may not ask more: memory stays bounded.
        if self.transport is not None:
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        self._writable = True
        if self.transport is not None:
            self.transport.resume_reading()
        self._simulator.pump(self.mailbox)

    # What the simulator says.

    @property
    def is_bound(self) -> bool:
        """Whether requests may still be answered here."""
        return self.session.state.is_bound and not self._dropped

    def respond(self, pdu: Pdu) -> None:
        """Answer a request, unless the link is gone meanwhile."""
        if self.is_bound:
            self.session.respond(pdu)

    def deliver_room(self) -> int:
        """How many deliver_sm may go out now; 0 while the peer does not read."""
        return self.session.window_free if self.can_receive and self._writable and not self._dropped else 0

    def deliver(self, parcel: Parcel, now: float) -> None:
        """Send one; call `flush` after the last."""
        self.session.request(parcel.deliver_sm, token=parcel, now=now)
        parcel.is_sent = True

    def flush(self) -> None:
        """Write everything that the session has to say, in one piece."""
        if self.transport is None or self._dropped:
            return
        data = self.session.data_to_send()
        if data:
            self.transport.write(data)
        if self.session.closed:
            self.transport.close()

    def drop(self) -> None:
        """Write what is said already and hang up, leaving the peer's other requests unanswered."""
        self.flush()
        self._dropped = True
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Hang up at once, as a dying network does."""
        self._dropped = True
        if self.transport is not None:
            self.transport.abort()

    # Inside.

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            kind = type(event)
            if kind is RequestReceived:
                if not self._dropped:
                    self._simulator.requested(self, cast(RequestReceived, event).pdu)
            elif kind is Replied:
                reply = cast(Replied, event)
                self._simulator.acknowledged(cast(Parcel, reply.token), reply.pdu.command_status, self.mailbox)
            elif kind is BindRequested:
                self._simulator.bind_requested(self, cast(BindRequested, event).pdu)
            elif isinstance(event, Nacked | RepliedUnreadably):
                self._simulator.acknowledged(cast(Parcel, event.token), event.command_status, self.mailbox)
            elif isinstance(event, RequestTimedOut):
                self._simulator.unacknowledged(self.mailbox, [cast(Parcel, event.token)])
            elif isinstance(event, Closed):
                lost = [cast(Parcel, token) for token in (*event.unanswered, *event.unsent)]
                self._simulator.unacknowledged(self.mailbox, lost)
        if events:
            self._simulator.pump(self.mailbox)

    def _arm(self) -> None:
        """Set the timer if something falls due before it would ring; it is moved back only when it rings."""
        deadline = self.session.next_deadline()
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._handle(self.session.handle_deadline(now=self._loop.time()))
        self.flush()
        self._arm()
