"""A small SMSC for tests, on loopback: it does what the script says and tells what it saw. Nothing in it sleeps."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from angarium.smpp.codec import encode
from angarium.smpp.events import (
    BindRequested,
    Closed,
    Event,
    Replied,
    RequestReceived,
)
from angarium.smpp.pdu import (
    PDU_CLASSES,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DeliverSm,
    DeliverSmResp,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Unbind,
)
from angarium.smpp.session import Session, SessionSettings
from angarium.smpp.states import Role

PATIENCE_S: Final = 20.0
"""A test that waits longer for something to happen has failed."""


class Watch:
    """Lets a test wait until something is true, looking again whenever anything has happened."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def happened(self) -> None:
        """Wake everyone who waits, to look again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, condition: Callable[[], object]) -> None:
        """Return once `condition()` is true; fail the test if that takes too long."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.add(waiter)
                try:
                    await waiter
                finally:
                    self._waiters.discard(waiter)


class SmscConnection(asyncio.Protocol):
    """One ESME that has connected."""

    def __init__(self, smsc: ScriptedSmsc) -> None:
        self.smsc = smsc
        self.session = Session(Role.SMSC, smsc.settings, now=asyncio.get_running_loop().time())
        self.bind: BindTransmitter | BindReceiver | BindTransceiver | None = None
        self.submits: list[SubmitSm] = []
        self.replies: list[Pdu] = []
        """What the ESME answered to our requests, in order."""
        self.closed: Closed | None = None
        self.lost = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.smsc.connections.append(self)
        self.smsc.watch.happened()

    def data_received(self, data: bytes) -> None:
        for event in self.session.receive_data(data, now=self._now()):
            self._hear(event)
        self.flush()
        self.smsc.watch.happened()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        for event in self.session.receive_eof(now=self._now()):
            self._hear(event)
        self.smsc.watch.happened()

    def flush(self) -> None:
        """Write what there is to write."""
        assert self.transport is not None
        data = self.session.data_to_send()
        if data and not self.transport.is_closing():
            self.transport.write(data)
        if self.session.closed:
            self.transport.close()

    def answer(self, submit: SubmitSm, message_id: bytes = b"", *, status: int = 0) -> None:
        """Answer one submit_sm."""
        number = submit.sequence_number
        self.session.respond(SubmitSmResp(sequence_number=number, command_status=status, message_id=message_id))
        self.flush()

    def deliver(self, **fields: object) -> int:
        """Send a deliver_sm; its sequence_number."""
        number = self.session.request(DeliverSm(**fields), now=self._now())  # type: ignore[arg-type]
        self.flush()
        return number

    def send_raw(self, data: bytes) -> None:
        """Write anything at all."""
        assert self.transport is not None
        self.transport.write(data)

    def send(self, pdu: Pdu) -> None:
        """Write a PDU as it is, whether the session likes it or not."""
        self.send_raw(encode(pdu))

    def unbind(self) -> None:
        """Say goodbye."""
        self.session.request(Unbind(), now=self._now())
        self.flush()

    def drop(self) -> None:
        """Cut the connection."""
        assert self.transport is not None
        self.transport.abort()

    def _hear(self, event: Event) -> None:
        if isinstance(event, BindRequested):
            self.bind = event.pdu
            self.smsc.on_bind(self, event.pdu)
        elif isinstance(event, RequestReceived) and isinstance(event.pdu, SubmitSm):
            self.submits.append(event.pdu)
            self.smsc.submits.append(event.pdu)
            self.smsc.on_submit(self, event.pdu)
        elif isinstance(event, Replied):
            self.replies.append(event.pdu)
        elif isinstance(event, Closed):
            self.closed = event

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


class ScriptedSmsc:
    """Listens on any free port. `on_bind` and `on_submit` are the script; by default everything is accepted."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, settings: SessionSettings | None = None) -> None:
        self.settings = settings or SessionSettings(window_max=1000, enquire_link_s=None)
        self.watch = Watch()
        self.connections: list[SmscConnection] = []
        self.submits: list[SubmitSm] = []
        self.on_bind: Callable[[SmscConnection, Pdu], None] = accept_bind
        self.on_submit: Callable[[SmscConnection, SubmitSm], None] = accept_submit
        self.port = 0
        self._tls = tls
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SmscConnection(self), "127.0.0.1", self.port, ssl=self._tls, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        assert self._server is not None
        self._server.close()
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await self.until(lambda: all(connection.lost for connection in self.connections))
        await self._server.wait_closed()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is true of what the SMSC saw."""
        await self.watch.until(condition)

    def bound(self, kind: type[Pdu] = BindTransceiver) -> list[SmscConnection]:
        """The connections that are bound in this way now."""
        return [
            connection
            for connection in self.connections
            if isinstance(connection.bind, kind) and connection.session.state.is_bound
        ]

    async def link(self, kind: type[Pdu] = BindTransceiver, *, number: int = 1) -> SmscConnection:
        """The newest connection bound in this way, once there are `number` of them."""
        await self.until(lambda: len(self.bound(kind)) >= number)
        return self.bound(kind)[-1]


def accept_bind(connection: SmscConnection, bind: Pdu, *, status: int = 0) -> None:
    """Answer a bind, by default with yes."""
    response = PDU_CLASSES[int(bind.command_id) | 0x80000000]
    connection.session.respond(response(sequence_number=bind.sequence_number, command_status=status))


def accept_submit(connection: SmscConnection, submit: SubmitSm) -> None:
    """Answer with the running number of the submit as its id."""
    connection.answer(submit, str(len(connection.smsc.submits)).encode())


def say_nothing(connection: SmscConnection, submit: SubmitSm) -> None:
    """Leave a submit unanswered."""


def acknowledged(connection: SmscConnection) -> list[int]:
    """The statuses with which the ESME answered our deliver_sm, in order."""
    return [pdu.command_status for pdu in connection.replies if isinstance(pdu, DeliverSmResp)]
