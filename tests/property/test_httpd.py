"""Whatever comes, in whatever pieces: the HTTP server neither breaks nor changes its mind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.httpd import Response
from tests.unit.httpd.wire import Line, answers, echo

LIMITS: dict[str, Any] = {
    "request_line_octets_max": 64,
    "header_octets_max": 256,
    "body_octets_max": 40,
    "chunk_line_octets_max": 16,
}

# Halves of requests, good and bad, that make sense in many orders.
PIECES = [
    b"GET / HTTP/1.1\r\n",
    b"POST /a?b=c HTTP/1.1\r\n",
    b"HEAD /%41 HTTP/1.0\r\n",
    b"GET /\r\n",
    b"PRI * HTTP/2.0\r\n",
    b"Host: h\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 41\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive\r\n",
    b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
    b"Expect: 100-continue\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b"hello",
    b"5\r\nhello\r\n",
    b"0\r\n",
    b"X: " + b"x" * 250 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
]

streams = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3)), max_size=12).map(b"".join),
)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that runs only what is ready."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def said(loop: asyncio.AbstractEventLoop, pieces: list[bytes]) -> tuple[bytes, bool]:
    """Send the pieces; return all that was answered, and whether that was the end."""
    line = Line(echo, loop=loop, **LIMITS)
    line.send(*pieces)
    for _ in range(5):
        loop.run_until_complete(asyncio.sleep(0))
    assert line.errors == []
    return line.pipe.written, line.pipe.sent_eof or line.pipe.fate != "open"


@given(data=st.data(), stream=streams)
def test_any_split_of_any_octets_gives_the_same_answers(
    loop: asyncio.AbstractEventLoop, data: st.DataObject, stream: bytes
) -> None:
    """The network may cut a stream anywhere; answers and fate do not depend on it."""
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    pieces = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]

    whole = said(loop, [stream])

    assert said(loop, pieces) == whole
    assert said(loop, [stream[index : index + 1] for index in range(len(stream))]) == whole


@given(pieces=st.lists(streams, max_size=4), check=st.lists(st.floats(0, 1e6), max_size=4))
def test_any_octets_are_answered_or_ended_and_never_break_the_server(
    loop: asyncio.AbstractEventLoop, pieces: list[bytes], check: list[float]
) -> None:
    """Whatever arrives, and whenever deadlines fall, only whole answers of known statuses go out."""
    line = Line(lambda _request: Response(200), loop=loop, **LIMITS)

    for piece, now in zip(pieces, [*sorted(check), *[1e6] * len(pieces)], strict=False):
        line.send(piece)
        line.connection.check(now)
    line.connection.eof_received()
    loop.run_until_complete(asyncio.sleep(0))

    assert {answer.status for answer in answers(line.pipe.written)} <= {200, 400, 408, 413, 414, 417, 431, 501, 505}
    assert line.errors == []
