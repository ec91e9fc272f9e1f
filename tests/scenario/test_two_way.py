"""A conversation over real sockets: a message, its answer, and the end of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from angarium.core.account import CallbackMethod, ReplyTarget
from angarium.core.inbound_numbers import NumberSettings
from angarium.sim.mailbox import Parcel
from angarium.stores.sqlite.store import SqliteStore
from tests.scripted_endpoint import OK, Request, serving
from tests.service import Customer, Service, whole_service

HANDSET = "27990000001"
NUMBER = "27999123456"


@dataclass
class Inbox:
    """A customer's reply URL, and what came to it."""

    texts: list[str] = field(default_factory=list)
    pushes: list[Request] = field(default_factory=list)
    service: Service | None = None

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.pushes.append(request)
        query = parse_qs(urlsplit(request.target).query, encoding="latin-1")
        self.texts += query.get("text") or [unquote_plus(json.loads(request.body)["data"]["text"], "latin-1")]
        writer.write(OK)
        assert self.service is not None
        self.service.watch.happened()

    async def has(self, count: int) -> None:
        """Return when so many messages were pushed."""
        assert self.service is not None
        await self.service.until(lambda: len(self.texts) >= count)


@asynccontextmanager
async def two_way(
    tmp_path: Path, *, method: CallbackMethod = CallbackMethod.GET, **number: Any
) -> AsyncIterator[tuple[Service, Inbox, Customer]]:
    """A service whose connection has a number and a reply URL."""

    async def furnish(store: SqliteStore, connection_id: int) -> None:
        settings = NumberSettings(**number)
        await store.add_number(NUMBER, connection_id, keyword="", carrier_id=None, settings=settings)

    inbox = Inbox()
    async with serving(inbox) as endpoint:
        reply = ReplyTarget(url=f"http://127.0.0.1:{endpoint.port}/in", method=method)
        async with (
            whole_service(tmp_path, furnish=furnish, reply=reply) as service,
            service.customer() as customer,
        ):
            inbox.service = service
            await service.bound(1)
            yield service, inbox, customer


def arrive(service: Service, text: str, order: Sequence[int]) -> None:
    """The carrier brings the parts of one message in this order."""
    simulator = service.simulator
    parts = simulator.handsets.typed(HANDSET, NUMBER, text)
    (mailbox,) = simulator._mailboxes.values()
    mailbox.waiting.extend(Parcel(parts[at]) for at in order)
    simulator.pump(mailbox)


async def test_an_answer_comes_to_the_reply_url(tmp_path: Path) -> None:
    """Sent from the connection's number, answered on the handset, pushed in the legacy form (rest-api 9, 9.1)."""
    async with two_way(tmp_path) as (service, inbox, customer):
        (message_id,) = await customer.send(HANDSET, mo=1)
        await service.final([message_id])

        service.simulator.reply(HANDSET, "Hello yourself")
        await inbox.has(1)

        query = parse_qs(urlsplit(inbox.pushes[0].target).query, keep_blank_values=True)
        assert list(query) == ["api_id", "moMsgId", "from", "to", "timestamp", "text", "charset", "udh"]
        assert query["api_id"] == [str(service.connection_id)]
        assert [query[name] for name in ("from", "to", "text", "charset")] == [
            [HANDSET],
            [NUMBER],
            ["Hello yourself"],
            ["ISO-8859-1"],
        ]


async def test_three_parts_in_odd_order_are_one_message(tmp_path: Path) -> None:
    """And the carrier has its answer for each of them (rest-api 9, delivery 4.7)."""
    text = "".join(letter * 153 for letter in "abc")
    async with two_way(tmp_path, method=CallbackMethod.JSON) as (service, inbox, _):
        arrive(service, text, order=(2, 0, 1, 0))
        await inbox.has(1)

        assert inbox.texts == [text]
        await service.until(lambda: service.simulator.counters.acknowledged == 4)
        assert service.simulator.counters.deliveries_refused == 0


async def test_stop_is_heeded_until_start(tmp_path: Path) -> None:
    """410 with code 122 for that handset alone, and a word of farewell (rest-api 9.5)."""
    async with two_way(tmp_path, stop_answer="You have left.") as (service, inbox, customer):
        service.simulator.reply(HANDSET, "STOP", to=NUMBER)
        await inbox.has(1)

        refused = await customer.call("POST", "/rest/message", {"text": "Hello", "to": [HANDSET], "from": NUMBER})
        assert refused.status == 410
        (entry,) = refused.json()["data"]["message"]
        assert (entry["accepted"], entry["error"]["code"]) == (False, "122")
        mixed = await customer.call(
            "POST", "/rest/message", {"text": "Hello", "to": [HANDSET, "27990000002"], "from": NUMBER}
        )
        assert mixed.status == 207
        await service.until(lambda: service.simulator.handsets.get(HANDSET) is not None)
        handset = service.simulator.handsets.get(HANDSET)
        assert handset is not None
        assert [each.text for each in handset.messages] == ["You have left."]

        service.simulator.reply(HANDSET, "start", to=NUMBER)
        await inbox.has(2)

        (message_id,) = await customer.send(HANDSET, mo=1)
        await service.final([message_id])
        assert inbox.texts == ["STOP", "start"]
