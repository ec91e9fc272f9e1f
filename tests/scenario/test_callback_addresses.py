"""Callbacks go to allowed addresses only, whatever names and redirects say (rest-api 8.7)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.scripted_endpoint import OK, Request, always, calling, serving


async def test_an_address_that_is_not_allowed_is_not_connected_to() -> None:
    """Loopback is refused unless it is listed, and the server never sees a connection (rest-api 8.7)."""
    async with serving(always(OK)) as server, calling(networks_allowed=()) as caller:
        literal = await caller.push(f"http://127.0.0.1:{server.port}/")
        mapped = await caller.push(f"http://[::ffff:127.0.0.1]:{server.port}/")

    assert literal.error.startswith("Calling 127.0.0.1 is not allowed: it is loopback.")
    assert "not allowed" in mapped.error
    assert server.connections == 0


async def test_a_name_that_is_rebound_to_another_address_is_refused() -> None:
    """First the allowed address, later the neighbour's: nothing is sent there, although the name was good before
    (rest-api 8.7).
    """
    names: dict[str, list[Sequence[str]]] = {"cb.example": [["127.0.0.1"], ["127.0.0.2"]]}
    async with serving(always(OK)) as server, calling(names=names) as caller:
        before = await caller.push(f"http://cb.example:{server.port}/")
        caller.now.at += 31.0
        caller.client.sweep()
        after = await caller.push(f"http://cb.example:{server.port}/")

    assert before.ok
    assert server.requests[0].headers["host"] == f"cb.example:{server.port}"
    assert "127.0.0.2 is not allowed" in after.error
    assert "cb.example has that address" in after.error
    assert len(server.requests) == 1


async def test_a_redirect_to_a_private_address_is_refused() -> None:
    """A public page that points at our neighbour gets nothing from us, and neither does the neighbour (rest-api
    8.7).
    """
    async with serving(always(OK), host="127.0.0.2") as neighbour:
        location = f"http://127.0.0.2:{neighbour.port}/".encode()
        redirect = b"HTTP/1.1 307 Go\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
        async with serving(always(redirect)) as server, calling() as caller:
            exchange = await caller.push(f"http://127.0.0.1:{server.port}/")

    assert not exchange.ok
    assert exchange.error.startswith("Calling 127.0.0.2 is not allowed")
    assert neighbour.connections == 0


async def test_the_address_that_was_checked_is_the_one_that_is_called() -> None:
    """A name server that answers otherwise a moment later is not asked again in between (rest-api 8.7)."""
    names: dict[str, list[Sequence[str]]] = {"cb.example": [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]]}
    async with (
        serving(always(OK), host="127.0.0.2") as neighbour,
        serving(always(OK)) as server,
        calling(names=names) as caller,
    ):
        exchange = await caller.push(f"http://cb.example:{server.port}/")

    assert exchange.ok
    assert (len(server.requests), neighbour.connections) == (1, 0)


@pytest.mark.parametrize("others", [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "fe80::1"]])
async def test_a_name_with_one_forbidden_address_among_others_is_not_called_at_all(others: list[str]) -> None:
    """Whichever of them comes first (rest-api 8.7)."""
    async with serving(always(OK)) as server, calling(names={"cb.example": [others]}) as caller:
        exchange = await caller.push(f"http://cb.example:{server.port}/")

    assert "is not allowed" in exchange.error
    assert server.connections == 0


@pytest.mark.parametrize(
    "location",
    [
        b"http://[::ffff:127.0.0.2]:%d/",
        b"http://[::127.0.0.2]:%d/",
        b"http://[64:ff9b::127.0.0.2]:%d/",
        b"http://[2002:7f00:2::1]:%d/",
        b"//127.0.0.2:%d/",
        b"http://neighbour.example:%d/",
    ],
)
async def test_no_redirect_leads_to_a_forbidden_address(location: bytes) -> None:
    """In whatever form it stands there, or behind a name (rest-api 8.7)."""
    names: dict[str, list[Sequence[str]]] = {"neighbour.example": [["127.0.0.2"]]}
    async with serving(always(OK), host="127.0.0.2") as neighbour:
        go = b"HTTP/1.1 307 Go\r\nLocation: " + location % neighbour.port + b"\r\nContent-Length: 0\r\n\r\n"
        async with serving(always(go)) as server, calling(names=names) as caller:
            exchange = await caller.push(f"http://127.0.0.1:{server.port}/")

    assert "is not allowed" in exchange.error
    assert neighbour.connections == 0


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [(301, "POST", b"told"), (302, "POST", b"told"), (303, "GET", b""), (307, "POST", b"told"), (308, "POST", b"told")],
)
async def test_a_redirect_is_followed(status: int, method: str, body: bytes) -> None:
    """The request is repeated as it was, except that 303 continues with GET."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.target == "/old":
            writer.write(b"HTTP/1.1 %d Go\r\nLocation: new?x=1\r\nContent-Length: 3\r\n\r\nbye" % status)
        else:
            writer.write(OK)

    async with serving(script) as server, calling() as caller:
        exchange = await caller.push(
            f"http://127.0.0.1:{server.port}/old", body=b"told", credentials=b"Authorization: x\r\n"
        )

    last = server.requests[-1]
    assert (exchange.ok, exchange.status, exchange.excerpt) == (True, 200, b"OK")
    assert (last.method, last.target, last.body) == (method, "/new?x=1", body)
    assert last.headers["authorization"] == "x"
    assert ("content-type" in last.headers) is (method == "POST")


async def test_credentials_do_not_follow_to_another_host_or_port() -> None:
    """A redirect elsewhere gets the notification, but not the password."""
    async with serving(always(OK)) as other:
        go = b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % other.port
        async with serving(always(go)) as server, calling() as caller:
            exchange = await caller.push(f"http://127.0.0.1:{server.port}/", credentials=b"Authorization: x\r\n")

    assert exchange.ok
    assert server.requests[0].headers["authorization"] == "x"
    assert "authorization" not in other.requests[0].headers


async def test_redirects_end_after_three() -> None:
    """A circle is left with a sentence and the last status."""
    go = b"HTTP/1.1 302 Go\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    async with serving(always(go)) as server, calling() as caller:
        exchange = await caller.push(f"http://127.0.0.1:{server.port}/")

    assert (exchange.ok, exchange.status) == (False, 302)
    assert exchange.error == "The endpoint redirects more than 3 times."
    assert len(server.requests) == 4


async def test_all_hops_share_one_deadline() -> None:
    """Redirecting buys no time."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.target == "/":
            caller.now.at += 9.0
            writer.write(b"HTTP/1.1 302 Go\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")

    async with serving(script) as server, calling() as caller:
        future = caller.start(f"http://127.0.0.1:{server.port}/")
        await server.has(2)
        caller.now.at += 1.0
        caller.client.sweep()
        exchange = await future

    assert (exchange.error, exchange.elapsed_ms) == ("No answer within 10 s.", 10_000)


@pytest.mark.parametrize(
    "location", [b"http://0x7f.1/", b"gopher://127.0.0.1/", b"http://user@127.0.0.1/", b"http://["]
)
async def test_a_redirect_to_an_odd_url_is_refused(location: bytes) -> None:
    """The sentence says that it was the redirect."""
    go = b"HTTP/1.1 302 Go\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
    async with serving(always(go)) as server, calling() as caller:
        exchange = await caller.push(f"http://127.0.0.1:{server.port}/")

    assert exchange.error.startswith("The endpoint redirects to a URL that cannot be called.")
    assert not exchange.ok


async def test_a_refused_connection_is_told() -> None:
    """Nobody listens there any more."""
    async with serving(always(OK)) as server:
        port = server.port

    async with calling() as caller:
        exchange = await caller.push(f"http://127.0.0.1:{port}/")

    assert exchange.error == f"The connection to 127.0.0.1 port {port} was refused."


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    """A name with a dead and a living address is reachable."""
    async with serving(always(OK)) as server:
        names: dict[str, list[Sequence[str]]] = {"cb.example": [["127.0.0.3", "127.0.0.1"]]}
        async with calling(names=names, networks_allowed=("127.0.0.0/8",)) as caller:
            exchange = await caller.push(f"http://cb.example:{server.port}/")

    assert exchange.ok
