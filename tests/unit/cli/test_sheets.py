"""Price lists at the command line."""

from __future__ import annotations

import io
import sys

import pytest

HEADER = "prefix,account,carrier,rate\n"


def test_a_dry_run_shows_the_difference_and_changes_nothing(made, folder):
    """Counts and lines; then the same without it does it, once and not twice."""
    (folder / "rates.csv").write_text(f"{HEADER}27,,,0.9\n44,Acme,,1\n")
    before = made("rate", "list").out

    shown = made("rate", "import", "rates.csv", "--dry-run", "--json").json

    assert {name: shown[name] for name in ("added", "changed", "removed", "same", "done")} == {
        "added": 1,
        "changed": 1,
        "removed": 0,
        "same": 0,
        "done": False,
    }
    assert shown["lines"][1] == {
        "change": "~",
        "prefix": "27",
        "account": "",
        "carrier": "",
        "from": "0.800000",
        "to": "0.900000",
    }
    assert made("rate", "list").out == before
    assert made("rate", "import", "rates.csv").out.endswith("1 added, 1 changed, 0 removed, 0 same.\n")
    assert made("rate", "import", "rates.csv").out == "0 added, 0 changed, 0 removed, 2 same.\n"


def test_a_file_with_a_mistake_changes_nothing(made, folder):
    """Each mistake is told with its line, and the good lines beside it are not taken either."""
    (folder / "rates.csv").write_text(f"{HEADER}44,,,1\nx,,,1\n45,Nobody,,1\n")

    ran = made("rate", "import", "rates.csv")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[0].startswith("Line 3: 'x' is not a prefix")
    assert ran.err.splitlines()[1].startswith("Line 4: there is no account 'Nobody'")
    assert ran.err.splitlines()[2] == "Nothing was changed."
    assert len(made("rate", "list", "--json").json) == 1


@pytest.mark.parametrize("kind", ["route", "rate", "cost"])
def test_an_export_is_an_import_without_a_difference(made, folder, kind):
    """Also through a file, and of one carrier alone."""
    made("cost", "set", "north", "27", "0.5")
    made("route", "add", "27", "north", "--account", "Acme", "--sender", "Bank")

    assert made(kind, "export", "all.csv").code == 0
    assert made(kind, "export").out == (folder / "all.csv").read_text()
    ran = made(kind, "import", "all.csv", "--dry-run", "--json").json
    assert (ran["added"], ran["changed"], ran["removed"]) == (0, 0, 0)
    assert ran["same"] > 0
    assert made(kind, "export", "--carrier", "north").code == 0


def test_a_carriers_list_replaces_its_own_alone(made, folder, monkeypatch):
    """Other carriers' costs stay; with --keep nothing is removed; - is standard input."""
    made("carrier", "add", "south", "--host", "smsc.example")
    for carrier, prefix in (("north", "27"), ("north", "44"), ("south", "27")):
        made("cost", "set", carrier, prefix, "0.5")

    def given(text):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    given("prefix,cost\n27,0.6\n")
    assert made("cost", "import", "-", "--carrier", "north", "--keep").out.endswith(
        "0 added, 1 changed, 0 removed, 0 same.\n"
    )
    given("prefix,cost\n27,0.6\n")
    assert made("cost", "import", "-", "--carrier", "north").out.endswith("0 added, 0 changed, 1 removed, 1 same.\n")
    assert [(row["carrier"], row["prefix"]) for row in made("cost", "list", "--json").json] == [
        ("north", "27"),
        ("south", "27"),
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rate", "import", "nowhere.csv"], "cannot be read"),
        (["rate", "import", "latin.csv"], "is not UTF-8 text"),
        (["cost", "import", "latin.csv", "--account", "Acme"], "leave --account out"),
    ],
)
def test_a_file_that_is_none_is_told_in_a_sentence(made, folder, words, says):
    """With what to do."""
    (folder / "latin.csv").write_bytes(b"prefix,rate\n27,\xe9\n")

    assert says in made(*words).err
