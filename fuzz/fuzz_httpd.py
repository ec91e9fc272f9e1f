"""Nonsense into an HTTP connection. Rule: whole answers come out, nothing is raised, and the split does not matter.

    python fuzz/fuzz_httpd.py --runs 20000 --seed 1

A failure prints its seed and round; `--seed S --first R --runs 1` repeats it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from tests.unit.httpd.wire import Line, answers, echo

LIMITS: dict[str, Any] = {
    "request_line_octets_max": 64,
    "header_octets_max": 256,
    "body_octets_max": 40,
    "chunk_line_octets_max": 16,
}
SEEDS = (
    b"GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"POST /%41 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
    b"GET http://h/ HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
)
SPLICES = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b"\t",
    b":",
    b"\r\n ",
    b"Content-Length: 3\r\n",
    b"0\r\n\r\n",
    b"\xff" * 300,
)


def some_stream(chance: random.Random) -> bytes:
    """A few requests, most of them with something changed, cut out or put in."""
    stream = bytearray(b"".join(chance.choice(SEEDS) for _ in range(chance.randrange(1, 5))))
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at = chance.randrange(len(stream) + 1)
        match chance.randrange(4):
            case 0:
                stream[at : at + 1] = chance.randbytes(1)
            case 1:
                del stream[at : at + chance.randrange(1, 20)]
            case 2:
                stream[at:at] = chance.choice(SPLICES)
            case _:
                stream[at:at] = chance.randbytes(chance.randrange(1, 8))
    return bytes(stream)


def said(loop: asyncio.AbstractEventLoop, pieces: list[bytes]) -> tuple[bytes, bool]:
    """Send the pieces; return all that was answered, and whether that was the end."""
    line = Line(echo, loop=loop, **LIMITS)
    line.send(*pieces)
    if line.errors:
        raise line.errors[0]
    return line.pipe.written, line.pipe.sent_eof or line.pipe.fate != "open"


def run_round(loop: asyncio.AbstractEventLoop, seed: int, number: int) -> None:
    """Send one stream whole, in pieces, and octet by octet."""
    chance = random.Random(f"{seed}:{number}")
    stream = some_stream(chance)
    step = chance.randrange(2, 40)
    whole = said(loop, [stream])
    answers(whole[0], head_requests=frozenset())
    for size in (1, step):
        pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
        if said(loop, pieces) != whole:
            raise AssertionError(f"pieces of {size} are answered otherwise: {stream!r}")


def main() -> int:
    """Run the rounds; return 1 at the first that breaks the rule."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    loop = asyncio.new_event_loop()
    started = time.monotonic()
    for number in range(options.first, options.first + options.runs):
        try:
            run_round(loop, options.seed, number)
        except Exception as error:  # noqa: BLE001 - whatever escapes is the finding
            print(f"seed {options.seed} round {number}: {type(error).__name__}: {error}")
            return 1
    loop.close()
    print(f"{options.runs} rounds, seed {options.seed}, {time.monotonic() - started:.1f} s: nothing escaped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
