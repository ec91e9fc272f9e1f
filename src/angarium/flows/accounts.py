"""Accounts, their API connections and tokens, as an operator keeps them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Final, NamedTuple

from angarium.core.account import (
    RECIPIENTS_MAX_LIMIT,
    Account,
    AccountSettings,
    ApiConnection,
    CallbackMethod,
    CallbackTarget,
    ConnectionSettings,
    DoubtPolicy,
    InboundCharset,
    ReplyTarget,
)
from angarium.core.lockdown import NETWORKS_MAX, BadNetwork, read_network
from angarium.core.message import SEGMENTS_MAX
from angarium.core.retention import KEEP_DAYS_MAX
from angarium.flows.desk import Desk, Mistaken, changed, read_name, read_sender, shown
from angarium.flows.limiting import LimitChanges, changed_limits, read_countries
from angarium.ports.store import NotFound

COUNTRY_PREFIX_DIGITS_MAX: Final = 4
USER_NAME_CHARACTERS_MAX: Final = 200
PASSWORD_CHARACTERS_MAX: Final = 200
NEW_SECRET: Final = "new"
"""Given as a signing secret, it asks for one to be made."""
NEXT_SECRET: Final = "next"
"""Likewise, and the newest of those there are goes on signing beside it."""
NEWEST_SECRET: Final = "newest"
"""Drops all but the newest."""


class AccountChanges(NamedTuple):
    """What is to be changed about an account; None leaves it as it is."""

    recipients_max: int | None = None
    senders: Sequence[str] | None = None
    senders_registered: bool | None = None
    countries: Sequence[str] | None = None
    """ISO 3166 codes, or `any` alone."""
    limits: LimitChanges = LimitChanges()
    keep_text_days: int | None = None
    """Negative: as the operator keeps by default."""
    keep_numbers_days: int | None = None


class CallbackChanges(NamedTuple):
    """What is to be changed about a callback target; None leaves it as it is, an empty URL removes it."""

    url: str | None = None
    method: CallbackMethod | None = None
    user_name: str | None = None
    password: str | None = None
    signing_secret: str | None = None
    verify_tls: bool | None = None


class ReplyChanges(NamedTuple):
    """What is to be changed about a reply URL (rest-api 9); None leaves it as it is."""

    target: CallbackChanges = CallbackChanges()
    secondary_url: str | None = None
    """Empty for none."""
    charset: InboundCharset | None = None


class ConnectionChanges(NamedTuple):
    """What is to be changed about an API connection; None leaves it as it is."""

    sender: str | None = None
    country_prefix: str | None = None
    segments_max: int | None = None
    smart_encoding: bool | None = None
    doubt: DoubtPolicy | None = None
    networks: Sequence[str] | None = None
    limits: LimitChanges = LimitChanges()
    client_message_id_once: bool | None = None
    callback: CallbackChanges = CallbackChanges()
    reply: ReplyChanges = ReplyChanges()


class ChangedConnection(NamedTuple):
    """An API connection after a change, and the signing secret that was made for it, to be shown this once."""

    connection: ApiConnection
    signing_secret: str | None
    reply_signing_secret: str | None = None
    """That of its reply URL."""


# --- accounts


async def find_account(desk: Desk, account_id: int) -> Account:
    """The account of this number. Raises NotFound."""
    for account in await desk.store.accounts():
        if account.account_id == account_id:
            return account
    raise NotFound(f"there is no account {account_id}")


async def create_account(desk: Desk, name: str, changes: AccountChanges) -> Account:
    """Make an account without credit. Raises Mistaken or AlreadyExists.

    It is kept to senders that are registered, unless that is said otherwise, and to countries that must be said.
    """
    if not changes.countries:
        raise Mistaken("countries", "Say which countries it may write to: their codes, such as ZA, or any.")
    safe = AccountSettings(senders_registered=True, countries=())
    name, settings = read_name(name), _account_settings(safe, changes)
    store = desk.by("account.create", "account", after={"name": name, **shown(settings)})
    return await store.create_account(name, settings, at=desk.now)


async def change_account(desk: Desk, account: Account, changes: AccountChanges) -> Account:
    """Change an account's settings. Raises Mistaken or NotFound."""
    return await keep_account_settings(desk, account, _account_settings(account.settings, changes))


async def keep_account_settings(desk: Desk, account: Account, settings: AccountSettings) -> Account:
    """Keep settings that were judged already as an account's. Raises NotFound."""
    before, after = changed(shown(account.settings), shown(settings))
    store = desk.by("account.change", "account", account.account_id, before=before, after=after)
    await store.change_account(account.account_id, settings)
    return replace(account, settings=settings)


def _account_settings(settings: AccountSettings, changes: AccountChanges) -> AccountSettings:
    if changes.senders is not None:
        senders = (read_sender(text, field="senders") for text in changes.senders)
        settings = replace(settings, senders=tuple(dict.fromkeys(senders)))
    if changes.senders_registered is not None:
        settings = replace(settings, senders_registered=changes.senders_registered)
    if changes.countries is not None:
        settings = replace(settings, countries=read_countries(changes.countries))
    settings = replace(settings, limits=changed_limits(settings.limits, changes.limits))
    if changes.recipients_max is not None:
        if not 1 <= changes.recipients_max <= RECIPIENTS_MAX_LIMIT:
            raise Mistaken("recipients_max", f"recipients_max is a number from 1 to {RECIPIENTS_MAX_LIMIT}.")
        settings = replace(settings, recipients_max=changes.recipients_max)
    if changes.keep_text_days is not None:
        settings = replace(settings, keep_text_days=_days("keep_text_days", changes.keep_text_days))
    if changes.keep_numbers_days is not None:
        settings = replace(settings, keep_numbers_days=_days("keep_numbers_days", changes.keep_numbers_days))
    return settings


def _days(field: str, days: int) -> int | None:
    if days > KEEP_DAYS_MAX:
        raise Mistaken(field, f"{field} is a number of days up to {KEEP_DAYS_MAX}, or -1 for what is usual.")
    return None if days < 0 else days


# --- API connections


async def find_connection(desk: Desk, connection_id: int) -> ApiConnection:
    """The API connection of this number. Raises NotFound."""
    for connection in await desk.store.connections():
        if connection.connection_id == connection_id:
            return connection
    raise NotFound(f"there is no API connection {connection_id}")


async def create_connection(desk: Desk, account_id: int, name: str, changes: ConnectionChanges) -> ChangedConnection:
    """Give an account another way in. Raises Mistaken, AlreadyExists or NotFound."""
    name = read_name(name)
    settings, *made = _connection_settings(desk, ConnectionSettings(), changes)
    store = desk.by(
        "connection.create", "connection", after={"account_id": account_id, "name": name, **shown(settings)}
    )
    return ChangedConnection(await store.create_connection(account_id, name, settings, at=desk.now), *made)


async def change_connection(desk: Desk, connection: ApiConnection, changes: ConnectionChanges) -> ChangedConnection:
    """Change an API connection's settings. Raises Mistaken or NotFound."""
    settings, *made = _connection_settings(desk, connection.settings, changes)
    return ChangedConnection(await keep_connection_settings(desk, connection, settings), *made)


async def keep_connection_settings(
    desk: Desk, connection: ApiConnection, settings: ConnectionSettings
) -> ApiConnection:
    """Keep settings that were judged already as an API connection's. Raises NotFound."""
    before, after = changed(shown(connection.settings), shown(settings))
    store = desk.by("connection.change", "connection", connection.connection_id, before=before, after=after)
    await store.change_connection(connection.connection_id, settings)
    return replace(connection, settings=settings)


def _connection_settings(
    desk: Desk, settings: ConnectionSettings, changes: ConnectionChanges
) -> tuple[ConnectionSettings, str | None, str | None]:
    if changes.sender is not None:
        settings = replace(settings, sender=changes.sender and read_sender(changes.sender, field="sender"))
    if changes.country_prefix is not None:
        settings = replace(settings, country_prefix=read_country_prefix(changes.country_prefix))
    if changes.segments_max is not None:
        if not 1 <= changes.segments_max <= SEGMENTS_MAX:
            raise Mistaken("segments_max", f"segments_max is a number from 1 to {SEGMENTS_MAX}.")
        settings = replace(settings, segments_max=changes.segments_max)
    if changes.smart_encoding is not None:
        settings = replace(settings, smart_encoding=changes.smart_encoding)
    if changes.doubt is not None:
        settings = replace(settings, doubt=changes.doubt)
    if changes.networks is not None:
        settings = replace(settings, networks=_networks(changes.networks))
    settings = replace(settings, limits=changed_limits(settings.limits, changes.limits))
    if changes.client_message_id_once is not None:
        settings = replace(settings, client_message_id_once=changes.client_message_id_once)
    target, secret = _target(desk, "callback", settings.callback, changes.callback)
    reply, reply_secret = _reply(desk, settings.reply, changes.reply)
    return replace(settings, callback=target, reply=reply), secret, reply_secret


def _networks(texts: Sequence[str]) -> tuple[str, ...]:
    written = dict.fromkeys(texts)
    if len(written) > NETWORKS_MAX:
        raise Mistaken("networks", f"A connection lists at most {NETWORKS_MAX} networks: join some.")
    try:
        return tuple(dict.fromkeys(str(read_network(text)) for text in written))
    except BadNetwork as error:
        text = str(error)
        raise Mistaken("networks", text if text.endswith("?") else f"{text}.") from error


def read_country_prefix(text: str) -> str:
    """What takes the place of a leading 0; empty for none. Raises Mistaken."""
    is_good = text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= COUNTRY_PREFIX_DIGITS_MAX
    if text and not is_good:
        raise Mistaken("country_prefix", "A country prefix has one to four digits and no leading 0, such as 27.")
    return text


def _reply(desk: Desk, reply: ReplyTarget | None, changes: ReplyChanges) -> tuple[ReplyTarget | None, str | None]:
    target, secret = _target(desk, "reply", reply, changes.target)
    if target is None:
        if changes.target.url is None and (changes.secondary_url or changes.charset):
            raise Mistaken("reply.url", "The connection has no reply URL yet: give its URL too.")
        return None, None
    reply = target if isinstance(target, ReplyTarget) else ReplyTarget(**asdict(target))
    if changes.secondary_url is not None:
        url = changes.secondary_url and _read("reply.secondary_url", desk.checks.callback_url, changes.secondary_url)
        reply = replace(reply, secondary_url=url)
    return (reply if changes.charset is None else replace(reply, charset=changes.charset)), secret


def _target(
    desk: Desk, kind: str, target: CallbackTarget | None, changes: CallbackChanges
) -> tuple[CallbackTarget | None, str | None]:
    """The target with these changes, None when there is none (any more), and a secret that was made for it."""
    if changes.url == "":
        return None, None
    if changes.url is not None:
        url = _read(f"{kind}.url", desk.checks.callback_url, changes.url)
        target = replace(target, url=url) if target else CallbackTarget(url=url)
    elif target is None:
        if any(change is not None for change in changes):
            raise Mistaken(f"{kind}.url", f"The connection has no {kind} URL yet: give its URL too.")
        return None, None
    for name, most in (("user_name", USER_NAME_CHARACTERS_MAX), ("password", PASSWORD_CHARACTERS_MAX)):
        text = getattr(changes, name)
        if text is not None and (len(text) > most or not text.isprintable()):
            raise Mistaken(f"{kind}.{name}", f"{name} has at most {most} printable characters.")
    made: str | None = None
    given = {name: value for name, value in changes._asdict().items() if value is not None and name != "url"}
    newest = target.signing_secret.partition(" ")[0]
    if changes.signing_secret in {NEW_SECRET, NEXT_SECRET}:
        made = given["signing_secret"] = desk.mint.signing_secret()
        if changes.signing_secret == NEXT_SECRET and newest:
            given["signing_secret"] = f"{made} {newest}"
    elif changes.signing_secret == NEWEST_SECRET:
        given["signing_secret"] = newest
    elif changes.signing_secret:
        given["signing_secret"] = _read(f"{kind}.signing_secret", desk.checks.signing_secret, changes.signing_secret)
    return replace(target, **given), made


def _read(field: str, read: Callable[[str], str], text: str) -> str:
    try:
        return read(text)
    except ValueError as error:
        raise Mistaken(field, str(error)) from error
