"""Credit, as an operator sells it and takes it back."""

from __future__ import annotations

from typing import Final, NamedTuple

from angarium.core.credit import Balance, Credits, format_credits
from angarium.flows.desk import Desk, Mistaken
from angarium.ports.store import LedgerEntry

NOTE_CHARACTERS_MAX: Final = 200


class Bought(NamedTuple):
    """A purchase or adjustment, and where the account's money is since."""

    entry: LedgerEntry
    balance: Balance


async def buy_credit(desk: Desk, account_id: int, amount: Credits, *, note: str, is_trial: bool = False) -> Bought:
    """Add credit, or take free credit back when the amount is negative. Raises Mistaken, AlreadyExists or NotFound.

    Credit to try with is no purchase: until the first one messages carry the operator's text (rest-api 3.2).
    """
    if amount == 0:
        raise Mistaken("amount", "The amount must not be 0.")
    if len(note) > NOTE_CHARACTERS_MAX or not note.isprintable():
        raise Mistaken("note", f"A note has at most {NOTE_CHARACTERS_MAX} printable characters.")
    store = desk.by(
        "credit.buy",
        "account",
        account_id,
        after={"amount": format_credits(amount, 6), "note": note, "is_trial": is_trial},
    )
    entry = await store.buy_credit(account_id, amount, note=note, at=desk.now, is_trial=is_trial)
    return Bought(entry, await desk.store.balance(account_id))
