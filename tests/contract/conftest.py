"""Every store that there is, each at a place of its own: one suite of promises for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from angarium.stores.sqlite.store import SqliteStore
from tests.contract.stage import AnyStore, Place, Stage


async def open_sqlite(folder: Path) -> AnyStore:
    """The embedded store in its file."""
    return SqliteStore(folder / "angarium.db")


IMPLEMENTATIONS = {"sqlite": open_sqlite}
"""How a store is opened, given a folder for what it keeps: a new one, or the one that was there before."""


@pytest.fixture(params=IMPLEMENTATIONS)
async def place(request: pytest.FixtureRequest, tmp_path: Path, no_task_left_behind: None) -> AsyncIterator[Place]:
    """Where stores are opened that are one and the same; all of them are closed in the end."""
    place = Place(lambda: IMPLEMENTATIONS[request.param](tmp_path))
    yield place
    await place.close_all()


@pytest.fixture
async def store(place: Place) -> AnyStore:
    """A new and empty store."""
    return await place.open()


@pytest.fixture
async def stage(store: AnyStore) -> Stage:
    """The same store with an account, a connection, a carrier, and a hundred credits."""
    return await Stage.set_up(store)
