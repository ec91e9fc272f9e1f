"""Operator tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from angarium.core.clocktime import UnixMs
from angarium.ports.operators import OperatorTokenRow
from angarium.stores.sqlite.changes import Changes, written
from angarium.stores.sqlite.verbs import Verbs

_SELECT: Final = (
    "SELECT operator_token_id, name, scopes, created_at, expires_at, revoked_at, used_at, made_by FROM operator_tokens "
)
_NEWEST: Final = 2**63 - 1


class OperatorVerbs(Verbs):
    """The port's OperatorsTx."""

    async def operator_token_used(self, operator_token_id: int, *, at: UnixMs) -> None:
        self._all("operator_token_used", at, operator_token_id)


class OperatorChanges(Changes):
    """The port's OperatorsAdmin."""

    async def add_operator_token(
        self,
        name: str,
        *,
        scopes: Sequence[str],
        token_hash: bytes,
        expires_at: UnixMs | None,
        at: UnixMs,
        made_by: str,
    ) -> OperatorTokenRow:
        token_id = await self._change(
            "INSERT INTO operator_tokens (name, scopes, token_hash, created_at, expires_at, made_by) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            name,
            written(list(scopes)),
            token_hash,
            at,
            expires_at,
            made_by,
            taken=f"there is an operator token named {name!r} already: revoke it, or choose another name",
        )
        return OperatorTokenRow(token_id, name, tuple(scopes), at, expires_at, None, None, made_by)

    async def operator_tokens(self) -> list[OperatorTokenRow]:
        return [_token_of(row) for row in self._read(_SELECT + "ORDER BY operator_token_id")]

    async def newest_operator_tokens(self, *, before_id: int | None = None, limit: int) -> list[OperatorTokenRow]:
        below = _NEWEST if before_id is None else before_id
        rows = self._read(_SELECT + "WHERE operator_token_id < ? ORDER BY operator_token_id DESC LIMIT ?", below, limit)
        return [_token_of(row) for row in rows]

    async def operator_token(self, token_hash: bytes) -> OperatorTokenRow | None:
        for row in self._read(_SELECT + "WHERE token_hash = ?", token_hash):
            return _token_of(row)
        return None

    async def revoke_operator_token(self, operator_token_id: int, *, at: UnixMs) -> None:
        await self._change(
            "UPDATE operator_tokens SET revoked_at = ifnull(revoked_at, ?) WHERE operator_token_id = ?",
            at,
            operator_token_id,
            missing=f"there is no operator token {operator_token_id}",
        )


def _token_of(row: tuple[Any, ...]) -> OperatorTokenRow:
    return OperatorTokenRow(row[0], row[1], msgspec.json.decode(row[2], type=tuple[str, ...]), *row[3:])
