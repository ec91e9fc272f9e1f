"""How the simulator writes a receipt, in the form that a fate asks for."""

from __future__ import annotations

from typing import Final, NamedTuple

from angarium.core.clocktime import MINUTE_MS, UnixMs
from angarium.sim.fates import Form, Saying
from angarium.smpp.constants import EsmClass, MessageState, RegisteredDelivery
from angarium.smpp.pdu import DataSm, DeliverSm, SubmitSm
from angarium.smpp.receipt import RECEIPT_TEXT_QUOTED_OCTETS_MAX, Receipt, write_text, write_tlvs
from angarium.smpp.times import write_receipt_date

GARBAGE: Final = b"Your message was handled in the usual way."
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
        if saying.form is Form.GARBLED:
            text = GARBAGE
        elif saying.form is not Form.TLVS:
            text = write_text(receipt)
        return DeliverSm(
            source_addr_ton=pdu.dest_addr_ton,
            source_addr_npi=pdu.dest_addr_npi,
            source_addr=pdu.destination_addr,
            dest_addr_ton=pdu.source_addr_ton,
            dest_addr_npi=pdu.source_addr_npi,
            destination_addr=pdu.source_addr,
            esm_class=_flag(saying),
            short_message=text,
            tlvs=write_tlvs(receipt) if saying.form is Form.TLVS else (),
        )

    def _date_of(self, at: UnixMs) -> bytes:
        minute = at // MINUTE_MS
        if minute != self._minute:
            self._minute, self._date = minute, write_receipt_date(at)
        return self._date


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
