"""Numbers that nobody, or one account, may write to (rest-api 5, codes 121 and 128)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from angarium.core.clocktime import UnixMs
from angarium.core.numbers import Msisdn
from angarium.core.refusals import Reason, Refusal

PREFIXES_MAX: Final = 10_000
"""Blocked prefixes are held in memory, about 2 MiB of them; numbers are looked up in the store and have no bound."""
NOTE_CHARACTERS_MAX: Final = 200

BLOCKED: Final = Refusal(Reason.BLOCKED)
DELISTED: Final = Refusal(Reason.DELISTED)


class Block(NamedTuple):
    """A number, or all numbers that begin with these digits, for one account or for all."""

    digits: str
    is_prefix: bool = False
    account_id: int | None = None
    is_delisted: bool = False
    """The number is out of service, or has another owner now (128); otherwise we do not write to it (121)."""
    note: str = ""
    blocked_at: UnixMs = 0
    block_id: int = 0
    """Its number in the store, where it has one."""

    def refusal(self) -> Refusal:
        """What a sender to it is told."""
        return DELISTED if self.is_delisted else BLOCKED


class BlockList:
    """The blocked prefixes at one moment, and whether there are blocked numbers at all. Immutable."""

    def __init__(self, prefixes: Iterable[Block] = (), *, has_numbers: bool = False) -> None:
        self.has_numbers = has_numbers
        self._prefixes: dict[str, dict[int | None, Refusal]] = {}
        for block in prefixes:
            self._prefixes.setdefault(block.digits, {})[block.account_id] = block.refusal()
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self.has_prefixes = bool(self._prefixes)

    def refusal(self, recipient: Msisdn, *, account_id: int) -> Refusal | None:
        """Why this account may not write to a number that begins so; None when no blocked prefix says so."""
        digits = str(recipient)
        for length in self._lengths:
            found = self._prefixes.get(digits[:length])
            if found is not None:
                refusal = found.get(None) or found.get(account_id)
                if refusal is not None:
                    return refusal
        return None


def refusals(blocks: Iterable[Block], *, account_id: int) -> dict[Msisdn, Refusal]:
    """What these blocked numbers mean for one account; what holds for all accounts goes first."""
    told: dict[Msisdn, Refusal] = {}
    for block in blocks:
        if block.account_id is None:
            told[int(block.digits)] = block.refusal()
        elif block.account_id == account_id:
            told.setdefault(int(block.digits), block.refusal())
    return told
