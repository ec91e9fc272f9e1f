"""The handsets: what each has received, joined and readable, and what is typed on them.

Bounded in handsets and in messages of each; the oldest are forgotten first.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Final, NamedTuple

from angarium.core.clocktime import MINUTE_MS, UnixMs
from angarium.smpp.constants import DataCoding, EsmClass, TlvTag
from angarium.smpp.pdu import DataSm, DeliverSm, SubmitSm
from angarium.smpp.tlv import find_uint
from angarium.text import gsm7, national, udh
from angarium.text.alphabet import Alphabet
from angarium.text.errors import TextError
from angarium.text.reassembly import Complete, InboundSegment, Reassembly, ReassemblySettings
from angarium.text.segments import Content, UserData, segment

STALE_EVERY_MS: Final = MINUTE_MS
SUBUNIT_DISPLAY: Final = 1  # dest_addr_subunit, SMPP 3.4, 5.3.2.1
MESSAGE_CLASS_BIT: Final = 0x10  # 3GPP TS 23.038, 4: bits 1 and 0 hold a class
REFERENCE_MAX: Final = 0xFF


class ReceivedMessage(NamedTuple):
    """One message as a handset shows it."""

    no: int
    """Counts the messages of this handset, from 1: what a watcher has seen already."""
    at: UnixMs
    sender: str
    text: str
    """What it says; binary in hex."""
    alphabet: str
    """gsm7, latin1, ucs2 or binary."""
    flash: bool
    segments: int


class WrittenMessage(NamedTuple):
    """One message that was typed on a handset."""

    at: UnixMs
    recipient: str
    text: str


class Handset:
    """One handset."""

    __slots__ = ("answer_to", "messages", "number", "received", "system_id", "written", "wrote")

    def __init__(self, number: str, *, messages_max: int) -> None:
        self.number = number
        self.messages: deque[ReceivedMessage] = deque(maxlen=messages_max)
        self.received = 0
        """How many messages came, those forgotten included."""
        self.written: deque[WrittenMessage] = deque(maxlen=messages_max)
        self.wrote = 0
        """How many messages were typed on it, those forgotten included."""
        self.system_id = b""
        """Through whom the last message came: a reply goes back there."""
        self.answer_to = ""
        """The sender of the last message."""

    def note(self, recipient: str, text: str, *, now_at: UnixMs) -> None:
        """Remember what was typed here."""
        self.wrote += 1
        self.written.append(WrittenMessage(now_at, recipient.removeprefix("+"), text))


class Handsets:
    """All handsets, by number. A number that never received anything is a handset too, and an empty one."""

    def __init__(self, *, handsets_max: int, messages_max: int) -> None:
        self._handsets_max = handsets_max
        self._messages_max = messages_max
        self._by_number: dict[str, Handset] = {}
        self._reassembly = Reassembly(ReassemblySettings())
        self._stale_at: UnixMs = 0
        self._reference = 0
        self.abandoned = 0
        """Messages of which a segment never came."""

    def __len__(self) -> int:
        return len(self._by_number)

    def all(self) -> list[Handset]:
        """Every handset that has received something, the last one to do so first."""
        return list(reversed(self._by_number.values()))

    def newest(self, limit: int) -> list[Handset]:
        """So many handsets, the last one to receive something first."""
        return list(islice(reversed(self._by_number.values()), limit))

    def get(self, number: str) -> Handset | None:
        """Return the handset, or None if it has received nothing (or was forgotten)."""
        return self._by_number.get(number.removeprefix("+"))

    def receive(self, pdu: SubmitSm | DataSm, *, system_id: bytes, now_at: UnixMs) -> None:
        """Take one segment in; its message is shown when all of it is here."""
        number = pdu.destination_addr.decode("latin-1").removeprefix("+")
        sender = pdu.source_addr.decode("latin-1")
        user_data, is_latin1 = _user_data(pdu)
        flash = _is_flash(pdu)
        numbering = _numbering(pdu, user_data)
        if numbering is None:
            content, count = user_data.text(), 1
        else:
            reference, total, sequence = numbering
            inbound = InboundSegment(sender, number, reference, total, sequence, user_data, now_at)
            try:
                outcome = self._reassembly.add(inbound, now_at)
            except TextError:
                outcome = Complete((inbound,))  # its numbers make no sense: shown as it came
            self._give_up_stale(now_at)
            if not isinstance(outcome, Complete):
                return
            content, count = _content(outcome), len(outcome.segments)
        handset = self._handset(number)
        handset.received += 1
        handset.system_id, handset.answer_to = system_id, sender
        alphabet = "latin1" if is_latin1 else user_data.alphabet.name.lower()
        handset.messages.append(ReceivedMessage(handset.received, now_at, sender, content, alphabet, flash, count))

    def typed(self, number: str, to: str, text: str) -> list[DeliverSm]:
        """Return what a handset sends when `text` is typed on it: one deliver_sm a segment."""
        self._reference = self._reference % REFERENCE_MAX + 1
        return [
            DeliverSm(
                source_addr_ton=1,
                source_addr_npi=1,
                source_addr=number.removeprefix("+").encode("latin-1"),
                dest_addr_ton=0,
                dest_addr_npi=1,
                destination_addr=to.removeprefix("+").encode("latin-1"),
                esm_class=EsmClass.UDHI if part.udh else 0,
                data_coding=DataCoding.UCS2 if part.alphabet is Alphabet.UCS2 else DataCoding.SMSC_DEFAULT,
                short_message=part.udh + part.payload,
            )
            for part in segment(Content.of_text(text), reference=self._reference)
        ]

    def _handset(self, number: str) -> Handset:
        handset = self._by_number.pop(number, None)
        if handset is None:
            if len(self._by_number) >= self._handsets_max:
                del self._by_number[next(iter(self._by_number))]
            handset = Handset(number, messages_max=self._messages_max)
        self._by_number[number] = handset
        return handset

    def _give_up_stale(self, now_at: UnixMs) -> None:
        if now_at >= self._stale_at:
            self._stale_at = now_at + STALE_EVERY_MS
            self.abandoned += len(self._reassembly.stale(now_at))


def _user_data(pdu: SubmitSm | DataSm) -> tuple[UserData, bool]:
    """Return what the segment carries, and whether its characters were Latin-1."""
    header, octets = b"", pdu.user_data
    if pdu.esm_class & EsmClass.UDHI:
        try:
            header, octets = udh.split(octets)
        except TextError:
            header, octets = b"", pdu.user_data
    alphabet = alphabet_of(pdu.data_coding)
    if alphabet is not None:
        return UserData(alphabet, header, octets), False
    text = octets.decode("latin-1")
    septets = gsm7.try_encode(text, national.tables_of(header))
    if septets is not None:
        return UserData(Alphabet.GSM7, header, septets), True
    return UserData(Alphabet.UCS2, header, text.encode("utf-16-be")), True


def alphabet_of(data_coding: int) -> Alphabet | None:
    """Return the alphabet that a data_coding names (SMPP 3.4, 5.2.19; 3GPP TS 23.038, 4); None is Latin-1 or ASCII."""
    if data_coding == DataCoding.SMSC_DEFAULT:
        return Alphabet.GSM7
    if data_coding == DataCoding.UCS2:
        return Alphabet.UCS2
    if data_coding in (DataCoding.IA5, DataCoding.LATIN_1):
        return None
    if data_coding & 0xF0 == 0xF0:
        return Alphabet.BINARY if data_coding & 0x04 else Alphabet.GSM7
    if data_coding & 0xF0 in (MESSAGE_CLASS_BIT, MESSAGE_CLASS_BIT | 0x40):
        return (Alphabet.GSM7, Alphabet.BINARY, Alphabet.UCS2, Alphabet.BINARY)[data_coding >> 2 & 3]
    return Alphabet.BINARY


def _is_flash(pdu: SubmitSm | DataSm) -> bool:
    data_coding = pdu.data_coding
    has_class = data_coding & 0xF0 in (MESSAGE_CLASS_BIT, MESSAGE_CLASS_BIT | 0x40, 0xF0)
    if has_class and data_coding & 0x03 == 0:
        return True
    return bool(pdu.tlvs) and find_uint(pdu.tlvs, TlvTag.DEST_ADDR_SUBUNIT) == SUBUNIT_DISPLAY


def _numbering(pdu: SubmitSm | DataSm, user_data: UserData) -> tuple[int, int, int] | None:
    """Return (reference, total, sequence) of a segment, by its header or by SAR TLVs; None if it is a whole message."""
    if user_data.udh:
        found = udh.concatenation_of(udh.parse(user_data.udh, tolerant=True))
        if found is not None:
            return (found.reference, found.total, found.sequence) if found.total > 1 else None
    if pdu.tlvs:
        reference = find_uint(pdu.tlvs, TlvTag.SAR_MSG_REF_NUM)
        total = find_uint(pdu.tlvs, TlvTag.SAR_TOTAL_SEGMENTS)
        sequence = find_uint(pdu.tlvs, TlvTag.SAR_SEGMENT_SEQNUM)
        if reference is not None and total is not None and sequence is not None and total > 1:
            return reference, total, sequence
    return None


def _content(complete: Complete) -> str:
    try:
        content = complete.content()
    except TextError:
        return "".join(each.user_data.text() for each in complete.segments)
    return content if isinstance(content, str) else content.hex()
