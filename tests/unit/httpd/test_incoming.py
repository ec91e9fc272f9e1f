"""Bodies that are handled while they come: order, backpressure, deadlines, and what ends them early."""

from __future__ import annotations

import asyncio

import pytest

from angarium.httpd import Head, HttpFault, Request, Response
from angarium.httpd.incoming import ClientGone
from tests.unit.httpd.wire import GET, Line, answers, turn_the_loop

LIMIT = 1_000
WAITING = 8


def upload(length: int) -> bytes:
    """The head of an upload."""
    return b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % length


CHUNKED = b"POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"


class Taker:
    """A handler that takes a body piece by piece, when it is told to."""

    def __init__(self) -> None:
        self.request: Request | None = None
        self.taken: list[bytes] = []
        self.errors: list[Exception] = []
        self.takes = True

    def __call__(self, request: Request) -> object:
        self.request = request
        if request.incoming is None:
            return Response(200, body=b"whole " + request.body)
        return self.take_all(request)

    async def take_all(self, request: Request) -> Response:
        """Take it to its end, and answer with how much that was."""
        assert request.incoming is not None
        try:
            while octets := await request.incoming.take():
                self.taken.append(octets)
        except Exception as error:
            self.errors.append(error)
            raise
        return Response(200, body=b"%d" % sum(map(len, self.taken)))


def line(handler: object, **settings: object) -> Line:
    """A connection that streams bodies of uploads."""
    made = Line(handler, body_octets_max=10, stream_waiting_octets_max=WAITING, **settings)  # type: ignore[arg-type]
    made.shared.streams = _streams
    return made


def _streams(head: Head) -> int:
    return LIMIT if head.path == "/up" else 0


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_is_taken_while_it_comes(is_chunked: bool) -> None:
    """The handler begins with the head; a body may be longer than one that is read whole first."""
    taker = Taker()
    client = line(taker)

    client.send(CHUNKED if is_chunked else upload(30))
    await turn_the_loop()
    assert taker.request is not None
    for _ in range(3):
        client.send(b"a\r\n0123456789\r\n" if is_chunked else b"0123456789")
        await turn_the_loop()
    assert taker.taken == [b"0123456789"] * 3
    client.send((b"0\r\n\r\n" if is_chunked else b"") + GET)
    await turn_the_loop(20)

    assert [answer.body for answer in answers(client.pipe.written)] == [b"30", b"whole "]
    assert client.pipe.fate == "open"


async def test_a_small_body_that_came_with_its_head_is_whole() -> None:
    """Nothing is to be waited for."""
    client = line(Taker())

    client.send(upload(5) + b"hello")

    assert [answer.body for answer in answers(client.pipe.written)] == [b"whole hello"]


async def test_reading_pauses_while_nobody_takes() -> None:
    """So that memory stays bounded, however fast the client is and however slow the handler."""

    async def slow(request: Request) -> Response:
        requests.append(request)
        await gate.wait()
        return await Taker().take_all(request)

    requests: list[Request] = []
    gate = asyncio.Event()
    client = line(slow)
    client.send(upload(30), b"0123456789")
    await turn_the_loop()
    client.send(b"0123456789")
    assert client.pipe.is_paused
    client.send(b"0123456789")
    gate.set()
    await turn_the_loop(20)

    assert not client.pipe.is_paused
    assert [answer.body for answer in answers(client.pipe.written)] == [b"30"]


async def test_a_body_over_its_limit_is_refused() -> None:
    """At once when its length is told, and else when it is reached; the handler learns why."""
    told, taker = line(Taker()), Taker()
    told.send(upload(LIMIT + 1))
    assert (told.statuses(), told.pipe.sent_eof) == ([413], True)

    client = line(taker)
    client.send(CHUNKED, b"3e8\r\n" + b"x" * 1_000 + b"\r\n", b"1\r\n")
    await turn_the_loop(20)

    assert (client.statuses(), client.pipe.sent_eof) == ([413], True)
    assert client.errors == []
    assert [type(error) for error in taker.errors] == [HttpFault]


@pytest.mark.parametrize("way", ["lost", "half-closed"])
async def test_a_client_that_leaves_in_mid_body_ends_its_handling(way: str) -> None:
    """And nobody is told of a fault of ours."""
    taker = Taker()
    client = line(taker)
    client.send(upload(30), b"0123456789")
    await turn_the_loop()

    if way == "lost":
        client.pipe.abort()
    else:
        client.connection.eof_received()
    await turn_the_loop(20)

    assert [type(error) for error in taker.errors] == [ClientGone]
    assert (client.errors, client.shared.running) == ([], set())
    assert client.pipe.fate == ("aborted" if way == "lost" else "closed")


async def test_an_answer_before_the_end_of_a_body_ends_the_connection() -> None:
    """The rest is thrown away for a while, so that the client can read it."""

    async def refuse(_: Request) -> Response:
        return Response(403)

    client = line(refuse)
    client.send(upload(30), b"0123456789")
    await turn_the_loop()
    client.send(b"0123456789" + GET)

    assert client.statuses() == [403]
    assert answers(client.pipe.written)[0].headers[b"connection"] == b"close"
    assert client.pipe.sent_eof


async def test_an_answer_that_waits_for_nothing_also_ends_it() -> None:
    """A plain answer is written at once."""
    client = line(lambda _: Response(404))

    client.send(upload(30), b"0123456789")

    assert client.statuses() == [404]
    assert client.pipe.sent_eof


async def test_a_body_that_stops_coming_meets_its_deadline() -> None:
    """What has come extends it, as for a body that is read whole."""
    taker = Taker()
    client = line(taker, body_timeout_s=30.0, body_rate_min_octets_s=10)
    client.send(upload(30), b"0123456789")
    await turn_the_loop()
    client.connection.check(0.0)
    client.connection.check(30.9)
    await turn_the_loop()
    before = client.statuses()

    client.connection.check(31.0)
    await turn_the_loop(20)

    assert (before, client.statuses()) == ([], [408])
    assert client.errors == []


async def test_a_server_that_stops_cuts_a_body_short() -> None:
    """Its handler has its chance to put things away."""
    taker = Taker()
    client = line(taker)
    client.send(upload(30), b"0123456789")
    await turn_the_loop()

    client.connection.stop()
    await turn_the_loop(20)

    assert client.statuses() == [503]
    assert [type(error) for error in taker.errors] == [HttpFault]


async def test_the_invitation_to_send_comes_first() -> None:
    """A client that waits for it would wait for ever."""
    client = line(Taker())
    client.send(b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\nExpect: 100-continue\r\n\r\n")
    assert client.pipe.written == b"HTTP/1.1 100 Continue\r\n\r\n"

    client.send(b"0123456789" * 3)
    await turn_the_loop(20)

    assert [answer.body for answer in answers(client.pipe.written)] == [b"30"]


async def test_a_connection_that_is_to_close_is_read_to_the_end_of_its_body() -> None:
    """And closed after its answer."""
    client = line(Taker())
    client.send(b"POST /up HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 30\r\n\r\n", b"0123456789" * 3)
    await turn_the_loop(20)

    assert [answer.body for answer in answers(client.pipe.written)] == [b"30"]
    assert client.pipe.fate == "closed"
