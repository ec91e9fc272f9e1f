"""What a form makes and shows only then: made once for the same form, and forgotten after a while."""

from __future__ import annotations

import asyncio

import pytest

from angarium.console.once import KEPT_MAX, KEPT_MS, Once


class Maker:
    """Makes 1, 2, 3 …, each when it may."""

    def __init__(self) -> None:
        self.count = 0
        self.may = asyncio.Event()
        self.may.set()

    async def make(self) -> int:
        """The next number."""
        self.count += 1
        mine = self.count
        await self.may.wait()
        return mine


async def test_the_same_form_makes_one_thing() -> None:
    """And another form another."""
    once, maker = Once[int](), Maker()

    made = [await once.made(key, maker.make, now=0) for key in ("a", "a", "b", "a")]

    assert made == [1, 1, 2, 1]


async def test_a_button_pressed_twice_makes_one_thing() -> None:
    """Also when the browser has let go of the first request before it was answered."""
    once, maker = Once[int](), Maker()
    maker.may.clear()
    first = asyncio.create_task(once.made("a", maker.make, now=0))
    await asyncio.sleep(0)
    second = asyncio.create_task(once.made("a", maker.make, now=0))
    await asyncio.sleep(0)
    first.cancel()
    maker.may.set()

    assert await second == 1
    assert maker.count == 1


async def test_what_could_not_be_made_can_be_tried_again() -> None:
    """The mistake is told, and nothing is remembered of it."""
    once, maker = Once[int](), Maker()

    async def fail() -> int:
        raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        await once.made("a", fail, now=0)

    assert await once.made("a", maker.make, now=0) == 1


async def test_it_is_forgotten() -> None:
    """After some minutes, or when there is too much of it."""
    once, maker = Once[int](), Maker()
    await once.made("a", maker.make, now=0)
    assert await once.made("a", maker.make, now=KEPT_MS) == 2

    for place in range(KEPT_MAX + 1):
        await once.made(f"b{place}", maker.make, now=KEPT_MS)
    assert await once.made("a", maker.make, now=KEPT_MS) == KEPT_MAX + 4
