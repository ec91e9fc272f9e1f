"""What handsets send: stored, joined with what belongs to it, given to whoever owns the number; then acknowledged.

A part waits in the store until the last one comes, in whatever order, or until its time is over. Each step is one
commit, so a crash leaves either the part or the whole message; what the carrier then repeats is known again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, NamedTuple

from angarium.core.clocktime import UnixMs
from angarium.core.inbound import PARTS_WAIT_MS, InboundState, join_parts, numbering_of
from angarium.core.words import words_of
from angarium.flows.intake import Call
from angarium.flows.opting import Heard, Opted, Opting
from angarium.flows.tables import Tables
from angarium.ports.bell import INBOUND, Bell
from angarium.ports.carrier import InboundSegment
from angarium.ports.clock import Clock, Ids
from angarium.ports.inbound import NewInbound, Part, PartsKey
from angarium.ports.store import Store, Tx
from angarium.text.alphabet import Alphabet
from angarium.text.segments import UserData

OVERDUE_MAX: Final = 200
"""Messages given up in one step, and rows of other kinds."""


class _Taken(NamedTuple):
    """What a transaction made of parts: acted on when it is on disk."""

    messages: list[NewInbound]
    counts: Counter[str]
    opted: Opted


class Inbound:
    """The inbound leg, for all carriers."""

    def __init__(
        self,
        *,
        store: Store,
        tables: Tables,
        clock: Clock,
        ids: Ids,
        bell: Bell,
        answer: Callable[[Sequence[Call]], Awaitable[object]],
        count: Callable[[Counter[str]], None] | None = None,
        parts_wait_ms: int = PARTS_WAIT_MS,
    ) -> None:
        """`answer` is the door by which an automatic answer goes out; `count` is told what became of what came in."""
        self._store = store
        self._tables = tables
        self._clock = clock
        self._ids = ids
        self._bell = bell
        self._answer = answer
        self._count = count
        self._parts_wait_ms = parts_wait_ms
        self._opting = Opting(tables)

    async def start(self) -> None:
        """Take in what an earlier version kept without joining it."""
        while await self._take_unnumbered():
            pass

    async def keep(self, carrier_id: int, segments: Sequence[InboundSegment]) -> None:
        """Take these segments in; return when they are on disk. Raises StoreUnavailable: nothing may be acknowledged.

        A part that has come before changes nothing.
        """
        now = self._clock.now()
        parts = [_part(carrier_id, each, now) for each in segments]

        async def work(tx: Tx) -> _Taken:
            return await self._take_in(tx, parts, now=now)

        await self._committed(await self._store.write(work))

    async def run_once(self) -> bool:
        """Deliver messages whose missing parts stay away as they are; True when there is more to do at once."""
        now = self._clock.now()
        before = now - self._parts_wait_ms
        if not await self._store.has_overdue_parts(before=before):
            return False

        async def work(tx: Tx) -> tuple[_Taken, bool]:
            keys = await tx.overdue_parts(before=before, limit=OVERDUE_MAX)
            messages = [
                await self._finish(tx, key, {part.sequence: part for part in await tx.parts(key) if not part.is_joined})
                for key in keys
            ]
            pruned = await tx.prune_joined(before=before, limit=OVERDUE_MAX)
            forgotten = await tx.prune_answers(before=before, limit=OVERDUE_MAX)
            taken = await self._taken(tx, messages, Counter(), now=now)
            return taken, len(keys) == OVERDUE_MAX or OVERDUE_MAX in (pruned, forgotten)

        taken, more = await self._store.write(work)
        await self._committed(taken)
        return more

    async def _take_unnumbered(self) -> int:
        now = self._clock.now()

        async def work(tx: Tx) -> tuple[_Taken, int]:
            parts = [_renumbered(part) for part in await tx.take_unnumbered(limit=OVERDUE_MAX)]
            return await self._take_in(tx, parts, now=now), len(parts)

        taken, count = await self._store.write(work)
        await self._committed(taken)
        return count

    async def _committed(self, taken: _Taken) -> None:
        """Act on what is on disk now. An automatic answer that a crash cuts off is not made up for."""
        self._tables.opted_out |= taken.opted.accounts
        if any(message.state is InboundState.OWED for message in taken.messages):
            self._bell.ring(INBOUND)
        if self._count is not None and taken.counts:
            self._count(taken.counts)
        if taken.opted.answers:
            await self._answer(taken.opted.answers)

    # --- joining

    async def _take_in(self, tx: Tx, parts: Iterable[Part], *, now: UnixMs) -> _Taken:
        messages: list[NewInbound] = []
        counts: Counter[str] = Counter()
        of_several: dict[PartsKey, list[Part]] = {}
        for part in parts:
            if part.key.total == 1:
                messages.append(self._message(part.key, {1: part}))
            else:
                of_several.setdefault(part.key, []).append(part)
        for key, arrived in of_several.items():
            messages += await self._join(tx, key, arrived, counts)
        return await self._taken(tx, messages, counts, now=now)

    async def _taken(self, tx: Tx, messages: list[NewInbound], counts: Counter[str], *, now: UnixMs) -> _Taken:
        await tx.add_inbound(messages)
        counts.update("incomplete" if message.missing else message.state.name.lower() for message in messages)
        heard = [
            Heard(message.carrier_id, message.sender, message.recipient, message.content.text())
            for message in messages
            if not message.missing and message.content.alphabet is not Alphabet.BINARY
        ]
        return _Taken(messages, counts, await self._opting.apply(tx, heard, now=now))

    async def _join(self, tx: Tx, key: PartsKey, arrived: Sequence[Part], counts: Counter[str]) -> list[NewInbound]:
        """Put parts of one key to those that wait; the messages that this completes, or that end unfinished."""
        messages: list[NewInbound] = []
        known: set[tuple[int, UserData]] = set()
        waiting: dict[int, Part] = {}
        for part in await tx.parts(key):
            known.add((part.sequence, part.user_data))
            if not part.is_joined:
                waiting[part.sequence] = part
        for part in arrived:
            if (part.sequence, part.user_data) in known:
                counts["duplicate"] += 1
                continue
            if part.sequence in waiting:
                # The handset uses its reference for another message: of the earlier one nothing more will come.
                messages.append(await self._finish(tx, key, waiting))
                waiting = {}
            known.add((part.sequence, part.user_data))
            waiting[part.sequence] = part
            await tx.keep_parts([part])
            if len(waiting) == key.total:
                messages.append(await self._finish(tx, key, waiting))
                waiting = {}
        return messages

    async def _finish(self, tx: Tx, key: PartsKey, parts: dict[int, Part]) -> NewInbound:
        await tx.mark_joined(key)
        return self._message(key, parts)

    def _message(self, key: PartsKey, parts: dict[int, Part]) -> NewInbound:
        content, missing = join_parts({sequence: part.user_data for sequence, part in parts.items()}, total=key.total)
        received_at = min(part.received_at for part in parts.values())
        is_binary = content.alphabet is Alphabet.BINARY
        words = () if is_binary else words_of(content.text())
        owner = self._tables.numbers.owner(key.recipient, words, carrier_id=key.carrier_id)
        connection_id = None if owner is None else owner.connection_id
        connection = None if connection_id is None else self._tables.directory.connections.get(connection_id)
        if connection_id is None:
            state = InboundState.UNOWNED
        elif connection is None or connection.settings.reply is None:
            state = InboundState.KEPT
        else:
            # Octets with a hole in them would be taken for the whole.
            state = InboundState.DEAD_LETTER if missing and is_binary else InboundState.OWED
        return NewInbound(
            inbound_id=self._ids.take(1),
            connection_id=connection_id,
            carrier_id=key.carrier_id,
            sender=key.sender,
            recipient=key.recipient,
            content=content,
            missing=missing,
            received_at=received_at,
            state=state,
            due_at=self._clock.now() if state is InboundState.OWED else None,
        )


def _part(carrier_id: int, segment: InboundSegment, now: UnixMs) -> Part:
    sender, recipient, user_data, (reference, total, sequence) = segment
    return Part(PartsKey(carrier_id, sender, recipient, reference, total), sequence, user_data, now)


def _renumbered(part: Part) -> Part:
    reference, total, sequence = numbering_of(part.user_data.udh)
    key = part.key._replace(reference=reference, total=total)
    return part._replace(key=key, sequence=sequence)
