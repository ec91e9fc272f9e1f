"""Kill -9 between the commit and the answer: whoever asks again gets the first reply, and one message is sent."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

import apsw

from angarium.core.account import ConnectionSettings
from angarium.core.states import State
from angarium.sim.settings import SimulatorSettings
from angarium.stores.sqlite.database import DATABASE_FILE
from tests.product import Product
from tests.scripted_smsc import Watch
from tests.service import Carrier, WatchedSimulator, prepare, rows
from tests.vacant import vacant_port

CALLS = 40
KILLS = 3
FIRST = 27_000_000_0000 + 1234


async def ask(url: str, token: str, number: int) -> bytes:
    """Send one message under its own key: the whole answer but for its date, or nothing when the product died."""
    parts = urlsplit(url)
    body = json.dumps({"text": "Once", "to": [str(number)]}).encode()
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except ConnectionError:
        return b""
    try:
        writer.write(
            b"POST /rest/message HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: key %d\r\n"
            b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b" % (number, token.encode(), len(body), body)
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split()[0])
        answer = await reader.readexactly(length)
        return b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith(b"Date")) + answer
    except (ConnectionError, asyncio.IncompleteReadError):
        return b""
    finally:
        writer.close()


def wait_on_disk(data_dir: Path, count: int) -> None:
    """Look at the store from outside until so many first replies are committed."""
    database = apsw.Connection(str(data_dir / DATABASE_FILE), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        while next(iter(database.execute("SELECT count(*) FROM kept_replies")))[0] < count:
            pass
    finally:
        database.close()


async def test_a_call_that_was_killed_before_its_answer_is_answered_as_it_would_have_been(tmp_path: Path) -> None:
    """The bytes on disk are the answer, whether or not it left before the kill (rest-api 3.3, delivery 1.1, 1.3)."""
    data_dir = tmp_path / "data"
    # Nobody listens there: until the last life all messages wait.
    with vacant_port() as smsc_port:
        token, _, _ = await prepare(
            data_dir, [Carrier("sim", "")], smsc_port=smsc_port, connection=ConnectionSettings()
        )
        product = Product(data_dir, arguments=())
        numbers = [FIRST + 10_000 * at for at in range(CALLS)]
        heard: dict[int, set[bytes]] = {number: set() for number in numbers}
        try:
            for _ in range(KILLS):
                await asyncio.to_thread(product.start)
                already = len(rows(data_dir, "SELECT 1 FROM kept_replies"))
                calls = [asyncio.create_task(ask(product.url, token, number)) for number in numbers]
                await asyncio.to_thread(wait_on_disk, data_dir, min(already + 1, CALLS))
                product.kill()
                for number, answer in zip(numbers, await asyncio.gather(*calls), strict=True):
                    heard[number].add(answer)
                kept = {int(key.rpartition(" ")[2]): body for key, body in rows(data_dir, KEPT)}
                assert kept, "something was committed before the kill"
                for number, answers in heard.items():
                    assert all(answer.endswith(kept[number]) for answer in answers if answer)

            await asyncio.to_thread(product.start)
            last = await asyncio.gather(*(ask(product.url, token, number) for number in numbers))
            watch = Watch()
            settings = SimulatorSettings(smsc_port=smsc_port, control_port=None, record_submits=True)
            smsc = WatchedSimulator(settings, watch=watch)
            await smsc.start()
        except BaseException:
            if product.is_running:
                product.kill()
            raise

    try:
        await watch.until(lambda: sum(smsc.taken().values()) >= CALLS)
        assert await asyncio.to_thread(product.stop) == 0
    finally:
        if product.is_running:
            product.kill()
        await smsc.stop()

    assert [answer.split()[1] for answer in last] == [b"202"] * CALLS
    assert all(heard[number] <= {b"", answer} for number, answer in zip(numbers, last, strict=True))
    assert smsc.taken() == {str(number): 1 for number in numbers}
    assert rows(data_dir, "SELECT count(*) FROM messages WHERE state <> ?", int(State.CANCELLED)) == [(CALLS,)]
    product.check_ledger()


KEPT = "SELECT key, body FROM kept_replies"
