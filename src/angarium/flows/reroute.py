"""What waits for a carrier that is down, held or slow is offered to others, by policy and price (delivery 2.6).

One commit moves a message, reserves what a dearer route costs more, and writes the event. A message moves only while no
segment of it has left; one that nobody takes stays where it is and expires by its own validity alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final, NamedTuple

from angarium.core.charge import LedgerMove, sum_moves
from angarium.core.clocktime import MINUTE_MS, SECOND_MS, UnixMs
from angarium.core.credit import Credits
from angarium.core.queues import Hold
from angarium.core.rerouting import REROUTES_MAX, Terms, offers
from angarium.core.routing import Route
from angarium.core.states import Cause
from angarium.flows.tables import Tables
from angarium.ports.bell import Bell, carrier_topic
from angarium.ports.clock import Clock
from angarium.ports.queues import NewCarrier, QueuePlace, Waiting
from angarium.ports.store import CarrierRow, Store, Tx
from angarium.ports.timeline import Event, EventKind

BATCH_MAX: Final = 200
"""Messages offered in one commit, so that it never holds up the messages of the moment."""
REST_MS: Final = 10 * SECOND_MS
"""After a queue was offered from front to back, what nobody took is left alone for so long."""
DOWN_MS: Final = MINUTE_MS
SLOW_MS: Final = 2 * MINUTE_MS


class Stays(Enum):
    """Why a message stays with its carrier. The value says it of messages."""

    NO_ROUTE = "no other route leads them to a carrier that is open"
    DEARER = "the other route is dearer, and their customer does not allow that"
    NO_CREDIT = "the other route is dearer, and their account has not enough credit"
    PARTLY_SENT = "a part of them has left already"
    PARKED = "they are parked"
    EXPIRED = "their time is over"


class _Given(NamedTuple):
    """What a batch of offers came to."""

    rows: Sequence[Waiting]
    moves: list[NewCarrier]


class Offers:
    """Gives waiting messages to other carriers, within a transaction of whoever asks."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def make(
        self,
        tx: Tx,
        rows: Sequence[Waiting],
        *,
        now: UnixMs,
        is_open: Callable[[int], bool],
        why: str,
        after_failure: bool = False,
    ) -> list[NewCarrier]:
        """Offer each message to its other routes in order; those that were taken, moved and paid for."""
        free: dict[int, Credits] = {}
        moves: list[NewCarrier] = []
        credit: list[LedgerMove] = []
        events: list[Event] = []
        for row in rows:
            chosen = await self.choose(tx, row, free, now=now, is_open=is_open, after_failure=after_failure)
            if isinstance(chosen, Stays):
                continue
            route, rate = chosen
            more = (rate - row.rate) * row.segments
            credit.append(LedgerMove(row.account_id, -more, more, 0))
            moves.append(_move(row, route, rate, now=now))
            events.append(_event(row, route, now=now, why=why))
        await tx.give_to_carriers(moves)
        await tx.move_credit(sum_moves(credit))
        await tx.add_events(events)
        return moves

    async def choose(
        self,
        tx: Tx,
        row: Waiting,
        free: dict[int, Credits],
        *,
        now: UnixMs,
        is_open: Callable[[int], bool],
        after_failure: bool = False,
    ) -> tuple[Route, Credits] | Stays:
        """The route that a message takes and what a segment costs over it, or why it stays where it is.

        `free` is what accounts have left in this transaction, and what a dearer route costs more is taken out of it.
        """
        if row.sent_mask:
            return Stays.PARTLY_SENT
        if row.cause is Cause.PARKED:
            return Stays.PARKED
        if row.expires_at <= now:
            return Stays.EXPIRED
        terms = Terms(row.rate, row.first_rate, row.escalate, row.rate_max)
        routes = self._tables.routing.routes(
            row.recipient, account_id=row.account_id, sender=row.sender, needs=row.needs
        )
        allowed = offers(routes, terms, carrier_id=row.carrier_id, is_open=is_open, after_failure=after_failure)
        for route in allowed:
            rate = terms.rate_over(route)
            more = (rate - row.rate) * row.segments
            if row.account_id not in free:
                free[row.account_id] = await tx.free_credit(row.account_id)
            if more <= free[row.account_id]:
                free[row.account_id] -= more
                return route, rate
        if allowed:
            return Stays.NO_CREDIT
        is_led = any(route.carrier_id != row.carrier_id and is_open(route.carrier_id) for route in routes)
        return Stays.DEARER if is_led else Stays.NO_ROUTE


def _move(row: Waiting, route: Route, rate: Credits, *, now: UnixMs) -> NewCarrier:
    # It waits for its new carrier from now on: that one is not slow because another was.
    due_at = max(row.due_at, now)
    return NewCarrier(row.message_id, route.carrier_id, rate, row.first_rate, route.cost, due_at, now)


def _event(row: Waiting, route: Route, *, now: UnixMs, why: str) -> Event:
    detail: dict[str, str | int] = {
        "from": row.carrier_id,
        "to": route.carrier_id,
        "why": why,
        "rate_before": row.rate,
    }
    return Event(row.message_id, now, EventKind.RE_ROUTED, detail)


class Reroute:
    """The worker that relieves carriers: run it once a second or so."""

    def __init__(
        self,
        *,
        store: Store,
        tables: Tables,
        clock: Clock,
        bell: Bell,
        is_up: Callable[[int], bool],
        count: Callable[[Counter[str]], None] | None = None,
        down_ms: int = DOWN_MS,
        slow_ms: int = SLOW_MS,
    ) -> None:
        """`is_up` tells whether a carrier has a bound link that can send; `count` is told how many were re-routed."""
        self._store = store
        self._tables = tables
        self._clock = clock
        self._bell = bell
        self._is_up = is_up
        self._count = count
        self._down_ms = down_ms
        self._slow_ms = slow_ms
        self._offers = Offers(tables)
        self._down_since: dict[int, UnixMs] = {}
        self._read_to: dict[int, QueuePlace] = {}
        self._rests_until: dict[int, UnixMs] = {}

    def is_open(self, carrier_id: int) -> bool:
        """Whether a carrier can be given messages of others now."""
        return carrier_id not in self._tables.held and self._is_up(carrier_id)

    async def run_once(self) -> bool:
        """Offer one batch of each carrier that is to be relieved; True when there is more to do at once."""
        now = self._clock.now()
        self._look(now)
        more = False
        for row in self._tables.carriers:
            why = self._why(row, now)
            if why and now >= self._rests_until.get(row.carrier_id, 0):
                more = await self._relieve(row.carrier_id, why, now=now) or more
        await self._relieve_slow(now=now)
        return more

    async def after_failure(self, tx: Tx, message_ids: Sequence[int], *, now: UnixMs) -> None:
        """Messages that a carrier could not take for now go to the next one in turn, which tries when it is time."""
        rows = [row for row in await tx.waiting_messages(message_ids) if row.reroutes < REROUTES_MAX]
        await self._offers.make(tx, rows, now=now, is_open=self.is_open, why="failed for now", after_failure=True)

    # --- who is to be relieved

    def _look(self, now: UnixMs) -> None:
        """Remember since when each carrier has been down."""
        down = {row.carrier_id for row in self._tables.carriers if not self._is_up(row.carrier_id)}
        self._down_since = {carrier_id: self._down_since.get(carrier_id, now) for carrier_id in down}

    def _why(self, row: CarrierRow, now: UnixMs) -> str:
        if row.hold is Hold.REROUTED:
            return "held"
        down_since = self._down_since.get(row.carrier_id)
        if row.hold or down_since is None or now - down_since < self._down_ms:
            return ""
        return "down" if row.enabled else "disabled"

    # --- relieving

    async def _relieve(self, carrier_id: int, why: str, *, now: UnixMs) -> bool:
        if not any(self.is_open(row.carrier_id) for row in self._tables.carriers if row.carrier_id != carrier_id):
            return False
        after = self._read_to.get(carrier_id)

        async def work(tx: Tx) -> _Given:
            rows = await tx.waiting(carrier_id, after=after, due_until=now, limit=BATCH_MAX)
            movable = [row for row in rows if row.reroutes < REROUTES_MAX]
            return _Given(rows, await self._offers.make(tx, movable, now=now, is_open=self.is_open, why=why))

        given = await self._store.write(work)
        self._tell(given.moves)
        if len(given.rows) < BATCH_MAX:
            self._read_to.pop(carrier_id, None)
            self._rests_until[carrier_id] = now + REST_MS
            return False
        self._read_to[carrier_id] = given.rows[-1].place
        return True

    async def _relieve_slow(self, *, now: UnixMs) -> None:
        """Who allows a dearer route does not wait for long: one batch at a time, so that it floods no other carrier."""
        up = [row.carrier_id for row in self._tables.carriers if self.is_open(row.carrier_id)]
        if len(up) < 2:
            return
        due_until = now - self._slow_ms

        read_to = {carrier_id: self._read_to.get(carrier_id) for carrier_id in up}

        async def work(tx: Tx) -> tuple[dict[int, list[Waiting]], list[NewCarrier]]:
            found = {
                carrier_id: await tx.waiting(carrier_id, after=after, due_until=due_until, limit=BATCH_MAX)
                for carrier_id, after in read_to.items()
            }
            fast = {carrier_id for carrier_id, rows in found.items() if not rows and read_to[carrier_id] is None}
            rows = [row for rows in found.values() for row in rows if row.escalate and row.reroutes < REROUTES_MAX]
            return found, await self._offers.make(tx, rows, now=now, is_open=fast.__contains__, why="slow")

        found, moves = await self._store.write(work)
        for carrier_id, rows in found.items():
            if len(rows) == BATCH_MAX:
                self._read_to[carrier_id] = rows[-1].place
            else:
                self._read_to.pop(carrier_id, None)
        self._tell(moves)

    def _tell(self, moves: Sequence[NewCarrier]) -> None:
        for carrier_id in {move.carrier_id for move in moves}:
            self._bell.ring(carrier_topic(carrier_id))
        if moves and self._count is not None:
            self._count(Counter({"RE_ROUTED": len(moves)}))
