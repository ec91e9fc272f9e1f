"""`account`, `connection`, `token`: who pays, who calls, and how they prove it."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from typing import Annotated

import typer

from angarium.callbacks.signing import read_secret, write_secret
from angarium.callbacks.urls import read_url
from angarium.cli.failures import CommandFailed, CommandMistaken
from angarium.cli.lookups import find_account, find_connection
from angarium.cli.shell import OperatorStore, clock_text, now, secret_text, shell_of
from angarium.core.account import (
    RECIPIENTS_MAX_LIMIT,
    Account,
    AccountSettings,
    ApiConnection,
    CallbackMethod,
    CallbackTarget,
    ConnectionSettings,
    DoubtPolicy,
)
from angarium.core.credit import format_credits
from angarium.core.lockdown import NETWORKS_MAX, BadNetwork, read_network
from angarium.core.message import SEGMENTS_MAX
from angarium.core.numbers import is_sender, normal_sender

SIGNING_KEY_OCTETS = 32
MASK = "********"

AccountName = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name or number.")]
ConnectionName = Annotated[str, typer.Argument(metavar="CONNECTION", help="Its account/name or number.")]
Senders = Annotated[
    list[str] | None, typer.Option("--sender", help="A sender the account may use; repeat for more. None: any.")
]
RecipientsMax = Annotated[
    int | None, typer.Option("--recipients-max", min=1, max=RECIPIENTS_MAX_LIMIT, help="Recipients in one request.")
]
Sender = Annotated[str | None, typer.Option("--sender", help="Used when a request names none; '' for none.")]
CountryPrefix = Annotated[
    str | None, typer.Option("--country-prefix", help="Replaces a leading 0 of a recipient; '' refuses such numbers.")
]
SegmentsMax = Annotated[
    int | None, typer.Option("--segments-max", min=1, max=SEGMENTS_MAX, help="Segments of one message.")
]
Networks = Annotated[
    list[str] | None,
    typer.Option("--network", help="An address or network it may be used from, such as 192.0.2.0/24; repeat for more."),
]
Once = Annotated[
    bool | None,
    typer.Option(
        "--client-message-id-once/--client-message-id-any", help="Whether a clientMessageId makes a send repeatable."
    ),
]
SmartEncoding = Annotated[
    bool | None,
    typer.Option(
        "--smart-encoding/--no-smart-encoding", help="Typography becomes its look-alikes where that saves UCS-2."
    ),
]
Doubt = Annotated[DoubtPolicy | None, typer.Option("--doubt", help="When a carrier's answer was lost.")]
CallbackUrl = Annotated[str | None, typer.Option("--callback-url", help="Where statuses are pushed; '' for nowhere.")]
Method = Annotated[CallbackMethod | None, typer.Option("--callback-method", help="How they are pushed.")]
CallbackUser = Annotated[str | None, typer.Option("--callback-user", help="User name (HTTP basic).")]
CallbackPassword = Annotated[str | None, typer.Option("--callback-password", help="Its password; - asks for it.")]
CallbackSecret = Annotated[
    str | None,
    typer.Option(
        "--callback-secret",
        help="Signing secret whsec_..., or a new one and an old one; 'new' makes one, - asks, '' removes.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    account = typer.Typer(help="Accounts: who pays.", no_args_is_help=True)
    account.command("create")(create_account)
    account.command("list")(list_accounts)
    account.command("show")(show_account)
    account.command("set")(set_account)
    app.add_typer(account, name="account")
    connection = typer.Typer(help="API connections: the ways in for an account's programs.", no_args_is_help=True)
    connection.command("create")(create_connection)
    connection.command("list")(list_connections)
    connection.command("show")(show_connection)
    connection.command("set")(set_connection)
    app.add_typer(connection, name="connection")
    token = typer.Typer(help="Tokens: how a program proves which connection it is.", no_args_is_help=True)
    token.command("create")(create_token)
    token.command("list")(list_tokens)
    token.command("revoke")(revoke_token)
    app.add_typer(token, name="token")


# --- accounts --------------------------------------------------------------------------------------------------------


def create_account(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name of your choice.")],
    sender: Senders = None,
    recipients_max: RecipientsMax = None,
) -> None:
    """Create an account. It has no credit yet: `angarium credit buy`."""
    shell = shell_of(context)
    settings = _account_settings(AccountSettings(), senders=sender, recipients_max=recipients_max)
    account = shell.in_store(lambda store: store.create_account(_name(name), settings, at=now()))
    shell.record(_account_record(account))


def list_accounts(context: typer.Context) -> None:
    """List the accounts."""
    shell = shell_of(context)
    accounts = shell.in_store(lambda store: store.accounts())
    shell.rows([_account_record(account) for account in accounts], empty="There is no account yet.")


def show_account(context: typer.Context, account: AccountName) -> None:
    """Show one account with its money and its connections."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> dict[str, object]:
        found = await find_account(store, account)
        balance = await store.balance(found.account_id)
        connections = await store.connections(found.account_id)
        return {
            **_account_record(found),
            **{name: format_credits(amount, 6) for name, amount in asdict(balance).items()},
            "connections": [connection.name for connection in connections],
        }

    shell.record(shell.in_store(work))


def set_account(
    context: typer.Context,
    account: AccountName,
    sender: Senders = None,
    any_sender: Annotated[bool, typer.Option("--any-sender", help="Allow any sender again.")] = False,
    recipients_max: RecipientsMax = None,
) -> None:
    """Change an account. The senders given replace those it had."""
    shell = shell_of(context)
    if any_sender and sender:
        raise CommandMistaken("Give --sender or --any-sender, not both.")

    async def work(store: OperatorStore) -> Account:
        found = await find_account(store, account)
        senders = [] if any_sender else sender
        settings = _account_settings(found.settings, senders=senders, recipients_max=recipients_max)
        await store.change_account(found.account_id, settings)
        return replace(found, settings=settings)

    shell.record(_account_record(shell.in_store(work)))


def _account_settings(
    settings: AccountSettings, *, senders: list[str] | None, recipients_max: int | None
) -> AccountSettings:
    if senders is not None:
        settings = replace(settings, senders=tuple(dict.fromkeys(_sender(text) for text in senders)))
    if recipients_max is not None:
        settings = replace(settings, recipients_max=recipients_max)
    return settings


def _account_record(account: Account) -> dict[str, object]:
    return {"account_id": account.account_id, "name": account.name, **_plain(asdict(account.settings))}


# --- connections -----------------------------------------------------------------------------------------------------


def create_connection(
    context: typer.Context,
    account: AccountName,
    name: Annotated[str, typer.Argument(help="A name of your choice.")],
    sender: Sender = None,
    country_prefix: CountryPrefix = None,
    segments_max: SegmentsMax = None,
    smart_encoding: SmartEncoding = None,
    doubt: Doubt = None,
    network: Networks = None,
    client_message_id_once: Once = None,
    callback_url: CallbackUrl = None,
    callback_method: Method = None,
    callback_user: CallbackUser = None,
    callback_password: CallbackPassword = None,
    callback_secret: CallbackSecret = None,
) -> None:
    """Create an API connection. It needs a token: `angarium token create`."""
    shell = shell_of(context)
    settings = _connection_settings(
        ConnectionSettings(),
        sender=sender,
        country_prefix=country_prefix,
        segments_max=segments_max,
        smart_encoding=smart_encoding,
        doubt=doubt,
        networks=network,
        client_message_id_once=client_message_id_once,
        callback=_CallbackOptions(callback_url, callback_method, callback_user, callback_password, callback_secret),
    )

    async def work(store: OperatorStore) -> ApiConnection:
        found = await find_account(store, account)
        return await store.create_connection(found.account_id, _name(name), settings, at=now())

    shell.record(_connection_record(shell.in_store(work)))


def list_connections(
    context: typer.Context, account: Annotated[str | None, typer.Argument(help="Only of this account.")] = None
) -> None:
    """List the API connections."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[ApiConnection]:
        return await store.connections(None if account is None else (await find_account(store, account)).account_id)

    connections = shell.in_store(work)
    shell.rows([_connection_record(one) for one in connections], empty="There is no connection yet.")


def show_connection(context: typer.Context, connection: ConnectionName) -> None:
    """Show one API connection; its secrets stay hidden."""
    shell = shell_of(context)
    shell.record(_connection_record(shell.in_store(lambda store: find_connection(store, connection))))


def set_connection(
    context: typer.Context,
    connection: ConnectionName,
    sender: Sender = None,
    country_prefix: CountryPrefix = None,
    segments_max: SegmentsMax = None,
    smart_encoding: SmartEncoding = None,
    doubt: Doubt = None,
    network: Networks = None,
    any_network: Annotated[bool, typer.Option("--any-network", help="Allow calls from anywhere again.")] = False,
    client_message_id_once: Once = None,
    callback_url: CallbackUrl = None,
    callback_method: Method = None,
    callback_user: CallbackUser = None,
    callback_password: CallbackPassword = None,
    callback_secret: CallbackSecret = None,
) -> None:
    """Change an API connection: what is not given stays as it is."""
    shell = shell_of(context)
    callback = _CallbackOptions(callback_url, callback_method, callback_user, callback_password, callback_secret)
    if any_network and network:
        raise CommandMistaken("Give --network or --any-network, not both.")

    async def work(store: OperatorStore) -> ApiConnection:
        found = await find_connection(store, connection)
        settings = _connection_settings(
            found.settings,
            sender=sender,
            country_prefix=country_prefix,
            segments_max=segments_max,
            smart_encoding=smart_encoding,
            doubt=doubt,
            networks=[] if any_network else network,
            client_message_id_once=client_message_id_once,
            callback=callback,
        )
        await store.change_connection(found.connection_id, settings)
        return replace(found, settings=settings)

    shell.record(_connection_record(shell.in_store(work)))


class _CallbackOptions:
    """The callback options as typed; None means not given."""

    def __init__(
        self,
        url: str | None,
        method: CallbackMethod | None,
        user_name: str | None,
        password: str | None,
        secret: str | None,
    ) -> None:
        self.url = url
        self.rest = {"method": method, "user_name": user_name, "password": password, "signing_secret": secret}

    def applied_to(self, target: CallbackTarget | None) -> CallbackTarget | None:
        """The target with these changes; None when there is none (any more)."""
        changes = {name: value for name, value in self.rest.items() if value is not None}
        if self.url == "":
            return None
        if self.url is not None:
            url = _valid_url(self.url)
            target = replace(target, url=url) if target else CallbackTarget(url=url)
        elif target is None:
            if changes:
                raise CommandMistaken("The connection has no callback yet: give --callback-url too.")
            return None
        password = changes.get("password")
        if password is not None:
            changes["password"] = secret_text(password, prompt="Callback password")
        secret = changes.get("signing_secret")
        if secret:
            changes["signing_secret"] = _signing_secret(secret)
        return replace(target, **changes)  # type: ignore[arg-type] # each name has its own option's type


def _connection_settings(
    settings: ConnectionSettings,
    *,
    sender: str | None,
    country_prefix: str | None,
    segments_max: int | None,
    smart_encoding: bool | None,
    doubt: DoubtPolicy | None,
    networks: list[str] | None,
    client_message_id_once: bool | None,
    callback: _CallbackOptions,
) -> ConnectionSettings:
    if sender is not None:
        settings = replace(settings, sender=_sender(sender) if sender else "")
    if country_prefix is not None:
        if country_prefix and not (
            country_prefix.isascii()
            and country_prefix.isdigit()
            and country_prefix[0] != "0"
            and len(country_prefix) <= 4
        ):
            raise CommandMistaken("--country-prefix takes one to four digits without a leading 0, such as 27.")
        settings = replace(settings, country_prefix=country_prefix)
    if segments_max is not None:
        settings = replace(settings, segments_max=segments_max)
    if smart_encoding is not None:
        settings = replace(settings, smart_encoding=smart_encoding)
    if doubt is not None:
        settings = replace(settings, doubt=doubt)
    if networks is not None:
        settings = replace(settings, networks=_networks(networks))
    if client_message_id_once is not None:
        settings = replace(settings, client_message_id_once=client_message_id_once)
    return replace(settings, callback=callback.applied_to(settings.callback))


def _networks(texts: list[str]) -> tuple[str, ...]:
    try:
        networks = tuple(dict.fromkeys(str(read_network(text)) for text in texts))
    except BadNetwork as error:
        raise CommandMistaken(f"--network: {error}.") from error
    if len(networks) > NETWORKS_MAX:
        raise CommandMistaken(f"A connection lists at most {NETWORKS_MAX} networks: join some.")
    return networks


def _valid_url(text: str) -> str:
    try:
        return str(read_url(text))
    except ValueError as error:
        raise CommandMistaken(f"--callback-url: {error}") from error


def _signing_secret(text: str) -> str:
    if text == "new":
        secret = write_secret(secrets.token_bytes(SIGNING_KEY_OCTETS))
        # On stderr in either form: the answer on stdout never holds it.
        typer.echo(f"Signing secret, shown this once: {secret}", err=True)
        return secret
    secret = secret_text(text, prompt="Signing secret")
    try:
        # Several while they are being changed, the newest first: each of them signs.
        for each in secret.split() or [secret]:
            read_secret(each)
    except ValueError as error:
        raise CommandMistaken(f"--callback-secret: {error}") from error
    return secret


def _connection_record(connection: ApiConnection) -> dict[str, object]:
    settings = asdict(connection.settings)
    callback = settings.pop("callback")
    if callback is not None:
        for name in ("password", "signing_secret"):
            callback[name] = MASK if callback[name] else ""
        callback = _plain(callback)
    return {
        "connection_id": connection.connection_id,
        "account_id": connection.account_id,
        "name": connection.name,
        **_plain(settings),
        "callback": callback,
    }


# --- tokens ----------------------------------------------------------------------------------------------------------


def create_token(context: typer.Context, connection: ConnectionName) -> None:
    """Create a token and print it: this is the only time it is shown."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> tuple[str, int, int]:
        from angarium.app import new_token

        found = await find_connection(store, connection)
        token, row = await new_token(store, found.connection_id, now(), data_dir=shell.settings().data_dir)
        return token, row.token_id, row.connection_id

    token, token_id, connection_id = shell.in_store(work)
    shell.show({"token": token, "token_id": token_id, "connection_id": connection_id}, token)
    shell.note(f"This is token {token_id} of connection {connection_id}. Keep it now: it is not shown again.")


def list_tokens(
    context: typer.Context, connection: Annotated[str | None, typer.Argument(help="Only of this one.")] = None
) -> None:
    """List tokens, without their secrets."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        only = None if connection is None else (await find_connection(store, connection)).connection_id
        return [
            {
                "token_id": row.token_id,
                "connection_id": row.connection_id,
                "created_at": clock_text(row.created_at),
                "revoked_at": clock_text(row.revoked_at) or None,
            }
            for row in await store.tokens(only)
        ]

    shell.rows(shell.in_store(work), empty="There is no token yet.")


def revoke_token(
    context: typer.Context, token_id: Annotated[int, typer.Argument(help="Its number, from `token list`.")]
) -> None:
    """Revoke a token: a running server refuses it within a second or two."""
    shell = shell_of(context)
    shell.in_store(lambda store: store.revoke_token(token_id, at=now()))
    shell.show({"token_id": token_id, "revoked": True}, f"Token {token_id} is revoked.")


# --- forms -----------------------------------------------------------------------------------------------------------


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > 100 or not name.isprintable() or "/" in name:
        raise CommandFailed("A name has 1 to 100 printable characters and no slash.")
    return name


def _sender(text: str) -> str:
    if not is_sender(text):
        raise CommandMistaken(f"{text!r} cannot be a sender: up to 16 digits, or up to 11 letters, digits and spaces.")
    return normal_sender(text)


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {
        name: list(value)
        if isinstance(value, tuple)
        else str(value)
        if isinstance(value, DoubtPolicy | CallbackMethod)
        else value
        for name, value in values.items()
    }
