"""The journal over the real flows."""

from __future__ import annotations

from angarium.core.clocktime import DAY_MS, HOUR_MS, UnixMs
from angarium.core.journal import Entry
from angarium.flows import journal
from angarium.flows.journal import JournalReader
from tests.gateway import NOON, RATE, RECIPIENT, Gateway, accepted, receipt


async def read(
    gateway: Gateway, *, since: UnixMs = NOON, until: UnixMs = NOON + DAY_MS, open_too: bool = False
) -> list[Entry]:
    """The whole journal of a time."""
    reader = JournalReader(store=gateway.store, tables=gateway.tables, public_ids=gateway.public_ids)
    pages = reader.pages(since=since, until=until, now=gateway.clock.at, open_too=open_too)
    return [entry async for page in pages for entry in page]


async def test_a_delivered_message_is_told_whole(gateway: Gateway) -> None:
    """Who, to whom, by which carrier, when, and what it cost."""
    (message_id,) = await gateway.send(client_message_id="order 7")
    gateway.clock.at += 1_000
    await gateway.answer(accepted(await gateway.submit_one()))
    gateway.clock.at += 1_000
    await gateway.deliver(receipt())

    (entry,) = await read(gateway)

    assert entry.message_id == gateway.public_ids.show(message_id)
    assert (entry.account, entry.connection, entry.client_message_id) == ("acme", "resending", "order 7")
    assert (entry.recipient, entry.segments, entry.rate, entry.charge) == (str(RECIPIENT), 1, RATE, RATE)
    assert (entry.status, entry.state, entry.cause) == ("004", "delivered", "receipt_delivered")
    assert (entry.accepted_at, entry.submitted_at, entry.changed_at) == (NOON, NOON + 1_000, NOON + 2_000)
    assert (entry.attempts, entry.doubts) == (1, 0)


async def test_time_is_the_moment_of_acceptance(gateway: Gateway) -> None:
    """From the first moment on, and before the second."""
    ids = []
    for _ in range(3):
        ids += await gateway.send()
        gateway.clock.at += HOUR_MS

    told = await read(gateway, since=NOON + HOUR_MS, until=NOON + 2 * HOUR_MS, open_too=True)

    assert [entry.message_id for entry in told] == [gateway.public_ids.show(ids[1])]


async def test_what_has_not_ended_is_told_when_asked_for(gateway: Gateway) -> None:
    """An invoice is for what has ended."""
    await gateway.send()

    assert await read(gateway) == []
    assert [entry.status for entry in await read(gateway, open_too=True)] == ["008"]


async def test_many_messages_come_in_pages_without_a_gap(gateway: Gateway, monkeypatch) -> None:
    """Each once, in the order of acceptance, the ends of pages included."""
    monkeypatch.setattr(journal, "PAGE_MESSAGES", 2)
    ids = [message_id for _ in range(5) for message_id in await gateway.send()]

    told = await read(gateway, open_too=True)

    assert [entry.message_id for entry in told] == gateway.public_ids.show_all(ids)


async def test_a_page_of_nothing_but_open_messages_is_not_the_end(gateway: Gateway, monkeypatch) -> None:
    """Reading goes on behind them."""
    monkeypatch.setattr(journal, "PAGE_MESSAGES", 1)
    await gateway.send(scheduled_at=NOON + HOUR_MS)
    (stopped,) = await gateway.send()
    await gateway.stop(stopped)

    assert [entry.status for entry in await read(gateway)] == ["006"]
