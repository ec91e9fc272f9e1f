"""API connections: the ways in for an account's programs."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, UnsetType

from angarium.core import account as core
from angarium.core.account import CallbackMethod, DoubtPolicy, InboundCharset
from angarium.core.lockdown import NETWORKS_MAX
from angarium.core.message import SEGMENTS_MAX
from angarium.flows import accounts as flow
from angarium.flows.operators import Scope
from angarium.operator_api.limits import LimitChanges, Limits, limit_changes, limits_of
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    AccountPath,
    Body,
    ConnectionPath,
    Id,
    Name,
    NoBody,
    Page,
    Paged,
    Reply,
    Sender,
    given,
)


class Callback(Reply, frozen=True, kw_only=True):
    """Where statuses are pushed. Secrets are never shown."""

    url: str
    method: CallbackMethod
    user_name: str
    has_password: bool
    is_signed: bool
    verify_tls: bool


class ReplyUrl(Callback, frozen=True, kw_only=True):
    """Where messages from handsets are pushed (rest-api 9)."""

    secondary_url: str
    """Called when the first one has failed to the end; empty for none."""
    charset: InboundCharset


class Connection(Reply, frozen=True, kw_only=True):
    """One way in for an account's programs; its number is the `apiId` of callbacks."""

    connection_id: Id
    account_id: Id
    name: str
    sender: str
    """Used when a request names none; empty leaves the choice to the carrier."""
    country_prefix: str
    """Replaces a leading 0 of a recipient; empty refuses such numbers."""
    segments_max: int
    smart_encoding: bool
    """Typography becomes its look-alikes where that keeps a text in 7 bits (rest-api 4.2)."""
    doubt: DoubtPolicy
    limits: Limits
    """What it may send, within what its account may."""
    networks: list[str]
    """Addresses and networks from which it may be used; none: any."""
    client_message_id_once: bool
    """A clientMessageId makes a send repeatable (rest-api 3.3)."""
    callback: Callback | None
    reply: ReplyUrl | None
    signing_secret: str | None = None
    """Of callbacks, only in the answer to the call that had one made: it is not shown again."""
    reply_signing_secret: str | None = None
    """Likewise of the reply URL."""


SECRET_CHARACTERS_MAX: Final = 500

Secret = Annotated[str, Meta(max_length=SECRET_CHARACTERS_MAX)]
DefaultSender = Annotated[Sender, Meta(description="Used when a request names none; empty for none.")]
CountryPrefix = Annotated[
    str, Meta(pattern="^([1-9][0-9]{0,3})?$", description="Replaces a leading 0 of a recipient; empty for none.")
]
SegmentsMax = Annotated[int, Meta(ge=1, le=SEGMENTS_MAX, description="Segments that a message may have.")]
SmartEncoding = Annotated[
    bool, Meta(description="Typography becomes its look-alikes where that keeps a text in 7 bits (rest-api 4.2).")
]
Networks = Annotated[
    list[Annotated[str, Meta(max_length=50)]],
    Meta(
        max_length=NETWORKS_MAX,
        description="Addresses and networks from which it may be used, such as 192.0.2.0/24; none: any.",
    ),
]
ClientMessageIdOnce = Annotated[
    bool, Meta(description="A clientMessageId makes a send repeatable, as an Idempotency-Key does (rest-api 3.3).")
]
Url = Annotated[str, Meta(max_length=2000, description="http or https; empty removes the callback.")]
NewSecret = Annotated[
    Secret,
    Meta(
        description="`whsec_` and base64, or a new and an old one with a blank between, which both sign; `new` has one "
        "made, which the answer shows, `next` one beside the newest, `newest` drops the others; empty: unsigned."
    ),
]


class CallbackChanges(Body, frozen=True, kw_only=True):
    """What is to be changed about a callback; what is left out stays."""

    url: Url | UnsetType = UNSET
    method: CallbackMethod | UnsetType = UNSET
    user_name: Secret | UnsetType = UNSET
    password: Secret | UnsetType = UNSET
    signing_secret: NewSecret | UnsetType = UNSET
    verify_tls: bool | UnsetType = UNSET


class ReplyChanges(CallbackChanges, frozen=True, kw_only=True):
    """What is to be changed about a reply URL; what is left out stays."""

    secondary_url: Url | UnsetType = UNSET
    charset: InboundCharset | UnsetType = UNSET


class ConnectionChanges(Body, frozen=True, kw_only=True):
    """What is to be changed; what is left out stays."""

    sender: DefaultSender | UnsetType = UNSET
    country_prefix: CountryPrefix | UnsetType = UNSET
    segments_max: SegmentsMax | UnsetType = UNSET
    smart_encoding: SmartEncoding | UnsetType = UNSET
    doubt: DoubtPolicy | UnsetType = UNSET
    networks: Networks | UnsetType = UNSET
    limits: LimitChanges | UnsetType = UNSET
    client_message_id_once: ClientMessageIdOnce | UnsetType = UNSET
    callback: CallbackChanges | UnsetType = UNSET
    reply: ReplyChanges | UnsetType = UNSET


class NewConnection(ConnectionChanges, frozen=True, kw_only=True):
    """An API connection to be made. It needs a token."""

    name: Name


class ConnectionsOf(Paged, frozen=True, kw_only=True):
    """A list, perhaps of one account."""

    account_id: Id | None = None


@operation("GET", "/v1/connections", Scope.ACCOUNTS_READ, "List API connections")
async def list_connections(call: Call[ConnectionsOf, NoBody]) -> Page[Connection]:
    """All of them, or those of one account."""
    rows = await call.desk.store.connections(call.parameters.account_id)
    return call.parameters.page_of_all(rows, _unchanged, key=lambda row: row.connection_id)


@operation(
    "POST",
    "/v1/accounts/{account_id}/connections",
    Scope.ACCOUNTS_WRITE,
    "Give an account an API connection",
    status=201,
    problems=(Code.CONFLICT,),
)
async def create_connection(call: Call[AccountPath, NewConnection]) -> Connection:
    """For an account."""
    changes = _connection_changes(call.body)
    made = await flow.create_connection(call.desk, call.parameters.account_id, call.body.name, changes)
    return _connection(made)


@operation("GET", "/v1/connections/{connection_id}", Scope.ACCOUNTS_READ, "Show an API connection, without its secrets")
async def show_connection(call: Call[ConnectionPath, NoBody]) -> Connection:
    """One."""
    return _unchanged(await flow.find_connection(call.desk, call.parameters.connection_id))


@operation("PATCH", "/v1/connections/{connection_id}", Scope.ACCOUNTS_WRITE, "Change an API connection's settings")
async def change_connection(call: Call[ConnectionPath, ConnectionChanges]) -> Connection:
    """Its settings."""
    connection = await flow.find_connection(call.desk, call.parameters.connection_id)
    made = await flow.change_connection(call.desk, connection, _connection_changes(call.body))
    return _connection(made)


def _connection_changes(body: ConnectionChanges) -> flow.ConnectionChanges:
    changes = flow.ConnectionChanges(**given(body, but={"name", "callback", "limits", "reply"}))
    changes = changes._replace(limits=limit_changes(body.limits))
    if isinstance(body.callback, CallbackChanges):
        changes = changes._replace(callback=flow.CallbackChanges(**given(body.callback)))
    if isinstance(body.reply, ReplyChanges):
        own = given(body.reply)
        rest = {name: own.pop(name, None) for name in ("secondary_url", "charset")}
        changes = changes._replace(reply=flow.ReplyChanges(flow.CallbackChanges(**own), **rest))
    return changes


def _unchanged(connection: core.ApiConnection) -> Connection:
    return _connection(flow.ChangedConnection(connection, None))


def _connection(changed: flow.ChangedConnection) -> Connection:
    connection = changed.connection
    settings = connection.settings
    return Connection(
        connection_id=connection.connection_id,
        account_id=connection.account_id,
        name=connection.name,
        sender=settings.sender,
        country_prefix=settings.country_prefix,
        segments_max=settings.segments_max,
        smart_encoding=settings.smart_encoding,
        doubt=settings.doubt,
        limits=limits_of(settings.limits),
        networks=list(settings.networks),
        client_message_id_once=settings.client_message_id_once,
        callback=None if settings.callback is None else Callback(**_target(settings.callback)),
        reply=None
        if settings.reply is None
        else ReplyUrl(
            **_target(settings.reply), secondary_url=settings.reply.secondary_url, charset=settings.reply.charset
        ),
        signing_secret=changed.signing_secret,
        reply_signing_secret=changed.reply_signing_secret,
    )


def _target(target: core.CallbackTarget) -> dict[str, Any]:
    return {
        "url": target.url,
        "method": target.method,
        "user_name": target.user_name,
        "has_password": bool(target.password),
        "is_signed": bool(target.signing_secret),
        "verify_tls": target.verify_tls,
    }


OPERATIONS: Final[Table] = (
    list_connections,
    create_connection,
    show_connection,
    change_connection,
)
