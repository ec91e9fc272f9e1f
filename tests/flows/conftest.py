"""What the tests of the legs share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway import Gateway, open_gateway


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    """All flows joined over a store, and the money counted when the test is over."""
    async with open_gateway(tmp_path / "store") as gateway:
        yield gateway
        assert await gateway.store.ledger_faults() == []
