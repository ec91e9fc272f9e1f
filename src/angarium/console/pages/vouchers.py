"""Vouchers, as operators make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from angarium.console.mistakes import beside_fields, read_amount, read_whole
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit, read_key
from angarium.flows import purchases

SHOWN_MAX: Final = 100
DAYS: Final = 365


async def show(visit: Visit) -> Response:
    """The newest vouchers, without their codes."""
    return await _show(visit)


async def create(visit: Visit) -> Response:
    """Make codes, and show them this once."""
    form = await visit.form()
    with beside_fields(visit):
        codes = await purchases.make_vouchers(
            visit.desk,
            read_amount(form.get("amount", ""), field="amount"),
            count=read_whole(form.get("count", ""), field="count") or 0,
            days=read_whole(form.get("days", ""), field="days") or 0,
            note=form.get("note", ""),
            is_trial="is_trial" in form,
        )
        visit.typed = {}
        return await _show(visit, codes)
    return await _show(visit)


async def revoke(visit: Visit) -> Response:
    """Let one be worth nothing."""
    voucher_id = visit.number("voucher_id")
    with beside_fields(visit):
        await purchases.revoke_voucher(visit.desk, voucher_id)
        return visit.go("/service/vouchers", f"Voucher {voucher_id} is worth nothing any more.")
    return await _show(visit)


async def _show(visit: Visit, codes: Sequence[str] = ()) -> Response:
    before = read_key(visit.asked("before"))
    rows = await visit.parts.store.vouchers(limit=SHOWN_MAX + 1, before_id=before)
    return visit.show(
        "vouchers.html",
        vouchers=rows[:SHOWN_MAX],
        older=rows[SHOWN_MAX - 1].voucher_id if len(rows) > SHOWN_MAX else None,
        accounts=visit.parts.tables.directory.accounts,
        codes=codes,
        days=DAYS,
    )


PAGES: Final = (
    Page("/service/vouchers", show, Needs.OPERATOR),
    Page("/service/vouchers", create, Needs.OPERATOR, "POST"),
    Page("/service/vouchers/{voucher_id:int}/revoke", revoke, Needs.OPERATOR, "POST"),
)
