"""A bind to try settings with: connect, bind, unbind, and tell in words how that went. No message goes over it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final, NamedTuple

from angarium.carriers.keeper import tls_context
from angarium.carriers.link import GOODBYE_S, Link
from angarium.carriers.settings import Bind, CarrierSettings
from angarium.carriers.translate import Translator
from angarium.ports.carrier import Reply
from angarium.ports.clock import Clock
from angarium.smpp.constants import CommandStatus
from angarium.smpp.pdu import DataSm, DeliverSm
from angarium.smpp.states import BindState

TRIAL_S: Final = 15.0
"""Each step may take so long, whatever the settings say: a person waits."""
_NAMES: Final = {
    BindState.BOUND_TRX: "transceiver",
    BindState.BOUND_TX: "transmitter",
    BindState.BOUND_RX: "receiver",
}
_HINTS: Final = {
    "ESME_RINVPASWD": "The password is wrong.",
    "ESME_RINVSYSID": "The carrier does not know this system_id.",
    "ESME_RALYBND": "The carrier counts us as bound already: it allows no more links at once.",
    "ESME_RBINDFAIL": "The carrier refuses us: often the credentials, the bind mode, or our address at its firewall.",
    "ESME_RINVSYSTYP": "The carrier wants another system_type.",
}


class Step(NamedTuple):
    """One step of a trial."""

    is_good: bool
    sentence: str


async def try_bind(settings: CarrierSettings, *, clock: Clock) -> list[Step]:
    """Go as far as it goes; every step is told, the one that failed last."""
    if settings.bind is Bind.TRANSCEIVER:
        return await _try(settings, BindState.BOUND_TRX, clock)
    sending = await _try(settings, BindState.BOUND_TX, clock)
    if not sending[-1].is_good:
        return sending
    return [*sending, *await _try(settings, BindState.BOUND_RX, clock)]


class _Owner:
    """Whom the link of a trial tells."""

    def __init__(self) -> None:
        self.bound: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.problem = ""

    def link_bound(self, link: Link) -> None:
        """It went well."""
        if not self.bound.done():
            self.bound.set_result(True)

    def link_replied(self, link: Link, replies: list[Reply]) -> None:
        """Nothing was sent, so there is nothing to be replied."""

    def link_delivered(self, link: Link, pdus: Sequence[DeliverSm | DataSm]) -> None:
        """Not here: the carrier is asked to deliver it again, to a link that stores it."""
        link.acknowledge(pdus, command_status=int(CommandStatus.ESME_RX_T_APPN))

    def link_over(self, link: Link, problem: str) -> None:
        """It has ended."""
        self.problem = problem
        if not self.bound.done():
            self.bound.set_result(False)


async def _try(settings: CarrierSettings, bind: BindState, clock: Clock) -> list[Step]:
    loop = asyncio.get_running_loop()
    owner = _Owner()
    where = f"{settings.host}:{settings.port}"
    steps: list[Step] = []
    began = loop.time()
    try:
        context: ssl.SSLContext | None = await asyncio.to_thread(tls_context, settings) if settings.tls else None
        name = (settings.tls_server_name or settings.host) if context is not None else None
        link = Link(
            owner,
            name="trial",
            bind=bind,
            settings=settings,
            translator=Translator(settings),
            clock=clock,
            loop=loop,
        )
        async with asyncio.timeout(min(TRIAL_S, settings.connect_timeout_s)):
            await loop.create_connection(lambda: link, settings.host, settings.port, ssl=context, server_hostname=name)
    except TimeoutError:
        return [Step(False, f"No connection to {where} within {min(TRIAL_S, settings.connect_timeout_s):g} s.")]
    except OSError as error:  # ssl.SSLError is an OSError
        return [Step(False, f"No connection to {where}: {error.strerror or error}.")]
    steps.append(
        Step(True, f"Connected to {where} in {_ms(loop.time() - began)}" + (", by TLS." if settings.tls else "."))
    )
    began = loop.time()
    try:
        async with asyncio.timeout(min(TRIAL_S, settings.session_init_s)):
            is_bound = await asyncio.shield(owner.bound)
    except TimeoutError:
        link.hang_up()
        await _over(link)
        return [*steps, Step(False, "The bind was not answered in time.")]
    if not is_bound:
        hint = next((hint for name, hint in _HINTS.items() if name in owner.problem), "")
        problem = owner.problem or "the connection was closed"
        return [*steps, Step(False, f"{problem[:1].upper()}{problem[1:]}.{' ' * bool(hint)}{hint}")]
    steps.append(Step(True, f"Bound as {_NAMES[bind]} in {_ms(loop.time() - began)}."))
    link.drain()
    if not await _over(link):
        link.hang_up()
        await _over(link)
        return [*steps, Step(True, "The carrier did not answer our unbind; the connection was closed.")]
    return [*steps, Step(True, "Unbound again.")]


async def _over(link: Link) -> bool:
    done, _ = await asyncio.wait([link.over], timeout=GOODBYE_S)
    return bool(done)


def _ms(seconds: float) -> str:
    return f"{max(1, round(1000 * seconds))} ms"
