"""Frames to PDUs and back: `decode` and `encode` for every command, and a fast path for the hot four.

The fast path does exactly what the general path, by layout, does for the frames that make up the load; whatever is
unusual about a frame is handed to the general path (tests/property/test_smpp_fast_path.py holds them to that).
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NoReturn

from angarium.smpp.constants import HEADER_OCTETS, SHORT_MESSAGE_OCTETS_MAX, CommandId, CommandStatus
from angarium.smpp.errors import MisuseError, PduError
from angarium.smpp.fields import FieldCodec, FieldError
from angarium.smpp.pdu import PDU_CLASSES, DeliverSm, Pdu, SubmitSm, SubmitSmResp, layout_of
from angarium.smpp.tlv import TlvStreamError, read_tlvs, write_tlvs

_HEADER: Final = struct.Struct(">LLLL")
_DELIVER_SM_RESP: Final = struct.Struct(">LLLLx")
_LAYOUTS: Final[Mapping[type[Pdu], tuple[tuple[str, FieldCodec], ...]]] = MappingProxyType(
    {pdu_class: layout_of(pdu_class) for pdu_class in PDU_CLASSES.values()}
)
_UINT32_MAX: Final = 0xFFFFFFFF
_SUBMIT_SM_RESP: Final = int(CommandId.SUBMIT_SM_RESP)
_DELIVER_SM: Final = int(CommandId.DELIVER_SM)
_SUBMIT_SM: Final = int(CommandId.SUBMIT_SM)
_ADDRESS_OCTETS_MAX: Final = 20
_SERVICE_TYPE_OCTETS_MAX: Final = 5
_TIME_OCTETS: Final = frozenset({0, 16})


def decode(frame: bytes | bytearray | memoryview) -> Pdu:
    """Return the PDU in one whole frame.

    Tolerated, because real carriers do it: a response whose body is missing or ends early at a field's border (the
    remaining fields are empty), a response whose last string is not closed, strings longer than specified (up to 255
    octets), up to three NULs behind the last TLV. Everything else that does not fit its layout raises PduError.
    """
    if not isinstance(frame, bytes):
        frame = bytes(frame)
    return _decode_usual(frame) or decode_by_layout(frame)


def decode_by_layout(frame: bytes) -> Pdu:
    """Return what `decode` returns, field by field as the layout says: the general path, without short cuts."""
    if len(frame) < HEADER_OCTETS:
        raise PduError(
            f"a frame of {len(frame)} octets",
            command_id=0,
            sequence_number=0,
            command_status=CommandStatus.ESME_RINVCMDLEN,
        )
    octets, command_id, command_status, sequence_number = _HEADER.unpack_from(frame)
    pdu_class = PDU_CLASSES.get(command_id)
    if octets != len(frame):
        _refuse(frame, f"command_length {octets} in a frame of {len(frame)}", CommandStatus.ESME_RINVCMDLEN)
    if pdu_class is None:
        _refuse(frame, f"command_id {command_id:#010x} is unknown", CommandStatus.ESME_RINVCMDID)
    pdu = pdu_class(sequence_number=sequence_number, command_status=command_status)
    offset = HEADER_OCTETS
    is_request = not pdu.is_response
    name = ""
    try:
        for name, codec in _LAYOUTS[pdu_class]:
            if offset >= octets and not is_request:
                break
            value, offset = codec.read(frame, offset, closed=is_request)
            setattr(pdu, name, value)
        if offset < octets:
            pdu.tlvs = read_tlvs(frame, offset)
    except FieldError as error:
        _refuse(frame, f"{pdu.name}.{name}: {error}", error.command_status, error)
    except TlvStreamError as error:
        _refuse(frame, f"{pdu.name}: {error}", CommandStatus.ESME_RINVOPTPARSTREAM, error)
    return pdu


def _refuse(frame: bytes, detail: str, command_status: int, cause: Exception | None = None) -> NoReturn:
    _, command_id, _, sequence_number = _HEADER.unpack_from(frame)
    raise PduError(
        detail, command_id=command_id, sequence_number=sequence_number, command_status=command_status
    ) from cause


def encode(pdu: Pdu) -> bytes:
    """Return the frame of a PDU; MisuseError names the field whose value breaks the specification's limit."""
    return _encode_usual(pdu) or encode_by_layout(pdu)


def encode_by_layout(pdu: Pdu) -> bytes:
    """Return what `encode` returns, field by field as the layout says: the general path, without short cuts."""
    out = bytearray(HEADER_OCTETS)
    try:
        layout = _LAYOUTS[type(pdu)]
    except KeyError:
        raise MisuseError(f"{type(pdu).__name__} is not a PDU") from None
    for name, codec in layout:
        try:
            codec.write(getattr(pdu, name), out)
        except MisuseError as error:
            raise MisuseError(f"{pdu.name}.{name}: {error}") from None
    if pdu.tlvs:
        out += write_tlvs(pdu.tlvs)
    try:
        _HEADER.pack_into(out, 0, len(out), pdu.command_id, pdu.command_status, pdu.sequence_number)
    except struct.error as error:
        raise MisuseError(f"{pdu.name}: command_status or sequence_number is not a uint32 ({error})") from None
    return bytes(out)


class SubmitTemplate:
    """Writes many submit_sm that differ in sequence_number, recipient and, if wanted, text.

    Built once from a SubmitSm that holds everything else, TLVs included; its destination_addr and sequence_number are
    ignored. `encode` gives the same octets as the general `encode` would (SMPP 3.4, 4.4.1).
    """

    __slots__ = ("_after_text", "_before_text", "_command", "_fixed_octets", "_head", "_tail", "_textless_octets")

    def __init__(self, submit_sm: SubmitSm) -> None:
        nobody = dataclasses.replace(submit_sm, destination_addr=b"", sequence_number=0)
        frame = encode(nobody)
        # destination_addr comes behind two strings, each closed and followed by two octets.
        split = HEADER_OCTETS + len(nobody.service_type) + 3 + len(nobody.source_addr) + 3
        self._command = frame[4:12]
        self._head = frame[HEADER_OCTETS:split]
        self._tail = frame[split:]
        self._after_text = write_tlvs(nobody.tlvs)
        self._before_text = self._tail[: -1 - len(nobody.short_message) - len(self._after_text)]
        self._fixed_octets = len(frame)
        self._textless_octets = len(frame) - len(nobody.short_message)

    def encode(self, sequence_number: int, destination_addr: bytes, short_message: bytes | None = None) -> bytes:
        """Return one frame; without `short_message` the template's own text is sent. MisuseError beyond the limits."""
        if len(destination_addr) > _ADDRESS_OCTETS_MAX or 0 in destination_addr:
            raise MisuseError(f"submit_sm.destination_addr: {len(destination_addr)} octets, or a NUL inside")
        if short_message is None:
            octets, tail = self._fixed_octets + len(destination_addr), self._tail
        else:
            text_octets = len(short_message)
            if text_octets > SHORT_MESSAGE_OCTETS_MAX:
                raise MisuseError(f"submit_sm.short_message: {text_octets} octets")
            octets = self._textless_octets + len(destination_addr) + text_octets
            tail = self._before_text + text_octets.to_bytes(1, "big") + short_message + self._after_text
        try:
            number = sequence_number.to_bytes(4, "big")
        except OverflowError:
            raise MisuseError(f"submit_sm.sequence_number: {sequence_number} is not a uint32") from None
        return octets.to_bytes(4, "big") + self._command + number + self._head + destination_addr + tail


def decode_submit_sm_resp(frame: bytes) -> tuple[int, int, bytes]:
    """Return (command_status, sequence_number, message_id) of a submit_sm_resp; errors and tolerance as `decode`.

    TLVs are checked but not returned. Any other PDU raises MisuseError.
    """
    if len(frame) >= HEADER_OCTETS:
        octets, command_id, command_status, sequence_number = _HEADER.unpack_from(frame)
        end = frame.find(0, HEADER_OCTETS)
        if end + 1 == octets == len(frame) and command_id == _SUBMIT_SM_RESP and end < 272:
            return command_status, sequence_number, frame[HEADER_OCTETS:end]
    pdu = decode(frame)
    if not isinstance(pdu, SubmitSmResp):
        raise MisuseError(f"{pdu.name} is not a submit_sm_resp")
    return pdu.command_status, pdu.sequence_number, pdu.message_id


def encode_deliver_sm_resps(sequence_numbers: Iterable[int], *, command_status: int = CommandStatus.ESME_ROK) -> bytes:
    """Return the answers to many deliver_sm in one piece, ready to be written (SMPP 3.4, 4.6.2)."""
    pack = _DELIVER_SM_RESP.pack
    try:
        return b"".join([pack(17, 0x80000005, command_status, number) for number in sequence_numbers])
    except struct.error as error:
        raise MisuseError(f"deliver_sm_resp: command_status or sequence_number is not a uint32 ({error})") from None


def decode_deliver_sm(frame: bytes) -> DeliverSm:
    """Return the deliver_sm in `frame`, as `decode` does. Any other PDU raises MisuseError."""
    pdu = _decode_usual(frame) or decode_by_layout(frame)
    if not isinstance(pdu, DeliverSm):
        raise MisuseError(f"{pdu.name} is not a deliver_sm")
    return pdu


def _decode_usual(frame: bytes) -> SubmitSm | DeliverSm | None:
    """Return a submit_sm or deliver_sm of the usual shape, or None: the general path then knows more."""
    if len(frame) < HEADER_OCTETS:
        return None
    octets, command_id, command_status, sequence_number = _HEADER.unpack_from(frame)
    if command_id == _DELIVER_SM:
        pdu: SubmitSm | DeliverSm = _new_deliver_sm(DeliverSm)
    elif command_id == _SUBMIT_SM:
        pdu = _new_submit_sm(SubmitSm)
    else:
        return None
    try:
        find = frame.index
        source = find(0, 16) + 3
        dest = find(0, source) + 3
        rest = find(0, dest) + 1
        if frame[rest + 4]:
            validity_period = frame[rest + 4 : rest + 20]
            if frame[rest + 20] or 0 in validity_period:
                return None
            last = rest + 21
        else:
            validity_period, last = b"", rest + 5
        text = last + 5
        text_end = text + frame[text - 1]
        pdu.tlvs = read_tlvs(frame, text_end) if text_end < octets else ()
        pdu.esm_class, pdu.protocol_id, pdu.priority_flag, schedule = frame[rest : rest + 4]
        (
            pdu.registered_delivery,
            pdu.replace_if_present_flag,
            pdu.data_coding,
            pdu.sm_default_msg_id,
        ) = frame[last : last + 4]
    except (ValueError, IndexError):
        return None
    if (
        schedule
        or octets != len(frame)
        or text_end > octets
        or source > 272
        or dest - source > 256
        or rest - dest > 256
    ):
        return None
    pdu.sequence_number = sequence_number
    pdu.command_status = command_status
    pdu.service_type = frame[16 : source - 3]
    pdu.source_addr_ton = frame[source - 2]
    pdu.source_addr_npi = frame[source - 1]
    pdu.source_addr = frame[source : dest - 3]
    pdu.dest_addr_ton = frame[dest - 2]
    pdu.dest_addr_npi = frame[dest - 1]
    pdu.destination_addr = frame[dest : rest - 1]
    pdu.schedule_delivery_time = b""
    pdu.validity_period = validity_period
    pdu.short_message = frame[text:text_end]
    return pdu


def _encode_usual(pdu: Pdu) -> bytes | None:
    """Return the frame of a submit_sm or deliver_sm within its limits, or None: the general path then knows more."""
    if not isinstance(pdu, SubmitSm | DeliverSm):
        return None
    text, times = pdu.short_message, (pdu.schedule_delivery_time, pdu.validity_period)
    try:
        body = b"".join(
            (
                pdu.service_type,
                bytes((0, pdu.source_addr_ton, pdu.source_addr_npi)),
                pdu.source_addr,
                bytes((0, pdu.dest_addr_ton, pdu.dest_addr_npi)),
                pdu.destination_addr,
                bytes((0, pdu.esm_class, pdu.protocol_id, pdu.priority_flag)),
                times[0] + b"\0" + times[1],
                bytes((0, pdu.registered_delivery, pdu.replace_if_present_flag, pdu.data_coding)),
                bytes((pdu.sm_default_msg_id, len(text))),
                text,
                write_tlvs(pdu.tlvs) if pdu.tlvs else b"",
            )
        )
        header = _HEADER.pack(HEADER_OCTETS + len(body), pdu.command_id, pdu.command_status, pdu.sequence_number)
    except (TypeError, ValueError, struct.error):
        return None
    strings = pdu.service_type + pdu.source_addr + pdu.destination_addr + times[0] + times[1]
    if (
        0 in strings
        or len(text) > SHORT_MESSAGE_OCTETS_MAX
        or len(pdu.service_type) > _SERVICE_TYPE_OCTETS_MAX
        or len(pdu.source_addr) > _ADDRESS_OCTETS_MAX
        or len(pdu.destination_addr) > _ADDRESS_OCTETS_MAX
        or len(times[0]) not in _TIME_OCTETS
        or len(times[1]) not in _TIME_OCTETS
        or not isinstance(text, bytes)
    ):
        return None
    return header + body


_new_submit_sm: Final = SubmitSm.__new__
_new_deliver_sm: Final = DeliverSm.__new__
