"""A carrier's links as one: shares segments among them, gathers replies, has receipts stored before they are answered.

Implements `ports.carrier.Carrier`. What is handed over lives here until a link has room for it: in the backlog, or, if
a link died of its window before, among the suspects, which travel alone.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from typing import Final, Protocol

from angarium.carriers.keeper import Keeper, LinkStatus
from angarium.carriers.link import Link
from angarium.carriers.settings import Bind, CarrierSettings
from angarium.carriers.trace import Trace
from angarium.carriers.translate import MobileOriginated, Translator
from angarium.core.states import Cause
from angarium.ports.carrier import (
    Answer,
    CarrierReceipt,
    ReceiptsSink,
    RepliesSink,
    Reply,
    Submission,
    Unclear,
    UnclearSink,
)
from angarium.ports.clock import Clock
from angarium.smpp.constants import CommandStatus
from angarium.smpp.pdu import DataSm, DeliverSm
from angarium.smpp.states import BindState

ROOM_SHARE: Final = 4
"""Room is announced when at least one part in so many of the whole is free: not for every single answer."""


class InboundSink(Protocol):
    """Where a carrier hands what handsets send: one call for all that landed together."""

    def __call__(self, carrier_id: int, segments: Sequence[MobileOriginated], /) -> Awaitable[None]:
        """Return once they are on disk; raise, and the carrier is told to repeat them."""
        ...


class Pool:
    """One carrier. Not to be used from more than one event loop."""

    def __init__(
        self,
        carrier_id: int,
        settings: CarrierSettings,
        *,
        clock: Clock,
        on_replies: RepliesSink,
        on_receipts: ReceiptsSink,
        on_inbound: InboundSink | None = None,
        on_unclear: UnclearSink | None = None,
        on_room: Callable[[int], None] | None = None,
        on_change: Callable[[int, LinkStatus], None] | None = None,
        on_trouble: Callable[[int, Exception], None] | None = None,
        chance: Callable[[], float] = random.random,
        name: str = "carrier",
    ) -> None:
        """`on_room(carrier_id)`: `room` was 0 and is not any more.

        `on_trouble`: a sink raised, and the carrier was told to repeat; by default the event loop reports it.

        Without `on_inbound` messages from handsets are refused with ESME_RX_R_APPN: never acknowledged and dropped.
        The same holds for `on_unclear` and what cannot be understood.
        `on_room`, `on_change` and `on_trouble` must not block or raise.
        """
        self.carrier_id = carrier_id
        self._settings = settings
        self._on_replies = on_replies
        self._on_receipts = on_receipts
        self._on_inbound = on_inbound
        self._on_unclear = on_unclear
        self._on_room = on_room
        self._on_change = on_change
        self._on_trouble = on_trouble
        self._translator = Translator(settings)
        self._senders: list[Link] = []
        self._backlog: deque[Submission] = deque()
        self._suspects: deque[Submission] = deque()
        self._isolated: Link | None = None
        self._replies: list[Reply] = []
        self._replies_due = False
        self._hungry = False
        self._wake: asyncio.TimerHandle | None = None
        self._arrived: list[tuple[Link, DeliverSm | DataSm]] = []
        self._storing: asyncio.Task[None] | None = None
        self._stopping = False
        self._keepers = [
            Keeper(
                self,
                name=f"{name}/{suffix}",
                bind=bind,
                settings=settings,
                translator=self._translator,
                clock=clock,
                chance=chance,
                on_change=self._tell_change,
            )
            for suffix, bind in _places(settings)
        ]

    # The port.

    def room(self) -> int:
        """How many segments may be handed over now; 0 while no link is bound."""
        room = self._room()
        if room == 0:
            self._hungry = True
            self._wake_for_pace()
        return room

    def submit(self, batch: Sequence[Submission], /) -> None:
        """Take over these segments; each gets its reply through `on_replies`, in a later round of the loop."""
        for submission in batch:
            (self._suspects if submission.suspect else self._backlog).append(submission)
        self._hungry = True
        self._pump()

    # What the application says.

    def start(self) -> None:
        """Begin to connect. Must be called in the event loop."""
        self._stopping = False
        for keeper in self._keepers:
            keeper.start()

    async def stop(self, *, drain_s: float) -> None:
        """Take no more, hand back what was not sent, wait up to `drain_s` for answers, unbind.

        When it returns every segment has its reply, and every delivery that was stored has been acknowledged if the
        link lived long enough.
        """
        self._stopping = True
        self._hand_back()
        await asyncio.gather(*(keeper.stop(drain_s=drain_s) for keeper in self._keepers))
        if self._storing is not None:
            await asyncio.wait([self._storing])
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        self._hand_back()
        self._flush_replies()

    def states(self) -> list[LinkStatus]:
        """How each link stands."""
        return [keeper.status() for keeper in self._keepers]

    def watch(self, trace: Trace | None) -> None:
        """Note what goes over its links, those of later connections too; None ends that."""
        for keeper in self._keepers:
            keeper.watch(None if trace is None else partial(trace.note, keeper.name))

    @property
    def is_up(self) -> bool:
        """Whether a bound link can send."""
        return bool(self._senders)

    @property
    def waiting(self) -> int:
        """Segments handed over that no link has taken yet."""
        return len(self._backlog) + len(self._suspects)

    # What links tell.

    def link_bound(self, link: Link) -> None:
        """One more that can send."""
        if link.sends and not self._stopping:
            self._senders.append(link)
            self._hungry = True
            self._pump()
            self._announce_room()

    def link_replied(self, link: Link, replies: list[Reply]) -> None:
        """Gather replies for the end of this round, and refill the window in the same round."""
        if replies:
            self._replies += replies
            self._flush_replies_soon()
        self._pump()
        self._announce_room()

    def link_delivered(self, link: Link, pdus: list[DeliverSm | DataSm]) -> None:
        """Have them stored, together with all that arrives while the last ones are being stored."""
        self._arrived += [(link, pdu) for pdu in pdus]
        if self._storing is None:
            self._storing = asyncio.get_running_loop().create_task(self._store_arrived(), name="store deliveries")

    def link_over(self, link: Link, problem: str) -> None:
        """One less; without any, what waits goes back."""
        if link is self._isolated:
            self._isolated = None
        if link in self._senders:
            self._senders.remove(link)
            if not self._senders:
                self._hand_back()
            self._pump()

    # Sharing out.

    def _room(self) -> int:
        if self._stopping or not self._senders:
            return 0
        now = asyncio.get_running_loop().time()
        room = -self.waiting
        for link in self._senders:
            room += link.room(now)
            if link.takes_ahead:
                room += self._settings.read_ahead
        return max(0, room)

    def _pump(self) -> None:
        """Give links what they have room for."""
        now = asyncio.get_running_loop().time()
        if self._suspects or self._isolated is not None:
            self._send_suspects(now)
        backlog = self._backlog
        while backlog:
            open_links = [(link, room) for link in self._senders if (room := link.room(now)) > 0]
            if not open_links:
                self._wake_for_pace()
                return
            share = -(-len(backlog) // len(open_links))
            for link, room in open_links:
                count = min(share, room, len(backlog))
                if count:
                    self._send(link, [backlog.popleft() for _ in range(count)])

    def _send_suspects(self, now: float) -> None:
        """One at a time, on a link that carries nothing else: the next loss then names the guilty one."""
        if self._isolated is None:
            if not self._senders:
                return
            self._isolated = min(self._senders, key=lambda link: link.window_used)
            self._isolated.reserved = True
        link = self._isolated
        if self._suspects:
            if link.takes_one(now):
                self._send(link, [self._suspects.popleft()])
            elif not link.window_used:
                self._wake_for_pace()
        elif not link.window_used:
            link.reserved = False
            self._isolated = None

    def _send(self, link: Link, batch: list[Submission]) -> None:
        refused = link.send(batch)
        if refused:
            self._replies += refused
            self._flush_replies_soon()

    def _hand_back(self) -> None:
        """What no link has taken and none can take: unsent."""
        waiting = list(chain(self._backlog, self._suspects))
        if waiting:
            self._backlog.clear()
            self._suspects.clear()
            self._replies += [Reply(each, Answer.UNSENT, cause=Cause.RETURNED_UNSENT) for each in waiting]
            self._flush_replies_soon()

    # Telling.

    def _flush_replies_soon(self) -> None:
        if not self._replies_due:
            self._replies_due = True
            asyncio.get_running_loop().call_soon(self._flush_replies)

    def _flush_replies(self) -> None:
        self._replies_due = False
        if self._replies:
            replies, self._replies = self._replies, []
            self._on_replies(self.carrier_id, replies)

    def _announce_room(self) -> None:
        if not self._hungry or self._on_room is None:
            return
        whole = sum(link.window for link in self._senders) or 1
        room = self._room()
        # A slow link may never have so much room at once; its pace limits how often it is announced anyway.
        slow = any(not link.takes_ahead for link in self._senders)
        if room * ROOM_SHARE >= whole or (room and slow):
            self._hungry = False
            self._on_room(self.carrier_id)
        else:
            self._wake_for_pace()

    def _wake_for_pace(self) -> None:
        """If only its pace holds a link back, look again when that is over."""
        if self._wake is not None or self._stopping:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        moments = [moment for link in self._senders if (moment := link.pace_opens_at(now)) is not None]
        if moments:
            self._wake = loop.call_at(min(moments), self._on_wake)

    def _on_wake(self) -> None:
        self._wake = None
        self._pump()
        self._announce_room()

    def _tell_change(self, status: LinkStatus) -> None:
        if self._on_change is not None:
            self._on_change(self.carrier_id, status)

    # What carriers deliver.

    async def _store_arrived(self) -> None:
        try:
            while self._arrived:
                arrived, self._arrived = self._arrived, []
                receipts: list[CarrierReceipt] = []
                segments: list[MobileOriginated] = []
                unclear: list[Unclear] = []
                of_receipts: list[tuple[Link, DeliverSm | DataSm]] = []
                of_segments: list[tuple[Link, DeliverSm | DataSm]] = []
                of_unclear: list[tuple[Link, DeliverSm | DataSm]] = []
                for link, pdu in arrived:
                    inbound = self._translator.inbound(pdu, link=link.name)
                    if isinstance(inbound, CarrierReceipt):
                        receipts.append(inbound)
                        of_receipts.append((link, pdu))
                    elif isinstance(inbound, Unclear):
                        unclear.append(inbound)
                        of_unclear.append((link, pdu))
                    else:
                        segments.append(inbound)
                        of_segments.append((link, pdu))
                if receipts:
                    _acknowledge(of_receipts, await self._stored(self._on_receipts(self.carrier_id, receipts)))
                if segments:
                    status = int(CommandStatus.ESME_RX_R_APPN)
                    if self._on_inbound is not None:
                        status = await self._stored(self._on_inbound(self.carrier_id, segments))
                    _acknowledge(of_segments, status)
                if unclear:
                    status = int(CommandStatus.ESME_RX_R_APPN)
                    if self._on_unclear is not None:
                        status = await self._stored(self._on_unclear(self.carrier_id, unclear))
                    _acknowledge(of_unclear, status)
        finally:
            self._storing = None

    async def _stored(self, storing: Awaitable[None]) -> int:
        """Wait for it; the status to answer the carrier with."""
        try:
            await storing
        except Exception as error:  # noqa: BLE001 - whatever it was, it is not on disk: the carrier repeats it
            if self._on_trouble is not None:
                self._on_trouble(self.carrier_id, error)
            else:
                report = {"message": "what a carrier delivered could not be stored", "exception": error}
                asyncio.get_running_loop().call_exception_handler(report)
            return int(CommandStatus.ESME_RX_T_APPN)
        return int(CommandStatus.ESME_ROK)


def _acknowledge(pairs: Iterable[tuple[Link, DeliverSm | DataSm]], command_status: int) -> None:
    by_link: dict[Link, list[DeliverSm | DataSm]] = {}
    for link, pdu in pairs:
        by_link.setdefault(link, []).append(pdu)
    for link, pdus in by_link.items():
        link.acknowledge(pdus, command_status=command_status)


def _places(settings: CarrierSettings) -> list[tuple[str, BindState]]:
    """The links of a carrier: the end of each name, and what it binds as."""
    numbers = range(1, settings.links + 1)
    if settings.bind is Bind.TRANSCEIVER:
        return [(str(number), BindState.BOUND_TRX) for number in numbers]
    return [
        place
        for number in numbers
        for place in ((f"{number}tx", BindState.BOUND_TX), (f"{number}rx", BindState.BOUND_RX))
    ]
