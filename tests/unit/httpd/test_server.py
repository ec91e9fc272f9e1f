"""A real server on loopback, with plain sockets and TLS as clients."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvloop

from angarium.httpd import (
    HttpdSettings,
    ListenError,
    Request,
    Response,
    Server,
    ensure_self_signed,
    load_server_context,
)
from tests.unit.httpd.wire import GET, answers, echo, statuses

CLOSE = b"GET /z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
ServerMaker = Callable[..., Server]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def make_server() -> AsyncIterator[ServerMaker]:
    """Make servers that are stopped at the end of the test."""
    servers: list[Server] = []

    def make(handler=echo, **arguments) -> Server:
        servers.append(Server(handler, **arguments))
        return servers[-1]

    yield make
    for server in servers:
        await server.stop(0)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate and its key."""
    return ensure_self_signed(tmp_path_factory.mktemp("tls"), now=datetime.now(UTC))


def trusting(pair: tuple[Path, Path]) -> ssl.SSLContext:
    """A client's context that trusts our certificate only, and checks the name."""
    return ssl.create_default_context(cafile=str(pair[0]))


async def talk(port: int, raw: bytes, **tls) -> bytes:
    """Send, and read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **tls)
    writer.write(raw)
    octets = await reader.read()
    writer.close()
    await writer.wait_closed()
    return octets


async def test_a_server_answers_on_the_port_that_it_was_given(make_server: ServerMaker) -> None:
    """Port 0 is any free one; the address comes back, and requests are answered there."""
    server = make_server()

    [(host, port)] = await server.start("127.0.0.1", 0)

    assert host == "127.0.0.1"
    assert port > 0
    assert [answer.body for answer in answers(await talk(port, GET + CLOSE))] == [b"GET /a ", b"GET /z "]


async def test_http_and_https_are_served_at_once(make_server: ServerMaker, pair: tuple[Path, Path]) -> None:
    """Both listeners share one handler, which can tell them apart."""
    server = make_server(lambda request: Response(200, body=b"secure" if request.secure else b"plain"))
    [(_, http)] = await server.start("127.0.0.1", 0)
    [(_, https)] = await server.start("127.0.0.1", 0, ssl=load_server_context(*pair))

    plain, secure = await asyncio.gather(
        talk(http, CLOSE), talk(https, CLOSE, ssl=trusting(pair), server_hostname="localhost")
    )

    assert [answers(plain)[0].body, answers(secure)[0].body] == [b"plain", b"secure"]


async def test_one_byte_at_a_time_is_the_same_request(make_server: ServerMaker) -> None:
    """A slow network changes nothing."""
    server = make_server()
    [(_, port)] = await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    for octet in GET + CLOSE:
        writer.write(bytes([octet]))
        await writer.drain()
        await asyncio.sleep(0)
    octets = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert statuses(octets) == [200, 200]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET /\r\n", 400),
        (b"GET /" + b"a" * 9000, 414),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 17_000, 431),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n" + b"a" * 500_000, 413),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
async def test_a_refused_client_can_read_why(make_server: ServerMaker, raw: bytes, status: int) -> None:
    """The error page arrives although the client was still sending, and then the connection ends."""
    server = make_server()
    [(_, port)] = await server.start("127.0.0.1", 0)

    assert statuses(await talk(port, raw)) == [status]


async def test_a_refused_tls_client_can_read_why(make_server: ServerMaker, pair: tuple[Path, Path]) -> None:
    """The same by TLS, where a connection cannot be closed by half."""
    server = make_server()
    [(_, port)] = await server.start("127.0.0.1", 0, ssl=load_server_context(*pair))

    octets = await talk(port, b"GET / HTTP/1.1\r\n\r\n", ssl=trusting(pair), server_hostname="localhost")

    assert statuses(octets) == [400]


async def test_the_date_is_told_when_a_clock_is_given(make_server: ServerMaker) -> None:
    """An origin server with a clock says the date (RFC 9110, 6.6.1)."""
    server = make_server(unix_time_s=lambda: 784_111_777.0)
    [(_, port)] = await server.start("127.0.0.1", 0)

    answer = answers(await talk(port, CLOSE))[0]

    assert answer.headers[b"date"] == b"Sun, 06 Nov 1994 08:49:37 GMT"


async def test_the_error_page_of_the_owner_is_used(make_server: ServerMaker) -> None:
    """Errors found by the server carry the body that the owner wants."""
    server = make_server()
    server.error_page = lambda status, _request: Response(status, b"application/json", b'{"error":{}}')
    [(_, port)] = await server.start("127.0.0.1", 0)

    answer = answers(await talk(port, b"nonsense\r\n\r\n"))[0]

    assert (answer.status, answer.body) == (400, b'{"error":{}}')


async def test_an_unheard_exception_goes_to_the_loop(make_server: ServerMaker) -> None:
    """Without `on_error` the loop's exception handler hears of a failing handler."""
    trouble = RuntimeError("broken")
    heard: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: heard.append(context["exception"]))

    def broken(_request: Request) -> Response:
        raise trouble

    server = make_server(broken)
    [(_, port)] = await server.start("127.0.0.1", 0)

    assert statuses(await talk(port, CLOSE)) == [500]
    assert heard == [trouble]


async def test_the_sweep_ends_waits_on_every_connection(make_server: ServerMaker) -> None:
    """One sweep judges all connections at the time that it is given."""
    server = make_server(settings=HttpdSettings(sweep_interval_s=3600.0))
    [(_, port)] = await server.start("127.0.0.1", 0)
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    for _, writer in streams[:2]:
        writer.write(GET + GET[:10])
    for reader, _ in streams[:2]:
        await reader.readexactly(
            len(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nGET /a ")
        )

    server.sweep(1000.0)
    server.sweep(1010.0)
    rests = await asyncio.gather(*(reader.read() for reader, _ in streams))
    for _, writer in streams:
        writer.close()
        await writer.wait_closed()

    assert [statuses(rest) for rest in rests] == [[408], [408], []]


async def test_listeners_survive_the_garbage_collector(make_server: ServerMaker) -> None:
    """A listening socket lives as long as its server."""
    server = make_server()
    [(_, port)] = await server.start("127.0.0.1", 0)

    gc.collect()

    assert statuses(await talk(port, CLOSE)) == [200]


async def test_stop_lets_a_running_handler_answer(make_server: ServerMaker) -> None:
    """A request that is being served is finished; idle connections are closed; nothing new is accepted."""
    loop = asyncio.get_running_loop()
    begun, answer = asyncio.Event(), loop.create_future()

    def wait(_request: Request) -> asyncio.Future[Response]:
        begun.set()
        return answer

    server = make_server(wait)
    [(_, port)] = await server.start("127.0.0.1", 0)
    idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", port)
    busy_reader, busy_writer = await asyncio.open_connection("127.0.0.1", port)
    busy_writer.write(GET)
    await begun.wait()

    stopping = loop.create_task(server.stop(60.0))
    idle = await idle_reader.read()
    answer.set_result(Response(202))
    busy = await busy_reader.read()
    await stopping
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    for writer in (idle_writer, busy_writer):
        writer.close()
        await writer.wait_closed()

    assert idle == b""
    assert [(found.status, found.headers[b"connection"]) for found in answers(busy)] == [(202, b"close")]
    assert (server.connection_count, server.running_count) == (0, 0)


async def test_stop_gives_up_on_a_handler_after_the_grace(make_server: ServerMaker) -> None:
    """A handler that does not end is cancelled, and the client is cut off."""
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def never(_request: Request) -> Response:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return Response(200)

    heard: list[BaseException] = []
    server = make_server(never, on_error=heard.append)
    [(_, port)] = await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GET)
    await begun.wait()

    await server.stop(0)

    octets = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert octets == b""
    assert cancelled.is_set()
    assert heard == []


async def test_stop_tells_a_half_sent_request_to_come_again(make_server: ServerMaker) -> None:
    """A request that has not arrived whole is refused with 503, so the client knows that nothing was done."""
    server = make_server()
    [(_, port)] = await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GET + GET[:-2])
    await reader.readuntil(b"GET /a ")

    stopping = asyncio.get_running_loop().create_task(server.stop(60.0))
    rest = await reader.read()
    writer.close()
    await writer.wait_closed()
    await stopping

    assert statuses(rest) == [503]


async def test_stopping_twice_or_before_the_start_does_nothing() -> None:
    """Stop is safe to call at any moment."""
    server = Server(echo)

    await server.stop(0)
    await server.start("127.0.0.1", 0)
    await server.stop(0)
    await server.stop(0)

    assert server.connection_count == 0


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("192.0.2.1", 0, "this machine has no such address"),
        ("no-such-name.invalid", 0, "this name has no address here"),
        ("127.0.0.1", 70_000, "a port is a number from 0 to 65535"),
    ],
)
async def test_an_address_that_cannot_be_bound_is_told_in_a_sentence(
    make_server: ServerMaker, host: str, port: int, words: str
) -> None:
    """The sentence names the address, the reason and what to do."""
    with pytest.raises(ListenError, match=words) as caught:
        await make_server().start(host, port)

    assert str(caught.value).startswith(f"Cannot listen on {host}:{port}: ")
    assert (caught.value.host, caught.value.port) == (host, port)


async def test_a_taken_port_is_told_in_a_sentence(make_server: ServerMaker) -> None:
    """The commonest mistake of all has its own words."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(ListenError, match=f"Cannot listen on 127.0.0.1:{port}: the port is taken"):
            await make_server().start("127.0.0.1", port)


async def test_a_port_without_permission_is_told_in_a_sentence(
    make_server: ServerMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A low port needs a capability, and the sentence says so."""

    async def denied(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(asyncio.get_running_loop(), "create_server", denied)

    with pytest.raises(ListenError, match="no permission for port 80; choose a port above 1023"):
        await make_server().start("127.0.0.1", 80)


def test_the_server_runs_on_uvloop_too(pair: tuple[Path, Path]) -> None:
    """Both loops give the same answers, by HTTP and HTTPS, to good requests and bad ones."""

    async def story() -> list[list[int]]:
        server = Server(echo)
        [(_, http)] = await server.start("127.0.0.1", 0)
        [(_, https)] = await server.start("127.0.0.1", 0, ssl=load_server_context(*pair))
        found = []
        for raw in (GET + CLOSE, b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 17_000):
            found.append(statuses(await talk(http, raw)))
            found.append(statuses(await talk(https, raw, ssl=trusting(pair), server_hostname="localhost")))
        with pytest.raises(ListenError, match="taken"):
            await server.start("127.0.0.1", http)
        await server.stop(0)
        return found

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(story()) == [[200, 200]] * 2 + [[400]] * 2 + [[431]] * 2
