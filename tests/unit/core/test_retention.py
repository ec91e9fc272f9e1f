"""How long text and numbers are kept."""

from __future__ import annotations

import pytest

from angarium.core.clocktime import DAY_MS, HOUR_MS, MINUTE_MS, UnixMs
from angarium.core.retention import LATE_RECEIPTS_MS, RETENTION, Due, Retention, due

AT: UnixMs = 1_790_000_000_000
EXPIRES: UnixMs = AT + DAY_MS


def asked(days_later: float, *, text_days: int = 30, number_days: int = 365) -> Due:
    """What is due of a request of that age."""
    retention = Retention(text_days=text_days, number_days=number_days)
    return due(retention, accepted_at=AT, expires_at=EXPIRES, now=AT + round(days_later * DAY_MS))


def test_text_goes_first_and_numbers_later() -> None:
    """Each at its own day, and the next look is for the one that is left."""
    assert asked(29) == Due(text=False, numbers=False, next_at=AT + 30 * DAY_MS)
    assert asked(30) == Due(text=True, numbers=False, next_at=AT + 365 * DAY_MS)
    assert asked(365) == Due(text=True, numbers=True, next_at=None)


def test_a_number_stays_while_a_receipt_may_come() -> None:
    """Receipts are matched by it for a week after the validity (delivery 3.7)."""
    assert asked(1, text_days=0, number_days=0) == Due(text=True, numbers=False, next_at=EXPIRES + LATE_RECEIPTS_MS)
    assert asked(8, text_days=0, number_days=0) == Due(text=True, numbers=True, next_at=None)


def test_a_text_of_no_days_is_looked_for_soon() -> None:
    """After a minute at first, then ever less often while the message stays open, and never later than planned."""
    at_once = Retention(text_days=0)

    assert at_once.first_check_at(accepted_at=AT, expires_at=EXPIRES) == AT + MINUTE_MS
    assert at_once.next_check_at(accepted_at=AT, now=AT + MINUTE_MS, at_the_latest=EXPIRES) == AT + 2 * MINUTE_MS
    assert at_once.next_check_at(accepted_at=AT, now=AT + 10 * HOUR_MS, at_the_latest=EXPIRES) == AT + 11 * HOUR_MS
    assert at_once.next_check_at(accepted_at=AT, now=EXPIRES - 1, at_the_latest=EXPIRES) == EXPIRES


@pytest.mark.parametrize("text_days", [1, 30])
def test_otherwise_nobody_looks_before_the_validity_ends(text_days: int) -> None:
    """A request is looked at once for its validity, and nothing is added to that."""
    patient = Retention(text_days=text_days)

    assert patient.first_check_at(accepted_at=AT, expires_at=EXPIRES) == EXPIRES
    assert patient.next_check_at(accepted_at=AT, now=AT, at_the_latest=EXPIRES + 1) == EXPIRES + 1


def test_what_an_operator_gets_who_says_nothing() -> None:
    """A month of texts, a year of numbers."""
    assert (RETENTION.text_days, RETENTION.number_days) == (30, 365)
