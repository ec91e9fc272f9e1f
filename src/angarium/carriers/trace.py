"""What goes over a carrier's links, while somebody watches: the last PDUs, without passwords and texts.

Nothing is kept, and nothing is done for a PDU, unless somebody watches. What was seen is a bounded ring of octets; it
is read only when it is shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from angarium.core.clocktime import UnixMs
from angarium.ports.clock import Clock
from angarium.smpp import codec, receipt
from angarium.smpp.constants import CommandId, CommandStatus
from angarium.smpp.errors import PduError
from angarium.smpp.pdu import DataSm, DeliverSm, Pdu, SubmitSm, SubmitSmResp

PDUS_MAX: Final = 200
"""PDUs of one carrier that are kept while somebody watches."""
OCTETS_MAX: Final = 2_048
"""How much of a PDU is kept: of a longer one only the header is shown."""
HEADER_OCTETS: Final = 16
_ADDRESSED: Final = (SubmitSm, DeliverSm, DataSm)


class Seen(NamedTuple):
    """One PDU as it went by."""

    at: UnixMs
    link: str
    is_out: bool
    octets: bytes


class Line(NamedTuple):
    """One PDU, told."""

    at: UnixMs
    link: str
    is_out: bool
    name: str
    status: str
    """Empty for a request, and for an answer without trouble."""
    sequence_number: int
    facts: tuple[tuple[str, str], ...]


class Trace:
    """The last PDUs of one carrier's links."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ring: deque[Seen] = deque(maxlen=PDUS_MAX)

    def note(self, link: str, is_out: bool, octets: bytes) -> None:  # noqa: FBT001 - called by position, often
        """Whole PDUs went by, one after the other."""
        now = self._clock.now()
        for at, length in _frames(octets):
            kept = octets[at : at + length] if length <= OCTETS_MAX else octets[at : at + HEADER_OCTETS]
            self._ring.append(Seen(now, link, is_out, bytes(kept)))

    def lines(self) -> list[Line]:
        """What was seen, the newest first."""
        return [told(seen) for seen in reversed(self._ring)]


def told(seen: Seen) -> Line:
    """A PDU for people: no password and no text is in it."""
    octets = seen.octets
    command_id, status, number = (int.from_bytes(octets[at : at + 4], "big") for at in (4, 8, 12))
    try:
        name = CommandId(command_id).name.lower()
    except ValueError:
        name = f"{command_id:#010x}"
    facts: tuple[tuple[str, str], ...]
    if int.from_bytes(octets[:4], "big") != len(octets):
        facts = (("length", f"{int.from_bytes(octets[:4], 'big')} octets"),)
    else:
        try:
            facts = tuple(_facts(codec.decode(octets)))
        except PduError as error:
            facts = (("cannot be read", str(error)),)
    return Line(seen.at, seen.link, seen.is_out, name, _status(status), number, facts)


def _facts(pdu: Pdu) -> Iterator[tuple[str, str]]:
    if isinstance(pdu, _ADDRESSED):
        yield "from", _address(pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr)
        yield "to", _address(pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr)
        if pdu.esm_class:
            yield "esm_class", f"{pdu.esm_class:#04x}"
        yield "data_coding", f"{pdu.data_coding:#04x}"
        yield from _content(pdu)
    elif isinstance(pdu, SubmitSmResp):
        yield "message_id", _text(pdu.message_id)
    else:
        for name in ("system_id", "system_type"):
            value = getattr(pdu, name, b"")
            if value:
                yield name, _text(value)
    for tlv in pdu.tlvs:
        yield f"TLV {tlv.tag:#06x}", f"{len(tlv.value)} octets"


def _content(pdu: SubmitSm | DeliverSm | DataSm) -> Iterator[tuple[str, str]]:
    said = None if isinstance(pdu, SubmitSm) else receipt.parse(pdu)
    if isinstance(said, receipt.Receipt):
        yield "receipt of", _text(said.message_id)
        yield "stat", _text(said.stat)
    elif pdu.user_data:
        yield "text", f"{len(pdu.user_data)} octets, not shown"


def _frames(octets: bytes) -> Iterator[tuple[int, int]]:
    """Where each PDU begins, and its length."""
    at = 0
    while at + HEADER_OCTETS <= len(octets):
        length = max(HEADER_OCTETS, int.from_bytes(octets[at : at + 4], "big"))
        yield at, length
        at += length


def _status(status: int) -> str:
    if not status:
        return ""
    try:
        return CommandStatus(status).name
    except ValueError:
        return f"{status:#010x}"


def _address(ton: int, npi: int, octets: bytes) -> str:
    return f"{_text(octets)} ({ton}/{npi})"


def _text(octets: bytes) -> str:
    return octets.decode("latin-1")
