"""Cells of CSV files that people open in a spreadsheet.

A cell that begins with one of `= + - @`, also in their wide forms, a tab or a line end is run as a formula by common
spreadsheets, and a text that a stranger sent us could be one. Such a cell is written with an apostrophe before it,
which spreadsheets hide.
"""

from __future__ import annotations

import re
from typing import Final

_FORMULA: Final = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def disarmed(cell: str) -> str:
    """The cell as it may be written to a file; a plain number keeps its sign."""
    if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def armed(cell: str) -> str:
    """The cell as it was before `disarmed`, for files that come back to us."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell[1:]) else cell
