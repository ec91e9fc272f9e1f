"""Nonsense into the SMPP framing, cut anywhere. Rule: only `FramingError` escapes, and no good frame is lost.

    python fuzz/fuzz_framing.py --runs 20000 --seed 1

A failure prints its seed and round; `--seed S --first R --runs 1` repeats it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from angarium.smpp.errors import FramingError
from angarium.smpp.framing import FrameBuffer

LIMIT_OCTETS = 512


def some_frames(chance: random.Random) -> list[bytes]:
    """Frames of any allowed length."""
    sizes = (chance.choice((16, 17, 20, chance.randrange(16, LIMIT_OCTETS + 1))) for _ in range(chance.randrange(12)))
    return [size.to_bytes(4, "big") + chance.randbytes(size - 4) for size in sizes]


def some_ending(chance: random.Random) -> bytes:
    """Nothing, an unfinished frame, or an absurd length."""
    kind = chance.randrange(3)
    if kind == 0:
        return b""
    if kind == 1:
        return ((100).to_bytes(4, "big") + chance.randbytes(90))[: chance.randrange(1, 90)]
    return chance.choice((0, 15, LIMIT_OCTETS + 1, 0xFFFFFFFF)).to_bytes(4, "big") + chance.randbytes(20)


def one_round(chance: random.Random) -> None:
    """One stream, in pieces of any size."""
    frames, ending = some_frames(chance), some_ending(chance)
    absurd = len(ending) >= 4 and ending[:4] != (100).to_bytes(4, "big")
    stream, buffer = b"".join(frames) + ending, FrameBuffer(pdu_octets_max=LIMIT_OCTETS)
    found: list[bytes] = []
    place, refused = 0, False
    largest = chance.choice((1, 5, 40, 5000))
    while place < len(stream) and not refused:
        size = chance.randrange(1, largest + 1)
        try:
            found += buffer.feed(stream[place : place + size])
        except FramingError as error:
            found += error.frames
            refused = True
        place += size
        assert buffer.waiting_octets < LIMIT_OCTETS, "more than one frame is kept"
    assert found == frames, "frames were lost, changed or made up"
    assert refused == absurd, "an absurd length passed, or a good one did not"


def main() -> None:
    """Run the rounds that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the round to begin with")
    options = parser.parse_args()
    started = time.perf_counter()
    for number in range(options.first, options.first + options.runs):
        try:
            one_round(random.Random(f"{options.seed}/{number}"))
        except BaseException:
            print(f"failed: --seed {options.seed} --first {number} --runs 1", file=sys.stderr)
            raise
    print(f"{options.runs} rounds, nothing escaped, {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
