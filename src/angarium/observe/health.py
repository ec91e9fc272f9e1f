"""Pages for those who watch: `/healthz` (alive), `/readyz` (fit to serve), `/metrics` (counts).

Whoever asks from a public address gets a bare yes or no, and no metrics: reasons and counts name carriers and tell how
much is sent. Put a listener or a proxy with a private address between, to watch from elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from angarium.core.clocktime import SECOND_MS, UnixMs
from angarium.httpd import Proxies, Request, Response
from angarium.httpd.origin import IpAddress
from angarium.observe.metrics import CONTENT_TYPE, LinkReading, Metrics, QueueReading, Readings
from angarium.ports.carrier import LinkStatus
from angarium.ports.clock import Clock
from angarium.ports.store import Store, StoreUnavailable, Tx

STORE_TIMEOUT_S: Final = 2.0
"""A store that has not written by then is not ready."""
LOOP_LAG_MAX_S: Final = 5.0
"""A loop that comes later than this to its timers is not alive."""
DISK_FREE_OCTETS_MIN: Final = 64 * 1024 * 1024
"""With less room on the disk the store is not ready: it is about to refuse messages."""
COUNT_MAX: Final = 10_000
"""Counting orphans, or things in quarantine, ends here."""
QUEUE_DEPTH_MAX: Final = 100_000
"""Counting ends here, because the loop waits for it: a deeper queue is shown as this deep."""
CLOCK_BEHIND_MAX_MS: Final = 2_000
"""A machine's clock that is so far behind ours was set back: ours never goes back."""
BOUND: Final = "bound"

Reason = str
"""Why a part is not ready: a sentence; empty when it is."""


class Check(NamedTuple):
    """One part of the service, and whether it is as it should be."""

    name: str
    why: Reason
    """Why it is not; empty when it is."""
    detail: str = ""
    """What was found, for people."""


class Health:
    """Answers the three pages; see `handle`."""

    def __init__(
        self,
        *,
        store: Store,
        metrics: Metrics,
        clock: Clock,
        links: Callable[[], Sequence[tuple[str, LinkStatus]]],
        loop_lag_s: Callable[[], float] = lambda: 0.0,
        origin: Callable[[Request], IpAddress | None] | None = None,
        data_dir: Path | None = None,
        clock_behind_ms: Callable[[], int] = lambda: 0,
    ) -> None:
        """`links` gives each link with its carrier's name; `origin` says where a request comes from.

        With `data_dir` the room on its disk is watched too. `clock_behind_ms`: how far the machine's clock is behind
        the moments that we go by.
        """
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._links = links
        self._loop_lag_s = loop_lag_s
        self._origin = origin or Proxies().origin
        self._data_dir = data_dir
        self._clock_behind_ms = clock_behind_ms

    def handle(self, request: Request) -> Response | Awaitable[Response] | None:
        """Answer one of the three pages; None when the request is for somebody else."""
        path = request.path
        if path not in _PATHS:
            return None
        is_trusted = not _is_public(self._origin(request))
        if path == "/metrics" and not is_trusted:
            return None
        if request.method not in {"GET", "HEAD"}:
            return Response(405, body=b"This page can only be read.\n", headers=((b"Allow", b"GET, HEAD"),))
        if path == "/healthz":
            return self.healthz(tell_why=is_trusted)
        if path == "/readyz":
            return self.readyz(tell_why=is_trusted)
        return self.metrics_page()

    def healthz(self, *, tell_why: bool = True) -> Response:
        """200 while the loop comes to its timers in time, else 503. That it answers at all is the other half."""
        return _page("alive", {"loop": self._why_loop_is_late()}, tell_why=tell_why)

    async def readyz(self, *, tell_why: bool = True) -> Response:
        """200 when the store takes writes and a link is bound (or no carrier is set up), else 503 with the reasons."""
        store_why = await self._why_store_is_not_ready() or self._disk().why
        carriers_why = await self._why_carriers_are_not_ready()
        return _page("ready", {"store": store_why, "carriers": carriers_why}, tell_why=tell_why)

    async def metrics_page(self) -> Response:
        """All metrics; what the store cannot say now is left out."""
        return Response(200, CONTENT_TYPE, self._metrics.page(await self._read()))

    async def checks(self) -> list[Check]:
        """Every part that can be looked at, in words, for an operator's page."""
        behind_ms = self._clock_behind_ms()
        clock_why = ""
        if behind_ms > CLOCK_BEHIND_MAX_MS:
            clock_why = (
                f"The machine's clock was set back by {behind_ms / 1000:.0f} s. Time goes on here from where it was."
            )
        began = asyncio.get_running_loop().time()
        store_why = await self._why_store_is_not_ready()
        took_ms = (asyncio.get_running_loop().time() - began) * SECOND_MS
        moment = datetime.fromtimestamp(self._clock.now() / SECOND_MS, UTC)
        return [
            Check("Store", store_why, "" if store_why else f"a write is on disk after {took_ms:.1f} ms"),
            self._disk(),
            Check("Clock", clock_why, f"{moment:%Y-%m-%d %H:%M:%S} UTC"),
            Check("Event loop", self._why_loop_is_late(), f"{self._loop_lag_s() * SECOND_MS:.0f} ms late"),
            Check("Carriers", await self._why_carriers_are_not_ready(), self._bound()),
        ]

    # --- readiness

    def _why_loop_is_late(self) -> Reason:
        lag_s = self._loop_lag_s()
        return "" if lag_s < LOOP_LAG_MAX_S else f"The event loop is {lag_s:.1f} s late: something blocks it."

    async def _probe(self, tx: Tx) -> None:
        await tx.probe(at=self._clock.now())

    async def _why_store_is_not_ready(self) -> Reason:
        try:
            async with asyncio.timeout(STORE_TIMEOUT_S):
                await self._store.write(self._probe)
        except StoreUnavailable as error:
            return f"The store cannot be written: {error}"
        except TimeoutError:
            return f"The store has not written anything for {STORE_TIMEOUT_S:.0f} s."
        return ""

    def _disk(self) -> Check:
        if self._data_dir is None:
            return Check("Disk", "")
        try:
            free_octets = shutil.disk_usage(self._data_dir).free
        except OSError as error:
            return Check("Disk", f"The data directory cannot be read: {error.strerror}.")
        why = ""
        if free_octets < DISK_FREE_OCTETS_MIN:
            why = f"The disk is nearly full: {free_octets // 1024} KiB are free. Make room."
        return Check("Disk", why, f"{free_octets / 2**30:.1f} GiB free")

    def _bound(self) -> str:
        links = self._links()
        bound = sum(status.state.value == BOUND for _, status in links)
        return f"{bound} of {len(links)} links bound"

    async def _why_carriers_are_not_ready(self) -> Reason:
        links = self._links()
        if any(status.state.value == BOUND for _, status in links):
            return ""
        if links:
            return "No link is bound: " + "; ".join(_show(carrier, status) for carrier, status in links)
        try:
            enabled = [row.name for row in await self._store.carriers() if row.enabled]
        except StoreUnavailable as error:
            return f"The carriers cannot be read: {error}"
        # A carrier without links is one whose settings were refused, or which has not been started yet.
        return f"No link is started for {', '.join(enabled)}: see the log." if enabled else ""

    # --- readings

    async def _read(self) -> Readings:
        links = [
            LinkReading(
                carrier=carrier,
                link=status.name,
                state=status.state.value,
                states=tuple(each.value for each in type(status.state)),
                window=status.window,
                window_used=status.window_used,
                throttled=status.throttled,
                rtt_s=status.rtt_s,
            )
            for carrier, status in self._links()
        ]
        now = self._clock.now()
        try:
            names = {row.carrier_id: row.name for row in await self._store.carriers()}
            depths = await self._store.queue_depths(depth_max=QUEUE_DEPTH_MAX)
            owed_at = await self._store.notifications_lag()
            orphans = await self._store.orphan_counts(count_max=COUNT_MAX)
            quarantine = await self._store.quarantine_counts(count_max=COUNT_MAX)
        except StoreUnavailable:
            return Readings(links=links)
        queues = [
            QueueReading(names.get(each.carrier_id, str(each.carrier_id)), each.depth, _age_s(each.oldest_due_at, now))
            for each in depths
        ]
        return Readings(
            queues=queues,
            orphans={name: orphans.get(carrier_id, 0) for carrier_id, name in names.items()},
            quarantine={name: quarantine.get(carrier_id, 0) for carrier_id, name in names.items()},
            links=links,
            callback_lag_s=_age_s(owed_at, now),
        )


def _age_s(due_at: UnixMs | None, now: UnixMs) -> float:
    return 0.0 if due_at is None else max(0, now - due_at) / 1000


def _show(carrier: str, status: LinkStatus) -> str:
    problem = f" ({status.last_error})" if status.last_error else ""
    return f"{status.name} of {carrier} is {status.state.value}{problem}"


def _page(fact: str, parts: dict[str, Reason], *, tell_why: bool) -> Response:
    is_good = not any(parts.values())
    page: dict[str, object] = {fact: is_good}
    if tell_why:
        page["parts"] = {name: {fact: False, "why": why} if why else {fact: True} for name, why in parts.items()}
    body = json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(200 if is_good else 503, b"application/json", body)


def _is_public(address: IpAddress | None) -> bool:
    return address is None or address.is_global


_PATHS: Final = frozenset({"/healthz", "/metrics", "/readyz"})
