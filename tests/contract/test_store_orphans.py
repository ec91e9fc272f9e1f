"""Receipts whose segment is not known: kept as they came, taken once, seen by an operator, dropped in the end."""

from __future__ import annotations

import pytest

from angarium.core.states import Cause
from angarium.ports.orphans import Orphan
from tests.contract.stage import NOON, Place, Stage, receipted
from tests.contract.test_store_receipts import AWKWARD


async def keep(stage: Stage, *receipts: Orphan) -> None:
    """Keep receipts."""
    await stage.store.write(lambda tx: tx.keep_orphans(receipts))


async def take(stage: Stage, *match_ids: str, carrier_id: int | None = None) -> list[Orphan]:
    """Take receipts."""
    carrier_id = carrier_id or stage.carrier_id
    return await stage.store.write(lambda tx: tx.take_orphans(carrier_id, match_ids))


@pytest.mark.parametrize("match_id", AWKWARD)
@pytest.mark.parametrize("cause", [Cause.RECEIPT_DELIVERED, Cause.RECEIPT_UNKNOWN, None])
async def test_an_orphan_comes_back_as_it_was(stage: Stage, match_id: str, cause: Cause | None) -> None:
    """Everything the carrier said, under the very same id."""
    receipt = stage.orphan(
        match_id,
        cause=cause,
        recipient="+27 (99) x",
        error="0x8",
        received_at=NOON + 3,
        stat="DELIVRD",
        link="carrier/1",
        said=b"id:\x00\xff",
    )
    await keep(stage, stage.orphan("other"), receipt)

    (taken,) = await take(stage, match_id)

    assert taken == receipt._replace(orphan_id=taken.orphan_id)
    assert cause is None or isinstance(taken.cause, Cause)


async def test_an_orphan_is_taken_once(place: Place, stage: Stage) -> None:
    """Whoever takes it has it; the next finds nothing. Until then it outlives a restart."""
    await keep(stage, stage.orphan("a1"))
    stage.store = await place.reopen(stage.store)

    assert len(await take(stage, "a1")) == 1
    assert await take(stage, "a1") == []


async def test_orphans_come_oldest_first(stage: Stage) -> None:
    """They are settled in the order in which they were said, also those of several ids."""
    said = [("a1", 30), ("a2", 10), ("a1", 20), ("a3", 5)]
    await keep(stage, *(stage.orphan(match_id, received_at=NOON + wait) for match_id, wait in said))

    taken = await take(stage, "a1", "a2")

    assert [(each.match_id, each.received_at - NOON) for each in taken] == [("a2", 10), ("a1", 20), ("a1", 30)]
    assert len(await take(stage, "a3")) == 1


async def test_an_orphan_belongs_to_its_carrier(stage: Stage) -> None:
    """Two carriers use the same id without knowing of each other (delivery 3.4)."""
    other = (await stage.store.create_carrier("other", {})).carrier_id
    await keep(stage, stage.orphan("a1"), stage.orphan("a1", carrier_id=other, error="other"))

    assert [receipt.error for receipt in await take(stage, "a1", carrier_id=other)] == ["other"]
    assert [receipt.error for receipt in await take(stage, "a1")] == ["000"]


async def test_old_orphans_are_dropped(stage: Stage) -> None:
    """Those received before a moment, the oldest first, a few at a time; the count is told."""
    await keep(stage, *(stage.orphan(f"a{wait}", received_at=NOON + wait) for wait in (3, 1, 2, 5)))

    assert await stage.store.write(lambda tx: tx.prune_orphans(before=NOON + 5, limit=2)) == 2
    assert await take(stage, "a1", "a2") == []
    assert await stage.store.write(lambda tx: tx.prune_orphans(before=NOON + 5, limit=2)) == 1
    assert await stage.store.write(lambda tx: tx.prune_orphans(before=NOON + 5, limit=2)) == 0
    assert len(await take(stage, "a3", "a5")) == 1


# --- what an operator sees


async def test_an_operator_sees_the_newest_orphans_first(stage: Stage) -> None:
    """Of one carrier or of all, page by page (delivery 3.1)."""
    other = (await stage.store.create_carrier("other", {})).carrier_id
    await keep(stage, *(stage.orphan(f"a{at}") for at in range(3)), stage.orphan("b0", carrier_id=other))

    newest = await stage.store.orphans(limit=2)
    rest = await stage.store.orphans(limit=9, before_id=newest[-1].orphan_id)

    assert [each.match_id for each in newest + rest] == ["b0", "a2", "a1", "a0"]
    assert [each.match_id for each in await stage.store.orphans(limit=2, carrier_id=stage.carrier_id)] == ["a2", "a1"]
    assert await stage.store.orphan(newest[0].orphan_id) == newest[0]
    assert await stage.store.orphan(10_000) is None


async def test_orphans_are_counted_by_carrier(stage: Stage) -> None:
    """Only carriers that have any, and no further than asked (delivery 3.1)."""
    assert await stage.store.orphan_counts(count_max=10) == {}
    other = (await stage.store.create_carrier("other", {})).carrier_id
    await keep(stage, *(stage.orphan(f"a{at}") for at in range(3)), stage.orphan("b0", carrier_id=other))

    assert await stage.store.orphan_counts(count_max=2) == {stage.carrier_id: 2, other: 1}


async def test_one_orphan_is_taken_once(stage: Stage) -> None:
    """By the operator, who matches or drops it."""
    await keep(stage, stage.orphan("a1"), stage.orphan("a2"))
    (newest, _) = await stage.store.orphans(limit=5)

    taken = await stage.store.write(lambda tx: tx.take_orphan(newest.orphan_id))

    assert taken == newest
    assert await stage.store.write(lambda tx: tx.take_orphan(newest.orphan_id)) is None
    assert [each.match_id for each in await stage.store.orphans(limit=5)] == ["a1"]


async def test_a_segment_may_await_its_receipt_under_another_id(stage: Stage) -> None:
    """When an operator says so, and only while it awaits one of that carrier."""
    (message_id,) = await stage.send("a1")

    async def await_under(match_id: str, **changes: int) -> bool:
        which = {"carrier_id": stage.carrier_id, "message_id": message_id, "segment_no": 0, **changes}
        return await stage.store.write(lambda tx: tx.await_under(match_id, **which))

    assert await await_under("b1")
    found = await stage.store.write(lambda tx: tx.awaiting(stage.carrier_id, ["a1", "b1"]))
    assert [each.match_id for each in found] == ["b1"]
    assert not await await_under("c1", segment_no=1)
    assert not await await_under("c1", carrier_id=stage.carrier_id + 1)
    await stage.store.write(lambda tx: tx.settle_receipts([receipted(message_id)]))
    assert not await await_under("c1")
