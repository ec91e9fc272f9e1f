"""The store as commands open it, and how results are printed."""

from __future__ import annotations

import hashlib


def test_an_empty_store_says_what_there_is_not(angarium):
    """An empty table would leave the question open whether it looked in the right place."""
    for words in (["account"], ["connection"], ["token"], ["carrier"], ["route"], ["rate"]):
        ran = angarium(*words, "list")
        assert (ran.code, ran.out) == (0, "")
        assert "yet" in ran.err
        assert angarium(*words, "list", "--json").json == []


def test_a_folder_that_cannot_be_used_is_told(angarium, folder):
    """One sentence that says what to do, and nothing half-written."""
    (folder / "file").touch()

    ran = angarium("account", "list", "--data-dir", "file/below", "--json")

    assert ran.code == 3
    assert "file/below" in ran.error["message"]
    assert "--data-dir" in ran.error["message"]


def test_a_damaged_store_is_told(angarium, folder):
    """A file that is no database is left as it is."""
    angarium("account", "list", "--data-dir", "d")
    [database] = (folder / "d").glob("*.db")
    for file in (folder / "d").glob("*.db-*"):
        file.unlink()
    octets = hashlib.sha256(b"").digest() * 512
    database.write_bytes(octets)

    ran = angarium("account", "list", "--data-dir", "d")

    assert ran.code == 3
    assert ran.err.count("\n") == 1
    assert database.read_bytes() == octets
