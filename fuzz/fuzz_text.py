"""Nonsense into the text kernel. Rule: only `TextError` escapes, and what is taken keeps its promises.

    python fuzz/fuzz_text.py --runs 20000 --seed 1

A failure prints its seed and round; `--seed S --first R --runs 1` repeats it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from angarium.text import (
    Alphabet,
    Complete,
    Content,
    Duplicate,
    InboundSegment,
    NationalLanguage,
    Reassembly,
    ReassemblySettings,
    TextError,
    UserData,
    gsm7,
    join,
    liken,
    national,
    preview,
    segment,
    segment_count,
    spell,
    ucs2,
    udh,
)

INTERESTING = (0x00, 0x01, 0x03, 0x04, 0x05, 0x08, 0x1B, 0x24, 0x25, 0x65, 0x7F, 0x80, 0xD8, 0xDC, 0xFF)
CHARACTERS = "aé@€{~^\f\r\nЖ😀𝒳`ğŞıçáõ“”–…ﬁ\u0301नآஆ\x1b\0\ud83d\ude00\ufffe\uffff0123456789abcdefABCDEF"


def some_octets(chance: random.Random, most: int) -> bytes:
    """Octets of any length up to `most`: plain random, or thick with values that mean something."""
    size = chance.randrange(most + 1)
    if chance.random() < 0.5:
        return chance.randbytes(size)
    return bytes(chance.choices(INTERESTING, k=size))


def some_header(chance: random.Random) -> bytes:
    """No header, one whose lengths agree, or octets that only might be one."""
    kind = chance.randrange(5)
    if kind == 0:
        return b""
    if kind == 4:
        named = bytes((chance.choice((0x24, 0x25)), 1, chance.randrange(16)))
        return bytes((6,)) + named + bytes((chance.choice((0x24, 0x25, 0x70)), 1, chance.randrange(16)))
    if kind == 1:
        return some_octets(chance, 12)
    size = chance.choice((0, 1, 3, 4, 20, 120, 132, 137))
    header = bytes((size + 2, chance.choice(INTERESTING), size)) + chance.randbytes(size)
    return header if kind == 2 else header[: chance.randrange(len(header) + 1)]


def some_text(chance: random.Random) -> str:
    """Text of awkward characters, or of any."""
    size = chance.choice((0, 1, 8, 69, 71, 160, 161, 400))
    if chance.random() < 0.7:
        return "".join(chance.choices(CHARACTERS, k=size))
    return "".join(chr(chance.randrange(0x110000)) for _ in range(size))


def read_octets(chance: random.Random) -> None:
    """Every reader of foreign octets; the tolerant ones may not even refuse."""
    octets = some_octets(chance, 180)
    gsm7.decode(octets).encode("utf-8")
    ucs2.decode(octets).encode("utf-8")
    elements = udh.parse(octets, tolerant=True)
    udh.concatenation_of(elements)
    tables = national.tables_of(octets)
    gsm7.decode(some_octets(chance, 180), tables=tables).encode("utf-8")
    national.without_shifts(octets)
    udh.ports_of(elements)
    for reader in (
        lambda: gsm7.decode(octets, tolerant=False),
        lambda: ucs2.decode(octets, tolerant=False),
        lambda: udh.build(udh.validate_user_header(octets)) == octets or sys.exit("a header changed"),
        lambda: udh.split(octets),
        lambda: gsm7.pack(octets, chance.randrange(-1, 8)),
        lambda: gsm7.unpack(octets, chance.randrange(-1, 200), chance.randrange(-1, 8)),
    ):
        refused_at_most(reader)


def read_text(chance: random.Random) -> None:
    """Every reader of foreign text."""
    text = some_text(chance)
    assert gsm7.can_encode(text) == (gsm7.try_encode(text) is not None)
    ucs2.units(text)
    for reader in (gsm7.encode, gsm7.septets, ucs2.parse_hex, udh.parse_hex):
        refused_at_most(lambda reader=reader: reader(text))


def cut_content(chance: random.Random) -> None:
    """Content that could be made can be counted, shown, cut and joined."""
    header = some_header(chance)
    try:
        content = chance.choice(
            (
                lambda: Content.of_text(some_text(chance), header),
                lambda: Content.of_ucs2(some_octets(chance, 500), header),
                lambda: Content.of_binary(some_octets(chance, 500), header),
            )
        )()
    except TextError:
        return
    count = segment_count(content)
    assert preview(content).segments == count
    if count > 255:
        return
    cut = segment(content, reference=chance.randrange(1 << 20))
    assert len(cut) == count
    assert all(part.octets == len(part.on_air()) <= 140 for part in cut)
    assert b"".join(part.payload for part in cut) == content.payload
    if count > 1:
        spelt = join(chance.sample(cut, len(cut)))
        assert (spelt.hex() if isinstance(spelt, bytes) else spelt) == content.text()


def spell_text(chance: random.Random) -> None:
    """A spelling is never dearer, never by tables that nobody allowed, and says the same but for what it reports."""
    text, header = some_text(chance), some_header(chance)
    try:
        given = Content.of_text(text, header)
    except TextError:
        return
    allowed = chance.sample(list(NationalLanguage), k=chance.choice((0, 1, 2, 13)))
    content, replaced = spell(given, smart=chance.random() < 0.5, languages=allowed)
    assert segment_count(content) <= segment_count(given)
    assert content.shifts == given.shifts or content.shifts.languages <= set(allowed)
    said = liken(text, national.tables(content.shifts))[0] if replaced else given.text()
    assert content.text() == said
    assert all(text.startswith(each.before, each.at) for each in replaced)


def join_segments(chance: random.Random) -> None:
    """Segments that nobody ever cut, into `join` and into a Reassembly with little room."""
    reassembly = Reassembly(ReassemblySettings(age_max_ms=50, held_segments_max=255, finished_messages_max=4))
    taken = handed_back = 0
    parts: list[UserData] = []
    for now_ms in range(chance.randrange(60)):
        part = UserData(chance.choice(list(Alphabet)), some_header(chance), some_octets(chance, 4))
        parts.append(part)
        arrival = InboundSegment(
            "1", chance.choice("23"), chance.randrange(2), chance.randrange(4), chance.randrange(5), part, now_ms
        )
        try:
            outcome = reassembly.add(arrival, now_ms + chance.randrange(-60, 60))
        except TextError:
            continue
        taken += not isinstance(outcome, Duplicate)
        if isinstance(outcome, Complete):
            handed_back += len(outcome.segments)
            refused_at_most(outcome.content)
        handed_back += sum(len(given_up.segments) for given_up in reassembly.stale(now_ms))
    assert taken == handed_back + len(reassembly) == handed_back + len(reassembly.held())
    refused_at_most(lambda: join(parts[:4]))


def refused_at_most(reader) -> None:
    """Let a reader refuse, and nothing else."""
    try:
        reader()
    except TextError:
        pass


TARGETS = (read_octets, read_text, cut_content, spell_text, join_segments)


def main() -> int:
    """Run the rounds; 0 when nothing escaped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20_000, help="how many rounds")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same rounds")
    parser.add_argument("--first", type=int, default=0, help="the round to begin with")
    options = parser.parse_args()
    began = time.perf_counter()
    for round_number in range(options.first, options.first + options.runs):
        target = TARGETS[round_number % len(TARGETS)]
        try:
            target(random.Random(f"{options.seed}/{round_number}"))
        except Exception:
            repeat = f"--seed {options.seed} --first {round_number} --runs 1"
            print(f"fuzz_text: {target.__name__} failed; repeat with {repeat}")
            raise
    print(f"fuzz_text: {options.runs} rounds, nothing but TextError, {time.perf_counter() - began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
