"""The block list: numbers and prefixes, for all accounts or for one (rest-api 5)."""

from __future__ import annotations

import pytest

from angarium.core.account import AccountSettings
from angarium.core.blocks import BLOCKED, PREFIXES_MAX, Block
from angarium.ports.store import AlreadyExists, NotFound
from tests.contract.stage import NOON, AnyStore, Place, Stage

NUMBER = Block("27990000001", note="asked by phone", blocked_at=NOON)
PREFIX = Block("2798", is_prefix=True, blocked_at=NOON)


def plain(blocks: list[Block]) -> list[Block]:
    """Without the numbers that the store gives them."""
    return [block._replace(block_id=0) for block in blocks]


async def test_an_empty_list_costs_no_look(store: AnyStore) -> None:
    """It says that there is nothing to look for."""
    blocks = await store.block_list()

    assert (blocks.has_numbers, blocks.has_prefixes) == (False, False)
    assert await store.blocks(limit=10) == []


async def test_what_was_blocked_is_found(place: Place) -> None:
    """Numbers by looking, prefixes in the list, also after a restart."""
    store = await place.open()
    assert await store.add_blocks([NUMBER, PREFIX]) == 2

    store = await place.reopen(store)
    blocks = await store.block_list()

    assert (blocks.has_numbers, blocks.has_prefixes) == (True, True)
    assert blocks.refusal(27980000001, account_id=1) == BLOCKED
    assert plain(await store.blocked([27990000001, 27980000001, 27990000002])) == [NUMBER]
    assert plain(await store.blocks(limit=10)) == [NUMBER, PREFIX]


async def test_an_entry_is_one_of_its_account(stage: Stage) -> None:
    """The same number may be blocked for all and for one, in different words."""
    own = NUMBER._replace(account_id=stage.account_id, is_delisted=True)

    assert await stage.store.add_blocks([NUMBER, own]) == 2
    assert plain(await stage.store.blocked([27990000001])) == [NUMBER, own]
    assert await stage.store.remove_blocks([own, own]) == 1
    assert plain(await stage.store.blocked([27990000001])) == [NUMBER]


async def test_an_accounts_own_entries_are_listed_alone(stage: Stage) -> None:
    """Not those for all, nor another account's; from an entry on."""
    other = await stage.store.create_account("other", AccountSettings(), at=NOON)
    own = [NUMBER._replace(account_id=stage.account_id), PREFIX._replace(account_id=stage.account_id)]
    await stage.store.add_blocks([NUMBER, *own, NUMBER._replace(account_id=other.account_id)])

    found = await stage.store.blocks_of(stage.account_id, limit=10)

    assert plain(found) == own
    assert await stage.store.blocks_of(stage.account_id, after=found[0].block_id, limit=10) == found[1:]
    assert await stage.store.blocks_of(stage.account_id, limit=1) == found[:1]


async def test_entries_for_all_accounts_are_listed_alone(stage: Stage) -> None:
    """Newest first, page by page, without those of accounts in between."""
    numbers = [NUMBER._replace(digits=f"2799000000{each}") for each in range(4)]
    for number in numbers:
        await stage.store.add_blocks([number, number._replace(account_id=stage.account_id)])

    first = await stage.store.blocks_of_all(limit=3)
    rest = await stage.store.blocks_of_all(before_id=first[-1].block_id, limit=3)

    assert plain([*first, *rest]) == numbers[::-1]


async def test_what_a_number_meets_is_found(stage: Stage) -> None:
    """In the order in which they count: the shortest prefix first, itself last; for all accounts before one's own."""
    short, long = PREFIX._replace(digits="27"), PREFIX._replace(digits="2799")
    own = [NUMBER._replace(account_id=stage.account_id), short._replace(account_id=stage.account_id)]
    others = [PREFIX, NUMBER._replace(digits="2799"), NUMBER._replace(digits="27990000002")]
    await stage.store.add_blocks([*own, short, long, NUMBER, *others])

    assert plain(await stage.store.blocks_met(27990000001, limit=5)) == [short, own[1], long, NUMBER, own[0]]
    assert plain(await stage.store.blocks_met(27990000001, limit=1)) == [short, long, NUMBER]
    assert await stage.store.blocks_met(33000000001, limit=5) == []


async def test_blocking_again_replaces(store: AnyStore) -> None:
    """It is no mistake, and counts as nothing new."""
    await store.add_blocks([NUMBER])

    assert await store.add_blocks([NUMBER._replace(note="letter"), PREFIX]) == 1
    assert plain(await store.blocks(limit=10)) == [NUMBER._replace(note="letter"), PREFIX]


async def test_a_prefix_and_a_number_of_the_same_digits_are_two(store: AnyStore) -> None:
    """Removing one leaves the other."""
    await store.add_blocks([PREFIX, PREFIX._replace(is_prefix=False)])

    assert await store.remove_blocks([PREFIX]) == 1
    assert await store.remove_blocks([PREFIX]) == 0
    assert plain(await store.blocked([2798])) == [PREFIX._replace(is_prefix=False)]


async def test_the_list_is_read_a_page_at_a_time(store: AnyStore) -> None:
    """Each page begins where the last one ended."""
    entries = [Block(str(27990000000 + number)) for number in range(5)]
    await store.add_blocks([*entries, PREFIX])

    first = await store.blocks(limit=4)
    rest = await store.blocks(after=first[-1].block_id, limit=4)

    assert plain(first) == entries[:4]
    assert [(each.digits, each.is_prefix) for each in rest] == [("27990000004", False), ("2798", True)]


async def test_a_change_is_noticed(store: AnyStore) -> None:
    """Running processes load the list again."""
    before = await store.settings_version()
    await store.add_blocks([NUMBER])
    between = await store.settings_version()
    await store.remove_blocks([NUMBER])

    assert before < between < await store.settings_version()


async def test_an_account_that_does_not_exist_blocks_nothing(store: AnyStore) -> None:
    """It is told, and nothing is kept."""
    with pytest.raises(NotFound):
        await store.add_blocks([NUMBER, NUMBER._replace(account_id=7)])

    assert await store.blocks(limit=10) == []


async def test_prefixes_have_a_bound(store: AnyStore) -> None:
    """They are held in memory: one too many is refused, and none of its company is kept."""
    many = [Block(str(1000 + number), is_prefix=True) for number in range(PREFIXES_MAX)]
    await store.add_blocks(many)

    with pytest.raises(AlreadyExists, match=str(PREFIXES_MAX)):
        await store.add_blocks([NUMBER, Block("999999", is_prefix=True)])

    assert await store.blocked([27990000001]) == []
    assert await store.add_blocks([many[0]]) == 0
