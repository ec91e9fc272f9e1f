"""How accounts come to credit by themselves: what every store keeps of it, and credits once."""

from __future__ import annotations

import pytest

from angarium.core.credit import CREDIT
from angarium.ports.payments import PaymentState
from angarium.ports.store import AlreadyExists, NotFound
from tests.contract.stage import NOON, AnyStore, add_account


async def test_a_purchase_is_credited_once(store: AnyStore) -> None:
    """In the transaction that ends it; the statement says who was paid (delivery 1.5)."""
    account_id, _ = await add_account(store, "acme", credit=0)
    row = await store.add_purchase(account_id, 5 * CREDIT, provider="demo", key="k", author="person:ada", at=NOON)
    assert await store.open_purchases(limit=10) == [row]

    entry = await store.take_purchase(row.purchase_id, at=NOON + 1)
    for again in (store.take_purchase, store.end_purchase):
        with pytest.raises(AlreadyExists):
            await again(row.purchase_id, at=NOON + 2)

    assert (entry.amount, entry.origin) == (5 * CREDIT, "demo")
    assert await store.ledger(account_id, limit=10) == [entry]
    assert (await store.balance(account_id)).free == 5 * CREDIT
    assert await store.open_purchases(limit=10) == []
    assert await store.purchase(row.purchase_id) == row._replace(state=PaymentState.PAID, ended_at=NOON + 1)
    assert await store.purchasers([account_id]) == {account_id}
    assert await store.ledger_faults() == []


async def test_a_purchase_that_came_to_nothing_is_never_credited(store: AnyStore) -> None:
    """Not even when the provider changes its mind; one of no account is not kept."""
    account_id, _ = await add_account(store, "acme", credit=0)
    row = await store.add_purchase(account_id, CREDIT, provider="demo", key="k", author="a", at=NOON)
    await store.end_purchase(row.purchase_id, at=NOON)

    with pytest.raises(AlreadyExists):
        await store.take_purchase(row.purchase_id, at=NOON)
    with pytest.raises(NotFound):
        await store.add_purchase(99, CREDIT, provider="demo", key="l", author="a", at=NOON)
    assert (await store.balance(account_id)).free == 0
    assert await store.purchase(99) is None


async def test_a_voucher_is_worth_its_amount_once(store: AnyStore) -> None:
    """One to try with is no purchase; too old, revoked and unknown ones are worth nothing."""
    account_id, _ = await add_account(store, "acme", credit=0)
    await store.add_vouchers([b"a", b"b"], CREDIT, note="fair", is_trial=True, at=NOON, expires_at=NOON + 10)
    second, first = await store.vouchers(limit=10)
    assert await store.vouchers(limit=10, before_id=second.voucher_id) == [first]

    entry = await store.take_voucher(b"a", account_id, at=NOON + 1)
    await store.revoke_voucher(second.voucher_id, at=NOON + 1)

    assert (entry.amount, entry.origin) == (CREDIT, "voucher")
    assert await store.purchasers([account_id]) == set()
    for digest, at in ((b"a", NOON + 2), (b"b", NOON + 2), (b"c", NOON)):
        with pytest.raises(NotFound):
            await store.take_voucher(digest, account_id, at=at)
    with pytest.raises(AlreadyExists, match="redeemed"):
        await store.revoke_voucher(first.voucher_id, at=NOON)
    with pytest.raises(NotFound):
        await store.revoke_voucher(99, at=NOON)
    await store.add_vouchers([b"old"], CREDIT, note="", is_trial=False, at=NOON, expires_at=NOON + 10)
    with pytest.raises(NotFound):
        await store.take_voucher(b"old", account_id, at=NOON + 10)
    assert (await store.balance(account_id)).free == CREDIT


async def test_a_warning_knows_what_is_free(store: AnyStore) -> None:
    """And whether the owners were told."""
    account_id, _ = await add_account(store, "acme", credit=3)
    await store.set_credit_watch(account_id, 5)
    await store.write(lambda tx: tx.set_credit_warned(account_id, at=NOON))

    (row,) = await store.credit_watches()
    assert row == (account_id, 5, NOON, 3)
    await store.set_credit_watch(account_id, None)
    assert await store.credit_watches() == []
    with pytest.raises(NotFound):
        await store.set_credit_watch(99, 5)
