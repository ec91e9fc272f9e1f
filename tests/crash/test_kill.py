"""Kill -9 under load, again and again: nothing that was accepted is lost, and nothing is sent twice in silence.

The moments are counted in events (answers, submits, callbacks), not in time, and drawn from a seed: the tests do not
depend on the machine's speed, although what a kill interrupts does.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import apsw
import pytest

from angarium.app import new_token, open_store
from angarium.config import Settings
from angarium.core.account import AccountSettings, CallbackTarget, ConnectionSettings, DoubtPolicy
from angarium.core.credit import CREDIT
from angarium.core.public_ids import KEY_OCTETS, PublicIds
from angarium.core.states import FINAL, State
from angarium.lifecycle import SystemClock
from angarium.sim.settings import SimulatorSettings
from angarium.sim.smsc import Simulator
from angarium.stores.sqlite.database import DATABASE_FILE
from tests.product import Product

KILLS = 6
CLIENTS = 8
EVENTS_BETWEEN_KILLS = (5, 400)
REQUESTS_AFTER_LAST_KILL = 20
RECIPIENTS_PER_REQUEST = (1, 2, 40)
PLAIN_ENDING = 1234
"""The last digits decide a simulated number's fate; these ask for nothing special."""
LONG_TEXT = "A text of several segments, so that a kill may fall between them. " * 4


@dataclass
class World:
    """What stands around the product and survives it: a carrier, a customer's endpoint, and what they have seen."""

    simulator: Simulator
    accepted: dict[str, int] = field(default_factory=dict)
    """Recipient by message id, for each message that was answered with 202."""
    final: Counter[str] = field(default_factory=Counter)
    """Final callbacks received, by message id."""
    events: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def count(self) -> None:
        """Something happened: wake whoever waits for it."""
        async with self.changed:
            self.events += 1
            self.changed.notify_all()

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait for events until this is so."""
        async with self.changed:
            await self.changed.wait_for(reached)


async def endpoint(world: World) -> asyncio.Server:
    """A customer's endpoint for callbacks: notes final statuses and answers 200."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                query = parse_qs(urlsplit(line.split()[1].decode()).query)
                while (await reader.readline()).strip():
                    pass
                if query["status"][0] != "003":
                    world.final[query["apiMsgId"][0]] += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await world.count()
        except ConnectionError:
            pass
        finally:
            writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


async def customer(
    world: World, url: str, token: str, numbers: Callable[[int], list[int]], dice: random.Random
) -> None:
    """Send without pause until the product dies, and remember what it promised."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        while True:
            recipients = numbers(dice.choice(RECIPIENTS_PER_REQUEST))
            text = LONG_TEXT if dice.random() < 0.2 else f"Number {recipients[0]}"
            body = json.dumps({"text": text, "to": [str(each) for each in recipients], "callback": 7}).encode()
            writer.write(
                b"POST /rest/message HTTP/1.1\r\nHost: x\r\nX-Version: 1\r\nContent-Type: application/json\r\n"
                b"Accept: application/json\r\nAuthorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b"
                % (token.encode(), len(body), body)
            )
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split()[1])
            length = int(head.lower().split(b"content-length: ")[1].split()[0])
            answer = json.loads(await reader.readexactly(length))
            assert status == 202, answer
            for recipient, message in zip(recipients, answer["data"]["message"], strict=True):
                world.accepted[message["apiMessageId"]] = recipient
            await world.count()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def prepare(data_dir: Path, *, smsc_port: int, callback_url: str, doubt: DoubtPolicy) -> tuple[str, bytes]:
    """An account with credit, a connection with this policy, a carrier with a route; its token and the key of ids."""
    settings = Settings(data_dir=data_dir)
    at = SystemClock().now()
    async with open_store(settings) as store:
        account = await store.create_account("load", AccountSettings(), at=at)
        await store.buy_credit(account.account_id, 10_000_000 * CREDIT, note="load", at=at)
        connection = await store.create_connection(
            account.account_id,
            "load",
            ConnectionSettings(doubt=doubt, segments_max=5, callback=CallbackTarget(url=callback_url)),
            at=at,
        )
        carrier = await store.create_carrier(
            "sim",
            {"host": "127.0.0.1", "port": smsc_port, "system_id": "a", "password": "b", "window": 50, "links": 2},
        )
        await store.add_route("", carrier.carrier_id)
        await store.set_rate("", CREDIT)
        token, _ = await new_token(store, connection.connection_id, at, data_dir=data_dir)
        return token, await store.secret("public_ids", octets=KEY_OCTETS)


@pytest.mark.parametrize("doubt", list(DoubtPolicy))
async def test_a_service_that_is_killed_under_load_loses_nothing_it_accepted(
    doubt: DoubtPolicy, tmp_path: Path
) -> None:
    """Each 202'd message becomes final and reaches the SMSC; only those counted as in doubt arrive twice or never
    (delivery 1.1, 1.2, 1.5, 4.10).
    """
    dice = random.Random(f"kill {doubt}")
    clock = SystemClock()
    simulator = Simulator(
        SimulatorSettings(smsc_port=0, control_port=None, receipt_delay_s=0, record_submits=True), clock=clock
    )
    world = World(simulator)
    _, port = await simulator.start()
    server = await endpoint(world)
    callback_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/status"
    data_dir = tmp_path / "data"
    token, key = await prepare(data_dir, smsc_port=port, callback_url=callback_url, doubt=doubt)
    product = Product(data_dir, arguments=(), settings={"ANGARIUM_CALLBACK_NETWORKS_ALLOWED": "127.0.0.0/8"})
    following = itertools.count(27_000_000_0000 + PLAIN_ENDING, 10_000)

    def numbers(count: int) -> list[int]:
        return [next(following) for _ in range(count)]

    try:
        for life in range(KILLS + 1):
            await asyncio.to_thread(product.start)
            customers = [
                asyncio.create_task(customer(world, product.url, token, numbers, random.Random(dice.random())))
                for _ in range(CLIENTS)
            ]
            is_last = life == KILLS
            target = world.events + (REQUESTS_AFTER_LAST_KILL if is_last else dice.randint(*EVENTS_BETWEEN_KILLS))
            await world.until(lambda target=target: world.events >= target)  # type: ignore[misc]
            if is_last:
                for each in customers:
                    each.cancel()
            else:
                await asyncio.to_thread(product.kill)
            await asyncio.gather(*customers, return_exceptions=True)
        await world.until(lambda: all(world.final[message_id] for message_id in world.accepted))
        assert await asyncio.to_thread(product.stop) == 0
    finally:
        if product.is_running:
            await asyncio.to_thread(product.kill)
        server.close()
        await server.wait_closed()
        await simulator.stop()

    check_everything(world, data_dir, key, doubt)
    product.check_ledger()


def check_everything(world: World, data_dir: Path, key: bytes, doubt: DoubtPolicy) -> None:
    """Hold what was promised against what is on disk and what the SMSC has seen."""
    public_ids = PublicIds(key)
    database = apsw.Connection(str(data_dir / DATABASE_FILE))
    rows = {
        public_ids.show(row[0]): row[1:]
        for row in database.execute("SELECT message_id, recipient, state, doubts, segments FROM messages")
    }
    database.close()
    taken: Counter[int] = Counter()
    copies: dict[int, int] = {}
    for (destination, _), count in world.simulator.copies().items():
        taken[int(destination)] += 1
        copies[int(destination)] = max(copies.get(int(destination), 0), count)

    assert world.accepted, "the load was accepted at all"
    for message_id, recipient in world.accepted.items():
        stored_recipient, state, doubts, segments = rows[message_id]
        assert stored_recipient == recipient
        assert State(state) in FINAL
        if doubt is DoubtPolicy.RESEND:
            assert State(state) is State.DELIVERED
            assert taken[recipient] == segments, "every segment reached the SMSC"
        elif State(state) is not State.DELIVERED:
            assert State(state) is State.UNKNOWN
            assert doubts > 0, "only what is counted as in doubt may be missing"
        allowed = 1 + (doubts if doubt is DoubtPolicy.RESEND else 0)
        assert copies.get(recipient, 0) <= allowed, "a second copy is counted as in doubt"
