"""Operators' own tokens: what lets a program or a console use the operator's API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs


class OperatorTokenRow(NamedTuple):
    """An operator token without its secret."""

    operator_token_id: int
    name: str
    scopes: tuple[str, ...]
    created_at: UnixMs
    expires_at: UnixMs | None
    revoked_at: UnixMs | None
    used_at: UnixMs | None
    """When it was last used, to the hour or so."""
    made_by: str
    """Who made it, as the audit log says it; empty when that is not known any more."""

    def is_valid(self, *, now: UnixMs) -> bool:
        """Whether it opens anything at this moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class OperatorsTx(Protocol):
    """What the use of a token leaves behind."""

    async def operator_token_used(self, operator_token_id: int, *, at: UnixMs) -> None:
        """Note when a token was used last."""
        ...


class OperatorsAdmin(Protocol):
    """Operator tokens, made and revoked."""

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
        """Let an operator's token in. Names are unique among those not revoked."""
        ...

    async def operator_tokens(self) -> list[OperatorTokenRow]:
        """All of them, revoked and expired ones too, oldest first."""
        ...

    async def newest_operator_tokens(self, *, before_id: int | None = None, limit: int) -> list[OperatorTokenRow]:
        """The same, newest first, below an id if one is given."""
        ...

    async def operator_token(self, token_hash: bytes) -> OperatorTokenRow | None:
        """The token of this digest, valid or not; None when there never was one."""
        ...

    async def revoke_operator_token(self, operator_token_id: int, *, at: UnixMs) -> None:
        """Shut it out for good. Revoking again changes nothing, the moment of the first included."""
        ...
