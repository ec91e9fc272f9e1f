"""What nobody understands: kept as it came, let out or dropped by an operator, forgotten in the end."""

from __future__ import annotations

from typing import Any

from angarium.ports.quarantine import Quarantined, Release
from tests.contract.stage import NOON, Place, Stage


def unclear(stage: Stage, **changes: Any) -> Quarantined:
    """Something a carrier delivered."""
    row = Quarantined(stage.carrier_id, "carrier/1", "no message id", "1", "2", b"\x00\xffoctets", True, NOON)
    return row._replace(**changes)


async def keep(stage: Stage, *rows: Quarantined) -> None:
    """Put these into quarantine."""
    await stage.store.write(lambda tx: tx.quarantine(rows))


async def test_it_comes_back_as_it_came(place: Place, stage: Stage) -> None:
    """Every octet, also after a restart (delivery 3.11)."""
    await keep(stage, unclear(stage), unclear(stage, is_whole=False, received_at=NOON + 1))
    stage.store = await place.reopen(stage.store)

    newest, oldest = await stage.store.quarantined(limit=9)

    assert oldest == unclear(stage, quarantine_id=oldest.quarantine_id)
    assert newest == unclear(stage, is_whole=False, received_at=NOON + 1, quarantine_id=newest.quarantine_id)
    assert await stage.store.quarantined_one(oldest.quarantine_id) == oldest
    assert await stage.store.quarantined_one(4711) is None


async def test_it_is_listed_and_counted_by_carrier(stage: Stage) -> None:
    """The newest first, page by page; counting ends where it is told (delivery 3.11)."""
    other = (await stage.store.create_carrier("other", {})).carrier_id
    await keep(stage, *(unclear(stage, reason=str(at)) for at in range(3)), unclear(stage, carrier_id=other))

    page = await stage.store.quarantined(limit=2)
    rest = await stage.store.quarantined(limit=9, before_id=page[-1].quarantine_id)

    assert [each.reason for each in page + rest] == ["no message id", "2", "1", "0"]
    assert [each.reason for each in await stage.store.quarantined(limit=2, carrier_id=stage.carrier_id)] == ["2", "1"]
    assert await stage.store.quarantine_counts(count_max=2) == {stage.carrier_id: 2, other: 1}


async def test_it_is_let_out_as_an_operator_says(stage: Stage) -> None:
    """Until it is taken up; or kept after all, for another reason."""
    await keep(stage, unclear(stage), unclear(stage), unclear(stage))
    third, second, first = [each.quarantine_id for each in await stage.store.quarantined(limit=9)]

    assert await stage.store.write(lambda tx: tx.release(third, Release.INBOUND))
    assert await stage.store.write(lambda tx: tx.release(first, Release.RECEIPT))
    assert not await stage.store.write(lambda tx: tx.release(4711, Release.RECEIPT))

    released = [(each.quarantine_id, each.release) for each in await stage.store.released(limit=9)]
    assert released == [(first, Release.RECEIPT), (third, Release.INBOUND)]
    assert await stage.store.write(lambda tx: tx.release(first, None, reason="not even now"))
    assert [each.quarantine_id for each in await stage.store.released(limit=9)] == [third]
    kept = await stage.store.quarantined_one(first)
    assert kept is not None
    assert kept.reason == "not even now"
    assert (await stage.store.quarantined_one(second)) is not None


async def test_it_is_dropped_once_and_forgotten_in_the_end(stage: Stage) -> None:
    """By number, or by age, the oldest first."""
    await keep(stage, *(unclear(stage, received_at=NOON + at) for at in (3, 1, 2)))
    oldest_id = (await stage.store.quarantined(limit=9))[-1].quarantine_id

    assert await stage.store.write(lambda tx: tx.drop_quarantined([oldest_id])) == 1
    assert await stage.store.write(lambda tx: tx.drop_quarantined([oldest_id])) == 0
    assert await stage.store.write(lambda tx: tx.prune_quarantine(before=NOON + 3, limit=1)) == 1

    assert [each.received_at for each in await stage.store.quarantined(limit=9)] == [NOON + 2]
