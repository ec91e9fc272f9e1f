"""Moments are integers of milliseconds."""

from __future__ import annotations

import json

from angarium.core.clocktime import DAY_MS, HOUR_MS, MINUTE_MS, NEVER, SECOND_MS


def test_durations_fit_into_one_another() -> None:
    """A day is 24 hours of 60 minutes of 60 seconds of 1000 milliseconds."""
    assert (SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS) == (1_000, 60_000, 3_600_000, 86_400_000)


def test_never_is_later_than_any_moment_and_survives_json() -> None:
    """Even a reader that keeps numbers as doubles gets the same moment back, and it fits into 64 bits."""
    assert NEVER > 200_000 * 365 * DAY_MS
    assert int(float(NEVER)) == json.loads(json.dumps(NEVER)) == NEVER
    assert float(NEVER - 1) != float(NEVER)
    assert NEVER < 2**63
