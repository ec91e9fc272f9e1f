"""From a byte stream to whole frames (SMPP 3.4, 3.2): length prefix, guard, nothing else."""

from __future__ import annotations

import struct
from typing import Final

from angarium.smpp.constants import HEADER_OCTETS, PDU_OCTETS_MAX
from angarium.smpp.errors import FramingError

_LENGTH: Final = struct.Struct(">L")


class FrameBuffer:
    """Collects bytes and gives out whole frames, however the stream was cut.

    Holds at most one unfinished frame, so at most `pdu_octets_max` octets between calls. After FramingError it is
    spent: every further `feed` raises again.
    """

    __slots__ = ("_error", "_needed_octets", "_pdu_octets_max", "_rest")

    def __init__(self, *, pdu_octets_max: int = PDU_OCTETS_MAX) -> None:
        self._pdu_octets_max = pdu_octets_max
        self._rest = bytearray()
        self._needed_octets = _LENGTH.size
        self._error: str | None = None

    @property
    def waiting_octets(self) -> int:
        """How much of an unfinished frame is here."""
        return len(self._rest)

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """Return the frames that are whole now, in order.

        A command_length below 16 or above the limit raises FramingError, which carries the whole frames that came
        before it in the same data.
        """
        if self._error is not None:
            raise FramingError(self._error)
        rest = self._rest
        if rest:
            rest += data
            if len(rest) < self._needed_octets:
                return []
            stream = bytes(rest)
            rest.clear()
        else:
            stream = bytes(data)
        return self._cut(stream)

    def _cut(self, stream: bytes) -> list[bytes]:
        frames: list[bytes] = []
        unpack_from = _LENGTH.unpack_from
        octets_max = self._pdu_octets_max
        offset, end = 0, len(stream)
        needed = _LENGTH.size
        while end - offset >= 4:
            (octets,) = unpack_from(stream, offset)
            if not HEADER_OCTETS <= octets <= octets_max:
                self._error = f"command_length {octets}, not {HEADER_OCTETS} to {octets_max}"
                raise FramingError(self._error, frames=frames)
            if offset + octets > end:
                needed = octets
                break
            frames.append(stream[offset : offset + octets])
            offset += octets
        self._needed_octets = needed
        if offset < end:
            self._rest += stream[offset:]
        return frames
