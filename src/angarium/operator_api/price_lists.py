"""Price lists as CSV, what would happen to a number, and countries."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from angarium.core.countries import Countries
from angarium.core.features import ALL_FEATURES
from angarium.core.sheets import Kind, shown
from angarium.core.sheets import Scope as SheetScope
from angarium.flows import explain as explaining
from angarium.flows import sheets as flow
from angarium.flows.desk import Mistaken, read_sender
from angarium.flows.operators import Scope
from angarium.operator_api.credit import read_money
from angarium.operator_api.operations import Call, Operation, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    Body,
    Id,
    Moment,
    Money,
    NoBody,
    NoParameters,
    Page,
    Parameters,
    Reply,
    moment,
    money,
)
from angarium.ports.store import NotFound
from angarium.text.segments import Content

CSV_CHARACTERS_MAX: Final = 1_000_000
LINES_SHOWN_MAX: Final = 1_000
TEXT_CHARACTERS_MAX: Final = 10_000

Name = Annotated[str, Meta(max_length=100)]


class SheetOf(Parameters, frozen=True, kw_only=True):
    """Perhaps of one account or carrier alone."""

    account: Name | None = None
    carrier: Name | None = None


class NewSheet(Body, frozen=True, kw_only=True):
    """A list that replaces what there is."""

    csv: Annotated[str, Meta(max_length=CSV_CHARACTERS_MAX, description="The first line names the columns.")]
    dry_run: Annotated[bool, Meta(description="Only show the difference.")] = True
    keep: Annotated[bool, Meta(description="What the list does not name stays.")] = False


class SheetText(Reply, frozen=True, kw_only=True):
    """A list as CSV: what an import reads back without a difference."""

    csv: str


class SheetFault(Reply, frozen=True, kw_only=True):
    """A mistake in the list, with its cure."""

    line: int
    sentence: str


class SheetLine(Reply, frozen=True, kw_only=True):
    """One row that is added, changed or removed."""

    change: Literal["added", "changed", "removed"]
    key: Annotated[dict[str, str], Meta(description="The columns by which the row is known.")]
    before: str | None
    after: str | None


class SheetDifference(Reply, frozen=True, kw_only=True):
    """What the list changes, or would change. With faults nothing was changed."""

    done: bool
    added: int
    changed: int
    removed: int
    same: int
    lines: Annotated[list[SheetLine], Meta(description="The first thousand.")]
    faults: Annotated[list[SheetFault], Meta(description="The first hundred.")]
    faults_count: int


class Supposed(Body, frozen=True, kw_only=True):
    """A message that nobody sends."""

    number: Annotated[str, Meta(max_length=50, description="As a customer would write it.")]
    account_id: Annotated[Id | None, Meta(description="Without one, only what holds for everybody is asked.")] = None
    connection_id: Annotated[Id | None, Meta(description="The API connection that sends it; else the first.")] = None
    sender: Annotated[str, Meta(max_length=17)] = ""
    text: Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX, description="Alphabet and length matter.")] = "Hello"
    flash: bool = False
    features: Annotated[int, Meta(ge=0, le=ALL_FEATURES, description="requiredFeatures of the call.")] = 0
    max_credits: Money | None = None


class CandidateRoute(Reply, frozen=True, kw_only=True):
    """A route that covers the number, in the order in which routes are tried."""

    carrier: str
    prefix: str
    for_account: bool
    for_sender: str | None
    quality: int
    rate: Money | None
    rate_prefix: str | None
    rate_for_account: bool
    rate_for_carrier: bool
    cost: Money | None
    cost_prefix: str | None
    why_not: Annotated[str, Meta(description="Why it cannot take the message; empty when it can.")]
    note: str


class CheckAnswer(Reply, frozen=True, kw_only=True):
    """What was asked at the door, and what was found."""

    name: str
    answer: str
    refusal: Annotated[str | None, Meta(description="Why the message would be refused; null when this is no reason.")]
    since: Moment | None
    until: Annotated[Moment | None, Meta(description="When there is room again.")]


class RouteExplanation(Reply, frozen=True, kw_only=True):
    """What would happen to the message, and why."""

    number: str
    recipient: str | None
    country: str
    country_name: str
    verdict: str
    outcome: Annotated[str, Meta(description="The verdict in words.")]
    refusal: Annotated[str | None, Meta(description="What a send would be refused with now.")]
    connection: Annotated[str, Meta(description="The API connection that is supposed to send it.")]
    checks: list[CheckAnswer]
    needs: list[str]
    segments: int
    candidates: list[CandidateRoute]
    chosen: CandidateRoute | None
    charge: Money


class CountryEntry(Reply, frozen=True, kw_only=True):
    """A country and the prefixes of its numbers; where another has a longer prefix, that decides."""

    code: str
    name: str
    prefixes: list[str]


async def export_sheet(kind: Kind, call: Call[SheetOf, NoBody]) -> SheetText:
    """All of it."""
    lines = await flow.export(call.desk.store, kind, scope=await _scope(kind, call))
    return SheetText(csv="".join(lines))


async def import_sheet(kind: Kind, call: Call[SheetOf, NewSheet]) -> SheetDifference:
    """All of it or nothing."""
    body = call.body
    lines = body.csv.splitlines(keepends=True)
    prepared = await flow.prepare(call.desk.store, kind, lines, scope=await _scope(kind, call), keep=body.keep)
    done = not (body.dry_run or prepared.faults_count)
    if done:
        await flow.apply(call.desk, prepared)
    found = prepared.difference
    told = [
        *(("added", row.key, None, row.value) for row in found.added),
        *(("changed", each.key, each.before, each.after) for each in found.changed),
        *(("removed", row.key, row.value, None) for row in found.removed),
    ]
    return SheetDifference(
        done=done,
        added=len(found.added),
        changed=len(found.changed),
        removed=len(found.removed),
        same=found.same,
        lines=[_line(kind, *each) for each in told[:LINES_SHOWN_MAX]],
        faults=[SheetFault(line=fault.line, sentence=fault.sentence) for fault in prepared.faults],
        faults_count=prepared.faults_count,
    )


async def _scope(kind: Kind, call: Call[SheetOf, Any]) -> SheetScope:
    given, store = call.parameters, call.desk.store
    if given.account is not None:
        if kind is Kind.COSTS:
            raise Mistaken("account", "Costs are a carrier's and not an account's: leave account out.")
        if given.account not in {account.name for account in await store.accounts()}:
            raise NotFound(f"there is no account named {given.account!r}")
    if given.carrier is not None and given.carrier not in {carrier.name for carrier in await store.carriers()}:
        raise NotFound(f"there is no carrier named {given.carrier!r}")
    return SheetScope(given.account, given.carrier)


def _line(kind: Kind, change: Any, key: tuple[str, ...], before: int | None, after: int | None) -> SheetLine:
    return SheetLine(
        change=change,
        key=dict(zip(kind.keys, key, strict=True)),
        before=None if before is None else shown(kind, before),
        after=None if after is None else shown(kind, after),
    )


@operation(
    "POST",
    "/v1/routes/explain",
    Scope.CARRIERS_READ,
    "Say what would happen to a message to this number, check by check and route by route",
    problems=(Code.UNKNOWN,),
    only_asks=True,
)
async def explain_route(call: Call[NoParameters, Supposed]) -> RouteExplanation:
    """Nothing is sent."""
    body, store, around = call.body, call.desk.store, call.surroundings
    tables = around.tables
    await tables.refresh(store)
    account, connection = None, None
    if body.connection_id is not None:
        connection = tables.directory.connections.get(body.connection_id)
        if connection is None or body.account_id not in {None, connection.account_id}:
            raise NotFound(f"there is no API connection {body.connection_id} of this account")
    account_id = body.account_id if connection is None else connection.account_id
    if account_id is not None:
        account = tables.directory.accounts.get(account_id)
        if account is None:
            raise NotFound(f"there is no account {account_id}")
    up = {name for name, link in around.links() if link.state.value == "bound"}
    found = await explaining.explain(
        explaining.Asked(
            number=body.number,
            content=Content.of_text(body.text),
            account=account,
            connection=connection,
            sender=read_sender(body.sender, field="sender") if body.sender else None,
            flash=body.flash,
            features=body.features,
            credits_max=None if body.max_credits is None else read_money(body.max_credits, field="max_credits"),
        ),
        explaining.Where(
            store,
            tables,
            around.protection,
            Countries.load(),
            call.desk.now,
            is_up={row.carrier_id for row in tables.carriers if row.name in up}.__contains__,
        ),
    )
    return RouteExplanation(
        number=found.number,
        recipient=None if found.recipient is None else str(found.recipient),
        country=found.country,
        country_name=found.country_name,
        verdict=found.verdict.name.lower(),
        outcome=found.verdict.value,
        refusal=None if found.refusal is None else found.refusal.reason.name.lower(),
        connection=found.connection,
        checks=[
            CheckAnswer(
                name=check.name,
                answer=check.answer,
                refusal=None if check.refusal is None else check.refusal.name.lower(),
                since=moment(check.since),
                until=moment(check.until),
            )
            for check in found.checks
        ],
        needs=found.needs,
        segments=found.segments,
        candidates=[_candidate(each) for each in found.candidates],
        chosen=None if found.chosen is None else _candidate(found.chosen),
        charge=money(found.charge),
    )


def _candidate(found: explaining.Candidate) -> CandidateRoute:
    prices = {
        "rate": None if found.rate is None else money(found.rate),
        "cost": None if found.cost is None else money(found.cost),
    }
    return CandidateRoute(**{**found._asdict(), **prices})


@operation("GET", "/v1/countries", Scope.CARRIERS_READ, "List the countries with the prefixes of their numbers")
async def list_countries(_: Call[NoParameters, NoBody]) -> Page[CountryEntry]:
    """By name, all on one page."""
    countries = Countries.load().all()
    return Page(
        data=[CountryEntry(code=each.code, name=each.name, prefixes=list(each.prefixes)) for each in countries],
        next=None,
    )


def _sheet(kind: Kind, *, reading: Scope, writing: Scope) -> Table:
    """The two operations of one kind of list."""
    name = kind.name.lower()
    return (
        Operation(
            name=f"export_{name}",
            method="GET",
            path=f"/v1/{name}/csv",
            scope=reading,
            summary=f"Export the {name} as CSV",
            run=partial(export_sheet, kind),
            parameters=SheetOf,
            body=NoBody,
            reply=SheetText,
            problems=(Code.UNKNOWN,),
        ),
        Operation(
            name=f"import_{name}",
            method="POST",
            path=f"/v1/{name}/csv",
            scope=writing,
            summary=f"Let a CSV list replace the {name}, or show what it would change",
            run=partial(import_sheet, kind),
            parameters=SheetOf,
            body=NewSheet,
            reply=SheetDifference,
            problems=(Code.UNKNOWN, Code.CONFLICT),
            description="All of it or nothing, in one transaction. With mistakes nothing is changed, and each "
            "is told with its line. Only a dry run unless `dry_run` is false.",
        ),
    )


OPERATIONS: Final[Table] = (
    *_sheet(Kind.ROUTES, reading=Scope.CARRIERS_READ, writing=Scope.CARRIERS_WRITE),
    *_sheet(Kind.RATES, reading=Scope.MONEY_READ, writing=Scope.MONEY_WRITE),
    *_sheet(Kind.COSTS, reading=Scope.MONEY_READ, writing=Scope.MONEY_WRITE),
    explain_route,
    list_countries,
)
