"""Buying from a provider of payments, redeeming vouchers, and warning when little is left.

A purchase is stored before the provider hears of it, under a key of ours. What became of it is asked of the provider
itself, by whoever comes back from its page and by a worker for whoever does not; it is credited in the transaction
that ends it, so that asking twice, or dying between, changes nothing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from angarium.core.account import token_hash
from angarium.core.clocktime import DAY_MS, UnixMs
from angarium.core.credit import CREDIT, CREDITS_MAX, Balance, Credits, format_credits
from angarium.flows.desk import Desk, Mistaken
from angarium.flows.money import NOTE_CHARACTERS_MAX
from angarium.ports.admin import OperatorStore
from angarium.ports.audit import Act
from angarium.ports.clock import Clock
from angarium.ports.credit import PurchaseRow
from angarium.ports.payments import Payment, Payments, PaymentState, PaymentTrouble
from angarium.ports.store import AlreadyExists, LedgerEntry, NotFound

PURCHASE_MIN: Final[Credits] = CREDIT
PURCHASE_MAX: Final[Credits] = 1_000_000 * CREDIT
OPEN_MAX_MS: Final = 7 * DAY_MS
"""A payment that is still open after so long is given up."""
LOOKED_AT_MAX: Final = 100
VOUCHERS_MAX: Final = 1_000
"""Made at once."""
VOUCHER_DAYS_MAX: Final = 3_650
CODE_ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Letters and digits that nobody takes for one another."""
CODE_CHARACTERS: Final = 20
CODE_GROUP: Final = 5


class Begun(NamedTuple):
    """A purchase under way: the provider's page, or None when there is nothing to do on one."""

    row: PurchaseRow
    url: str | None


class Purchasing:
    """Purchases from one provider."""

    def __init__(self, *, store: OperatorStore, payments: Payments, clock: Clock) -> None:
        self._store = store
        self.payments = payments
        self._clock = clock

    async def begin(self, desk: Desk, account_id: int, amount: Credits, *, back: str) -> Begun:
        """Begin a purchase. `back` is where its page is, its number to be added. Raises Mistaken and PaymentTrouble."""
        if not PURCHASE_MIN <= amount <= PURCHASE_MAX:
            low, high = format_credits(PURCHASE_MIN, 0), format_credits(PURCHASE_MAX, 0)
            raise Mistaken("amount", f"Buy from {low} to {high} credits at once.")
        key = desk.mint.ticket()
        after = {"amount": format_credits(amount, 6), "provider": self.payments.name}
        row = await desk.by("purchase.begin", "account", account_id, after=after).add_purchase(
            account_id, amount, provider=self.payments.name, key=key, author=desk.author, at=desk.now
        )
        url = await self.payments.begin(Payment(key, account_id, amount, f"{back}{row.purchase_id}"))
        return Begun(await self.look(row) if url is None else row, url)

    async def look(self, row: PurchaseRow) -> PurchaseRow:
        """Ask the provider what became of an open purchase, and credit it if it was paid. Raises PaymentTrouble."""
        if row.state is not PaymentState.OPEN or row.provider != self.payments.name:
            return row
        state, now = await self.payments.state(row.key), self._clock.now()
        if state is PaymentState.OPEN:
            if now - row.created_at < OPEN_MAX_MS:
                return row
            state = PaymentState.FAILED
        after = {"amount": format_credits(row.amount, 6), "state": state.value}
        act = Act(now, row.author, "purchase.end", "account", row.account_id, after=after)
        try:
            if state is PaymentState.PAID:
                await self._store.by(act).take_purchase(row.purchase_id, at=now)
            else:
                await self._store.by(act).end_purchase(row.purchase_id, at=now)
        except AlreadyExists:
            # Somebody else was told at the same time: it is credited once.
            return await self._store.purchase(row.purchase_id) or row
        return row._replace(state=state, ended_at=now)

    async def run_once(self) -> bool:
        """Ask after purchases whose buyers did not come back. False: there is never more to do at once."""
        for row in await self._store.open_purchases(limit=LOOKED_AT_MAX):
            try:
                await self.look(row)
            except PaymentTrouble:
                return False
        return False


# --- vouchers


async def make_vouchers(
    desk: Desk, amount: Credits, *, count: int, days: int, note: str = "", is_trial: bool = False
) -> list[str]:
    """Make codes that are each worth so much, once; they are shown this once. Raises Mistaken."""
    if not 0 < amount <= CREDITS_MAX:
        raise Mistaken("amount", "A voucher is worth more than 0 credits.")
    if not 1 <= count <= VOUCHERS_MAX:
        raise Mistaken("count", f"Make 1 to {VOUCHERS_MAX} at once.")
    if not 1 <= days <= VOUCHER_DAYS_MAX:
        raise Mistaken("days", f"A voucher lasts 1 to {VOUCHER_DAYS_MAX} days.")
    if len(note) > NOTE_CHARACTERS_MAX or not note.isprintable():
        raise Mistaken("note", f"A note has at most {NOTE_CHARACTERS_MAX} printable characters.")
    codes = [desk.mint.code(CODE_ALPHABET, CODE_CHARACTERS) for _ in range(count)]
    after = {"amount": format_credits(amount, 6), "count": count, "days": days, "note": note, "is_trial": is_trial}
    await desk.by("voucher.create", "voucher", after=after).add_vouchers(
        [token_hash(code.encode()) for code in codes],
        amount,
        note=note,
        is_trial=is_trial,
        at=desk.now,
        expires_at=voucher_end(days, now=desk.now),
    )
    return ["-".join(code[n : n + CODE_GROUP] for n in range(0, len(code), CODE_GROUP)) for code in codes]


def voucher_end(days: int, *, now: UnixMs) -> UnixMs:
    """Until when a voucher that is made now is valid."""
    return now + days * DAY_MS


async def redeem_voucher(desk: Desk, account_id: int, code: str) -> LedgerEntry:
    """Turn a code into credit, once. Raises Mistaken, with the same sentence for whatever is wrong with it."""
    plain = "".join(each for each in code.upper() if each.isalnum())
    try:
        return await desk.by("voucher.redeem", "account", account_id).take_voucher(
            token_hash(plain.encode()), account_id, at=desk.now
        )
    except NotFound as error:
        raise Mistaken("code", "This code is not valid: it was used already, is too old, or is mistyped.") from error


async def revoke_voucher(desk: Desk, voucher_id: int) -> None:
    """Let a voucher be worth nothing. Raises NotFound, and AlreadyExists when it was redeemed."""
    await desk.by("voucher.revoke", "voucher", voucher_id).revoke_voucher(voucher_id, at=desk.now)


# --- warnings


async def watch_credit(desk: Desk, account_id: int, warn_below: Credits | None) -> None:
    """Warn an account's owners when less than this is free, or never. Raises Mistaken."""
    if warn_below is not None and not 0 < warn_below <= CREDITS_MAX:
        raise Mistaken("warn_below", "Give an amount of more than 0 credits, or leave it empty.")
    after = {"warn_below": None if warn_below is None else format_credits(warn_below, 6)}
    await desk.by("credit.watch", "account", account_id, after=after).set_credit_watch(account_id, warn_below)


async def warn_below(store: OperatorStore, account_id: int) -> Credits | None:
    """From where on an account's owners want to be warned."""
    return next((row.warn_below for row in await store.credit_watches() if row.account_id == account_id), None)


def is_low(balance: Balance, limit: Credits | None) -> bool:
    """Whether less is free than an account's owners want to have."""
    return limit is not None and balance.free < limit
