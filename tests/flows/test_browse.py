"""Looking through messages: a page is filled by as many bounded searches as it may take, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from angarium.core.clocktime import HOUR_MS, MINUTE_MS
from angarium.core.message_ids import first_message_id
from angarium.core.tallies import bucket_of
from angarium.flows.browse import browse, everything
from angarium.flows.tallying import Tallying
from angarium.ports.searches import MessageQuery
from angarium.stores.sqlite import searches
from angarium.stores.sqlite.store import SqliteStore
from tests.contract.stage import NOON, Stage, add_account
from tests.gateway import Gateway, SetClock

RARE = 27990004711


async def rest() -> None:
    """Nobody else is there."""


@pytest.fixture
def small_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search looks at three messages."""
    monkeypatch.setattr(searches, "MESSAGES_SCANNED_MAX", 3)


async def ids(gateway: Gateway, query: MessageQuery, **parameters: Any) -> tuple[list[int], int | None]:
    """What is found, and where to go on."""
    found = await browse(query, store=gateway.store, rest=rest, **parameters)
    return [view.message_id for view in found.messages], found.next_before_id


async def test_a_page_is_filled_by_several_searches(gateway: Gateway, small_searches: None) -> None:
    """One that finds too little is followed by the next; after some it is told where to go on."""
    rare = await gateway.send(to=[RARE])
    await gateway.send(to=[27990000001] * 8)
    query = MessageQuery(2, recipient_ends="4711")

    assert await ids(gateway, query, searches_max=4) == (rare, None)
    nothing, go_on = await ids(gateway, query, searches_max=2)
    assert (nothing, go_on is not None) == ([], True)
    assert await ids(gateway, query._replace(before_id=go_on), searches_max=2) == (rare, None)


async def test_all_of_a_query_comes_a_page_at_a_time(gateway: Gateway, small_searches: None) -> None:
    """For an export: everything, once, newest first."""
    sent = await gateway.send(to=[27990000001] * 7)

    pages = [page async for page in everything(MessageQuery(2), store=gateway.store, rest=rest)]

    assert [view.message_id for page in pages for view in page] == sent[::-1]
    assert max(map(len, pages)) == 2


async def test_a_quiet_account_is_found_behind_everybody_elses_messages(tmp_path: Path, small_searches: None) -> None:
    """The tallies say when it had a message: the hours between are not looked through."""
    store = SqliteStore(tmp_path / "angarium.db")
    stage = await Stage.set_up(store)
    busy, _ = await add_account(store, "busy")
    clock = SetClock(bucket_of(NOON))
    stage.next_id = first_message_id(clock.at)
    mine = await stage.queue()
    for _ in range(20):
        clock.at += HOUR_MS
        stage.next_id = first_message_id(clock.at)
        await stage.queue(2, account_id=busy, shared={"account_id": busy})
    tallying = Tallying(store=store, clock=clock, keep_days=400)
    await tallying.start()
    for _ in range(10):
        await tallying.run_once()
        clock.at += MINUTE_MS

    found = await browse(MessageQuery(2, account_id=stage.account_id), store=store, rest=rest, searches_max=3)

    assert ([view.message_id for view in found.messages], found.next_before_id) == (mine, None)
    await store.close()
