"""One connection: order, limits, fates and deadlines, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from angarium.httpd import Request, Response
from tests.unit.httpd.wire import GET, Line, answers, echo, statuses, turn_the_loop

POST = b"POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
CLOSE = b"GET /z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
PARTIAL = b"GET /a HTTP/1.1\r\nHo"


class Desk:
    """A handler whose answers are given by hand, by path, in any order."""

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Future[Response]] = {}

    def __call__(self, request: Request) -> Awaitable[Response]:
        self.waiting[request.path] = asyncio.get_running_loop().create_future()
        return self.waiting[request.path]

    def answer(self, path: str) -> None:
        """Give the answer to the request for this path."""
        self.waiting.pop(path).set_result(Response(200, body=path.encode()))


def get(path: str) -> bytes:
    """A GET for a path."""
    return f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()


# Order and form of answers


async def test_a_plain_answer_is_written_at_once_in_one_piece() -> None:
    """A handler that returns a value costs no task, and the client gets one write."""
    line = Line()

    line.send(POST)

    assert len(line.pipe.writes) == 1
    assert answers(line.pipe.written)[0].body == b"POST /b hello"


async def test_the_handler_sees_the_whole_request() -> None:
    """All that a handler may want to know is on the request."""
    seen: list[Request] = []

    def keep(request: Request) -> Response:
        seen.append(request)
        return Response(200)

    Line(keep).send(b"HEAD /a%20b?c=d HTTP/1.0\r\nX-Y: z\r\nContent-Length: 2\r\n\r\nhi")

    request = seen[0]
    assert (request.method, request.path, request.raw_path, request.query) == ("HEAD", "/a b", b"/a%20b", b"c=d")
    assert (request.http_version, request.is_head, request.secure, request.body) == ("1.0", True, False, b"hi")
    assert (request.peer, request.headers[b"x-y"]) == (("192.0.2.1", 4711), b"z")
    assert repr(request) == "<Request HEAD /a b from 192.0.2.1>"


@pytest.mark.parametrize("step", [1, 2, 5, 31, 10_000])
async def test_pipelined_requests_are_answered_in_order_in_any_pieces(step: int) -> None:
    """Three requests in one stream get three answers, however the stream is cut."""
    line = Line()
    stream = POST + b"\r\n" + GET + CHUNKED + CLOSE

    line.send(*(stream[start : start + step] for start in range(0, len(stream), step)))

    said = [answer.body for answer in answers(line.pipe.written)]
    assert said == [b"POST /b hello", b"GET /a ", b"POST /c abc", b"GET /z "]
    assert line.pipe.fate == "closed"


async def test_answers_that_finish_out_of_order_are_written_in_order() -> None:
    """Pipelined requests run at the same time, and each answer waits for its turn."""
    desk = Desk()
    line = Line(desk)
    line.send(get("/1") + get("/2") + get("/3"))

    desk.answer("/3")
    desk.answer("/2")
    await turn_the_loop()
    early = line.pipe.written
    desk.answer("/1")
    await turn_the_loop()

    assert early == b""
    assert [answer.body for answer in answers(line.pipe.written)] == [b"/1", b"/2", b"/3"]
    assert len(line.pipe.writes) == 1


async def test_a_plain_answer_waits_behind_one_that_is_not_ready() -> None:
    """The order holds between handlers that answer at once and handlers that wait."""
    desk = Desk()
    line = Line(lambda request: echo(request) if request.path == "/now" else desk(request))

    line.send(get("/later") + get("/now"))
    early = line.pipe.written
    desk.answer("/later")
    await turn_the_loop()

    assert early == b""
    assert [answer.body for answer in answers(line.pipe.written)] == [b"/later", b"GET /now "]


async def test_a_coroutine_gets_its_answer_written() -> None:
    """An async handler is awaited in a task of its own."""

    async def slow(request: Request) -> Response:
        await asyncio.sleep(0)
        return echo(request)

    line = Line(slow)
    line.send(GET)
    await turn_the_loop()

    assert line.statuses() == [200]
    assert line.shared.running == set()


async def test_an_awaitable_of_any_kind_is_awaited() -> None:
    """Not only coroutines and futures can be waited for."""

    class Promise:
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return Response(200, body=b"kept")

    line = Line(lambda _request: Promise())
    line.send(GET)
    await turn_the_loop()

    assert answers(line.pipe.written)[0].body == b"kept"


async def test_only_the_last_answer_says_close() -> None:
    """A client that reads `Connection: close` reads no further, so no earlier answer may say it."""
    desk = Desk()
    line = Line(desk)
    line.send(get("/1") + CLOSE + get("/never"))

    desk.answer("/1")
    desk.answer("/z")
    await turn_the_loop()

    first, last = answers(line.pipe.written)
    assert b"connection" not in first.headers
    assert last.headers[b"connection"] == b"close"
    assert desk.waiting == {}


@pytest.mark.parametrize(
    ("connection", "header", "fate"),
    [(b"", b"close", "closed"), (b"Connection: keep-alive\r\n", b"keep-alive", "open")],
)
async def test_http_1_0_is_kept_only_when_asked(connection: bytes, header: bytes, fate: str) -> None:
    """An old client gets Content-Length, never chunks, and the connection that it asked for."""
    line = Line()

    line.send(b"GET / HTTP/1.0\r\n" + connection + b"\r\n")

    answer = answers(line.pipe.written)[0]
    assert (answer.headers[b"connection"], line.pipe.fate) == (header, fate)
    assert b"transfer-encoding" not in answer.headers


async def test_head_is_answered_without_a_body_and_the_connection_goes_on() -> None:
    """The length belongs to the body that GET would get."""
    line = Line()

    line.send(b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + GET)

    first, second = answers(line.pipe.written, head_requests=frozenset({0}))
    assert (first.headers[b"content-length"], first.body) == (b"8", b"")
    assert second.body == b"GET /a "


async def test_an_offer_to_upgrade_is_ignored() -> None:
    """h2c and websocket offers change nothing, also not for a body that follows."""
    line = Line()

    line.send(
        b"POST /u HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAAA\r\nContent-Length: 3\r\n\r\nabc" + GET
    )

    assert [answer.body for answer in answers(line.pipe.written)] == [b"POST /u abc", b"GET /a "]


# 100-continue


async def test_a_client_that_expects_100_gets_it_before_it_sends_the_body() -> None:
    """Some clients hold the body back until they are told to go on."""
    line = Line()

    line.send(b"POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    invitation = line.pipe.written
    line.send(b"abc")

    assert invitation == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answers(line.pipe.written)[0].body == b"POST /e abc"


async def test_100_continue_waits_for_the_answers_before_it() -> None:
    """An invitation must not be taken for the answer to an earlier request."""
    desk = Desk()
    line = Line(desk)
    line.send(get("/1"))
    line.send(b"POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    early = line.pipe.written

    desk.answer("/1")
    await turn_the_loop()

    assert early == b""
    assert line.pipe.written.endswith(b"/1HTTP/1.1 100 Continue\r\n\r\n")


async def test_no_invitation_for_a_body_that_is_too_long() -> None:
    """The refusal comes instead, before the client has wasted its time."""
    line = Line(body_octets_max=2)

    line.send(b"POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")

    assert line.statuses() == [413]
    assert b"100 Continue" not in line.pipe.written


# Limits and breaches


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"Content-Length: 5\r\n\r\nhello", 200),
        (b"Content-Length: 6\r\n\r\nhello!", 413),
        (b"Content-Length: 6\r\n\r\n", 413),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", 413),
    ],
)
@pytest.mark.parametrize("step", [1, 10_000])
async def test_a_body_may_reach_its_limit_and_no_more(body: bytes, expected: int, step: int) -> None:
    """A body of the limit is served, one octet more is 413, chunked or not."""
    line = Line(body_octets_max=5)
    stream = b"POST / HTTP/1.1\r\nHost: h\r\n" + body

    line.send(*(stream[start : start + step] for start in range(0, len(stream), step)))

    assert line.statuses() == [expected]


async def test_a_breach_is_answered_and_ends_the_connection() -> None:
    """After a malformed request nothing that follows is believed, and the client can still read the page."""
    line = Line()

    line.send(GET + b"GET /b HTTP/1.1\r\nHost : h\r\n\r\n" + GET)
    line.send(GET)

    assert line.statuses() == [200, 400]
    assert answers(line.pipe.written)[1].headers[b"connection"] == b"close"
    assert (line.pipe.sent_eof, line.pipe.fate) == (True, "open")
    assert line.faults[0] == (400, None)


async def test_a_breach_is_answered_after_the_answers_still_due() -> None:
    """The error page does not overtake."""
    desk = Desk()
    line = Line(desk)

    line.send(get("/1") + b"nonsense\r\n\r\n")
    early = line.pipe.written
    desk.answer("/1")
    await turn_the_loop()

    assert early == b""
    assert line.statuses() == [200, 400]


async def test_the_error_page_is_given_the_request_when_its_head_was_read() -> None:
    """The REST edge needs Accept to choose the form of an error."""
    line = Line(body_octets_max=2)

    line.send(b"POST /p HTTP/1.1\r\nHost: h\r\nAccept: application/xml\r\nContent-Length: 3\r\n\r\n")

    status, request = line.faults[0]
    assert status == 413
    assert request is not None
    assert (request.path, request.headers[b"accept"]) == ("/p", b"application/xml")


async def test_chunks_that_lie_about_their_size_end_the_connection() -> None:
    """A smuggled request behind a bad chunk is never served."""
    line = Line()

    line.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n" + GET)

    assert line.statuses() == [400]


# Handlers that fail


@pytest.mark.parametrize("kind", ["plain", "coroutine", "future"])
async def test_a_handler_that_raises_becomes_500_and_is_told(kind: str) -> None:
    """The client gets a page, the owner gets the exception, and the connection goes on."""
    trouble = RuntimeError("broken")

    def plain(_request: Request) -> Response:
        raise trouble

    async def coroutine(_request: Request) -> Response:
        raise trouble

    def future(_request: Request) -> Awaitable[Response]:
        broken = asyncio.get_running_loop().create_future()
        broken.set_exception(trouble)
        return broken

    line = Line({"plain": plain, "coroutine": coroutine, "future": future}[kind])
    line.send(GET)
    await turn_the_loop()
    line.send(GET)
    await turn_the_loop()

    assert line.statuses() == [500, 500]
    assert line.errors == [trouble, trouble]


@pytest.mark.parametrize("answer", [None, "text", Response(42), Response(200, headers=((b"X", b"\r\n"),))])
async def test_a_handler_that_returns_no_answer_becomes_500(answer: object) -> None:
    """A mistake in a handler is told to its owner, not to the client's parser."""

    async def wrong(_request: Request) -> object:
        return answer

    line = Line(wrong)
    line.send(GET)
    await turn_the_loop()

    assert line.statuses() == [500]
    assert len(line.errors) == 1


async def test_an_error_page_that_raises_gives_way_to_the_plain_one() -> None:
    """An error while telling an error is told too, and the client still gets a body."""
    line = Line()
    trouble = RuntimeError("broken page")

    def broken(_status: int, _request: Request | None) -> Response:
        raise trouble

    line.shared.error_page = broken
    line.send(b"nonsense\r\n\r\n")

    assert answers(line.pipe.written)[0].body == b"400 Bad Request\n"
    assert line.errors == [trouble]


async def test_a_handler_finishes_although_its_client_has_left() -> None:
    """What was begun is not cancelled: a message may be half stored."""
    desk = Desk()
    line = Line(desk)
    line.send(get("/1"))

    line.pipe.close()
    desk.answer("/1")
    await turn_the_loop()

    assert line.pipe.written == b""
    assert line.shared.running == set()
    assert line.shared.connections == set()


# Back-pressure


async def test_reading_pauses_while_too_many_answers_are_due() -> None:
    """The limit of unanswered requests holds; the rest is served as answers free the way."""
    desk = Desk()
    line = Line(desk, pipeline_requests_max=2)

    line.send(b"".join(get(f"/{number}") for number in range(5)))
    started = set(desk.waiting)
    paused = line.pipe.is_paused
    desk.answer("/0")
    await turn_the_loop()
    then = set(desk.waiting)
    for number in range(1, 5):
        desk.answer(f"/{number}")
        await turn_the_loop()

    assert (started, paused) == ({"/0", "/1"}, True)
    assert then == {"/1", "/2"}
    assert [answer.body for answer in answers(line.pipe.written)] == [b"/0", b"/1", b"/2", b"/3", b"/4"]
    assert not line.pipe.is_paused


async def test_a_long_burst_lets_others_have_their_turn() -> None:
    """Requests that are answered at once do not keep the loop for themselves."""
    line = Line(burst_requests_max=3)

    line.send(GET * 8)
    at_once = len(line.statuses())
    paused = line.pipe.is_paused
    await turn_the_loop()

    assert (at_once, paused) == (3, True)
    assert line.statuses() == [200] * 8
    assert not line.pipe.is_paused


async def test_a_client_that_does_not_read_is_not_served_further() -> None:
    """Unread answers are bounded; serving goes on when the client has read."""
    line = Line(reads=False, write_buffer_octets_max=100)

    line.send(GET)
    line.send(GET, GET, GET)
    unread = len(line.statuses())
    line.pipe.read_all()

    assert unread == 2
    assert len(line.statuses()) >= 3


async def test_half_closing_clients_get_all_their_answers() -> None:
    """A client may say that it will send no more, and still reads."""
    desk = Desk()
    line = Line(desk, pipeline_requests_max=1)
    line.send(get("/1") + get("/2"))

    stays_open = line.connection.eof_received()
    for path in ("/1", "/2"):
        desk.answer(path)
        await turn_the_loop()

    assert stays_open
    assert [answer.body for answer in answers(line.pipe.written)] == [b"/1", b"/2"]
    assert line.pipe.fate == "closed"


async def test_a_client_that_leaves_in_mid_request_is_let_go() -> None:
    """Half a request at the end of the input is no request."""
    line = Line()
    line.send(PARTIAL)

    assert line.connection.eof_received() is False
    assert line.pipe.written == b""


# Connections


async def test_a_connection_too_many_is_refused_politely() -> None:
    """Over the limit the answer is 503 without waiting for a request, and further still there is no answer."""
    line = Line(connections_max=1, connections_refused_max=1)

    line.connect()
    refused = line.pipe
    line.connect()
    dropped = line.pipe

    assert statuses(refused.written) == [503]
    assert (refused.sent_eof, dropped.written, dropped.fate) == (True, b"", "aborted")


async def test_a_connection_that_ends_makes_room() -> None:
    """The limit counts connections that are there, not those that were."""
    line = Line(connections_max=1)

    line.pipe.close()
    line.connect()
    line.send(GET)

    assert line.statuses() == [200]


# Deadlines: `check` is called with the time as it would be


@pytest.mark.parametrize(
    ("sent", "deadline_s", "expected"),
    [
        ((), 10.0, []),
        ((PARTIAL,), 10.0, [408]),
        ((b"\r\n",), 10.0, []),
        ((POST[:-1],), 30.0, [408]),
        ((CHUNKED[:-1],), 30.0, [408]),
        ((GET,), 75.0, [200]),
        ((GET, b"\r\n"), 75.0, [200]),
        ((GET, PARTIAL), 10.0, [200, 408]),
        ((GET, POST[:-1]), 30.0, [200, 408]),
    ],
)
async def test_each_wait_has_its_deadline(sent: tuple[bytes, ...], deadline_s: float, expected: list[int]) -> None:
    """Header, body and idle time limits end a connection at their time, and no moment before."""
    line = Line(body_rate_min_octets_s=10**9)
    line.send(*sent)

    line.connection.check(1000.0)
    line.connection.check(1000.0 + deadline_s - 0.1)
    before = (line.statuses(), line.pipe.fate, line.pipe.sent_eof)
    line.connection.check(1000.0 + deadline_s)

    assert before == ([status for status in expected if status != 408], "open", False)
    assert line.statuses() == expected
    assert line.pipe.sent_eof if 408 in expected else line.pipe.fate == "closed"


async def test_trickled_octets_do_not_extend_the_header_deadline() -> None:
    """A client that sends one octet now and then is dropped like one that sends none."""
    line = Line()
    for second in range(11):
        line.send(b"GET /abcdefghijklm"[second : second + 1])
        line.connection.check(float(second))

    assert line.statuses() == [408]


async def test_a_body_at_the_minimum_rate_is_given_time() -> None:
    """Each second's worth of octets extends the deadline by a second."""
    line = Line(body_timeout_s=30.0, body_rate_min_octets_s=100)
    line.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n")
    line.connection.check(0.0)

    line.send(b"a" * 1000)
    line.connection.check(39.9)
    before = line.statuses()
    line.connection.check(40.0)

    assert (before, line.statuses()) == ([], [408])


async def test_a_handler_may_take_its_time() -> None:
    """While we owe the answer, the client is not at fault."""
    desk = Desk()
    line = Line(desk)
    line.send(get("/1") + PARTIAL)
    line.connection.check(0.0)

    line.connection.check(1000.0)
    desk.answer("/1")
    await turn_the_loop()

    assert line.statuses() == [200]


async def test_a_client_that_takes_nothing_of_its_answers_is_dropped() -> None:
    """Unread answers have a deadline, and reading a part of them starts it again."""
    line = Line(reads=False, write_timeout_s=30.0)
    line.send(GET)
    line.connection.check(0.0)

    line.pipe.unread_octets -= 1
    line.connection.check(29.0)
    line.connection.check(58.9)
    before = line.pipe.fate
    line.connection.check(59.0)

    assert (before, line.pipe.fate) == ("open", "aborted")


async def test_lingering_after_an_error_ends() -> None:
    """A client that goes on sending after its error page is cut off."""
    line = Line(linger_timeout_s=2.0)
    line.send(b"nonsense\r\n\r\n")
    line.connection.check(0.0)

    line.send(b"more nonsense")
    line.connection.check(1.9)
    before = line.pipe.fate
    line.connection.check(2.0)

    assert (before, line.pipe.fate) == ("open", "aborted")


async def test_a_refused_client_is_not_kept_for_long() -> None:
    """The polite refusal is bounded in time as well as in number."""
    line = Line(connections_max=1, linger_timeout_s=2.0)
    refused = line.connect()

    refused.check(0.0)
    refused.check(2.0)

    assert line.pipe.fate == "aborted"
    assert line.shared.refused == set()
