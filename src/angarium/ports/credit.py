"""How accounts come to credit by themselves: purchases, vouchers; and when little is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.ports.payments import PaymentState

if TYPE_CHECKING:
    from angarium.ports.store import LedgerEntry


class PurchaseRow(NamedTuple):
    """A purchase from a provider of payments."""

    purchase_id: int
    account_id: int
    amount: Credits
    provider: str
    key: str
    """By which the provider knows it."""
    author: str
    state: PaymentState
    created_at: UnixMs
    ended_at: UnixMs | None


class VoucherRow(NamedTuple):
    """A voucher without its code."""

    voucher_id: int
    amount: Credits
    note: str
    is_trial: bool
    """To try with: redeeming it is no purchase (rest-api 3.2)."""
    created_at: UnixMs
    expires_at: UnixMs
    account_id: int | None
    """Who redeemed it."""
    redeemed_at: UnixMs | None
    revoked_at: UnixMs | None


class WatchRow(NamedTuple):
    """From where on an account's owners want to be warned."""

    account_id: int
    warn_below: Credits
    warned_at: UnixMs | None
    """When they were, until there is enough again."""
    free: Credits


class CreditTx(Protocol):
    """Within a transaction."""

    async def set_credit_warned(self, account_id: int, *, at: UnixMs | None) -> None:
        """Note that an account's owners were warned, or that there is enough again."""
        ...


class CreditAdmin(Protocol):
    """Each call is one transaction of its own."""

    async def add_purchase(
        self, account_id: int, amount: Credits, *, provider: str, key: str, author: str, at: UnixMs
    ) -> PurchaseRow:
        """Keep a purchase that is about to begin. Raises NotFound."""
        ...

    async def purchase(self, purchase_id: int) -> PurchaseRow | None:
        """One purchase."""
        ...

    async def open_purchases(self, *, limit: int) -> list[PurchaseRow]:
        """Purchases of which nobody knows yet what becomes, oldest first."""
        ...

    async def take_purchase(self, purchase_id: int, *, at: UnixMs) -> LedgerEntry:
        """Credit a purchase that was paid, exactly once. Raises AlreadyExists for one that has ended."""
        ...

    async def end_purchase(self, purchase_id: int, *, at: UnixMs) -> None:
        """End a purchase that came to nothing. Raises AlreadyExists for one that has ended."""
        ...

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
        """Keep vouchers by the digests of their codes."""
        ...

    async def vouchers(self, *, limit: int, before_id: int | None = None) -> list[VoucherRow]:
        """Vouchers, newest first."""
        ...

    async def take_voucher(self, code_hash: bytes, account_id: int, *, at: UnixMs) -> LedgerEntry:
        """Credit an account by a voucher, once. Raises NotFound for one that is spent, revoked or too old."""
        ...

    async def revoke_voucher(self, voucher_id: int, *, at: UnixMs) -> None:
        """Let a voucher be worth nothing. Raises NotFound, and AlreadyExists when it was redeemed."""
        ...

    async def set_credit_watch(self, account_id: int, warn_below: Credits | None) -> None:
        """Warn an account's owners when less than this is free, or never."""
        ...

    async def credit_watches(self) -> list[WatchRow]:
        """Whose owners want to be warned, with what is free now."""
        ...
