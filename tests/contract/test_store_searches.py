"""What an operator looks for: all of it is found, newest first, and a search ends in a bounded time."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.core.states import Cause, State
from angarium.core.status_codes import STATUS_CODES
from angarium.ports.searches import MessageQuery
from angarium.stores.sqlite import searches
from angarium.text.segments import Content
from tests.contract.stage import NOON, AnyStore, Stage, add_account, move, receipted


async def ids(store: AnyStore, **query: Any) -> list[int]:
    """The messages that a query finds on all its pages together."""
    found: list[int] = []
    while True:
        page = await store.search_messages(MessageQuery(limit=2, **query))
        assert len(page.messages) <= 2
        found += [view.message_id for view in page.messages]
        if page.next_before_id is None:
            return found
        query["before_id"] = page.next_before_id


async def test_every_message_is_found_once_newest_first(stage: Stage) -> None:
    """However many pages it takes."""
    queued = await stage.queue(3) + await stage.queue(2)

    assert await ids(stage.store) == queued[::-1]


async def test_a_search_by_what_a_message_is(stage: Stage) -> None:
    """Account, carrier, recipient and state, alone and together; a range of keys is a range of time."""
    other, _ = await add_account(stage.store, "other")
    carrier = await stage.store.create_carrier("second", {})
    (plain,) = await stage.queue()
    (theirs,) = await stage.queue(account_id=other, shared={"account_id": other})
    (elsewhere,) = await stage.queue(carrier_id=carrier.carrier_id, recipient=4711)
    await stage.end(theirs)
    store = stage.store

    assert await ids(store, account_id=other) == [theirs]
    assert await ids(store, carrier_id=carrier.carrier_id) == [elsewhere]
    assert await ids(store, recipient=4711) == [elsewhere]
    assert await ids(store, state=State.CANCELLED) == [theirs]
    assert await ids(store, state=State.QUEUED, account_id=stage.account_id) == [elsewhere, plain]
    assert await ids(store, recipient=4711, account_id=other) == []
    assert await ids(store, first_id=theirs) == [elsewhere, theirs]
    assert await ids(store, before_id=elsewhere) == [theirs, plain]


async def test_a_search_by_status_number(stage: Stage) -> None:
    """Whatever state and cause stand behind it; a moment decides about what is scheduled (rest-api 7)."""
    accepted, scheduled, waits, ended, refused, costly = await stage.queue(6, shared={"client_message_id": "c1"})
    await stage.move(
        move(scheduled, state=State.QUEUED, cause=Cause.SCHEDULED, due_at=NOON + 10),
        move(waits, state=State.QUEUED, cause=Cause.CARRIER_BUSY, due_at=NOON + 10),
        move(refused, state=State.REJECTED, cause=Cause.REFUSED_CONTENT),
        move(costly, state=State.REJECTED, cause=Cause.TOO_COSTLY),
    )
    await stage.end(ended, state=State.UNDELIVERED)
    store, account_id = stage.store, stage.account_id

    for more in ({}, {"oldest_first": True}, {"client_message_id": "c1"}):
        found = {
            code: await ids(store, account_id=account_id, status_code=code, now=NOON, **more)
            for code in (*STATUS_CODES, 13)
        }
        assert {code: each for code, each in found.items() if each} == {
            2: [waits],
            5: [refused],
            7: [ended],
            8: [accepted],
            9: [costly],
            11: [scheduled],
        }
    assert await ids(store, status_code=8, now=NOON + 10) == [scheduled, accepted]


async def test_a_search_by_the_customers_own_reference(stage: Stage) -> None:
    """All requests of one account under it, and nobody else's."""
    other, _ = await add_account(stage.store, "other")
    first = await stage.queue(3, shared={"client_message_id": "c'1"})
    await stage.queue(shared={"client_message_id": "c2"})
    await stage.queue(account_id=other, shared={"account_id": other, "client_message_id": "c'1"})
    second = await stage.queue(2, shared={"client_message_id": "c'1"})

    found = await ids(stage.store, account_id=stage.account_id, client_message_id="c'1")
    newer = await ids(stage.store, account_id=stage.account_id, client_message_id="c'1", first_id=first[1])

    assert found == (first + second)[::-1]
    assert newer == (first[1:] + second)[::-1]


async def test_a_search_looks_at_a_bounded_number_of_messages(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may come back with nothing and say where to go on: a rare message is found in several steps."""
    monkeypatch.setattr(searches, "MESSAGES_SCANNED_MAX", 3)
    (rare,) = await stage.queue(recipient=4711)
    await stage.queue(7)

    first = await stage.store.search_messages(MessageQuery(limit=2, recipient=4711))

    assert first.messages == []
    assert first.next_before_id is not None
    assert await ids(stage.store, recipient=4711) == [rare]


async def test_a_search_by_the_last_digits(stage: Stage) -> None:
    """As people remember numbers, a leading zero included; a number whose digits are forgotten has none to find."""
    (one,) = await stage.queue(recipient=27990000017)
    (other,) = await stage.queue(recipient=27990000117, shared={"client_message_id": "c1"})
    await stage.queue(recipient=-2799000)

    assert await ids(stage.store, recipient_ends="17") == [other, one]
    assert await ids(stage.store, recipient_ends="0017") == [one]
    assert await ids(stage.store, recipient_ends="17", account_id=stage.account_id, client_message_id="c1") == [other]
    assert await ids(stage.store, recipient_ends="000") == []


async def test_a_search_by_what_a_message_says(stage: Stage) -> None:
    """In any alphabet and case; what is erased is not found."""
    (plain,) = await stage.queue(shared={"content": Content.of_text("Your CODE is 1 @ home")})
    (cyrillic,) = await stage.queue(shared={"content": Content.of_text("Ваш Код: 2"), "client_message_id": "c1"})
    (erased,) = await stage.queue(shared={"content": Content.of_text("code 3")})
    await stage.store.write(lambda tx: tx.erase_texts([erased]))

    assert await ids(stage.store, text="code") == [plain]
    assert await ids(stage.store, text="1 @ Home") == [plain]
    assert await ids(stage.store, text="код") == [cyrillic]
    assert await ids(stage.store, text="ваш", account_id=stage.account_id, client_message_id="c1") == [cyrillic]
    assert await ids(stage.store, text="code", account_id=stage.account_id, client_message_id="c1") == []


async def test_a_search_from_the_old_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Going on by the first id; both ends of the range hold, and it too is bounded."""
    monkeypatch.setattr(searches, "MESSAGES_SCANNED_MAX", 3)
    queued = await stage.queue(8)

    async def upwards(first_id: int, **query: Any) -> list[int]:
        found: list[int] = []
        at: int | None = first_id - 1
        while at is not None:
            page = await stage.store.search_messages(MessageQuery(2, first_id=at + 1, oldest_first=True, **query))
            found += [view.message_id for view in page.messages]
            at = page.next_before_id
        return found

    assert await upwards(queued[2], before_id=queued[7]) == queued[2:7]
    assert await upwards(0, recipient=4711) == []


async def test_what_hangs_on_a_message(stage: Stage) -> None:
    """Its request, and its segments with what the carrier said of them."""
    (message_id,) = await stage.send("a1")
    await stage.store.write(lambda tx: tx.settle_receipts([receipted(message_id)]))

    request = await stage.store.request_of_message(message_id)
    (segment,) = await stage.store.segments_of_message(message_id)

    assert request is not None
    assert (request.request_id, request.sender) == (message_id, "Angarium")
    assert segment[:4] == (0, stage.carrier_id, "A1", NOON)
    assert segment.receipt_cause is not None
    assert (segment.receipt_at, segment.receipt_cause.name, segment.error) == (NOON + 1, "RECEIPT_DELIVERED", "000")
    assert await stage.store.request_of_message(4711) is None
    assert await stage.store.segments_of_message(4711) == []
