"""Who pays, who calls, and how they want to be told: values an operator sets and every leg of the way reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final

from angarium.core.clocktime import UnixMs
from angarium.core.limits import Limits
from angarium.core.lockdown import Lockdown
from angarium.core.retention import Retention

SEGMENTS_MAX_DEFAULT: Final = 3
RECIPIENTS_MAX_DEFAULT: Final = 200
RECIPIENTS_MAX_LIMIT: Final = 600
"""The highest count of recipients a request that an account can be given (rest-api 3)."""


class DoubtPolicy(StrEnum):
    """What to do with a segment that was sent and never answered (house, in doubt)."""

    RESEND = "resend"
    """Send it again: at least once. The recipient may get it twice."""
    UNKNOWN = "unknown"
    """Leave it: at most once. The message ends as unknown unless a receipt still says more."""


class CallbackMethod(StrEnum):
    """How a notification is spelled and sent (rest-api 8.3, 8.4)."""

    GET = "get"
    POST = "post"
    JSON = "json"
    XML = "xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTarget:
    """Where an API connection wants its notifications."""

    url: str
    method: CallbackMethod = CallbackMethod.GET
    user_name: str = ""
    password: str = ""
    signing_secret: str = ""
    """Standard Webhooks form, `whsec_` and base64; empty means unsigned."""
    verify_tls: bool = True


class InboundCharset(StrEnum):
    """In which charset the text of an inbound message is written (rest-api 9.1)."""

    LEGACY = "legacy"
    """ISO-8859-1 where it can hold the text, else UTF-16BE."""
    UTF_8 = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTarget(CallbackTarget):
    """Where an API connection wants what handsets send: its reply URL (rest-api 9)."""

    secondary_url: str = ""
    """Called in the same way when the first one has failed to the end; empty for none."""
    charset: InboundCharset = InboundCharset.LEGACY


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """What an API connection's owner may choose."""

    sender: str = ""
    """Used when a request names no `from`; empty leaves the choice to the carrier."""
    country_prefix: str = ""
    """Replaces a leading 0 of a recipient; empty refuses such numbers."""
    segments_max: int = SEGMENTS_MAX_DEFAULT
    smart_encoding: bool = False
    """Whether typography may become its look-alikes when that keeps a message in 7 bits (rest-api 4.2)."""
    doubt: DoubtPolicy = DoubtPolicy.RESEND
    callback: CallbackTarget | None = None
    limits: Limits | None = None
    """What this connection may send, within what its account may."""
    networks: tuple[str, ...] = ()
    """Addresses and networks from which it may be used; none listed means any (rest-api 1.7)."""
    client_message_id_once: bool = False
    """A clientMessageId makes a send repeatable, as an Idempotency-Key does (rest-api 3.3)."""
    reply: ReplyTarget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiConnection:
    """One way in for an account's programs; `connection_id` is the `apiId` of callbacks."""

    connection_id: int
    account_id: int
    name: str
    settings: ConnectionSettings = field(default_factory=ConnectionSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """What the operator chooses for an account."""

    recipients_max: int = RECIPIENTS_MAX_DEFAULT
    senders: tuple[str, ...] = ()
    """Senders this account may use; none listed means any, unless they must be registered."""
    senders_registered: bool = False
    """Only listed senders may be used, also while there is none: then the carrier chooses (rest-api 3, `from`)."""
    senders_asked: tuple[str, ...] = ()
    """Senders that its people have asked for; the operator has not answered yet."""
    countries: tuple[str, ...] | None = None
    """Codes of the countries it may write to; None for any."""
    limits: Limits | None = None
    """What it may send, over all its connections."""
    keep_text_days: int | None = None
    """How long its texts are kept, in days; 0 is until the message is final, None as the operator keeps by default."""
    keep_numbers_days: int | None = None
    """How long the last digits of its recipients, and of handsets that write to it, are kept."""

    def retention(self, default: Retention) -> Retention:
        """How long what it sends is kept."""
        if self.keep_text_days is None and self.keep_numbers_days is None:
            return default
        return Retention(
            text_days=default.text_days if self.keep_text_days is None else self.keep_text_days,
            number_days=default.number_days if self.keep_numbers_days is None else self.keep_numbers_days,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who pays."""

    account_id: int
    name: str
    settings: AccountSettings = field(default_factory=AccountSettings)
    has_purchased: bool = True
    """Whether it has ever bought credit: until then its messages carry the operator's text (rest-api 3.2)."""

    def may_use(self, sender: str, *, registered: bool = False) -> bool:
        """Whether a message of this account may carry this sender (rest-api 3, `from`).

        `registered` says that the operator wants all senders registered, whatever the account's settings say.
        """
        settings = self.settings
        if settings.senders or settings.senders_registered or registered:
            return sender in settings.senders
        return True


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling: what a valid credential proves."""

    account: Account
    connection: ApiConnection


def token_hash(token: bytes) -> bytes:
    """The SHA-256 digest under which a token is stored and looked up: a random token needs nothing slower."""
    return sha256(token).digest()


class Directory:
    """All accounts, connections and credentials at one moment. Immutable: a change makes a new one."""

    def __init__(
        self,
        *,
        accounts: dict[int, Account],
        connections: dict[int, ApiConnection],
        credentials: dict[bytes, int],
        ends: Mapping[bytes, UnixMs] | None = None,
    ) -> None:
        """`ends` says of those credentials that have an end when that is."""
        self.accounts = accounts
        self.connections = connections
        self._callers = {
            digest: Caller(accounts[connections[connection_id].account_id], connections[connection_id])
            for digest, connection_id in credentials.items()
        }
        self._ends = dict(ends or {})
        self._lockdowns = {
            connection_id: Lockdown(connection.settings.networks)
            for connection_id, connection in connections.items()
            if connection.settings.networks
        }

    def doubt_policy(self, connection_id: int) -> DoubtPolicy:
        """What this connection wants done in doubt; of one that is gone, what is usual."""
        connection = self.connections.get(connection_id)
        return DoubtPolicy.RESEND if connection is None else connection.settings.doubt

    def lockdown(self, connection_id: int) -> Lockdown | None:
        """From where this connection may be used; None for anywhere."""
        return self._lockdowns.get(connection_id)

    def caller_of(self, connection: ApiConnection) -> Caller:
        """Who calls through this connection; raises KeyError when its account is not here."""
        return Caller(self.accounts[connection.account_id], connection)

    def caller(self, digest: bytes, *, now: UnixMs) -> Caller | None:
        """Whose token has this `token_hash`, or None for one that is unknown, revoked or at its end."""
        if self._ends and now >= self._ends.get(digest, now + 1):
            return None
        return self._callers.get(digest)
