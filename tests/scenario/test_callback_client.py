"""The callback client against real servers on loopback, each scripted by its test."""

from __future__ import annotations

import asyncio

import pytest

from angarium.callbacks.connection import EXCERPT_OCTETS, Endpoint
from tests.scripted_endpoint import OK, Request, always, calling, never, serving

# Connections.


async def test_a_connection_is_used_again() -> None:
    """Three callbacks one after another need one connection."""
    async with serving(always(OK)) as server, calling() as caller:
        ended = [await caller.push(f"http://127.0.0.1:{server.port}/{number}?a=b") for number in range(3)]

    assert [(exchange.ok, exchange.status, exchange.excerpt) for exchange in ended] == [(True, 200, b"OK")] * 3
    assert [(request.target, request.connection) for request in server.requests] == [
        ("/0?a=b", 1),
        ("/1?a=b", 1),
        ("/2?a=b", 1),
    ]
    assert server.requests[0].headers["host"] == f"127.0.0.1:{server.port}"


async def test_an_endpoint_gets_no_more_connections_than_allowed() -> None:
    """Ten callbacks at once go over two connections, and all arrive."""
    async with serving(always(OK)) as server, calling(connections_max=2) as caller:
        futures = [caller.start(f"http://127.0.0.1:{server.port}/{number}", body=b"x") for number in range(10)]
        ended = await asyncio.gather(*futures)

    assert all(exchange.ok for exchange in ended)
    assert server.connections == 2
    assert sorted(request.target for request in server.requests) == sorted(f"/{number}" for number in range(10))


async def test_a_silent_endpoint_delays_no_other_and_runs_out_of_time() -> None:
    """While one endpoint says nothing, another is served; then the deadline ends what hangs (rest-api 8.5, delivery
    5).
    """
    async with serving(never) as silent, serving(always(OK)) as quick, calling(connections_max=2) as caller:
        hanging = [caller.start(f"http://127.0.0.1:{silent.port}/{number}") for number in range(3)]
        await silent.has(2)
        served = await caller.push(f"http://127.0.0.1:{quick.port}/")
        assert not any(future.done() for future in hanging)

        caller.now.at += 10.0
        caller.client.sweep()
        first, second = await asyncio.gather(*hanging[:2])
        await silent.has(3)
        caller.now.at += 10.0
        caller.client.sweep()
        third = await hanging[2]

    assert served.ok
    for exchange in (first, second, third):
        assert (exchange.ok, exchange.status, exchange.error) == (False, 0, "No answer within 10 s.")
        assert exchange.elapsed_ms == 10_000


async def test_what_waits_too_long_for_a_connection_is_given_up() -> None:
    """A line behind a slow endpoint has an end in time."""
    async with serving(never) as server, calling(connections_max=1, waiting_s_max=3.0) as caller:
        hanging = caller.start(f"http://127.0.0.1:{server.port}/1")
        waiting = caller.start(f"http://127.0.0.1:{server.port}/2")
        await server.has(1)

        caller.now.at += 3.0
        caller.client.sweep()

        assert (await waiting).error == "The endpoint is too slow: no connection was free in time."
        assert not hanging.done()


async def test_the_line_before_an_endpoint_is_bounded() -> None:
    """What is one too many fails at once instead of growing memory."""
    async with serving(never) as server, calling(connections_max=1, held_max=1) as caller:
        futures = [caller.start(f"http://127.0.0.1:{server.port}/") for _ in range(3)]

        assert (await futures[2]).error == "Too much is waiting for this endpoint."
        assert not futures[1].done()


async def test_an_idle_connection_makes_way_when_the_total_is_reached() -> None:
    """The bound on all connections closes an idle one of another endpoint rather than keep a callback waiting."""
    async with serving(always(OK)) as one, serving(always(OK)) as other, calling(connections_total_max=1) as caller:
        first = await caller.push(f"http://127.0.0.1:{one.port}/")
        second = await caller.push(f"http://127.0.0.1:{other.port}/")

    assert (first.ok, second.ok) == (True, True)


async def test_what_the_total_keeps_back_is_sent_as_soon_as_there_is_room() -> None:
    """An endpoint without any connection of its own is not forgotten."""
    async with serving(never) as one, serving(always(OK)) as other, calling(connections_total_max=1) as caller:
        hanging = caller.start(f"http://127.0.0.1:{one.port}/")
        waiting = caller.start(f"http://127.0.0.1:{other.port}/")
        await one.has(1)
        assert other.connections == 0

        caller.now.at += 10.0
        caller.client.sweep()
        await hanging
        while caller.client.connections:
            await asyncio.wait([waiting], timeout=0)
        caller.client.sweep()

        assert (await waiting).ok


@pytest.mark.parametrize(("idle_s_max", "age_s_max", "later_s"), [(30.0, 300.0, 30.0), (9000.0, 300.0, 300.0)])
async def test_a_connection_is_closed_when_idle_for_long_or_old(
    idle_s_max: float, age_s_max: float, later_s: float
) -> None:
    """Until then it is kept; the next callback after that has a connection of its own."""
    async with (
        serving(always(OK)) as server,
        calling(idle_s_max=idle_s_max, connection_age_s_max=age_s_max) as caller,
    ):
        await caller.push(f"http://127.0.0.1:{server.port}/")
        caller.now.at += later_s - 1.0
        caller.client.sweep()
        kept = caller.client.connections
        caller.now.at += 1.0
        caller.client.sweep()
        await caller.push(f"http://127.0.0.1:{server.port}/")

    assert (kept, server.connections) == (1, 2)


async def test_a_kept_connection_that_was_closed_meanwhile_is_no_failure() -> None:
    """The server drops the used connection when the second request comes: it is sent again on a new one."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.connection == 1 and request.target == "/2":
            writer.close()
        else:
            writer.write(OK)

    async with serving(script) as server, calling() as caller:
        first = await caller.push(f"http://127.0.0.1:{server.port}/1")
        second = await caller.push(f"http://127.0.0.1:{server.port}/2")

    assert (first.ok, second.ok) == (True, True)
    assert [(request.target, request.connection) for request in server.requests] == [("/1", 1), ("/2", 1), ("/2", 2)]


async def test_a_server_that_hangs_up_on_a_new_connection_is_asked_once() -> None:
    """Only a used connection earns a second try; a fresh one that is dropped is the endpoint's failure."""

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serving(script) as server, calling() as caller:
        exchange = await caller.push(f"http://127.0.0.1:{server.port}/")

    assert exchange.error == "The endpoint closed the connection before it had answered."
    assert len(server.requests) == 1


async def test_octets_after_an_answer_end_the_connection() -> None:
    """An answer that nobody asked for must never be taken for the next one's."""
    smuggled = b"HTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n"
    async with serving(always(OK + smuggled)) as server, calling() as caller:
        ended = [await caller.push(f"http://127.0.0.1:{server.port}/") for _ in range(2)]

    assert [exchange.status for exchange in ended] == [200, 200]
    assert server.connections == 2


async def test_an_answer_to_nothing_ends_an_idle_connection() -> None:
    """What arrives while nothing is asked would otherwise be taken for the answer to the next request."""
    writers: list[asyncio.StreamWriter] = []

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(OK)

    async with serving(script) as server, calling() as caller:
        await caller.push(f"http://127.0.0.1:{server.port}/")
        writers[0].write(b"HTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n")
        turn = asyncio.Event()
        while caller.client.connections:
            asyncio.get_running_loop().call_soon(turn.set)
            await turn.wait()
            turn.clear()
        second = await caller.push(f"http://127.0.0.1:{server.port}/")

    assert second.ok
    assert server.connections == 2


async def test_closing_ends_everything_under_way() -> None:
    """What is waiting, connecting or unanswered is told, and later requests are refused."""
    async with serving(never) as server, calling(connections_max=1) as caller:
        unanswered = caller.start(f"http://127.0.0.1:{server.port}/")
        await server.has(1)
        waiting = caller.start(f"http://127.0.0.1:{server.port}/")
        connecting = caller.start(f"http://127.0.0.1:{server.port}/", verify_tls=False)
        await caller.client.close()
        late = caller.start(f"http://127.0.0.1:{server.port}/")

        ended = await asyncio.gather(unanswered, waiting, connecting, late)

    assert {exchange.error for exchange in ended} == {"The gateway is stopping."}


# Answers.


@pytest.mark.parametrize(
    ("answer", "status", "excerpt"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (
            b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: x\r\n\r\n",
            202,
            b"abcde",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK, 200, b"OK"),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nOK", 200, b"OK"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\noops", 500, b"oops"),
        (b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", 404, b""),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", 302, b""),
        (b"HTTP/1.1 103 Hint\r\nLocation: /x\r\n\r\nHTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", 302, b""),
        (b"HTTP/1.1 304 Not Modified\r\nLocation: /x\r\n\r\n", 304, b""),
        (b"HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n", 299, b""),
    ],
)
async def test_every_framing_of_an_answer_is_read(answer: bytes, status: int, excerpt: bytes) -> None:
    """Lengths, chunks, interim answers, no body at all; and the connection serves the next request."""
    async with serving(always(answer)) as server, calling() as caller:
        ended = [await caller.push(f"http://127.0.0.1:{server.port}/") for _ in range(2)]

    assert [(exchange.status, exchange.excerpt, exchange.error) for exchange in ended] == [(status, excerpt, "")] * 2
    assert ended[0].ok is (200 <= status <= 299)
    assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "excerpt"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nOK", b"OK"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nOK", b"OK"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut short", b"cut short"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nnonsense", b"abcde"),
    ],
)
async def test_a_2xx_is_a_success_however_its_body_ends(answer: bytes, excerpt: bytes) -> None:
    """The endpoint has said that it took it, whatever becomes of the body; such a connection is closed."""
    async with serving(always(answer, close=True)) as server, calling() as caller:
        ended = [await caller.push(f"http://127.0.0.1:{server.port}/") for _ in range(2)]

    assert [(exchange.ok, exchange.excerpt) for exchange in ended] == [(True, excerpt)] * 2
    assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "The answer is not HTTP/1.1."),
        (b"\x15\x03\x01\x00\x02\x02\x16", "The answer is not HTTP/1.1."),
        (b"HTTP/1.1 abc OK\r\n\r\n", "The answer is not HTTP/1.1."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nOK", "The answer is not HTTP/1.1."),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "The endpoint wants another protocol"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 17_000, "The head of the answer is longer than 16384 octets."),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, "The head of the answer is longer than 16384 octets."),
    ],
)
async def test_garbage_is_told_as_such(answer: bytes, error: str) -> None:
    """What is not an answer ends the exchange with a sentence, and the connection with it."""
    async with serving(always(answer)) as server, calling() as caller:
        exchange = await caller.push(f"http://127.0.0.1:{server.port}/")

    assert exchange.error.startswith(error)
    assert (exchange.ok, exchange.status) == (False, 0)


async def test_of_a_large_answer_the_beginning_is_kept_and_the_end_is_not_read() -> None:
    """After 64 KiB reading stops: status and first octets are all that we want."""
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"abcd" * 20_000
    async with serving(always(endless)) as server, calling() as caller:
        exchange = await caller.push(f"http://127.0.0.1:{server.port}/")

    assert (exchange.ok, exchange.excerpt) == (True, b"abcd" * (EXCERPT_OCTETS // 4))


@pytest.mark.parametrize(
    ("beginning", "status", "error"),
    [
        (b"HTTP/1.1 2", 0, "No answer within 10 s."),
        (b"HTTP/1.1 200 OK\r\nContent-", 0, "No answer within 10 s."),
        (b"HTTP/1.1 100 Continue\r\n\r\n", 0, "No answer within 10 s."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab", 200, ""),
        (b"HTTP/1.1 500 No\r\nContent-Length: 10\r\n\r\nab", 500, ""),
    ],
)
async def test_a_trickle_is_ended_by_the_deadline(beginning: bytes, status: int, error: str) -> None:
    """An answer that never gets whole counts by its status line if that came in time, and not at all otherwise."""
    async with serving(always(beginning)) as server, calling() as caller:
        future = caller.start(f"http://127.0.0.1:{server.port}/")
        await server.has(1)
        (connection,) = caller.client._lanes[Endpoint("http", "127.0.0.1", server.port, True)].at_work
        while not connection._heard or (status and not connection._head_done):
            await asyncio.wait([future], timeout=0)
        caller.now.at += 10.0
        caller.client.sweep()
        exchange = await future

    assert (exchange.status, exchange.error, exchange.ok) == (status, error, status == 200)
