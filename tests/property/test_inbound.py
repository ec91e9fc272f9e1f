"""Parts from handsets: whatever their order, their repetitions, and the moments at which the process dies."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from angarium.core.inbound import PARTS_WAIT_MS
from angarium.ports.carrier import InboundSegment
from angarium.ports.store import StoreUnavailable
from tests.gateway import open_gateway, typed

TEXTS = ("a" * 153 + "b" * 10, "ж" * 150, "Hello", "c" * 153 * 2 + "d" * 9)
"""Of two, three, one and three parts, each from a handset of its own."""
MESSAGES = [typed(text, sender=f"2799000000{at}", reference=7 + at) for at, text in enumerate(TEXTS)]
PARTS = [part for message in MESSAGES for part in message]
CRASH, REFUSED = "crash", "refused"


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[InboundSegment] | str]:
    """Each part of several at least once, in any order, in batches, between crashes and full disks."""
    several = [part for part in PARTS if part.numbering.total > 1]
    again = draw(st.lists(st.sampled_from(several), max_size=8))
    order = draw(st.permutations(PARTS + again))
    steps: list[list[InboundSegment] | str] = []
    while order:
        count = draw(st.integers(1, 4))
        steps.append(order[:count])
        order = order[count:]
        if draw(st.booleans()):
            steps.append(draw(st.sampled_from((CRASH, REFUSED))))
    return steps


@given(arrivals())
@settings(max_examples=30, deadline=None)
def test_every_message_arrives_once_and_whole(steps: list[list[InboundSegment] | str]) -> None:
    """A carrier that repeats what was not acknowledged loses nothing and doubles nothing (rest-api 9, delivery 4.7)."""
    assert asyncio.run(_play(steps)) == Counter(TEXTS)


async def _play(steps: list[list[InboundSegment] | str]) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_gateway(Path(folder) / "gateway") as gateway:
            for step in steps:
                if step == CRASH:
                    await gateway.crash()
                elif step == REFUSED:
                    gateway.store.undo_next = 1
                elif isinstance(step, list):
                    try:
                        await gateway.arrive(*step)
                    except StoreUnavailable:
                        await gateway.arrive(*step)
            await gateway.crash()
            gateway.clock.at += PARTS_WAIT_MS + 1
            await gateway.inbound.run_once()
            assert await gateway.store.waiting_parts(limit=10) == []
            return Counter(await gateway.texts())


@given(st.sets(st.sampled_from(range(3))), st.booleans())
@settings(max_examples=16, deadline=None)
def test_what_came_is_never_lost(present: set[int], crash: bool) -> None:
    """Of a message whose other parts never come, each part that came is shown (delivery 1.4)."""
    letters = "xyz"
    parts = typed("".join(letter * 153 for letter in letters))

    async def play() -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            async with open_gateway(Path(folder) / "gateway") as gateway:
                for at in sorted(present, reverse=True):
                    await gateway.arrive(parts[at])
                    if crash:
                        await gateway.crash()
                gateway.clock.at += PARTS_WAIT_MS + 1
                await gateway.inbound.run_once()
                return await gateway.texts()

    texts = asyncio.run(play())

    assert len(texts) == bool(present)
    assert {letter for letter in letters if letter in "".join(texts)} == {letters[at] for at in present}
