"""Optional parameters, tag-length-value (SMPP 3.4, 5.3): the table of tags and their codec.

Reading is tolerant: unknown tags, repeated tags and values of another size than the table says are kept, in order.
`tlv()` is the strict way to make one.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from angarium.smpp.constants import TlvTag
from angarium.smpp.errors import MisuseError

TLV_VALUE_OCTETS_MAX: Final = 0xFFFF
PADDING_OCTETS_MAX: Final = 3  # NULs after the last TLV, which some carriers add; four would be a TLV with tag 0

_HEAD: Final = struct.Struct(">HH")


class Tlv(NamedTuple):
    """One optional parameter as it is on the wire."""

    tag: int
    value: bytes


class TlvKind(enum.Enum):
    """How the value of a TLV is to be read."""

    UINT = "uint"
    C_OCTET_STRING = "c_octet_string"
    OCTET_STRING = "octet_string"


class TlvForm(NamedTuple):
    """What the specification says about the value of one tag; for strings the size counts the closing NUL."""

    kind: TlvKind
    octets_min: int
    octets_max: int


class TlvStreamError(ValueError):
    """The octets after the mandatory fields are not TLVs."""


def _uint(octets: int) -> TlvForm:
    return TlvForm(TlvKind.UINT, octets, octets)


def _octets(octets_min: int, octets_max: int) -> TlvForm:
    return TlvForm(TlvKind.OCTET_STRING, octets_min, octets_max)


TLV_FORMS: Final[Mapping[int, TlvForm]] = MappingProxyType(
    {
        TlvTag.DEST_ADDR_SUBUNIT: _uint(1),
        TlvTag.DEST_NETWORK_TYPE: _uint(1),
        TlvTag.DEST_BEARER_TYPE: _uint(1),
        TlvTag.DEST_TELEMATICS_ID: _uint(2),
        TlvTag.SOURCE_ADDR_SUBUNIT: _uint(1),
        TlvTag.SOURCE_NETWORK_TYPE: _uint(1),
        TlvTag.SOURCE_BEARER_TYPE: _uint(1),
        TlvTag.SOURCE_TELEMATICS_ID: _uint(1),
        TlvTag.QOS_TIME_TO_LIVE: _uint(4),
        TlvTag.PAYLOAD_TYPE: _uint(1),
        TlvTag.ADDITIONAL_STATUS_INFO_TEXT: TlvForm(TlvKind.C_OCTET_STRING, 1, 256),
        TlvTag.RECEIPTED_MESSAGE_ID: TlvForm(TlvKind.C_OCTET_STRING, 1, 65),
        TlvTag.MS_MSG_WAIT_FACILITIES: _uint(1),
        TlvTag.PRIVACY_INDICATOR: _uint(1),
        TlvTag.SOURCE_SUBADDRESS: _octets(2, 23),
        TlvTag.DEST_SUBADDRESS: _octets(2, 23),
        TlvTag.USER_MESSAGE_REFERENCE: _uint(2),
        TlvTag.USER_RESPONSE_CODE: _uint(1),
        TlvTag.SOURCE_PORT: _uint(2),
        TlvTag.DESTINATION_PORT: _uint(2),
        TlvTag.SAR_MSG_REF_NUM: _uint(2),
        TlvTag.LANGUAGE_INDICATOR: _uint(1),
        TlvTag.SAR_TOTAL_SEGMENTS: _uint(1),
        TlvTag.SAR_SEGMENT_SEQNUM: _uint(1),
        TlvTag.SC_INTERFACE_VERSION: _uint(1),
        TlvTag.CALLBACK_NUM_PRES_IND: _uint(1),
        TlvTag.CALLBACK_NUM_ATAG: _octets(0, 65),
        TlvTag.NUMBER_OF_MESSAGES: _uint(1),
        TlvTag.CALLBACK_NUM: _octets(4, 19),
        TlvTag.DPF_RESULT: _uint(1),
        TlvTag.SET_DPF: _uint(1),
        TlvTag.MS_AVAILABILITY_STATUS: _uint(1),
        TlvTag.NETWORK_ERROR_CODE: _octets(3, 3),
        TlvTag.MESSAGE_PAYLOAD: _octets(0, TLV_VALUE_OCTETS_MAX),
        TlvTag.DELIVERY_FAILURE_REASON: _uint(1),
        TlvTag.MORE_MESSAGES_TO_SEND: _uint(1),
        TlvTag.MESSAGE_STATE: _uint(1),
        TlvTag.USSD_SERVICE_OP: _octets(1, 1),
        TlvTag.DISPLAY_TIME: _uint(1),
        TlvTag.SMS_SIGNAL: _uint(2),
        TlvTag.MS_VALIDITY: _uint(1),
        TlvTag.ALERT_ON_MESSAGE_DELIVERY: _octets(0, 0),
        TlvTag.ITS_REPLY_TYPE: _uint(1),
        TlvTag.ITS_SESSION_INFO: _octets(2, 2),
    }
)


def tlv(tag: int, value: int | bytes) -> Tlv:
    """Return the TLV for `value`, written as the table says: integers big-endian, strings closed with NUL.

    An integer for an unknown tag raises MisuseError, as does a value that breaks the table's limits; bytes for an
    unknown tag are taken as they are.
    """
    form = TLV_FORMS.get(tag)
    if isinstance(value, int):
        if form is None or form.kind is not TlvKind.UINT:
            raise MisuseError(f"TLV {TlvTag(tag).name} is not an integer")
        if not 0 <= value < 1 << 8 * form.octets_max:
            raise MisuseError(f"TLV {TlvTag(tag).name}: {value} does not fit in {form.octets_max} octets")
        return Tlv(tag, value.to_bytes(form.octets_max, "big"))
    if form is not None:
        if form.kind is TlvKind.C_OCTET_STRING:
            if b"\0" in value:
                raise MisuseError(f"TLV {TlvTag(tag).name}: a NUL inside a C-octet string")
            value += b"\0"
        if not form.octets_min <= len(value) <= form.octets_max:
            raise MisuseError(
                f"TLV {TlvTag(tag).name}: {len(value)} octets, not {form.octets_min} to {form.octets_max}"
            )
    return Tlv(tag, value)


def find_tlv(tlvs: Iterable[Tlv], tag: int) -> bytes | None:
    """Return the value of the first TLV with this tag, or None."""
    for each_tag, value in tlvs:
        if each_tag == tag:
            return value
    return None


def find_uint(tlvs: Iterable[Tlv], tag: int) -> int | None:
    """Return the first TLV with this tag as an integer of any size that is there, or None (also when it is empty)."""
    value = find_tlv(tlvs, tag)
    return int.from_bytes(value, "big") if value else None


def find_c_octet_string(tlvs: Iterable[Tlv], tag: int) -> bytes | None:
    """Return the first TLV with this tag up to its NUL, or None. Carriers forget the NUL; that is accepted."""
    value = find_tlv(tlvs, tag)
    return None if value is None else value.partition(b"\0")[0]


def read_tlvs(frame: bytes, offset: int) -> tuple[Tlv, ...]:
    """Return all TLVs from `offset` to the end of `frame`, in order.

    Up to three NULs at the end are padding. Anything else that is not a whole TLV raises TlvStreamError.
    """
    end = len(frame)
    tlvs = []
    while end - offset >= _HEAD.size:
        tag, octets = _HEAD.unpack_from(frame, offset)
        offset += _HEAD.size
        if octets > end - offset:
            raise TlvStreamError(f"TLV {tag:#06x} says {octets} octets, {end - offset} are left")
        tlvs.append(Tlv(tag, frame[offset : offset + octets]))
        offset += octets
    if offset < end and frame[offset:].strip(b"\0"):
        raise TlvStreamError(f"{end - offset} octets after the last TLV")
    return tuple(tlvs)


def write_tlvs(tlvs: Iterable[Tlv]) -> bytes:
    """Return the TLVs as they go over the wire, in order; MisuseError if a tag or a value is too large."""
    parts = bytearray()
    for tag, value in tlvs:
        if not 0 <= tag <= 0xFFFF:
            raise MisuseError(f"TLV tag {tag:#x} does not fit in 2 octets")
        if len(value) > TLV_VALUE_OCTETS_MAX:
            raise MisuseError(f"TLV {tag:#06x}: {len(value)} octets, at most {TLV_VALUE_OCTETS_MAX}")
        parts += _HEAD.pack(tag, len(value))
        parts += value
    return bytes(parts)
