"""The verbs of re-routing and of an operator at a queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from angarium.core.clocktime import NEVER, UnixMs
from angarium.core.message import Priority
from angarium.core.queues import QueueFilter, Waits
from angarium.core.states import Cause
from angarium.ports.queues import NewCarrier, QueuePlace, Waiting, WaitingCount
from angarium.stores.sqlite.verbs import Verbs, numbers

_CAUSES: Final = {int(cause): cause for cause in Cause}
_FRONT: Final = (-1, -1)
"""Before every moment and every key."""
_KEY_MAX: Final = 2**63 - 1


class QueueVerbs(Verbs):
    """The port's QueuesTx."""

    async def waiting(
        self,
        carrier_id: int,
        *,
        after: QueuePlace | None,
        due_until: UnixMs,
        limit: int,
        account_id: int | None = None,
    ) -> list[Waiting]:
        found: list[Waiting] = []
        # Account by account and priority by priority: so the index gives what is due without a look at what is not.
        for owner, priority in self._groups(carrier_id, after, account_id):
            begun = after is not None and (owner, priority) == (after.account_id, after.priority)
            due_at, message_id = (after.due_at, after.message_id) if after is not None and begun else _FRONT
            rows = self._all(
                "waiting_of_account", carrier_id, owner, priority, due_until, due_at, message_id, limit - len(found)
            )
            found += map(_waiting_of, rows)
            if len(found) >= limit:
                break
        return found

    async def count_waiting(
        self, carrier_id: int, meant: QueueFilter, *, after: QueuePlace | None, limit: int, now: UnixMs
    ) -> WaitingCount:
        messages = movable = reserved = looked_at = 0
        # What is due later stands behind all that is due at this moment.
        front = (now, _KEY_MAX) if meant.waits is Waits.LATER else _FRONT
        until = now if meant.waits is Waits.DUE else NEVER
        for owner, priority in self._groups(carrier_id, after, meant.account_id):
            begun = after is not None and (owner, priority) == (after.account_id, after.priority)
            start = (after.due_at, after.message_id) if after is not None and begun else front
            left = limit - looked_at
            ahead = (carrier_id, owner, priority, *start, until, left)
            ((looked, found, free, held),) = self._all("count_waiting", *ahead, meant.prefix, meant.accepted_before)
            messages, movable, reserved = messages + found, movable + free, reserved + held
            looked_at += looked
            if looked == left:
                ((due_at, message_id),) = self._all("place_ahead", *ahead)
                return WaitingCount(messages, movable, reserved, QueuePlace(owner, priority, due_at, message_id))
        return WaitingCount(messages, movable, reserved, None)

    def _groups(self, carrier_id: int, after: QueuePlace | None, account_id: int | None) -> Iterator[tuple[int, int]]:
        start = 0 if after is None else after.account_id
        first = account_id if account_id is not None else self._next_account(carrier_id, start - 1)
        while first is not None:
            for priority in Priority:
                if after is None or (first, priority) >= (after.account_id, after.priority):
                    yield first, int(priority)
            first = None if account_id is not None else self._next_account(carrier_id, first)

    def _next_account(self, carrier_id: int, account_id: int) -> int | None:
        found = self._value("next_account_waiting", carrier_id, account_id)
        return None if found is None else int(found)

    async def waiting_messages(self, message_ids: Sequence[int]) -> list[Waiting]:
        return [_waiting_of(row) for row in self._all("waiting_messages", numbers(message_ids))]

    async def give_to_carriers(self, moves: Sequence[NewCarrier]) -> None:
        self._many("give_to_carrier", [(*move[1:], move.message_id) for move in moves])


def _waiting_of(row: tuple[Any, ...]) -> Waiting:
    return Waiting._make((*row[:6], _CAUSES[row[6]], *row[7:20], bool(row[20]), *row[21:]))
