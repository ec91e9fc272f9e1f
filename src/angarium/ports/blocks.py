"""The block list in the store (rest-api 5, codes 121 and 128)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from angarium.core.blocks import Block, BlockList
from angarium.core.numbers import Msisdn


class BlockReads(Protocol):
    """What is read of the block list: as committed last, never blocked by writes."""

    async def block_list(self) -> BlockList:
        """The blocked prefixes, and whether there are blocked numbers."""
        ...

    async def blocked(self, recipients: Sequence[Msisdn]) -> list[Block]:
        """Which of these numbers are blocked, for whichever account; prefixes are not looked at."""
        ...

    async def blocks(self, *, after: int = 0, limit: int) -> list[Block]:
        """The entries with numbers above `after`, oldest first."""
        ...

    async def blocks_of(self, account_id: int, *, after: int = 0, limit: int) -> list[Block]:
        """Those of the entries that are for this account alone."""
        ...

    async def blocks_of_all(self, *, before_id: int | None = None, limit: int) -> list[Block]:
        """Those of the entries that are for all accounts, newest first, below a number if one is given."""
        ...

    async def blocks_met(self, recipient: Msisdn, *, limit: int) -> list[Block]:
        """The entries that this number meets, for whichever account, in the order in which they count.

        The shortest prefix goes first, the number itself last; of each, what is for all accounts, then what is for one,
        `limit` of them at the most.
        """
        ...

    async def find_block(self, block: Block) -> Block | None:
        """The entry with the same digits, kind and account."""
        ...


class BlocksAdmin(Protocol):
    """What an operator changes about it."""

    async def add_blocks(self, blocks: Sequence[Block]) -> int:
        """Block these; one that is there already is replaced. Returns how many are new.

        Raises NotFound for an account that does not exist, AlreadyExists when there would be too many prefixes: then
        none is added.
        """
        ...

    async def remove_blocks(self, blocks: Sequence[Block]) -> int:
        """Block these no more: those with the same digits, kind and account. Returns how many there were."""
        ...
