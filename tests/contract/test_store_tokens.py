"""Tokens of API connections: let in, listed, ended and revoked."""

from __future__ import annotations

import pytest

from angarium.core.account import ConnectionSettings, token_hash
from angarium.ports.store import AlreadyExists, NotFound
from tests.contract.stage import NOON, Stage

CONNECTION = ConnectionSettings()


async def test_a_token_lets_its_caller_in(stage: Stage) -> None:
    """Its digest leads to the connection and the account, and its sealed form is kept."""
    digest = token_hash(b"token")

    token = await stage.store.add_token(stage.connection_id, token_hash=digest, sealed=b"\0sealed", at=NOON)

    caller = (await stage.store.directory()).caller(digest, now=NOON)
    assert caller is not None
    assert (caller.account.account_id, caller.connection.connection_id) == (stage.account_id, stage.connection_id)
    assert token[1:] == (stage.connection_id, NOON, None, b"\0sealed", None)
    assert await stage.store.tokens() == await stage.store.tokens(stage.connection_id) == [token]


async def test_a_revoked_token_lets_nobody_in(stage: Stage) -> None:
    """It stays in the list with its moment, its neighbour goes on working, and revoking again changes nothing."""
    digests = [token_hash(b"one"), token_hash(b"two")]
    revoked, valid = [
        await stage.store.add_token(stage.connection_id, token_hash=digest, sealed=b"", at=NOON) for digest in digests
    ]

    await stage.store.revoke_token(revoked.token_id, at=NOON + 1)
    await stage.store.revoke_token(revoked.token_id, at=NOON + 2)

    directory = await stage.store.directory()
    assert [directory.caller(digest, now=NOON) is None for digest in digests] == [True, False]
    assert await stage.store.tokens() == [revoked._replace(revoked_at=NOON + 1), valid]


async def test_a_new_token_gives_the_others_of_its_connection_an_end(stage: Stage) -> None:
    """Unless they end sooner or are revoked; those of another connection go on, and so does the new one."""
    other = await stage.store.create_connection(stage.account_id, "app", CONNECTION, at=NOON)
    made = [
        await stage.store.add_token(connection_id, token_hash=token_hash(name), sealed=b"", at=NOON)
        for connection_id, name in (
            (stage.connection_id, b"old"),
            (stage.connection_id, b"sooner"),
            (stage.connection_id, b"revoked"),
            (other.connection_id, b"stranger"),
        )
    ]
    await stage.store.end_token(made[1].token_id, expires_at=NOON + 5)
    await stage.store.revoke_token(made[2].token_id, at=NOON + 1)

    new = await stage.store.add_token(
        stage.connection_id, token_hash=token_hash(b"new"), sealed=b"", at=NOON + 2, others_end_at=NOON + 9
    )

    ends = {row.token_id: row.expires_at for row in await stage.store.tokens()}
    assert ends == {
        made[0].token_id: NOON + 9,
        made[1].token_id: NOON + 5,
        made[2].token_id: None,
        made[3].token_id: None,
        new.token_id: None,
    }
    directory = await stage.store.directory()
    old = token_hash(b"old")
    assert [directory.caller(old, now=at) is None for at in (NOON + 8, NOON + 9)] == [False, True]
    assert directory.caller(token_hash(b"new"), now=NOON + 9) is not None


async def test_the_end_of_a_token_can_be_changed_and_taken_away(stage: Stage) -> None:
    """One that is not there is said to be missing."""
    token = await stage.store.add_token(stage.connection_id, token_hash=token_hash(b"t"), sealed=b"", at=NOON)

    await stage.store.end_token(token.token_id, expires_at=NOON + 1)
    assert (await stage.store.tokens())[0].expires_at == NOON + 1
    assert not (await stage.store.tokens())[0].is_valid(now=NOON + 1)
    await stage.store.end_token(token.token_id, expires_at=None)
    assert await stage.store.tokens() == [token]
    with pytest.raises(NotFound):
        await stage.store.end_token(99, expires_at=None)


async def test_a_digest_is_stored_once(stage: Stage) -> None:
    """Not for another connection, and not when it was revoked: a token never changes hands."""
    other = await stage.store.create_connection(stage.account_id, "app", CONNECTION, at=NOON)
    token = await stage.store.add_token(stage.connection_id, token_hash=token_hash(b"t"), sealed=b"", at=NOON)
    await stage.store.revoke_token(token.token_id, at=NOON)

    with pytest.raises(AlreadyExists):
        await stage.store.add_token(other.connection_id, token_hash=token_hash(b"t"), sealed=b"", at=NOON)


async def test_tokens_are_listed_by_connection(stage: Stage) -> None:
    """Those of one, or of all, oldest first."""
    other = await stage.store.create_connection(stage.account_id, "app", CONNECTION, at=NOON)
    first = await stage.store.add_token(other.connection_id, token_hash=token_hash(b"1"), sealed=b"", at=NOON)
    second = await stage.store.add_token(stage.connection_id, token_hash=token_hash(b"2"), sealed=b"", at=NOON)

    assert await stage.store.tokens(other.connection_id) == [first]
    assert await stage.store.tokens() == [first, second]
