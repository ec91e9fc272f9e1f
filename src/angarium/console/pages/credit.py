"""An account's credit: where it is, how to get more, and the statement."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import Response, StreamingResponse

from angarium.console.mistakes import beside_fields, read_amount
from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit, read_key
from angarium.console.words import duration
from angarium.core.clocktime import DAY_MS, UnixMs
from angarium.core.credit import format_credits
from angarium.core.csv_cells import disarmed
from angarium.core.journal import moment
from angarium.core.tallies import Tally
from angarium.core.throttle import home_of
from angarium.flows import purchases
from angarium.flows.desk import Mistaken
from angarium.flows.purchases import Begun
from angarium.ports.credit import PurchaseRow
from angarium.ports.payments import PaymentTrouble
from angarium.ports.store import LedgerEntry

PAGE_ENTRIES: Final = 50
EXPORT_ENTRIES: Final = 500
"""Entries in one step of an export."""
DAYS_SHOWN: Final = 7
SPENDING_DAYS: Final = 366
KEY_CHARACTERS_MAX: Final = 100


async def show(visit: Visit) -> Response:
    """The balance, ways to more, and the statement."""
    return await _show(visit)


async def buy(visit: Visit) -> Response:
    """Begin a purchase, and show the way to the provider's page."""
    purchasing = visit.parts.purchasing
    if purchasing is None:
        raise Gone
    form = await visit.form()
    account_id = visit.of.account_id
    back = f"{visit.parts.address()}{visit.link('./credit/purchases/')}"
    with beside_fields(visit):
        amount = read_amount(form.get("amount", ""), field="amount")
        try:
            begun = await purchasing.begin(visit.desk, account_id, amount, back=back)
        except PaymentTrouble as error:
            visit.problem("", f"Nothing was bought: {error}")
            return await _show(visit)
        if begun.url is None:
            return visit.go(f"./credit/purchases/{begun.row.purchase_id}")
        return _show_purchase(visit, begun)
    return await _show(visit)


async def show_purchase(visit: Visit) -> Response:
    """What became of a purchase, as the provider itself says it."""
    row = await visit.parts.store.purchase(visit.number("purchase_id"))
    if row is None or row.account_id != visit.of.account_id:
        raise Gone
    if visit.parts.purchasing is not None:
        try:
            row = await visit.parts.purchasing.look(row)
        except PaymentTrouble as error:
            visit.problem("", f"Nobody can say now what became of it; it is asked for again by itself: {error}")
            return _show_purchase(visit, Begun(row, None), status=200)
    return _show_purchase(visit, Begun(row, None))


async def redeem(visit: Visit) -> Response:
    """Turn the code of a voucher into credit. Wrong ones are throttled."""
    code = (await visit.form()).get("code", "")
    throttle, now = visit.parts.codes, visit.now
    keys = (f"account:{visit.of.account_id}", f"address:{home_of(visit.address)}")
    wait_ms = throttle.begin(*keys, now=now)
    if wait_ms:
        visit.problem("code", f"Too many wrong codes. Please wait {duration(wait_ms)}, then try again.")
        return await _show(visit)
    try:
        entry = await purchases.redeem_voucher(visit.desk, visit.of.account_id, code)
    except Mistaken as error:
        visit.problem("code", str(error))
        return await _show(visit)
    throttle.taken_back(*keys)
    return visit.go("./credit", f"The voucher has brought {format_credits(entry.amount)} credits.")


async def set_warning(visit: Visit) -> Response:
    """From where on the owners are warned."""
    written = (await visit.form()).get("warn_below", "").strip()
    with beside_fields(visit):
        limit = read_amount(written, field="warn_below") if written else None
        await purchases.watch_credit(visit.desk, visit.of.account_id, limit)
        return visit.go("./credit", "The warning is off." if limit is None else "The warning is set.")
    return await _show(visit)


async def spending(visit: Visit) -> Response:
    """What each day has cost, as CSV."""
    return StreamingResponse(
        _spending_csv(visit),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="spending.csv"'},
    )


async def statement(visit: Visit) -> Response:
    """The whole statement as CSV, newest first."""
    return StreamingResponse(
        _csv(visit),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="statement.csv"'},
    )


async def demo_payment(visit: Visit) -> Response:
    """What stands for a provider's page in the demo."""
    if visit.parts.rehearsal is None:
        raise Gone
    return visit.show("demo_payment.html", key=_key(visit))


async def decide_demo_payment(visit: Visit) -> Response:
    """Pay with play coins, or do not."""
    rehearsal = visit.parts.rehearsal
    if rehearsal is None:
        raise Gone
    is_paid = (await visit.form()).get("decision") == "pay"
    back = rehearsal.decide(_key(visit), is_paid=is_paid)
    return visit.go(back.partition(visit.base)[2])


async def _csv(visit: Visit) -> AsyncIterator[str]:
    yield "at,amount,origin,note\r\n"
    before: int | None = None
    while True:
        rows = await visit.parts.store.ledger(visit.of.account_id, limit=EXPORT_ENTRIES, before_id=before)
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        for row in rows:
            at = moment(row.at)
            writer.writerow([at, format_credits(row.amount, 6), disarmed(row.origin), disarmed(row.note)])
        yield buffer.getvalue()
        if len(rows) < EXPORT_ENTRIES:
            return
        before = rows[-1].entry_id


async def _spending_csv(visit: Visit) -> AsyncIterator[str]:
    """A day in each piece: other visitors come in between."""
    yield "day,messages,spent\r\n"
    today = visit.now - visit.now % DAY_MS
    for day in range(today, today - SPENDING_DAYS * DAY_MS, -DAY_MS):
        total = await _of_day(visit, day)
        if total.accepted:
            yield f"{moment(day)[:10]},{total.accepted},{format_credits(total.spent, 6)}\r\n"


async def _of_day(visit: Visit, day: UnixMs) -> Tally:
    tallies = await visit.parts.store.tallies(visit.of.account_id, since=day, until=day + DAY_MS)
    return Tally.total(tallies.values())


def _key(visit: Visit) -> str:
    return str(visit.request.path_params["key"])[:KEY_CHARACTERS_MAX]


def _show_purchase(visit: Visit, begun: Begun, *, status: int | None = None) -> Response:
    row: PurchaseRow = begun.row
    purchasing = visit.parts.purchasing
    price = "" if purchasing is None else purchasing.payments.price(row.amount)
    return visit.show("purchase.html", status=status, row=row, url=begun.url, price=price)


async def _show(visit: Visit) -> Response:
    store, account_id = visit.parts.store, visit.of.account_id
    before = read_key(visit.asked("before"))
    rows: list[LedgerEntry] = await store.ledger(account_id, limit=PAGE_ENTRIES + 1, before_id=before)
    balance = await store.balance(account_id)
    limit = await purchases.warn_below(store, account_id)
    today = visit.now - visit.now % DAY_MS
    days = [(day, await _of_day(visit, day)) for day in range(today, today - DAYS_SHOWN * DAY_MS, -DAY_MS)]
    return visit.show(
        "credit.html",
        balance=balance,
        entries=rows[:PAGE_ENTRIES],
        older=rows[PAGE_ENTRIES - 1].entry_id if len(rows) > PAGE_ENTRIES else None,
        is_newest=before is None,
        days=[(day, total.accepted, total.spent) for day, total in days if total.accepted],
        warn_below="" if limit is None else format_credits(limit),
        is_low=purchases.is_low(balance, limit),
        provider=None if visit.parts.purchasing is None else visit.parts.purchasing.payments,
    )


PAGES: Final = (
    Page("/accounts/{account_id:int}/credit", show, Needs.OWNER),
    Page("/accounts/{account_id:int}/credit/buy", buy, Needs.OWNER, "POST"),
    Page("/accounts/{account_id:int}/credit/purchases/{purchase_id:int}", show_purchase, Needs.OWNER),
    Page("/accounts/{account_id:int}/credit/voucher", redeem, Needs.OWNER, "POST"),
    Page("/accounts/{account_id:int}/credit/warning", set_warning, Needs.OWNER, "POST"),
    Page("/accounts/{account_id:int}/credit/statement.csv", statement, Needs.OWNER),
    Page("/accounts/{account_id:int}/credit/spending.csv", spending, Needs.OWNER),
    Page("/demo-payment/{key}", demo_payment, Needs.PERSON),
    Page("/demo-payment/{key}", decide_demo_payment, Needs.PERSON, "POST"),
)
