"""What is too big, too deep, too slow or not allowed is refused in the API's own words, and disturbs nobody else."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from angarium.core.account import RECIPIENTS_MAX_DEFAULT
from angarium.httpd import HttpdSettings
from tests.product import Answer, Product, call
from tests.service import whole_service

BODY_OCTETS_MAX = 1024 * 1024
HEADER_OCTETS_MAX = 16 * 1024
SLOW_CONNECTIONS = 200
JSON = "application/json"
XML = "application/xml"
NUMBER = "27990000001"


def post(product: Product, body: bytes, *, form: str = JSON, **headers: str) -> Answer:
    """Ask for one send with this body."""
    path = "/rest/message"
    return call(product.url, "POST", path, token=product.token, body=body, headers={"Content-Type": form, **headers})


def code(answer: Answer) -> tuple[int, str, str]:
    """HTTP status, code and description of an error of the whole call."""
    error = answer.json()["error"]
    assert error["documentation"].endswith(f"/{error['code']}.htm")
    return answer.status, error["code"], error["description"]


def body_of(octets: int) -> bytes:
    """A send whose body has exactly so many octets; what makes it long is a member that means nothing."""
    start = json.dumps({"text": "Hello", "to": [NUMBER], "padding": ""}).encode()
    return start.replace(b'"padding": ""', b'"padding": "%b"' % (b"x" * (octets - len(start))))


def raw(product: Product, octets: bytes) -> bytes:
    """Write these octets and read until the server closes."""
    parts = urlsplit(product.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(octets)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
        return answer


def head_of(product: Product, octets: int) -> bytes:
    """A request for the balance whose header block has exactly so many octets."""
    request = b"GET /rest/account/balance HTTP/1.1\r\n"
    block = b"Host: x\r\nConnection: close\r\nAuthorization: Bearer %b\r\nX-Long: " % product.token.encode()
    return request + block + b"x" * (octets - len(block) - 4) + b"\r\n\r\n"


def test_a_body_of_a_mebibyte_is_read_and_one_octet_more_is_not(product: Product) -> None:
    """202 at the limit, 413 with code 101 beyond it, and the connection's end is no surprise (rest-api 1.10)."""
    assert len(body_of(BODY_OCTETS_MAX)) == BODY_OCTETS_MAX
    assert post(product, body_of(BODY_OCTETS_MAX)).status == 202
    assert code(post(product, body_of(BODY_OCTETS_MAX + 1)))[:2] == (413, "101")


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(product: Product) -> None:
    """Nobody has to send a gigabyte to hear that it is too long."""
    answer = raw(
        product,
        b"POST /rest/message HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1073741824\r\n\r\n" % product.token.encode(),
    )

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_two_hundred_recipients_are_taken_and_one_more_refuses_all(product: Product) -> None:
    """The whole request is refused with 101, and nothing of it is sent."""
    numbers = [f"2797{n:07}" for n in range(RECIPIENTS_MAX_DEFAULT + 1)]

    taken = post(product, json.dumps({"text": "Hello", "to": numbers[:-1]}).encode())
    refused = post(product, json.dumps({"text": "Hello", "to": numbers}).encode())

    assert taken.status == 202
    assert len({entry["apiMessageId"] for entry in taken.json()["data"]["message"]}) == RECIPIENTS_MAX_DEFAULT
    assert code(refused) == (400, "101", "Invalid or missing parameter: to")


def test_headers_of_sixteen_kibibytes_are_read_and_one_octet_more_is_not(product: Product) -> None:
    """200 at the limit, 431 beyond it, with an error body."""
    assert raw(product, head_of(product, HEADER_OCTETS_MAX)).startswith(b"HTTP/1.1 200 ")
    refused = raw(product, head_of(product, HEADER_OCTETS_MAX + 1))

    assert refused.startswith(b"HTTP/1.1 431 ")
    assert b'"code":"101"' in refused


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nonsense", "Basic {token}", "Bearer {token}x", "{token}"]
)
def test_a_token_that_is_not_valid_opens_nothing(product: Product, authorization: str) -> None:
    """401 with code 001, whatever is wrong with it; the right one works with any case of the scheme."""
    headers = {"Authorization": authorization.format(token=product.token)} if authorization else {}
    refused = call(product.url, "GET", "/rest/account/balance", headers=headers)
    welcome = call(product.url, "GET", "/rest/account/balance", headers={"Authorization": f"bEARER {product.token}"})

    assert code(refused) == (401, "001", "Authentication failed")
    assert welcome.status == 200


def test_a_token_is_asked_for_before_anything_else_is_looked_at(product: Product) -> None:
    """Who may not come in learns nothing from what else is wrong (rest-api 1.7)."""
    answer = call(product.url, "POST", "/rest/message", token="wrong", body=b"{", headers={"X-Version": "7"})

    assert code(answer)[:2] == (401, "001")


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":"Hello","to":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"text":"Hello","to":["27990000001"],"deep":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b"[" * BODY_OCTETS_MAX,
        b"",
        b"null",
        b'{"text":"\xff","to":"27990000001"}',
        b'{"text":"Hello","to":"27990000001"}}',
    ],
    ids=["deep-array", "deep-object", "open-brackets", "nothing", "null", "no-utf-8", "more-behind"],
)
def test_json_that_is_too_deep_or_none_at_all_is_malformed(product: Product, body: bytes) -> None:
    """400 with code 100, and the service is alive afterwards."""
    assert code(post(product, body)) == (400, "100", "Data malformed")
    assert call(product.url, "GET", "/healthz").status == 200


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE request [<!ENTITY a "aaaa">]><request><data><text>&a;</text><to>27990000001</to></data></request>',
        '<!DOCTYPE request SYSTEM "http://127.0.0.1:1/x"><request><data><text>x</text><to>27990000001</to></data></request>',
        "<request><data><text>&undefined;</text><to>27990000001</to></data></request>",
        "<request><data><text>x</text><to>27990000001</to></data>",
        "<request>" + "<a>" * 50_000 + "</a>" * 50_000 + "</request>",
    ],
    ids=["entity", "external", "undefined", "unfinished", "deep"],
)
def test_xml_with_a_dtd_or_worse_is_malformed(product: Product, document: str) -> None:
    """400 with code 100: nothing is expanded and nothing is fetched."""
    assert code(post(product, document.encode(), form=XML)) == (400, "100", "Data malformed")


async def test_slow_clients_do_not_disturb_others(tmp_path: Path) -> None:
    """Hundreds that send their request a little at a time are dropped at the limit; meanwhile others are served
    (rest-api 1.10).
    """
    async with whole_service(tmp_path, http_header_timeout_s=1.0, http_body_timeout_s=1.0) as service:
        parts = urlsplit(service.url)
        begun = b"POST /rest/message HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
        slow = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(SLOW_CONNECTIONS)]
        for n, (_, writer) in enumerate(slow):
            writer.write(begun if n % 2 else begun + b"\r\n{")
        async with service.customer() as customer:
            await service.bound(1)
            sent = await customer.send(*(f"279900{n:05}" for n in range(50)))
            await service.final(sent)
        endings = await asyncio.gather(*(reader.read() for reader, _ in slow))
        for _, writer in slow:
            writer.close()

    assert {service.callbacks[message_id][-1] for message_id in sent} == {"004"}
    assert all(ending == b"" or ending.startswith(b"HTTP/1.1 4") for ending in endings)


def test_the_limits_are_those_that_are_promised() -> None:
    """1 MiB, 16 KiB, 200 recipients (rest-api 1.10 and 3)."""
    settings = HttpdSettings()
    limits: tuple[Any, ...] = (settings.body_octets_max, settings.header_octets_max, RECIPIENTS_MAX_DEFAULT)

    assert limits == (BODY_OCTETS_MAX, HEADER_OCTETS_MAX, 200)
