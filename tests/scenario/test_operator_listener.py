"""With a listener of its own the operator's API is nowhere else, and dead letters are replayed over it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.command_line import CommandLine
from tests.product import Product, call, running
from tests.scripted_smsc import PATIENCE_S

PROBES_MAX = 2_000


class Endpoint:
    """A customer's endpoint: it refuses everything until it is told otherwise."""

    def __init__(self) -> None:
        self.status = 500
        self.seen: queue.Queue[str] = queue.Queue()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(endpoint.status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                endpoint.seen.put(self.path)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/status"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def apart(commands: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A demo whose operator's API has a listener of its own."""
    settings = {"ANGARIUM_OPERATOR_LISTEN": "127.0.0.1:0"}
    with running(tmp_path_factory.mktemp("apart") / "data", commands, settings) as product:
        yield product


def ask(product: Product, method: str, path: str, body: Any = None) -> Any:
    """One call of the operator's."""
    answer = call(
        product.ready["operator_url"], method, path, token=product.env()["ANGARIUM_OPERATOR_TOKEN"], body=body
    )
    assert answer.status < 300, answer.body
    return answer.json() if answer.body else None


def test_the_public_listeners_do_not_know_the_operators_api(apart: Product) -> None:
    """Not even with the right token; the document and health are there, and REST is not on the other side."""
    token = apart.env()["ANGARIUM_OPERATOR_TOKEN"]
    private = apart.ready["operator_url"]

    assert private != apart.url
    assert call(apart.url, "GET", "/v1/accounts", token=token).status == 404
    assert call(private, "GET", "/v1/accounts", token=token).status == 200
    assert call(apart.url, "GET", "/openapi.json").status == 200
    assert call(private, "GET", "/healthz").status == 200
    assert call(private, "GET", "/rest/account/balance", token=apart.token).status == 404


def test_a_notification_that_failed_is_seen_and_replayed(apart: Product) -> None:
    """The attempt with its status is there to be seen; tried again, it is delivered, and the log says by whom."""
    endpoint = Endpoint()
    try:
        ask(apart, "PATCH", "/v1/connections/1", {"callback": {"url": endpoint.url}})
        body = {"text": "Hello", "to": ["27990000001"], "callback": 2}
        sent = call(apart.url, "POST", "/rest/message", token=apart.token, body=body).json()
        message_id = sent["data"]["message"][0]["apiMessageId"]
        endpoint.seen.get(timeout=PATIENCE_S)
        (waiting,) = settled(apart, message_id, "waiting")
        shown = ask(apart, "GET", f"/v1/notifications/{waiting['notification_id']}")

        endpoint.status = 200
        ask(apart, "POST", f"/v1/notifications/{waiting['notification_id']}/replay")
        repeated = endpoint.seen.get(timeout=PATIENCE_S)
        (delivered,) = settled(apart, message_id, "delivered")
        (logged,) = ask(apart, "GET", f"/v1/audit?subject=notification/{waiting['notification_id']}")["data"]
    finally:
        endpoint.close()

    assert [attempt["status"] for attempt in shown["tried"]] == [500]
    assert message_id in repeated
    assert delivered["attempts"] == 2
    assert (logged["author"], logged["action"]) == ("token:demo", "notification.replay")


def settled(product: Product, message_id: str, state: str) -> list[dict[str, Any]]:
    """The notifications of a message in a state, once an attempt that ended is written down."""
    attempts = {"waiting": 1, "delivered": 2}[state]
    for _ in range(PROBES_MAX):
        found = ask(product, "GET", f"/v1/notifications?message_id={message_id}&state={state}")["data"]
        if found and found[0]["attempts"] == attempts:
            return list(found)
    raise AssertionError(f"no notification of {message_id} is {state}")
