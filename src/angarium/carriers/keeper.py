"""Keeps one link of a carrier bound: connects, and after a loss connects again after a growing pause."""

from __future__ import annotations

import asyncio
import enum
import ssl
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from angarium.carriers.link import GOODBYE_S, Link, LinkOwner, LinkPhase
from angarium.carriers.settings import CarrierSettings
from angarium.carriers.tally import Tally, named
from angarium.carriers.translate import Translator
from angarium.core.clocktime import UnixMs
from angarium.ports.clock import Clock
from angarium.smpp.states import BindState

STEADY_S: Final = 10.0
"""A link that was bound for so long starts again with the first pause when it is lost."""
DOUBLINGS_MAX: Final = 40
"""Enough for any settings; without a limit the power itself would grow for ever."""
PAUSE_JITTER: Final = 0.5
"""A pause is cut by up to this share at random, so that links lost together do not come back together."""


NO_ERRORS: Final[Mapping[str, int]] = MappingProxyType({})


class LinkState(enum.Enum):
    """What a link is doing."""

    DOWN = "down"
    """Pausing before the next try."""
    CONNECTING = "connecting"
    """The connection is being made, or the bind is not answered yet."""
    BOUND = "bound"
    DRAINING = "draining"
    """Taking nothing more, waiting for answers."""
    STOPPED = "stopped"


class LinkStatus(NamedTuple):
    """One link, for metrics, readiness and people."""

    name: str
    bind: BindState
    """What it binds as."""
    state: LinkState
    since_at: UnixMs
    """When it came into this state."""
    window: int
    """Requests that may be unanswered now; 0 while there is no connection."""
    window_used: int
    rtt_s: float | None
    """Mean round trip of a submit."""
    pace_per_s: float | None
    """What its pace allows now; None is unlimited."""
    throttled: bool
    """Whether the carrier's complaints hold it below its pace."""
    last_error: str
    """A sentence about the last loss or refusal; empty if there was none."""
    answered: int = 0
    """Submissions that were answered, or given up without an answer, since the carrier was set to work."""
    errors: Mapping[str, int] = NO_ERRORS
    """How many of them how, by the name of their command_status, where it was no plain acceptance."""
    lately: int = 0
    """Those of the last five minutes."""
    errors_lately: Mapping[str, int] = NO_ERRORS
    per_s: float = 0.0
    """How many are answered in a second, as a mean of the last moments."""


class Keeper:
    """One place for a link. The pool is told what the link tells; `on_change` hears of every change of state."""

    def __init__(
        self,
        pool: LinkOwner,
        *,
        name: str,
        bind: BindState,
        settings: CarrierSettings,
        translator: Translator,
        clock: Clock,
        chance: Callable[[], float],
        on_change: Callable[[LinkStatus], None],
    ) -> None:
        """`chance` gives a number from 0 to 1, like `random.random`."""
        self.name = name
        self.link: Link | None = None
        # The busy calls go past us without a detour.
        self.link_replied = pool.link_replied
        self.link_delivered = pool.link_delivered
        self._pool = pool
        self._bind = bind
        self._settings = settings
        self._translator = translator
        self._clock = clock
        self._chance = chance
        self._on_change = on_change
        self._state = LinkState.STOPPED
        self._since_at = clock.now()
        self._last_error = ""
        self._bound_since: float | None = None
        self._failures = 0
        self._tls: ssl.SSLContext | None = None
        self._tally = Tally()
        self._tap: Callable[[bool, bytes], None] | None = None
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def status(self) -> LinkStatus:
        """How it stands at this moment."""
        link = self.link
        lately = self._tally.lately(asyncio.get_running_loop().time())
        return LinkStatus(
            name=self.name,
            bind=self._bind,
            state=self._state,
            since_at=self._since_at,
            window=link.window if link else 0,
            window_used=link.window_used if link else 0,
            rtt_s=link.rtt_s if link else None,
            pace_per_s=link.pace_per_s() if link else self._settings.pace_per_s,
            throttled=link.pace.throttled if link else False,
            last_error=self._last_error,
            answered=self._tally.answered,
            errors=named(self._tally.errors) if self._tally.errors else NO_ERRORS,
            lately=lately.answered,
            errors_lately=lately.errors,
            per_s=lately.per_s,
        )

    def watch(self, tap: Callable[[bool, bytes], None] | None) -> None:
        """Tell of each PDU that goes by, from now on; None ends that."""
        self._tap = tap
        if self.link is not None:
            self.link.session.tap = tap

    def start(self) -> None:
        """Begin to connect, and keep at it."""
        assert self._task is None, "a link is started once, and again only after it was stopped"
        self._stopping.clear()
        self._task = asyncio.get_running_loop().create_task(self._keep(), name=f"link {self.name}")
        self._task.add_done_callback(_report_failure)

    async def stop(self, *, drain_s: float) -> None:
        """Unbind in good order: wait up to `drain_s` for what is unanswered, then leave it in doubt."""
        self._stopping.set()
        task, link = self._task, self.link
        if task is None:
            return
        if link is None or not link.connected:
            task.cancel()
        else:
            if link.phase is LinkPhase.BOUND:
                self._enter(LinkState.DRAINING)
            link.drain()
            if not await _over_within(link, drain_s):
                link.unbind_now()
                await _over_within(link, GOODBYE_S)
                link.hang_up()
        await asyncio.wait([task])
        self._task = self.link = None
        self._enter(LinkState.STOPPED)

    def link_bound(self, link: Link) -> None:
        """The carrier accepted the bind."""
        self._bound_since = asyncio.get_running_loop().time()
        self._enter(LinkState.BOUND)
        self._pool.link_bound(link)

    def link_over(self, link: Link, problem: str) -> None:
        """The link has ended."""
        now = asyncio.get_running_loop().time()
        if self._bound_since is not None and now - self._bound_since >= STEADY_S:
            self._failures = 0
        self._bound_since = None
        self.link = None
        self._last_error = problem or self._last_error
        if not self._stopping.is_set():
            self._enter(LinkState.DOWN)
        self._pool.link_over(link, problem)

    async def _keep(self) -> None:
        while not self._stopping.is_set():
            self._enter(LinkState.CONNECTING)
            try:
                link = await self._connect()
            except (OSError, TimeoutError) as error:  # ssl.SSLError is an OSError
                self._tls = None
                self.link = None
                self._last_error = self._sentence(error)
                self._enter(LinkState.DOWN)
            else:
                await link.over
            await self._pause()

    async def _connect(self) -> Link:
        settings = self._settings
        loop = asyncio.get_running_loop()

        def make_link() -> Link:
            self.link = Link(
                self,
                name=self.name,
                bind=self._bind,
                settings=settings,
                translator=self._translator,
                clock=self._clock,
                loop=loop,
                tally=self._tally,
            )
            self.link.session.tap = self._tap
            return self.link

        options: dict[str, object] = {}
        if settings.tls:
            # Reading the certificates takes a while, and a changed file is read again after a failure.
            self._tls = self._tls or await asyncio.to_thread(tls_context, settings)
            options = {"ssl": self._tls, "server_hostname": settings.tls_server_name or settings.host}
        async with asyncio.timeout(settings.connect_timeout_s):
            _, link = await loop.create_connection(make_link, settings.host, settings.port, **options)  # type: ignore[call-overload]
        assert isinstance(link, Link)
        return link

    async def _pause(self) -> None:
        length_s = pause_s(self._settings, failures=self._failures, chance=self._chance())
        self._failures += 1
        try:
            async with asyncio.timeout(length_s):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _sentence(self, error: OSError | TimeoutError) -> str:
        where = f"{self._settings.host}:{self._settings.port}"
        if isinstance(error, TimeoutError) and not error.args:
            return f"no connection to {where} within {self._settings.connect_timeout_s:g} s"
        return f"no connection to {where}: {error.strerror or error}"

    def _enter(self, state: LinkState) -> None:
        if state is not self._state:
            self._state = state
            self._since_at = self._clock.now()
            self._on_change(self.status())


def pause_s(settings: CarrierSettings, *, failures: int, chance: float) -> float:
    """How long to wait before trying again after so many failures in a row; `chance` is from 0 to 1."""
    doublings = min(failures, DOUBLINGS_MAX)
    return float(min(settings.rebind_pause_s * 2**doublings, settings.rebind_pause_s_max) * (1 - PAUSE_JITTER * chance))


async def _over_within(link: Link, timeout_s: float) -> bool:
    done, _ = await asyncio.wait([link.over], timeout=timeout_s)
    return bool(done)


def _report_failure(task: asyncio.Task[None]) -> None:
    """A keeper that ended by a fault of ours says so: nothing else would."""
    if not task.cancelled() and (error := task.exception()) is not None:
        report = {"message": f"{task.get_name()} is not kept any more", "exception": error, "task": task}
        task.get_loop().call_exception_handler(report)


def tls_context(settings: CarrierSettings) -> ssl.SSLContext:
    """TLS as the carrier's settings want it; OSError if the CA file cannot be read or holds no certificate."""
    context = ssl.create_default_context(cafile=settings.tls_ca_file or None)
    if not settings.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
