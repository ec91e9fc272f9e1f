"""Queues in the hands of an operator: depth and age, hold and resume, give to others, cancel; a count comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from angarium.console.linkwords import HOLDS, carrier_state
from angarium.console.mistakes import beside_fields, read_whole
from angarium.console.render import count_text
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit, read_key
from angarium.core.clocktime import MINUTE_MS
from angarium.core.queues import Hold, QueueFilter, Waits
from angarium.flows import queues as flow
from angarium.flows.carriers import find_carrier
from angarium.flows.desk import Mistaken, read_prefix
from angarium.ports.bell import carrier_topic

COUNT_MAX: Final = 20_000
"""Messages of one queue that are counted for a page; more are said to be more."""
_PRIORITIES: Final = {1: "high", 2: "middle", 3: "low"}
_WAITS: Final = (
    (Waits.ANY.value, "All of them"),
    (Waits.DUE.value, "Only what is due"),
    (Waits.LATER.value, "Only what is to be sent later"),
)
_FIELDS: Final = ("carrier", "account", "prefix", "waits", "older_min", "everything", "to", "do")


async def queues(visit: Visit) -> Response:
    """Each queue, and the form that means some of what waits: other pages say in their links what they mean."""
    visit.typed = {name: value for name in _FIELDS if (value := visit.asked(name).strip())}
    return await _show(visit)


async def waiting_for(visit: Visit, carrier_id: int) -> int:
    """How many messages wait for a carrier, COUNT_MAX at the most: for whoever is asked before something is done."""
    depths = await visit.parts.store.waiting_by_priority(carrier_id, count_max=COUNT_MAX)
    return sum(depth.messages for depth in depths.values())


async def ask_hold(visit: Visit) -> Response:
    """How much it concerns, before it is done."""
    carrier = await find_carrier(visit.desk, visit.number("carrier_id"))
    value = _hold(visit.asked("to", Hold.HELD.name))
    waiting = await waiting_for(visit, carrier.carrier_id)
    return visit.show(
        "service_queue_hold.html",
        carrier=carrier,
        value=value,
        word=HOLDS[value],
        waiting=waiting,
        is_more=waiting >= COUNT_MAX,
    )


async def hold(visit: Visit) -> Response:
    """Hold a queue, or let it go on."""
    carrier = await find_carrier(visit.desk, visit.number("carrier_id"))
    value = _hold((await visit.form()).get("to", ""))
    await flow.hold(visit.desk, carrier, value)
    visit.parts.ring(carrier_topic(carrier.carrier_id))
    said = {Hold.NO: "goes on", Hold.HELD: "is held", Hold.REROUTED: "is held, and what waits is offered to others"}
    return visit.go("/service/queues", f"The queue of {carrier.name} {said[value]}.")


async def count(visit: Visit) -> Response:
    """What the filter means at this moment, and what would be done with it."""
    asked = dict(visit.request.query_params)
    visit.typed = asked
    meant: QueueFilter | None = None
    with beside_fields(visit):
        meant = _filter(visit, asked)
    if meant is None:
        return await _show(visit)
    found = await _count(visit, meant)
    is_moved = asked.get("do") != "cancel"
    rehearsed = await _rehearse(visit, meant, asked.get("to", "")) if is_moved and found.messages else None
    return visit.show(
        "service_queue_count.html",
        found=found,
        rehearsed=rehearsed,
        carriers={row.carrier_id: row.name for row in visit.parts.tables.carriers},
        can_be_done=found.movable if rehearsed is None else rehearsed.moved.total(),
        asked={name: asked.get(name, "") for name in _FIELDS},
        words=_said(visit, asked),
    )


async def work(visit: Visit) -> Response:
    """Do it."""
    form = await visit.form()
    meant: QueueFilter | None = None
    with beside_fields(visit):
        meant = _filter(visit, form)
    if meant is None:
        return await _show(visit)
    parts = visit.parts
    await parts.tables.refresh(parts.store)
    if form.get("do") == "cancel":
        done = await flow.cancel(visit.desk, meant, tables=parts.tables, counted=parts.moved)
        said = "cancelled, and their credit is given back"
    else:
        target = form.get("to", "")
        done = await flow.reroute(visit.desk, meant, tables=parts.tables, to_carrier_id=read_key(target))
        said = "given to other carriers"
        for row in parts.tables.carriers:
            parts.ring(carrier_topic(row.carrier_id))
    stay = done.messages - done.done
    them = "message is" if done.done == 1 else "messages are"
    rest = f" {count_text(stay)} {'stays' if stay == 1 else 'stay'}." if stay else ""
    return visit.go("/service/queues", f"{count_text(done.done)} {them} {said}.{rest}")


async def _show(visit: Visit) -> Response:
    store = visit.parts.store
    carriers = await store.carriers()
    links = visit.parts.links()
    rows: list[dict[str, Any]] = []
    for row in carriers:
        depths = await store.waiting_by_priority(row.carrier_id, count_max=COUNT_MAX)
        total = sum(depth.messages for depth in depths.values())
        oldest = min((depth.oldest_due_at for depth in depths.values()), default=visit.now)
        rows.append(
            {
                "row": row,
                "word": carrier_state(row, [link for name, link in links if name == row.name])["word"],
                "total": total,
                "is_more": total >= COUNT_MAX,
                "late_ms": max(0, visit.now - oldest),
                "priorities": [
                    (_PRIORITIES[priority], depth.messages, max(0, visit.now - depth.oldest_due_at))
                    for priority, depth in depths.items()
                ],
            }
        )
    accounts = sorted(visit.parts.tables.directory.accounts.values(), key=lambda account: account.name.lower())
    return visit.show(
        "service_queues.html",
        rows=rows,
        carriers=[("", "Any"), *((row.carrier_id, row.name) for row in carriers)],
        targets=[("", "Whichever their routes allow"), *((row.carrier_id, row.name) for row in carriers)],
        accounts=[("", "Any"), *((account.account_id, account.name) for account in accounts)],
        waits=_WAITS,
    )


async def _count(visit: Visit, meant: QueueFilter) -> flow.Counted:
    return await flow.count(meant, store=visit.parts.store, tables=visit.parts.tables, now=visit.now)


async def _rehearse(visit: Visit, meant: QueueFilter, to: str) -> flow.Rehearsed:
    """Which of them would go where, by routes as they are now."""
    parts = visit.parts
    await parts.tables.refresh(parts.store)
    return await flow.rehearse(meant, store=parts.store, tables=parts.tables, now=visit.now, to_carrier_id=read_key(to))


def _filter(visit: Visit, given: Mapping[str, str]) -> QueueFilter:
    older = read_whole(given.get("older_min", ""), field="older_min")
    carrier, account = given.get("carrier", ""), given.get("account", "")
    prefix = read_prefix(given.get("prefix", "").strip())
    is_all = not (carrier or account or prefix or older is not None)
    if is_all and given.get("do") == "cancel" and "everything" not in given:
        raise Mistaken("everything", "Choose a carrier, an account, a prefix or an age, or say that you mean all.")
    waits = given.get("waits", "")
    # What cannot be read must not mean all.
    for name in ("carrier", "account", "to"):
        if given.get(name) and read_key(given[name]) is None:
            raise Mistaken(name, "Choose one of the list.")
    return QueueFilter(
        carrier_id=read_key(carrier),
        account_id=read_key(account),
        prefix=prefix,
        waits=Waits(waits) if waits in Waits.__members__.values() else Waits.ANY,
        accepted_before=None if older is None else visit.now - older * MINUTE_MS,
    )


def _said(visit: Visit, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """The filter in words."""
    carriers = {str(row.carrier_id): row.name for row in visit.parts.tables.carriers}
    accounts = {str(each): account.name for each, account in visit.parts.tables.directory.accounts.items()}
    said = [
        ("Waiting for", carriers.get(given.get("carrier", ""), "any carrier")),
        ("Of account", accounts.get(given.get("account", ""), "any account")),
        ("To numbers that begin with", given.get("prefix", "").strip() or "any digits"),
        ("Which", dict(_WAITS).get(given.get("waits", ""), "All of them").lower()),
    ]
    if given.get("older_min", "").strip():
        said.append(("Older than", f"{given['older_min'].strip()} minutes"))
    if given.get("do") != "cancel":
        said.append(("Give them to", carriers.get(given.get("to", ""), "whichever their routes allow")))
    return said


def _hold(name: str) -> Hold:
    return Hold[name] if name in Hold.__members__ else Hold.HELD


PAGES: Final = (
    Page("/service/queues", queues, Needs.OPERATOR),
    Page("/service/queues/count", count, Needs.OPERATOR),
    Page("/service/queues/work", work, Needs.OPERATOR, "POST"),
    Page("/service/queues/{carrier_id:int}/hold", ask_hold, Needs.OPERATOR),
    Page("/service/queues/{carrier_id:int}/hold", hold, Needs.OPERATOR, "POST"),
)
