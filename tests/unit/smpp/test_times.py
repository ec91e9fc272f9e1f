"""SMPP times and the dates in receipts."""

from __future__ import annotations

import pytest

from angarium.smpp.errors import MisuseError
from angarium.smpp.times import (
    TimeError,
    read_absolute,
    read_receipt_date,
    read_relative,
    read_time,
    unix_ms,
    write_absolute,
    write_receipt_date,
    write_relative,
)

MOMENT_AT = unix_ms(2026, 11, 22, 15, 30, 45)


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        (b"261122153045000+", MOMENT_AT),
        (b"261122153045700+", MOMENT_AT + 700),
        (b"261122173045008+", MOMENT_AT),  # two hours ahead of UTC
        (b"261122103045020-", MOMENT_AT),  # five hours behind
        (b"700101000000000+", 0),
        (b"991231235959000+", 946_684_799_000),
    ],
)
def test_an_absolute_time_names_a_moment(raw: bytes, at: int) -> None:
    """SMPP 3.4, 7.1.1.1: local time and its distance from UTC in quarters of an hour."""
    assert read_absolute(raw) == at


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (b"000000000000000R", 0),
        (b"000007000000000R", 604_800),
        (b"000000010203000R", 3_723),
        (b"010203040506000R", 365 * 86_400 + 63 * 86_400 + 14_706),
    ],
)
def test_a_relative_time_is_a_duration(raw: bytes, seconds: int) -> None:
    """SMPP 3.4, 7.1.1.2: years, months, days, hours, minutes and seconds from now."""
    assert read_relative(raw) == seconds


def test_a_field_holds_either_form_or_nothing() -> None:
    """An empty validity_period is the SMSC's default."""
    assert read_time(b"", now_at=MOMENT_AT) is None
    assert read_time(b"000000000100000R", now_at=MOMENT_AT) == MOMENT_AT + 60_000
    assert read_time(b"261122153045000+", now_at=0) == MOMENT_AT


@pytest.mark.parametrize(
    "raw",
    [b"", b"2611221530", b"261322153045000+", b"261122153045049+", b"261122153045000X", b"2611221530450000", b"R" * 16],
)
def test_what_is_not_a_time_is_an_error(raw: bytes) -> None:
    """Neither form reads it."""
    with pytest.raises(TimeError):
        read_absolute(raw)
    with pytest.raises(TimeError):
        read_relative(raw)


def test_each_form_refuses_the_other() -> None:
    """R is relative, plus and minus are absolute."""
    with pytest.raises(TimeError):
        read_absolute(b"000007000000000R")
    with pytest.raises(TimeError):
        read_relative(b"261122153045000+")


def test_times_are_written_in_utc() -> None:
    """To a tenth of a second, and with no offset."""
    assert write_absolute(MOMENT_AT + 730) == b"261122153045700+"
    assert write_relative(604_800 + 3_723) == b"000007010203000R"
    assert write_receipt_date(MOMENT_AT) == b"2611221530"


@pytest.mark.parametrize("at", [-1, unix_ms(2069, 12, 31, 23, 59, 59) + 1000])
def test_a_moment_beyond_two_digits_is_misuse(at: int) -> None:
    """The form has only two digits for the year."""
    with pytest.raises(MisuseError):
        write_absolute(at)


@pytest.mark.parametrize("duration_s", [-1, 99 * 365 * 86_400 + 1])
def test_a_duration_beyond_the_form_is_misuse(duration_s: int) -> None:
    """The form has two digits for each part and no sign."""
    with pytest.raises(MisuseError):
        write_relative(duration_s)


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        (b"2611221530", MOMENT_AT - 45_000),
        (b"261122153045", MOMENT_AT),
        (b"202611221530", MOMENT_AT - 45_000),
        (b"20261122153045", MOMENT_AT),
        (b"2026-11-22 15:30:45", MOMENT_AT),
        (b"26/11/22 15:30", MOMENT_AT - 45_000),
        (b"261122153045000+", MOMENT_AT),
        (b"20122612153045", None),  # month 26
        (b"201226121530", unix_ms(2020, 12, 26, 12, 15, 30)),  # not a date with a four-digit year
        (b"", None),
        (b"0", None),
        (b"0000000000", None),
        (b"yesterday", None),
    ],
)
def test_dates_in_receipts_are_read_in_every_known_form(raw: bytes, at: int | None) -> None:
    """With and without seconds, century and separators; what is no date is None, not an error."""
    assert read_receipt_date(raw) == at


def test_the_zone_of_a_receipts_date_is_a_fact_about_the_carrier() -> None:
    """A carrier at GMT+2 writes local time."""
    assert read_receipt_date(b"2611221730", utc_offset_s=7200) == MOMENT_AT - 45_000
