"""When to try again, and when to stop."""

from __future__ import annotations

import pytest

from angarium.core.clocktime import DAY_MS, MINUTE_MS, SECOND_MS
from angarium.core.message import VALIDITY_MIN_MAX
from angarium.core.retry import CALLBACK_RETRIES, SUBMIT_RETRIES, RetrySchedule

NOW = 1_790_000_000_000


@pytest.mark.parametrize(("attempts", "pause_ms"), [(1, 10), (2, 20), (3, None), (4, None), (99, None)])
def test_a_schedule_ends_after_its_last_pause(attempts: int, pause_ms: int | None) -> None:
    """One pause after each failed attempt; when they are used up there is no next time."""
    expected = None if pause_ms is None else NOW + pause_ms

    assert RetrySchedule((10, 20)).next_at(attempts=attempts, now=NOW) == expected


@pytest.mark.parametrize(("attempts", "pause_ms"), [(1, 10), (2, 20), (3, 20), (99, 20)])
def test_a_schedule_can_go_on_for_ever(attempts: int, pause_ms: int) -> None:
    """Repeating its last pause, it never ends by count."""
    assert RetrySchedule((10, 20), repeat_last=True).next_at(attempts=attempts, now=NOW) == NOW + pause_ms


def test_callbacks_are_tried_as_published() -> None:
    """After 2, 4, 8, 16, 32, 64 and 128 minutes, then daily for three days, then never (rest-api 8.5)."""
    due = [CALLBACK_RETRIES.next_at(attempts=attempts, now=0) for attempts in range(1, 13)]

    minutes = [pause * MINUTE_MS for pause in (2, 4, 8, 16, 32, 64, 128)]
    assert due == [*minutes, DAY_MS, DAY_MS, DAY_MS, None, None]


def test_submits_are_tried_until_the_message_expires() -> None:
    """The pauses grow from seconds to a quarter of an hour and never end by count (delivery 2.3)."""
    pauses = [SUBMIT_RETRIES.next_at(attempts=attempts, now=0) for attempts in range(1, 1_000)]

    assert None not in pauses
    assert pauses == sorted(pause for pause in pauses if pause is not None)
    assert (pauses[0], pauses[-1]) == (5 * SECOND_MS, 15 * MINUTE_MS)
    assert VALIDITY_MIN_MAX * MINUTE_MS > 15 * MINUTE_MS
