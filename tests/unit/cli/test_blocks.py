"""The block list, each command its own run."""

from __future__ import annotations


def test_numbers_are_blocked_listed_and_freed(made):
    """Numbers and prefixes, for all or for one account (rest-api 5)."""
    assert made("block", "add", "+27990000001", "27990000002", "--note", "by phone", "--json").json["new"] == 2
    assert made("block", "add", "2798", "--prefix", "--account", "Acme", "--delisted", "--json").json["new"] == 1
    assert made("block", "add", "27990000001", "--json").json["new"] == 0

    rows = made("block", "list", "--json").json
    assert [(row["digits"], row["kind"], row["account"], row["delisted"]) for row in rows] == [
        ("27990000001", "number", None, False),
        ("27990000002", "number", None, False),
        ("2798", "prefix", "Acme", True),
    ]
    assert [row["digits"] for row in made("block", "list", "--after", "1", "--limit", "1", "--json").json] == [
        "27990000002"
    ]
    assert [row["digits"] for row in made("block", "list", "--number", "+2798 000 0001", "--json").json] == ["2798"]
    assert "It meets no block." in made("block", "list", "--number", "4420000001").err
    assert made("block", "remove", "27990000001", "27990000009", "--json").json["removed"] == 1
    assert made("block", "remove", "2798", "--prefix", "--json").json["removed"] == 0
    assert made("block", "remove", "2798", "--prefix", "--account", "Acme", "--json").json["removed"] == 1
    assert len(made("block", "list", "--json").json) == 1


def test_a_file_is_imported_whole_or_not_at_all(made, folder):
    """Every line that is no number is told with its place."""
    good, bad = folder / "good.txt", folder / "bad.txt"
    good.write_text("# do not call\n27990000001\n\n+27990000002  # moved\n27990000001\n")
    bad.write_text("27990000003\nnobody\n0821234567\n")

    assert made("block", "import", str(good), "--delisted", "--json").json == {"new": 2, "given": 2}
    refused = made("block", "import", str(bad))

    assert refused.code == 2
    assert "line 2: 'nobody'" in refused.err
    assert "line 3: '0821234567'" in refused.err
    assert [row["digits"] for row in made("block", "list", "--json").json] == ["27990000001", "27990000002"]


def test_what_cannot_be_blocked_is_told(made, folder):
    """With what to give instead."""
    (folder / "empty.txt").write_text("# nothing\n")

    assert "is not a number" in made("block", "add", "nobody").err
    assert "is not a number" in made("block", "list", "--number", "nobody").err
    assert "is not a prefix" in made("block", "add", "0", "--prefix").err
    assert "holds no number" in made("block", "import", str(folder / "empty.txt")).err
    assert "There are: Acme." in made("block", "add", "27990000001", "--account", "Nobody").err
    assert made("block", "import", "nowhere.txt").code == 3
    assert "at most 200" in made("block", "add", "27990000001", "--note", "x" * 201).err
