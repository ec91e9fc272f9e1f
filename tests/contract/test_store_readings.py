"""How carriers' ids are read, what is proposed, and segments that come to await their receipts under other ids."""

from __future__ import annotations

from typing import Any

from angarium.ports.readings import AwaitingId, KnownReadings, Proposal, Readings
from angarium.ports.store import Tx
from tests.contract.stage import NOON, RECIPIENT, Place, Stage, receipted

HEX = Readings("hex", "decimal")


def proposal(stage: Stage, **changes: Any) -> Proposal:
    """What receipts suggest."""
    return Proposal(stage.carrier_id, HEX, 3, "1E240", "123456", NOON)._replace(**changes)


async def propose(stage: Stage, **changes: Any) -> bool:
    """Propose it."""
    return await stage.store.write(lambda tx: tx.propose(proposal(stage, **changes)))


async def test_the_readings_of_a_carrier_are_remembered(place: Place, stage: Stage) -> None:
    """None at first; then the last ones, across a restart (delivery 3.2)."""
    carrier_id = stage.carrier_id
    assert await stage.store.write(lambda tx: tx.known_readings(carrier_id)) is None
    for known in (KnownReadings(HEX, NOON), KnownReadings(HEX, NOON + 1)):

        async def remember(tx: Tx, known: KnownReadings = known) -> None:
            await tx.set_known_readings(carrier_id, known)

        await stage.store.write(remember)
    stage.store = await place.reopen(stage.store)

    assert await stage.store.write(lambda tx: tx.known_readings(carrier_id)) == KnownReadings(HEX, NOON + 1)


async def test_a_proposal_waits_for_an_operator(place: Place, stage: Stage) -> None:
    """Once for each carrier; the same again is nothing new, another one takes its place (delivery 3.2)."""
    assert await propose(stage)
    assert not await propose(stage, pairs=9)
    stage.store = await place.reopen(stage.store)
    assert await stage.store.proposals() == [proposal(stage)]

    other = Readings("as_is", "hex")
    assert await propose(stage, readings=other)

    assert await stage.store.proposals() == [proposal(stage, readings=other)]


async def test_a_declined_proposal_does_not_come_back(stage: Stage) -> None:
    """Unless it is another one."""
    await propose(stage)
    assert await stage.store.write(lambda tx: tx.decline_proposal(stage.carrier_id))
    assert not await stage.store.write(lambda tx: tx.decline_proposal(stage.carrier_id))

    assert not await propose(stage)
    assert await stage.store.proposals() == []
    assert await propose(stage, readings=Readings("as_is", "hex"))
    assert len(await stage.store.proposals()) == 1


async def test_a_proposal_is_dropped_once(stage: Stage) -> None:
    """When it was accepted."""
    await propose(stage)

    assert await stage.store.write(lambda tx: tx.drop_proposal(stage.carrier_id))
    assert not await stage.store.write(lambda tx: tx.drop_proposal(stage.carrier_id))
    assert await stage.store.proposals() == []


async def test_awaiting_ids_are_read_page_by_page(stage: Stage) -> None:
    """In the order of their ids, those of this carrier that still await a receipt, several under one id too."""
    settled, *_ = await stage.send("b0", "b1", "b1", "a9")
    other = (await stage.store.create_carrier("other", {})).carrier_id
    await stage.send("b2", carrier_id=other)
    await stage.store.write(lambda tx: tx.settle_receipts([receipted(settled)]))

    found: list[AwaitingId] = []
    for _ in range(5):
        page = await stage.store.awaiting_ids(stage.carrier_id, after=found[-1] if found else None, limit=2)
        found += page
        if not page:
            break

    assert [each.match_id for each in found] == ["a9", "b1", "b1"]
    assert len({each.message_id for each in found}) == 3
    assert (found[0].carrier_message_id, found[0].recipient, found[0].submitted_at) == ("A9", RECIPIENT, NOON)


async def test_segments_await_under_their_new_ids(stage: Stage) -> None:
    """Only those that still await one."""
    await stage.send("a1", "a2")
    first, second = await stage.store.awaiting_ids(stage.carrier_id, after=None, limit=9)
    await stage.store.write(lambda tx: tx.settle_receipts([receipted(second.message_id)]))

    await stage.store.write(lambda tx: tx.rename_awaiting(stage.carrier_id, [(first, "161"), (second, "162")]))

    found = await stage.store.write(lambda tx: tx.awaiting(stage.carrier_id, ["a1", "a2", "161", "162"]))
    assert [each.match_id for each in found] == ["161"]


async def test_recent_awaiting_ids_are_the_newest(stage: Stage) -> None:
    """Bounded by how many segments are looked at, whosever they are."""
    other = (await stage.store.create_carrier("other", {})).carrier_id
    await stage.send("a1", "a2")
    await stage.send("c1", carrier_id=other)

    found = await stage.store.recent_awaiting_ids(stage.carrier_id, limit=2)

    assert [each.match_id for each in found] == ["a2"]
    newest_first = await stage.store.recent_awaiting_ids(stage.carrier_id, limit=9)
    assert [each.match_id for each in newest_first] == ["a2", "a1"]
