"""No text of a stranger becomes a formula in somebody's spreadsheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.core.csv_cells import armed, disarmed


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1"]
)
def test_a_formula_is_disarmed(cell: str) -> None:
    """It shows as the text that it is."""
    assert disarmed(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "Hello", "27990000001", "+27990000001", "-1.500000", "it's", "a=b"])
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    """Numbers keep their sign, and an apostrophe inside is none of our business."""
    assert disarmed(cell) == cell


@given(st.text())
def test_a_disarmed_cell_can_be_read_back(cell: str) -> None:
    """Unless it began as if it had been disarmed already: an export that comes back says the same."""
    if armed(cell) == cell:
        assert armed(disarmed(cell)) == cell
