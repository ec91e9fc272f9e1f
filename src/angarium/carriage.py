"""The carriers of this process: a pool, a dispatch leg and their loops for each one that is enabled.

tables change --> adjust --> start, replace or stop a carriage
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from angarium.carriers.keeper import LinkStatus
from angarium.carriers.pool import Pool
from angarium.carriers.settings import BadCarrierSettings, CarrierSettings
from angarium.carriers.trace import Line, Trace
from angarium.carriers.translate import MobileOriginated
from angarium.core.queues import Hold
from angarium.core.retry import RetrySchedule
from angarium.flows.dispatch import Dispatch
from angarium.flows.fresh import FreshRequests
from angarium.flows.inbound import Inbound
from angarium.flows.quarantine import Quarantine
from angarium.flows.receipts import Receipts
from angarium.flows.reroute import Reroute
from angarium.flows.tables import Tables
from angarium.lifecycle import Funnel, LocalBell, OnTrouble, SystemClock, Trouble, Worker
from angarium.ports.bell import carrier_topic
from angarium.ports.carrier import CarrierReceipt, InboundSegment, Reply
from angarium.ports.store import CarrierRow, Store

SETTLED_PER_COMMIT_MAX: Final = 2_000
DISPATCH_INTERVAL_S: Final = 0.25
"""How soon a message is noticed that became due by time alone."""


class Log(Protocol):
    """Where events are logged: a name and its keys."""

    def info(self, event: str, **keys: object) -> object: ...

    def warning(self, event: str, **keys: object) -> object: ...


class Parts:
    """What all carriers of a process share."""

    def __init__(
        self,
        *,
        store: Store,
        tables: Tables,
        receipts: Receipts,
        inbound: Inbound,
        quarantine: Quarantine,
        clock: SystemClock,
        bell: LocalBell,
        log: Log,
        moved: Callable[[Counter[str]], None],
        on_trouble: OnTrouble,
        drain_timeout_s: float,
        lease_ms: int,
        retries: RetrySchedule,
        fresh: FreshRequests,
        reroute: Reroute | None = None,
    ) -> None:
        self.reroute = reroute
        self.fresh = fresh
        self.store = store
        self.tables = tables
        self.receipts = receipts
        self.inbound = inbound
        self.quarantine = quarantine
        self.clock = clock
        self.bell = bell
        self.log = log
        self.moved = moved
        self.on_trouble = on_trouble
        self.drain_timeout_s = drain_timeout_s
        self.lease_ms = lease_ms
        self.retries = retries


class _Parcel:
    """Receipts that landed together, and a future for whoever must acknowledge them."""

    __slots__ = ("receipts", "stored")

    def __init__(self, receipts: Sequence[CarrierReceipt]) -> None:
        self.receipts = receipts
        self.stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class _Carriage:
    """One carrier at work."""

    def __init__(self, row: CarrierRow, settings: CarrierSettings, parts: Parts) -> None:
        self.row = row
        self._parts = parts
        topic = carrier_topic(row.carrier_id)
        self.pool = Pool(
            row.carrier_id,
            settings,
            clock=parts.clock,
            name=row.name,
            on_replies=self._replied,
            on_receipts=self._receipted,
            on_inbound=self._arrived,
            on_unclear=parts.quarantine.keep,
            on_room=lambda _: parts.bell.ring(topic),
            on_change=self._changed,
            on_trouble=lambda _, error: parts.on_trouble(Trouble(f"carrier {row.name}", error, 0.0)),
        )
        self.dispatch = Dispatch(
            self.pool,
            store=parts.store,
            tables=parts.tables,
            receipts=parts.receipts,
            clock=parts.clock,
            bell=parts.bell,
            count=parts.moved,
            lease_ms=parts.lease_ms,
            retries=parts.retries,
            reroute=parts.reroute,
            fresh=parts.fresh,
        )
        self._landed = Funnel[Reply | _Parcel](
            f"replies of {row.name}",
            self._settle,
            batch_max=SETTLED_PER_COMMIT_MAX,
            on_trouble=parts.on_trouble,
        )
        self._worker = Worker(
            f"dispatch to {row.name}",
            self.dispatch.run_once,
            bell=parts.bell,
            topic=topic,
            interval_s=DISPATCH_INTERVAL_S,
            on_trouble=parts.on_trouble,
        )

    def start(self) -> None:
        self.pool.start()
        self._worker.start()

    async def stop(self) -> None:
        """Claim no more, wait for answers, and write down every one of them, if the disk lets us."""
        await self._worker.stop()
        await self.pool.stop(drain_s=self._parts.drain_timeout_s)
        unsettled = await self._landed.close(timeout_s=self._parts.drain_timeout_s)
        if unsettled:
            self._parts.log.warning("replies.unsettled", carrier=self.row.name, count=unsettled)

    def _replied(self, _: int, replies: list[Reply]) -> None:
        self._landed.put([*replies])

    async def _receipted(self, _: int, receipts: Sequence[CarrierReceipt]) -> None:
        parcel = _Parcel(receipts)
        self._landed.put([parcel])
        await parcel.stored

    async def _settle(self, landed: Sequence[Reply | _Parcel]) -> None:
        """Write down what landed, replies first, in one commit: a receipt before its reply would be an orphan.

        Only replies are tried again from here; of receipts the carrier is told that it must repeat them.
        """
        replies = [each for each in landed if isinstance(each, Reply)]
        parcels = [each for each in landed if isinstance(each, _Parcel) and not each.stored.done()]
        receipts = [receipt for parcel in parcels for receipt in parcel.receipts]
        # Started in this order, they reach the store in this order, and share its next commit.
        settled, stored = await asyncio.gather(
            self.dispatch.settle(replies),
            self._parts.receipts.settle(self.row.carrier_id, receipts),
            return_exceptions=True,
        )
        for parcel in parcels:
            if parcel.stored.done():
                continue
            if isinstance(stored, BaseException):
                parcel.stored.set_exception(stored)
            else:
                parcel.stored.set_result(None)
        if isinstance(settled, BaseException):
            raise settled

    async def _arrived(self, carrier_id: int, segments: Sequence[MobileOriginated]) -> None:
        await self._parts.inbound.keep(
            carrier_id,
            [InboundSegment(each.sender, each.recipient, each.user_data, each.numbering) for each in segments],
        )

    def _changed(self, _: int, status: LinkStatus) -> None:
        self._parts.log.info("link.changed", link=status.name, state=status.state.value, problem=status.last_error)


class Carriages:
    """All carriers at work, kept in step with the tables."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._working: dict[int, _Carriage] = {}
        self._leaving: dict[int, asyncio.Task[None]] = {}
        """Those of them that are being stopped because their settings changed."""
        self._is_stopping = False
        self._watched: dict[int, tuple[Trace, int]] = {}
        """What goes over links that somebody watches, and how many do."""

    def holds(self, message_id: int) -> bool:
        """Whether a carrier of this process has this message now."""
        return any(carriage.dispatch.holds(message_id) for carriage in self._working.values())

    def is_up(self, carrier_id: int) -> bool:
        """Whether a carrier has a bound link that can send."""
        carriage = self._working.get(carrier_id)
        return carriage is not None and carriage.pool.is_up

    def links(self) -> list[tuple[str, LinkStatus]]:
        """How each link stands, with its carrier's name."""
        return [(each.row.name, status) for each in self._working.values() for status in each.pool.states()]

    def rebind(self, carrier_id: int) -> bool:
        """Let a carrier's links end in good order and bind anew; False when it is not at work."""
        carriage = self._working.get(carrier_id)
        if carriage is None:
            return False
        self._replace_soon(carrier_id, carriage)
        return True

    @contextmanager
    def watch(self, carrier_id: int) -> Iterator[Callable[[], list[Line]]]:
        """Watch what goes over a carrier's links: what was seen last is asked for. The last one to leave ends it."""
        trace, watchers = self._watched.get(carrier_id, (Trace(self._parts.clock), 0))
        self._watched[carrier_id] = trace, watchers + 1
        self._show_to_watchers(carrier_id)
        try:
            yield trace.lines
        finally:
            left = self._watched[carrier_id][1] - 1
            self._watched[carrier_id] = trace, left
            if not left:
                del self._watched[carrier_id]
                self._show_to_watchers(carrier_id)

    def _show_to_watchers(self, carrier_id: int) -> None:
        carriage = self._working.get(carrier_id)
        if carriage is not None:
            watched = self._watched.get(carrier_id)
            carriage.pool.watch(None if watched is None else watched[0])

    def adjust(self) -> None:
        """Start carriers that are new, stop those that are gone, and bind anew where settings changed.

        Returns at once: a carrier that drains for long holds up no other change.
        """
        wanted = self._wanted()
        for carrier_id, carriage in self._working.items():
            if wanted.get(carrier_id) != carriage.row:
                self._replace_soon(carrier_id, carriage)
        for carrier_id, row in wanted.items():
            if carrier_id not in self._working:
                self._start(row)

    async def stop(self) -> None:
        """Stop all of them at the same time."""
        self._is_stopping = True
        staying = [each for carrier_id, each in self._working.items() if carrier_id not in self._leaving]
        await asyncio.gather(*self._leaving.values(), *(carriage.stop() for carriage in staying))
        self._working.clear()

    def _replace_soon(self, carrier_id: int, carriage: _Carriage) -> None:
        if carrier_id not in self._leaving:
            name = f"replace {carriage.row.name}"
            self._leaving[carrier_id] = asyncio.create_task(self._replace(carrier_id, carriage), name=name)

    async def _replace(self, carrier_id: int, carriage: _Carriage) -> None:
        """Let one end, and only then bind anew, with the settings of that moment."""
        try:
            await carriage.stop()
        finally:
            # Until here it may hold messages: nobody else may take them over.
            del self._working[carrier_id]
            del self._leaving[carrier_id]
        row = self._wanted().get(carrier_id)
        if row is not None and not self._is_stopping:
            self._start(row)

    def _wanted(self) -> dict[int, CarrierRow]:
        # A hold is looked up where messages are claimed: links stay bound.
        return {row.carrier_id: row._replace(hold=Hold.NO) for row in self._parts.tables.carriers if row.enabled}

    def _start(self, row: CarrierRow) -> None:
        try:
            settings = CarrierSettings.from_mapping(row.settings)
        except BadCarrierSettings as error:
            # The other carriers work on; this one's messages wait until its settings are mended.
            self._parts.log.warning("carrier.settings_refused", carrier=row.name, problem=str(error))
            return
        carriage = self._working[row.carrier_id] = _Carriage(row, settings, self._parts)
        carriage.start()
        if row.carrier_id in self._watched:
            self._show_to_watchers(row.carrier_id)
