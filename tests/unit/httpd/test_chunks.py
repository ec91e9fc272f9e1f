"""Chunked bodies, whole and in pieces."""

from __future__ import annotations

import pytest

from angarium.httpd import HttpdSettings
from angarium.httpd.chunks import ChunkedBody
from angarium.httpd.head import HttpFault

SETTINGS = HttpdSettings(body_octets_max=20, chunk_line_octets_max=16, header_octets_max=256)

VERDICTS: dict[str, tuple[bytes, bytes | int]] = {
    "empty": (b"0\r\n\r\n", b""),
    "two chunks": (b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
    "hex in either case": (b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", b"0123456789" * 2),
    "leading zeros": (b"003\r\nabc\r\n000\r\n\r\n", b"abc"),
    "extension": (b"3;a=b\r\nabc\r\n0;c\r\n\r\n", b"abc"),
    "trailers": (b"3\r\nabc\r\n0\r\nX: y\r\nZ:\r\n\r\n", b"abc"),
    "line ends as data": (b"4\r\n\r\n\r\n\r\n0\r\n\r\n", b"\r\n\r\n"),
    "at the body limit": (b"14\r\n" + b"a" * 20 + b"\r\n0\r\n\r\n", b"a" * 20),
    "over the body limit": (b"15\r\n", 413),
    "over the body limit in two": (b"14\r\n" + b"a" * 20 + b"\r\n1\r\n", 413),
    "size over 32 bits": (b"100000000\r\n", 400),
    "no size": (b"\r\n", 400),
    "size with a sign": (b"+3\r\nabc\r\n", 400),
    "size with 0x": (b"0x3\r\nabc\r\n", 400),
    "size with an underscore": (b"1_0\r\n", 400),
    "space before the size": (b" 3\r\nabc\r\n", 400),
    "space after the size": (b"3 \r\nabc\r\n", 400),
    "bare LF after the size": (b"3\nabc\r\n", 400),
    "bare CR in the extension": (b"3;\ra\r\nabc\r\n", 400),
    "NUL in the extension": (b"3;\0\r\nabc\r\n", 400),
    "long extension": (b"3;" + b"a" * 15, 400),
    "data longer than its size": (b"3\r\nabcd\r\n0\r\n\r\n", 400),
    "bare LF after the data": (b"3\r\nabc\n0\r\n\r\n", 400),
    "bare CR after the data": (b"3\r\nabc\r0\r\n\r\n", 400),
    "trailer without a colon": (b"0\r\nX\r\n\r\n", 400),
    "folded trailer": (b"0\r\nX: y\r\n z\r\n\r\n", 400),
    "trailers at their limit": (b"0\r\nX: " + b"a" * 249 + b"\r\n\r\n", b""),
    "trailers over their limit": (b"0\r\nX: " + b"a" * 250 + b"\r\n\r\n", 431),
    "trailer without an end": (b"0\r\nX: " + b"a" * 254, 431),
}


def read(raw: bytes, step: int) -> bytes | int | None:
    """Return the body, the status of the refusal, or None when more is needed."""
    body = ChunkedBody(SETTINGS)
    try:
        for start in range(0, len(raw), step):
            piece = raw[start : start + step]
            used = body.read(piece, 0)
            assert used == len(piece) or body.is_done
    except HttpFault as fault:
        return fault.status
    return bytes(body.body) if body.is_done else None


@pytest.mark.parametrize("step", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize(("raw", "expected"), VERDICTS.values(), ids=VERDICTS.keys())
def test_a_chunked_body_is_judged_the_same_in_any_pieces(raw: bytes, expected: bytes | int, step: int) -> None:
    """Each row of the table ends in its body or its status, however its octets arrive."""
    assert read(raw, step) == expected


def test_octets_after_the_body_are_left() -> None:
    """The next request is not eaten."""
    body = ChunkedBody(SETTINGS)

    assert body.read(b"--3\r\nabc\r\n0\r\n\r\nGET", 2) == len(b"--3\r\nabc\r\n0\r\n\r\n")
    assert body.is_done


@pytest.mark.parametrize("cut", range(1, 13))
def test_half_a_body_waits(cut: int) -> None:
    """A body is complete at its last octet and not before."""
    assert read(b"3\r\nabc\r\n0\r\n\r\n"[:cut], 100) is None
