"""Price lists as CSV: read as a whole, and held against what there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.core import sheets
from angarium.core.routing import CostEntry, RateEntry, RouteEntry
from angarium.core.sheets import Change, Fault, Key, Kind, Names, Row, Scope

NAMES = Names({"Acme": 7, "Other, Ltd": 8}, {"north": 1, "south": 2})


def read(kind: Kind, text: str, **more) -> sheets.Sheet:
    """A file with this text."""
    return sheets.read(kind, text.splitlines(keepends=True), names=NAMES, **more)


def test_rates_are_read_by_their_columns() -> None:
    """In any order, optional ones missing or empty, a plus and spaces allowed, as spreadsheets save them."""
    text = "\ufeffRate;Prefix;Account\n0,8;27;\n".replace(",", ".") + '1;"+2782";Acme\n\n0;;"Other, Ltd"\n'

    sheet = read(Kind.RATES, text)

    assert sheet == ({("27", "", ""): 800_000, ("2782", "Acme", ""): 1_000_000, ("", "Other, Ltd", ""): 0}, [], 0)


def test_routes_and_costs_are_read() -> None:
    """A quality that is not given is the usual one; a sender in its stored form."""
    routes = read(Kind.ROUTES, "prefix,carrier,sender,quality\n27,north,,\n27,south,'+2712345,80\n")
    costs = read(Kind.COSTS, "carrier,prefix,cost\nnorth,27,0.55\n")

    assert routes.rows == {("27", "north", "", ""): 50, ("27", "south", "", "2712345"): 80}
    assert costs.rows == {("27", "north"): 550_000}


@pytest.mark.parametrize(
    ("kind", "text", "line", "says"),
    [
        (Kind.RATES, "", 1, "the column 'prefix' is missing"),
        (Kind.RATES, "prefix,price\n", 1, "'price' is no column of this file: it has prefix, account, carrier, rate"),
        (Kind.RATES, "prefix,rate,rate\n", 1, "a column is there twice"),
        (Kind.RATES, "prefix,rate\n0027,1\n", 2, "'0027' is not a prefix"),
        (Kind.RATES, "prefix,rate\n27,-1\n", 2, "a price is 0 or more"),
        (Kind.RATES, "prefix,rate\n27,cheap\n", 2, "give a number such as 0.8"),
        (Kind.RATES, "prefix,rate\n27,\n", 2, "give a number such as 0.8"),
        (Kind.RATES, "prefix,rate\n27\n", 2, "give a number such as 0.8"),
        (Kind.RATES, "prefix,rate\n27,1,2\n", 2, "more cells than there are columns"),
        (Kind.RATES, "prefix,rate\n27,1\n\n27,2\n", 4, "line 2 says the same already"),
        (Kind.RATES, "prefix,rate,account\n27,1,Nobody\n", 2, "there is no account 'Nobody': create it first"),
        (Kind.RATES, f"prefix,rate\n27,{'1' * 201}\n", 2, "200 characters at the most"),
        (Kind.COSTS, "prefix,cost,carrier\n27,1,east\n", 2, "there is no carrier 'east': add it first"),
        (Kind.COSTS, "prefix,cost\n27,1\n", 1, "the column 'carrier' is missing"),
        (Kind.COSTS, "prefix,cost,carrier\n27,1,\n", 2, "say which carrier"),
        (Kind.ROUTES, "prefix,carrier,quality\n27,north,101\n", 2, "a whole number from 0 to 100"),
        (Kind.ROUTES, "prefix,carrier,sender\n27,north,no/sender\n", 2, "is not a sender"),
        (Kind.RATES, 'prefix,rate\n27,"1\n', 2, "no line of CSV"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_cure(kind: Kind, text: str, line: int, says: str) -> None:
    """Every one of them, and the file as a whole is not taken."""
    sheet = read(kind, text)

    assert sheet.faults_count == len(sheet.faults) == 1
    assert sheet.faults[0].line == line
    assert says in sheet.faults[0].sentence


def test_all_mistakes_are_counted_and_the_first_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of nonsense fills neither memory nor screen."""
    monkeypatch.setattr(sheets, "FAULTS_MAX", 2)
    sheet = read(Kind.RATES, "prefix,rate\n" + "x,1\n" * 5)

    assert [fault.line for fault in sheet.faults] == [2, 3]
    assert sheet.faults_count == 5


def test_a_file_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an endless one no more is read than may be taken."""
    monkeypatch.setattr(sheets, "ROWS_MAX", 3)

    def endless():
        yield "prefix,rate\n"
        number = 10
        while True:
            yield f"{number},1\n"
            number += 1

    sheet = sheets.read(Kind.RATES, endless(), names=NAMES)

    assert sheet.faults == [Fault(5, "a file may have 3 rows: split it, with --keep")]


def test_a_scope_stands_in_for_a_column() -> None:
    """A carrier's own list needs no column for it; a row of another is a mistake."""
    scope = Scope(carrier="north")

    assert read(Kind.COSTS, "prefix,cost\n27,1\n", scope=scope).rows == {("27", "north"): 1_000_000}
    assert (
        "of another carrier than north"
        in read(Kind.COSTS, "prefix,cost,carrier\n27,1,south\n", scope=scope).faults[0].sentence
    )
    entries = [CostEntry(1, 1, "27", 5), CostEntry(2, 2, "27", 6)]
    assert sheets.rows_of(entries, names=NAMES, scope=scope) == {("27", "north"): (1, 5)}


def test_a_difference_says_from_what_to_what() -> None:
    """Added, changed, removed, the same; with `keep` nothing is removed."""
    now: dict[Key, tuple[int, int]] = {("27", "", ""): (1, 5), ("28", "", ""): (2, 6), ("29", "", ""): (3, 7)}
    then: dict[Key, int] = {("27", "", ""): 5, ("28", "", ""): 8, ("30", "", ""): 9}

    difference = sheets.compare(now, then, keep=False)

    assert difference.added == [Row(("30", "", ""), 9)]
    assert difference.changed == [Change(("28", "", ""), 6, 8)]
    assert difference.removed == [Row(("29", "", ""), 7)]
    assert difference.same == 1
    assert not difference.is_empty
    assert sheets.compare(now, then, keep=True).removed == []
    assert sheets.compare(now, {key: value for key, (_, value) in now.items()}, keep=False).is_empty


PREFIXES = st.from_regex(r"(?:[1-9][0-9]{0,14})?", fullmatch=True)
ENTRIES = {
    Kind.RATES: st.builds(
        RateEntry,
        st.just(0),
        PREFIXES,
        st.integers(0, 10**15),
        st.sampled_from([None, 7, 8]),
        st.sampled_from([None, 1]),
    ),
    Kind.COSTS: st.builds(CostEntry, st.just(0), st.sampled_from([1, 2]), PREFIXES, st.integers(0, 10**15)),
    Kind.ROUTES: st.builds(
        RouteEntry,
        st.just(0),
        PREFIXES,
        st.sampled_from([1, 2]),
        st.sampled_from([None, 7, 8]),
        st.sampled_from([None, "Bank", "27999"]),
        st.integers(0, 100),
    ),
}


@given(st.data(), st.sampled_from(Kind))
def test_what_is_written_is_read_back(data, kind: Kind) -> None:
    """An export is an import without a difference, and its entries are the ones that were there."""
    entries = data.draw(st.lists(ENTRIES[kind], max_size=20))
    now = sheets.rows_of(entries, names=NAMES)

    lines = list(sheets.write(kind, [Row(key, value) for key, (_, value) in now.items()]))
    sheet = sheets.read(kind, lines, names=NAMES)

    assert (sheet.faults, sheets.compare(now, sheet.rows, keep=False).is_empty) == ([], True)
    rows = [Row(key, value) for key, value in sheet.rows.items()]
    assert set(sheets.entries_of(kind, rows, names=NAMES)) <= set(entries)


@given(st.text(), st.sampled_from(Kind))
def test_nothing_in_a_file_raises(text: str, kind: Kind) -> None:
    """Whatever it holds, it is rows or mistakes."""
    sheet = read(kind, text)

    assert sheet.rows or sheet.faults or not sheet.faults_count


def test_a_cell_cannot_become_a_formula() -> None:
    """A carrier with a name like one is written so that a spreadsheet shows it."""
    names = Names({}, {"=1+1": 3})

    lines = list(sheets.write(Kind.COSTS, [Row(("27", "=1+1"), 5)]))

    assert lines[1] == "27,'=1+1,0.000005\n"
    assert sheets.read(Kind.COSTS, lines, names=names).rows == {("27", "=1+1"): 5}
