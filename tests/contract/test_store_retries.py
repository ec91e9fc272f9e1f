"""First replies are kept under their keys, for as long as they are given again (rest-api 3.3)."""

from __future__ import annotations

from collections.abc import Sequence

from angarium.core.clocktime import DAY_MS
from angarium.ports.retries import KeptReply, Reply
from tests.contract.stage import NOON, AnyStore, Place, outcomes

REPLY = Reply(202, b"application/json", b'{"data":{}}')


def kept(key: str = "k", *, connection_id: int = 1, kept_at: int = NOON, reply: Reply = REPLY) -> KeptReply:
    """A first reply."""
    return KeptReply(connection_id, key, b"digest", kept_at, reply)


async def keep(store: AnyStore, *replies: KeptReply) -> None:
    """Keep replies in one write."""
    await store.write(lambda tx: tx.keep_replies(replies))


async def found(store: AnyStore, *keys: tuple[int, str], since: int = NOON - DAY_MS) -> Sequence[KeptReply]:
    """What is kept under these keys."""
    return await store.write(lambda tx: tx.kept_replies(keys, since=since))


async def test_a_reply_is_kept_byte_for_byte(place: Place) -> None:
    """Status, type and body come back as they were, also after a restart (rest-api 3.3)."""
    store = await place.open()
    reply = Reply(207, b"application/xml", bytes(range(256)))
    await keep(store, kept(reply=reply))

    store = await place.reopen(store)

    assert await found(store, (1, "k")) == [kept(reply=reply)]


async def test_a_key_is_one_of_its_connection(store: AnyStore) -> None:
    """The same key of another connection is another key, and odd characters are as good as any."""
    await keep(store, kept(connection_id=1), kept(connection_id=2), kept("\"'\\é,"))

    assert await found(store, (1, "k"), (3, "k")) == [kept(connection_id=1)]
    assert await found(store, (1, "\"'\\é,")) == [kept("\"'\\é,")]
    assert await found(store) == []


async def test_a_reply_is_found_until_its_time_is_over(store: AnyStore) -> None:
    """What was kept before the moment asked for counts as gone, whether or not it was dropped."""
    await keep(store, kept(kept_at=NOON - 1))

    assert await found(store, (1, "k"), since=NOON - 1) == [kept(kept_at=NOON - 1)]
    assert await found(store, (1, "k"), since=NOON) == []


async def test_a_later_reply_takes_the_place_of_an_old_one(store: AnyStore) -> None:
    """A key that is used again after its day begins anew."""
    await keep(store, kept(kept_at=NOON - DAY_MS))
    await keep(store, kept(kept_at=NOON, reply=REPLY._replace(body=b"new")))

    assert await found(store, (1, "k")) == [kept(reply=REPLY._replace(body=b"new"))]


async def test_old_replies_are_dropped_a_few_at_a_time(store: AnyStore) -> None:
    """The oldest first, and never one that is still given."""
    await keep(store, kept("old", kept_at=1), kept("older", kept_at=0), kept("new", kept_at=NOON))

    dropped = [await store.write(lambda tx: tx.prune_replies(before=NOON, limit=1)) for _ in range(3)]

    assert dropped == [1, 1, 0]
    assert [each.key for each in await found(store, (1, "old"), (1, "older"), (1, "new"), since=0)] == ["new"]


async def test_a_reply_goes_with_its_transaction(store: AnyStore) -> None:
    """When the work fails nothing is kept: the call was not answered."""

    async def work(tx) -> None:
        await tx.keep_replies([kept()])
        raise ValueError

    await outcomes(store.write(work))

    assert await found(store, (1, "k")) == []
