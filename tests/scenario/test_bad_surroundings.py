"""A machine that does not play along: the service says in one sentence what is wrong, and loses nothing meanwhile."""

from __future__ import annotations

import asyncio
import ctypes
import dataclasses
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from angarium.cli.failures import DONE, MISTAKE, TROUBLE
from angarium.stores.sqlite.database import DATABASE_FILE
from tests.product import Product, call, environment
from tests.scenario.simulation import AT_ONCE
from tests.scripted_smsc import Watch
from tests.service import (
    Carrier,
    Customer,
    WatchedSimulator,
    check_ledger,
    prepare_with_callbacks,
    rows,
    whole_service,
)

PRCTL_DROP_FROM_BOUNDING_SET = 24
CAPABILITY_DAC_OVERRIDE = 1
SLOW = "27990009020"
LOOPBACK = {"ANGARIUM_CALLBACK_NETWORKS_ALLOWED": "127.0.0.0/8"}


def without_rights_of_root() -> None:
    """Let file modes count for root too."""
    if os.geteuid() == 0:
        assert ctypes.CDLL(None).prctl(PRCTL_DROP_FROM_BOUNDING_SET, CAPABILITY_DAC_OVERRIDE, 0, 0, 0) == 0


def start_in_vain(data_dir: Path, *options: str, **variables: str) -> tuple[int, str]:
    """Try to run the service; its exit code and all that it wrote, which is nothing to standard output."""
    ended = subprocess.run(
        [sys.executable, "-m", "angarium", "--data-dir", str(data_dir), "run", *options],
        env=environment({"ANGARIUM_HTTP_LISTEN": "127.0.0.1:0", "ANGARIUM_HTTPS_LISTEN": "127.0.0.1:0", **variables}),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=without_rights_of_root,
    )
    assert ended.stdout == ""
    return ended.returncode, ended.stderr


def is_one_sentence(text: str) -> bool:
    """Whether this is one line that ends as a sentence does, and no traceback."""
    return text.count("\n") == 1 and text.endswith(".\n")


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """Exit code 3, the address, and the cure; no demo.env tells of a service that never was; the store is whole."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, said = start_in_vain(tmp_path / "data", "--demo", ANGARIUM_HTTPS_LISTEN=address)

    assert (code, is_one_sentence(said)) == (TROUBLE, True)
    assert said.startswith(f"Cannot listen on {address}: the port is taken")
    assert not (tmp_path / "data" / "demo.env").exists()
    await check_ledger(tmp_path / "data")


@pytest.mark.parametrize("below", ["", "inside"])
def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path, below: str) -> None:
    """It says which path it is about, and leaves the file alone."""
    file = tmp_path / "file"
    file.write_text("mine")

    code, said = start_in_vain(file / below)

    assert (code, is_one_sentence(said)) == (TROUBLE, True)
    assert said.startswith(str(file))
    assert file.read_text() == "mine"


def test_a_data_directory_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    """Where nothing may be written nothing is, and the sentence says what to do about it."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)

    code, said = start_in_vain(folder)

    assert (code, is_one_sentence(said)) == (TROUBLE, True)
    assert "--data-dir" in said
    assert list(folder.iterdir()) == []


async def test_a_second_service_on_one_data_directory_is_refused(tmp_path: Path) -> None:
    """Two would send the same messages; the first one works on."""
    async with whole_service(tmp_path) as service, service.customer() as customer:
        code, said = await asyncio.to_thread(start_in_vain, service.data_dir, "--demo")
        (sent,) = await customer.send("27990000001")
        await service.final([sent])

    assert (code, is_one_sentence(said)) == (TROUBLE, True)
    assert said.startswith(f"Another service uses {service.data_dir}")


@pytest.mark.parametrize("octets", [b"This is no database. " * 500, b"SQLite format 3\0" + bytes(5000)])
def test_a_damaged_database_is_left_as_it_is(tmp_path: Path, octets: bytes) -> None:
    """Nobody but a person decides about it: the file keeps every octet (delivery 4.13)."""
    file = tmp_path / DATABASE_FILE
    file.write_bytes(octets)

    code, said = start_in_vain(tmp_path)

    assert (code, is_one_sentence(said)) == (TROUBLE, True)
    assert f"{file} is damaged" in said
    assert "restore a backup" in said
    assert file.read_bytes() == octets


def test_bad_settings_are_all_told_at_once_and_nothing_is_made(tmp_path: Path) -> None:
    """Exit code 2, a line for each problem with its place, and no data directory."""
    file = tmp_path / "angarium.toml"
    file.write_text('http_listen = "nonsense"\n\nwindow = 3\nsubmit_retry_pauses_s = []\n')

    code, said = start_in_vain(tmp_path / "data", ANGARIUM_CONFIG=str(file), ANGARIUM_RECEIPT_MARGIN_S="soon")

    places = ("line 1: http_listen", "line 3: window", "line 4: submit_retry_pauses_s", "ANGARIUM_RECEIPT_MARGIN_S")
    assert code == MISTAKE
    assert said.count("\n") == len(places)
    assert all(place in said for place in places)
    assert not (tmp_path / "data").exists()


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    """The files are named, and the service ends before it has bound to a carrier."""
    file = tmp_path / "not.pem"
    file.write_text("nothing")
    named = {"ANGARIUM_TLS_CERTIFICATE": str(file), "ANGARIUM_TLS_KEY": str(file)}

    code, said = start_in_vain(tmp_path / "data", "--demo", **named)

    assert (code, is_one_sentence(said)) == (TROUBLE, True)
    assert str(file) in said


# --- a full disk ------------------------------------------------------------------------------------------------------


def fill_disk(product: Product) -> None:
    """From now on no file of the service grows."""
    write_ahead_log = product.data_dir / f"{DATABASE_FILE}-wal"
    _limit_files(product, write_ahead_log.stat().st_size)


def make_room(product: Product) -> None:
    """There is room again."""
    _limit_files(product, resource.RLIM_INFINITY)


def _limit_files(product: Product, octets: int) -> None:
    assert product._process is not None
    _, hard = resource.prlimit(product._process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(product._process.pid, resource.RLIMIT_FSIZE, (octets, hard))


def send(product: Product, token: str, *to: str) -> tuple[int, Mapping[str, str], dict]:
    """Ask for one send with callbacks."""
    answer = call(product.url, "POST", "/rest/message", token=token, body={"text": "Hi", "to": to, "callback": 7})
    return answer.status, answer.headers, answer.json()


async def test_a_full_disk_refuses_what_it_cannot_keep_and_forgets_nothing_it_has(tmp_path: Path) -> None:
    """503 for new messages, an error for receipts; with room again both are taken, and nothing is lost (rest-api 5,
    901, delivery 1.1, 1.4, 1.6, 4.12).
    """
    watch = Watch()
    held = dataclasses.replace(AT_ONCE, receipt_delay_s=None, redelivery_delay_s=None)
    simulator = WatchedSimulator(held, watch=watch)
    _, port = await simulator.start()
    data_dir = tmp_path / "data"
    try:
        async with prepare_with_callbacks(data_dir, [Carrier("north", "")], smsc_port=port, watch=watch) as (
            token,
            callbacks,
        ):
            product = Product(data_dir, arguments=(), settings=LOOPBACK)
            await asyncio.to_thread(product.start)
            async with Customer(product.url, token) as customer:
                sent = await customer.send(*(f"279900{n:05}" for n in range(50)))
                await watch.until(lambda: all(callbacks[each] == ["003"] for each in sent))

                fill_disk(product)
                refused = [await asyncio.to_thread(send, product, token, "27990000001") for _ in range(5)]
                alive = (await customer.call("GET", "/healthz")).status
                known = await customer.status(sent[0])
                simulator.release_receipts()
                await watch.until(lambda: simulator.counters.deliveries_refused == len(sent))

                make_room(product)
                accepted = await asyncio.to_thread(send, product, token, "27990000002")
                simulator.release_redeliveries()
                await watch.until(lambda: all(callbacks[each] == ["003", "004"] for each in sent))
            stopped = await asyncio.to_thread(product.stop)
    finally:
        await simulator.stop()

    for status, headers, body in refused:
        assert (status, body["error"]["code"]) == (503, "901")
        assert int(headers["Retry-After"]) > 0
    assert (alive, known) == (200, "003")
    assert accepted[0] == 202
    assert stopped == 0
    assert simulator.taken()["27990000001"] == 1, "the recipient of an accepted message, and of none refused"
    assert rows(data_dir, "SELECT count(*) FROM messages") == [(51,)]
    await check_ledger(data_dir)


async def test_a_service_stops_although_the_disk_is_full(tmp_path: Path) -> None:
    """An answer that cannot be written down does not keep it: the message is in doubt, and settled next time."""
    watch = Watch()
    simulator = WatchedSimulator(AT_ONCE, watch=watch)
    _, port = await simulator.start()
    data_dir = tmp_path / "data"
    try:
        async with prepare_with_callbacks(data_dir, [Carrier("north", "")], smsc_port=port, watch=watch) as (
            token,
            callbacks,
        ):
            product = Product(data_dir, arguments=(), settings={**LOOPBACK, "ANGARIUM_DRAIN_TIMEOUT_S": "1"})
            await asyncio.to_thread(product.start)
            async with Customer(product.url, token) as customer:
                (sent,) = await customer.send(SLOW)
            await watch.until(lambda: simulator.taken()[SLOW] == 1)
            fill_disk(product)
            simulator.release_answers()
            stopped = await asyncio.to_thread(product.stop)

            await asyncio.to_thread(product.start)
            await watch.until(lambda: simulator.taken()[SLOW] == 2)
            simulator.release_answers()
            await watch.until(lambda: callbacks[sent] == ["003", "004"])
            stopped_again = await asyncio.to_thread(product.stop)
    finally:
        await simulator.stop()

    assert stopped in {DONE, TROUBLE}, "with a sentence, if the log could not be folded into the database"
    assert stopped_again == DONE
    assert rows(data_dir, "SELECT doubts FROM messages") == [(1,)]
    await check_ledger(data_dir)
