"""The pages of this folder are true."""

from __future__ import annotations

import pytest

from tests.wire.pages import Example, examples, run
from tests.wire.world import World


@pytest.mark.parametrize("example", examples(), ids=str)
async def test_the_page_shows_what_happens(example: Example, world: World) -> None:
    """Each request of the example gets the answer that the page shows beside it."""
    await run(example, world)


def test_every_example_has_requests_with_their_answers() -> None:
    """No heading stands without an example, and no request without its answer."""
    incomplete = [
        str(example)
        for example in examples()
        if not example.blocks or sum(kind == "http" for kind, _ in example.blocks) % 2
    ]

    assert incomplete == []
