"""Routes, rates and costs: added and removed one by one, and whole tables in and out as CSV."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from angarium.console.linkwords import carrier_state
from angarium.console.mistakes import beside_fields, read_amount, read_whole
from angarium.console.pages.service_queues import COUNT_MAX, waiting_for
from angarium.console.render import amount_text, count_text, credits_text
from angarium.console.table import Needs, Page
from angarium.console.uploads import Unreadable, Upload, aside
from angarium.console.visit import Gone, Visit, read_key
from angarium.core.countries import Countries
from angarium.core.credit import Credits, decimals
from angarium.core.routing import QUALITY_DEFAULT, CostEntry, RateEntry, RouteEntry
from angarium.core.sheets import Kind, Scope
from angarium.flows import pricing, sheets
from angarium.flows.desk import Mistaken
from angarium.flows.sheets import Prepared
from angarium.ports.store import AlreadyExists, CarrierRow

ROWS_SHOWN_MAX: Final = 300
CHANGES_SHOWN_MAX: Final = 200
PADDED_DIGITS: Final = 11


class Row(NamedTuple):
    """One line of a table, for people."""

    number: int
    prefix: str
    country: str
    carrier: str
    account: str
    sender: str
    value: str


class Words(NamedTuple):
    """How a table is spoken of."""

    path: str
    title: str
    one: str
    sentence: str


WORDS: Final = {
    Kind.ROUTES: Words(
        "/service/routes",
        "Routes",
        "route",
        "Which carriers may take a number. Of several the longest prefix counts first, then price and quality.",
    ),
    Kind.RATES: Words(
        "/service/rates",
        "Rates",
        "rate",
        "What one part of a message costs an account. Nothing is sent to a number without a rate.",
    ),
    Kind.COSTS: Words(
        "/service/costs",
        "Costs",
        "cost",
        "What a carrier takes from us for one part. Of routes alike in rate the cheaper one is taken.",
    ),
}


async def show(kind: Kind, visit: Visit) -> Response:
    """The table, or what of it begins with some digits."""
    return await _show(visit, kind)


async def add(kind: Kind, visit: Visit) -> Response:
    """Add a route, or set a rate or cost."""
    form = await visit.form()
    desk, prefix = visit.desk, form.get("prefix", "").strip()
    with beside_fields(visit, taken="prefix"):
        carrier_id = _chosen(form.get("carrier", ""))
        account_id = _chosen(form.get("account", ""))
        if carrier_id is None and kind is not Kind.RATES:
            raise Mistaken("carrier", "Choose the carrier.")
        if kind is Kind.RATES:
            rate = read_amount(form.get("value", ""), field="rate")
            await pricing.set_rate(desk, prefix, rate, account_id=account_id, carrier_id=carrier_id)
        elif kind is Kind.COSTS:
            await pricing.set_cost(desk, carrier_id or 0, prefix, read_amount(form.get("value", ""), field="cost"))
        else:
            quality = read_whole(form.get("value", ""), field="quality", empty=QUALITY_DEFAULT)
            sender = form.get("sender", "").strip() or None
            await pricing.add_route(
                desk, prefix, carrier_id or 0, account_id=account_id, sender=sender, quality=quality or 0
            )
        return await _done(visit, kind, f"The {WORDS[kind].one} is set.")
    for name in ("rate", "cost", "quality"):
        if name in visit.problems:
            visit.problems["value"] = visit.problems.pop(name)
    return await _show(visit, kind)


async def ask_remove(kind: Kind, visit: Visit) -> Response:
    """Which one it is, before it is taken away."""
    number = _chosen(visit.asked("number")) or 0
    found = [each for each in await _entries(visit, kind) if getattr(each, f"{WORDS[kind].one}_id") == number]
    if not found:
        raise Gone
    carriers, accounts = await _owners(visit)
    places = decimals([_price(found[0])])
    row = _row(found[0], carriers, accounts, visit.parts.running.countries(), places=places)
    return visit.show("service_table_remove.html", kind=kind, words=WORDS[kind], row=row)


async def remove(kind: Kind, visit: Visit) -> Response:
    """Take one away."""
    number = _chosen((await visit.form()).get("number", "")) or 0
    removes: dict[Kind, Callable[..., object]] = {
        Kind.ROUTES: pricing.remove_route,
        Kind.RATES: pricing.remove_rate,
        Kind.COSTS: pricing.remove_cost,
    }
    await removes[kind](visit.desk, number)  # type: ignore[misc]
    return await _done(visit, kind, f"The {WORDS[kind].one} is removed.")


async def export(kind: Kind, visit: Visit) -> Response:
    """All of it as a file, or the part of one carrier: what an import of that part reads back."""
    carriers = {row.carrier_id: row.name for row in visit.parts.tables.carriers}
    carrier = carriers.get(_chosen(visit.asked("carrier")) or 0)
    lines = await sheets.export(visit.parts.store, kind, scope=Scope(None, carrier))
    name = f"{kind.name.lower()}.csv"
    return StreamingResponse(
        lines, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


async def bring(kind: Kind, visit: Visit) -> Response:
    """Hold a file against the table: the difference is shown, and nothing is changed."""
    form = await visit.form()
    keep = "keep" in form
    file = await visit.upload("file")
    if file is None:
        return await _show(visit, kind)
    try:
        prepared = await _prepare(visit, kind, file, form)
    except Unreadable as error:
        visit.problem("file", str(error))
        return await _show(visit, kind)
    return await _show_difference(visit, kind, prepared, file, keep=keep)


async def confirm(kind: Kind, visit: Visit) -> Response:
    """Make the change that was shown, unless the table has changed since."""
    form = await visit.form()
    keep = "keep" in form
    file = await visit.kept(form.get("kept", ""))
    if file is None:
        visit.problem("file", "The file is not kept any more: choose it again. Nothing was changed.")
        return await _show(visit, kind)
    prepared = await _prepare(visit, kind, file, form)
    if prepared.faults_count or await aside(partial(_mark, prepared)) != form.get("mark"):
        visit.problem("", "The table has changed meanwhile: this is the difference now. Nothing was changed yet.")
        return await _show_difference(visit, kind, prepared, file, keep=keep)
    try:
        await sheets.apply(visit.desk, prepared)
    except AlreadyExists:
        visit.problem("", "Somebody has changed the same at this moment. Nothing was changed yet; please look again.")
        return await _show_difference(visit, kind, prepared, file, keep=keep)
    found = prepared.difference
    done = f"{len(found.added)} added, {len(found.changed)} changed, {len(found.removed)} removed."
    return await _done(visit, kind, done)


async def _prepare(visit: Visit, kind: Kind, file: Upload, form: Mapping[str, str]) -> Prepared:
    return await sheets.prepare(
        visit.parts.store, kind, file.lines(), scope=_scope(visit, kind, form), keep="keep" in form, aside=aside
    )


def _scope(visit: Visit, kind: Kind, form: Mapping[str, str]) -> Scope:
    """What the file is about: all of the table, or the part of one account or carrier."""
    account_id = None if kind is Kind.COSTS else _chosen(form.get("only_account", ""))
    account = None if account_id is None else visit.parts.tables.directory.accounts.get(account_id)
    carriers = {row.carrier_id: row.name for row in visit.parts.tables.carriers}
    return Scope(None if account is None else account.name, carriers.get(_chosen(form.get("only_carrier", "")) or 0))


# --- routes to another carrier


async def ask_move(visit: Visit) -> Response:
    """Which routes would change their carrier, and what waits for the old one."""
    visit.typed = dict(visit.request.query_params)
    with beside_fields(visit, fields={"prefix": "begins", "to_carrier_id": "to"}):
        before, after, move = await _move(visit, visit.typed)
        waiting = await waiting_for(visit, before.carrier_id)
        return visit.show(
            "service_routes_move.html",
            before=before,
            after=after,
            word=carrier_state(after, [link for name, link in visit.parts.links() if name == after.name])["word"],
            begins=visit.typed.get("begins", "").strip(),
            moved=move.routes[:CHANGES_SHOWN_MAX],
            count=len(move.routes),
            more=max(0, len(move.routes) - CHANGES_SHOWN_MAX),
            waiting=waiting,
            is_more=waiting >= COUNT_MAX,
            accounts={each.account_id: each.name for each in visit.parts.tables.directory.accounts.values()},
        )
    return await _show(visit, Kind.ROUTES)


async def move(visit: Visit) -> Response:
    """Let them lead to the other carrier, and go on to what waits for the old one."""
    form = await visit.form()
    with beside_fields(visit, taken="to", fields={"prefix": "begins", "to_carrier_id": "to"}):
        before, after, _ = await _move(visit, form)
        begins = form.get("begins", "").strip()
        done = await pricing.move_routes(visit.desk, before.carrier_id, after.carrier_id, begins=begins)
        count = len(done.routes)
        said = f"{count_text(count)} {'route leads' if count == 1 else 'routes lead'} to {after.name} now."
        query = urlencode({"carrier": before.carrier_id, "do": "reroute", "to": after.carrier_id, "prefix": begins})
        return visit.go(
            f"/service/queues?{query}#work-title",
            f"{said} What waits for {before.name} stays there, unless you give it to others below.",
        )
    return await _show(visit, Kind.ROUTES)


async def _move(visit: Visit, given: Mapping[str, str]) -> tuple[CarrierRow, CarrierRow, pricing.RouteMove]:
    rows = {row.carrier_id: row for row in await visit.parts.store.carriers()}
    before, after = (rows.get(_chosen(given.get(name, "")) or 0) for name in ("from", "to"))
    if before is None:
        raise Mistaken("from", "Choose the carrier that they lead to now.")
    if after is None:
        raise Mistaken("to", "Choose the carrier that they are to lead to.")
    begins = given.get("begins", "").strip()
    return (
        before,
        after,
        await pricing.rehearse_move(visit.parts.store, before.carrier_id, after.carrier_id, begins=begins),
    )


# --- pieces


async def _done(visit: Visit, kind: Kind, notice: str) -> Response:
    return visit.go(WORDS[kind].path, notice)


async def _show(visit: Visit, kind: Kind) -> Response:
    entries = await _entries(visit, kind)
    wanted = visit.asked("begins").strip().removeprefix("+")
    found = [entry for entry in entries if entry.prefix.startswith(wanted) or wanted.startswith(entry.prefix)]
    if not wanted:
        found = [*entries]
    of_carrier = _chosen(visit.asked("carrier"))
    if of_carrier is not None:
        found = [entry for entry in found if entry.carrier_id == of_carrier]
    found.sort(key=lambda entry: entry.prefix)
    carriers, accounts = await _owners(visit)
    countries = visit.parts.running.countries()
    names = sorted(accounts.items(), key=lambda item: item[1].lower())
    places = decimals(_price(entry) for entry in found[:ROWS_SHOWN_MAX])
    return visit.show(
        "service_table.html",
        kind=kind,
        words=WORDS[kind],
        rows=[_row(entry, carriers, accounts, countries, places=places) for entry in found[:ROWS_SHOWN_MAX]],
        total=len(entries),
        more=max(0, len(found) - ROWS_SHOWN_MAX),
        wanted=wanted,
        of_carrier="" if of_carrier is None else of_carrier,
        any_carrier=[("", "Any"), *carriers.items()],
        carriers=[("", "Any" if kind is Kind.RATES else "Choose"), *carriers.items()],
        accounts=[("", "All"), *names],
    )


async def _entries(visit: Visit, kind: Kind) -> Sequence[RouteEntry | RateEntry | CostEntry]:
    store = visit.parts.store
    if kind is Kind.ROUTES:
        return await store.routes()
    return await (store.rates() if kind is Kind.RATES else store.costs())


async def _owners(visit: Visit) -> tuple[dict[int, str], dict[int, str]]:
    """Carriers and accounts by their names."""
    carriers = {row.carrier_id: row.name for row in await visit.parts.store.carriers()}
    return carriers, {each.account_id: each.name for each in visit.parts.tables.directory.accounts.values()}


def _row(
    entry: RouteEntry | RateEntry | CostEntry,
    carriers: dict[int, str],
    accounts: dict[int, str],
    countries: Countries,
    *,
    places: int,
) -> Row:
    number = value = 0
    if isinstance(entry, RouteEntry):
        number, value, kind = entry.route_id, entry.quality, Kind.ROUTES
    elif isinstance(entry, RateEntry):
        number, value, kind = entry.rate_id, entry.rate, Kind.RATES
    else:
        number, value, kind = entry.cost_id, entry.cost, Kind.COSTS
    account_id = None if isinstance(entry, CostEntry) else entry.account_id
    return Row(
        number,
        entry.prefix,
        country_of(entry.prefix, countries),
        "" if entry.carrier_id is None else carriers.get(entry.carrier_id, ""),
        "" if account_id is None else accounts.get(account_id, ""),
        (entry.sender or "") if isinstance(entry, RouteEntry) else "",
        str(value) if kind is Kind.ROUTES else credits_text(value, places),
    )


def _price(entry: RouteEntry | RateEntry | CostEntry) -> Credits:
    if isinstance(entry, RouteEntry):
        return 0
    return entry.rate if isinstance(entry, RateEntry) else entry.cost


def country_of(prefix: str, countries: Countries) -> str:
    """The country of all numbers with this prefix; empty when it is longer or shorter than one."""
    if not prefix:
        return ""
    country = countries.country(countries.of(int(prefix.ljust(PADDED_DIGITS, "0"))))
    return country.name if country is not None and prefix.startswith(country.start) else ""


async def _show_difference(visit: Visit, kind: Kind, prepared: Prepared, file: Upload, *, keep: bool) -> Response:
    found = prepared.difference
    count = len(found.added) + len(found.changed) + len(found.removed)
    is_good = count and not prepared.faults_count
    return visit.show(
        "service_table_difference.html",
        words=WORDS[kind],
        columns=kind.keys,
        value_name=kind.columns[-1],
        prepared=prepared,
        changes=[*islice(_changes(kind, prepared), CHANGES_SHOWN_MAX)],
        more=max(0, count - CHANGES_SHOWN_MAX),
        kept=await visit.keep(file) if is_good else "",
        keep=keep,
        only={name: value for name in ("only_account", "only_carrier") if (value := visit.typed.get(name, ""))},
        scope=_scope(visit, kind, visit.typed),
        mark=await aside(partial(_mark, prepared)),
    )


def _changes(kind: Kind, prepared: Prepared) -> Iterator[tuple[str, tuple[str, ...], str, str]]:
    """What changes, as the page shows it: before and after."""
    for row in prepared.difference.added:
        yield "added", row.key, "", _value(kind, row.value)
    for each in prepared.difference.changed:
        yield "changed", each.key, _value(kind, each.before), _value(kind, each.after)
    for row in prepared.difference.removed:
        yield "removed", row.key, _value(kind, row.value), ""


def _value(kind: Kind, value: int) -> str:
    return str(value) if kind is Kind.ROUTES else amount_text(value)


def _mark(prepared: Prepared) -> str:
    """What tells one difference from another."""
    return hashlib.sha256(repr(prepared.difference).encode()).hexdigest()


def _chosen(text: str) -> int | None:
    return read_key(text)


def _pages(kind: Kind) -> tuple[Page, ...]:
    path = WORDS[kind].path
    return (
        Page(path, partial(show, kind), Needs.OPERATOR),
        Page(path, partial(add, kind), Needs.OPERATOR, "POST"),
        Page(f"{path}/remove", partial(ask_remove, kind), Needs.OPERATOR),
        Page(f"{path}/remove", partial(remove, kind), Needs.OPERATOR, "POST"),
        Page(f"{path}/export", partial(export, kind), Needs.OPERATOR),
        Page(f"{path}/import", partial(bring, kind), Needs.OPERATOR, "POST", takes_file=True),
        Page(f"{path}/confirm", partial(confirm, kind), Needs.OPERATOR, "POST"),
    )


PAGES: Final = (
    *(page for kind in Kind for page in _pages(kind)),
    Page("/service/routes/move", ask_move, Needs.OPERATOR),
    Page("/service/routes/move", move, Needs.OPERATOR, "POST"),
)
