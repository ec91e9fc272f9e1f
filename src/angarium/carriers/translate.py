"""Between our words and one carrier's: segment to submit_sm, command_status to answer, deliver_sm to receipt or MO.

Every quirk of a carrier that settings can express is here and nowhere else. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from angarium.carriers.settings import CarrierSettings, Gsm7Form, StatusMeaning, Validity
from angarium.core.clocktime import MINUTE_MS, UnixMs
from angarium.core.inbound import Numbering, numbering_of
from angarium.core.states import Cause
from angarium.ports.carrier import Answer, CarrierReceipt, Payload, Unclear
from angarium.smpp import receipt, times
from angarium.smpp.codec import SubmitTemplate, encode
from angarium.smpp.constants import CommandStatus, DataCoding, EsmClass, MessageState, TlvTag
from angarium.smpp.errors import MisuseError
from angarium.smpp.message_ids import IdReading, canonical_id
from angarium.smpp.pdu import DataSm, DeliverSm, SubmitSm
from angarium.smpp.tlv import find_uint
from angarium.text import gsm7, national, udh
from angarium.text.alphabet import Alphabet
from angarium.text.errors import TextError
from angarium.text.segments import USER_DATA_OCTETS_MAX, UserData

TEMPLATES_MAX: Final = 4_096
"""Prepared submit_sm kept, one for each sender, alphabet and validity in use; about 1 KiB each."""
ERROR_CHARACTERS_MAX: Final = 16
REASON_CHARACTERS_MAX: Final = 200

_USUAL_MEANINGS: Final[Mapping[int, StatusMeaning]] = MappingProxyType(
    {
        CommandStatus.ESME_RTHROTTLED: StatusMeaning.BUSY,
        CommandStatus.ESME_RMSGQFUL: StatusMeaning.BUSY,
        CommandStatus.ESME_RINVDSTADR: StatusMeaning.REFUSED_RECIPIENT,
        CommandStatus.ESME_RINVDSTTON: StatusMeaning.REFUSED_RECIPIENT,
        CommandStatus.ESME_RINVDSTNPI: StatusMeaning.REFUSED_RECIPIENT,
        CommandStatus.ESME_RINVSRCADR: StatusMeaning.REFUSED_SENDER,
        CommandStatus.ESME_RINVSRCTON: StatusMeaning.REFUSED_SENDER,
        CommandStatus.ESME_RINVSRCNPI: StatusMeaning.REFUSED_SENDER,
        CommandStatus.ESME_RINVMSGLEN: StatusMeaning.REFUSED_CONTENT,
        CommandStatus.ESME_RINVESMCLASS: StatusMeaning.REFUSED_CONTENT,
        CommandStatus.ESME_RX_P_APPN: StatusMeaning.REFUSED_CONTENT,
        CommandStatus.ESME_RX_R_APPN: StatusMeaning.REFUSED_CONTENT,
    }
)
"""What a status means unless the carrier's settings say otherwise. Only a status named here ends a message; any other,
known or not, is a failure for now (delivery 2): a wrong setting of ours must not cost anybody's message."""

_ANSWERS: Final[Mapping[StatusMeaning, tuple[Answer, Cause]]] = MappingProxyType(
    {
        StatusMeaning.BUSY: (Answer.BUSY, Cause.CARRIER_BUSY),
        StatusMeaning.FAILED_FOR_NOW: (Answer.FAILED_FOR_NOW, Cause.CARRIER_FAILED_FOR_NOW),
        StatusMeaning.REFUSED_CONTENT: (Answer.REJECTED, Cause.REFUSED_CONTENT),
        StatusMeaning.REFUSED_RECIPIENT: (Answer.REJECTED, Cause.REFUSED_RECIPIENT),
        StatusMeaning.REFUSED_SENDER: (Answer.REJECTED, Cause.REFUSED_SENDER),
        StatusMeaning.REFUSED_ROUTE: (Answer.REJECTED, Cause.REFUSED_ROUTE),
    }
)

# Keyed by plain integers: hashing an enum member costs more than all the rest of the look-up.
_RECEIPT_CAUSES: Final[Mapping[int, Cause]] = MappingProxyType(
    {
        int(MessageState.DELIVERED): Cause.RECEIPT_DELIVERED,
        int(MessageState.EXPIRED): Cause.RECEIPT_EXPIRED,
        int(MessageState.DELETED): Cause.RECEIPT_DELETED,
        int(MessageState.UNDELIVERABLE): Cause.RECEIPT_UNDELIVERABLE,
        int(MessageState.UNKNOWN): Cause.RECEIPT_UNKNOWN,
        int(MessageState.REJECTED): Cause.RECEIPT_REJECTED,
        int(MessageState.SKIPPED): Cause.RECEIPT_UNDELIVERABLE,
    }
)

_USUAL_STATS: Final[Mapping[bytes, str]] = MappingProxyType(
    {stat.encode(): stat for stat in ("DELIVRD", "UNDELIV", "EXPIRED", "REJECTD", "ACCEPTD", "ENROUTE")}
)
"""One text for each word that makes up the load, not a new one for each receipt."""

_NO_ADDRESS: Final = (0, 0, b"")
_ALONE: Final = Numbering()


class MobileOriginated(NamedTuple):
    """One segment from a handset, as the carrier gave it to us."""

    sender: str
    recipient: str
    user_data: UserData
    data_coding: int
    numbering: Numbering = _ALONE


class Untranslatable(Exception):
    """A segment cannot be written for this carrier at all; `cause` is one of the REFUSED_ causes."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause


class Translator:
    """One carrier's manner of speaking."""

    def __init__(self, settings: CarrierSettings) -> None:
        self._settings = settings
        self._templates: dict[tuple[str, int, int, bytes], SubmitTemplate] = {}
        self._meanings = {**_USUAL_MEANINGS, **dict(settings.statuses)}
        self._validity_periods: dict[int, bytes] = {}
        self._recipient_form = (settings.recipient_prefix.replace("%", "%%") + "%d").encode()
        # By flash, then by Alphabet.
        self._data_codings = (
            (settings.gsm7_data_coding, settings.binary_data_coding, settings.ucs2_data_coding),
            (settings.flash_gsm7_data_coding, settings.flash_binary_data_coding, settings.flash_ucs2_data_coding),
        )

    # Out.

    def segments(self, payload: Payload, *, now_at: UnixMs) -> list[tuple[SubmitTemplate, bytes]]:
        """For each segment of `payload`: the template and the short_message to send with it.

        Raises Untranslatable if that is impossible.
        """
        validity_period = self._validity_period(payload.expires_at, now_at)
        data_codings = self._data_codings[payload.flash]
        prepared: list[tuple[SubmitTemplate, bytes]] = []
        for user_data in payload.user_data:
            alphabet, header, octets = self._written(user_data)
            short_message = header + octets if header else octets
            esm_class = EsmClass.UDHI if header else 0
            key = (payload.sender, esm_class, data_codings[alphabet], validity_period)
            template = self._templates.get(key)
            if template is None:
                if len(self._templates) >= TEMPLATES_MAX:
                    self._templates.clear()
                template = self._templates[key] = self._template(*key)
            prepared.append((template, short_message))
        return prepared

    def destination_addr(self, recipient: int) -> bytes:
        """The recipient as this carrier wants it written."""
        return self._recipient_form % recipient

    def _written(self, user_data: UserData) -> tuple[Alphabet, bytes, bytes]:
        """Alphabet, header and octets of a segment in this carrier's form."""
        alphabet, header, payload = user_data
        if alphabet is not Alphabet.GSM7 or self._settings.gsm7_form is Gsm7Form.UNPACKED:
            return alphabet, header, payload
        if self._settings.gsm7_form is Gsm7Form.PACKED:
            return alphabet, header, gsm7.pack(payload, udh.fill_bits(len(header)))
        text = user_data.text()
        # National tables are for septets: what is written in another way must not be read by them.
        header = national.without_shifts(header)
        try:
            return alphabet, header, text.encode("latin-1")
        except UnicodeEncodeError:
            units = text.encode("utf-16-be")
            if len(header) + len(units) <= USER_DATA_OCTETS_MAX:
                return Alphabet.UCS2, header, units
            return alphabet, header, text.encode("latin-1", "replace")

    def _validity_period(self, expires_at: UnixMs, now_at: UnixMs) -> bytes:
        if self._settings.validity is Validity.NONE:
            return b""
        # Whole minutes, rounded up: messages of the same validity then share one template for a minute.
        if self._settings.validity is Validity.ABSOLUTE:
            return times.write_absolute(-(-expires_at // MINUTE_MS) * MINUTE_MS)
        minutes = -((now_at - expires_at) // MINUTE_MS)
        found = self._validity_periods.get(minutes)
        if found is None:
            if len(self._validity_periods) >= TEMPLATES_MAX:
                self._validity_periods.clear()
            duration_s = min(max(1, minutes) * 60, times.RELATIVE_S_MAX)
            found = self._validity_periods[minutes] = times.write_relative(duration_s)
        return found

    def _template(self, sender: str, esm_class: int, data_coding: int, validity_period: bytes) -> SubmitTemplate:
        settings = self._settings
        ton, npi, source_addr = self._source(sender or settings.default_sender)
        try:
            return SubmitTemplate(
                SubmitSm(
                    service_type=settings.service_type.encode(),
                    source_addr_ton=ton,
                    source_addr_npi=npi,
                    source_addr=source_addr,
                    dest_addr_ton=settings.recipient_ton,
                    dest_addr_npi=settings.recipient_npi,
                    esm_class=esm_class,
                    validity_period=validity_period,
                    registered_delivery=settings.registered_delivery,
                    data_coding=data_coding,
                )
            )
        except MisuseError as error:
            # Everything else was checked with the settings, so it is the sender that does not fit.
            raise Untranslatable(Cause.REFUSED_SENDER, str(error)) from error

    def _source(self, sender: str) -> tuple[int, int, bytes]:
        settings = self._settings
        if not sender:
            return _NO_ADDRESS
        digits = sender.removeprefix("+")
        if not (digits.isdigit() and digits.isascii()):
            return settings.alphanumeric_ton, settings.alphanumeric_npi, sender.encode("latin-1", "replace")
        if len(digits) <= settings.short_code_digits_max:
            return settings.short_code_ton, settings.short_code_npi, digits.encode()
        return settings.international_ton, settings.international_npi, digits.encode()

    # Back.

    def answer(self, command_status: int) -> tuple[Answer, Cause]:
        """What an error status means to us; never ACCEPTED."""
        return _ANSWERS[self._meanings.get(command_status, StatusMeaning.FAILED_FOR_NOW)]

    def match_id(self, message_id: bytes) -> str:
        """The canonical form of an id in submit_sm_resp."""
        return _canonical(message_id, self._settings.id_in_response)

    # In.

    def inbound(self, pdu: DeliverSm | DataSm, *, link: str = "") -> CarrierReceipt | MobileOriginated | Unclear:
        """What a deliver_sm (or data_sm) is: a carrier's word about a message, or a segment from a handset.

        What must be a receipt and cannot be understood is Unclear, never an MO; so is what brings the reading down.
        """
        try:
            found = receipt.parse(pdu, trust_text=self._settings.receipts_by_text)
            if found is None:
                return self.mobile_originated(pdu)
        except Exception as problem:  # noqa: BLE001 - whatever a carrier sends: it is kept, and the others go on
            return unclear(pdu, f"{type(problem).__name__}: {problem}", link=link)
        if isinstance(found, receipt.NotUnderstood):
            return unclear(pdu, found.reason, link=link)
        recipient = pdu.source_addr.decode("latin-1").removeprefix(self._settings.recipient_prefix).removeprefix("+")
        match_id = _canonical(found.message_id, self._settings.id_in_receipt)
        text_id = found.message_id.decode("latin-1")
        cause = _RECEIPT_CAUSES.get(int(found.state)) if found.final else None
        error = found.error.decode("latin-1")[:ERROR_CHARACTERS_MAX]
        stat = _USUAL_STATS.get(found.stat) or found.stat.decode("latin-1")[:ERROR_CHARACTERS_MAX]
        return CarrierReceipt(text_id, match_id, cause, recipient, error, stat, link, pdu.user_data)

    def mobile_originated(self, pdu: DeliverSm | DataSm) -> MobileOriginated:
        header, octets = b"", pdu.user_data
        if pdu.esm_class & EsmClass.UDHI:
            try:
                header, octets = udh.split(octets)
            except TextError:
                header, octets = b"", pdu.user_data
        sender = pdu.source_addr.decode("latin-1").removeprefix(self._settings.recipient_prefix).removeprefix("+")
        return MobileOriginated(
            sender=sender,
            recipient=pdu.destination_addr.decode("latin-1").removeprefix("+"),
            user_data=self._user_data(pdu.data_coding, header, octets),
            data_coding=pdu.data_coding,
            numbering=_numbering(pdu, header),
        )

    def _user_data(self, data_coding: int, header: bytes, octets: bytes) -> UserData:
        alphabet = alphabet_of(data_coding)
        if alphabet is None:
            text = octets.decode("latin-1")
        elif alphabet is not Alphabet.GSM7 or self._settings.gsm7_form is Gsm7Form.UNPACKED:
            return UserData(alphabet, header, octets)
        elif self._settings.gsm7_form is Gsm7Form.PACKED:
            fill_bits = udh.fill_bits(len(header))
            return UserData(alphabet, header, gsm7.unpack(octets, max(0, len(octets) * 8 - fill_bits) // 7, fill_bits))
        else:
            text = octets.decode("latin-1")
        septets = gsm7.try_encode(text, national.tables_of(header))
        if septets is None:
            return UserData(Alphabet.UCS2, header, text.encode("utf-16-be"))
        return UserData(Alphabet.GSM7, header, septets)


def unclear(pdu: DeliverSm | DataSm, reason: str, *, link: str) -> Unclear:
    """A PDU that is not understood, with its octets as far as they can be written again."""
    try:
        octets, is_whole = encode(pdu), True
    except MisuseError:
        octets, is_whole = pdu.user_data, False
    sender, recipient = pdu.source_addr.decode("latin-1"), pdu.destination_addr.decode("latin-1")
    return Unclear(reason[:REASON_CHARACTERS_MAX], sender, recipient, link, octets, is_whole)


def _canonical(message_id: bytes, reading: IdReading) -> str:
    """As `canonical_id`, with a short way for decimal digits, which most ids are."""
    if reading is not IdReading.HEX and message_id.isdigit():
        return message_id.lstrip(b"0").decode("ascii") or "0"
    return canonical_id(message_id, reading)


def _numbering(pdu: DeliverSm | DataSm, header: bytes) -> Numbering:
    """Which part of which message this is: by its header, or by SAR TLVs (SMPP 3.4, 5.3.2.22 to 5.3.2.24)."""
    by_header = numbering_of(header)
    if by_header.total > 1 or not pdu.tlvs:
        return by_header
    reference = find_uint(pdu.tlvs, TlvTag.SAR_MSG_REF_NUM)
    total = find_uint(pdu.tlvs, TlvTag.SAR_TOTAL_SEGMENTS)
    sequence = find_uint(pdu.tlvs, TlvTag.SAR_SEGMENT_SEQNUM)
    if reference is None or total is None or sequence is None or not 1 <= sequence <= total or total == 1:
        return _ALONE
    return Numbering(reference, total, sequence)


def alphabet_of(data_coding: int) -> Alphabet | None:
    """The alphabet that a data_coding names (SMPP 3.4, 5.2.19; 3GPP TS 23.038, 4); None is Latin-1 or ASCII.

    What is reserved or unknown counts as binary: its octets survive.
    """
    if data_coding & 0xF0 == 0xF0:
        return Alphabet.BINARY if data_coding & 0x04 else Alphabet.GSM7
    if data_coding & 0xF0 in (0x10, 0x50):  # message class, and the same marked for automatic deletion
        return (Alphabet.GSM7, Alphabet.BINARY, Alphabet.UCS2, Alphabet.BINARY)[data_coding >> 2 & 3]
    if data_coding == DataCoding.SMSC_DEFAULT:
        return Alphabet.GSM7
    if data_coding == DataCoding.UCS2:
        return Alphabet.UCS2
    return None if data_coding in (DataCoding.IA5, DataCoding.LATIN_1) else Alphabet.BINARY
