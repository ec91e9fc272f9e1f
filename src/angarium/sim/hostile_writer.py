"""How a hostile carrier writes: in pieces, all at once and late, and without the answers that keep a link alive."""

from __future__ import annotations

import asyncio
import struct
from typing import Final

from angarium.sim.hostility import Hostility
from angarium.smpp.constants import CommandId

_HEAD: Final = struct.Struct(">LL")


class HostileWriter:
    """Stands before one link's transport. The order of what is written stays; `let_go` writes all that waits."""

    def __init__(self, transport: asyncio.Transport, hostility: Hostility, *, link: int) -> None:
        self._transport = transport
        self._hostility = hostility
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        """Write whole PDUs as the switches that are on now want it."""
        strikes = self._hostility.strikes
        if strikes("enquire-unanswered", self._link) is not None:
            data = without(data, CommandId.ENQUIRE_LINK_RESP)
        if not data:
            return
        if self._waiting:
            self._waiting += data
            return
        if (coalesced := strikes("coalesced", self._link)) is not None:
            self._waiting += data
            self._loop.call_later(coalesced["seconds"], self._next)
        elif strikes("split", self._link) is not None:
            self._waiting += data
            self._loop.call_soon(self._next)
        else:
            self._transport.write(data)

    def let_go(self) -> None:
        """Write now what waits."""
        data, self._waiting = bytes(self._waiting), bytearray()
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def _next(self) -> None:
        if self._transport.is_closing():
            self._waiting.clear()
            return
        split = self._hostility.strikes("split", self._link)
        if split is None:
            self.let_go()
            return
        size = split["octets"]
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._transport.write(piece)
        if self._waiting:
            self._loop.call_soon(self._next)


def without(data: bytes, command_id: int) -> bytes:
    """Return whole PDUs without those of one command."""
    kept: list[bytes] = []
    offset = 0
    while offset + _HEAD.size <= len(data):
        length, found = _HEAD.unpack_from(data, offset)
        if length < _HEAD.size:
            return b"".join((*kept, data[offset:]))  # no PDU, and meant to be none
        if found != command_id:
            kept.append(data[offset : offset + length])
        offset += length
    return b"".join(kept)
