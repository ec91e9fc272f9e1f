"""Routes, rates and costs as CSV, and the difference between a file and what there is.

    prefix,rate,account,carrier            rates
    prefix,carrier,cost                    costs
    prefix,carrier,account,sender,quality  routes

The first line names the columns, in any order; optional ones may be missing or empty. A file is read line by line and
judged as a whole: every mistake is told with its line and its cure, and nothing is changed while there is one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from angarium.core.credit import BadAmount, format_credits, parse_credits
from angarium.core.csv_cells import armed, disarmed
from angarium.core.numbers import MSISDN_DIGITS_MAX, is_sender, normal_sender
from angarium.core.routing import QUALITY_DEFAULT, QUALITY_MAX, CostEntry, RateEntry, RouteEntry

ROWS_MAX: Final = 200_000
CELL_CHARACTERS_MAX: Final = 200
FAULTS_MAX: Final = 100
"""Mistakes told of one file; the rest is counted."""


class Kind(Enum):
    """What a sheet is of. The value is its columns, the required ones first, what it says of them last."""

    ROUTES = ("prefix", "carrier", "account", "sender", "quality")
    RATES = ("prefix", "account", "carrier", "rate")
    COSTS = ("prefix", "carrier", "cost")

    @property
    def columns(self) -> tuple[str, ...]:
        """All of its columns."""
        return tuple(self.value)

    @property
    def required(self) -> frozenset[str]:
        """Columns that a file must have."""
        return frozenset({"prefix", "carrier", "rate", "cost"} & set(self.columns)) - (
            {"carrier"} if self is Kind.RATES else set()
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns by which a row is known."""
        return self.columns[:-1]


class Names(NamedTuple):
    """Accounts and carriers by name: files know no numbers."""

    accounts: Mapping[str, int]
    carriers: Mapping[str, int]


class Scope(NamedTuple):
    """What a file is about; None is everything. Rows of other accounts or carriers are neither read nor removed."""

    account: str | None = None
    carrier: str | None = None


EVERYTHING: Final = Scope()
Key = tuple[str, ...]
"""The cells by which a row is known, in the order of `Kind.keys`; an empty one is everybody's."""


class Row(NamedTuple):
    """One row: its key, and its quality, rate or cost."""

    key: Key
    value: int


class Fault(NamedTuple):
    """One mistake in a file."""

    line: int
    sentence: str
    """What is wrong and what to do."""


class Sheet(NamedTuple):
    """A file, read."""

    rows: dict[Key, int]
    faults: list[Fault]
    faults_count: int
    """All of them, also those that are not listed."""


class Change(NamedTuple):
    """A row that has another value in the file."""

    key: Key
    before: int
    after: int


class Difference(NamedTuple):
    """What a file would change."""

    added: list[Row]
    changed: list[Change]
    removed: list[Row]
    same: int

    @property
    def is_empty(self) -> bool:
        """Whether it would change nothing."""
        return not (self.added or self.changed or self.removed)


# --- reading ----------------------------------------------------------------------------------------------------------


def read(kind: Kind, lines: Iterable[str], *, names: Names, scope: Scope = EVERYTHING) -> Sheet:
    """Read a file; never raises for what is in it."""
    return _Reader(kind, names, scope).read(lines)


class _Reader:
    def __init__(self, kind: Kind, names: Names, scope: Scope) -> None:
        self._kind = kind
        self._names = names
        self._scope = scope
        self._lines: dict[Key, int] = {}
        self._sheet = Sheet({}, [], 0)
        self._faults_count = 0

    def read(self, lines: Iterable[str]) -> Sheet:
        source = iter(lines)
        first = next(source, "").removeprefix("\ufeff")
        delimiter = ";" if first.count(";") > first.count(",") else ","
        columns = [cell.strip().lower() for cell in next(csv.reader([first], delimiter=delimiter), [])]
        if self._judge_header(columns):
            rows = csv.reader(source, delimiter=delimiter, strict=True)
            try:
                for cells in rows:
                    if len(cells) > len(columns):
                        self._fault(rows.line_num + 1, "this line has more cells than there are columns")
                    elif any(cells):
                        self._take(rows.line_num + 1, dict(zip(columns, cells, strict=False)))
                    if len(self._sheet.rows) > ROWS_MAX:
                        self._fault(rows.line_num + 1, f"a file may have {ROWS_MAX:,} rows: split it, with --keep")
                        break
            except csv.Error as error:
                self._fault(rows.line_num + 1, f"this is no line of CSV ({error}): write it anew")
        return self._sheet._replace(faults_count=self._faults_count)

    def _judge_header(self, columns: Sequence[str]) -> bool:
        known = set(self._kind.columns)
        given = {name for name, value in self._scope._asdict().items() if value is not None}
        wrong = [name for name in columns if name not in known]
        missing = sorted(self._kind.required - set(columns) - given)
        if wrong:
            self._fault(1, f"{wrong[0]!r} is no column of this file: it has {', '.join(self._kind.columns)}")
        elif missing:
            self._fault(1, f"the column {missing[0]!r} is missing: the first line names the columns")
        elif len(set(columns)) < len(columns):
            self._fault(1, "a column is there twice: name each once")
        return not self._faults_count

    def _fault(self, line: int, sentence: str) -> None:
        self._faults_count += 1
        if len(self._sheet.faults) < FAULTS_MAX:
            self._sheet.faults.append(Fault(line, sentence))

    def _take(self, line: int, cells: dict[str, str]) -> None:
        if any(len(cell) > CELL_CHARACTERS_MAX for cell in cells.values()):
            self._fault(line, f"a cell has {CELL_CHARACTERS_MAX} characters at the most")
            return
        plain = {name: armed(cell.strip()) for name, cell in cells.items()}
        for name, value in self._scope._asdict().items():
            if value is not None and plain.setdefault(name, value) != value:
                self._fault(line, f"this line is of another {name} than {value}: leave it out")
                return
        try:
            key = tuple(_READERS[name](plain.get(name, ""), self._names) for name in self._kind.keys)
            value = _VALUES[self._kind](plain.get(self._kind.columns[-1], ""))
            if "carrier" in self._kind.required and not key[self._kind.keys.index("carrier")]:
                raise ValueError("say which carrier")
        except ValueError as error:
            self._fault(line, str(error))
            return
        if key in self._lines:
            self._fault(line, f"line {self._lines[key]} says the same already: leave one of them out")
            return
        self._lines[key] = line
        self._sheet.rows[key] = value


def _prefix(cell: str, _: Names) -> str:
    digits = cell.removeprefix("+")
    if digits and not (digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) <= MSISDN_DIGITS_MAX):
        raise ValueError(f"{cell!r} is not a prefix: 1 to 15 digits, country code first, or nothing for all numbers")
    return digits


def _carrier(cell: str, names: Names) -> str:
    if cell and cell not in names.carriers:
        raise ValueError(f"there is no carrier {cell!r}: add it first, or correct the name")
    return cell


def _account(cell: str, names: Names) -> str:
    if cell and cell not in names.accounts:
        raise ValueError(f"there is no account {cell!r}: create it first, or correct the name")
    return cell


def _sender(cell: str, _: Names) -> str:
    if cell and not is_sender(cell):
        raise ValueError(f"{cell!r} is not a sender: up to 16 digits, or up to 11 letters, digits and spaces")
    return normal_sender(cell)


_READERS: Final[Mapping[str, Callable[[str, Names], str]]] = {
    "prefix": _prefix,
    "carrier": _carrier,
    "account": _account,
    "sender": _sender,
}


def _price(cell: str) -> int:
    try:
        amount = parse_credits(cell)
    except BadAmount as error:
        raise ValueError(str(error)) from None
    if amount < 0:
        raise ValueError(f"{cell} is less than nothing: a price is 0 or more")
    return amount


def _quality(cell: str) -> int:
    if not cell:
        return QUALITY_DEFAULT
    if not (cell.isascii() and cell.isdigit() and int(cell[:9]) <= QUALITY_MAX):
        raise ValueError(f"{cell!r} is not a quality: a whole number from 0 to {QUALITY_MAX}")
    return int(cell)


_VALUES: Final[Mapping[Kind, Callable[[str], int]]] = {Kind.ROUTES: _quality, Kind.RATES: _price, Kind.COSTS: _price}


# --- writing ----------------------------------------------------------------------------------------------------------


def shown(kind: Kind, value: int) -> str:
    """A quality, rate or cost as a file has it."""
    return str(value) if kind is Kind.ROUTES else format_credits(value, 6)


def write(kind: Kind, rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a file with these rows, line ends included: what `read` reads back."""
    lines: list[str] = []

    class _Lines:
        def write(self, line: str) -> None:
            lines.append(line)

    writer = csv.writer(_Lines(), lineterminator="\n")
    writer.writerow(kind.columns)
    for key, value in rows:
        writer.writerow([*map(disarmed, key), shown(kind, value)])
        yield from lines
        lines.clear()
    yield from lines


# --- entries, rows and differences ------------------------------------------------------------------------------------

Entry = RouteEntry | RateEntry | CostEntry


def rows_of(entries: Iterable[Entry], *, names: Names, scope: Scope = EVERYTHING) -> dict[Key, tuple[int, int]]:
    """What there is, by key: the number of each entry, and its value."""
    accounts = {account_id: name for name, account_id in names.accounts.items()}
    carriers = {carrier_id: name for name, carrier_id in names.carriers.items()}
    found: dict[Key, tuple[int, int]] = {}
    for entry in entries:
        carrier = "" if entry.carrier_id is None else carriers[entry.carrier_id]
        account = ""
        if not isinstance(entry, CostEntry) and entry.account_id is not None:
            account = accounts[entry.account_id]
        if scope.carrier not in {None, carrier} or scope.account not in {None, account}:
            continue
        if isinstance(entry, RouteEntry):
            found[entry.prefix, carrier, account, entry.sender or ""] = (entry.route_id, entry.quality)
        elif isinstance(entry, RateEntry):
            found[entry.prefix, account, carrier] = (entry.rate_id, entry.rate)
        else:
            found[entry.prefix, carrier] = (entry.cost_id, entry.cost)
    return found


def compare(now: Mapping[Key, tuple[int, int]], then: Mapping[Key, int], *, keep: bool) -> Difference:
    """What changes when the file replaces what there is; with `keep`, what the file does not name stays."""
    added = [Row(key, value) for key, value in then.items() if key not in now]
    changed = [Change(key, now[key][1], value) for key, value in then.items() if key in now and now[key][1] != value]
    removed = [] if keep else [Row(key, value) for key, (_, value) in now.items() if key not in then]
    same = sum(1 for key, value in then.items() if key in now and now[key][1] == value)
    return Difference(sorted(added), sorted(changed), sorted(removed), same)


def entries_of(kind: Kind, rows: Iterable[Row], *, names: Names) -> list[Entry]:
    """Entries to be put in, without numbers of their own."""
    found: list[Entry] = []
    for key, value in rows:
        cells = dict(zip(kind.keys, key, strict=True))
        carrier_id = names.carriers.get(cells.get("carrier", ""))
        account_id = names.accounts.get(cells.get("account", ""))
        prefix = cells["prefix"]
        if kind is Kind.RATES:
            found.append(RateEntry(0, prefix, value, account_id, carrier_id))
            continue
        assert carrier_id is not None, "a route or cost without a carrier is a mistake of the file"
        if kind is Kind.ROUTES:
            found.append(RouteEntry(0, prefix, carrier_id, account_id, cells["sender"] or None, value))
        else:
            found.append(CostEntry(0, carrier_id, prefix, value))
    return found
