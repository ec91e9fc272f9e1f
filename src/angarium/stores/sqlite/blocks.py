"""The block list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from angarium.core.blocks import PREFIXES_MAX, Block, BlockList
from angarium.core.numbers import Msisdn
from angarium.ports.store import AlreadyExists
from angarium.stores.sqlite.changes import Changes
from angarium.stores.sqlite.verbs import texts

_COLUMNS: Final = "digits, is_prefix, account_id, is_delisted, note, blocked_at"
_NEWEST: Final = 2**63 - 1
_EVERYBODY: Final = 0
"""Stands for no account, so that it can be part of the key."""


class SqliteBlocks(Changes):
    """The port's BlockReads and BlocksAdmin."""

    async def block_list(self) -> BlockList:
        prefixes = self._read(f"SELECT {_COLUMNS} FROM blocks WHERE is_prefix = 1")
        ((has_numbers,),) = self._read("SELECT EXISTS (SELECT 1 FROM blocks WHERE is_prefix = 0)")
        return BlockList(map(_block_of, prefixes), has_numbers=bool(has_numbers))

    async def blocked(self, recipients: Sequence[Msisdn]) -> list[Block]:
        rows = self._read(
            f"SELECT {_COLUMNS}, block_id FROM blocks "
            "WHERE is_prefix = 0 AND digits IN (SELECT value FROM json_each(?)) ORDER BY block_id",
            texts({str(recipient) for recipient in recipients}),
        )
        return [_block_of(row) for row in rows]

    async def blocks(self, *, after: int = 0, limit: int) -> list[Block]:
        rows = self._read(
            f"SELECT {_COLUMNS}, block_id FROM blocks WHERE block_id > ? ORDER BY block_id LIMIT ?", after, limit
        )
        return [_block_of(row) for row in rows]

    async def blocks_of(self, account_id: int, *, after: int = 0, limit: int) -> list[Block]:
        rows = self._read(
            f"SELECT {_COLUMNS}, block_id FROM blocks "
            "WHERE account_id = ? AND account_id > 0 AND block_id > ? ORDER BY block_id LIMIT ?",
            account_id,
            after,
            limit,
        )
        return [_block_of(row) for row in rows]

    async def blocks_of_all(self, *, before_id: int | None = None, limit: int) -> list[Block]:
        rows = self._rows("blocks_of_all", _NEWEST if before_id is None else before_id, limit)
        return [_block_of(row) for row in rows]

    async def blocks_met(self, recipient: Msisdn, *, limit: int) -> list[Block]:
        digits = str(recipient)
        kinds = [*((True, digits[: length + 1]) for length in range(len(digits))), (False, digits)]
        return [_block_of(row) for kind in kinds for row in self._rows("blocks_with_digits", *kind, limit)]

    async def find_block(self, block: Block) -> Block | None:
        for row in self._read(f"SELECT {_COLUMNS}, block_id FROM blocks WHERE {_SAME}", *_key(block)):
            return _block_of(row)
        return None

    async def add_blocks(self, blocks: Sequence[Block]) -> int:
        def add() -> int:
            for account_id in {block.account_id for block in blocks} - {None}:
                self._must_exist("accounts", account_id or 0)
            before = self._count("SELECT count(*) FROM blocks WHERE is_prefix = 1")
            known = sum(self._count(f"SELECT count(*) FROM blocks WHERE {_SAME}", *_key(block)) for block in blocks)
            self._database.executemany(
                f"INSERT INTO blocks ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (is_prefix, digits, account_id) DO UPDATE SET is_delisted = excluded.is_delisted, "
                "note = excluded.note, blocked_at = excluded.blocked_at",
                [(block.digits, block.is_prefix, block.account_id or _EVERYBODY, *block[3:6]) for block in blocks],
            )
            after = self._count("SELECT count(*) FROM blocks WHERE is_prefix = 1")
            if after > max(before, PREFIXES_MAX):
                raise AlreadyExists(f"there are as many blocked prefixes as there may be ({PREFIXES_MAX}): remove some")
            return len({_key(block) for block in blocks}) - known

        return await self._in_transaction(add)

    async def remove_blocks(self, blocks: Sequence[Block]) -> int:
        def remove() -> int:
            removed = 0
            for block in blocks:
                self._database.execute(f"DELETE FROM blocks WHERE {_SAME}", _key(block))
                removed += self._database.changes()
            return removed

        return await self._in_transaction(remove)

    def _count(self, statement: str, *values: int | str) -> int:
        ((count,),) = self._database.execute(statement, values)
        assert isinstance(count, int)
        return count


_SAME: Final = "is_prefix = ? AND digits = ? AND account_id = ?"


def _key(block: Block) -> tuple[int, str, int]:
    return int(block.is_prefix), block.digits, block.account_id or _EVERYBODY


def _block_of(row: tuple[Any, ...]) -> Block:
    return Block(row[0], bool(row[1]), row[2] or None, bool(row[3]), *row[4:])
