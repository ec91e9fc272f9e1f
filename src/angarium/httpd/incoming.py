"""A body that its handler takes while it comes: pieces in order, held back while nobody takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from angarium.httpd.chunks import ChunkedBody
from angarium.httpd.head import Head


class ClientGone(Exception):
    """The client left before all of its request had come: there is nobody to answer."""


class IncomingBody:
    """One body on its way. The connection puts pieces in, one handler takes them out.

    `is_full` says that the connection should read no further; `on_taken` is called when it may go on.
    """

    __slots__ = (
        "_chunks",
        "_error",
        "_on_taken",
        "_pieces",
        "_taker",
        "_waiting_octets",
        "_waiting_octets_max",
        "head",
        "is_ended",
        "octets",
    )

    def __init__(
        self, head: Head, chunks: ChunkedBody | None, *, waiting_octets_max: int, on_taken: Callable[[], None]
    ) -> None:
        self.head = head
        self.octets = 0
        """How many have come."""
        self.is_ended = False
        """All of it has come; some may still wait to be taken."""
        self._chunks = chunks
        self._waiting_octets_max = waiting_octets_max
        self._on_taken = on_taken
        self._pieces: list[bytes] = []
        self._waiting_octets = 0
        self._error: Exception | None = None
        self._taker: asyncio.Future[None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether as much waits as may."""
        return self._waiting_octets >= self._waiting_octets_max

    def read(self, data: bytes, pos: int) -> int:
        """Take on what is in `data` from `pos`; the position after what was used. Raises HttpFault."""
        chunks = self._chunks
        if chunks is not None:
            pos = chunks.read(data, pos)
            octets = chunks.take()
            self.is_ended = chunks.is_done
        else:
            octets = data[pos : pos + self.head.content_length - self.octets]
            pos += len(octets)
            self.is_ended = self.octets + len(octets) == self.head.content_length
        self.octets += len(octets)
        if octets:
            self._pieces.append(octets)
            self._waiting_octets += len(octets)
        self._wake()
        return pos

    def fail(self, error: Exception) -> None:
        """The rest will never come; whoever takes is told so. What waits is dropped."""
        if not self.is_ended and self._error is None:
            self._error = error
            self._pieces.clear()
            self._waiting_octets = 0
            self._wake()

    async def take(self) -> bytes:
        """What has come since; empty at the end. Raises HttpFault when the body breaks a rule, and ClientGone."""
        while not self._pieces and self._error is None and not self.is_ended:
            self._taker = asyncio.get_running_loop().create_future()
            await self._taker
        if self._error is not None:
            raise self._error
        octets = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._waiting_octets = 0
        self._on_taken()
        return octets

    def _wake(self) -> None:
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)
