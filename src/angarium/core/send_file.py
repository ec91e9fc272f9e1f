"""Files of messages: one a line, with the columns to, text, from, clientMessageId; read, checked, joined into requests.

What can be said of a line without knowing the account is said here; whoever sends it has the last word.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from angarium.core.message import CLIENT_MESSAGE_ID_CHARACTERS_MAX
from angarium.core.numbers import BadNumber, is_sender, parse_recipient

RECIPIENTS_PER_REQUEST_MAX: Final = 200
OPEN_LINES_MAX: Final = 20_000
"""Lines held back to be joined with later ones of the same text; more are sent in smaller requests."""
HEADER_CHARACTERS_MAX: Final = 10_000
COLUMNS: Final = ("to", "text", "from", "clientMessageId")


class BadFile(ValueError):
    """The file as a whole cannot be read; the message says what to do."""


class Line(NamedTuple):
    """One message to send. `line_no` is its line in the file, or its place among the numbers given."""

    line_no: int
    recipient: str
    text: str
    sender: str
    client_message_id: str

    @property
    def shared(self) -> tuple[str, str, str]:
        """What the recipients of one request have in common."""
        return (self.text, self.sender, self.client_message_id)


class Problem(NamedTuple):
    """A line that cannot be sent."""

    line_no: int
    sentence: str


def read_lines(
    file: Iterable[str], *, name: str, text: str | None, sender: str | None, text_is: str
) -> Iterator[Line | Problem]:
    """The messages of a CSV file, whose lines are given with their ends, in order.

    `text` and `sender` stand in where the file has none. `name` is what sentences call the file, `text_is` says how to
    give a text for all. Raises BadFile.
    """
    stream = iter(file)
    try:
        yield from _lines_of(stream, name, text=text, sender=sender, text_is=text_is)
    except UnicodeDecodeError as error:
        raise BadFile(f"{name} is not UTF-8 text ({error.reason}): save it as CSV UTF-8.") from error
    except csv.Error as error:
        raise BadFile(f"{name} is not a CSV file that can be read: {error}.") from error


def _lines_of(
    stream: Iterator[str], name: str, *, text: str | None, sender: str | None, text_is: str
) -> Iterator[Line | Problem]:
    first = next(stream, "")[:HEADER_CHARACTERS_MAX]
    delimiter = max(",;\t", key=first.count)
    names = [column.strip() for column in next(csv.reader([first], delimiter=delimiter), [])]
    unknown = [column for column in names if column not in COLUMNS]
    if "to" not in names or unknown or len(set(names)) < len(names):
        raise BadFile(
            f"The first line of {name} must name its columns: to, and if wanted text, from, clientMessageId"
            + (f"; {unknown[0][:40]!r} is none of them." if unknown and "to" in names else ".")
        )
    if "text" not in names and text is None:
        raise BadFile(f"{name} has no column text: add one, or {text_is}.")
    reader = csv.reader(stream, delimiter=delimiter)
    while True:
        line_no = reader.line_num + 2  # the first line of this record: records may span several
        try:
            record = next(reader, None)
        except csv.Error as error:
            yield Problem(line_no, f"it cannot be read: {error}")
            continue
        if record is None:
            return
        if not any(cell.strip() for cell in record):
            continue
        if len(record) > len(names):
            yield Problem(line_no, f"it has {len(record)} cells, but there are {len(names)} columns; quote the text")
            continue
        cells = dict(zip(names, record, strict=False))
        yield checked(
            Line(
                line_no,
                cells.get("to", "").strip(),
                cells.get("text") or text or "",
                cells.get("from", "").strip() or sender or "",
                cells.get("clientMessageId", "").strip(),
            )
        )


def checked(line: Line) -> Line | Problem:
    """The line, or what is wrong with it as far as can be known here."""
    try:
        # Whether a leading 0 has a country prefix to become is the connection's setting: any stands in for it.
        parse_recipient(line.recipient, country_prefix="1")
    except BadNumber:
        return Problem(line.line_no, f"{line.recipient[:40]!r} is not a phone number")
    if not line.text:
        return Problem(line.line_no, "it has no text")
    if line.sender and not is_sender(line.sender):
        return Problem(line.line_no, f"{line.sender[:40]!r} cannot be a sender")
    if len(line.client_message_id) > CLIENT_MESSAGE_ID_CHARACTERS_MAX:
        return Problem(
            line.line_no, f"its clientMessageId is longer than {CLIENT_MESSAGE_ID_CHARACTERS_MAX} characters"
        )
    return line


def batches(lines: Iterable[Line], *, recipients_max: int = RECIPIENTS_PER_REQUEST_MAX) -> Iterator[list[Line]]:
    """Lines joined into requests: so many recipients at the most where text, sender and client message id are one."""
    waiting: dict[tuple[str, str, str], list[Line]] = {}
    held = 0
    for line in lines:
        batch = waiting.setdefault(line.shared, [])
        batch.append(line)
        held += 1
        if len(batch) == recipients_max:
            held -= len(waiting.pop(line.shared))
            yield batch
        elif held > OPEN_LINES_MAX:
            yield from waiting.values()
            waiting, held = {}, 0
    yield from waiting.values()
