"""Accounts: who pays."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType

from angarium.core import account as core
from angarium.core.account import RECIPIENTS_MAX_LIMIT
from angarium.core.retention import KEEP_DAYS_MAX
from angarium.flows import accounts as flow
from angarium.flows.operators import Scope
from angarium.operator_api.limits import LimitChanges, Limits, limit_changes, limits_of
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    AccountPath,
    Body,
    Id,
    Name,
    NoBody,
    NoParameters,
    Page,
    Paged,
    Reply,
    Sender,
    given,
)

SENDERS_MAX: Final = 1000

RecipientsMax = Annotated[int, Meta(ge=1, le=RECIPIENTS_MAX_LIMIT, description="Recipients that one request may have.")]
Senders = Annotated[list[Sender], Meta(max_length=SENDERS_MAX, description="Senders it may use.")]
SendersRegistered = Annotated[bool, Meta(description="Whether only its listed senders may be used, if any.")]
Countries = Annotated[
    list[Annotated[str, Meta(min_length=2, max_length=3)]],
    Meta(
        min_length=1, max_length=300, description="Codes of the countries it may write to (ISO 3166), or `any` alone."
    ),
]
KeepDays = Annotated[
    int,
    Meta(ge=-1, le=KEEP_DAYS_MAX, description="Days that it is kept; 0: as short as can be; -1: as by default."),
]


class Account(Reply, frozen=True, kw_only=True):
    """Who pays."""

    account_id: Id
    name: str
    recipients_max: int
    senders: list[str]
    """Senders it may use; none: any, unless they must be registered."""
    senders_asked: list[str]
    """Senders that the account asks to have registered."""
    senders_registered: bool
    """Only its listed senders may be used, also while there is none."""
    countries: list[str] | None
    """Codes of the countries it may write to; null: any."""
    limits: Limits
    has_purchased: bool
    """Whether it has ever bought credit: until then its messages carry the operator's text (rest-api 3.2)."""
    keep_text_days: int | None
    """How long its texts are kept; null: as by default."""
    keep_numbers_days: int | None
    """How long the last digits of its recipients are kept; null: as by default."""


class AccountChanges(Body, frozen=True, kw_only=True):
    """What is to be changed; what is left out stays."""

    recipients_max: RecipientsMax | UnsetType = UNSET
    senders: Senders | UnsetType = UNSET
    senders_registered: SendersRegistered | UnsetType = UNSET
    countries: Countries | UnsetType = UNSET
    limits: LimitChanges | UnsetType = UNSET
    keep_text_days: KeepDays | UnsetType = UNSET
    keep_numbers_days: KeepDays | UnsetType = UNSET


class NewAccount(AccountChanges, frozen=True, kw_only=True):
    """An account to be made. It has no credit, and only registered senders unless that is said otherwise."""

    name: Name
    countries: Countries


@operation("GET", "/v1/accounts", Scope.ACCOUNTS_READ, "List the accounts")
async def list_accounts(call: Call[Paged, NoBody]) -> Page[Account]:
    """All of them, in the order of their numbers."""
    return call.parameters.page_of_all(await call.desk.store.accounts(), _account, key=lambda row: row.account_id)


@operation(
    "POST",
    "/v1/accounts",
    Scope.ACCOUNTS_WRITE,
    "Make an account, without credit",
    status=201,
    problems=(Code.CONFLICT,),
)
async def create_account(call: Call[NoParameters, NewAccount]) -> Account:
    """Without credit."""
    changes = _account_changes(call.body)
    return _account(await flow.create_account(call.desk, call.body.name, changes))


@operation("GET", "/v1/accounts/{account_id}", Scope.ACCOUNTS_READ, "Show an account")
async def show_account(call: Call[AccountPath, NoBody]) -> Account:
    """One."""
    return _account(await flow.find_account(call.desk, call.parameters.account_id))


@operation("PATCH", "/v1/accounts/{account_id}", Scope.ACCOUNTS_WRITE, "Change an account's settings")
async def change_account(call: Call[AccountPath, AccountChanges]) -> Account:
    """Its settings."""
    account = await flow.find_account(call.desk, call.parameters.account_id)
    return _account(await flow.change_account(call.desk, account, _account_changes(call.body)))


def _account_changes(body: AccountChanges) -> flow.AccountChanges:
    changes = flow.AccountChanges(**given(body, but={"name", "limits"}))
    return changes._replace(limits=limit_changes(body.limits))


def _account(account: core.Account) -> Account:
    settings = account.settings
    return Account(
        account_id=account.account_id,
        name=account.name,
        recipients_max=settings.recipients_max,
        senders=list(settings.senders),
        senders_asked=list(settings.senders_asked),
        senders_registered=settings.senders_registered,
        countries=None if settings.countries is None else list(settings.countries),
        limits=limits_of(settings.limits),
        has_purchased=account.has_purchased,
        keep_text_days=settings.keep_text_days,
        keep_numbers_days=settings.keep_numbers_days,
    )


OPERATIONS: Final[Table] = (
    list_accounts,
    create_account,
    show_account,
    change_account,
)
