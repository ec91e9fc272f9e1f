"""SMPP times, `YYMMDDhhmmsstnnp`, and the dates in receipts, read and written (SMPP 3.4, 7.1.1 and appendix B).

Absolute times become milliseconds since the Unix epoch, UTC; relative ones become seconds. The two-digit year is read
as 2000 to 2069 or 1970 to 1999.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, TypeAlias

from angarium.smpp.errors import MisuseError

UnixMs: TypeAlias = int

QUARTER_S: Final = 15 * 60
DAY_S: Final = 86_400
YEAR_S: Final = 365 * DAY_S  # the length of a relative year and month is not specified; these are the usual reading
MONTH_S: Final = 30 * DAY_S
RELATIVE_S_MAX: Final = 99 * YEAR_S
_QUARTERS_MAX: Final = 48
_CENTURY_SPLIT: Final = 70

_FORM: Final = re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+\-R])")
_DIGITS: Final = re.compile(rb"\d+")
_CENTURY_FIRST: Final = re.compile(rb"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d")


class TimeError(ValueError):
    """The octets are not an SMPP time."""


def unix_ms(year: int, month: int, day: int, hour: int, minute: int, second: int = 0) -> UnixMs:
    """Return a moment given in UTC; TimeError if the calendar has no such moment. A two-digit year is completed."""
    if year < 100:
        year += 2000 if year < _CENTURY_SPLIT else 1900
    try:
        moment = dt.datetime(year, month, day, hour, minute, min(second, 59), tzinfo=dt.UTC)
    except ValueError as error:
        raise TimeError(str(error)) from None
    return int(moment.timestamp()) * 1000


def read_absolute(raw: bytes) -> UnixMs:
    """Return the moment that an absolute time names; TimeError if it is not one."""
    *numbers, tenths, quarters, sign = _parts(raw)
    if sign == b"R":
        raise TimeError("a relative time")
    if int(quarters) > _QUARTERS_MAX:
        raise TimeError(f"{int(quarters)} quarters of an hour from UTC")
    offset_ms = int(quarters) * QUARTER_S * 1000
    year, month, day, hour, minute, second = (int(number) for number in numbers)
    local = unix_ms(year, month, day, hour, minute, second) + int(tenths) * 100
    return local - offset_ms if sign == b"+" else local + offset_ms


def read_relative(raw: bytes) -> int:
    """Return the seconds that a relative time names, its tenths and offset ignored; TimeError if it is not one."""
    years, months, days, hours, minutes, seconds, _, _, sign = _parts(raw)
    if sign != b"R":
        raise TimeError("an absolute time")
    day_parts = int(years) * YEAR_S + int(months) * MONTH_S + int(days) * DAY_S
    return day_parts + int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def read_time(raw: bytes, *, now_at: UnixMs) -> UnixMs | None:
    """Return the moment that either form names, counting a relative one from `now_at`; None for the empty string."""
    if not raw:
        return None
    if raw[-1:] == b"R":
        return now_at + read_relative(raw) * 1000
    return read_absolute(raw)


def write_absolute(at: UnixMs) -> bytes:
    """Return `at` as an absolute time in UTC, to a tenth of a second; MisuseError outside 1970 to 2069."""
    if not 0 <= at < _WRITABLE_END_AT:
        raise MisuseError(f"{at} ms is outside 1970 to 2069")
    seconds, ms = divmod(at, 1000)
    moment = dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
    return moment.strftime("%y%m%d%H%M%S").encode() + b"%d00+" % (ms // 100)


def write_relative(duration_s: int) -> bytes:
    """Return a duration as a relative time; MisuseError if it is negative or over 99 years."""
    if not 0 <= duration_s <= RELATIVE_S_MAX:
        raise MisuseError(f"{duration_s} s is not a relative time")
    years, rest = divmod(duration_s, YEAR_S)
    months, rest = divmod(rest, MONTH_S)
    days, rest = divmod(rest, DAY_S)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    return b"%02d%02d%02d%02d%02d%02d000R" % (years, months, days, hours, minutes, seconds)


def read_receipt_date(raw: bytes, *, utc_offset_s: int = 0) -> UnixMs | None:
    """Return the moment that a date in a receipt's text names, or None if it cannot be read.

    Read are `YYMMDDhhmm`, the same with seconds, both with a four-digit year, all with any separators, and SMPP's
    absolute time. Only the last names its zone; the others are `utc_offset_s` ahead of UTC, a fact about the carrier.
    Twelve digits can be read in two ways: as a four-digit year where that gives a date in this century.
    """
    try:
        if _FORM.fullmatch(raw):
            return read_absolute(raw)
        digits = b"".join(_DIGITS.findall(raw))
        four_digit_year = len(digits) == 14 or (len(digits) == 12 and _CENTURY_FIRST.match(digits) is not None)
        if not four_digit_year and len(digits) not in {10, 12}:
            return None
        year, rest = (digits[:4], digits[4:]) if four_digit_year else (digits[:2], digits[2:])
        return unix_ms(int(year), *(int(rest[i : i + 2]) for i in range(0, len(rest), 2))) - utc_offset_s * 1000
    except TimeError:
        return None


def write_receipt_date(at: UnixMs) -> bytes:
    """Return `at` as `YYMMDDhhmm` in UTC (SMPP 3.4, appendix B)."""
    return write_absolute(at)[:10]


def _parts(raw: bytes) -> tuple[bytes, ...]:
    found = _FORM.fullmatch(raw)
    if found is None:
        raise TimeError(f"{raw!r} is not YYMMDDhhmmsstnnp")
    return found.groups()


_WRITABLE_END_AT: Final = unix_ms(2069, 12, 31, 23, 59, 59) + 1000
