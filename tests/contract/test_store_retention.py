"""What every store forgets, and what it must not."""

from __future__ import annotations

import pytest

from angarium.core.account import AccountSettings
from angarium.core.charge import LedgerMove
from angarium.core.clocktime import DAY_MS
from angarium.core.states import State
from angarium.ports.store import Request, Tx
from tests.contract.stage import NOON, RATE, RECIPIENT, Stage, receipted, reserve_in, settled


async def texts(stage: Stage, *message_ids: int) -> list[str | None]:
    """What messages say."""
    return [await stage.store.message_text(message_id) for message_id in message_ids]


async def to_check(stage: Stage, now: int) -> list[int]:
    """Requests that are to be looked at by then."""

    async def work(tx: Tx) -> list[Request]:
        return await tx.requests_to_check(now=now, limit=100)

    return [request.request_id for request in await stage.store.write(work)]


async def prune(stage: Stage, before_id: int, limit: int = 100) -> int:
    """Prune requests; how many went."""
    return await stage.store.write(lambda tx: tx.prune_requests(before_id=before_id, limit=limit))


def _spend(account_id: int, amount: int) -> LedgerMove:
    return LedgerMove(account_id, 0, -amount, amount)


async def test_a_text_is_erased_and_nothing_else(stage: Stage) -> None:
    """The message keeps its state, price and recipient; another request keeps its text."""
    erased, kept = (*await stage.queue(), *await stage.queue())
    before = await stage.view(erased)

    await stage.store.write(lambda tx: tx.erase_texts([erased]))

    assert await texts(stage, erased, kept) == [None, "Hello"]
    assert await stage.view(erased) == before


async def test_numbers_lose_their_last_digits_once(stage: Stage) -> None:
    """Every recipient of the request; a second time changes nothing."""
    first, second = await stage.queue(2)
    (other,) = await stage.queue()

    for _ in range(2):
        await stage.store.write(lambda tx: tx.mask_numbers([first]))

    masked = -(RECIPIENT // 10_000)
    assert [(await stage.view(each)).recipient for each in (first, second, other)] == [masked, masked, RECIPIENT]


async def test_old_requests_go_with_all_that_hangs_on_them(stage: Stage) -> None:
    """And the ledger still adds up: what they spent stays spent (delivery 1.5)."""
    await reserve_in(stage.store, stage.account_id, 2 * RATE)
    first, second = await stage.send("a1", "a2")
    await stage.store.write(lambda tx: tx.settle_receipts([receipted(first), receipted(second)]))
    await stage.store.write(lambda tx: tx.move_credit([_spend(stage.account_id, 2 * RATE)]))
    assert await stage.store.ledger_faults() == []

    gone = await prune(stage, before_id=second + 1)

    assert gone == 1
    assert [await stage.store.message(each) for each in (first, second)] == [None, None]
    assert await stage.store.write(lambda tx: tx.awaiting(stage.carrier_id, ["a1", "a2"])) == []
    assert await stage.store.ledger_faults() == []
    assert (await stage.store.balance(stage.account_id)).spent == 2 * RATE


async def test_an_open_message_keeps_its_request(stage: Stage) -> None:
    """Age alone takes nothing that has not ended; and steps are as small as asked for."""
    open_one, *ended = [(await stage.queue())[0] for _ in range(4)]
    await stage.end(*ended)

    assert await prune(stage, before_id=ended[-1], limit=1) == 1
    assert await prune(stage, before_id=ended[-1], limit=5) == 1

    assert (await stage.view(open_one)).state is State.QUEUED
    assert (await stage.view(ended[-1])).state is State.CANCELLED


async def test_finished_notifications_go_with_their_attempts(stage: Stage) -> None:
    """By age, in steps; what is still owed stays."""
    (message_id,) = await stage.queue()
    await stage.store.write(lambda tx: tx.owe([stage.owed(message_id), stage.owed(message_id, status_code=5)]))
    (first,) = await stage.store.write(
        lambda tx: tx.claim_notifications(stage.connection_id, limit=1, now=NOON, lease_until=NOON + 1)
    )
    await stage.store.write(lambda tx: tx.settle_notifications([settled(first.notification_id)]))

    async def pruned(before: int) -> int:
        return await stage.store.write(lambda tx: tx.prune_notifications(before=before, limit=10))

    assert [await pruned(NOON), await pruned(NOON + 1), await pruned(NOON + 1)] == [0, 1, 0]
    assert await stage.store.connections_owed(now=NOON) == [stage.connection_id]


@pytest.mark.parametrize("whose", ["theirs", "all"])
async def test_a_recheck_goes_through_everything_in_steps(stage: Stage, whose: str) -> None:
    """What was finished for good is looked at again, of one account or of all."""
    request_ids = [(await stage.queue())[0] for _ in range(5)]
    await stage.store.write(lambda tx: tx.check_again(request_ids, check_at=None))
    await stage.store.write(lambda tx: tx.recheck_retention(stage.account_id if whose == "theirs" else None))
    steps = 0
    while await stage.store.write(lambda tx: tx.recheck_step(now=NOON, limit=2)):
        steps += 1

    assert steps == 3
    assert await to_check(stage, NOON) == request_ids


async def test_a_recheck_leaves_other_accounts_alone(stage: Stage) -> None:
    """Only whose days have changed is looked at."""
    (request_id,) = await stage.queue()
    await stage.store.write(lambda tx: tx.check_again([request_id], check_at=None))
    other = await stage.store.create_account("other", AccountSettings(), at=NOON)
    await stage.store.write(lambda tx: tx.recheck_retention(other.account_id))

    assert await stage.store.write(lambda tx: tx.recheck_step(now=NOON, limit=100))

    assert await to_check(stage, NOON) == []


async def test_an_account_that_keeps_differently_is_gone_through(stage: Stage) -> None:
    """Changing its days starts a recheck; changing something else does not."""
    await stage.store.change_account(stage.account_id, AccountSettings(recipients_max=300))
    assert not await stage.store.write(lambda tx: tx.recheck_step(now=NOON, limit=100))

    await stage.store.change_account(stage.account_id, AccountSettings(keep_text_days=1))

    assert await stage.store.write(lambda tx: tx.recheck_step(now=NOON, limit=100))


async def test_an_earlier_look_is_not_put_off(stage: Stage) -> None:
    """A recheck brings a look forward, never back."""
    (request_id,) = await stage.queue(shared={"check_at": NOON - DAY_MS})
    await stage.store.write(lambda tx: tx.recheck_retention(None))
    await stage.store.write(lambda tx: tx.recheck_step(now=NOON, limit=100))

    assert await to_check(stage, NOON - DAY_MS) == [request_id]


async def test_the_days_kept_by_default_are_remembered(stage: Stage) -> None:
    """So that a start with other settings is noticed."""

    async def before(days: str) -> str | None:
        return await stage.store.write(lambda tx: tx.kept_days(days))

    assert [await before("30 365"), await before("30 365"), await before("7 7")] == [None, "30 365", "30 365"]
