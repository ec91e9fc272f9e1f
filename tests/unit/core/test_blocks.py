"""Who is told what about a blocked number."""

from __future__ import annotations

import pytest

from angarium.core.blocks import BLOCKED, DELISTED, Block, BlockList, refusals
from angarium.core.refusals import Refusal

LIST = BlockList(
    [
        Block("2799", is_prefix=True),
        Block("279", is_prefix=True, account_id=2, is_delisted=True),
        Block("44", is_prefix=True, account_id=1),
    ]
)


@pytest.mark.parametrize(
    ("recipient", "account_id", "refusal"),
    [
        (27990000001, 1, BLOCKED),
        (27990000001, 2, DELISTED),
        (27980000001, 1, None),
        (27980000001, 2, DELISTED),
        (44770000001, 1, BLOCKED),
        (44770000001, 2, None),
        (2799, 3, BLOCKED),
        (279, 3, None),
    ],
)
def test_a_prefix_blocks_what_begins_so(recipient: int, account_id: int, refusal: Refusal | None) -> None:
    """For all accounts or for one; a number as short as the prefix too (rest-api 5)."""
    assert LIST.refusal(recipient, account_id=account_id) == refusal


def test_what_holds_for_all_goes_before_what_holds_for_one() -> None:
    """Of two entries for one number."""
    blocks = [
        Block("1", account_id=7, is_delisted=True),
        Block("1"),
        Block("2", account_id=8),
        Block("3", account_id=7),
    ]

    assert refusals(blocks, account_id=7) == {1: BLOCKED, 3: BLOCKED}
    assert refusals(reversed(blocks), account_id=7) == {1: BLOCKED, 3: BLOCKED}


def test_an_empty_list_blocks_nobody() -> None:
    """And says that there is nothing to look for."""
    assert BlockList().refusal(27990000001, account_id=1) is None
    assert (BlockList().has_prefixes, BlockList().has_numbers) == (False, False)
