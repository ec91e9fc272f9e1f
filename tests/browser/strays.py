"""What needs a person, made by the demo's simulator: receipts that find nothing, PDUs that nobody understands, parked
messages, and a carrier that writes its ids in two ways.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, TypeVar

from angarium.core.inbound import InboundState
from angarium.ports.inbound import SettledInbound
from angarium.ports.readings import Proposal, Readings
from angarium.ports.searches import NotificationQuery
from angarium.ports.store import Settled
from angarium.stores.sqlite.database import DATABASE_FILE
from angarium.stores.sqlite.store import SqliteStore
from tests.product import Product, call
from tests.service import rows

T = TypeVar("T")

CARRIER_ID = 1
LOOKS_FOR_S = 60
WITHOUT_ID = "27990009025"
LINK_KILLER = "27990009024"
HEX_AND_DECIMAL = "9034"


def send(product: Product, *recipients: str, **more: Any) -> list[str]:
    """Send to these; their ids."""
    body = {"text": "Your code is 482 913.", "to": [*recipients], **more}
    answer = call(product.url, "POST", "/rest/message", token=product.token, body=body)
    assert answer.status == 202, answer
    return [each["apiMessageId"] for each in answer.json()["data"]["message"]]


def listed(product: Product, what: str) -> list[dict[str, Any]]:
    """What the operator's API lists, newest first."""
    rows: list[dict[str, Any]] = call(
        product.url, "GET", f"/v1/{what}", token=product.env()["ANGARIUM_OPERATOR_TOKEN"]
    ).json()["data"]
    return rows


def until(look: Callable[[], T]) -> T:
    """What a look gives as soon as that is anything."""
    give_up_at = monotonic() + LOOKS_FOR_S
    while not (found := look()):
        assert monotonic() < give_up_at, "it did not come about"
    return found


def orphans(product: Product, count: int) -> list[dict[str, Any]]:
    """Let so many receipts come that no message can be found for: their answers had no id."""
    send(product, *[WITHOUT_ID] * count)

    def look() -> list[dict[str, Any]]:
        rows = [each for each in listed(product, "orphans") if each["recipient"] == WITHOUT_ID]
        return rows if len(rows) >= count else []

    return until(look)


def quarantined(product: Product, count: int) -> list[dict[str, Any]]:
    """Let so many receipts come that make no sense."""
    switch = "/hostile/receipt-form"
    assert call(product.handsets_url, "PUT", switch, body={"form": "garbled"}).status == 200
    send(product, *(f"2799000{each:04}" for each in range(count)))

    def look() -> list[dict[str, Any]]:
        rows = listed(product, "quarantine")
        return rows if len(rows) >= count else []

    found = until(look)
    assert call(product.handsets_url, "DELETE", switch).status in {200, 204}
    return found


def parked(product: Product, count: int = 1) -> list[str]:
    """Send messages that take their link down each time, until they are parked; their ids."""
    ids = send(product, *[LINK_KILLER] * count)
    until(lambda: {each["message_id"] for each in listed(product, "doubts?parked=true")} >= {*ids})
    return ids


def misread(product: Product) -> str:
    """Read the carrier's ids as they are until receipts find nothing; the id of such a message.

    What is learned from them within seconds is proposed at once.
    """
    ran = product.command("carrier", "set", "demo", "--set", "id_in_response=as_is", "--set", "id_in_receipt=as_is")
    assert ran.returncode == 0, ran.stderr
    ids: list[str] = []

    def look() -> bool:
        ids.extend(send(product, f"2799{len(ids):03}{HEX_AND_DECIMAL}"))
        return any(str(each["recipient"]).endswith(HEX_AND_DECIMAL) for each in listed(product, "orphans"))

    until(look)
    # The worker that learns looks every few seconds: it must have met these readings to notice the next change.
    until(lambda: rows(product.data_dir, "SELECT 1 FROM known_readings WHERE in_response = 'as_is'"))
    elsewhere(_propose(product))
    return ids[-1]


async def _propose(product: Product) -> None:
    store = SqliteStore(product.data_dir / DATABASE_FILE)
    try:
        (orphan, *_) = await store.orphans(limit=1)
        proposal = Proposal(CARRIER_ID, Readings("hex", "decimal"), 12, "1f3", "499", orphan.received_at)
        assert await store.write(lambda tx: tx.propose(proposal))
    finally:
        await store.close()


async def give_up(product: Product) -> list[int]:
    """Let whatever waits for its next try be given up, as after the last one: days later."""
    store = SqliteStore(product.data_dir / DATABASE_FILE)
    try:
        query = NotificationQuery(limit=100, connection_id=product.api_id)
        found = await store.search_notifications(query)
        give_up_at = monotonic() + LOOKS_FOR_S
        # A first try that is under way would be written down after this, and undo it.
        while not all(each.attempts for each in found.notifications):
            assert monotonic() < give_up_at, "a callback is never tried"
            found = await store.search_notifications(query)
        waiting = [each for each in found.notifications if each.due_at is not None]
        await store.write(
            lambda tx: tx.settle_notifications(
                [
                    Settled(each.notification_id, each.attempts, each.changed_at, False, 503, b"not now", "", 1, None)
                    for each in waiting
                ]
            )
        )
        return [each.notification_id for each in waiting]
    finally:
        await store.close()


async def give_up_replies(product: Product) -> int:
    """Let the newest message from a handset be given up once it was tried, as after the last try; its number."""
    store = SqliteStore(product.data_dir / DATABASE_FILE)
    try:
        give_up_at = monotonic() + LOOKS_FOR_S
        while True:
            (view,) = await store.inbound_messages(connection_id=product.api_id, limit=1)
            if view.attempts and view.state is InboundState.OWED:
                break
            assert monotonic() < give_up_at, "it is never tried"
        last = SettledInbound(
            view.inbound_id, view.received_at, 9, 503, b"not now", "", 1, InboundState.DEAD_LETTER, None
        )
        await store.write(lambda tx: tx.settle_inbound([last]))
        return view.inbound_id
    finally:
        await store.close()


def elsewhere(work: Coroutine[Any, Any, T]) -> T:
    """Run it on an event loop of its own: the driver of the browser keeps the one of this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
