"""Every example gets a world of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.wire.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A REST API over a temporary store, at noon."""
    async with open_world(tmp_path) as world:
        yield world
