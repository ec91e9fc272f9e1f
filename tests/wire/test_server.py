"""The REST API behind the real HTTP server: what the server refuses by itself is said in the API's own form."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from angarium.httpd import Server
from tests.wire.world import World

SEND = (
    b"POST /rest/message HTTP/%b\r\nHost: sms.example\r\nAuthorization: Bearer open-token\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
)
BODY = b'{"text":"Hello","to":["27990000001"]}'


@pytest.fixture
async def address(world: World) -> AsyncIterator[tuple[str, int]]:
    """Where the application is served."""
    server = Server(world.app.handle, error_page=world.app.error_page)
    (bound,) = await server.start("127.0.0.1", 0)
    yield bound
    await server.stop(grace_s=1.0)


async def exchange(address: tuple[str, int], octets: bytes) -> bytes:
    """Send these octets, and read until the server closes."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(octets)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_send_over_a_socket_is_accepted(address: tuple[str, int], world: World) -> None:
    """A reply to HTTP/1.0 is whole, with its length, and never chunked (rest-api 1.1, 1.8)."""
    answer = await exchange(address, SEND % (b"1.0", len(BODY), BODY))

    head, _, body = answer.partition(b"\r\n\r\n")
    public_id = json.loads(body)["data"]["message"][0]["apiMessageId"]
    assert head.startswith(b"HTTP/1.1 202 Accepted\r\n")
    assert b"Content-Length: %d" % len(body) in head
    assert b"chunked" not in head
    assert world.public_ids.read(public_id) == 1


@pytest.mark.parametrize(
    ("octets", "status", "code", "description"),
    [
        (SEND % (b"1.1", 1024 * 1024 + 1, b""), 413, "101", "Invalid or missing parameter: body"),
        (b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\n", 414, "101", "Invalid or missing parameter: path"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000, 431, "101", "Invalid or missing parameter: headers"),
        (b"nonsense\r\n\r\n", 400, "100", "Data malformed"),
    ],
)
async def test_what_the_server_refuses_has_our_body(
    address: tuple[str, int], octets: bytes, status: int, code: str, description: str
) -> None:
    """Every error has a body that a client of the API can read (rest-api 1.8, 1.10)."""
    answer = await exchange(address, octets)

    head, _, body = answer.partition(b"\r\n\r\n")
    error = json.loads(body)["error"]
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert (error["code"], error["description"]) == (code, description)
