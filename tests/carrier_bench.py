"""A pool under test, with everything that it tells written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from angarium.carriers.keeper import LinkState, LinkStatus
from angarium.carriers.pool import Pool
from angarium.carriers.settings import CarrierSettings
from angarium.carriers.translate import MobileOriginated
from angarium.core.clocktime import HOUR_MS, UnixMs
from angarium.ports.carrier import Answer, CarrierReceipt, Payload, Reply, Submission
from angarium.text.segments import Content, segment
from tests.scripted_smsc import ScriptedSmsc, Watch

NOW_AT: UnixMs = 1_800_000_000_000
CARRIER_ID = 7


class StillClock:
    """A clock that stands still."""

    def now(self) -> UnixMs:
        """Always the same moment."""
        return NOW_AT


def payload(text: str = "Hello", *, sender: str = "Angarium", flash: bool = False) -> Payload:
    """What the recipients of one request share."""
    user_data = segment(Content.of_text(text), reference=1)
    return Payload(request_id=1, sender=sender, user_data=user_data, flash=flash, expires_at=NOW_AT + HOUR_MS)


def submissions(count: int, *, first: int = 1, text: str = "Hello", suspect: bool = False) -> list[Submission]:
    """One segment to each of `count` recipients; message_id counts from `first`."""
    shared = payload(text)
    return [
        Submission(message_id, 0, 27_990_000_000 + message_id, shared, suspect)
        for message_id in range(first, first + count)
    ]


def settings_for(smsc: ScriptedSmsc, **more: object) -> CarrierSettings:
    """Settings that lead to the SMSC, with hardly a pause before rebinding."""
    known: dict[str, object] = {
        "host": "127.0.0.1",
        "port": smsc.port,
        "system_id": "angarium",
        "password": "secret",
        "rebind_pause_s": 0.001,
        "rebind_pause_s_max": 0.01,
        "enquire_link_s": None,
    }
    return CarrierSettings.from_mapping({**known, **more})


class PoolUnderTest:
    """A started pool that remembers; leaving the block stops it."""

    def __init__(self, settings: CarrierSettings) -> None:
        self.watch = Watch()
        self.replies: list[Reply] = []
        self.reply_calls: list[int] = []
        self.receipts: list[CarrierReceipt] = []
        self.inbound: list[MobileOriginated] = []
        self.changes: list[LinkStatus] = []
        self.rooms = 0
        self.troubles: list[Exception] = []
        self.store: Callable[[], Awaitable[object]] | None = None
        """What storing receipts waits for."""
        self.drain_s = 0.0
        self.pool = Pool(
            CARRIER_ID,
            settings,
            clock=StillClock(),
            on_replies=self._on_replies,
            on_receipts=self._on_receipts,
            on_inbound=self._on_inbound,
            on_room=self._on_room,
            on_change=self._on_change,
            on_trouble=self._on_trouble,
            chance=lambda: 0.5,
            name="test",
        )

    async def __aenter__(self) -> Self:
        self.pool.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.pool.stop(drain_s=self.drain_s)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is true of what the pool told."""
        await self.watch.until(condition)

    async def bound(self, links: int = 1) -> None:
        """Wait until so many links are bound."""
        await self.until(lambda: sum(status.state is LinkState.BOUND for status in self.pool.states()) >= links)

    def answers(self) -> dict[int, Answer]:
        """The newest answer to each message."""
        return {reply.submission.message_id: reply.answer for reply in self.replies}

    async def answered(self, count: int) -> None:
        """Wait for so many replies."""
        await self.until(lambda: len(self.replies) >= count)

    def _on_replies(self, carrier_id: int, replies: list[Reply], /) -> None:
        assert carrier_id == CARRIER_ID
        self.replies += replies
        self.reply_calls.append(len(replies))
        self.watch.happened()

    async def _on_receipts(self, carrier_id: int, receipts: Sequence[CarrierReceipt], /) -> None:
        assert carrier_id == CARRIER_ID
        self.receipts += receipts
        self.watch.happened()
        if self.store is not None:
            await self.store()

    async def _on_inbound(self, carrier_id: int, segments: Sequence[MobileOriginated], /) -> None:
        assert carrier_id == CARRIER_ID
        self.inbound += segments
        self.watch.happened()
        if self.store is not None:
            await self.store()

    def _on_room(self, carrier_id: int) -> None:
        assert carrier_id == CARRIER_ID
        self.rooms += 1
        self.watch.happened()

    def _on_change(self, carrier_id: int, status: LinkStatus) -> None:
        assert carrier_id == CARRIER_ID
        self.changes.append(status)
        self.watch.happened()

    def _on_trouble(self, carrier_id: int, error: Exception) -> None:
        assert carrier_id == CARRIER_ID
        self.troubles.append(error)
        self.watch.happened()
