"""The journal by command."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import pytest

from angarium.core.journal import COLUMNS
from tests.gateway import open_gateway


@pytest.fixture
async def two_messages(folder: Path) -> None:
    """A store with two messages, one of them stopped."""
    async with open_gateway(folder / "var") as gateway:
        (message_id,) = await gateway.send()
        await gateway.stop(message_id)
        await gateway.send()


def test_the_journal_is_csv_or_json_lines(two_messages, angarium):
    """The same columns in both; what has not ended comes only with --open."""
    rows = list(csv.DictReader(io.StringIO(angarium("journal", "export", "--since", "2026-01-01").out)))
    lines = angarium("journal", "export", "--since", "2026-01-01T00:00Z", "--format", "jsonl", "--open").out

    assert [row["status"] for row in rows] == ["006"]
    assert [json.loads(line)["status"] for line in lines.splitlines()] == ["006", "008"]
    assert list(rows[0]) == list(json.loads(lines.splitlines()[0])) == list(COLUMNS)


def test_a_file_is_new_and_for_its_owner_only(two_messages, angarium, folder):
    """Nothing is written over, and nobody else reads the numbers."""
    command = ("journal", "export", "--since", "2026-01-01", "--account", "acme", "--output", "out.csv")

    assert "1 messages are in out.csv" in angarium(*command).err
    assert stat.S_IMODE((folder / "out.csv").stat().st_mode) == 0o600
    again = angarium(*command)
    assert (again.code, "is there already" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--since", "yesterday"], "--since takes a day or a moment"),
        (["--since", "2026-01-02", "--until", "2026-01-01"], "must be earlier"),
        (["--since", "2026-01-01", "--account", "Nobody"], "There are: acme."),
    ],
)
def test_a_time_that_is_none_is_told(two_messages, angarium, words, says):
    """In a sentence."""
    ran = angarium("journal", "export", *words)

    assert ran.code != 0
    assert says in ran.err
