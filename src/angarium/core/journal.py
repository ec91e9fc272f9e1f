"""The journal: one record for each message, for billing and audit (a CDR), as CSV or JSON Lines.

Columns are named and ordered here, and nowhere else. New ones are added at the end: a program that reads by place goes
on working.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits, format_credits
from angarium.core.csv_cells import disarmed

AMOUNT_DECIMALS: Final = 6

Value = str | int | None


class Entry(NamedTuple):
    """What the journal says of one message. Names are the columns."""

    message_id: str
    """As its customer knows it."""
    account: str
    connection: str
    client_message_id: str | None
    sender: str
    recipient: str
    carrier: str
    segments: int
    status: str
    """Three digits (rest-api 7)."""
    state: str
    cause: str
    error: str
    """The carrier's own error code."""
    rate: Credits
    """Of one segment."""
    charge: Credits
    """What the customer paid, or will have paid when the message is final."""
    accepted_at: UnixMs
    submitted_at: UnixMs | None
    """When a carrier took the first segment."""
    changed_at: UnixMs
    """When it came to its state."""
    attempts: int
    doubts: int
    """How often its outcome at a carrier was in doubt."""


COLUMNS: Final = Entry._fields
CSV_HEAD: Final = ",".join(COLUMNS) + "\r\n"
"""The line of names before lines of CSV."""
_AMOUNTS: Final = frozenset({"rate", "charge"})


def record(entry: Entry) -> Mapping[str, Value]:
    """The entry as a line of JSON Lines holds it: moments in ISO 8601 UTC, amounts as decimals in a string."""
    return {name: _spelled(name, value) for name, value in zip(COLUMNS, entry, strict=True)}


def csv_row(entry: Entry) -> list[str]:
    """The entry as a row of CSV; what was a customer's to choose cannot run as a formula."""
    return ["" if value is None else disarmed(str(value)) for value in record(entry).values()]


def csv_lines(entries: Iterable[Entry]) -> str:
    """Entries as lines of CSV (RFC 4180), without a line of names."""
    sheet = io.StringIO()
    csv.writer(sheet, lineterminator="\r\n").writerows(map(csv_row, entries))
    return sheet.getvalue()


def moment(at: UnixMs) -> str:
    """A moment in ISO 8601, UTC, to the millisecond."""
    text = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _spelled(name: str, value: str | int | None) -> Value:
    if not isinstance(value, int):
        return value
    if name in _AMOUNTS:
        return format_credits(value, AMOUNT_DECIMALS)
    return moment(value) if name.endswith("_at") else value
