"""The audit log: who changed what, kept in the same transaction as the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, Self

from angarium.core.clocktime import UnixMs


class Act(NamedTuple):
    """What an operator does: the row that its change leaves behind. Secrets are never in it."""

    at: UnixMs
    author: str
    """Who: `cli:NAME` or `token:NAME`."""
    action: str
    """What was done, such as `account.change`."""
    kind: str
    """What it was done to, such as `account`."""
    key: int | str | None = None
    """Which one. None when the change makes it: its number is then the change's to say."""
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


class AuditEntry(NamedTuple):
    """One row of the log."""

    entry_id: int
    at: UnixMs
    author: str
    action: str
    subject: str
    """`kind/key`, or the kind alone."""
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None


class AuditTx(Protocol):
    """The log within a transaction."""

    async def record(self, acts: Sequence[Act]) -> None:
        """Write rows of the log: they stand or fall with whatever else the transaction does."""
        ...


class AuditAdmin(Protocol):
    """The log beside an operator's changes."""

    def by(self, act: Act) -> Self:
        """The same store, where the one change made through it leaves this row, in the change's own transaction."""
        ...

    async def audit(
        self, *, before_id: int | None, limit: int, subject: str | None = None, author: str | None = None
    ) -> list[AuditEntry]:
        """Rows older than `before_id`, newest first; of one subject, of one author, or both."""
        ...


def subject_of(kind: str, key: int | str | None) -> str:
    """How the log names what an act was done to."""
    return kind if key is None else f"{kind}/{key}"
