"""Backups by command."""

from __future__ import annotations

from pathlib import Path

import pytest

from angarium.stores.sqlite.database import DATABASE_FILE
from tests.gateway import open_gateway


@pytest.fixture
async def store(folder: Path) -> None:
    """A store with a message in its queue."""
    async with open_gateway(folder / "var") as gateway:
        await gateway.send()


def test_made_checked_and_restored(store, angarium):
    """Three commands; the last one says what an operator has to look at."""
    made = angarium("backup", "create", "monday", "--json").json
    assert made["files"] == [DATABASE_FILE]
    assert angarium("backup", "check", "monday", "--json").json["whole"]

    ran = angarium("backup", "restore", "monday", "--data-dir", "new")

    assert ran.code == 0
    assert "angarium carrier enable" in ran.err
    assert angarium("credit", "check", "--data-dir", "new").code == 0
    assert angarium("carrier", "list", "--data-dir", "new", "--json").json[0]["enabled"] is False


def test_a_spoilt_backup_is_told_and_not_restored(store, angarium, folder):
    """With an exit code that a script understands."""
    angarium("backup", "create", "monday")
    with (folder / "monday" / DATABASE_FILE).open("r+b") as file:
        file.write(b"spoilt")

    checked = angarium("backup", "check", "monday", "--json")
    ran = angarium("backup", "restore", "monday", "--data-dir", "new")

    assert (checked.code, checked.json["faults"]) == (1, [f"{DATABASE_FILE} is not what was backed up"])
    assert (ran.code, "is not whole" in ran.err) == (3, True)


@pytest.mark.parametrize("words", [["create", "monday"], ["check", "var"], ["restore", "nowhere", "--data-dir", "new"]])
def test_what_cannot_be_done_is_told_in_a_sentence(store, angarium, folder, words):
    """Nothing is written over, and what is no backup is none."""
    (folder / "monday").mkdir()

    ran = angarium("backup", *words)

    assert ran.code == 1
    assert ran.err.count("\n") == 1
