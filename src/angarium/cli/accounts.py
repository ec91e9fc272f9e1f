"""`account`, `connection`: who pays, and who calls."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_account, find_connection
from angarium.cli.shell import Shell, secret_text, shell_of
from angarium.cli.trials import try_connection
from angarium.core.account import (
    RECIPIENTS_MAX_LIMIT,
    Account,
    ApiConnection,
    CallbackMethod,
    DoubtPolicy,
    InboundCharset,
)
from angarium.core.credit import format_credits, parse_credits
from angarium.core.limits import Limits
from angarium.core.message import SEGMENTS_MAX
from angarium.flows import accounts as flow
from angarium.flows.desk import HIDDEN, Desk
from angarium.flows.limiting import ANY, LimitChanges
from angarium.ports.admin import OperatorStore

AccountName = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name or number.")]
ConnectionName = Annotated[str, typer.Argument(metavar="CONNECTION", help="Its account/name or number.")]
Senders = Annotated[list[str] | None, typer.Option("--sender", help="A sender the account may use; repeat for more.")]
CountryCodes = Annotated[
    list[str] | None,
    typer.Option("--country", help="A country it may write to, such as ZA; repeat for more, or 'any' for all."),
]
AnySender = Annotated[bool, typer.Option("--any-sender", help="Let it use any sender, registered or not.")]
PerSecond = Annotated[int | None, typer.Option("--per-second", min=0, help="Messages a second; 0: no limit.")]
PerDay = Annotated[int | None, typer.Option("--per-day", min=0, help="Messages a day, UTC; 0: no limit.")]
CreditsPerDay = Annotated[str | None, typer.Option("--credits-per-day", help="Credits a day, UTC; 0: no limit.")]
CreditsPerMonth = Annotated[str | None, typer.Option("--credits-per-month", help="Credits a month; 0: no limit.")]
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
        help="Signing secret whsec_..., or a new one and an old one; 'new' makes one, 'next' one beside the newest, "
        "'newest' drops the others, - asks, '' removes.",
    ),
]
CallbackVerifyTls = Annotated[
    bool | None,
    typer.Option("--callback-verify-tls/--no-callback-verify-tls", help="Whether its certificate is checked."),
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
    connection.command("reply")(set_reply)
    connection.command("try")(try_connection)
    app.add_typer(connection, name="connection")


# --- accounts --------------------------------------------------------------------------------------------------------


def create_account(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name of your choice.")],
    country: CountryCodes = None,
    sender: Senders = None,
    any_sender: AnySender = False,
    recipients_max: RecipientsMax = None,
    per_second: PerSecond = None,
    per_day: PerDay = None,
    credits_per_day: CreditsPerDay = None,
    credits_per_month: CreditsPerMonth = None,
) -> None:
    """Create an account. It has no credit yet: `angarium credit buy`.

    It writes to the countries given, and with no --sender its messages come from whatever the carrier chooses.
    """
    shell = shell_of(context)
    if not country:
        raise CommandMistaken("Say which countries it may write to: --country ZA (repeat for more), or --country any.")
    if any_sender and sender:
        raise CommandMistaken("Give --sender or --any-sender, not both.")
    changes = flow.AccountChanges(
        recipients_max=recipients_max,
        senders=sender,
        senders_registered=not any_sender,
        countries=country,
        limits=_limit_changes(per_second, per_day, credits_per_day, credits_per_month),
    )
    shell.record(_account_record(shell.at_desk(lambda desk: flow.create_account(desk, name, changes))))


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
    any_sender: AnySender = False,
    registered_only: Annotated[bool, typer.Option("--registered-only", help="Keep it to its listed senders.")] = False,
    country: CountryCodes = None,
    recipients_max: RecipientsMax = None,
    per_second: PerSecond = None,
    per_day: PerDay = None,
    credits_per_day: CreditsPerDay = None,
    credits_per_month: CreditsPerMonth = None,
) -> None:
    """Change an account. The senders and countries given replace those it had."""
    shell = shell_of(context)
    if any_sender and (sender or registered_only):
        raise CommandMistaken("Give --sender or --registered-only, or --any-sender, not both.")

    changes = flow.AccountChanges(
        recipients_max=recipients_max,
        senders=[] if any_sender else sender,
        senders_registered=(registered_only or None) if not any_sender else False,
        countries=country or None,
        limits=_limit_changes(per_second, per_day, credits_per_day, credits_per_month),
    )

    async def work(desk: Desk) -> Account:
        return await flow.change_account(desk, await find_account(desk.store, account), changes)

    shell.record(_account_record(shell.at_desk(work)))


def _account_record(account: Account) -> dict[str, object]:
    settings = account.settings
    return {
        "account_id": account.account_id,
        "name": account.name,
        **_plain(asdict(settings)),
        "countries": [ANY] if settings.countries is None else list(settings.countries),
        "limits": _limits_record(settings.limits),
        "has_purchased": account.has_purchased,
    }


def _limit_changes(
    per_second: int | None, per_day: int | None, credits_per_day: str | None, credits_per_month: str | None
) -> LimitChanges:
    ceilings = [None if text is None else parse_credits(text) for text in (credits_per_day, credits_per_month)]
    return LimitChanges(per_second, per_day, *ceilings)


def _limits_record(limits: Limits | None) -> dict[str, object]:
    """Those that are set."""
    if limits is None:
        return {}
    shown = {
        "messages_per_s": limits.messages_per_s_max,
        "messages_per_day": limits.messages_per_day_max,
        "credits_per_day": None
        if limits.credits_per_day_max is None
        else format_credits(limits.credits_per_day_max, 6),
        "credits_per_month": None
        if limits.credits_per_month_max is None
        else format_credits(limits.credits_per_month_max, 6),
    }
    return {name: value for name, value in shown.items() if value is not None}


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
    per_second: PerSecond = None,
    per_day: PerDay = None,
    credits_per_day: CreditsPerDay = None,
    credits_per_month: CreditsPerMonth = None,
    callback_url: CallbackUrl = None,
    callback_method: Method = None,
    callback_user: CallbackUser = None,
    callback_password: CallbackPassword = None,
    callback_secret: CallbackSecret = None,
    callback_verify_tls: CallbackVerifyTls = None,
) -> None:
    """Create an API connection. It needs a token: `angarium token create`."""
    shell = shell_of(context)
    callback = _callback_changes(
        callback_url, callback_method, callback_user, callback_password, callback_secret, callback_verify_tls
    )
    changes = flow.ConnectionChanges(
        sender=sender,
        country_prefix=country_prefix,
        segments_max=segments_max,
        smart_encoding=smart_encoding,
        doubt=doubt,
        networks=network,
        client_message_id_once=client_message_id_once,
        limits=_limit_changes(per_second, per_day, credits_per_day, credits_per_month),
        callback=callback,
    )

    async def work(desk: Desk) -> tuple[Account, flow.ChangedConnection]:
        found = await find_account(desk.store, account)
        return found, await flow.create_connection(desk, found.account_id, name, changes)

    payer, changed = shell.at_desk(work)
    _show_changed(shell, changed)
    default = changed.connection.settings.sender
    if default and not payer.may_use(default):
        shell.note(f"{default} is not a sender of {payer.name} yet: `angarium sender add {payer.name} {default!r}`.")


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
    per_second: PerSecond = None,
    per_day: PerDay = None,
    credits_per_day: CreditsPerDay = None,
    credits_per_month: CreditsPerMonth = None,
    callback_url: CallbackUrl = None,
    callback_method: Method = None,
    callback_user: CallbackUser = None,
    callback_password: CallbackPassword = None,
    callback_secret: CallbackSecret = None,
    callback_verify_tls: CallbackVerifyTls = None,
) -> None:
    """Change an API connection: what is not given stays as it is."""
    shell = shell_of(context)
    callback = _callback_changes(
        callback_url, callback_method, callback_user, callback_password, callback_secret, callback_verify_tls
    )
    if any_network and network:
        raise CommandMistaken("Give --network or --any-network, not both.")
    networks = [] if any_network else network
    changes = flow.ConnectionChanges(
        sender=sender,
        country_prefix=country_prefix,
        segments_max=segments_max,
        smart_encoding=smart_encoding,
        doubt=doubt,
        networks=networks,
        client_message_id_once=client_message_id_once,
        limits=_limit_changes(per_second, per_day, credits_per_day, credits_per_month),
        callback=callback,
    )

    async def work(desk: Desk) -> flow.ChangedConnection:
        return await flow.change_connection(desk, await find_connection(desk.store, connection), changes)

    _show_changed(shell, shell.at_desk(work))


def set_reply(
    context: typer.Context,
    connection: ConnectionName,
    url: Annotated[str | None, typer.Option("--url", help="Where handsets' messages go; '' for nowhere.")] = None,
    method: Annotated[CallbackMethod | None, typer.Option("--method", help="How they are pushed.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="User name (HTTP basic).")] = None,
    password: Annotated[str | None, typer.Option("--password", help="Its password; - asks for it.")] = None,
    secret: Annotated[
        str | None,
        typer.Option("--secret", help="Signing secret whsec_...; 'new', 'next', 'newest', - or '' as of a callback."),
    ] = None,
    secondary_url: Annotated[
        str | None, typer.Option("--secondary-url", help="Called when the first has failed to the end; '' for none.")
    ] = None,
    charset: Annotated[
        InboundCharset | None, typer.Option("--charset", help="legacy: ISO-8859-1 or UTF-16BE, as the text needs.")
    ] = None,
    verify_tls: Annotated[
        bool | None, typer.Option("--verify-tls/--no-verify-tls", help="Whether its certificate is checked.")
    ] = None,
) -> None:
    """Set where what handsets send to an API connection's numbers is pushed: what is not given stays as it is."""
    shell = shell_of(context)
    target = _callback_changes(url, method, user, password, secret, verify_tls)
    changes = flow.ConnectionChanges(reply=flow.ReplyChanges(target, secondary_url, charset))

    async def work(desk: Desk) -> flow.ChangedConnection:
        return await flow.change_connection(desk, await find_connection(desk.store, connection), changes)

    _show_changed(shell, shell.at_desk(work))


def _callback_changes(
    url: str | None,
    method: CallbackMethod | None,
    user_name: str | None,
    password: str | None,
    secret: str | None,
    verify_tls: bool | None,
) -> flow.CallbackChanges:
    """What was typed; secrets given as - are asked for."""
    if password is not None:
        password = secret_text(password, prompt="Password")
    if secret:
        secret = secret_text(secret, prompt="Signing secret")
    return flow.CallbackChanges(url, method, user_name, password, secret, verify_tls)


def _show_changed(shell: Shell, changed: flow.ChangedConnection) -> None:
    for secret in (changed.signing_secret, changed.reply_signing_secret):
        if secret is not None:
            # On stderr in either form: the answer on stdout never holds it.
            typer.echo(f"Signing secret, shown this once: {secret}", err=True)
    shell.record(_connection_record(changed.connection))


def _connection_record(connection: ApiConnection) -> dict[str, object]:
    settings = asdict(connection.settings)
    targets = {name: settings.pop(name) for name in ("callback", "reply")}
    for target in targets.values():
        if target is not None:
            for name in ("password", "signing_secret"):
                target[name] = HIDDEN if target[name] else ""
    return {
        "connection_id": connection.connection_id,
        "account_id": connection.account_id,
        "name": connection.name,
        **_plain(settings),
        "limits": _limits_record(connection.settings.limits),
        **{name: None if target is None else _plain(target) for name, target in targets.items()},
    }


# --- forms -----------------------------------------------------------------------------------------------------------


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {
        name: list(value)
        if isinstance(value, tuple)
        else str(value)
        if isinstance(value, DoubtPolicy | CallbackMethod | InboundCharset)
        else value
        for name, value in values.items()
    }
