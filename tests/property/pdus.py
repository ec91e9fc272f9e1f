"""Hypothesis strategies for PDUs, made from the same table as the codec, and for damage to frames."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from angarium.smpp.fields import (
    COctetString,
    DestinationAddress,
    Destinations,
    DistributionList,
    FieldCodec,
    ShortMessage,
    Uint,
    Unsuccesses,
    UnsuccessSme,
)
from angarium.smpp.pdu import PDU_CLASSES, Pdu, layout_of
from angarium.smpp.tlv import Tlv

UINT8 = st.integers(0, 255)
UINT32 = st.integers(0, 0xFFFFFFFF)


def c_octets(octets_max: int) -> st.SearchStrategy[bytes]:
    """Return strings without a NUL that fit in `octets_max` with one."""
    return st.binary(max_size=octets_max - 1).map(lambda octets: octets.replace(b"\0", b"0"))


ADDRESSES = c_octets(21)
DESTINATIONS = st.one_of(st.builds(DestinationAddress, UINT8, UINT8, ADDRESSES), st.builds(DistributionList, ADDRESSES))
UNSUCCESSES = st.builds(UnsuccessSme, UINT8, UINT8, ADDRESSES, UINT32)
TLVS = st.lists(st.builds(Tlv, st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=4).map(tuple)


def values(codec: FieldCodec) -> st.SearchStrategy[Any]:
    """Return the values that a field may have."""
    match codec:
        case Uint(octets):
            return st.integers(0, (1 << 8 * octets) - 1)
        case COctetString(octets_max, _, True):
            return st.sampled_from([b"", b"7" * (octets_max - 1)])
        case COctetString(octets_max):
            return c_octets(octets_max)
        case ShortMessage():
            return st.binary(max_size=254)
        case Destinations():
            return st.lists(DESTINATIONS, max_size=5).map(tuple)
        case Unsuccesses():
            return st.lists(UNSUCCESSES, max_size=5).map(tuple)
    raise AssertionError(f"no values for {codec}")


def pdus(*classes: type[Pdu]) -> st.SearchStrategy[Any]:
    """Return PDUs of these classes, or of all."""
    return st.one_of([_pdus_of(each) for each in classes or tuple(PDU_CLASSES.values())])


def _pdus_of(pdu_class: type[Pdu]) -> st.SearchStrategy[Pdu]:
    fields = {name: values(codec) for name, codec in layout_of(pdu_class)}
    return st.builds(pdu_class, sequence_number=UINT32, command_status=UINT32, tlvs=TLVS, **fields)


@st.composite
def damaged(draw: st.DrawFn, frames: st.SearchStrategy[bytes]) -> bytes:
    """Return a frame with some octets changed, cut or added, its command_length true again more often than not."""
    frame = bytearray(draw(frames))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(frame) - 1)) if frame else 0
        kind = draw(st.sampled_from(["change", "cut", "add", "drop"]))
        if kind == "change" and frame:
            frame[place] = draw(st.sampled_from([0, 1, 255, 128, draw(UINT8)]))
        elif kind == "cut":
            del frame[place:]
        elif kind == "add":
            frame[place:place] = draw(st.binary(max_size=6))
        else:
            del frame[place : place + draw(st.integers(1, 6))]
    if len(frame) >= 4 and draw(st.sampled_from([True, True, True, False])):
        frame[:4] = len(frame).to_bytes(4, "big")
    return bytes(frame)
