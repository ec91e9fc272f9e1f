"""Vouchers: codes that owners of accounts turn into credit."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from angarium.flows import purchases as flow
from angarium.flows.money import NOTE_CHARACTERS_MAX
from angarium.flows.operators import Scope
from angarium.operator_api.credit import read_money
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    Body,
    Id,
    Moment,
    Money,
    NoBody,
    NoParameters,
    NoReply,
    Page,
    Paged,
    Parameters,
    Reply,
    certain_moment,
    moment,
    money,
)
from angarium.ports.credit import VoucherRow

DAYS: Final = 365


class Voucher(Reply, frozen=True, kw_only=True):
    """A voucher, without its code."""

    voucher_id: Id
    amount: Money
    is_trial: bool
    """To try with: redeeming it is no purchase (rest-api 3.2)."""
    note: str
    created_at: Moment
    expires_at: Moment
    account_id: Id | None
    """Who redeemed it."""
    redeemed_at: Moment | None
    revoked_at: Moment | None


class NewVouchers(Body, frozen=True, kw_only=True):
    """Codes to be made."""

    amount: Annotated[Money, Meta(description="Credits that each is worth, once.")]
    count: Annotated[int, Meta(ge=1, le=flow.VOUCHERS_MAX)] = 1
    days: Annotated[int, Meta(ge=1, le=flow.VOUCHER_DAYS_MAX, description="How long they are valid.")] = DAYS
    note: Annotated[str, Meta(max_length=NOTE_CHARACTERS_MAX)] = ""
    is_trial: bool = False


class VoucherCodes(Reply, frozen=True, kw_only=True):
    """The codes, in this answer only: digests are stored."""

    codes: list[str]
    amount: Money
    expires_at: Moment


class VoucherPath(Parameters, frozen=True, kw_only=True):
    """One voucher."""

    voucher_id: Id


@operation("GET", "/v1/vouchers", Scope.MONEY_READ, "List vouchers, newest first, without their codes")
async def list_vouchers(call: Call[Paged, NoBody]) -> Page[Voucher]:
    """Newest first."""
    given = call.parameters
    rows = await call.desk.store.vouchers(limit=given.rows_max, before_id=given.key)
    return given.page(rows, _voucher, key=lambda row: row.voucher_id)


@operation("POST", "/v1/vouchers", Scope.MONEY_WRITE, "Make vouchers; their codes are in this answer only", status=201)
async def make_vouchers(call: Call[NoParameters, NewVouchers]) -> VoucherCodes:
    """Shown once."""
    body = call.body
    amount = read_money(body.amount, field="amount")
    codes = await flow.make_vouchers(
        call.desk, amount, count=body.count, days=body.days, note=body.note, is_trial=body.is_trial
    )
    expires_at = flow.voucher_end(body.days, now=call.desk.now)
    return VoucherCodes(codes=codes, amount=money(amount), expires_at=certain_moment(expires_at))


@operation(
    "DELETE",
    "/v1/vouchers/{voucher_id}",
    Scope.MONEY_WRITE,
    "Let a voucher that was not redeemed be worth nothing",
    status=204,
    problems=(Code.CONFLICT,),
)
async def revoke_voucher(call: Call[VoucherPath, NoBody]) -> NoReply:
    """Worth nothing."""
    await flow.revoke_voucher(call.desk, call.parameters.voucher_id)
    return NoReply()


def _voucher(row: VoucherRow) -> Voucher:
    return Voucher(
        voucher_id=row.voucher_id,
        amount=money(row.amount),
        is_trial=row.is_trial,
        note=row.note,
        created_at=certain_moment(row.created_at),
        expires_at=certain_moment(row.expires_at),
        account_id=row.account_id,
        redeemed_at=moment(row.redeemed_at),
        revoked_at=moment(row.revoked_at),
    )


OPERATIONS: Final[Table] = (
    list_vouchers,
    make_vouchers,
    revoke_voucher,
)
