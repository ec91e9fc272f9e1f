"""One connection to the simulator: an asyncio protocol around a session in the role of the SMSC."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Final, cast

from angarium.sim.hostile_writer import HostileWriter
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
from angarium.smpp.pdu import Pdu, Unbind
from angarium.smpp.session import Session, SessionSettings
from angarium.smpp.states import Role

if TYPE_CHECKING:
    from angarium.sim.smsc import Simulator

_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER for no farewell: the peer sees a reset."""


class SmscLink(asyncio.Protocol):
    """Feeds a session, writes what it says once a read, keeps its one timer, and tells the simulator the rest."""

    def __init__(self, simulator: Simulator, settings: SessionSettings) -> None:
        self._simulator = simulator
        self.number = 0
        """Counts the links, from 1."""
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._writable = True
        self._dropped = False
        self._is_silent = False
        self._writer: HostileWriter | None = None
        self.transport: asyncio.Transport | None = None
        self.session = Session(Role.SMSC, settings, now=self._loop.time())
        self.mailbox: Mailbox | None = None
        """Whose link it is, once bound."""
        self.can_receive = False
        """Whether it was bound for deliver_sm."""
        self.held: list[Pdu] = []
        """Answers that wait for one another, to go out in disorder."""

    # What asyncio says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._simulator.link_opened(self)
        self._arm()

    def data_received(self, data: bytes) -> None:
        if self._is_silent:
            return
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
        can = self.can_receive and self._writable and not (self._dropped or self._is_silent or self.session.unbinding)
        return self.session.window_free if can else 0

    def deliver(self, parcel: Parcel, now: float) -> None:
        """Send one; call `flush` after the last."""
        self.session.request(parcel.deliver_sm, token=parcel, now=now)
        parcel.is_sent = True

    def flush(self) -> None:
        """Write everything that the session has to say, in one piece unless a switch wants it otherwise."""
        if self.transport is None or self._dropped or self._is_silent:
            return
        data = self.session.data_to_send()
        if data:
            self.write(data)
        if self.session.closed:
            self._hang_up()

    def write(self, data: bytes) -> None:
        """Write this after what was written before, whatever it is."""
        if self.transport is None or self._dropped or self._is_silent:
            return
        hostility = self._simulator.hostility
        if hostility.on and self._writer is None:
            self._writer = HostileWriter(self.transport, hostility, link=self.number)
        if self._writer is None:
            self.transport.write(data)
        else:
            self._writer.write(data)

    def drop(self) -> None:
        """Write what is said already and hang up, leaving the peer's other requests unanswered."""
        self.flush()
        self._dropped = True
        self._hang_up()

    def abort(self) -> None:
        """Hang up at once, as a dying network does."""
        self._dropped = True
        if self.transport is not None:
            self.transport.abort()

    def reset(self) -> None:
        """Hang up so that the peer sees a reset."""
        if self.transport is not None:
            raw = self.transport.get_extra_info("socket")
            if raw is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.abort()

    def fall_silent(self) -> None:
        """Say nothing and hear nothing from now on; the connection stays for as long as the peer keeps it."""
        self._is_silent = True

    def stall(self) -> None:
        """Read nothing until `recover`."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def recover(self) -> None:
        """Read again."""
        if self.transport is not None and not self.transport.is_closing() and self._writable:
            self.transport.resume_reading()

    def unbind(self) -> None:
        """Say goodbye, and leave unanswered what is unanswered."""
        if self.is_bound and not self.session.unbinding:
            self.session.request(Unbind(), now=self._loop.time())

    # Inside.

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.let_go()
        if self.transport is not None:
            self.transport.close()

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            kind = type(event)
            if kind is RequestReceived:
                if not (self._dropped or self._is_silent or self.session.unbinding):
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
        if self._is_silent:
            return
        self._handle(self.session.handle_deadline(now=self._loop.time()))
        self.flush()
        self._arm()
