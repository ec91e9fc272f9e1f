"""What a message costs, and how its money moves: reserved on acceptance, spent per segment, released for the rest.

Masks have bit n set for segment n. All amounts follow from (rate, segments, sent_mask, state), so a message row and the
ledger can always be held against each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from angarium.core.credit import Credits
from angarium.core.states import OPEN, State


class LedgerMove(NamedTuple):
    """Amounts that change place in one account: each may be negative, and free + reserved + spent must be zero."""

    account_id: int
    free: Credits
    reserved: Credits
    spent: Credits


class ChargeChange(NamedTuple):
    """What happens to the credit of one open message: all that `ledger_move` needs. Equal ones are counted together."""

    account_id: int
    rate: Credits
    segments: int
    sent_mask_before: int
    sent_mask: int
    state: State
    """The state it comes to."""


def full_mask(segments: int) -> int:
    """The mask with a bit for every segment."""
    return (1 << segments) - 1


def charge(*, rate: Credits, segments: int, sent_mask: int, state: State) -> Credits:
    """What this message costs its account: the whole price while it is open, what was spent when it is final."""
    return rate * (segments if state in OPEN else sent_mask.bit_count())


def ledger_move(
    account_id: int, *, rate: Credits, segments: int, sent_mask: int, state: State, sent_mask_before: int
) -> LedgerMove:
    """The move of an open message's credit when it comes to `state` with `sent_mask`."""
    unsent_before = segments - sent_mask_before.bit_count()
    newly_sent = sent_mask.bit_count() - sent_mask_before.bit_count()
    unsent = unsent_before - newly_sent
    released = 0 if state in OPEN else unsent
    return LedgerMove(account_id, rate * released, -rate * (newly_sent + released), rate * newly_sent)


def sum_moves(moves: Iterable[LedgerMove]) -> list[LedgerMove]:
    """One move for each account that has any, so that a batch touches each balance once."""
    sums: dict[int, list[Credits]] = {}
    for account_id, free, reserved, spent in moves:
        amounts = sums.get(account_id)
        if amounts is None:
            sums[account_id] = [free, reserved, spent]
        else:
            amounts[0] += free
            amounts[1] += reserved
            amounts[2] += spent
    return [LedgerMove(account_id, *amounts) for account_id, amounts in sums.items() if any(amounts)]


def ledger_moves(changes: Iterable[ChargeChange]) -> list[LedgerMove]:
    """One move for each account that these changes touch. Most changes of a batch are equal, and computed once."""
    moves: list[LedgerMove] = []
    for (account_id, rate, segments, before, sent_mask, state), count in Counter(changes).items():
        _, free, reserved, spent = ledger_move(
            account_id, rate=rate, segments=segments, sent_mask=sent_mask, state=state, sent_mask_before=before
        )
        moves.append(LedgerMove(account_id, count * free, count * reserved, count * spent))
    return sum_moves(moves)
