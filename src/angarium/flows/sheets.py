"""Routes, rates and costs in and out as CSV: looked at first, then changed all together or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar, cast

from angarium.core import sheets
from angarium.core.routing import CostEntry, RateEntry, RouteEntry
from angarium.core.sheets import EVERYTHING, Difference, Entry, Fault, Key, Kind, Names, Row, Scope
from angarium.flows.desk import Desk, Mistaken
from angarium.ports.admin import OperatorStore

T = TypeVar("T")


class Aside(Protocol):
    """Does what takes long where it holds up nobody, and gives what comes of it."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]: ...


async def at_once(work: Callable[[], T]) -> T:
    """Do it here and now: for a process that has nothing else to do."""
    return work()


class Prepared(NamedTuple):
    """A file held against what there is. With faults nothing can be done with it."""

    kind: Kind
    names: Names
    difference: Difference
    numbers: dict[Key, int]
    """The numbers of the entries that go or change."""
    faults: list[Fault]
    faults_count: int


async def prepare(
    store: OperatorStore,
    kind: Kind,
    lines: Iterable[str],
    *,
    scope: Scope = EVERYTHING,
    keep: bool = False,
    aside: Aside = at_once,
) -> Prepared:
    """Read a file, row by row, and say what it would change. Changes nothing. Raises what `lines` raises."""
    names = await _names(store)
    entries = await _entries(store, kind)

    def read() -> Prepared:
        sheet = sheets.read(kind, lines, names=names, scope=scope)
        now = sheets.rows_of(entries, names=names, scope=scope)
        difference = sheets.compare(now, sheet.rows, keep=keep)
        going = [row.key for row in difference.removed] + [change.key for change in difference.changed]
        return Prepared(kind, names, difference, {key: now[key][0] for key in going}, sheet.faults, sheet.faults_count)

    return await aside(read)


async def apply(desk: Desk, prepared: Prepared) -> None:
    """Make the change, in one transaction with its row in the audit log.

    Raises Mistaken for a file with faults, and AlreadyExists when somebody else has changed the same meanwhile.
    """
    if prepared.faults_count:
        raise Mistaken("file", "The file has mistakes: nothing was changed.")
    difference, kind = prepared.difference, prepared.kind
    if difference.is_empty:
        return
    rows = [*difference.added, *(Row(change.key, change.after) for change in difference.changed)]
    entries = sheets.entries_of(kind, rows, names=prepared.names)
    remove = list(prepared.numbers.values())
    counts = {
        "added": len(difference.added),
        "changed": len(difference.changed),
        "removed": len(difference.removed),
    }
    subject = kind.name.lower()
    store = desk.by(f"{subject}.import", subject, after=counts)
    if kind is Kind.ROUTES:
        await store.change_routes(remove=remove, put=cast("list[RouteEntry]", entries))
    elif kind is Kind.RATES:
        await store.change_rates(remove=remove, put=cast("list[RateEntry]", entries))
    else:
        await store.change_costs(remove=remove, put=cast("list[CostEntry]", entries))


async def export(store: OperatorStore, kind: Kind, *, scope: Scope = EVERYTHING) -> Iterator[str]:
    """The lines of a file with all there is: what `prepare` reads back without a difference."""
    now = sheets.rows_of(await _entries(store, kind), names=await _names(store), scope=scope)
    return sheets.write(kind, (Row(key, value) for key, (_, value) in sorted(now.items())))


async def _names(store: OperatorStore) -> Names:
    return Names(
        {account.name: account.account_id for account in await store.accounts()},
        {carrier.name: carrier.carrier_id for carrier in await store.carriers()},
    )


async def _entries(store: OperatorStore, kind: Kind) -> Iterable[Entry]:
    if kind is Kind.ROUTES:
        return await store.routes()
    return await store.rates() if kind is Kind.RATES else await store.costs()
