"""Sending many messages from a CSV file: read and check first, send in batches, keep a journal, go on after a stop.

The journal (`FILE.results.csv`) has a row before each request (`sending`) and one after it (`accepted`, `refused`,
`unsent`), flushed to disk; the last row of a line counts. So a second run sends exactly what the first one did not.
Lines that end with `sending` are in doubt, because the answer was lost: they are sent again only when told to.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from angarium.cli.failures import CommandFailed
from angarium.core import send_file
from angarium.core.csv_cells import disarmed
from angarium.core.send_file import BadFile, Line, Problem

JOURNAL_COLUMNS: Final = ("line", "to", "status", "apiMessageId", "code", "description")

SENDING: Final = "sending"
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
UNSENT: Final = "unsent"


class Outcome(NamedTuple):
    """What became of one line."""

    line: Line
    status: str
    message_id: str = ""
    code: str = ""
    description: str = ""


def read_lines(path: Path, *, text: str | None, sender: str | None) -> Iterator[Line | Problem]:
    """The messages of a CSV file, in order; `text` and `sender` stand in where the file has none.

    Raises CommandFailed when the file as a whole cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from send_file.read_lines(
                stream, name=str(path), text=text, sender=sender, text_is="give --text for all"
            )
    except BadFile as error:
        raise CommandFailed(str(error)) from error


def body_of(batch: Sequence[Line], extra: Mapping[str, str]) -> dict[str, object]:
    """The send request of one batch (rest-api 2.2)."""
    text, sender, client_message_id = batch[0].shared
    body: dict[str, object] = {**extra, "text": text, "to": [line.recipient for line in batch]}
    if sender:
        body["from"] = sender
    if client_message_id:
        body["clientMessageId"] = client_message_id
    return body


class Journal:
    """The results file of one CSV file. Use it as a context manager; leaving it joins the rows of each line to one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = _last_rows(path)
        self._stream: TextIOWrapper | None = None

    def __enter__(self) -> Self:
        is_new = not self.path.exists()
        self._stream = self.path.open("a", encoding="utf-8", newline="")
        if is_new:
            csv.writer(self._stream).writerow(JOURNAL_COLUMNS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._stream is not None, "entered before"
        self._stream.close()
        self._compact()

    def status_of(self, line: Line) -> str | None:
        """What an earlier run did with this line; CommandFailed when the journal is of another file."""
        row = self._last.get(line.line_no)
        if row is None:
            return None
        if row["to"] != disarmed(line.recipient):
            raise CommandFailed(
                f"{self.path} belongs to another file (line {line.line_no} was {row['to']}, now {line.recipient}): "
                "name another with --results, or remove it to start anew."
            )
        return row["status"]

    def record(self, outcomes: Iterable[Outcome]) -> None:
        """Write rows and flush them to disk."""
        assert self._stream is not None, "entered before"
        writer = csv.writer(self._stream)
        for outcome in outcomes:
            row = (
                str(outcome.line.line_no),
                disarmed(outcome.line.recipient),
                outcome.status,
                outcome.message_id,
                outcome.code,
                outcome.description,
            )
            self._last[outcome.line.line_no] = dict(zip(JOURNAL_COLUMNS, row, strict=True))
            writer.writerow(row)
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def _compact(self) -> None:
        """Replace the journal, in one step, by one with a row for each line."""
        new = self.path.with_name(self.path.name + ".new")
        with new.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, JOURNAL_COLUMNS)
            writer.writeheader()
            writer.writerows(row for _, row in sorted(self._last.items()))
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(self.path)


def _last_rows(path: Path) -> dict[int, dict[str, str]]:
    """The last row of each line; a half-written row at the end (a crash) is passed over."""
    rows: dict[int, dict[str, str]] = {}
    if not path.exists():
        return rows
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream)
            if tuple(next(reader, ())) not in {JOURNAL_COLUMNS, ()}:
                raise CommandFailed(f"{path} is not a results file of `angarium send`: name another with --results.")
            for record in reader:
                if len(record) == len(JOURNAL_COLUMNS):
                    with suppress(ValueError):
                        rows[int(record[0])] = dict(zip(JOURNAL_COLUMNS, record, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandFailed(f"{path} cannot be read ({error}): name another with --results.") from error
    return rows


def idempotency_key(path: Path, batch: Sequence[Line]) -> str:
    """The same key whenever the same lines of the same file are sent in one request (rest-api 3.3)."""
    digest = hashlib.sha256(str(path.absolute()).encode(errors="surrogateescape"))
    for line in batch:
        digest.update(f"\0{line.line_no}\0{line.recipient}\0{line.text}\0{line.sender}".encode(errors="replace"))
    return digest.hexdigest()
