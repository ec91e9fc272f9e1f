"""An operator at a queue: hold it, count what a filter means, give it to other carriers, cancel it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from angarium.core.clocktime import MINUTE_MS
from angarium.core.queues import Hold, QueueFilter, Waits
from angarium.flows import queues as flow
from angarium.flows.carriers import find_carrier
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import Body, Id, Money, NoParameters, Parameters, Prefix, Reply, money
from angarium.ports.bell import carrier_topic

HoldName = Annotated[
    Literal["no", "held", "rerouted"],
    Meta(description="held: nothing is submitted, links stay bound. rerouted: what waits is also offered to others."),
]
WaitsName = Literal["any", "due", "later"]
MINUTES_MAX: Final = 60 * 24 * 400


class HeldCarrier(Parameters, frozen=True, kw_only=True):
    """The queue of one carrier."""

    carrier_id: Id


class NewHold(Body, frozen=True, kw_only=True):
    """Whether what waits is handed to the carrier."""

    hold: HoldName


class QueueHold(Reply, frozen=True, kw_only=True):
    """How a queue is held now."""

    carrier_id: Id
    carrier: str
    hold: HoldName


class Meant(Body, frozen=True, kw_only=True):
    """Which waiting messages are meant. All conditions hold together; without any it is all of them."""

    carrier_id: Id | None = None
    account_id: Id | None = None
    prefix: Prefix = ""
    waits: Annotated[WaitsName, Meta(description="due: would be submitted now. later: scheduled, or another try.")] = (
        "any"
    )
    older_than_min: (
        Annotated[int, Meta(ge=0, le=MINUTES_MAX, description="Accepted at least so many minutes ago.")] | None
    ) = None


class MeantForOthers(Meant, frozen=True, kw_only=True):
    """The same, and perhaps the one carrier that may take them."""

    to_carrier_id: Id | None = None


class QueueCount(Reply, frozen=True, kw_only=True):
    """What a filter means at this moment."""

    messages: int
    movable: Annotated[int, Meta(description="Those of which nothing has left: only they can be cancelled.")]
    reserved: Money


class QueueDone(Reply, frozen=True, kw_only=True):
    """What became of them; those that are not done stay where they are."""

    messages: int
    done: int


@operation(
    "PUT",
    "/v1/queues/{carrier_id}/hold",
    Scope.MESSAGES_WRITE,
    "Hold the queue of a carrier, or let it go on",
    problems=(Code.UNKNOWN,),
)
async def hold_queue(call: Call[HeldCarrier, NewHold]) -> QueueHold:
    """One carrier's."""
    carrier = await find_carrier(call.desk, call.parameters.carrier_id)
    await flow.hold(call.desk, carrier, Hold[call.body.hold.upper()])
    return QueueHold(carrier_id=carrier.carrier_id, carrier=carrier.name, hold=call.body.hold)


@operation(
    "POST", "/v1/queues/count", Scope.MESSAGES_READ, "Count the waiting messages that a filter means", only_asks=True
)
async def count_queue(call: Call[NoParameters, Meant]) -> QueueCount:
    """Nothing changes."""
    tables = call.surroundings.tables
    await tables.refresh(call.desk.store)
    found = await flow.count(_filter(call), store=call.desk.store, tables=tables, now=call.desk.now)
    return QueueCount(messages=found.messages, movable=found.movable, reserved=money(found.reserved))


@operation(
    "POST",
    "/v1/queues/reroute",
    Scope.MESSAGES_WRITE,
    "Offer waiting messages to their other routes; a dearer one only where the customer allows it",
    problems=(Code.UNKNOWN,),
)
async def reroute_queue(call: Call[NoParameters, MeantForOthers]) -> QueueDone:
    """By policy and price."""
    tables = call.surroundings.tables
    await tables.refresh(call.desk.store)
    if call.body.to_carrier_id is not None:
        await find_carrier(call.desk, call.body.to_carrier_id)
    done = await flow.reroute(call.desk, _filter(call), tables=tables, to_carrier_id=call.body.to_carrier_id)
    for row in tables.carriers if done.done else ():
        call.surroundings.ring(carrier_topic(row.carrier_id))
    return QueueDone(messages=done.messages, done=done.done)


@operation(
    "POST",
    "/v1/queues/cancel",
    Scope.MESSAGES_WRITE,
    "Cancel waiting messages: they end as 006, and their credit is given back",
)
async def cancel_queue(call: Call[NoParameters, Meant]) -> QueueDone:
    """They end as 006."""
    tables = call.surroundings.tables
    await tables.refresh(call.desk.store)
    done = await flow.cancel(call.desk, _filter(call), tables=tables, counted=call.surroundings.moved)
    return QueueDone(messages=done.messages, done=done.done)


def _filter(call: Call[Any, Any]) -> QueueFilter:
    meant: Meant = call.body
    older = meant.older_than_min
    return QueueFilter(
        carrier_id=meant.carrier_id,
        account_id=meant.account_id,
        prefix=meant.prefix,
        waits=Waits(meant.waits),
        accepted_before=None if older is None else call.desk.now - older * MINUTE_MS,
    )


OPERATIONS: Final[Table] = (
    hold_queue,
    count_queue,
    reroute_queue,
    cancel_queue,
)
