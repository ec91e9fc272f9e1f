"""The journal's rows, from their columns."""

from __future__ import annotations

from typing import Any

from angarium.core.states import Cause, State
from angarium.ports.journal import JournalRow


def journal_row_of(row: tuple[Any, ...]) -> JournalRow:
    """One row of the journal."""
    return JournalRow._make((*row[:8], State(row[8]), Cause(row[9]), *row[10:]))
