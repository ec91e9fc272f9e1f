"""A store of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from angarium.stores.sqlite.store import SqliteStore
from tests.contract.stage import Stage


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A new and empty store."""
    store = SqliteStore(tmp_path / "angarium.db")
    yield store
    await store.close()


@pytest.fixture
async def stage(store: SqliteStore) -> Stage:
    """The same with what messages need."""
    return await Stage.set_up(store)
