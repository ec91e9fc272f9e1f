"""Applications of a framework, as handlers of our server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from angarium.httpd import AsgiHandler
from tests.unit.httpd.wire import GET, Line, answers, turn_the_loop

POST = b"POST /form?a=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nX-One: 1\r\n\r\nhello"


async def tell(request: StarletteRequest) -> JSONResponse:
    """What the application sees."""
    body = (await request.body()).decode()
    return JSONResponse(
        {"method": request.method, "url": str(request.url), "one": request.headers["x-one"], "body": body},
        headers={"X-Two": "2"},
    )


async def test_a_request_and_its_answer_pass_through() -> None:
    """Method, path, query, headers and body in; status, headers and body out, in one write."""
    line = Line(AsgiHandler(Starlette(routes=[Route("/form", tell, methods=["POST"])])))

    line.send(POST)
    await turn_the_loop(50)

    (answer,) = answers(line.pipe.written)
    assert (answer.status, answer.headers[b"x-two"]) == (200, b"2")
    assert answer.body == b'{"method":"POST","url":"http://h/form?a=1","one":"1","body":"hello"}'
    assert len(line.pipe.writes) == 1
    assert answer.headers[b"content-length"] == str(len(answer.body)).encode()


async def test_an_answer_in_pieces_is_streamed() -> None:
    """And what makes it is closed when the client leaves."""
    ended = asyncio.Event()
    gate: asyncio.Queue[bytes] = asyncio.Queue()

    async def pieces() -> AsyncIterator[bytes]:
        try:
            while True:
                yield await gate.get()
        finally:
            ended.set()

    async def stream(_: StarletteRequest) -> StreamingResponse:
        return StreamingResponse(pieces(), media_type="text/event-stream")

    line = Line(AsgiHandler(Starlette(routes=[Route("/a", stream)])))
    line.send(GET)
    for piece in (b"one", b"two"):
        gate.put_nowait(piece)
        await turn_the_loop(50)

    assert line.pipe.written.endswith(b"3\r\none\r\n3\r\ntwo\r\n")
    line.pipe.abort()
    await turn_the_loop(50)
    assert ended.is_set()


@pytest.mark.parametrize("start", [True, False])
async def test_an_application_that_fails_is_a_fault_of_ours(start: bool) -> None:
    """Before its answer begins: 500. After: the end of the answer is missing. It is told in both cases."""

    async def fail(scope: Any, receive: Any, send: Any) -> None:
        if start:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError("broken")

    line = Line(AsgiHandler(fail))
    line.send(GET)
    await turn_the_loop(50)

    assert [str(error) for error in line.errors] == ["broken"]
    if start:
        assert line.pipe.fate == "aborted"
        assert not line.pipe.written.endswith(b"0\r\n\r\n")
    else:
        assert answers(line.pipe.written)[0].status == 500


async def test_an_application_that_says_nothing_is_a_fault_too() -> None:
    """No client waits for ever."""

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        return

    line = Line(AsgiHandler(silent))
    line.send(GET)
    await turn_the_loop(50)

    assert answers(line.pipe.written)[0].status == 500
    assert "gave no answer" in str(line.errors[0])


async def test_a_body_that_comes_in_pieces_is_given_in_pieces() -> None:
    """And the application is told when its client leaves before the end."""
    pieces: list[bytes] = []
    left = asyncio.Event()

    async def take(request: StarletteRequest) -> JSONResponse:
        try:
            pieces.extend([piece async for piece in request.stream()])
        except ClientDisconnect:
            left.set()
        return JSONResponse({})

    line = Line(AsgiHandler(Starlette(routes=[Route("/form", take, methods=["POST"])])))
    line.shared.streams = lambda _: 100
    head = b"POST /form HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\n"
    for part in (head, b"abc", b"def"):
        line.send(part)
        await turn_the_loop(50)
    assert (pieces, line.statuses()) == ([b"abc", b"def", b""], [200])

    line.send(head, b"abc")
    await turn_the_loop(50)
    line.pipe.abort()
    await turn_the_loop(50)
    assert left.is_set()
