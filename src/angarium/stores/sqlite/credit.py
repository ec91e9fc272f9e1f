"""Purchases, vouchers and warnings; and the one way by which credit comes to an account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import apsw

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.ports.credit import PurchaseRow, VoucherRow, WatchRow
from angarium.ports.payments import PaymentState
from angarium.ports.store import AlreadyExists, LedgerEntry, NotFound
from angarium.stores.sqlite.audit import NEWEST
from angarium.stores.sqlite.changes import Changes
from angarium.stores.sqlite.verbs import Verbs

OPERATOR: Final = "operator"
VOUCHER: Final = "voucher"


def add_credit(
    database: apsw.Connection,
    account_id: int,
    amount: Credits,
    *,
    note: str,
    at: UnixMs,
    is_trial: bool,
    origin: str = OPERATOR,
) -> LedgerEntry:
    """Move credit into an account, or free credit out of it, within an open transaction."""
    free = list(database.execute("SELECT free FROM accounts WHERE account_id = ?", (account_id,)))
    if not free:
        raise NotFound(f"there is no account {account_id}")
    if free[0][0] + amount < 0:
        raise AlreadyExists("no more can be taken back than is free: the rest is reserved or spent")
    database.execute(
        "UPDATE accounts SET purchased = purchased + ?1, free = free + ?1 WHERE account_id = ?2", (amount, account_id)
    )
    if amount > 0 and not is_trial:
        database.execute(
            "UPDATE accounts SET first_purchase_at = ifnull(first_purchase_at, ?) WHERE account_id = ?",
            (at, account_id),
        )
    database.execute(
        "INSERT INTO ledger (account_id, at, amount, note, origin) VALUES (?, ?, ?, ?, ?)",
        (account_id, at, amount, note, origin),
    )
    return LedgerEntry(database.last_insert_rowid(), account_id, at, amount, note, origin)


class CreditVerbs(Verbs):
    """The port's CreditTx."""

    async def set_credit_warned(self, account_id: int, *, at: UnixMs | None) -> None:
        self._all("set_credit_warned", at, account_id)


class CreditChanges(Changes):
    """The port's CreditAdmin."""

    async def add_purchase(
        self, account_id: int, amount: Credits, *, provider: str, key: str, author: str, at: UnixMs
    ) -> PurchaseRow:
        def add() -> int:
            self._must_exist("accounts", account_id)
            self._database.execute(self._queries["add_purchase"], (account_id, amount, provider, key, author, at))
            return self._database.last_insert_rowid()

        purchase_id = await self._in_transaction(add)
        return PurchaseRow(purchase_id, account_id, amount, provider, key, author, PaymentState.OPEN, at, None)

    async def purchase(self, purchase_id: int) -> PurchaseRow | None:
        return next((_purchase_of(row) for row in self._rows("purchase", purchase_id)), None)

    async def open_purchases(self, *, limit: int) -> list[PurchaseRow]:
        return [_purchase_of(row) for row in self._rows("open_purchases", limit)]

    async def take_purchase(self, purchase_id: int, *, at: UnixMs) -> LedgerEntry:
        def take() -> LedgerEntry:
            account_id, amount, provider = self._ended(purchase_id, PaymentState.PAID, at=at)
            note = f"purchase {purchase_id}"
            return add_credit(self._database, account_id, amount, note=note, at=at, is_trial=False, origin=provider)

        return await self._in_transaction(take)

    async def end_purchase(self, purchase_id: int, *, at: UnixMs) -> None:
        await self._in_transaction(lambda: self._ended(purchase_id, PaymentState.FAILED, at=at))

    async def add_vouchers(
        self,
        code_hashes: Sequence[bytes],
        amount: Credits,
        *,
        note: str,
        is_trial: bool,
        at: UnixMs,
        expires_at: UnixMs,
    ) -> None:
        rows = [(code_hash, amount, note, is_trial, at, expires_at) for code_hash in code_hashes]

        def add() -> None:
            self._database.executemany(self._queries["add_voucher"], rows)

        await self._in_transaction(add)

    async def vouchers(self, *, limit: int, before_id: int | None = None) -> list[VoucherRow]:
        rows = self._rows("vouchers", NEWEST if before_id is None else before_id, limit)
        return [VoucherRow._make((*row[:3], bool(row[3]), *row[4:])) for row in rows]

    async def take_voucher(self, code_hash: bytes, account_id: int, *, at: UnixMs) -> LedgerEntry:
        def take() -> LedgerEntry:
            for voucher_id, amount, is_trial in list(
                self._database.execute(self._queries["take_voucher"], (code_hash, account_id, at))
            ):
                note = f"voucher {voucher_id}"
                return add_credit(
                    self._database, account_id, amount, note=note, at=at, is_trial=bool(is_trial), origin=VOUCHER
                )
            raise NotFound("this code is not valid: it was used already, is too old, or was never given out")

        return await self._in_transaction(take)

    async def revoke_voucher(self, voucher_id: int, *, at: UnixMs) -> None:
        def revoke() -> None:
            found = list(self._database.execute(self._queries["revoke_voucher"], (at, voucher_id)))
            if not found:
                raise NotFound(f"there is no voucher {voucher_id}")
            if found[0][0] is not None:
                raise AlreadyExists("this voucher was redeemed already: take the credit back from the account")

        await self._in_transaction(revoke)

    async def set_credit_watch(self, account_id: int, warn_below: Credits | None) -> None:
        def change() -> None:
            self._must_exist("accounts", account_id)
            if warn_below is None:
                self._database.execute(self._queries["remove_credit_watch"], (account_id,))
            else:
                self._database.execute(self._queries["set_credit_watch"], (account_id, warn_below))

        await self._in_transaction(change)

    async def credit_watches(self) -> list[WatchRow]:
        return [WatchRow._make(row) for row in self._rows("credit_watches")]

    def _ended(self, purchase_id: int, state: PaymentState, *, at: UnixMs) -> tuple[int, Credits, str]:
        for row in list(self._database.execute(self._queries["end_purchase"], (state.value, at, purchase_id))):
            return (row[0], row[1], row[2])
        raise AlreadyExists(f"the purchase {purchase_id} has ended already, or never was")


def _purchase_of(row: tuple[Any, ...]) -> PurchaseRow:
    return PurchaseRow._make((*row[:6], PaymentState(row[6]), *row[7:]))
