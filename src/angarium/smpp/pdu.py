"""One class per command of SMPP 3.4, chapter 4: the class body *is* the layout, field by field, in wire order.

Limits of C-octet strings count the closing NUL, as in the specification's tables. Counts and lengths (sm_length,
number_of_dests, no_unsuccess) are not attributes: they follow from what they count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar, Final

from angarium.smpp.constants import RESPONSE_BIT, CommandId, CommandStatus, TlvTag
from angarium.smpp.errors import MisuseError
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
    codec_of,
    field_of,
)
from angarium.smpp.tlv import Tlv, find_tlv


def _uint8(default: int = 0) -> Any:
    return field_of(Uint(1), default)


def _string(octets_max: int, too_long: CommandStatus = CommandStatus.ESME_RINVCMDLEN) -> Any:
    return field_of(COctetString(octets_max, too_long), b"")


def _service_type() -> Any:
    return _string(6, CommandStatus.ESME_RINVSERTYP)


def _source(octets_max: int = 21) -> Any:
    return _string(octets_max, CommandStatus.ESME_RINVSRCADR)


def _destination(octets_max: int = 21) -> Any:
    return _string(octets_max, CommandStatus.ESME_RINVDSTADR)


def _message_id() -> Any:
    return _string(65, CommandStatus.ESME_RINVMSGID)


def _time(too_long: CommandStatus) -> Any:
    return field_of(COctetString(17, too_long, whole=True), b"")


def _schedule() -> Any:
    return _time(CommandStatus.ESME_RINVSCHED)


def _validity() -> Any:
    return _time(CommandStatus.ESME_RINVEXPIRY)


@dataclass(slots=True, kw_only=True)
class Pdu:
    """What every PDU has: the header (SMPP 3.4, 3.2) and optional parameters, in wire order."""

    command_id: ClassVar[CommandId]

    sequence_number: int = 0
    command_status: int = 0
    tlvs: tuple[Tlv, ...] = ()

    @property
    def name(self) -> str:
        """The command's name as the specification writes it, such as `submit_sm`."""
        return self.command_id.name.lower()

    @property
    def is_response(self) -> bool:
        """Whether this answers a request; generic_nack does too."""
        return bool(self.command_id & RESPONSE_BIT)

    def tlv(self, tag: int) -> bytes | None:
        """Return the value of the first TLV with this tag, or None."""
        return find_tlv(self.tlvs, tag)


@dataclass(slots=True, kw_only=True)
class _Bind(Pdu):
    """The common body of the three bind requests (SMPP 3.4, 4.1)."""

    system_id: bytes = _string(16, CommandStatus.ESME_RINVSYSID)
    password: bytes = _string(9, CommandStatus.ESME_RINVPASWD)
    system_type: bytes = _string(13, CommandStatus.ESME_RINVSYSTYP)
    interface_version: int = _uint8(0x34)
    addr_ton: int = _uint8()
    addr_npi: int = _uint8()
    address_range: bytes = _string(41)


@dataclass(slots=True, kw_only=True)
class _BindResp(Pdu):
    """The common body of the three bind responses (SMPP 3.4, 4.1)."""

    system_id: bytes = _string(16)


@dataclass(slots=True, kw_only=True)
class BindTransmitter(_Bind):
    """SMPP 3.4, 4.1.1."""

    command_id = CommandId.BIND_TRANSMITTER


@dataclass(slots=True, kw_only=True)
class BindTransmitterResp(_BindResp):
    """SMPP 3.4, 4.1.2."""

    command_id = CommandId.BIND_TRANSMITTER_RESP


@dataclass(slots=True, kw_only=True)
class BindReceiver(_Bind):
    """SMPP 3.4, 4.1.3."""

    command_id = CommandId.BIND_RECEIVER


@dataclass(slots=True, kw_only=True)
class BindReceiverResp(_BindResp):
    """SMPP 3.4, 4.1.4."""

    command_id = CommandId.BIND_RECEIVER_RESP


@dataclass(slots=True, kw_only=True)
class BindTransceiver(_Bind):
    """SMPP 3.4, 4.1.5."""

    command_id = CommandId.BIND_TRANSCEIVER


@dataclass(slots=True, kw_only=True)
class BindTransceiverResp(_BindResp):
    """SMPP 3.4, 4.1.6."""

    command_id = CommandId.BIND_TRANSCEIVER_RESP


@dataclass(slots=True, kw_only=True)
class Outbind(Pdu):
    """SMPP 3.4, 4.1.7; it has no response."""

    command_id = CommandId.OUTBIND
    system_id: bytes = _string(16, CommandStatus.ESME_RINVSYSID)
    password: bytes = _string(9, CommandStatus.ESME_RINVPASWD)


@dataclass(slots=True, kw_only=True)
class Unbind(Pdu):
    """SMPP 3.4, 4.2.1."""

    command_id = CommandId.UNBIND


@dataclass(slots=True, kw_only=True)
class UnbindResp(Pdu):
    """SMPP 3.4, 4.2.2."""

    command_id = CommandId.UNBIND_RESP


@dataclass(slots=True, kw_only=True)
class GenericNack(Pdu):
    """SMPP 3.4, 4.3.1."""

    command_id = CommandId.GENERIC_NACK


@dataclass(slots=True, kw_only=True)
class _ShortMessagePdu(Pdu):
    """The common body of submit_sm and deliver_sm (SMPP 3.4, 4.4.1 and 4.6.1)."""

    service_type: bytes = _service_type()
    source_addr_ton: int = _uint8()
    source_addr_npi: int = _uint8()
    source_addr: bytes = _source()
    dest_addr_ton: int = _uint8()
    dest_addr_npi: int = _uint8()
    destination_addr: bytes = _destination()
    esm_class: int = _uint8()
    protocol_id: int = _uint8()
    priority_flag: int = _uint8()
    schedule_delivery_time: bytes = _schedule()
    validity_period: bytes = _validity()
    registered_delivery: int = _uint8()
    replace_if_present_flag: int = _uint8()
    data_coding: int = _uint8()
    sm_default_msg_id: int = _uint8()
    short_message: bytes = field_of(ShortMessage(), b"")

    @property
    def user_data(self) -> bytes:
        """The text's octets, header included: short_message, or message_payload when that is empty (5.3.2.32)."""
        return self.short_message or self.tlv(TlvTag.MESSAGE_PAYLOAD) or b""


@dataclass(slots=True, kw_only=True)
class SubmitSm(_ShortMessagePdu):
    """SMPP 3.4, 4.4.1."""

    command_id = CommandId.SUBMIT_SM


@dataclass(slots=True, kw_only=True)
class SubmitSmResp(Pdu):
    """SMPP 3.4, 4.4.2."""

    command_id = CommandId.SUBMIT_SM_RESP
    message_id: bytes = _message_id()


@dataclass(slots=True, kw_only=True)
class SubmitMulti(Pdu):
    """SMPP 3.4, 4.5.1."""

    command_id = CommandId.SUBMIT_MULTI
    service_type: bytes = _service_type()
    source_addr_ton: int = _uint8()
    source_addr_npi: int = _uint8()
    source_addr: bytes = _source()
    dest_addresses: tuple[DestinationAddress | DistributionList, ...] = field_of(Destinations(), ())
    esm_class: int = _uint8()
    protocol_id: int = _uint8()
    priority_flag: int = _uint8()
    schedule_delivery_time: bytes = _schedule()
    validity_period: bytes = _validity()
    registered_delivery: int = _uint8()
    replace_if_present_flag: int = _uint8()
    data_coding: int = _uint8()
    sm_default_msg_id: int = _uint8()
    short_message: bytes = field_of(ShortMessage(), b"")


@dataclass(slots=True, kw_only=True)
class SubmitMultiResp(Pdu):
    """SMPP 3.4, 4.5.2."""

    command_id = CommandId.SUBMIT_MULTI_RESP
    message_id: bytes = _message_id()
    unsuccess_smes: tuple[UnsuccessSme, ...] = field_of(Unsuccesses(), ())


@dataclass(slots=True, kw_only=True)
class DeliverSm(_ShortMessagePdu):
    """SMPP 3.4, 4.6.1."""

    command_id = CommandId.DELIVER_SM


@dataclass(slots=True, kw_only=True)
class DeliverSmResp(Pdu):
    """SMPP 3.4, 4.6.2; the message_id is unused and empty."""

    command_id = CommandId.DELIVER_SM_RESP
    message_id: bytes = _message_id()


@dataclass(slots=True, kw_only=True)
class DataSm(Pdu):
    """SMPP 3.4, 4.7.1."""

    command_id = CommandId.DATA_SM
    service_type: bytes = _service_type()
    source_addr_ton: int = _uint8()
    source_addr_npi: int = _uint8()
    source_addr: bytes = _source(65)
    dest_addr_ton: int = _uint8()
    dest_addr_npi: int = _uint8()
    destination_addr: bytes = _destination(65)
    esm_class: int = _uint8()
    registered_delivery: int = _uint8()
    data_coding: int = _uint8()

    @property
    def user_data(self) -> bytes:
        """The text's octets, header included."""
        return self.tlv(TlvTag.MESSAGE_PAYLOAD) or b""


@dataclass(slots=True, kw_only=True)
class DataSmResp(Pdu):
    """SMPP 3.4, 4.7.2."""

    command_id = CommandId.DATA_SM_RESP
    message_id: bytes = _message_id()


@dataclass(slots=True, kw_only=True)
class QuerySm(Pdu):
    """SMPP 3.4, 4.8.1."""

    command_id = CommandId.QUERY_SM
    message_id: bytes = _message_id()
    source_addr_ton: int = _uint8()
    source_addr_npi: int = _uint8()
    source_addr: bytes = _source()


@dataclass(slots=True, kw_only=True)
class QuerySmResp(Pdu):
    """SMPP 3.4, 4.8.2."""

    command_id = CommandId.QUERY_SM_RESP
    message_id: bytes = _message_id()
    final_date: bytes = _time(CommandStatus.ESME_RINVCMDLEN)
    message_state: int = _uint8()
    error_code: int = _uint8()


@dataclass(slots=True, kw_only=True)
class CancelSm(Pdu):
    """SMPP 3.4, 4.9.1."""

    command_id = CommandId.CANCEL_SM
    service_type: bytes = _service_type()
    message_id: bytes = _message_id()
    source_addr_ton: int = _uint8()
    source_addr_npi: int = _uint8()
    source_addr: bytes = _source()
    dest_addr_ton: int = _uint8()
    dest_addr_npi: int = _uint8()
    destination_addr: bytes = _destination()


@dataclass(slots=True, kw_only=True)
class CancelSmResp(Pdu):
    """SMPP 3.4, 4.9.2."""

    command_id = CommandId.CANCEL_SM_RESP


@dataclass(slots=True, kw_only=True)
class ReplaceSm(Pdu):
    """SMPP 3.4, 4.10.1."""

    command_id = CommandId.REPLACE_SM
    message_id: bytes = _message_id()
    source_addr_ton: int = _uint8()
    source_addr_npi: int = _uint8()
    source_addr: bytes = _source()
    schedule_delivery_time: bytes = _schedule()
    validity_period: bytes = _validity()
    registered_delivery: int = _uint8()
    sm_default_msg_id: int = _uint8()
    short_message: bytes = field_of(ShortMessage(), b"")


@dataclass(slots=True, kw_only=True)
class ReplaceSmResp(Pdu):
    """SMPP 3.4, 4.10.2."""

    command_id = CommandId.REPLACE_SM_RESP


@dataclass(slots=True, kw_only=True)
class EnquireLink(Pdu):
    """SMPP 3.4, 4.11.1."""

    command_id = CommandId.ENQUIRE_LINK


@dataclass(slots=True, kw_only=True)
class EnquireLinkResp(Pdu):
    """SMPP 3.4, 4.11.2."""

    command_id = CommandId.ENQUIRE_LINK_RESP


@dataclass(slots=True, kw_only=True)
class AlertNotification(Pdu):
    """SMPP 3.4, 4.12.1; it has no response."""

    command_id = CommandId.ALERT_NOTIFICATION
    source_addr_ton: int = _uint8()
    source_addr_npi: int = _uint8()
    source_addr: bytes = _source(65)
    esme_addr_ton: int = _uint8()
    esme_addr_npi: int = _uint8()
    esme_addr: bytes = _string(65)


PDU_CLASSES: Final[Mapping[int, type[Pdu]]] = MappingProxyType(
    {
        pdu_class.command_id: pdu_class
        for pdu_class in (
            *(BindTransmitter, BindTransmitterResp, BindReceiver, BindReceiverResp),
            *(BindTransceiver, BindTransceiverResp, Outbind, Unbind, UnbindResp, GenericNack),
            *(SubmitSm, SubmitSmResp, SubmitMulti, SubmitMultiResp, DeliverSm, DeliverSmResp, DataSm, DataSmResp),
            *(QuerySm, QuerySmResp, CancelSm, CancelSmResp, ReplaceSm, ReplaceSmResp),
            *(EnquireLink, EnquireLinkResp, AlertNotification),
        )
    }
)
"""The class of each command_id."""


def layout_of(pdu_class: type[Pdu]) -> tuple[tuple[str, FieldCodec], ...]:
    """Return the mandatory fields of a PDU in wire order, each with its codec."""
    return tuple((field.name, codec) for field in fields(pdu_class) if (codec := codec_of(field)) is not None)


def response_class(command_id: int) -> type[Pdu]:
    """Return the class that answers this command: its own response, or GenericNack where there is none."""
    return PDU_CLASSES.get(command_id | RESPONSE_BIT, GenericNack)


def response_to(request: Pdu, command_status: int = CommandStatus.ESME_ROK) -> Pdu:
    """Return the answer to `request` with its sequence_number, body empty; MisuseError for a response."""
    if request.is_response:
        raise MisuseError(f"{request.name} is not answered")
    return response_class(request.command_id)(
        sequence_number=request.sequence_number, command_status=int(command_status)
    )
