"""Operator tokens: who made them, and what stays when somebody goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from angarium.flows import operators
from angarium.flows.desk import Desk, Mistaken
from angarium.flows.operators import Scope
from angarium.ports.store import NotFound
from angarium.stores.sqlite.store import SqliteStore
from tests.gateway import NOON

DAY_MS = 86_400_000


class Mint:
    """Tokens that can be told apart."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def operator_token(self) -> tuple[str, bytes]:
        """The next one, and what stands for its digest."""
        number = next(self._numbers)
        return f"token {number}", bytes([number])


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """With no token in it."""
    store = SqliteStore(tmp_path / "angarium.db")
    yield store
    await store.close()


@pytest.fixture
def mint() -> Mint:
    """Makes tokens."""
    return Mint()


def desk(store: SqliteStore, mint: Mint, author: str, *, now: int = NOON) -> Desk:
    """Somebody's, at a moment."""
    anything: Any = mint
    desk_store: Any = store
    return Desk(store=desk_store, checks=anything, mint=anything, author=author, now=now)


async def test_a_token_has_the_name_of_whoever_made_it(store: SqliteStore, mint: Mint) -> None:
    """On its row, and in the audit log beside its number; the secret is in neither."""
    ada = desk(store, mint, "person:ada")

    token, row = await operators.create_token(ada, "night shift", [Scope.MESSAGES_READ])

    assert row.made_by == "person:ada"
    assert await operators.find_token(ada, row.operator_token_id) == row
    (entry,) = await store.audit(before_id=None, limit=10)
    assert (entry.author, entry.action, entry.subject) == ("person:ada", "operator_token.create", "operator_token/1")
    assert token not in str(entry) + str(row)
    with pytest.raises(NotFound):
        await operators.find_token(ada, row.operator_token_id + 1)


async def test_what_somebody_made_is_told_when_they_go(store: SqliteStore, mint: Mint) -> None:
    """As long as it opens anything; also what they made while they acted for an account."""
    for author, name, expires_at in (
        ("person:ada", "robot", None),
        ("person:ada", "yesterday", NOON + DAY_MS),
        ("person:ada for account/1", "export", None),
        ("person:adam", "other", None),
        ("cli:ada", "machine", None),
    ):
        await operators.create_token(desk(store, mint, author), name, [Scope.MESSAGES_READ], expires_at=expires_at)
    later = desk(store, mint, "person:boss", now=NOON + 2 * DAY_MS)

    assert "still open the API: robot, export." in await operators.left_behind(later, "ada")

    await operators.revoke_token(later, 1)
    await operators.revoke_token(later, 3)
    assert await operators.left_behind(later, "ada") == ""


@pytest.mark.parametrize("scopes", [[], ["everything"]])
async def test_a_token_without_a_scope_is_refused(store: SqliteStore, mint: Mint, scopes: list[str]) -> None:
    """With the scopes that there are."""
    with pytest.raises(Mistaken, match="messages:read"):
        await operators.create_token(desk(store, mint, "person:ada"), "ops", scopes)
