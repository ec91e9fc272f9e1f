"""Rates and periods, with the moment passed in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.core.clocktime import DAY_MS, SECOND_MS
from angarium.core.limits import Bucket, Limits, Period, began_at, ends_at, seconds_until

NOON = 1_790_000_000_000


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """A moment, UTC."""
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()) * SECOND_MS


def test_a_full_bucket_lets_a_second_through_at_once_and_then_one_by_one() -> None:
    """A rate of 5 is five at once, and then one every 200 ms (rest-api 1.2)."""
    bucket = Bucket(5, now=NOON)
    for _ in range(5):
        assert bucket.wait_ms(now=NOON) == 0
        bucket.take(1)

    assert bucket.wait_ms(now=NOON) == 200
    assert bucket.wait_ms(now=NOON + 199) == 1
    assert bucket.wait_ms(now=NOON + 200) == 0


def test_a_request_larger_than_the_rate_gets_through_and_is_paid_off() -> None:
    """Two hundred recipients at ten a second: nothing more for 19.1 seconds."""
    bucket = Bucket(10, now=NOON)
    bucket.take(200)

    assert bucket.wait_ms(now=NOON) == 19_100
    assert bucket.wait_ms(now=NOON + 19_099) > 0
    assert bucket.wait_ms(now=NOON + 19_100) == 0


def test_a_clock_that_is_set_back_takes_nothing_and_gives_nothing() -> None:
    """Only time that passes fills the bucket."""
    bucket = Bucket(1, now=NOON)
    bucket.take(1)

    assert bucket.wait_ms(now=NOON - DAY_MS) == 1_000
    assert bucket.wait_ms(now=NOON - DAY_MS + 1_000) == 0


@given(st.integers(1, 1000), st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 600)), min_size=1, max_size=50))
def test_the_rate_is_kept_over_any_while(per_s: int, steps: list[tuple[int, int]]) -> None:
    """What gets through never exceeds a second's worth, what time has filled, and the last request (rest-api 1.2)."""
    bucket, now, through, last = Bucket(per_s, now=NOON), NOON, 0, 0
    for pause_ms, messages in steps:
        now += pause_ms
        wait_ms = bucket.wait_ms(now=now)
        if wait_ms:
            assert bucket.wait_ms(now=now + wait_ms - 1) > 0, "the wait is not too long"
            now += wait_ms
            assert bucket.wait_ms(now=now) == 0, "and long enough"
        bucket.take(messages)
        through, last = through + messages, messages
        assert through - last <= per_s + (now - NOON) * per_s / SECOND_MS


@pytest.mark.parametrize(
    ("period", "moment", "began", "ends"),
    [
        (Period.DAY, at(2026, 2, 28, 23, 59, 59), at(2026, 2, 28), at(2026, 3, 1)),
        (Period.DAY, at(2026, 3, 1), at(2026, 3, 1), at(2026, 3, 2)),
        (Period.MONTH, at(2026, 2, 28, 23, 59, 59), at(2026, 2, 1), at(2026, 3, 1)),
        (Period.MONTH, at(2026, 12, 31, 12), at(2026, 12, 1), at(2027, 1, 1)),
        (Period.MONTH, at(2028, 2, 29), at(2028, 2, 1), at(2028, 3, 1)),
        (Period.MONTH, at(2026, 1, 1), at(2026, 1, 1), at(2026, 2, 1)),
    ],
)
def test_periods_are_days_and_months_of_utc(period: Period, moment: int, began: int, ends: int) -> None:
    """Each moment belongs to one of each, and the next begins where it ends."""
    assert (began_at(period, moment), ends_at(period, moment)) == (began, ends)
    assert began_at(period, ends) == ends
    assert began_at(period, ends - 1) == began


def test_a_wait_is_told_in_whole_seconds_and_never_too_short() -> None:
    """Whoever waits so long is let in."""
    assert [seconds_until(NOON + wait_ms, now=NOON) for wait_ms in (0, 1, 1000, 1001)] == [1, 1, 1, 2]


def test_a_rate_needs_no_count() -> None:
    """Only days and months are kept in the store."""
    assert not Limits(messages_per_s_max=1).is_counted
    assert Limits(messages_per_day_max=0).is_counted
    assert Limits(credits_per_month_max=1).is_counted
