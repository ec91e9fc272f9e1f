"""Credit that is bought, redeemed and watched: exactly once, whatever happens in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from angarium.core.account import AccountSettings
from angarium.core.credit import CREDIT
from angarium.core.people import Role
from angarium.flows import members, purchases
from angarium.flows.desk import Desk, Mistaken
from angarium.flows.low_credit import LowCredit
from angarium.flows.purchases import OPEN_MAX_MS, Purchasing
from angarium.flows.tables import Tables
from angarium.payments.demo import DemoPayments
from angarium.ports.mail import Letter
from angarium.ports.payments import Payment, PaymentState, PaymentTrouble
from angarium.ports.store import AlreadyExists, NotFound
from angarium.stores.sqlite.store import SqliteStore
from tests.gateway import NOON, SetClock


class Provider(DemoPayments):
    """The demo's provider, which can be out of reach, or dies at a bad moment."""

    def __init__(self) -> None:
        super().__init__("/pay/")
        self.begun: list[Payment] = []
        self.is_away = False

    async def begin(self, payment: Payment) -> str | None:
        self.begun.append(payment)
        url = await super().begin(payment)
        if self.is_away:
            raise PaymentTrouble("it does not answer")
        return url

    async def state(self, key: str) -> PaymentState:
        if self.is_away:
            raise PaymentTrouble("it does not answer")
        return await super().state(key)


class Shop:
    """An account that buys."""

    def __init__(self, store: SqliteStore) -> None:
        self.store: Any = store
        self.clock = SetClock()
        self.provider = Provider()
        self.numbers = count(1)

    @property
    def purchasing(self) -> Purchasing:
        """As a process that has just started has it."""
        return Purchasing(store=self.store, payments=self.provider, clock=self.clock)

    @property
    def desk(self) -> Desk:
        """The owner's."""
        mint: Any = self
        return Desk(store=self.store, checks=mint, mint=mint, author="person:ada", now=self.clock.at)

    def ticket(self) -> str:
        """A key."""
        return f"key {next(self.numbers)}"

    def code(self, alphabet: str, characters: int) -> str:
        """The code of a voucher."""
        return f"ABCDE{next(self.numbers):015}"

    async def begin(self, amount: int = 5 * CREDIT) -> Any:
        """Begin a purchase."""
        return await self.purchasing.begin(self.desk, 1, amount, back="https://here/")

    def pay(self, *, is_paid: bool = True) -> None:
        """On the provider's page."""
        self.provider.decide(self.provider.begun[-1].key, is_paid=is_paid)

    async def free(self) -> int:
        """What the account has."""
        assert await self.store.ledger_faults() == []
        return int((await self.store.balance(1)).free)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """An account without credit."""
    store = SqliteStore(tmp_path / "angarium.db")
    await store.create_account("Acme", AccountSettings(), at=NOON)
    yield Shop(store)
    await store.close()


async def test_what_was_paid_is_credited_however_often_it_is_asked(shop: Shop) -> None:
    """Who comes back, who reloads, and the worker: one entry, and one row in the audit log (delivery 1.5)."""
    begun = await shop.begin()
    assert (begun.url, shop.provider.begun[0].return_url) == ("/pay/key 1", "https://here/1")
    assert (await shop.purchasing.look(begun.row)).state is PaymentState.OPEN
    shop.pay()

    for _ in range(2):
        assert (await shop.purchasing.look(begun.row)).state is PaymentState.PAID
        await shop.purchasing.run_once()

    assert await shop.free() == 5 * CREDIT
    assert len(await shop.store.ledger(1, limit=10)) == 1
    actions = [row.action for row in await shop.store.audit(before_id=None, limit=10)]
    assert actions == ["purchase.end", "purchase.begin"]


async def test_a_payment_whose_buyer_does_not_come_back_is_found(shop: Shop) -> None:
    """Also when the process died between the provider's yes and ours, or before it heard whether it had begun."""
    shop.provider.is_away = True
    with pytest.raises(PaymentTrouble):
        await shop.begin()
    shop.pay()
    await shop.purchasing.run_once()
    assert await shop.free() == 0

    shop.provider.is_away = False
    await shop.purchasing.run_once()

    assert await shop.free() == 5 * CREDIT


async def test_what_was_not_paid_is_not_credited(shop: Shop) -> None:
    """Refused on the provider's page, unknown to it, or given up after a week."""
    refused = await shop.begin()
    shop.pay(is_paid=False)
    assert (await shop.purchasing.look(refused.row)).state is PaymentState.FAILED
    waiting = await shop.begin()
    shop.clock.at += OPEN_MAX_MS
    await shop.purchasing.run_once()

    assert (await shop.store.purchase(waiting.row.purchase_id)).state is PaymentState.FAILED
    assert await DemoPayments("").state("unknown") is PaymentState.FAILED
    assert await shop.free() == 0
    with pytest.raises(NotFound):
        shop.provider.decide("unknown", is_paid=True)


@pytest.mark.parametrize("amount", [0, -CREDIT, purchases.PURCHASE_MAX + 1])
async def test_an_amount_that_is_too_small_or_too_large_is_told(shop: Shop, amount: int) -> None:
    """And nothing begins."""
    with pytest.raises(Mistaken, match="Buy from"):
        await shop.begin(amount)
    assert shop.provider.begun == []


async def test_a_voucher_is_redeemed_as_people_type_it(shop: Shop) -> None:
    """In any case, with or without its dashes; once; and its code is nowhere in the audit log."""
    codes = await purchases.make_vouchers(shop.desk, 2 * CREDIT, count=2, days=1, note="fair")
    assert codes[0] == "ABCDE-00000-00000-00001"

    await purchases.redeem_voucher(shop.desk, 1, f" {codes[0].lower().replace('-', ' ')} ")

    assert await shop.free() == 2 * CREDIT
    for code in (codes[0], "nonsense", ""):
        with pytest.raises(Mistaken, match="not valid"):
            await purchases.redeem_voucher(shop.desk, 1, code)
    await purchases.revoke_voucher(shop.desk, 2)
    with pytest.raises(Mistaken, match="not valid"):
        await purchases.redeem_voucher(shop.desk, 1, codes[1])
    with pytest.raises(AlreadyExists):
        await purchases.revoke_voucher(shop.desk, 1)
    log = await shop.store.audit(before_id=None, limit=10)
    assert [row.action for row in log] == ["voucher.revoke", "voucher.redeem", "voucher.create"]
    assert "ABCDE" not in str(log)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"amount": 0}, "amount"), ({"count": 0}, "count"), ({"days": 0}, "days"), ({"note": "x" * 201}, "note")],
)
async def test_vouchers_that_cannot_be_are_told(shop: Shop, given: dict[str, Any], field: str) -> None:
    """With the field that is wrong."""
    whole: dict[str, Any] = {"amount": CREDIT, "count": 1, "days": 1, "note": "", **given}
    with pytest.raises(Mistaken) as mistaken:
        await purchases.make_vouchers(shop.desk, whole.pop("amount"), **whole)
    assert mistaken.value.field == field


async def test_owners_are_told_once_that_little_is_left(shop: Shop) -> None:
    """By letter; again only after there was enough. Who is no owner, or has no address, gets none."""
    sent: list[Letter] = []

    class Post:
        """Keeps what is posted."""

        def __init__(self) -> None:
            self.waiting: list[Callable[[], Awaitable[Sequence[Letter]]]] = []

        def post(self, write: Callable[[], Awaitable[Sequence[Letter]]]) -> None:
            """Behind the caller's back."""
            self.waiting.append(write)

    post: Any = Post()
    tables = Tables()
    await tables.refresh(shop.store)
    for login, role in (("ada@example.com", Role.OWNER), ("bob", Role.OWNER), ("eve@example.com", Role.VIEWER)):
        await members.invite(shop.desk, login, "", role=(1, role))
    watch = LowCredit(
        store=shop.store, tables=tables, clock=shop.clock, mail=post, address=lambda: "https://here", service="Angarium"
    )
    with pytest.raises(Mistaken):
        await purchases.watch_credit(shop.desk, 1, 0)
    await purchases.watch_credit(shop.desk, 1, CREDIT)

    for amount in (0, 2 * CREDIT, -2 * CREDIT):
        if amount:
            await shop.store.buy_credit(1, amount, note="", at=NOON)
        for _ in range(2):
            await watch.run_once()
    for write in post.waiting:
        sent += await write()

    assert [letter.to for letter in sent] == ["ada@example.com", "ada@example.com"]
    assert "https://here/console/accounts/1/credit" in sent[0].text
    assert await purchases.warn_below(shop.store, 1) == CREDIT
    assert purchases.is_low(await shop.store.balance(1), CREDIT)
