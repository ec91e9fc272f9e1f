"""The audit log: a row stands or falls with the change that it tells of."""

from __future__ import annotations

import pytest

from angarium.core.account import AccountSettings
from angarium.ports.audit import Act
from angarium.ports.store import AlreadyExists, Tx
from tests.contract.stage import NOON, AnyStore, Stage

ACT = Act(NOON, "cli:somebody", "account.create", "account", after={"name": "acme", "senders": ["ü'\""], "n": None})


async def actions(store: AnyStore, **filters: str) -> list[tuple[str, str]]:
    """What the log says, newest first: actions and subjects."""
    return [(entry.action, entry.subject) for entry in await store.audit(before_id=None, limit=100, **filters)]


async def test_a_change_leaves_its_row(store: AnyStore) -> None:
    """The row says all that it was given, and the number of what the change has made."""
    account = await store.by(ACT).create_account("acme", AccountSettings(), at=NOON)

    (entry,) = await store.audit(before_id=None, limit=10)

    assert entry[1:4] == (NOON, "cli:somebody", "account.create")
    assert entry.subject == f"account/{account.account_id}"
    assert (entry.before, entry.after) == (None, {"name": "acme", "senders": ["ü'\""], "n": None})


async def test_only_the_change_that_was_asked_by_somebody_leaves_a_row(store: AnyStore) -> None:
    """`by` makes a store of its own; the one it was called on stays as it was."""
    store.by(ACT)

    await store.create_account("acme", AccountSettings(), at=NOON)

    assert await actions(store) == []


async def test_a_change_that_fails_leaves_no_row(store: AnyStore) -> None:
    """What was not changed must not be told of."""
    await store.create_account("acme", AccountSettings(), at=NOON)

    with pytest.raises(AlreadyExists):
        await store.by(ACT).create_account("acme", AccountSettings(), at=NOON)

    assert await actions(store) == []


async def test_rows_written_in_a_transaction_go_with_it(store: AnyStore) -> None:
    """A transaction that is undone takes its rows of the log along."""

    async def undone(tx: Tx) -> None:
        await tx.record([ACT._replace(key="lost")])
        raise RuntimeError("and nothing of it")

    async def kept(tx: Tx) -> None:
        await tx.record([ACT._replace(action="message.stop", kind="message", key="00ff"), ACT._replace(kind="all")])

    with pytest.raises(RuntimeError):
        await store.write(undone)
    await store.write(kept)

    assert await actions(store) == [("account.create", "all"), ("message.stop", "message/00ff")]


async def test_the_log_is_read_by_subject_by_author_and_page_by_page(stage: Stage) -> None:
    """Newest first; each filter alone and both together."""
    store = stage.store
    for author in ("cli:a", "token:b"):
        for account_id in (stage.account_id, 4711):
            act = Act(NOON, author, "account.change", "account", account_id)
            await store.write(lambda tx, act=act: tx.record([act]))  # type: ignore[misc]

    own = f"account/{stage.account_id}"
    newest = await store.audit(before_id=None, limit=2)
    older = await store.audit(before_id=newest[-1].entry_id, limit=2)

    assert [entry.subject for entry in await store.audit(before_id=None, limit=9, subject=own)] == [own, own]
    assert [entry.author for entry in await store.audit(before_id=None, limit=9, author="cli:a")] == ["cli:a", "cli:a"]
    assert len(await store.audit(before_id=None, limit=9, subject=own, author="cli:a")) == 1
    assert [entry.author for entry in (*newest, *older)] == ["token:b", "token:b", "cli:a", "cli:a"]
