"""Handsets that have opted out, as the store keeps them (rest-api 9.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.numbers import Msisdn
from angarium.core.optout import OptOut


class Pair(NamedTuple):
    """An account's sender and a handset."""

    account_id: int
    sender: str
    recipient: Msisdn


class OptOutTx(Protocol):
    """The verbs of opting out."""

    async def opted_out(self, pairs: Iterable[Pair]) -> set[Pair]:
        """Those of the pairs that may not be written to, for this sender or for all of the account's."""
        ...

    async def opt_out(self, opt_outs: Sequence[OptOut]) -> None:
        """Opt handsets out; one that is out already stays so since when it was."""
        ...

    async def opt_in(self, pairs: Sequence[Pair]) -> None:
        """Opt handsets in again."""
        ...

    async def may_answer(self, pairs: Sequence[Pair], *, now: UnixMs, pause_ms: int) -> set[Pair]:
        """Those that have had no automatic answer within the pause; they count as answered from now on."""
        ...

    async def prune_answers(self, *, before: UnixMs, limit: int) -> int:
        """Forget automatic answers given before a moment; returns how many."""
        ...


class OptOutReads(Protocol):
    """What a service reads of them."""

    async def accounts_with_opt_outs(self) -> set[int]:
        """Accounts that any handset has opted out of: the others are never looked up."""
        ...


class OptOutAdmin(Protocol):
    """What an operator sees and changes. Each change is one transaction; a name that is unknown raises NotFound."""

    async def opt_outs(self, account_id: int, *, after: tuple[Msisdn, str] | None = None, limit: int) -> list[OptOut]:
        """An account's opt-outs by handset and sender, those after a pair if one is given."""
        ...

    async def add_opt_outs(self, opt_outs: Sequence[OptOut]) -> int:
        """Enter opt-outs; returns how many are new."""
        ...

    async def remove_opt_outs(self, pairs: Sequence[Pair]) -> int:
        """Take opt-outs away; returns how many there were."""
        ...
