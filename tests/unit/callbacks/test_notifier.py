"""The notifier keeps shares and order, and reports in batches; here over a client that the test answers for."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from angarium.callbacks.client import Client
from angarium.callbacks.connection import Exchange
from angarium.callbacks.notifier import CallbackPart, HttpNotifier
from angarium.callbacks.settings import CallbackSettings
from angarium.core.account import CallbackMethod, CallbackTarget, ReplyTarget
from angarium.core.notification import StatusNotification
from angarium.ports.notifier import Attempt, Delivery, Notifier, Trial
from tests.vacant import vacant_port

TARGET = CallbackTarget(url="http://cb.example/a")
SETTINGS = CallbackSettings(held_per_connection_max=5, held_per_silent_connection_max=1, held_max=8)


class FixedClock:
    """The present moment, assigned."""

    def now(self) -> int:
        return 1_700_000_000_000


class ScriptedClient:
    """Takes exchanges and ends them when the test says so."""

    def __init__(self) -> None:
        self.started: list[Exchange] = []

    def start(self, exchange: Exchange) -> None:
        self.started.append(exchange)

    def answer(self, status: int = 200, *, excerpt: bytes = b"", error: str = "") -> None:
        """End the oldest exchange."""
        exchange = self.started.pop(0)
        exchange.status, exchange.excerpt, exchange.error, exchange.elapsed_ms = status, excerpt, error, 12
        exchange.done(exchange)


class Desk:
    """A notifier, its client, and the batches it reported."""

    def __init__(self, settings: CallbackSettings = SETTINGS) -> None:
        self.client = ScriptedClient()
        self.notifier = HttpNotifier(settings, client=cast("Client", self.client), clock=FixedClock())
        self.batches: list[list[Attempt]] = []

    def deliver(self, *deliveries: Delivery) -> None:
        """Hand over, reporting to `batches`."""
        self.notifier.deliver(deliveries, self.batches.append)

    async def round(self) -> None:
        """Let the event loop take one round."""
        turned = asyncio.Event()
        asyncio.get_running_loop().call_soon(turned.set)
        await turned.wait()


def owed(message_id: int, *, connection_id: int = 1, status_code: int = 4, target: CallbackTarget = TARGET) -> Delivery:
    """One status of one message."""
    notification = StatusNotification(
        notification_id=message_id * 10 + status_code,
        connection_id=connection_id,
        message_id=message_id,
        client_message_id="",
        recipient=27990000001,
        sender="Angarium",
        charge=800_000,
        status_code=status_code,
        changed_at=1_400_000_000_000,
        attempts=0,
    )
    return Delivery(notification, f"{message_id:032x}", target)


async def test_it_is_a_notifier() -> None:
    """It fulfils the port."""
    notifier: Notifier = Desk().notifier

    assert notifier.room() == 8


async def test_what_ends_together_is_reported_together() -> None:
    """One call for all that ended in one round of the loop, each with its outcome."""
    desk = Desk()
    first, second = owed(1), owed(2)
    desk.deliver(first, second)

    desk.client.answer(200, excerpt=b"x" * 600)
    desk.client.answer(500, excerpt=b"oops")
    assert desk.batches == []
    await desk.round()

    assert desk.batches == [
        [
            Attempt(first, ok=True, status=200, answer=b"x" * 512, error="", elapsed_ms=12),
            Attempt(second, ok=False, status=500, answer=b"oops", error="", elapsed_ms=12),
        ]
    ]


async def test_each_caller_gets_its_own_outcomes() -> None:
    """Two that hand over with different `done` never see each other's."""
    desk = Desk()
    others: list[list[Attempt]] = []
    desk.deliver(owed(1))
    desk.notifier.deliver([owed(2)], others.append)

    desk.client.answer()
    desk.client.answer()
    await desk.round()

    assert [attempt.delivery.notification.message_id for attempt in desk.batches[0]] == [1]
    assert [attempt.delivery.notification.message_id for attempt in others[0]] == [2]


async def test_notifications_of_one_message_go_one_after_the_other() -> None:
    """The next leaves when the one before it has ended, even when that failed; other messages do not wait."""
    desk = Desk()
    desk.deliver(owed(1, status_code=3), owed(1, status_code=4), owed(1, status_code=7), owed(2))
    seen = []

    assert len(desk.client.started) == 2
    while desk.client.started:
        seen.append(desk.client.started[0].target.partition(b"status=")[2][:3])
        desk.client.answer(500)
        await desk.round()
        await desk.round()

    assert seen == [b"003", b"004", b"004", b"007"]
    assert sum(len(batch) for batch in desk.batches) == 4
    assert desk.notifier.room() == 8


async def test_a_connection_has_its_share_and_all_share_the_whole() -> None:
    """One connection's backlog leaves room for another's, within what may be held altogether."""
    desk = Desk()

    desk.deliver(*(owed(number) for number in range(5)))

    assert (desk.notifier.room_for(1), desk.notifier.room_for(2), desk.notifier.room()) == (0, 3, 3)
    desk.deliver(*(owed(number, connection_id=2) for number in range(10, 14)))
    assert (desk.notifier.room_for(1), desk.notifier.room_for(2), desk.notifier.room()) == (0, 0, 0)


async def test_a_silent_endpoint_has_a_small_share_until_it_answers() -> None:
    """No answer shrinks the share; any answer, even an error, restores it."""
    desk = Desk()
    desk.deliver(owed(1))

    desk.client.answer(0, error="No answer within 10 s.")
    small = desk.notifier.room_for(1)
    desk.deliver(owed(2))
    full = desk.notifier.room_for(1)
    desk.client.answer(500)

    assert (small, full, desk.notifier.room_for(1)) == (1, 0, 5)


async def test_a_target_that_cannot_be_called_fails_with_its_sentence() -> None:
    """What was saved wrongly is told in each attempt, and nothing is sent."""
    desk = Desk()
    bad = CallbackTarget(url="ftp://cb.example/")

    desk.deliver(owed(1, target=bad), owed(1, status_code=7, target=bad))
    await desk.round()

    assert desk.client.started == []
    assert [attempt.error for batch in desk.batches for attempt in batch] == [
        "The URL must start with http:// or https://."
    ] * 2
    assert desk.notifier.room() == 8


async def test_a_changed_target_counts_from_the_next_delivery() -> None:
    """The connection's owner saves another URL: what is sent after that goes there."""
    desk = Desk()

    desk.deliver(owed(1), owed(2, target=CallbackTarget(url="http://new.example/", method=CallbackMethod.POST)))

    assert [(exchange.endpoint.host, exchange.method) for exchange in desk.client.started] == [
        ("cb.example", b"GET"),
        ("new.example", b"POST"),
    ]


async def test_a_target_can_be_tried_without_touching_any_share() -> None:
    """Saving tests the URL (rest-api 8.1): a made-up status is sent, and its outcome comes back."""
    desk = Desk()
    trial = asyncio.ensure_future(desk.notifier.test(TARGET, connection_id=12345))
    await desk.round()
    (exchange,) = desk.client.started
    room = desk.notifier.room()

    desk.client.answer(403, excerpt=b"no")

    assert await trial == Trial(b"", False, 403, (), b"no", "", 12)
    assert exchange.target.startswith(b"/a?api_id=12345&apiMsgId=" + b"0" * 32 + b"&cliMsgId=&timestamp=1700000000")
    assert room == 8


async def test_a_trial_shows_what_was_sent_but_for_the_password() -> None:
    """Request line, headers and body, as they went out; of the last request where there were redirects."""
    desk = Desk()
    target = CallbackTarget(
        url="http://cb.example/a", method=CallbackMethod.JSON, user_name="gateway", password="secret"
    )
    trial = asyncio.ensure_future(desk.notifier.test(target, connection_id=1))
    await desk.round()
    (exchange,) = desk.client.started
    assert b"Authorization: Basic Z2F0ZXdheTpzZWNyZXQ=\r\n" in exchange.request()
    assert exchange.heard is not None
    exchange.heard.append((b"Content-Type", b"text/plain"))
    desk.client.answer(200, excerpt=b"fine")

    shown = await trial

    assert shown.sent.startswith(b"POST /a HTTP/1.1\r\nHost: cb.example\r\n")
    assert b"Authorization: Basic ********\r\n" in shown.sent
    assert shown.sent.endswith(b'"messageStatus":"004"}}')
    assert (shown.ok, shown.head, shown.answer) == (True, (("Content-Type", "text/plain"),), b"fine")


async def test_a_reply_url_is_tried_with_a_message_from_a_handset() -> None:
    """In the names of such a message (rest-api 9.1)."""
    desk = Desk()
    trial = asyncio.ensure_future(desk.notifier.test(ReplyTarget(url="http://cb.example/mo"), connection_id=1))
    await desk.round()
    (exchange,) = desk.client.started
    desk.client.answer(200)

    assert (await trial).ok
    assert exchange.target.startswith(b"/mo?api_id=1&moMsgId=" + b"0" * 32 + b"&from=27990000001&to=27000000000&")


async def test_a_bad_target_can_be_tried_too() -> None:
    """The outcome is the sentence; nothing is raised and nothing is sent."""
    desk = Desk()

    attempt = await desk.notifier.test(CallbackTarget(url="http://cb.example/#x"), connection_id=1)

    assert (attempt.ok, attempt.status) == (False, 0)
    assert "fragment" in attempt.error


async def test_draining_waits_for_the_last_and_reports_it() -> None:
    """An orderly stop ends when nothing is held, and every outcome has been told by then."""
    desk = Desk()
    await desk.notifier.drain()
    desk.deliver(owed(1), owed(1, status_code=7))
    draining = asyncio.ensure_future(desk.notifier.drain())

    while not draining.done():
        if desk.client.started:
            desk.client.answer()
        await desk.round()

    assert sum(len(batch) for batch in desk.batches) == 2


async def test_closing_reports_what_has_not_ended() -> None:
    """Every delivery ends exactly once, also when the gateway stops under it."""
    desk = Desk()
    desk.deliver(owed(1), owed(1, status_code=7), owed(2))

    desk.notifier.close()
    desk.client.answer()
    await desk.round()

    assert [attempt.error for batch in desk.batches for attempt in batch] == ["The gateway is stopping."] * 3
    assert desk.notifier.room() == 8


@pytest.mark.parametrize("port_is_open", [True, False])
async def test_the_whole_part_delivers_over_a_socket(port_is_open: bool) -> None:
    """The composition of resolver, rules, client and notifier, against a real port of this machine."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nOK")
        writer.close()
        await writer.wait_closed()

    ended: list[Attempt] = []
    with vacant_port() as port:
        listener = await asyncio.start_server(serve, "127.0.0.1", port) if port_is_open else None
        part = CallbackPart(CallbackSettings(networks_allowed=("127.0.0.0/8", "::1/128")), clock=FixedClock())
        part.notifier.deliver([owed(1, target=CallbackTarget(url=f"http://localhost:{port}/"))], ended.extend)
        await part.notifier.drain()
        await part.close()
        if listener is not None:
            listener.close()

    assert [attempt.ok for attempt in ended] == [port_is_open]
