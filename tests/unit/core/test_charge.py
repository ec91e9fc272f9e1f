"""Money moves with the message: reserved on acceptance, spent per segment, released for the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.core.charge import LedgerMove, charge, full_mask, ledger_move, sum_moves
from angarium.core.credit import CREDIT, Balance
from angarium.core.states import FINAL, OPEN, State

RATE = 8 * CREDIT // 10
amounts = st.integers(-(10**12), 10**12)
moves = st.builds(
    lambda account_id, free, spent: LedgerMove(account_id, free, -free - spent, spent),
    st.integers(1, 4),
    amounts,
    amounts,
)


@pytest.mark.parametrize(("segments", "mask"), [(0, 0), (1, 1), (2, 0b11), (3, 0b111), (35, 2**35 - 1)])
def test_the_full_mask_has_a_bit_for_every_segment(segments: int, mask: int) -> None:
    """Bit n stands for segment n."""
    assert full_mask(segments) == mask


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("sent_mask", "sent"), [(0, 0), (0b001, 1), (0b101, 2), (0b111, 3)])
def test_an_open_message_costs_its_price_and_a_final_one_what_was_spent(
    state: State, sent_mask: int, sent: int
) -> None:
    """Nobody pays for segments that never left; until then the whole price is promised."""
    expected = 3 * RATE if state in OPEN else sent * RATE

    assert charge(rate=RATE, segments=3, sent_mask=sent_mask, state=state) == expected


@pytest.mark.parametrize(
    ("state", "before", "after", "free", "reserved", "spent"),
    [
        (State.QUEUED, 0b000, 0b000, 0, 0, 0),
        (State.QUEUED, 0b000, 0b001, 0, -1, 1),
        (State.SUBMITTING, 0b001, 0b011, 0, -1, 1),
        (State.SUBMITTED, 0b000, 0b111, 0, -3, 3),
        (State.SUBMITTED, 0b011, 0b111, 0, -1, 1),
        (State.REJECTED, 0b000, 0b000, 3, -3, 0),
        (State.REJECTED, 0b000, 0b001, 2, -3, 1),
        (State.EXPIRED, 0b001, 0b001, 2, -2, 0),
        (State.CANCELLED, 0b000, 0b000, 3, -3, 0),
        (State.UNKNOWN, 0b000, 0b111, 0, -3, 3),
        (State.UNKNOWN, 0b001, 0b011, 1, -2, 1),
        (State.DELIVERED, 0b111, 0b111, 0, 0, 0),
    ],
)
def test_each_step_moves_its_credit(
    state: State, before: int, after: int, free: int, reserved: int, spent: int
) -> None:
    """A taken segment is spent; what is unsent when a message ends is released; nothing else moves."""
    move = ledger_move(7, rate=RATE, segments=3, sent_mask=after, state=state, sent_mask_before=before)

    assert move == LedgerMove(7, free * RATE, reserved * RATE, spent * RATE)


@given(
    rate=st.integers(0, 10**9),
    segments=st.integers(1, 35),
    masks=st.lists(st.integers(0, 2**35 - 1), max_size=6),
    last=st.sampled_from(sorted(FINAL)),
)
def test_money_stays_balanced_along_any_way(rate: int, segments: int, masks: list[int], last: State) -> None:
    """Purchased is free, reserved and spent at every step; at the end nothing is reserved, and the charge is spent
    (delivery 1.5).
    """
    price = rate * segments
    balance = Balance(purchased=price, free=0, reserved=price, spent=0)
    sent_mask = 0
    for at, mask in enumerate(masks):
        before, sent_mask = sent_mask, sent_mask | mask & full_mask(segments)
        state = last if at == len(masks) - 1 else State.QUEUED
        move = ledger_move(1, rate=rate, segments=segments, sent_mask=sent_mask, state=state, sent_mask_before=before)
        balance = moved(balance, move)
        assert balance.adds_up
        assert balance.reserved + balance.spent == charge(
            rate=rate, segments=segments, sent_mask=sent_mask, state=state
        )
    assert not masks or balance.reserved == 0


def moved(balance: Balance, move: LedgerMove) -> Balance:
    """The balance after one move."""
    return Balance(
        balance.purchased, balance.free + move.free, balance.reserved + move.reserved, balance.spent + move.spent
    )


@given(st.lists(moves))
def test_a_sum_moves_as_much_as_its_parts(parts: list[LedgerMove]) -> None:
    """One move an account, none that moves nothing, and each place gets what it would have got one by one."""
    summed = sum_moves(parts)

    assert len({move.account_id for move in summed}) == len(summed)
    assert all(any(move[1:]) for move in summed)
    for account_id in range(1, 5):
        for place in (1, 2, 3):
            one_by_one = sum(move[place] for move in parts if move.account_id == account_id)
            assert sum(move[place] for move in summed if move.account_id == account_id) == one_by_one


def test_nothing_moves_nothing() -> None:
    """An empty batch, and one of empty moves, touch no balance."""
    assert sum_moves([]) == []
    assert sum_moves([LedgerMove(1, 0, 0, 0), LedgerMove(2, 5, -5, 0), LedgerMove(2, -5, 5, 0)]) == []
