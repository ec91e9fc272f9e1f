"""What an operator may set to protect accounts and those they write to, read and judged (rest-api 1.2, 3, 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from angarium.core.blocks import NOTE_CHARACTERS_MAX, Block
from angarium.core.countries import Countries
from angarium.core.credit import CREDITS_MAX, Credits, format_credits
from angarium.core.limits import Limits, Period, began_at
from angarium.core.numbers import MSISDN_DIGITS_MAX, BadNumber, parse_recipient
from angarium.flows.desk import Desk, Mistaken
from angarium.ports.admin import OperatorStore
from angarium.ports.limits import Usage
from angarium.ports.store import NotFound, Tx

ANY: Final = "any"
"""Given in place of countries, it stands for all of them."""
RATE_MAX: Final = 100_000
MESSAGES_PER_DAY_MAX: Final = 10**9
MET_MAX: Final = 100
"""Accounts that have blocked the same digits, as far as they are told."""


class LimitChanges(NamedTuple):
    """What is to be changed about limits; None leaves one as it is, 0 takes it away."""

    messages_per_s: int | None = None
    messages_per_day: int | None = None
    credits_per_day: Credits | None = None
    credits_per_month: Credits | None = None


def changed_limits(limits: Limits | None, changes: LimitChanges) -> Limits | None:
    """The limits with these changes; None when none is left. Raises Mistaken."""
    most = LimitChanges(RATE_MAX, MESSAGES_PER_DAY_MAX, CREDITS_MAX, CREDITS_MAX)
    given = {name: value for name, value in changes._asdict().items() if value is not None}
    for name, value in given.items():
        if not 0 <= value <= getattr(most, name):
            raise Mistaken(f"limits.{name}", f"{name} is 0 for no limit, or a number within reason.")
    new = replace(limits or Limits(), **{f"{name}_max": value or None for name, value in given.items()})
    return None if new == Limits() else new


async def usage_of(desk: Desk, account_id: int) -> list[Usage]:
    """What is counted against the limits of an account as a whole, in this day and this month."""

    async def look(tx: Tx) -> list[Usage]:
        return await tx.usage([account_id])

    counted = {
        each.period: each
        for each in await desk.store.write(look)
        if each.connection_id == 0 and each.began_at == began_at(each.period, desk.now)
    }
    return [counted.get(period) or Usage(account_id, 0, period, began_at(period, desk.now), 0, 0) for period in Period]


def used(limits: Limits, usage: Usage) -> list[str]:
    """How much of each limit of a day or month is used up, in words."""
    when = "today" if usage.period is Period.DAY else "this month"
    credits_max = limits.credits_per_day_max if usage.period is Period.DAY else limits.credits_per_month_max
    said: list[str] = []
    if usage.period is Period.DAY and limits.messages_per_day_max is not None:
        said.append(f"{usage.messages} of {limits.messages_per_day_max} messages {when}")
    if credits_max is not None:
        said.append(f"{format_credits(usage.credits)} of {format_credits(credits_max)} credits {when}")
    return said


def read_countries(codes: Sequence[str]) -> tuple[str, ...] | None:
    """Countries by their ISO 3166 codes, in any case of letters; None for `any`. Raises Mistaken."""
    if [code.lower() for code in codes] == [ANY]:
        return None
    countries = Countries.load()
    found: list[str] = []
    for code in codes:
        country = countries.country(code)
        if country is None:
            raise Mistaken(
                "countries", f"{code!r} is not a country: give ISO 3166 codes of two letters, such as ZA, or any alone."
            )
        found.append(country.code)
    return tuple(dict.fromkeys(found))


def read_block(digits: str, *, is_prefix: bool, account_id: int | None, is_delisted: bool, note: str) -> Block:
    """An entry of the block list. Raises Mistaken."""
    if len(note) > NOTE_CHARACTERS_MAX or not note.isprintable():
        raise Mistaken("note", f"A note has at most {NOTE_CHARACTERS_MAX} printable characters.")
    written = digits.removeprefix("+")
    is_good = written.isascii() and written.isdigit() and written[0] != "0" and len(written) <= MSISDN_DIGITS_MAX
    if is_prefix and not is_good:
        raise Mistaken("digits", f"{digits!r} is not a prefix: give 1 to 15 digits, country code first.")
    if not is_prefix:
        try:
            written = str(parse_recipient(digits))
        except BadNumber:
            raise Mistaken(
                "digits", f"{digits!r} is not a number: give digits, country code first, without 00."
            ) from None
    return Block(written, is_prefix, account_id, is_delisted, note)


async def add_blocks(desk: Desk, blocks: Sequence[Block]) -> int:
    """Block numbers and prefixes; how many of them are new. Raises AlreadyExists or NotFound."""
    dated = [block._replace(blocked_at=desk.now) for block in blocks]
    store = desk.by("block.add", "block", _key(blocks), after={"count": len(blocks), **_said(blocks)})
    return await store.add_blocks(dated)


async def remove_blocks(desk: Desk, blocks: Sequence[Block]) -> int:
    """Block them no more; how many there were."""
    store = desk.by("block.remove", "block", _key(blocks), before={"count": len(blocks), **_said(blocks)})
    return await store.remove_blocks(blocks)


async def remove_block(desk: Desk, block_id: int) -> Block:
    """Take one entry away, whosever it is. Raises NotFound."""
    for block in await desk.store.blocks(after=block_id - 1, limit=1):
        if block.block_id == block_id:
            await remove_blocks(desk, [block])
            return block
    raise NotFound(f"there is no block {block_id}")


async def blocks_met(store: OperatorStore, number: str) -> list[Block]:
    """The entries that a number meets, for all accounts or for one. Raises Mistaken."""
    try:
        recipient = parse_recipient(number.replace(" ", ""))
    except BadNumber:
        raise Mistaken("number", f"{number!r} is not a number: give digits, country code first, without 00.") from None
    return await store.blocks_met(recipient, limit=MET_MAX)


async def add_own_block(desk: Desk, account_id: int, digits: str, *, is_prefix: bool, note: str) -> Block:
    """Block a number or prefix for one account, as its owner may. Raises Mistaken or AlreadyExists."""
    block = read_block(digits, is_prefix=is_prefix, account_id=account_id, is_delisted=False, note=note)
    known = await desk.store.find_block(block)
    if known is not None and known.is_delisted:
        raise Mistaken("digits", "The operator has delisted this number for you already.")
    await add_blocks(desk, [block])
    return block


async def remove_own_block(desk: Desk, account_id: int, block_id: int) -> Block:
    """Take away what is blocked for one account alone, unless the operator has delisted it. Raises NotFound."""
    for block in await desk.store.blocks_of(account_id, after=block_id - 1, limit=1):
        if block.block_id == block_id and not block.is_delisted:
            await remove_blocks(desk, [block])
            return block
    raise NotFound(f"there is no block {block_id}")


def _key(blocks: Sequence[Block]) -> str:
    """What the audit log calls them: by their digits, or the first of many."""
    return blocks[0].digits + ("" if len(blocks) == 1 else " ...")


def _said(blocks: Sequence[Block]) -> dict[str, object]:
    first = blocks[0]
    return {"is_prefix": first.is_prefix, "account_id": first.account_id, "is_delisted": first.is_delisted}
