"""Money adds up at any moment, and nobody spends what he has not (delivery 1.5)."""

from __future__ import annotations

import pytest

from angarium.core.charge import LedgerMove, ledger_move
from angarium.core.credit import CREDIT, CREDITS_MAX, Balance
from angarium.core.states import Cause, State
from angarium.ports.store import AlreadyExists, NotFound, Overdraft, Tx
from tests.contract.stage import (
    CREDIT_AT_FIRST,
    NOON,
    RATE,
    AnyStore,
    Stage,
    add_account,
    move,
    outcomes,
    reserve,
    reserve_in,
)


async def move_credit(stage: Stage, *moves: LedgerMove) -> None:
    """Move amounts in one write."""
    await stage.store.write(lambda tx: tx.move_credit(moves))


async def accept(stage: Stage, *, segments: int = 1) -> int:
    """A message with its credit reserved, as intake does it."""
    (message_id,) = await stage.queue(segments=segments)
    await reserve_in(stage.store, stage.account_id, segments * RATE)
    return message_id


# --- buying


async def test_a_new_account_has_nothing(store: AnyStore) -> None:
    """All four amounts are zero, and they add up."""
    account_id, _ = await add_account(store, "acme", credit=0)

    assert await store.balance(account_id) == Balance(0, 0, 0, 0)
    assert await store.ledger(account_id, limit=10) == []


async def test_what_is_bought_is_free(store: AnyStore) -> None:
    """It counts as purchased, and the entry says what, when and why."""
    account_id, _ = await add_account(store, "acme", credit=0)

    entry = await store.buy_credit(account_id, 5 * CREDIT, note="invoice 7", at=NOON)

    assert await store.balance(account_id) == Balance(5 * CREDIT, 5 * CREDIT, 0, 0)
    assert entry[1:] == (account_id, NOON, 5 * CREDIT, "invoice 7", "operator")
    assert await store.ledger(account_id, limit=10) == [entry]


async def test_purchases_are_listed_newest_first(store: AnyStore) -> None:
    """So many as asked for, and only the account's own."""
    account_id, _ = await add_account(store, "acme", credit=0)
    await add_account(store, "other")
    entries = [await store.buy_credit(account_id, amount, note="", at=NOON) for amount in (1, 2, 3)]

    assert await store.ledger(account_id, limit=2) == [entries[2], entries[1]]


async def test_credit_can_be_taken_back_as_far_as_it_is_free(stage: Stage) -> None:
    """An adjustment may use up what is free to the last millionth, not what is reserved."""
    await reserve_in(stage.store, stage.account_id, 30 * CREDIT)

    with pytest.raises(AlreadyExists):
        await stage.store.buy_credit(stage.account_id, -70 * CREDIT - 1, note="", at=NOON)
    assert len(await stage.store.ledger(stage.account_id, limit=10)) == 1

    await stage.store.buy_credit(stage.account_id, -70 * CREDIT, note="", at=NOON)
    assert await stage.store.balance(stage.account_id) == Balance(30 * CREDIT, 0, 30 * CREDIT, 0)


async def test_the_largest_amount_is_kept_exactly(store: AnyStore) -> None:
    """Nothing is rounded on the way, whatever the size (delivery 4.6)."""
    account_id, _ = await add_account(store, "acme", credit=CREDITS_MAX - 1)

    await reserve_in(store, account_id, CREDITS_MAX - 2)

    assert await store.balance(account_id) == Balance(CREDITS_MAX - 1, 1, CREDITS_MAX - 2, 0)


async def test_an_unknown_account_has_no_money(store: AnyStore) -> None:
    """Neither a balance nor a purchase."""
    with pytest.raises(NotFound):
        await store.balance(7)
    with pytest.raises(NotFound):
        await store.buy_credit(7, CREDIT, note="", at=NOON)


# --- moving


async def test_credit_moves_between_its_places(stage: Stage) -> None:
    """Reserved, then spent in part, then the rest released."""
    account_id = stage.account_id

    await move_credit(stage, LedgerMove(account_id, -30, 30, 0), LedgerMove(account_id, 0, -10, 10))
    await move_credit(stage, LedgerMove(account_id, 20, -20, 0))

    assert await stage.store.balance(account_id) == Balance(CREDIT_AT_FIRST, CREDIT_AT_FIRST - 10, 0, 10)


@pytest.mark.parametrize(
    ("free", "reserved", "spent"),
    [
        (-CREDIT_AT_FIRST - 1, CREDIT_AT_FIRST + 1, 0),
        (1, -1, 0),
        (0, -1, 1),
        (1, 0, -1),
    ],
)
async def test_an_overdraft_fails(stage: Stage, free: int, reserved: int, spent: int) -> None:
    """No place can hold less than nothing; whoever tries is mistaken, and nothing of his work is kept (delivery 1.5,
    4.6).
    """

    async def work(tx: Tx) -> None:
        await tx.add_requests([stage.request(7)])
        await tx.add_messages([stage.message(7)])
        await tx.move_credit([LedgerMove(stage.account_id, free, reserved, spent)])

    (outcome,) = await outcomes(stage.store.write(work))

    assert isinstance(outcome, Overdraft)
    assert await stage.store.balance(stage.account_id) == Balance(CREDIT_AT_FIRST, CREDIT_AT_FIRST, 0, 0)
    assert await stage.store.message(7) is None


@pytest.mark.parametrize("moved", [LedgerMove(0, 1, 0, 0), LedgerMove(0, -1, 0, 0), LedgerMove(0, -2, 1, 2)])
async def test_a_move_out_of_nothing_fails(stage: Stage, moved: LedgerMove) -> None:
    """Free, reserved and spent are always what was purchased: a move makes and loses nothing (delivery 1.5)."""
    (outcome,) = await outcomes(move_credit(stage, moved._replace(account_id=stage.account_id)))

    assert isinstance(outcome, Overdraft)
    assert await stage.store.balance(stage.account_id) == Balance(CREDIT_AT_FIRST, CREDIT_AT_FIRST, 0, 0)


async def test_the_last_millionth_can_be_reserved(stage: Stage) -> None:
    """An account may come to nothing, and is then told that nothing is free."""
    await reserve_in(stage.store, stage.account_id, CREDIT_AT_FIRST)

    assert await stage.store.write(lambda tx: tx.free_credit(stage.account_id)) == 0


# --- held against the messages


async def test_a_whole_life_leaves_no_fault(stage: Stage) -> None:
    """Accepted, partly taken, ended: at each step the balance is what the messages say (delivery 1.5)."""
    message_id = await accept(stage, segments=3)
    await accept(stage)
    assert await stage.store.ledger_faults() == []
    way = [
        (State.QUEUED, State.SUBMITTING, 0b000, 0b001),
        (State.SUBMITTING, State.QUEUED, 0b001, 0b001),
        (State.QUEUED, State.UNKNOWN, 0b001, 0b011),
        (State.UNKNOWN, State.DELIVERED, 0b011, 0b011),
    ]

    for before, state, mask_before, mask in way:
        step = move(message_id, before=before, state=state, cause=Cause.CLAIMED, sent_mask=mask)
        credit = ledger_move(
            stage.account_id, rate=RATE, segments=3, sent_mask=mask, state=state, sent_mask_before=mask_before
        )

        async def work(tx: Tx, step=step, credit=credit) -> None:
            await tx.move_messages([step])
            if step.before is not State.UNKNOWN:
                await tx.move_credit([credit])

        await stage.store.write(work)
        assert await stage.store.ledger_faults() == []

    assert await stage.store.balance(stage.account_id) == Balance(
        CREDIT_AT_FIRST, CREDIT_AT_FIRST - 3 * RATE, RATE, 2 * RATE
    )


async def test_a_reserve_without_a_message_is_found(stage: Stage) -> None:
    """Money that waits for nothing is a fault, said in a sentence that names the account."""
    await add_account(stage.store, "in order")

    await reserve_in(stage.store, stage.account_id, 5)

    (fault,) = await stage.store.ledger_faults()
    assert "acme" in fault


async def test_a_message_without_its_reserve_is_found(stage: Stage) -> None:
    """A message that nobody pays for."""
    await stage.queue()

    assert len(await stage.store.ledger_faults()) == 1


async def test_a_spent_amount_that_no_segment_explains_is_found(stage: Stage) -> None:
    """Paid for, and never sent."""
    await accept(stage)

    await move_credit(stage, LedgerMove(stage.account_id, 0, -RATE, RATE))

    assert len(await stage.store.ledger_faults()) == 1


async def test_a_message_that_ended_without_its_release_is_found(stage: Stage) -> None:
    """Money that nobody gave back."""
    message_id = await accept(stage)

    await stage.end(message_id)

    assert len(await stage.store.ledger_faults()) == 1


async def test_faults_of_several_accounts_are_all_found(stage: Stage) -> None:
    """One sentence each."""
    other, _ = await add_account(stage.store, "other")

    await move_credit(stage, reserve(stage.account_id, 1), reserve(other, 1))

    assert len(await stage.store.ledger_faults()) == 2


async def test_a_purchase_is_remembered(stage: Stage) -> None:
    """Credit to try with, and credit that is taken back, are none (rest-api 3.2)."""
    store, buyer = stage.store, stage.account_id
    trying, _ = await add_account(store, "trying", credit=0)
    await store.buy_credit(trying, CREDIT, note="to try", at=NOON, is_trial=True)
    await store.buy_credit(trying, -CREDIT, note="back", at=NOON)

    assert await store.purchasers([buyer, trying, 99]) == {buyer}
    assert [account.has_purchased for account in await store.accounts()] == [True, False]
    await store.buy_credit(trying, CREDIT, note="invoice", at=NOON)
    await store.buy_credit(trying, -CREDIT, note="back", at=NOON)
    assert await store.purchasers([buyer, trying]) == {buyer, trying}
