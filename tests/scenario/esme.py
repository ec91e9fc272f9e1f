"""A gateway's end of SMPP for tests: binds, submits, acknowledges, and remembers what it was told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import TypeVar, cast

from angarium.smpp.codec import SubmitTemplate
from angarium.smpp.events import (
    BindRefused,
    Bound,
    Closed,
    DeliverReceived,
    Event,
    SubmitReplied,
)
from angarium.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter, DeliverSm, Pdu, SubmitSm
from angarium.smpp.session import Session, SessionSettings
from angarium.smpp.states import Role

E = TypeVar("E")
PATIENCE_S = 20.0
"""A test that waits longer has failed; none that passes waits on purpose."""


class Esme(asyncio.Protocol):
    """One link to an SMSC. Everything that happens is in `events`, in order; `until` waits for more of it."""

    def __init__(self, *, window_max: int = 50, acknowledges_with: int | None = 0) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self.acknowledges_with = acknowledges_with
        """The command_status of every deliver_sm_resp; None: never answer."""
        self.session = Session(Role.ESME, SessionSettings(window_max=window_max), now=self._loop.time())
        self.transport: asyncio.Transport | None = None
        self.events: list[Event] = []
        self.is_lost = False

    @classmethod
    async def connect(
        cls,
        address: tuple[str, int],
        bind: type[BindTransceiver | BindReceiver | BindTransmitter] = BindTransceiver,
        *,
        system_id: bytes = b"gateway",
        password: bytes = b"secret",
        acknowledges_with: int | None = 0,
        tls: ssl.SSLContext | None = None,
    ) -> Esme:
        """Connect, bind, and return when the answer to the bind is here."""
        loop = asyncio.get_running_loop()
        _, esme = await loop.create_connection(
            lambda: cls(acknowledges_with=acknowledges_with),
            *address,
            ssl=tls,
            server_hostname="localhost" if tls else None,
        )
        esme.session.request(bind(system_id=system_id, password=password), now=loop.time())
        esme.flush()
        await esme.until(lambda: bool(esme.of(Bound) or esme.of(BindRefused) or esme.is_lost))
        return esme

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._take(self.session.receive_data(data, now=self._loop.time()))
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self._take(self.session.receive_eof(now=self._loop.time()))

    def _take(self, events: list[Event]) -> None:
        self.events += events
        if self.acknowledges_with is not None and self.session.state.is_bound:
            numbers = [event.deliver_sm.sequence_number for event in events if isinstance(event, DeliverReceived)]
            if numbers:
                self.session.acknowledge(numbers, command_status=self.acknowledges_with)
        self._changed.set()

    def flush(self) -> None:
        """Write what the session has to say."""
        assert self.transport is not None
        data = self.session.data_to_send()
        if data:
            self.transport.write(data)

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return when the condition holds; it is looked at whenever something has come."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def submit(self, recipient: bytes, text: bytes = b"Hello", *, registered_delivery: int = 1, **fields: int) -> None:
        """Send one submit_sm; its token is the recipient."""
        template = SubmitTemplate(
            SubmitSm(source_addr=b"790", registered_delivery=registered_delivery, short_message=text, **fields)  # type: ignore[arg-type]
        )
        self.session.submit(template, recipient, token=recipient, now=self._loop.time())
        self.flush()

    def request(self, pdu: Pdu) -> None:
        """Send any request; its token is its name."""
        self.session.request(pdu, token=pdu.name, now=self._loop.time())
        self.flush()

    async def replies(self, count: int = 1) -> list[SubmitReplied]:
        """Return the answers to submit_sm, at least so many."""
        await self.until(lambda: len(self.of(SubmitReplied)) >= count)
        return self.of(SubmitReplied)

    async def delivered(self, count: int = 1) -> list[DeliverSm]:
        """Return the deliver_sm that came, at least so many."""
        await self.until(lambda: len(self.of(DeliverReceived)) >= count)
        return [event.deliver_sm for event in self.of(DeliverReceived)]

    async def lost(self) -> Closed:
        """Return how the link ended."""
        await self.until(lambda: self.is_lost)
        return self.of(Closed)[0]

    def close(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.close()
