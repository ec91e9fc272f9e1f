"""Chunked request bodies (RFC 9112, 7.1), read strictly: no I/O, no clock."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from angarium.httpd.head import HttpFault
from angarium.httpd.settings import HttpdSettings


class _Step(Enum):
    SIZE = auto()
    DATA = auto()
    DATA_END = auto()
    TRAILER = auto()
    DONE = auto()


class ChunkedBody:
    """Takes the chunking off one body. Extensions and trailers are checked for form, bounded, and thrown away.

    Raises `HttpFault`: 413 when the body is too long, 431 for trailers, 400 for every other breach.
    """

    __slots__ = (
        "_body_octets_max",
        "_left_octets",
        "_taken_octets",
        "_line",
        "_line_octets_max",
        "_step",
        "_trailer_octets_max",
        "body",
    )

    def __init__(self, settings: HttpdSettings, body_octets_max: int | None = None) -> None:
        """`body_octets_max` is instead of that of the settings."""
        self._body_octets_max = settings.body_octets_max if body_octets_max is None else body_octets_max
        self._line_octets_max = settings.chunk_line_octets_max
        self._trailer_octets_max = settings.header_octets_max
        self._step = _Step.SIZE
        self._left_octets = 0
        self._taken_octets = 0
        self._line = b""
        self.body = bytearray()

    @property
    def is_done(self) -> bool:
        """Says that the last chunk and the trailers have been read."""
        return self._step is _Step.DONE

    def take(self) -> bytes:
        """What has been read since the last time; it is kept no longer."""
        octets = bytes(self.body)
        self._taken_octets += len(octets)
        self.body.clear()
        return octets

    def read(self, data: bytes, pos: int) -> int:
        """Read on in `data` from `pos`; return the position after what was used."""
        size = len(data)
        while pos < size and self._step is not _Step.DONE:
            if self._step is _Step.DATA:
                taken = data[pos : pos + self._left_octets]
                self.body += taken
                pos += len(taken)
                self._left_octets -= len(taken)
                if not self._left_octets:
                    self._step = _Step.DATA_END
                continue
            end = data.find(b"\n", pos) + 1
            line = self._line + data[pos : end or size]
            pos = end or size
            self._limit(line)
            if end:
                self._line = b""
                self._take_line(line)
            else:
                self._line = line
        return pos

    def _limit(self, line: bytes) -> None:
        if self._step is _Step.TRAILER:
            if len(line) > self._trailer_octets_max:
                raise HttpFault(431, "The trailers are too long.")
        elif self._step is _Step.DATA_END:
            if not b"\r\n".startswith(line):
                raise HttpFault(400, "A chunk is longer than its size says.")
        elif len(line) > self._line_octets_max:
            raise HttpFault(400, "A chunk size line is too long.")

    def _take_line(self, line: bytes) -> None:
        if self._step is _Step.SIZE:
            match = _SIZE_LINE.fullmatch(line)
            if match is None:
                raise HttpFault(400, "A chunk size is malformed.")
            self._left_octets = int(match[1], 16)
            if self._taken_octets + len(self.body) + self._left_octets > self._body_octets_max:
                raise HttpFault(413, "The body is too long.")
            self._step = _Step.DATA if self._left_octets else _Step.TRAILER
        elif self._step is _Step.DATA_END:
            self._step = _Step.SIZE
        elif line == b"\r\n":
            self._step = _Step.DONE
        else:
            if _TRAILER_LINE.fullmatch(line) is None:
                raise HttpFault(400, "A trailer is malformed.")
            self._trailer_octets_max -= len(line)


_SIZE_LINE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_TRAILER_LINE: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n")
