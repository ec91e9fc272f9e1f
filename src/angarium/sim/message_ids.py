"""The ids that the simulator gives, in every form that carriers are known to write them."""

from __future__ import annotations

import uuid

from angarium.sim.switches import Plan

_BITS_32 = 1 << 32
_WIDE_BASE = 1 << 40
_DIGITS = 12


def named(number: int, plan: Plan, *, usual: bytes) -> tuple[bytes, bytes]:
    """Return the id of a message as its answer and as its receipts write it; `usual` is what both have otherwise."""
    if plan.ids_max is not None:
        usual = usual[: len(usual) - len(b"%d" % number)]
        number %= plan.ids_max
        usual += b"%d" % number
    low = number % _BITS_32
    match plan.id_form:
        case "upper":
            return b"a%x" % number, b"A%X" % number
        case "lower":
            return b"A%X" % number, b"a%x" % number
        case "hex-then-decimal":
            return b"%X" % number, b"%d" % number
        case "decimal-then-hex":
            return b"%d" % number, b"%X" % number
        case "zeros":
            return b"%d" % number, b"%0*d" % (max(_DIGITS, len(str(number)) + 2), number)
        case "wide":
            return (b"%d" % (_WIDE_BASE + number),) * 2
        case "uuid":
            name = str(uuid.UUID(int=number)).encode()
            return name, name.upper()
        case "negative":
            return b"%d" % (low | 1 << 31), b"%d" % ((low | 1 << 31) - _BITS_32)
    return usual, usual
