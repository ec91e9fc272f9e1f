"""The block list, for operators: what no account may write to, and what a number meets."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from angarium.console.mistakes import beside_fields
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.core.blocks import NOTE_CHARACTERS_MAX, Block
from angarium.flows import limiting

BASE: Final = "/service/blocks"
ROWS_MAX: Final = 100
KEY_DIGITS_MAX: Final = 18


async def blocks(visit: Visit) -> Response:
    """Those for all accounts, newest first; or what one number meets, for whichever account."""
    return await _show(visit)


async def add(visit: Visit) -> Response:
    """Let no account write to a number, or to all that begin so."""
    form = await visit.form()
    with beside_fields(visit, taken="digits"):
        block = limiting.read_block(
            form.get("digits", "").strip(),
            is_prefix="is_prefix" in form,
            account_id=None,
            is_delisted="is_delisted" in form,
            note=form.get("note", "").strip(),
        )
        is_new = await limiting.add_blocks(visit.desk, [block])
        said = "is blocked for all accounts" if is_new else "was blocked already: the entry is replaced"
        return visit.go(BASE, f"{block.digits} {said}. {_told(block)}")
    return await _show(visit)


async def remove(visit: Visit) -> Response:
    """Take an entry away."""
    text = (await visit.form()).get("block_id", "")
    block = await limiting.remove_block(visit.desk, _key(text))
    return visit.go(BASE, f"{block.digits} is not blocked any more.")


async def _show(visit: Visit) -> Response:
    number = visit.asked("number").strip()
    found: list[Block] = []
    older = ""
    if number:
        with beside_fields(visit):
            found = await limiting.blocks_met(visit.parts.store, number)
    else:
        rows = await visit.parts.store.blocks_of_all(before_id=_key(visit.asked("before")) or None, limit=ROWS_MAX + 1)
        found = rows[:ROWS_MAX]
        older = f"{BASE}?before={found[-1].block_id}" if len(rows) > len(found) else ""
    return visit.show(
        "service_blocks.html",
        rows=found,
        number=number,
        older=older,
        accounts=visit.parts.tables.directory.accounts,
        note_characters_max=NOTE_CHARACTERS_MAX,
    )


def _told(block: Block) -> str:
    return f"A send to it is refused with {'128' if block.is_delisted else '121'}."


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= KEY_DIGITS_MAX else 0


PAGES: Final = (
    Page(BASE, blocks, Needs.OPERATOR),
    Page(BASE, add, Needs.OPERATOR, "POST"),
    Page(BASE + "/remove", remove, Needs.OPERATOR, "POST"),
)
