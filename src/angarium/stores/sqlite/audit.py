"""The audit log."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import apsw
import msgspec

from angarium.ports.audit import Act, AuditEntry
from angarium.stores.sqlite.changes import RECORD_ACT, Changes, act_row
from angarium.stores.sqlite.verbs import Verbs

NEWEST: Final = 2**63 - 1


class AuditVerbs(Verbs):
    """The port's AuditTx."""

    async def record(self, acts: Sequence[Act]) -> None:
        self._database.executemany(RECORD_ACT, [act_row(act, act.key) for act in acts])


class AuditChanges(Changes):
    """The port's AuditAdmin."""

    def by(self, act: Act) -> Self:
        acting = copy.copy(self)
        acting._act = act  # noqa: SLF001 - a copy of ourselves
        return acting

    async def audit(
        self, *, before_id: int | None, limit: int, subject: str | None = None, author: str | None = None
    ) -> list[AuditEntry]:
        conditions = ["entry_id < ?"]
        values: list[apsw.SQLiteValue] = [NEWEST if before_id is None else before_id]
        for column, value in (("subject", subject), ("author", author)):
            if value is not None:
                conditions.append(f"{column} = ?")
                values.append(value)
        rows = self._read(
            "SELECT entry_id, at, author, action, subject, before, after FROM audit_log "
            f"WHERE {' AND '.join(conditions)} ORDER BY entry_id DESC LIMIT ?",
            *values,
            limit,
        )
        return [AuditEntry._make((*row[:5], _state(row[5]), _state(row[6]))) for row in rows]


def _state(written: str | None) -> Mapping[str, Any] | None:
    return None if written is None else msgspec.json.decode(written, type=dict[str, Any])
