"""What every store tells of its messages, one after the other."""

from __future__ import annotations

from angarium.core.states import State
from tests.contract.stage import NOON, RATE, RECIPIENT, Stage, add_account


async def test_a_range_of_ids_is_read_in_their_order(stage: Stage) -> None:
    """The ends are not part of it, and a page is as long as asked for."""
    ids = await stage.queue(5)

    rows = await stage.store.journal(after_id=ids[0], before_id=ids[4], limit=2)

    assert [row.message_id for row in rows] == ids[1:3]


async def test_a_row_has_what_the_message_shares_with_its_request(stage: Stage) -> None:
    """And when a carrier took its first segment."""
    (message_id,) = await stage.send("a1")

    (row,) = await stage.store.journal(after_id=0, before_id=message_id + 1, limit=10)

    assert (row.account_id, row.connection_id, row.carrier_id) == (
        stage.account_id,
        stage.connection_id,
        stage.carrier_id,
    )
    assert (row.recipient, row.rate, row.sender, row.state) == (RECIPIENT, RATE, "Angarium", State.SUBMITTED)
    assert (row.accepted_at, row.submitted_at) == (NOON, NOON)


async def test_one_account_sees_only_its_own(stage: Stage) -> None:
    """However the ids interleave."""
    other_id, _ = await add_account(stage.store, "other")
    (mine,) = await stage.queue()
    (theirs,) = await stage.queue(account_id=other_id, shared={"account_id": other_id})

    assert [row.message_id for row in await stage.store.journal(after_id=0, before_id=theirs + 1, limit=10)] == [
        mine,
        theirs,
    ]
    (row,) = await stage.store.journal(after_id=0, before_id=theirs + 1, limit=10, account_id=other_id)
    assert row.message_id == theirs


async def test_messages_that_were_chosen_are_read_in_the_order_given(stage: Stage) -> None:
    """One that is gone is left out."""
    first, second, third = await stage.queue(3)

    rows = await stage.store.journal_of([third, first, 4711])

    assert [row.message_id for row in rows] == [third, first]
    assert await stage.store.journal_of([]) == []
    assert second not in {row.message_id for row in rows}
