"""What the console stands on: filled in by whoever joins the product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request

from angarium.console.looks import Looks
from angarium.console.once import Once
from angarium.console.phones import Phones
from angarium.console.uploads import Uploads
from angarium.core.clocktime import HOUR_MS, MINUTE_MS
from angarium.core.public_ids import PublicIds
from angarium.core.retention import Retention
from angarium.core.throttle import Ration, Throttle
from angarium.flows.accounts import ChangedConnection
from angarium.flows.desk import Desk
from angarium.flows.operators import NewOperatorToken
from angarium.flows.people import Gatehouse
from angarium.flows.protection import Protection
from angarium.flows.purchases import Purchasing
from angarium.flows.sending import Send
from angarium.flows.tables import Tables
from angarium.flows.tokens import NewToken
from angarium.ports.admin import OperatorStore
from angarium.ports.carrier import LinkStatus
from angarium.ports.clock import Clock
from angarium.ports.mail import Mail
from angarium.ports.payments import Rehearsal
from angarium.ports.running import Running
from angarium.ports.store import TokenRow

SERVICE_NAME: Final = "Angarium"
TRIALS_PER_MINUTE_MAX: Final = 10
"""Trial calls of callback and reply URLs, by account: each is a request to a host that somebody has typed."""

LETTERS_PER_HOUR_MAX: Final = 30
"""Letters with links, by the person who has them sent: each goes to an address that somebody has typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Ports and flows that pages use. Nothing in here is made by the console itself."""

    store: OperatorStore
    desk: Callable[[str], Desk]
    """Where somebody makes changes, who is named to the audit log."""
    tables: Tables
    gatehouse: Gatehouse
    public_ids: PublicIds
    clock: Clock
    links: Callable[[], Sequence[tuple[str, LinkStatus]]]
    """How each link stands, with its carrier's name."""
    wait: Callable[[float], Awaitable[None]]
    """Let so many seconds pass, or less when something has happened: for live pages."""
    send: Send
    """The one door in; raises Refusal for the whole of a request."""
    protection: Protection
    """By whose rules that door judges."""
    moved: Callable[[Counter[str]], None]
    """Is told how many messages a stop has moved, by cause."""
    new_secret: Callable[[], str]
    caller_address: Callable[[Request], str]
    is_secure: Callable[[Request], bool]
    """Whether the visitor's browser came by HTTPS, so that cookies may say so."""
    shown_token: Callable[[TokenRow], str | None]
    """A token out of its seal; None when it was sealed under a key that is not here any more."""
    ring: Callable[[str], None]
    """Hint at work of a topic."""
    retention: Retention
    """How long things are kept where an account says nothing."""
    running: Running
    uploads: Uploads
    """Takes files that people send."""
    phones: Phones | None = None
    """The handsets of a simulator that this process runs."""
    address: Callable[[], str]
    """Where people reach the console, for links that leave it; without a slash at its end."""
    purchasing: Purchasing | None = None
    """None when no provider of payments is set."""
    rehearsal: Rehearsal | None = None
    """The demo's provider, which plays."""
    codes: Throttle = field(default_factory=Throttle)
    """Counts wrong codes of vouchers."""
    looks: Looks = field(default_factory=Looks)
    """Keeps live pages within their share of the processor."""
    tokens: Once[NewToken] = field(default_factory=Once)
    """Tokens that were made a moment ago, by the form that has asked for them."""
    operator_tokens: Once[NewOperatorToken] = field(default_factory=Once)
    """Likewise those of the operator's API."""
    secrets: Once[ChangedConnection] = field(default_factory=Once)
    """Signing secrets likewise."""
    trials: Ration = field(default_factory=lambda: Ration(TRIALS_PER_MINUTE_MAX, within_ms=MINUTE_MS))
    """How often an account may have its URLs called to see whether they work."""
    letters: Ration = field(default_factory=lambda: Ration(LETTERS_PER_HOUR_MAX, within_ms=HOUR_MS))
    """How often a person may have letters sent."""
    mail: Mail | None = None
    """None when no mail server is set: links are then handed over by people."""
    sample_recipient: str = ""
    """A number to which a first message may go: a simulated handset's, where there are any."""
    service_name: str = SERVICE_NAME
