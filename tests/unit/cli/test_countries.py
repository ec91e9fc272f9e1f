"""Countries at the command line."""

from __future__ import annotations


def test_countries_are_listed_by_name(angarium):
    """Many prefixes are cut short for people, and whole for programs."""
    listed = {row["code"]: row for row in angarium("country", "list", "--json").json}

    assert listed["ZA"] == {"code": "ZA", "name": "South Africa", "start": "27", "prefixes": ["27"]}
    assert len(listed["CA"]["prefixes"]) > 40
    assert "more (--json shows all)" in angarium("country", "list").out


def test_a_number_is_told_its_country(angarium):
    """By its prefix alone: how many digits follow does not matter; a code of nobody is said to be that."""
    assert angarium("country", "of", "+2799900001").out == "ZA South Africa\n"
    assert angarium("country", "of", "2109999999").out == "None that we know of.\n"
    assert angarium("country", "of", "0027").code == 2
