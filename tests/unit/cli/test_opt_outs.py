"""Opt-outs by command line."""

from __future__ import annotations

import json
from pathlib import Path


def test_a_list_is_carried_from_one_account_to_another(angarium, tmp_path: Path) -> None:
    """Added, exported, imported, removed (rest-api 9.5)."""
    angarium("account", "create", "acme", "--country", "any", "--any-sender")
    angarium("account", "create", "other", "--country", "any", "--any-sender")
    assert angarium("optout", "add", "acme", "27990000001", "--sender", "ACME").code == 0
    assert "already" in angarium("optout", "add", "acme", "+27990000001", "--sender", "ACME").out
    assert angarium("optout", "add", "acme", "27990000002").code == 0
    file = tmp_path / "opt-outs.csv"

    assert angarium("optout", "export", "acme", str(file)).code == 0
    imported = angarium("--json", "optout", "import", "other", str(file))

    assert file.read_text().splitlines()[0] == "recipient,sender,since,word"
    assert json.loads(imported.out) == {"account": "other", "added": 2, "known": 0}
    listed = json.loads(angarium("--json", "optout", "list", "other").out)
    assert [(row["recipient"], row["sender"]) for row in listed] == [("27990000001", "ACME"), ("27990000002", "")]
    assert angarium("optout", "remove", "other", "27990000002").code == 0
    assert angarium("optout", "remove", "other", "27990000002").code == 1


def test_a_bad_file_enters_nothing(angarium, tmp_path: Path) -> None:
    """The line is named, and no line before it was taken."""
    angarium("account", "create", "acme", "--country", "any", "--any-sender")
    file = tmp_path / "bad.csv"
    file.write_text("recipient\n27990000001\nnobody\n")

    ran = angarium("optout", "import", "acme", str(file))

    assert (ran.code, "Line 3" in ran.err) == (1, True), ran.err
    assert json.loads(angarium("--json", "optout", "list", "acme").out) == []
    file.write_text("number\n27990000001\n")
    assert "must name its columns" in angarium("optout", "import", "acme", str(file)).err
