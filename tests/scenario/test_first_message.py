"""From one curl to a handset and back: what the README promises to whoever tries it for the first time."""

from __future__ import annotations

import http.client
import json
import queue
import re
import shlex
import ssl
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.product import Answer, Product, call
from tests.scripted_smsc import PATIENCE_S
from tests.service import whole_service

README = Path(__file__).parents[2] / "README.md"
PROBES_MAX = 20
PROBE = "27990000099"
COUNT_KEPT = "SELECT count(*) FROM inbound_segments"


class Endpoint:
    """A customer's endpoint in a thread: callbacks as they come in."""

    def __init__(self) -> None:
        self._statuses: queue.Queue[tuple[str, str]] = queue.Queue()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                endpoint._statuses.put((query["apiMsgId"][0], query["status"][0]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}/status"

    def wait_for(self, message_id: str, status: str) -> None:
        """Return when this status of this message was pushed."""
        while self._statuses.get(timeout=PATIENCE_S) != (message_id, status):
            pass

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def endpoint(product: Product) -> Iterator[Endpoint]:
    """An endpoint to which the demo's connection pushes; the demo was started anew since, so it is sure to know."""
    listening = Endpoint()
    try:
        told = product.command("connection", "set", "demo/demo", "--callback-url", listening.url)
        assert told.returncode == 0, told.stderr
        assert product.stop() == 0
        product.start()
        yield listening
    finally:
        listening.close()


def curl_of_readme(containing: str, environ: Mapping[str, str]) -> list[str]:
    """The words of the curl command in the README that contains this, its variables filled in."""
    (command,) = [
        each for each in re.findall(r"^curl (?:.*\\\n)*.*$", README.read_text(), re.MULTILINE) if containing in each
    ]
    filled = re.sub(r"\$(\w+)", lambda found: environ[found[1]], command.replace("\\\n", " "))
    return shlex.split(filled)


def run(words: list[str]) -> Answer:
    """Ask what a curl command asks, with the octets that it sends."""
    assert words[0] == "curl"
    url, headers, data = "", {"User-Agent": "curl/8.0", "Accept": "*/*"}, None
    given = iter(words[1:])
    for word in given:
        if word == "-H":
            name, value = next(given).split(": ", 1)
            headers[name] = value
        elif word == "-d":
            data = next(given).encode()
        elif word not in {"-s", "-sk"}:
            url = word
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        assert "-sk" in words
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(parts.netloc, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc)
    try:
        connection.request("GET" if data is None else "POST", parts.path, body=data, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def handset(product: Product, number: str) -> list[dict[str, Any]]:
    """What arrived on a handset."""
    messages: list[dict[str, Any]] = call(product.handsets_url, "GET", f"/handsets/{number}").json()["messages"]
    return messages


def send(product: Product, number: str, text: str) -> str:
    """Send one message that asks for callbacks; its id."""
    body = {"text": text, "to": [number], "callback": 7}
    answer = call(product.url, "POST", "/rest/message", token=product.token, body=body)
    return str(answer.json()["data"]["message"][0]["apiMessageId"])


def let_everything_arrive(product: Product, endpoint: Endpoint) -> None:
    """Send one more and wait for its receipt: it left last, so all receipts before it have been settled."""
    endpoint.wait_for(send(product, PROBE, "The last one"), "004")


def status_by_readme(product: Product, message_id: str) -> dict[str, Any]:
    """Ask as the README does."""
    words = [
        word.replace("/message/ID", f"/message/{message_id}")
        for word in curl_of_readme("/rest/message/ID", product.env())
    ]
    answer = run(words)
    assert answer.status == 200
    status: dict[str, Any] = answer.json()["data"]
    return status


def test_the_curl_of_the_readme_reaches_two_handsets(product: Product, endpoint: Endpoint) -> None:
    """202 with two ids, then status 004 for each, and each handset shows the text once."""
    answer = run(curl_of_readme("Hello from Angarium", product.env()))
    entries = answer.json()["data"]["message"]
    let_everything_arrive(product, endpoint)

    assert answer.status == 202
    assert [entry["to"] for entry in entries] == ["27990000001", "27990000002"]
    assert all(re.fullmatch("[0-9a-f]{32}", entry["apiMessageId"]) for entry in entries)
    for entry in entries:
        status = status_by_readme(product, entry["apiMessageId"])
        assert (status["messageStatus"], status["description"], status["charge"]) == (
            "004",
            "Received by recipient",
            0.8,
        )
        assert [message["text"] for message in handset(product, entry["to"])] == ["Hello from Angarium"]


def test_the_same_works_over_https_and_in_xml(product: Product, endpoint: Endpoint) -> None:
    """The README's second curl: a self-signed certificate, XML in and out, and the same way to the handset (rest-api
    1.1).
    """
    answer = run(curl_of_readme("Hello in XML", product.env()))
    let_everything_arrive(product, endpoint)

    body = answer.body.decode()
    assert answer.status == 202
    assert body.startswith('<?xml version="1.0" encoding="UTF-8"?><response><data><message><accepted>1</accepted>')
    message_id = re.search("<apiMessageId>([0-9a-f]{32})</apiMessageId>", body)
    assert message_id is not None
    assert status_by_readme(product, message_id[1])["messageStatus"] == "004"
    assert handset(product, "27990000001")[-1]["text"] == "Hello in XML"


def test_the_command_line_finds_the_demo_by_itself(product: Product, endpoint: Endpoint) -> None:
    """`send` gives an id, `status` says 004 once the receipt is there, `handset` shows the text."""
    sent = product.command("--json", "send", "27990000005", "--text", "Hello again")
    (entry,) = json.loads(sent.stdout)
    let_everything_arrive(product, endpoint)
    status = product.command("status", entry["message_id"])
    shown = product.command("handset", "27990000005")

    assert (sent.returncode, entry["accepted"]) == (0, True)
    assert (status.returncode, "004" in status.stdout) == (0, True)
    assert (shown.returncode, "Hello again" in shown.stdout) == (0, True)


def test_a_reply_typed_on_a_handset_is_listed(product: Product, endpoint: Endpoint) -> None:
    """What the owner of the handset types is the demo connection's to read, without any URL (rest-api 9)."""
    endpoint.wait_for(send(product, "27990000006", "How are you?"), "004")

    replied = product.command("handset", "27990000006", "--reply", "Hello yourself")
    listed: list[dict[str, Any]] = []
    for _ in range(PROBES_MAX):
        let_everything_arrive(product, endpoint)
        listed = json.loads(product.command("--json", "inbound", "list").stdout)
        if listed:
            break

    assert replied.returncode == 0, replied.stderr
    assert [(each["from"], each["to"], each["connection"], each["state"], each["text"]) for each in listed] == [
        ("27990000006", "27999123456", "demo/demo", "kept", "Hello yourself")
    ]


async def test_a_reply_is_acknowledged_when_it_is_on_disk_and_not_before(tmp_path: Path) -> None:
    """A long reply in several segments: at the moment of each acknowledgement it is in the store already (delivery 1.4,
    4.4).
    """
    text = "A reply that is longer than what fits into one segment of a short message. " * 4
    async with whole_service(tmp_path) as service:
        await service.bound(1)
        kept: list[int] = []
        service.simulator.on_acknowledged = lambda: kept.append(service.rows(COUNT_KEPT)[0][0])
        segments = service.simulator.reply("27990000007", text, to="27999123456")
        await service.until(lambda: service.simulator.counters.acknowledged == segments)

        assert segments == 2
        assert len(kept) == segments
        assert all(count >= acknowledged for acknowledged, count in enumerate(kept, start=1))
        assert service.simulator.counters.deliveries_refused == 0
