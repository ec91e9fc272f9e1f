"""An account at a glance: what happened in the last hour and day, and what needs attention.

It reads tallies, never messages: however many there were, the page costs the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from starlette.responses import Response

from angarium.console import plots, words
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.core.clocktime import DAY_MS, HOUR_MS, UnixMs
from angarium.core.credit import Balance
from angarium.core.inbound import InboundState
from angarium.core.people import Role
from angarium.core.states import OPEN, Cause, State
from angarium.core.tallies import BUCKET_MS, Tally, bucket_of
from angarium.flows.purchases import is_low, warn_below

HOURS: Final = 24
FAILED: Final = (State.UNDELIVERED, State.EXPIRED, State.REJECTED)
DEAD_COUNTED_MAX: Final = 100
"""Dead letters of a connection that are counted: more are said to be more."""
ENDPOINTS_READ_MAX: Final = 20
"""Connections whose endpoints are looked up for one page."""
FAILURES_IN_A_ROW_MIN: Final = 3
"""Fewer are no trouble of the endpoint's."""
OPT_OUTS_READ_MAX: Final = 1_000
FAILURES_SHARE: Final = 0.2
"""From which share of the messages that ended in an hour on somebody should look."""
FAILURES_OF_MIN: Final = 20
"""Fewer say nothing."""
SHARES: Final = (0.5, 0.95)
"""Of the delivered messages, each within which time."""
_OUTCOMES: Final[Sequence[tuple[str, str, tuple[State, ...]]]] = (
    ("good", "Delivered", (State.DELIVERED,)),
    ("bad", "Failed", FAILED),
    ("doubt", "Unknown", (State.UNKNOWN,)),
    ("plain", "Stopped", (State.CANCELLED,)),
    ("busy", "Under way", tuple(sorted(OPEN))),
)
"""Tone, name and states of each outcome, from the ground of a bar up."""


class Notice(NamedTuple):
    """Something that needs attention."""

    tone: str
    sentence: str
    link: str
    label: str


class Hour(NamedTuple):
    """One bar: the hour that began so long ago, and what was accepted in it."""

    began_at: UnixMs
    tally: Tally


class Failure(NamedTuple):
    """A cause of failure, and how often it was."""

    sentence: str
    in_hour: int
    in_day: int


async def show(visit: Visit) -> Response:
    """The last hour, the last day, and what needs attention."""
    account_id = visit.of.account_id
    store, now = visit.parts.store, visit.now
    end = bucket_of(now) + BUCKET_MS
    tallies = await store.tallies(account_id, since=end - DAY_MS, until=end)
    hours = [_hour(tallies, end - (HOURS - place) * HOUR_MS) for place in range(HOURS)]
    hour = hours[-1].tally
    day = Tally.total(each.tally for each in hours)
    balance = await store.balance(account_id)
    return visit.show(
        "home.html",
        balance=balance,
        hour=hour,
        day=day,
        failed=FAILED,
        states=State,
        open_states=tuple(OPEN),
        hours=hours,
        outcomes=_OUTCOMES,
        bars=plots.stacked([_bar(each, now=now) for each in hours]),
        times=plots.lines([[each.tally.within_ms(share) for each in hours] for share in SHARES]),
        failures=_failures(hour, day),
        notices=await _notices(visit, hour=hour, day=day, balance=balance),
        is_fresh=await is_fresh(visit, account_id),
        size=(plots.WIDTH, plots.HEIGHT),
    )


async def is_fresh(visit: Visit, account_id: int) -> bool:
    """Whether the account has no message yet, and the visitor may send one."""
    role = visit.who.role_in(account_id)
    if role is None or not role.covers(Role.DEVELOPER):
        return False
    balance = await visit.parts.store.balance(account_id)
    if balance.spent or balance.reserved:
        return False
    return await visit.parts.store.last_tally(account_id, before=visit.now + DAY_MS) is None


def _hour(tallies: Mapping[UnixMs, Tally], began_at: UnixMs) -> Hour:
    found = (tallies.get(began_at + place * BUCKET_MS) for place in range(HOUR_MS // BUCKET_MS))
    return Hour(began_at, Tally.total(each for each in found if each is not None))


def _bar(hour: Hour, *, now: UnixMs) -> tuple[str, list[tuple[str, int]]]:
    ago = max(0, (now - hour.began_at) // HOUR_MS)
    counts = [(tone, name, hour.tally.count(*states)) for tone, name, states in _OUTCOMES]
    said = ", ".join(f"{count} {name.lower()}" for _, name, count in counts if count) or "none"
    since = f"{ago} to {ago + 1} hours ago" if ago else "The last hour"
    return f"{since}: {said}", [(tone, count) for tone, _, count in counts]


def _failures(hour: Tally, day: Tally) -> list[Failure]:
    """Causes of failure, the most frequent of the day first."""
    in_day, in_hour = causes_of(day), causes_of(hour)
    return [Failure(words.cause(cause), in_hour[cause], count) for cause, count in in_day.most_common()]


def causes_of(tally: Tally) -> Counter[Cause]:
    """How many failed, or ended unknown, by cause."""
    causes: Counter[Cause] = Counter()
    for (state, cause), count in tally.fates.items():
        if state in FAILED or state is State.UNKNOWN:
            causes[cause] += count
    return causes


async def _notices(visit: Visit, *, hour: Tally, day: Tally, balance: Balance) -> list[Notice]:
    """What needs attention, the gravest first."""
    notices: list[Notice] = []
    credit = visit.link("./credit") if visit.may(Role.OWNER) else ""
    if balance.free <= 0:
        notices.append(Notice("bad", "There is no credit left: nothing is accepted.", credit, "Get some"))
    elif day.spent and balance.free < day.spent:
        lasts = words.duration(DAY_MS * balance.free // day.spent)
        notices.append(Notice("doubt", f"At the pace of the last day the credit lasts {lasts}.", credit, "Get some"))
    limit = await warn_below(visit.parts.store, visit.of.account_id)
    if is_low(balance, limit):
        notices.append(Notice("doubt", "Less credit is free than the owners want to have.", credit, "See the credit"))
    failed = hour.count(*FAILED)
    ended = failed + hour.count(State.DELIVERED)
    if ended >= FAILURES_OF_MIN and failed >= FAILURES_SHARE * ended:
        share = round(100 * failed / ended)
        link = visit.link("./messages?state=undelivered")
        notices.append(Notice("bad", f"{share} % of the last hour's messages failed.", link, "See those undelivered"))
    notices += await _endpoints(visit)
    if visit.who.person.is_operator:
        notices += _carriers(visit)
    opted_out = await _opted_out(visit)
    if opted_out:
        people = "One person has" if opted_out == 1 else f"{opted_out} people have"
        notices.append(Notice("plain", f"{people} opted out in the last day.", visit.link("./opt-outs"), "See who"))
    return notices


async def _endpoints(visit: Visit) -> list[Notice]:
    """What programs of the account do not take, and since when they have not."""
    own = [each for each in visit.parts.tables.directory.connections.values() if each.account_id == visit.of.account_id]
    store, notices = visit.parts.store, list[Notice]()
    for connection in own[:ENDPOINTS_READ_MAX]:
        name, connection_id = connection.name, connection.connection_id
        health = await store.endpoint_health(connection_id, counted_max=DEAD_COUNTED_MAX)
        replies = await store.reply_health(connection_id, counted_max=DEAD_COUNTED_MAX)
        if health.dead:
            dead = visit.link(f"./callbacks?connection={connection_id}&state=dead")
            sentence = f"{_counted(health.dead, 'callback')} to the connection {name} failed at every try."
            notices.append(Notice("bad", sentence, dead, "See what was answered"))
        elif connection.settings.callback is not None and health.failures >= FAILURES_IN_A_ROW_MIN:
            link = visit.link(f"./callbacks?connection={connection_id}")
            sentence = f"The callback URL of the connection {name} has failed {health.failures} times in a row."
            notices.append(Notice("doubt", sentence, link, "See what it answered"))
        if replies.dead:
            dead = visit.link(f"./inbound?connection={connection_id}&state={InboundState.DEAD_LETTER:d}")
            sentence = f"{_counted(replies.dead, 'received message')} of the connection {name} could not be pushed."
            notices.append(Notice("bad", sentence, dead, "See which"))
    return notices


def _counted(count: int, name: str) -> str:
    if count == 1:
        return f"One {name}"
    return f"{count} {'or more ' if count == DEAD_COUNTED_MAX else ''}{name}s"


def _carriers(visit: Visit) -> list[Notice]:
    """For an operator: carriers without a link that is bound."""
    bound: dict[str, bool] = {row.name: False for row in visit.parts.tables.carriers if row.enabled}
    for carrier, status in visit.parts.links():
        bound[carrier] = bound.get(carrier, False) or status.state.value == "bound"
    return [
        Notice("bad", f"The carrier {name} is not connected.", visit.link("/service"), "Overview")
        for name, is_bound in bound.items()
        if not is_bound
    ]


async def _opted_out(visit: Visit) -> int:
    """Handsets that opted out in the last day, as far as a bounded look tells."""
    if visit.of.account_id not in visit.parts.tables.opted_out:
        return 0
    found = await visit.parts.store.opt_outs(visit.of.account_id, limit=OPT_OUTS_READ_MAX)
    return sum(each.since >= visit.now - DAY_MS for each in found)


PAGES: Final = (Page("/accounts/{account_id:int}/", show, Needs.VIEWER),)
