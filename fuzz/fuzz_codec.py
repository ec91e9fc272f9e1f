"""Nonsense into the SMPP codec, the receipt reader and the time reader. Rule: only `PduError` escapes.

    python fuzz/fuzz_codec.py --runs 100000 --seed 1

What is taken keeps its promises: the fast path agrees with the general one, and what can be written again reads the
same. A failure prints its seed and round; `--seed S --first R --runs 1` repeats it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from angarium.smpp import codec
from angarium.smpp.constants import CommandId, MessageState, TlvTag
from angarium.smpp.errors import MisuseError, PduError
from angarium.smpp.message_ids import canonical_ids
from angarium.smpp.pdu import PDU_CLASSES, DataSm, DeliverSm, Pdu, SubmitSmResp
from angarium.smpp.receipt import NotUnderstood, Receipt, parse, write_text
from angarium.smpp.times import TimeError, read_receipt_date, read_time
from angarium.smpp.tlv import Tlv

INTERESTING = (0x00, 0x01, 0x04, 0x0F, 0x10, 0x20, 0x40, 0x7F, 0x80, 0xFE, 0xFF)
COMMANDS = [int(command) for command in CommandId]
TAGS = [int(tag) for tag in TlvTag]
WORDS = (b"id:", b"stat:", b"DELIVRD", b"UNDELIV", b" ", b":", b"done date:", b"text:", b"err:", b"sub:", b"dlvrd:")
DIGITS = b"0123456789+-R/ :"


def some_octets(chance: random.Random, most: int) -> bytes:
    """Octets of any length up to `most`: plain random, or thick with values that mean something."""
    size = chance.randrange(most + 1)
    return chance.randbytes(size) if chance.random() < 0.5 else bytes(chance.choices(INTERESTING, k=size))


def some_receipt(chance: random.Random) -> bytes:
    """Words of receipts in any order, or a good one with a hole."""
    if chance.random() < 0.5:
        return b"".join(chance.choices((*WORDS, some_octets(chance, 8)), k=chance.randrange(20)))[:254]
    states = (*MessageState, MessageState(chance.randrange(256)))
    text = write_text(Receipt(some_octets(chance, 20), chance.choice(states), done_date=b"2611221530", text=b"Hello"))
    hole = chance.randrange(len(text))
    return text[:hole] + text[hole + chance.randrange(4) :]


def some_pdu(chance: random.Random) -> Pdu:
    """A PDU that may be written: mostly its defaults, with texts and TLVs."""
    pdu = PDU_CLASSES[chance.choice(COMMANDS)](sequence_number=chance.randrange(1 << 32))
    pdu.tlvs = tuple(Tlv(chance.choice(TAGS), some_octets(chance, 12)) for _ in range(chance.randrange(3)))
    if isinstance(pdu, DeliverSm):
        pdu.short_message, pdu.esm_class = some_receipt(chance), chance.choice((0, 4, 0x20, 0x44, 8))
        pdu.data_coding = chance.choice((0, 8))
    return pdu


def damage(frame: bytes, chance: random.Random) -> bytes:
    """The frame changed, cut or stretched in some places, its length mended more often than not."""
    octets = bytearray(frame)
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(octets) + 1)
        octets[place : place + chance.randrange(3)] = some_octets(chance, 3)
    if chance.random() < 0.8:
        octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)


def general(frame: bytes) -> Pdu | PduError:
    """The PDU, or why there is none."""
    try:
        return codec.decode_by_layout(frame)
    except PduError as error:
        return error


def check_fast_path(frame: bytes, pdu: Pdu | PduError) -> None:
    """Whatever the general path found, the fast one finds too."""
    expected = {
        codec.decode: pdu,
        codec.decode_deliver_sm: pdu if isinstance(pdu, DeliverSm) else MisuseError,
        codec.decode_submit_sm_resp: (pdu.command_status, pdu.sequence_number, pdu.message_id)
        if isinstance(pdu, SubmitSmResp)
        else MisuseError,
    }
    for read, general_found in expected.items():
        found: object
        try:
            found = read(frame)
        except (PduError, MisuseError) as error:
            found = type(error)
        assert found == (PduError if isinstance(pdu, PduError) else general_found), f"{read.__name__} differs"


def one_round(chance: random.Random) -> None:
    """One frame, read every way."""
    frame = damage(codec.encode(some_pdu(chance)), chance)
    pdu = general(frame)
    check_fast_path(frame, pdu)
    if not isinstance(pdu, PduError):
        try:
            again = codec.encode(pdu)
        except MisuseError:
            again = None  # tolerant when reading, strict when writing
        assert again is None or codec.decode(again) == pdu, "what was written reads differently"
    if isinstance(pdu, DeliverSm | DataSm):
        receipt = parse(pdu)
        if isinstance(receipt, Receipt):
            receipt.done_at()
            assert all(canonical_ids(receipt.message_id).values()) or not receipt.message_id.strip(b" \t\r\n\0\"'")
        assert receipt is not None or pdu.esm_class & 0x3C not in {4, 0x20}, "a flagged receipt passed as a message"
        assert receipt is None or isinstance(receipt, Receipt | NotUnderstood)
    raw = bytes(chance.choices(DIGITS, k=chance.randrange(18)))
    read_receipt_date(raw)
    try:
        read_time(raw, now_at=0)
    except TimeError:
        return


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
