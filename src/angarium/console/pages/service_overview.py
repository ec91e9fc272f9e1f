"""The service at a glance, for operators: carriers, queues, accounts, what needs attention, health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from angarium.console import live
from angarium.console.linkwords import carrier_states
from angarium.console.pages.home import FAILED, causes_of
from angarium.console.render import count_text, credits_text
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.console.words import duration
from angarium.core.clocktime import DAY_MS, HOUR_MS, MINUTE_MS
from angarium.core.inbound import InboundState
from angarium.core.message_ids import first_message_id
from angarium.core.queues import Hold
from angarium.core.states import State
from angarium.core.tallies import BUCKET_MS, Tally, bucket_of
from angarium.flows.doubts import is_parked
from angarium.ports.searches import NotificationQuery, NotificationState

COUNT_MAX: Final = 100
"""Counting of what needs attention ends here."""
DEPTH_MAX: Final = 100_000
"""Counting what waits ends here."""
MESSAGES_COUNTED_MAX: Final = 20_000
"""Messages of today that are counted: a few milliseconds, for which the loop waits."""
DOUBTS_SHOWN_MAX: Final = 100


BUSIEST_TALLIED_MAX: Final = 20
"""Accounts whose last hour is added up: a small read for each."""
LATE_MS: Final = 5 * MINUTE_MS
"""From this delay of a queue on somebody should look."""


class Attention(NamedTuple):
    """Something that an operator should look at."""

    sentence: str
    path: str
    label: str
    tone: str = "doubt"
    """bad: something does not work; doubt: something waits for a decision."""


async def service(visit: Visit) -> Response:
    """Everything on one page."""
    store = visit.parts.store
    today = visit.now - visit.now % DAY_MS
    counted = await store.count_by_account(first_id=first_message_id(today), scanned_max=MESSAGES_COUNTED_MAX)
    accounts = visit.parts.tables.directory.accounts
    busiest = sorted(counted.by_account.items(), key=lambda item: -item[1])
    hours = await _last_hour(visit, [account_id for account_id, _ in busiest[:BUSIEST_TALLIED_MAX]])
    hour = Tally.total(hours.values())
    carriers = await carriers_now(visit)
    return visit.show(
        "service.html",
        carriers=carriers,
        checks=await visit.parts.running.checks(),
        attention=[*unwell(carriers), *await _broke(visit, hours), *await attention(visit)],
        hour=hour,
        delivered=hour.count(State.DELIVERED),
        failed=hour.count(*FAILED),
        failures=causes_of(hour).most_common(),
        is_all=len(busiest) <= BUSIEST_TALLIED_MAX,
        busiest=[(accounts[each], count) for each, count in busiest[:10] if each in accounts],
        accounts=len(accounts),
        counted=counted,
        messages=sum(counted.by_account.values()),
    )


async def _last_hour(visit: Visit, account_ids: Sequence[int]) -> dict[int, Tally]:
    """What became of what these accounts sent in the last hour, each by itself."""
    end = bucket_of(visit.now) + BUCKET_MS
    found = {each: await visit.parts.store.tallies(each, since=end - HOUR_MS, until=end) for each in account_ids}
    return {account_id: Tally.total(tallies.values()) for account_id, tallies in found.items()}


async def _broke(visit: Visit, hours: Mapping[int, Tally]) -> list[Attention]:
    """Accounts that send, and have less credit than one message of theirs costs."""
    accounts = visit.parts.tables.directory.accounts
    found: list[Attention] = []
    for account_id, hour in hours.items():
        free = (await visit.parts.store.balance(account_id)).free
        if account_id in accounts and free < max(1, hour.spent // max(1, hour.accepted)):
            sentence = f"The account {accounts[account_id].name} has {credits_text(free)} credits left, and is refused."
            found.append(Attention(sentence, f"/service/accounts/{account_id}", "Its credit"))
    return found


def unwell(carriers: Sequence[Mapping[str, Any]]) -> list[Attention]:
    """What is wrong with carriers and their queues, the gravest first."""
    found: list[Attention] = []
    for each in carriers:
        row, path = each["row"], f"/service/carriers/{each['row'].carrier_id}"
        if row.enabled and not each["bound"]:
            said = f": {each['problem'].rstrip('.')}" if each["problem"] else ""
            found.append(Attention(f"The carrier {row.name} is down{said}.", path, "See its links", "bad"))
    for each in carriers:
        row, waits = each["row"], _many(each["depth"], "message")
        if row.hold is not Hold.NO:
            sentence = f"The queue of {row.name} is held; {waits} {'waits' if each['depth'] == 1 else 'wait'}."
            found.append(Attention(sentence, "/service/queues", "Queues"))
        elif each["late_ms"] >= LATE_MS:
            sentence = f"The queue of {row.name} is late by {duration(each['late_ms'])}."
            found.append(Attention(sentence, "/service/queues", "Queues", "bad"))
    return found


async def service_live(visit: Visit) -> Response:
    """The carriers, as they change."""
    template = visit.jinja.get_template("service_carriers_now.html")

    async def look() -> tuple[str, bool]:
        return template.render(visit=visit, carriers=await carriers_now(visit)), True

    return live.stream(visit, look)


async def carriers_now(visit: Visit) -> list[dict[str, Any]]:
    """Each carrier with how its links stand and what waits for it."""
    store = visit.parts.store
    depths = {each.carrier_id: each for each in await store.queue_depths(depth_max=DEPTH_MAX)}
    return [
        {
            **state,
            "depth": 0 if state["row"].carrier_id not in depths else depths[state["row"].carrier_id].depth,
            "late_ms": _late(depths.get(state["row"].carrier_id), visit.now),
        }
        for state in carrier_states(await store.carriers(), visit.parts.links())
    ]


async def attention(visit: Visit) -> list[Attention]:
    """What waits for an operator."""
    store = visit.parts.store
    found: list[Attention] = []
    names = {row.carrier_id: row.name for row in await store.carriers()}
    for proposal in await store.proposals():
        sentence = f"The receipts of {names.get(proposal.carrier_id, 'a carrier')} suggest how to read its message ids."
        found.append(Attention(sentence, f"/service/carriers/{proposal.carrier_id}", "See the proposal"))
    orphans = sum((await store.orphan_counts(count_max=COUNT_MAX)).values())
    if orphans:
        found.append(Attention(f"{_many(orphans, 'receipt')} found no message.", "/service/orphans", "Orphan receipts"))
    strange = sum((await store.quarantine_counts(count_max=COUNT_MAX)).values())
    if strange:
        sentence = f"{_many(strange, 'delivery', 'deliveries')} of carriers could not be understood."
        found.append(Attention(sentence, "/service/quarantine", "Quarantine"))
    doubts = await store.doubts(before_id=None, limit=DOUBTS_SHOWN_MAX)
    parked = await parked_among(visit, [each.message_id for each in doubts.doubts if each.outcome == "parked"])
    if parked:
        waits = "waits" if parked == 1 else "wait"
        sentence = f"{_many(parked, 'message')} took a link down twice and {waits} for you."
        found.append(Attention(sentence, "/service/doubts?only=parked", "Parked messages"))
    dead = await dead_letters(visit, limit=COUNT_MAX)
    if dead:
        sentence = f"{_many(sum(count for _, count in dead), 'callback')} could not be delivered."
        found.append(Attention(sentence, "/service/dead-letters", "Dead letters"))
    nobodys = await store.inbound_messages(state=InboundState.UNOWNED, limit=COUNT_MAX)
    fresh = sum(each.received_at > visit.now - DAY_MS for each in nobodys)
    if fresh:
        sentence = f"{_many(fresh, 'message')} from handsets came to numbers that nobody owns."
        found.append(Attention(sentence, "/service/inbound", "Received"))
    return found


async def parked_among(visit: Visit, message_ids: list[int]) -> int:
    """How many of these messages are parked still."""
    views = [await visit.parts.store.message(message_id) for message_id in dict.fromkeys(message_ids)]
    return sum(view is not None and is_parked(view) for view in views)


async def dead_letters(visit: Visit, *, limit: int) -> list[tuple[int, int]]:
    """API connections with dead letters, and how many of them, `limit` at the most."""
    found: list[tuple[int, int]] = []
    for connection_id in visit.parts.tables.directory.connections:
        query = NotificationQuery(limit=limit, connection_id=connection_id, state=NotificationState.DEAD)
        count = len((await visit.parts.store.search_notifications(query)).notifications)
        if count:
            found.append((connection_id, count))
    return found


def _late(depth: Any, now: int) -> int:
    return 0 if depth is None or depth.oldest_due_at is None else max(0, now - depth.oldest_due_at)


def _many(count: int, one: str, several: str = "") -> str:
    more = " or more" if count == COUNT_MAX else ""
    return f"{count_text(count)}{more} {one if count == 1 else several or one + 's'}"


PAGES: Final = (
    Page("/service", service, Needs.OPERATOR),
    Page("/service/live", service_live, Needs.OPERATOR),
)
