"""Counting what became of messages."""

from __future__ import annotations

from collections import Counter

import pytest

from angarium.core.states import Cause, State
from angarium.core.tallies import BUCKET_MS, Tally, bin_end_ms, bin_of, bucket_of

DELIVERED = (State.DELIVERED, Cause.RECEIPT_DELIVERED)
QUEUED = (State.QUEUED, Cause.ACCEPTED)


def test_a_moment_is_in_one_bucket() -> None:
    """From its beginning until before the next."""
    assert [bucket_of(at) for at in (0, BUCKET_MS - 1, BUCKET_MS)] == [0, 0, BUCKET_MS]


@pytest.mark.parametrize("took_ms", [0, 1, 100, 101, 113, 999, 4_200, 60_000, 86_400_000, 259_200_000])
def test_a_time_is_known_to_an_eighth(took_ms: int) -> None:
    """Its bin ends no more than an eighth above it."""
    end_ms = bin_end_ms(bin_of(took_ms))

    assert max(took_ms, 100) - 1 <= end_ms <= max(took_ms, 100) * 1.126


def test_bins_grow_with_time() -> None:
    """A longer time is never in an earlier bin."""
    bins = [bin_of(took_ms) for took_ms in range(0, 100_000, 7)]

    assert bins == sorted(bins)
    assert len(set(bins)) > 50


def test_sums_keep_the_median() -> None:
    """Of all of them together, not of their medians."""
    quick = Tally(Counter({DELIVERED: 9}), 9, Counter({bin_of(1_000): 9}))
    slow = Tally(Counter({DELIVERED: 1, QUEUED: 2}), 1, Counter({bin_of(60_000): 1}))

    total = Tally.total([quick, slow])

    assert (total.accepted, total.count(State.DELIVERED), total.spent) == (12, 10, 10)
    assert total.within_ms(0.5) == bin_end_ms(bin_of(1_000))
    assert total.within_ms(0.95) == bin_end_ms(bin_of(60_000))
    assert Tally().within_ms(0.5) is None
    assert (quick.may_change, slow.may_change) == (False, True)
