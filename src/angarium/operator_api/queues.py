"""What waits: the queue of each carrier, and receipts that found no message."""

from __future__ import annotations

from typing import Final

from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.values import (
    Id,
    Moment,
    NoBody,
    NoParameters,
    Page,
    Paged,
    Reply,
    certain_moment,
    moment,
)
from angarium.ports.orphans import Orphan as OrphanRow

DEPTH_MAX: Final = 100_000
"""Counting ends here, because the loop waits for it."""


class Queue(Reply, frozen=True, kw_only=True):
    """What waits for one carrier, scheduled messages included."""

    carrier_id: Id
    carrier: str
    """Its name."""
    depth: int
    """100000 stands for so many or more."""
    oldest_due_at: Moment | None
    """When the first of them was due, or is."""
    age_s: float
    """How long that one is overdue."""


class Queues(Reply, frozen=True, kw_only=True):
    """Of every carrier."""

    data: list[Queue]


class Orphan(Reply, frozen=True, kw_only=True):
    """A receipt that found no message (yet)."""

    orphan_id: Id
    carrier_id: Id
    carrier_message_id: str
    match_id: str
    cause: str | None
    """What it says; null for an intermediate one."""
    recipient: str
    stat: str
    """The carrier's own word."""
    error: str
    link: str
    said: str
    """The text of the receipt, as it came."""
    received_at: Moment


class OrphansOf(Paged, frozen=True, kw_only=True):
    """Orphans, perhaps of one carrier."""

    carrier_id: Id | None = None


@operation("GET", "/v1/queues", Scope.MESSAGES_READ, "Show how much waits for each carrier, and for how long")
async def list_queues(call: Call[NoParameters, NoBody]) -> Queues:
    """As they stand."""
    store, now = call.desk.store, call.desk.now
    names = {carrier.carrier_id: carrier.name for carrier in await store.carriers()}
    return Queues(
        data=[
            Queue(
                carrier_id=each.carrier_id,
                carrier=names.get(each.carrier_id, str(each.carrier_id)),
                depth=each.depth,
                oldest_due_at=moment(each.oldest_due_at),
                age_s=0.0 if each.oldest_due_at is None else max(0, now - each.oldest_due_at) / 1000,
            )
            for each in await store.queue_depths(depth_max=DEPTH_MAX)
        ]
    )


@operation("GET", "/v1/orphans", Scope.MESSAGES_READ, "List receipts that found no message, newest first")
async def list_orphans(call: Call[OrphansOf, NoBody]) -> Page[Orphan]:
    """Newest first."""
    given = call.parameters
    rows = await call.desk.store.orphans(limit=given.rows_max, carrier_id=given.carrier_id, before_id=given.key)
    return given.page(rows, orphan_of, key=lambda row: row.orphan_id)


def orphan_of(row: OrphanRow) -> Orphan:
    """An orphan as it is shown."""
    return Orphan(
        orphan_id=row.orphan_id,
        carrier_id=row.carrier_id,
        carrier_message_id=row.carrier_message_id,
        match_id=row.match_id,
        cause=None if row.cause is None else row.cause.name.lower(),
        recipient=row.recipient,
        stat=row.stat,
        error=row.error,
        link=row.link,
        said=row.said.decode("latin-1"),
        received_at=certain_moment(row.received_at),
    )


OPERATIONS: Final[Table] = (
    list_queues,
    list_orphans,
)
