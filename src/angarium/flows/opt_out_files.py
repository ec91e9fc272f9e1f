"""Opt-outs as a file: read line by line, so that a person can see what is wrong before anything is entered."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from angarium.core.numbers import Msisdn
from angarium.core.optout import OptOut
from angarium.flows.desk import Desk, Mistaken
from angarium.flows.two_way import opt_out, read_handset, read_opted_sender
from angarium.ports.opt_outs import Pair
from angarium.ports.store import Tx

COLUMNS: Final = ("recipient", "sender", "since", "word")
WORD_CHARACTERS_MAX: Final = 50
ENTERED_PER_COMMIT_MAX: Final = 1_000


class Entry(NamedTuple):
    """One opt-out, as a file names it."""

    recipient: Msisdn
    sender: str
    word: str


class Problem(NamedTuple):
    """A line that cannot be used."""

    line_no: int
    sentence: str


def read_entries(lines: Iterable[str], *, sender: str = "") -> Iterator[Entry | Problem]:
    """The opt-outs of a CSV file whose first line names its columns; `sender` stands in where it has none.

    A file that cannot be read as a whole is one Problem.
    """
    reader = csv.DictReader(lines)
    try:
        names = reader.fieldnames or ()
        if "recipient" not in names:
            yield Problem(1, "The first line must name its columns, recipient among them.")
            return
        for row in reader:
            try:
                handset = read_handset((row["recipient"] or "").strip())
                of = read_opted_sender((row.get("sender") or sender).strip())
            except Mistaken as error:
                yield Problem(reader.line_num, str(error))
            else:
                yield Entry(handset, of, (row.get("word") or "").strip()[:WORD_CHARACTERS_MAX])
    except csv.Error as error:
        yield Problem(reader.line_num, f"This is no CSV: {error}.")


async def known(desk: Desk, account_id: int, entries: Iterable[Entry]) -> int:
    """How many of these are opted out already."""
    pairs = {Pair(account_id, entry.sender, entry.recipient) for entry in entries}

    async def work(tx: Tx) -> int:
        return len(await tx.opted_out(pairs))

    return await desk.store.write(work)


async def enter(desk: Desk, account_id: int, entries: list[Entry]) -> int:
    """Enter them; returns how many are new. Raises NotFound."""
    added = 0
    for first in range(0, len(entries), ENTERED_PER_COMMIT_MAX):
        added += await opt_out(desk, account_id, entries[first : first + ENTERED_PER_COMMIT_MAX])
    return added


async def all_of(desk: Desk, account_id: int, *, after: OptOut | None, limit: int) -> list[OptOut]:
    """The next opt-outs of an account behind one, by handset and sender."""
    place = None if after is None else (after.recipient, after.sender)
    return await desk.store.opt_outs(account_id, after=place, limit=limit)
