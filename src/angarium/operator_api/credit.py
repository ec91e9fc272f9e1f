"""Credit: where an account's money is, what was bought, and buying."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from angarium.core.credit import BadAmount, Credits, parse_credits
from angarium.flows import money as flow
from angarium.flows import purchases
from angarium.flows.desk import Mistaken
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    AccountPath,
    Body,
    Id,
    Moment,
    Money,
    NoBody,
    NoParameters,
    Page,
    Paged,
    Reply,
    certain_moment,
    money,
)
from angarium.ports.admin import OperatorStore
from angarium.ports.store import LedgerEntry

Note = Annotated[str, Meta(max_length=flow.NOTE_CHARACTERS_MAX, description="Kept with the entry.")]


class AccountBalance(Reply, frozen=True, kw_only=True):
    """Where an account's money is: purchased = free + reserved + spent, at any moment."""

    account_id: Id
    purchased: Money
    free: Money
    reserved: Money
    """Promised to messages under way."""
    spent: Money
    warn_below: Money | None
    """When less than this is free its owners are warned; null: never."""
    is_low: bool


class CreditWarning(Body, frozen=True, kw_only=True):
    """From where on an account's owners are warned."""

    warn_below: Annotated[Money | None, Meta(description="More than 0; null: never.")]


class Purchase(Reply, frozen=True, kw_only=True):
    """A purchase, or an adjustment."""

    entry_id: Id
    account_id: Id
    at: Moment
    amount: Money
    note: str
    origin: str
    """`operator`, `voucher`, or the provider that sold it."""


class NewPurchase(Body, frozen=True, kw_only=True):
    """Credit to be added; a negative amount takes free credit back."""

    amount: Money
    note: Note = ""
    is_trial: bool = False
    """To try with: until its first purchase an account's messages carry the operator's text (rest-api 3.2)."""


class LedgerCheck(Reply, frozen=True, kw_only=True):
    """Whether the money adds up."""

    adds_up: bool
    faults: list[str]


class LedgerOf(Paged, frozen=True, kw_only=True):
    """The ledger of an account, newest first."""

    account_id: Id


@operation("GET", "/v1/accounts/{account_id}/balance", Scope.MONEY_READ, "Show where an account's money is")
async def show_balance(call: Call[AccountPath, NoBody]) -> AccountBalance:
    """Of one account."""
    return await _balance_now(call.desk.store, call.parameters.account_id)


@operation(
    "PUT",
    "/v1/accounts/{account_id}/credit-warning",
    Scope.MONEY_WRITE,
    "Say below how much free credit an account's owners are warned",
)
async def warn_of_low_credit(call: Call[AccountPath, CreditWarning]) -> AccountBalance:
    """Or never."""
    given = call.body.warn_below
    limit = None if given is None else read_money(given, field="warn_below")
    await purchases.watch_credit(call.desk, call.parameters.account_id, limit)
    return await _balance_now(call.desk.store, call.parameters.account_id)


@operation(
    "GET",
    "/v1/accounts/{account_id}/purchases",
    Scope.MONEY_READ,
    "List an account's purchases and adjustments, newest first",
)
async def list_purchases(call: Call[LedgerOf, NoBody]) -> Page[Purchase]:
    """Newest first."""
    given = call.parameters
    await call.desk.store.balance(given.account_id)
    rows = await call.desk.store.ledger(given.account_id, limit=given.rows_max, before_id=given.key)
    return given.page(rows, _purchase, key=lambda row: row.entry_id)


@operation(
    "POST",
    "/v1/accounts/{account_id}/purchases",
    Scope.MONEY_WRITE,
    "Add credit to an account, or take free credit back",
    status=201,
    problems=(Code.CONFLICT,),
)
async def buy_credit(call: Call[AccountPath, NewPurchase]) -> Purchase:
    """Or take it back."""
    amount = read_money(call.body.amount, field="amount")
    account_id, body = call.parameters.account_id, call.body
    bought = await flow.buy_credit(call.desk, account_id, amount, note=body.note, is_trial=body.is_trial)
    return _purchase(bought.entry)


@operation(
    "GET",
    "/v1/ledger-check",
    Scope.MONEY_READ,
    "Check that the money adds up, over every account and message; reads all of them",
)
async def check_ledger(call: Call[NoParameters, NoBody]) -> LedgerCheck:
    """Over everything."""
    faults = await call.desk.store.ledger_faults()
    return LedgerCheck(adds_up=not faults, faults=faults)


def read_money(text: str, *, field: str) -> Credits:
    """Credits that were given. Raises Mistaken."""
    try:
        return parse_credits(text)
    except BadAmount as error:
        raise Mistaken(field, str(error)) from error


async def _balance_now(store: OperatorStore, account_id: int) -> AccountBalance:
    balance, warn_below = await store.balance(account_id), await purchases.warn_below(store, account_id)
    return AccountBalance(
        account_id=account_id,
        purchased=money(balance.purchased),
        free=money(balance.free),
        reserved=money(balance.reserved),
        spent=money(balance.spent),
        warn_below=None if warn_below is None else money(warn_below),
        is_low=purchases.is_low(balance, warn_below),
    )


def _purchase(entry: LedgerEntry) -> Purchase:
    return Purchase(
        entry_id=entry.entry_id,
        account_id=entry.account_id,
        at=certain_moment(entry.at),
        amount=money(entry.amount),
        note=entry.note,
        origin=entry.origin,
    )


OPERATIONS: Final[Table] = (
    show_balance,
    warn_of_low_credit,
    list_purchases,
    buy_credit,
    check_ledger,
)
