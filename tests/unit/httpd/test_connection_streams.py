"""Answers that come in pieces, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from angarium.httpd import Request, Response, StreamResponse
from tests.unit.httpd.wire import GET, Line, turn_the_loop

GET_1_0 = b"GET /a HTTP/1.0\r\nHost: h\r\n\r\n"
HEAD = b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n"
END = b"0\r\n\r\n"


class Source:
    """Pieces that a test gives by hand."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.is_closed = False
        self.given = 0

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """One after the other, until None."""
        try:
            while (piece := await self.pieces.get()) is not None:
                if piece == b"!":
                    raise OSError("the disk is gone")
                self.given += 1
                yield piece
        finally:
            self.is_closed = True

    def give(self, *pieces: bytes | None) -> None:
        """Have them ready."""
        for piece in pieces:
            self.pieces.put_nowait(piece)

    def answer(self, _: Request) -> Response:
        """A handler that streams."""
        return StreamResponse(200, b"text/csv", self.chunks(), is_endless=False)

    def endless(self, _: Request) -> Response:
        """A handler that streams for ever."""
        return StreamResponse(200, b"text/event-stream", self.chunks(), is_endless=True)


async def test_pieces_are_written_as_they_come_and_the_end_is_marked() -> None:
    """In chunks, after one head; the connection serves the next request."""
    source = Source()
    line = Line(source.answer)
    line.send(GET)
    await turn_the_loop()
    head = line.pipe.written

    source.give(b"one", b"", b"two\n")
    await turn_the_loop()
    source.give(None)
    await turn_the_loop()

    assert b"\r\nTransfer-Encoding: chunked\r\n" in head
    assert b"Content-Length" not in head
    assert line.pipe.written.removeprefix(head) == b"3\r\none\r\n4\r\ntwo\n\r\n" + END
    assert source.is_closed
    line.send(GET)
    source.give(None)
    await turn_the_loop()
    assert line.pipe.written.endswith(b"\r\n\r\n" + END)


async def test_an_old_client_reads_until_the_connection_closes() -> None:
    """HTTP/1.0 knows no chunks (rest-api 1.1)."""
    source = Source()
    line = Line(source.answer)

    line.send(GET_1_0)
    source.give(b"one", b"two", None)
    await turn_the_loop()

    head, _, body = line.pipe.written.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert (body, line.pipe.fate) == (b"onetwo", "closed")


async def test_a_later_answer_waits_for_the_end_of_the_stream() -> None:
    """Answers keep the order of requests."""
    source = Source()
    line = Line(lambda request: source.answer(request) if request.method == "GET" else Response(200, body=b"later"))
    line.send(GET + b"POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
    source.give(b"one")
    await turn_the_loop()
    early = line.pipe.written

    source.give(None)
    await turn_the_loop()

    assert b"later" not in early
    assert line.pipe.written.index(END) < line.pipe.written.index(b"later")


async def test_head_is_answered_without_a_body_and_nothing_is_made() -> None:
    """The generator is closed before its first piece."""
    source = Source()
    line = Line(source.answer)
    source.give(b"one", None)

    line.send(HEAD)
    await turn_the_loop()

    assert line.pipe.written.endswith(b"\r\n\r\n")
    assert source.given == 0


async def test_a_slow_reader_slows_the_source_down() -> None:
    """Memory stays bounded: the next piece is asked for when the client has read."""
    source = Source()
    line = Line(source.answer, reads=False)
    line.send(GET)
    piece = b"x" * (line.pipe.high + 1)
    source.give(piece, piece, piece)
    await turn_the_loop()
    before = source.given

    line.pipe.read_all()
    await turn_the_loop()

    assert (before, source.given) == (1, 2)
    line.pipe.abort()


async def test_a_client_that_leaves_ends_the_source() -> None:
    """Nobody makes pieces for nobody."""
    source = Source()
    line = Line(source.answer)
    line.send(GET)
    await turn_the_loop()

    line.connection.connection_lost(None)
    await turn_the_loop()

    assert source.is_closed


async def test_a_source_that_fails_leaves_the_end_unmarked() -> None:
    """No client takes a part for the whole; what went wrong is told."""
    source = Source()
    line = Line(source.answer)
    line.send(GET)
    source.give(b"one", b"!")
    await turn_the_loop()

    assert not line.pipe.written.endswith(END)
    assert line.pipe.fate == "aborted"
    assert [str(error) for error in line.errors] == ["the disk is gone"]


async def test_a_stopping_server_waits_for_a_stream_that_ends() -> None:
    """A download is finished, an endless stream is cut."""
    ending, endless = Source(), Source()
    download, live = Line(ending.answer), Line(endless.endless)
    for line in (download, live):
        line.send(GET)
    await turn_the_loop()

    for line in (download, live):
        line.connection.stop()
    await turn_the_loop()

    assert (download.pipe.fate, live.pipe.fate) == ("open", "aborted")
    assert (ending.is_closed, endless.is_closed) == (False, True)
    ending.give(None)
    await turn_the_loop()
    assert download.pipe.fate == "closed"


async def test_a_stopping_server_waits_for_nobody_who_has_left_an_endless_stream() -> None:
    """A browser that leaves a live page only ends its side; until the next piece nothing else tells that it is gone."""
    source = Source()
    line = Line(source.endless)
    line.send(GET)
    source.give(b"one")
    await turn_the_loop()

    line.connection.eof_received()
    line.connection.stop()
    await turn_the_loop()

    assert source.is_closed
    assert line.pipe.fate == "aborted"
