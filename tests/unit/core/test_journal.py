"""How a message is written into the journal."""

from __future__ import annotations

from angarium.core.journal import COLUMNS, Entry, csv_row, moment, record

ENTRY = Entry(
    message_id="0123456789abcdef0123456789abcdef",
    account="Acme",
    connection="web",
    client_message_id=None,
    sender="ACME",
    recipient="27990000001",
    carrier="north",
    segments=2,
    status="004",
    state="delivered",
    cause="receipt_delivered",
    error="000",
    rate=800_000,
    charge=1_600_000,
    accepted_at=1_790_000_000_000,
    submitted_at=None,
    changed_at=1_790_000_001_234,
    attempts=1,
    doubts=0,
)


def test_a_record_says_what_things_are() -> None:
    """Amounts are exact decimals, moments are UTC, counts are numbers, and what is not there is null."""
    said = record(ENTRY)

    assert list(said) == list(COLUMNS)
    assert (said["rate"], said["charge"]) == ("0.800000", "1.600000")
    assert (said["accepted_at"], said["submitted_at"]) == ("2026-09-21T14:13:20.000Z", None)
    assert (said["segments"], said["client_message_id"]) == (2, None)


def test_a_row_has_a_cell_for_each_column() -> None:
    """What is not there is an empty cell."""
    cells = dict(zip(COLUMNS, csv_row(ENTRY), strict=True))

    assert (cells["segments"], cells["submitted_at"]) == ("2", "")
    assert cells["changed_at"] == "2026-09-21T14:13:21.234Z"


def test_a_customers_own_reference_is_no_formula() -> None:
    """Whoever opens the file in a spreadsheet runs nothing."""
    cells = csv_row(ENTRY._replace(client_message_id="=HYPERLINK(1)"))

    assert cells[COLUMNS.index("client_message_id")] == "'=HYPERLINK(1)"


def test_a_moment_is_written_to_the_millisecond() -> None:
    """In ISO 8601, UTC."""
    assert moment(1) == "1970-01-01T00:00:00.001Z"
