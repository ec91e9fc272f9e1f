"""Safe retries: whoever repeats a call under the same key gets the first reply again (rest-api 3.3).

The reply is made and kept in the transaction that accepts, so there is no moment at which one is on disk without the
other. The one writer orders all calls: of two with one key at the same time, the second finds what the first has kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from angarium.core.clocktime import DAY_MS, UnixMs
from angarium.core.message import Result
from angarium.core.refusals import Reason, Refusal
from angarium.ports.retries import KeptReply, Reply
from angarium.ports.store import Store, Tx

REPLY_AGE_MAX_MS: Final = DAY_MS
"""How long a first reply is given again."""
PRUNED_MAX: Final = 100
"""Replies dropped in one step; one of 600 recipients is about 70 kB."""


class Once(NamedTuple):
    """What makes a call repeatable."""

    parameter: str
    """What carried the key, as the customer knows it."""
    key: str
    """Its value, as the customer gave it."""
    digest: bytes
    """Of the body: the same key with another one is a mistake."""
    reply: Callable[[Sequence[Result]], Reply]
    """How the edge spells the outcome. Asked within the transaction, perhaps more than once: it has no effects."""


class Replied(NamedTuple):
    """The outcome of a repeatable call: its reply, and its results if this call is the first one."""

    reply: Reply
    results: Sequence[Result] = ()


class FirstReplies:
    """The first replies that concern one transaction: those that are kept, and those that it makes."""

    def __init__(self, kept: Sequence[KeptReply]) -> None:
        self._kept = {(each.connection_id, each.key): each for each in kept}
        self._new: list[KeptReply] = []

    @classmethod
    async def of(cls, keys: Sequence[tuple[int, str]], tx: Tx, *, now: UnixMs) -> FirstReplies:
        """Look up what is kept under these keys of these connections."""
        return cls(await tx.kept_replies(keys, since=now - REPLY_AGE_MAX_MS) if keys else ())

    def given(self, connection_id: int, once: Once) -> Replied | Refusal | None:
        """The first reply to this call, or the refusal of another body under its key; None for a first call."""
        kept = self._kept.get((connection_id, name_of(once)))
        if kept is None:
            return None
        return Replied(kept.reply) if kept.digest == once.digest else Refusal(Reason.KEY_REUSED, once.parameter)

    def keep(self, connection_id: int, once: Once, results: Sequence[Result], *, now: UnixMs) -> Replied:
        """Make the first reply."""
        reply = once.reply(results)
        kept = KeptReply(connection_id, name_of(once), once.digest, now, reply)
        self._kept[connection_id, kept.key] = kept
        self._new.append(kept)
        return Replied(reply, results)

    async def save(self, tx: Tx) -> None:
        """Keep those that were made."""
        if self._new:
            await tx.keep_replies(self._new)


def name_of(once: Once) -> str:
    """The name under which the reply is kept: a clientMessageId never meets an Idempotency-Key of the same letters."""
    return f"{once.parameter}:{once.key}"


async def prune_replies(store: Store, *, now: UnixMs) -> bool:
    """Forget replies whose day is over, a few at a time; True when there are more."""

    async def work(tx: Tx) -> int:
        return await tx.prune_replies(before=now - REPLY_AGE_MAX_MS, limit=PRUNED_MAX)

    return await store.write(work) == PRUNED_MAX
