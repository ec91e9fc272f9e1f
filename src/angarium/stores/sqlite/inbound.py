"""What handsets send, over one connection: verbs, reads, and what an operator does with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import apsw
import msgspec

from angarium.core.account import ConnectionSettings
from angarium.core.clocktime import UnixMs
from angarium.core.inbound import InboundState
from angarium.core.inbound_numbers import InboundNumber, NumberSettings, NumberTable
from angarium.core.notification import InboundNotification
from angarium.ports.inbound import (
    InboundAttempt,
    InboundView,
    NewInbound,
    Part,
    PartsKey,
    SettledInbound,
    WaitingParts,
)
from angarium.ports.store import AlreadyExists, NotFound
from angarium.stores.sqlite.changes import Changes, written
from angarium.stores.sqlite.verbs import Verbs, numbers
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content, UserData

_NEWEST: Final = 2**63 - 1
_ALPHABETS: Final = {int(alphabet): alphabet for alphabet in Alphabet}
_STATES: Final = {int(state): state for state in InboundState}


class InboundVerbs(Verbs):
    """The port's InboundTx."""

    async def parts(self, key: PartsKey) -> list[Part]:
        return [
            Part(key, row[0], UserData(_ALPHABETS[row[1]], row[2], row[3]), row[4], bool(row[5]))
            for row in self._all("parts", *key)
        ]

    async def keep_parts(self, parts: Sequence[Part]) -> None:
        self._many(
            "keep_part",
            [
                (*each.key, each.sequence, int(each.user_data.alphabet), *each.user_data[1:], each.received_at)
                for each in parts
            ],
        )

    async def mark_joined(self, key: PartsKey) -> None:
        self._all("mark_joined", *key)

    async def overdue_parts(self, *, before: UnixMs, limit: int) -> list[PartsKey]:
        return list(dict.fromkeys(PartsKey(*row) for row in self._all("overdue_parts", before, limit)))

    async def take_unnumbered(self, *, limit: int) -> list[Part]:
        rows = self._all("take_unnumbered", limit)
        parts = [
            Part(PartsKey(row[0], row[1], row[2], 0, 1), 1, UserData(_ALPHABETS[row[3]], row[4], row[5]), row[6])
            for row in rows
        ]
        parts.sort(key=lambda part: part.received_at)
        return parts

    async def prune_joined(self, *, before: UnixMs, limit: int) -> int:
        self._all("prune_joined", before, limit)
        return self._database.changes()

    async def add_inbound(self, messages: Sequence[NewInbound]) -> None:
        self._many(
            "add_inbound",
            [
                (*each[:5], int(each.content.alphabet), *each.content[1:], *each[6:8], int(each.state), each.due_at)
                for each in messages
            ],
        )

    async def claim_inbound(
        self, connection_id: int, *, limit: int, now: UnixMs, lease_until: UnixMs
    ) -> list[InboundNotification]:
        rows = self._all("due_inbound", connection_id, now, limit)
        self._all("lease_inbound", lease_until, numbers(row[0] for row in rows))
        return [
            InboundNotification._make((*row[:4], Content(_ALPHABETS[row[4]], row[5], row[6]), *row[7:])) for row in rows
        ]

    async def settle_inbound(self, settled: Sequence[SettledInbound]) -> None:
        self._many("settle_inbound", [(int(s.state), s.due_at, s.attempt_no, s.inbound_id) for s in settled])
        self._many(
            "add_inbound_attempt",
            [(s.inbound_id, s.at, s.attempt_no, s.status, s.elapsed_ms, s.answer, s.error) for s in settled],
        )

    async def connections_with_inbound_text(self) -> list[int | None]:
        return self._connections("next_connection_with_inbound_text")

    async def connections_with_inbound_numbers(self) -> list[int | None]:
        return self._connections("next_connection_with_inbound_number")

    def _connections(self, next_one: str) -> list[int | None]:
        found: list[int | None] = []
        connection_id = self._value(next_one, -1)
        while connection_id is not None:
            found.append(connection_id or None)
            connection_id = self._value(next_one, connection_id)
        return found

    async def erase_inbound(self, connection_id: int | None, *, before_id: int, limit: int) -> int:
        self._all("erase_inbound", connection_id or 0, before_id, limit)
        return self._database.changes()

    async def mask_inbound(self, connection_id: int | None, *, before_id: int, limit: int) -> int:
        self._all("mask_inbound", connection_id or 0, before_id, limit)
        return self._database.changes()

    async def prune_inbound(self, *, before_id: int, limit: int) -> int:
        dropped = numbers(row[0] for row in self._all("inbound_to_prune", before_id, limit))
        self._all("prune_inbound_attempts", dropped)
        self._all("prune_inbound", dropped)
        return self._database.changes()


class InboundChanges(Changes):
    """The port's InboundAdmin and InboundReads."""

    async def add_number(
        self, number: str, connection_id: int, *, keyword: str, carrier_id: int | None, settings: NumberSettings
    ) -> InboundNumber:
        def add() -> int:
            self._must_exist("connections", connection_id)
            if carrier_id is not None:
                self._must_exist("carriers", carrier_id)
            try:
                self._database.execute(
                    "INSERT INTO inbound_numbers (number, keyword, carrier_id, connection_id, settings) "
                    "VALUES (?, ?, ?, ?, ?)",
                    (number, keyword, carrier_id, connection_id, written(settings)),
                )
            except apsw.ConstraintError as error:
                name = f"the keyword {keyword!r} on {number}" if keyword else number
                raise AlreadyExists(f"{name} belongs to an API connection already") from error
            return self._database.last_insert_rowid()

        return InboundNumber(
            number_id=await self._in_transaction(add),
            number=number,
            keyword=keyword,
            carrier_id=carrier_id,
            connection_id=connection_id,
            settings=settings,
        )

    async def inbound_numbers(self) -> list[InboundNumber]:
        rows = self._read(
            "SELECT number_id, number, keyword, carrier_id, connection_id, settings FROM inbound_numbers "
            "ORDER BY number, keyword, number_id"
        )
        return [
            InboundNumber(
                number_id=row[0],
                number=row[1],
                keyword=row[2],
                carrier_id=row[3],
                connection_id=row[4],
                settings=msgspec.json.decode(row[5], type=NumberSettings),
            )
            for row in rows
        ]

    async def number_table(self) -> NumberTable:
        return NumberTable(await self.inbound_numbers())

    async def change_number(self, number_id: int, *, connection_id: int, settings: NumberSettings) -> None:
        await self._change(
            "UPDATE inbound_numbers SET connection_id = ?, settings = ? WHERE number_id = ?",
            connection_id,
            written(settings),
            number_id,
            missing=f"there is no inbound number {number_id}",
            needs=("connections", connection_id),
        )

    async def remove_number(self, number_id: int) -> None:
        await self._change(
            "DELETE FROM inbound_numbers WHERE number_id = ?",
            number_id,
            missing=f"there is no inbound number {number_id}",
        )

    async def connections_owed_inbound(self, *, now: UnixMs) -> list[int]:
        owed: list[int] = []
        connection_id = self._first("next_connection_owed_inbound", 0)
        while connection_id is not None:
            if self._first("is_connection_owed_inbound", connection_id, now):
                owed.append(connection_id)
            connection_id = self._first("next_connection_owed_inbound", connection_id)
        return owed

    async def has_overdue_parts(self, *, before: UnixMs) -> bool:
        return bool(self._first("has_overdue_parts", before))

    async def inbound_messages(
        self,
        *,
        state: InboundState | None = None,
        connection_id: int | None = None,
        before_id: int | None = None,
        limit: int,
    ) -> list[InboundView]:
        below = _NEWEST if before_id is None else before_id
        if connection_id is not None and state is InboundState.DEAD_LETTER:
            rows = self._rows("dead_inbound_of_connection", connection_id, below, limit)
        elif connection_id is not None:
            only = None if state is None else int(state)
            rows = self._rows("inbound_messages_of_connection", connection_id, below, only, limit)
        elif state is not None:
            rows = self._rows("inbound_messages_in_state", int(state), below, limit)
        else:
            rows = self._rows("inbound_messages", below, limit)
        return [_view_of(row) for row in rows]

    async def inbound_messages_of_number(
        self, number: str, *, before_id: int | None = None, limit: int
    ) -> list[InboundView]:
        below = _NEWEST if before_id is None else before_id
        ends = ("inbound_messages_from", "inbound_messages_to")
        found = {row[0]: row for end in ends for row in self._rows(end, number, below, limit)}
        return [_view_of(found[inbound_id]) for inbound_id in sorted(found, reverse=True)[:limit]]

    async def inbound_message(self, inbound_id: int) -> InboundView:
        for row in self._rows("inbound_message", inbound_id):
            return _view_of(row)
        raise NotFound("there is no such inbound message")

    async def inbound_attempts(self, inbound_id: int) -> list[InboundAttempt]:
        return [InboundAttempt(*row) for row in self._rows("inbound_attempts", inbound_id)]

    async def waiting_parts(self, *, limit: int) -> list[WaitingParts]:
        groups: dict[PartsKey, WaitingParts] = {}
        for row in self._rows("waiting_parts", limit):
            key = PartsKey(*row[:5])
            first_at = groups[key].first_at if key in groups else row[5]
            groups[key] = WaitingParts(key, groups[key].received + 1 if key in groups else 1, first_at)
        return list(groups.values())

    async def assign_inbound(self, inbound_id: int, connection_id: int, *, at: UnixMs) -> InboundView:
        def assign() -> None:
            is_pushed = self._has_reply_url(connection_id) and self._is_whole(inbound_id)
            state, due_at = (InboundState.OWED, at) if is_pushed else (InboundState.KEPT, None)
            self._database.execute(self._queries["assign_inbound"], (connection_id, int(state), due_at, inbound_id))
            if not self._database.changes():
                raise NotFound("there is no such inbound message")

        await self._in_transaction(assign)
        return await self.inbound_message(inbound_id)

    async def replay_inbound(self, inbound_ids: Sequence[int], *, at: UnixMs) -> list[int]:
        def replay() -> list[int]:
            replayed: list[int] = []
            for inbound_id in inbound_ids:
                for row in self._database.execute(self._queries["inbound_message"], (inbound_id,)):
                    if row[1] is not None and self._has_reply_url(row[1]):
                        self._database.execute(self._queries["replay_inbound"], (at, inbound_id, row[1]))
                        replayed += [inbound_id] * self._database.changes()
            return replayed

        return await self._in_transaction(replay)

    def _is_whole(self, inbound_id: int) -> bool:
        """Whether neither its text nor its number is forgotten yet."""
        rows = self._database.execute(self._queries["is_inbound_whole"], (inbound_id,))
        return any(bool(row[0]) for row in rows)

    def _has_reply_url(self, connection_id: int) -> bool:
        """As this transaction sees it. Raises NotFound for a connection that there is none of."""
        found = list(
            self._database.execute("SELECT settings FROM connections WHERE connection_id = ?", (connection_id,))
        )
        if not found:
            raise NotFound(f"there is no API connection {connection_id}")
        return msgspec.json.decode(found[0][0], type=ConnectionSettings).reply is not None


def _view_of(row: tuple[Any, ...]) -> InboundView:
    content = None if row[7] is None else Content(_ALPHABETS[row[5]], row[6], row[7])
    return InboundView._make((*row[:5], content, row[8], row[9], _STATES[row[10]], *row[11:]))
