"""An existing program of the legacy API works with another host name and token, nothing else.

The judge is PyPI's `clickatell` 0.1.2, run unchanged in a process and an environment of its own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import ssl
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-interop" / "bin" / "python"
PROGRAM = Path(__file__).with_name("clickatell_client.py")
HANDSET = "27990000001"
UNDERWAY = {"002", "003", "004", "008"}  # accepted, and not failed: which one depends on how quick the carrier was
LATER = dt.timedelta(days=2)


class Product(Protocol):
    """What the fixture gives of the running product."""

    url: str
    https_url: str
    token: str


class Judge:
    """The client's methods, each call a process."""

    def __init__(self, *, url: str, token: str, ca_file: Path | None = None) -> None:
        assert PYTHON.exists(), f"{PYTHON} is missing: run `make setup`"
        # A proxy of this machine has nothing to do with loopback.
        self._environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self._environment |= {"ANGARIUM_URL": url, "ANGARIUM_TOKEN": token}
        if ca_file is not None:
            self._environment["REQUESTS_CA_BUNDLE"] = str(ca_file)

    async def outcome(self, name: str, *arguments: object) -> dict[str, Any]:
        """What the client returned or raised."""
        process = await asyncio.create_subprocess_exec(
            PYTHON,
            PROGRAM,
            json.dumps([name, *arguments]),
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        stdout, stderr = await process.communicate()
        assert process.returncode == 0, stderr.decode()
        outcome: dict[str, Any] = json.loads(stdout)
        return outcome

    async def returned(self, name: str, *arguments: object) -> Any:
        """What the client returned; anything raised fails the test."""
        outcome = await self.outcome(name, *arguments)
        assert "returned" in outcome, outcome
        return outcome["returned"]


@pytest.fixture
def judge(product: Product) -> Judge:
    """The client, pointed at the running product over plain HTTP."""
    return Judge(url=product.url, token=product.token)


def scheduled_later() -> str:
    """Two days ahead of the real clock, which is the product's too."""
    return (dt.datetime.now(dt.UTC) + LATER).isoformat(timespec="seconds")


async def test_a_message_is_sent_and_asked_about(judge: Judge) -> None:
    """Send and status: the client understands both replies, and the id of one is good for the other (rest-api 2.3,
    2.6).
    """
    (sent,) = await judge.returned("sendMessage", [HANDSET], "Hello from a program of 2015")

    status = await judge.returned("queryMessage", sent["id"])

    assert re.fullmatch("[0-9a-f]{32}", sent["id"])
    assert sent == {"id": sent["id"], "destination": HANDSET, "error": False, "errorCode": False}
    assert status["id"] == sent["id"]
    assert status["status"] in UNDERWAY
    assert status["charge"] > 0
    assert status["description"]


async def test_a_send_to_several_gives_one_entry_each(judge: Judge) -> None:
    """The order is kept, a repeated number is sent twice, and a wrong one is refused alone (rest-api 2.3, 2.4)."""
    entries = await judge.returned("sendMessage", [HANDSET, "333", HANDSET], "Hello")

    assert [entry["destination"] for entry in entries] == [HANDSET, "333", HANDSET]
    assert [entry["errorCode"] for entry in entries] == [False, "105", False]
    assert [bool(entry["id"]) for entry in entries] == [True, False, True]
    assert entries[0]["id"] != entries[2]["id"]
    assert entries[1]["error"] == "Invalid Destination Address"


async def test_one_refused_recipient_is_an_entry_and_not_an_exception(judge: Judge) -> None:
    """All refused alike has an HTTP error status, but still the body that the client reads (rest-api 2.5)."""
    assert await judge.returned("sendMessage", "333", "Hello") == [
        {"id": "", "destination": "333", "error": "Invalid Destination Address", "errorCode": "105"}
    ]


async def test_text_of_any_script_is_sent(judge: Judge) -> None:
    """The client repeats everything in the query string, percent-encoded: the body counts (rest-api 1.9, 4.2)."""
    (sent,) = await judge.returned("sendMessage", HANDSET, "Grüße & 100 % – Привет 😀")

    assert sent["error"] is False


async def test_a_scheduled_message_is_stopped(judge: Judge) -> None:
    """Stop: what has not left is cancelled, and says so from then on (rest-api 2.7)."""
    (sent,) = await judge.returned("sendMessage", HANDSET, "Later", {"scheduledDeliveryTime": scheduled_later()})
    before = await judge.returned("queryMessage", sent["id"])

    stopped = await judge.returned("stopMessage", sent["id"])
    after = await judge.returned("getMessageCharge", sent["id"])

    assert before["status"] == "011"
    assert (stopped["id"], stopped["status"]) == (sent["id"], "006")
    assert stopped["description"] == "The message was terminated by a user (stop message command) or by our staff."
    assert after["status"] == "006"


@pytest.mark.parametrize(("number", "routable"), [(HANDSET, True), ("112", False), ("INVALID_NUMBER", False)])
async def test_coverage_is_understood(judge: Judge, number: str, routable: bool) -> None:
    """Coverage never fails because of the number (rest-api 2.8)."""
    coverage = await judge.returned("routeCoverage", number)

    assert (coverage["routable"], coverage["destination"]) == (routable, number)
    assert (coverage["charge"] > 0) is routable


async def test_the_balance_falls_when_a_message_is_sent(judge: Judge) -> None:
    """Balance: a number to the client, less by what was reserved or spent (rest-api 2.9)."""
    before = await judge.returned("getBalance")
    await judge.returned("sendMessage", HANDSET, "Hello")
    after = await judge.returned("getBalance")

    assert isinstance(before["balance"], float)
    assert 0 <= after["balance"] < before["balance"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (["queryMessage", "0" * 32], "103"),
        (["stopMessage", "0" * 32], "103"),
        (["sendMessage", HANDSET, ""], "107"),
        (["sendMessage", HANDSET, "Hello", {"from": "x" * 30}], "106"),
    ],
)
async def test_errors_reach_the_client_with_their_code(judge: Judge, call: list[object], code: str) -> None:
    """An error of the whole call is raised with its code; one of a recipient stands in its entry (rest-api 2.1, 5)."""
    outcome = await judge.outcome(str(call[0]), *call[1:])

    codes = [entry["errorCode"] for entry in outcome.get("returned", [])] or [outcome["raised"]["code"]]
    assert codes == [code]


async def test_a_wrong_token_is_refused(product: Product) -> None:
    """Authentication failed is code 001, as it always was (rest-api 1.3)."""
    stranger = Judge(url=product.url, token="not" + product.token)

    outcome = await stranger.outcome("getBalance")

    assert outcome == {"raised": {"message": "Authentication failed", "code": "001"}}


async def test_https_serves_the_same(product: Product, tmp_path: Path) -> None:
    """Over TLS, trusting the product's own certificate: name and chain are verified by the client (rest-api 1.1)."""
    parts = urlsplit(product.https_url)
    assert parts.hostname is not None
    assert parts.port is not None
    address = (parts.hostname, parts.port)
    certificate = await asyncio.to_thread(ssl.get_server_certificate, address)
    ca_file = tmp_path / "product.pem"
    ca_file.write_text(certificate)
    judge = Judge(url=product.https_url, token=product.token, ca_file=ca_file)

    (sent,) = await judge.returned("sendMessage", HANDSET, "Hello over TLS")
    status = await judge.returned("queryMessage", sent["id"])

    assert status["status"] in UNDERWAY
