"""An ASGI application (ASGI 3.0, HTTP 2.3) as a handler of this server: the seam to well-kept web frameworks.

The request is whole when the application is called, since the server has bounded and read it; or its body comes in
pieces, when it is one that is handled while it comes. An answer that the application gives in one piece leaves in one
write; any other becomes a stream, held back by a client that reads slowly.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any, Final

from angarium.httpd.exchange import Request, Response, StreamResponse
from angarium.httpd.incoming import ClientGone

Message = MutableMapping[str, Any]
Application = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]

PIECES_WAITING_MAX: Final = 1
"""How many pieces of an answer the application may be ahead of its client."""


class AsgiHandler:
    """Serves one ASGI application. `base_path` is where it is mounted, without a slash at its end.

    `on_error` is told what the application raises after it has given a whole answer (a page about the failure, say).
    """

    def __init__(
        self,
        application: Application,
        *,
        base_path: str = "",
        on_error: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._on_error = on_error
        self._application = application
        self._base_path = base_path

    async def __call__(self, request: Request) -> Response:
        """Answer one request. Raises what the application raises before its answer begins."""
        exchange = _Exchange(request)
        running = asyncio.create_task(
            exchange.run(self._application, _scope(request, self._base_path)), name=f"{request.method} {request.path}"
        )
        try:
            return await exchange.answer(running, self._on_error)
        except asyncio.CancelledError:
            running.cancel()
            raise


class _Exchange:
    """One call of the application."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._is_read = False
        self._is_left = asyncio.Event()
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._pieces: asyncio.Queue[tuple[bytes, bool]] = asyncio.Queue(PIECES_WAITING_MAX)

    async def run(self, application: Application, scope: MutableMapping[str, Any]) -> None:
        await application(scope, self._receive, self._send)

    async def answer(self, running: asyncio.Task[None], on_error: Callable[[BaseException], None] | None) -> Response:
        """The answer, as soon as its first piece is there."""
        first = asyncio.create_task(self._pieces.get())
        try:
            await asyncio.wait([first, running], return_when=asyncio.FIRST_COMPLETED)
            if not first.done() and running.done() and self._pieces.empty():
                await running
                raise RuntimeError(f"the application gave no answer to {self._request!r}")
            octets, more = await first
        finally:
            first.cancel()
        content_type = b"application/octet-stream"
        extra: list[tuple[bytes, bytes]] = []
        for name, value in self._headers:
            if name == b"content-type":
                content_type = value
            elif name not in _FRAMING:
                extra.append((name, value))
        if not more:
            await asyncio.wait([running])
            error = running.exception()
            if error is not None:
                if on_error is None:
                    raise error
                on_error(error)
            return Response(self._status, content_type, octets, tuple(extra))
        is_endless = content_type.startswith(b"text/event-stream")
        return StreamResponse(
            self._status, content_type, self._chunks(octets, running), tuple(extra), is_endless=is_endless
        )

    async def _chunks(self, first: bytes, running: asyncio.Task[None]) -> AsyncGenerator[bytes, None]:
        try:
            yield first
            while True:
                piece = asyncio.create_task(self._pieces.get())
                try:
                    await asyncio.wait([piece, running], return_when=asyncio.FIRST_COMPLETED)
                    if not piece.done() and running.done() and self._pieces.empty():
                        # Ended without its last piece: an error of its own, or one that we must name.
                        await running
                        raise RuntimeError("the application left its answer unfinished")
                    octets, more = await piece
                finally:
                    piece.cancel()
                yield octets
                if not more:
                    return
        finally:
            self._is_left.set()
            running.cancel()
            await asyncio.wait([running])

    async def _receive(self) -> Message:
        incoming = self._request.incoming
        if incoming is not None and not self._is_read:
            try:
                octets = await incoming.take()
            except ClientGone:
                return {"type": "http.disconnect"}
            self._is_read = not octets
            return {"type": "http.request", "body": octets, "more_body": not self._is_read}
        if not self._is_read:
            self._is_read = True
            return {"type": "http.request", "body": self._request.body, "more_body": False}
        await self._is_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]
        elif message["type"] == "http.response.body":
            await self._pieces.put((bytes(message.get("body", b"")), bool(message.get("more_body", False))))


def _scope(request: Request, base_path: str) -> MutableMapping[str, Any]:
    headers = [(name, value) for name, value in request.headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": request.http_version,
        "method": request.method,
        "scheme": "https" if request.secure else "http",
        "path": request.path,
        "raw_path": request.raw_path,
        "query_string": request.query,
        "root_path": base_path,
        "headers": headers,
        "client": request.peer,
        "server": None,
        "httpd.request": request,
    }


# The server writes these itself.
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding", b"connection", b"date"})
