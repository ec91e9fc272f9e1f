"""One HTTP connection: octets in, requests to the handler, answers out in order.

It owns no clock and no timer: the server's sweep calls `check(now)`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from contextlib import suppress
from enum import Enum, auto
from functools import partial
from typing import Final, cast

from angarium.httpd.chunks import ChunkedBody
from angarium.httpd.exchange import (
    LAST_CHUNK,
    Request,
    Response,
    StreamResponse,
    render_chunk,
)
from angarium.httpd.head import Head, HeadReader, HttpFault
from angarium.httpd.incoming import ClientGone, IncomingBody
from angarium.httpd.shared import Shared, Turn


class Phase(Enum):
    """What a connection waits for, as far as deadlines go."""

    HEAD = auto()
    BODY = auto()
    HANDLER = auto()
    IDLE = auto()
    END = auto()


class Connection(asyncio.Protocol):
    """Serves the requests of one client in order.

    Requests that were pipelined start in order and may run at the same time; answers keep the order of requests.
    """

    __slots__ = (
        "_body",
        "_chunks",
        "_drained_octets",
        "_eof",
        "_finished",
        "_head",
        "_held",
        "_incoming",
        "_lingering",
        "_out",
        "_phase",
        "_phase_at",
        "_reader",
        "_rest",
        "_settings",
        "_shared",
        "_stuck_at",
        "_transport",
        "_turns",
        "_unread_input",
        "_writable",
        "_write_paused",
        "_written_octets",
        "peer",
        "requests",
        "secure",
    )

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._settings = shared.settings
        self._reader = HeadReader(shared.settings)
        self._transport: asyncio.Transport | None = None
        self._turns: deque[Turn] = deque()
        self._head: Head | None = None
        self._body = bytearray()
        self._chunks: ChunkedBody | None = None
        self._incoming: IncomingBody | None = None
        self._rest = b""
        self._out: list[bytes] = []
        self._held = False
        self._eof = False
        self._finished = False  # no further request is read
        self._unread_input = False  # the client may still be sending when we end
        self._lingering = False
        self._write_paused = False
        self._writable: asyncio.Future[None] | None = None
        self._written_octets = 0
        self._drained_octets = -1
        self._stuck_at = 0.0
        self._phase: tuple[Phase, int] | None = None
        self._phase_at = 0.0
        self.peer: tuple[str, int] = ("", 0)
        self.secure = False
        self.requests = 0

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected (and, with TLS, shaken hands)."""
        transport = self._transport = cast(asyncio.Transport, transport)
        transport.set_write_buffer_limits(high=self._settings.write_buffer_octets_max)
        peer = transport.get_extra_info("peername")
        if peer:
            self.peer = (peer[0], peer[1])
        self.secure = transport.get_extra_info("sslcontext") is not None
        shared = self._shared
        if shared.is_stopping or len(shared.connections) >= self._settings.connections_max:
            if len(shared.refused) >= self._settings.connections_refused_max:
                transport.abort()
                return
            shared.refused.add(self)
            self._fail(HttpFault(503, "There are too many connections."))
            self._flush()
        else:
            shared.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone. Handlers that run are left to finish; their answers are dropped."""
        self._transport = None
        self._finished = True
        self._cut(ClientGone())
        for turn in self._turns:
            if turn.stream is not None and turn.running is not None:
                turn.running.cancel()
        self._turns.clear()
        self._rest = b""
        shared = self._shared
        shared.connections.discard(self)
        shared.refused.discard(self)
        if shared.on_last_connection_lost is not None and not shared.connections and not shared.refused:
            shared.on_last_connection_lost()

    def data_received(self, data: bytes) -> None:
        """Octets have come."""
        if self._finished:
            return
        if self._held:
            self._rest += data
        else:
            self._consume(data)

    def eof_received(self) -> bool:
        """The client will send no more; it may still read."""
        self._unread_input = False
        if self.secure or self._lingering:
            return False
        self._eof = True
        if self._held:
            return True
        self._finished = True
        self._cut(ClientGone())
        return bool(self._turns)

    def pause_writing(self) -> None:
        """The client does not read as fast as we answer."""
        self._write_paused = True

    def resume_writing(self) -> None:
        """The client has read what was waiting."""
        self._write_paused = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._release()

    # Called by the server

    def check(self, now: float) -> None:
        """Judge every deadline of this connection. `now` is monotonic, in seconds, the same clock on each call."""
        transport = self._transport
        if transport is None:
            return
        if self._is_stuck(transport, now):
            transport.abort()
            return
        phase = (self._current_phase(), self.requests)
        if phase != self._phase:
            self._phase = phase
            self._phase_at = now
            return
        waited_s = now - self._phase_at
        match phase[0]:
            case Phase.HEAD if waited_s >= self._settings.header_timeout_s:
                if self._reader.is_partial:
                    self._time_out("The header block did not come in time.")
                else:
                    self._close(transport)
            case Phase.BODY if waited_s >= self._settings.body_timeout_s + self._body_bonus_s():
                self._time_out("The body did not come in time.")
            case Phase.IDLE if waited_s >= self._settings.idle_timeout_s:
                self._close(transport)
            case Phase.END if waited_s >= self._settings.linger_timeout_s and not transport.get_write_buffer_size():
                transport.abort()

    def stop(self) -> None:
        """Finish what runs, then close; close at once when nothing runs."""
        if self._transport is None:
            return
        # Also when nothing more is read: clients of an endless stream mostly leave by ending their own side only.
        for turn in self._turns:
            if turn.stream is not None and turn.stream.is_endless and turn.running is not None:
                turn.running.cancel()
        if self._finished:
            return
        self._unread_input = self._held or self._incoming is not None
        self._rest = b""
        if self._turns:
            self._finished = True
            self._cut(HttpFault(503, "The server stops."))
        elif self._reader.is_partial or self._head is not None:
            self._fail(HttpFault(503, "The server stops.", self._head))
            self._flush()
        else:
            self._close(self._transport)

    def abort(self) -> None:
        """Close without a further word."""
        if self._transport is not None:
            self._transport.abort()

    # Reading

    def _consume(self, data: bytes) -> None:
        """Serve the requests in `data`, until it ends or the client must wait."""
        settings = self._settings
        turns = self._turns
        pos = 0
        size = len(data)
        burst = settings.burst_requests_max
        try:
            while pos < size and not self._finished:
                if self._head is not None:
                    if self._incoming is not None:
                        if self._incoming.is_full:
                            self._hold(data[pos:])
                            break
                        pos = self._read_stream(self._incoming, data, pos)
                    else:
                        pos = self._read_body(data, pos)
                    continue
                if self._write_paused or len(turns) >= settings.pipeline_requests_max:
                    self._hold(data[pos:])
                    break
                if not burst:
                    self._hold(data[pos:])
                    self._shared.loop.call_soon(self._release)
                    break
                burst -= 1
                pos = self._reader.read(data, pos)
                head = self._reader.head
                if head is None:
                    break
                length = head.content_length
                if head.chunked or head.expects_continue or length > size - pos:
                    self._begin_body(head)
                elif length > settings.body_octets_max:
                    raise HttpFault(413, "The body is too long.", head)
                else:
                    body = data[pos : pos + length]
                    pos += length
                    self._dispatch(head, body)
        except HttpFault as fault:
            self._fail(fault)
        if self._finished:
            self._unread_input = self._unread_input or pos < size
            self._flush()
        elif self._out:
            self._flush()

    def _begin_body(self, head: Head) -> None:
        streamed_octets_max = self._shared.streams(head)
        octets_max = streamed_octets_max or self._settings.body_octets_max
        if head.content_length > octets_max:
            raise HttpFault(413, "The body is too long.", head)
        self._head = head
        self._chunks = ChunkedBody(self._settings, octets_max) if head.chunked else None
        if head.expects_continue:
            if self._turns:
                self._turns.append(Turn(None, None, _CONTINUE))
            else:
                self._out.append(_CONTINUE)
        if streamed_octets_max:
            waiting_max = self._settings.stream_waiting_octets_max
            self._incoming = IncomingBody(head, self._chunks, waiting_octets_max=waiting_max, on_taken=self._release)
            self._flush()
            self._dispatch(head, b"", self._incoming)

    def _read_stream(self, incoming: IncomingBody, data: bytes, pos: int) -> int:
        """Hand on what is here of a body that is handled already."""
        pos = incoming.read(data, pos)
        if incoming.is_ended:
            self._finished = self._finished or not incoming.head.keep_alive
            self._head = self._chunks = self._incoming = None
        return pos

    def _cut(self, fault: Exception) -> None:
        """Whoever handles a body that is still on its way learns that the rest will not come."""
        if self._incoming is not None:
            incoming, self._incoming = self._incoming, None
            self._head = self._chunks = None
            incoming.fail(fault)

    def _read_body(self, data: bytes, pos: int) -> int:
        head = self._head
        assert head is not None
        chunks = self._chunks
        try:
            if chunks is not None:
                pos = chunks.read(data, pos)
                if not chunks.is_done:
                    return pos
                body = bytes(chunks.body)
            else:
                taken = data[pos : pos + head.content_length - len(self._body)]
                pos += len(taken)
                self._body += taken
                if len(self._body) < head.content_length:
                    return pos
                body = bytes(self._body)
                self._body = bytearray()
        except HttpFault as fault:
            fault.head = head
            raise
        self._head = self._chunks = None
        self._dispatch(head, body)
        return pos

    def _hold(self, rest: bytes) -> None:
        self._rest = rest
        self._held = True
        if self._transport is not None:
            self._transport.pause_reading()

    def _release(self) -> None:
        """Go on with what was held back, if the reason is gone."""
        transport = self._transport
        if not self._held or self._write_paused or transport is None:
            return
        if self._incoming is not None:
            if self._incoming.is_full:
                return
        elif len(self._turns) >= self._settings.pipeline_requests_max:
            return
        self._held = False
        rest, self._rest = self._rest, b""
        if rest and not self._finished:
            self._consume(rest)
        if self._held or transport.is_closing():
            return
        if self._eof:
            self._finished = True
            self._cut(ClientGone())
            self._flush()
        else:
            transport.resume_reading()

    # Serving

    def _dispatch(self, head: Head, body: bytes, incoming: IncomingBody | None = None) -> None:
        self.requests += 1
        if not head.keep_alive and incoming is None:
            self._finished = True
        request = Request(head, body, self.peer, secure=self.secure, incoming=incoming)
        try:
            result = self._shared.handler(request)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is told to on_error and answered 500
            self._shared.on_error(error)
            result = self._shared.page(500, request)
        if isinstance(result, StreamResponse):
            turn = Turn(head, request)
            self._turns.append(turn)
            self._settle(turn, result, None)
        elif isinstance(result, Response):
            self._leave_unread(incoming)
            answer = self._shared.spell(result, head, request, is_last=self._finished)
            if self._turns:
                self._turns.append(Turn(head, request, answer))
            else:
                self._out.append(answer)
        else:
            turn = Turn(head, request)
            self._turns.append(turn)
            self._await(turn, result)

    def _leave_unread(self, incoming: IncomingBody | None) -> None:
        """Read no further when a request was answered before all of its body had come."""
        if incoming is not None and incoming is self._incoming:
            self._finished = True
            self._unread_input = True
            self._cut(ClientGone())

    def _await(self, turn: Turn, result: Awaitable[Response]) -> None:
        shared = self._shared
        if isinstance(result, asyncio.Future):
            turn.running = result
            result.add_done_callback(partial(self._settle_future, turn))
        else:
            turn.running = shared.loop.create_task(self._settle_awaitable(turn, result))
        shared.running.add(turn)

    async def _settle_awaitable(self, turn: Turn, result: Awaitable[Response]) -> None:
        try:
            response = await result
        except asyncio.CancelledError as error:
            self._settle(turn, None, error)
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is told to on_error and answered 500
            self._settle(turn, None, error)
        else:
            self._settle(turn, response, None)

    def _settle_future(self, turn: Turn, future: asyncio.Future[Response]) -> None:
        error = asyncio.CancelledError() if future.cancelled() else future.exception()
        self._settle(turn, future.result() if error is None else None, error)

    def _settle(self, turn: Turn, response: Response | None, error: BaseException | None) -> None:
        """A handler has finished: put its answer in its place, and write what is due."""
        shared = self._shared
        shared.running.discard(turn)
        status = 500 if error is None else self._blame(error)
        if self._transport is None:
            return
        turns = self._turns
        if turn.request is not None:
            self._leave_unread(turn.request.incoming)
        if error is not None:
            response = shared.page(status, turn.request)
        if isinstance(response, StreamResponse):
            turn.stream = response
            if turn.head is None or turn.head.http_version != "1.1":
                # Nothing else marks its end there.
                self._finished = True
        turn.answer = self._shared.spell(
            response, turn.head, turn.request, is_last=self._finished and bool(turns) and turns[-1] is turn
        )
        self._write_answers()

    def _blame(self, error: BaseException) -> int:
        """The status for what a handler raised. What it took while it came may have broken off: no fault of ours."""
        if isinstance(error, HttpFault | ClientGone):
            return error.status if isinstance(error, HttpFault) else 400
        if not (self._shared.is_stopping and isinstance(error, asyncio.CancelledError)):
            self._shared.on_error(error)
        return 500

    def _write_answers(self) -> None:
        """Write what is due, in order; a stream is due as long as it lasts."""
        turns = self._turns
        while turns and (answer := turns[0].answer) is not None:
            turn = turns[0]
            self._out.append(answer)
            if turn.stream is not None:
                turn.answer = None
                is_chunked = b"\r\nTransfer-Encoding: chunked\r\n" in answer
                turn.running = self._shared.loop.create_task(self._stream(turn, turn.stream, is_chunked=is_chunked))
                self._shared.running.add(turn)
                break
            turns.popleft()
        if self._out:
            self._flush()
        if self._held:
            self._release()

    async def _stream(self, turn: Turn, stream: StreamResponse, *, is_chunked: bool) -> None:
        """Write the pieces as they come; the end mark only when all have."""
        is_whole = False
        try:
            if turn.head is None or not turn.head.is_head:
                async for octets in stream.chunks:
                    if octets and not await self._write_piece(render_chunk(octets) if is_chunked else octets):
                        return
            is_whole = True
        except Exception as error:  # noqa: BLE001 - told to on_error; the client sees that the end is missing
            self._shared.on_error(error)
        finally:
            self._shared.running.discard(turn)
            await stream.chunks.aclose()
            if self._transport is not None and self._turns and self._turns[0] is turn:
                self._end_stream(turn, is_whole=is_whole, is_chunked=is_chunked)

    async def _write_piece(self, octets: bytes) -> bool:
        """Write, and wait while the client is behind; False when it is gone."""
        self._out.append(octets)
        self._flush()
        if self._write_paused:
            self._writable = self._shared.loop.create_future()
            await self._writable
        return self._transport is not None

    def _end_stream(self, turn: Turn, *, is_whole: bool, is_chunked: bool) -> None:
        self._turns.popleft()
        if not is_whole:
            self.abort()
            return
        if is_chunked and not (turn.head is not None and turn.head.is_head):
            self._out.append(LAST_CHUNK)
        self._flush()
        self._write_answers()

    def _fail(self, fault: HttpFault) -> None:
        """Answer a breach of the rules after the answers still due; nothing more is read.

        A breach in a body that is handled already is the handler's to learn, and comes back as its answer.
        """
        self._finished = True
        self._unread_input = True
        if self._incoming is not None:
            self._cut(fault)
            return
        head = fault.head
        self._head = self._chunks = None
        request = Request(head, b"", self.peer, secure=self.secure) if head is not None else None
        answer = self._shared.spell(self._shared.page(fault.status, request), head, request, is_last=True)
        if self._turns:
            self._turns.append(Turn(head, request, answer))
        else:
            self._out.append(answer)

    def _time_out(self, reason: str) -> None:
        self._fail(HttpFault(408, reason, self._head))
        self._flush()

    # Writing

    def _flush(self) -> None:
        transport = self._transport
        out = self._out
        if transport is None:
            out.clear()
            return
        if out:
            data = out[0] if len(out) == 1 else b"".join(out)
            out.clear()
            self._written_octets += len(data)
            transport.write(data)
        if self._finished and not self._turns:
            self._end(transport)

    def _end(self, transport: asyncio.Transport) -> None:
        """Close; but a client that is still sending would lose the answer to a reset, so linger for it."""
        if self._lingering or transport.is_closing():
            return
        if self._unread_input and not self.secure and transport.can_write_eof():
            self._lingering = True
            # The client may have gone in this very moment; then there is nothing to end.
            with suppress(OSError):
                transport.write_eof()
            if self._held:
                self._held = False
                transport.resume_reading()
        else:
            transport.close()

    def _close(self, transport: asyncio.Transport) -> None:
        self._finished = True
        transport.close()

    # Deadlines

    def _is_stuck(self, transport: asyncio.Transport, now: float) -> bool:
        """Says that the client has taken nothing of its waiting answers for too long."""
        waiting_octets = transport.get_write_buffer_size()
        if not waiting_octets:
            self._drained_octets = -1
            return False
        drained_octets = self._written_octets - waiting_octets
        if drained_octets != self._drained_octets:
            self._drained_octets = drained_octets
            self._stuck_at = now
            return False
        return now - self._stuck_at >= self._settings.write_timeout_s

    def _current_phase(self) -> Phase:
        if self._incoming is not None and not self._held:
            return Phase.BODY
        if self._turns or self._held:
            return Phase.HANDLER
        if self._finished:
            return Phase.END
        if self._head is not None:
            return Phase.BODY
        return Phase.HEAD if self._reader.is_partial or not self.requests else Phase.IDLE

    def _body_bonus_s(self) -> int:
        if self._incoming is not None:
            received_octets = self._incoming.octets
        else:
            received_octets = len(self._chunks.body) if self._chunks is not None else len(self._body)
        return received_octets // self._settings.body_rate_min_octets_s


_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
