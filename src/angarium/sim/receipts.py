"""How the simulator writes a receipt, in the form that a fate asks for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from angarium.core.clocktime import MINUTE_MS, UnixMs
from angarium.sim.fates import Form, Saying
from angarium.smpp.constants import EsmClass, MessageState, RegisteredDelivery, TlvTag
from angarium.smpp.pdu import DataSm, DeliverSm, SubmitSm
from angarium.smpp.receipt import RECEIPT_TEXT_QUOTED_OCTETS_MAX, Receipt, write_text, write_tlvs
from angarium.smpp.times import write_receipt_date
from angarium.smpp.tlv import Tlv

GARBAGE: Final = b"Your message was handled in the usual way."
_DATES: Final = b"submit date:%(at)b done date:%(done)b"
VENDOR_FORMS: Final[Mapping[Form, bytes]] = MappingProxyType(
    {
        Form.GARBLED: GARBAGE,
        Form.LOWER: b"id:%(id)b, sub:001, dlvrd:%(dlvrd)b, done date:%(done)b, stat:%(lower)b, err:%(error)b",
        Form.EQUALS: b"id=%(id)b;stat=%(stat)b;err=%(error)b;done_date=%(done)b",
        Form.WORDS: b"message id: %(id)b done date: %(done)b status: %(stat)b error code: %(error)b",
        Form.NUMBERED: b"id:%(id)b sub:1 dlvrd:%(dlvrd)b " + _DATES + b" stat:%(number)d err:%(error)b",
        Form.TEXT_FIRST: b"text:- id:%(id)b sub:001 dlvrd:%(dlvrd)b " + _DATES + b" stat:%(stat)b err:%(error)b",
        Form.ID_IN_TLV: b"sub:001 dlvrd:%(dlvrd)b " + _DATES + b" stat:%(stat)b err:%(error)b",
        Form.ID_IN_TEXT: b"id:%(id)b",
    }
)
"""Texts of receipts as they are met beside the usual one."""
_TLVS: Final[Mapping[Form, tuple[int, ...]]] = MappingProxyType(
    {
        Form.TLVS: (TlvTag.RECEIPTED_MESSAGE_ID, TlvTag.MESSAGE_STATE, TlvTag.NETWORK_ERROR_CODE),
        Form.ID_IN_TLV: (TlvTag.RECEIPTED_MESSAGE_ID,),
        Form.ID_IN_TEXT: (TlvTag.MESSAGE_STATE,),
    }
)
_USUAL_TEXT: Final = frozenset({Form.TEXT, Form.UNFLAGGED})
NETWORK_GSM: Final = 3  # network_error_code, SMPP 3.4, 5.3.2.31


class Taken(NamedTuple):
    """A message that the simulator took, as far as its receipts need it."""

    pdu: SubmitSm | DataSm
    message_id: bytes
    """As receipts name it."""
    at: UnixMs


class ReceiptWriter:
    """Writes receipts; remembers the last minute's date, because a date costs more than the rest."""

    def __init__(self) -> None:
        self._minute = -1
        self._date = b""

    def write(self, taken: Taken, saying: Saying, *, now_at: UnixMs) -> DeliverSm:
        """Return the deliver_sm that says it, from the recipient to the sender."""
        pdu = taken.pdu
        delivered = saying.state is MessageState.DELIVERED
        receipt = Receipt(
            taken.message_id,
            saying.state,
            error=saying.error,
            submit_date=self._date_of(taken.at),
            done_date=self._date_of(now_at),
            text=_quotable(pdu),
            network_error=None if delivered else (NETWORK_GSM, int(saying.error)),
        )
        text = b""
        tlvs: tuple[Tlv, ...] = ()
        if saying.form in _USUAL_TEXT:
            text = write_text(receipt)
        else:
            if saying.form in VENDOR_FORMS:
                text = VENDOR_FORMS[saying.form] % _words(receipt)
            wanted = _TLVS.get(saying.form, ())
            tlvs = tuple(each for each in write_tlvs(receipt) if each.tag in wanted)
        return DeliverSm(
            source_addr_ton=pdu.dest_addr_ton,
            source_addr_npi=pdu.dest_addr_npi,
            source_addr=pdu.destination_addr,
            dest_addr_ton=pdu.source_addr_ton,
            dest_addr_npi=pdu.source_addr_npi,
            destination_addr=pdu.source_addr,
            esm_class=_flag(saying) if saying.esm_class is None else saying.esm_class,
            short_message=text,
            tlvs=tlvs,
        )

    def _date_of(self, at: UnixMs) -> bytes:
        minute = at // MINUTE_MS
        if minute != self._minute:
            self._minute, self._date = minute, write_receipt_date(at)
        return self._date


def _words(receipt: Receipt) -> dict[bytes, bytes | int]:
    """What a vendor's form may be filled in with."""
    stat = write_text(receipt).partition(b" stat:")[2].split()[0]
    return {
        b"id": receipt.message_id,
        b"stat": stat,
        b"lower": stat.lower(),
        b"number": int(receipt.state),
        b"error": receipt.error,
        b"dlvrd": b"001" if receipt.state is MessageState.DELIVERED else b"000",
        b"at": receipt.submit_date,
        b"done": receipt.done_date,
    }


def is_wanted(registered_delivery: int, saying: Saying) -> bool:
    """Return whether the sender asked for this receipt (SMPP 3.4, 5.2.17); an intermediate one comes with any."""
    wanted = registered_delivery & RegisteredDelivery.RECEIPT_MASK
    if wanted == RegisteredDelivery.FAILURE_ONLY:
        return saying.state is not MessageState.DELIVERED
    if wanted == RegisteredDelivery.SUCCESS_ONLY:
        return saying.state is MessageState.DELIVERED
    return wanted == RegisteredDelivery.FINAL


def _flag(saying: Saying) -> int:
    if saying.form is Form.UNFLAGGED:
        return EsmClass.TYPE_DEFAULT
    return EsmClass.INTERMEDIATE if saying.intermediate else EsmClass.RECEIPT


def _quotable(pdu: SubmitSm | DataSm) -> bytes:
    """Return the beginning of the text as receipts repeat it, or nothing if it is not plain characters."""
    start = pdu.user_data[:RECEIPT_TEXT_QUOTED_OCTETS_MAX]
    return (
        start if start.isascii() and start.decode("ascii").isprintable() and not pdu.esm_class & EsmClass.UDHI else b""
    )
