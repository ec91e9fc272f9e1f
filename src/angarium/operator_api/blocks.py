"""The block list: numbers that nobody, or one account, may write to."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from angarium.core import blocks as core
from angarium.flows import limiting as flow
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    Body,
    Id,
    Moment,
    NoBody,
    NoParameters,
    NoReply,
    Page,
    Paged,
    Parameters,
    Reply,
    certain_moment,
)
from angarium.ports.store import NotFound

DIGITS_CHARACTERS_MAX: Final = 20
Digits = Annotated[str, Meta(min_length=1, max_length=DIGITS_CHARACTERS_MAX, description="In international form.")]


class Block(Reply, frozen=True, kw_only=True):
    """A number, or all numbers that begin with these digits."""

    block_id: Id
    digits: str
    is_prefix: bool
    account_id: Id | None
    """The account that may not write to it; null: none may."""
    is_delisted: bool
    """Out of service, or another owner's now: senders are told 128, otherwise 121."""
    note: str
    blocked_at: Moment


class NewBlock(Body, frozen=True, kw_only=True):
    """A number or prefix to be blocked. One that is blocked already is replaced."""

    digits: Digits
    is_prefix: bool = False
    account_id: Id | None = None
    is_delisted: bool = False
    note: Annotated[str, Meta(max_length=core.NOTE_CHARACTERS_MAX)] = ""


class BlocksOf(Paged, frozen=True, kw_only=True):
    """Which entries."""

    number: Annotated[str, Meta(min_length=1, description="Only those that this number meets.")] | None = None


class BlockPath(Parameters, frozen=True, kw_only=True):
    """One entry."""

    block_id: Id


@operation("GET", "/v1/blocks", Scope.ACCOUNTS_READ, "List the numbers and prefixes that may not be written to")
async def list_blocks(call: Call[BlocksOf, NoBody]) -> Page[Block]:
    """All of them, oldest first."""
    given = call.parameters
    if given.number is not None:
        met = sorted(await flow.blocks_met(call.desk.store, given.number), key=lambda row: row.block_id)
        return given.page_of_all(met, _block, key=lambda row: row.block_id)
    rows = await call.desk.store.blocks(after=given.key or 0, limit=given.rows_max)
    return given.page(rows, _block, key=lambda row: row.block_id)


@operation(
    "POST",
    "/v1/blocks",
    Scope.ACCOUNTS_WRITE,
    "Block a number, or all numbers that begin so",
    status=201,
    problems=(Code.CONFLICT, Code.UNKNOWN),
)
async def add_block(call: Call[NoParameters, NewBlock]) -> Block:
    """One."""
    body = call.body
    block = flow.read_block(
        body.digits,
        is_prefix=body.is_prefix,
        account_id=body.account_id,
        is_delisted=body.is_delisted,
        note=body.note,
    )
    await flow.add_blocks(call.desk, [block])
    kept = await call.desk.store.find_block(block)
    if kept is None:
        raise NotFound(f"the block of {block.digits} was removed again")
    return _block(kept)


@operation("DELETE", "/v1/blocks/{block_id}", Scope.ACCOUNTS_WRITE, "Block a number or prefix no more", status=204)
async def remove_block(call: Call[BlockPath, NoBody]) -> NoReply:
    """One."""
    await flow.remove_block(call.desk, call.parameters.block_id)
    return NoReply()


def _block(block: core.Block) -> Block:
    return Block(
        block_id=block.block_id,
        digits=block.digits,
        is_prefix=block.is_prefix,
        account_id=block.account_id,
        is_delisted=block.is_delisted,
        note=block.note,
        blocked_at=certain_moment(block.blocked_at),
    )


OPERATIONS: Final[Table] = (
    list_blocks,
    add_block,
    remove_block,
)
