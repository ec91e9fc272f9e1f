"""Operator tokens: known by their digest, unique by name while they are valid, and their use noted."""

from __future__ import annotations

import pytest

from angarium.core.account import token_hash
from angarium.ports.operators import OperatorTokenRow
from angarium.ports.store import AlreadyExists, NotFound
from tests.contract.stage import NOON, AnyStore

SCOPES = ("messages:read", "admin")


async def add(store: AnyStore, name: str = "ops", token: bytes = b"t", **changes: int) -> OperatorTokenRow:
    """A token of both scopes."""
    return await store.add_operator_token(
        name,
        scopes=SCOPES,
        token_hash=token_hash(token),
        expires_at=changes.get("expires_at"),
        at=NOON,
        made_by="person:ada",
    )


async def test_a_token_is_found_by_its_digest(store: AnyStore) -> None:
    """With everything that it was made with, and by no other digest."""
    made = await add(store, expires_at=NOON + 5)

    assert made == OperatorTokenRow(made.operator_token_id, "ops", SCOPES, NOON, NOON + 5, None, None, "person:ada")
    assert await store.operator_token(token_hash(b"t")) == made
    assert await store.operator_token(token_hash(b"u")) is None
    assert await store.operator_tokens() == [made]


async def test_the_newest_tokens_come_page_by_page(store: AnyStore) -> None:
    """Newest first, below a number."""
    made = [await add(store, name=name, token=name.encode()) for name in ("one", "two", "three")]

    first = await store.newest_operator_tokens(limit=2)
    rest = await store.newest_operator_tokens(before_id=first[-1].operator_token_id, limit=2)

    assert [*first, *rest] == made[::-1]


async def test_a_name_is_free_again_once_its_token_is_revoked(store: AnyStore) -> None:
    """Two valid tokens of one name would make the audit log say nothing."""
    first = await add(store)
    with pytest.raises(AlreadyExists):
        await add(store, token=b"u")

    await store.revoke_operator_token(first.operator_token_id, at=NOON + 1)
    await store.revoke_operator_token(first.operator_token_id, at=NOON + 2)
    await add(store, token=b"u")

    assert [row.revoked_at for row in await store.operator_tokens()] == [NOON + 1, None]


async def test_a_digest_is_stored_once_whatever_the_name(store: AnyStore) -> None:
    """One token cannot be two operators."""
    await add(store)

    with pytest.raises(AlreadyExists):
        await add(store, name="other")


async def test_what_was_never_made_cannot_be_revoked(store: AnyStore) -> None:
    """The caller hears of it."""
    with pytest.raises(NotFound):
        await store.revoke_operator_token(4711, at=NOON)


async def test_the_use_of_a_token_is_noted(store: AnyStore) -> None:
    """And nothing else of it changes; no process loads its tables anew for that."""
    made = await add(store)
    version = await store.settings_version()

    await store.write(lambda tx: tx.operator_token_used(made.operator_token_id, at=NOON + 7))

    assert await store.operator_tokens() == [made._replace(used_at=NOON + 7)]
    assert await store.settings_version() == version


def test_a_token_is_valid_until_it_expires_or_is_revoked() -> None:
    """To the millisecond."""
    row = OperatorTokenRow(1, "ops", SCOPES, NOON, NOON + 5, None, None, "")

    assert [row.is_valid(now=NOON + late) for late in (0, 4, 5)] == [True, True, False]
    assert not row._replace(revoked_at=NOON + 1).is_valid(now=NOON)
    assert row._replace(expires_at=None).is_valid(now=NOON + 10**12)
