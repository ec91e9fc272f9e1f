"""Codecs for the mandatory fields of PDUs (SMPP 3.4, 3.1): each knows how to read, write and check one value.

Strict when writing, tolerant when reading: a C-octet string from a peer may be longer than the specification says,
up to `C_OCTET_STRING_READ_OCTETS_MAX`, because real carriers send such.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from angarium.smpp.constants import SHORT_MESSAGE_OCTETS_MAX, CommandStatus
from angarium.smpp.errors import MisuseError

C_OCTET_STRING_READ_OCTETS_MAX: Final = 256  # with its NUL
DESTINATIONS_MAX: Final = 254  # SMPP 3.4, 5.2.24
DEST_FLAG_SME: Final = 1
DEST_FLAG_LIST: Final = 2
_ADDRESS_OCTETS_MAX: Final = 21
_CODEC: Final = "angarium.smpp.codec"


class FieldError(ValueError):
    """A mandatory field cannot be read; `command_status` is what to answer with."""

    def __init__(self, detail: str, command_status: int) -> None:
        super().__init__(detail)
        self.command_status = command_status


class FieldCodec(Protocol):
    """Reads and writes one field."""

    def read(self, frame: bytes, offset: int, *, closed: bool) -> tuple[Any, int]:
        """Return the value at `offset` and the offset behind it; FieldError if it is not there or too long.

        `closed=False` forgives a string whose NUL is missing because the frame ends.
        """

    def write(self, value: Any, out: bytearray) -> None:
        """Append the value to `out`; MisuseError if it breaks the specification's limit."""


class DestinationAddress(NamedTuple):
    """One recipient of a submit_multi (SMPP 3.4, 4.5.1.1, dest_flag 1)."""

    dest_addr_ton: int
    dest_addr_npi: int
    destination_addr: bytes


class DistributionList(NamedTuple):
    """The name of a list kept at the SMSC (SMPP 3.4, 4.5.1.1, dest_flag 2)."""

    dl_name: bytes


class UnsuccessSme(NamedTuple):
    """A recipient that a submit_multi could not be sent to, and why (SMPP 3.4, 4.5.2.1)."""

    dest_addr_ton: int
    dest_addr_npi: int
    destination_addr: bytes
    error_status_code: int


@dataclass(frozen=True, slots=True)
class Uint:
    """A big-endian unsigned integer of `octets`."""

    octets: int

    def read(self, frame: bytes, offset: int, *, closed: bool) -> tuple[int, int]:
        end = offset + self.octets
        if end > len(frame):
            raise FieldError("the frame ends inside an integer", CommandStatus.ESME_RINVCMDLEN)
        return int.from_bytes(frame[offset:end], "big"), end

    def write(self, value: Any, out: bytearray) -> None:
        if not isinstance(value, int) or not 0 <= value < 1 << 8 * self.octets:
            raise MisuseError(f"{value!r} is not an unsigned integer of {self.octets} octets")
        out += value.to_bytes(self.octets, "big")


@dataclass(frozen=True, slots=True)
class COctetString:
    """Octets closed by a NUL; `octets_max` counts the NUL. `whole` allows only the empty and the full length."""

    octets_max: int
    too_long: CommandStatus = CommandStatus.ESME_RINVCMDLEN
    whole: bool = False

    def read(self, frame: bytes, offset: int, *, closed: bool) -> tuple[bytes, int]:
        end = frame.find(b"\0", offset)
        after = end + 1
        if end < 0:
            if closed:
                raise FieldError("a C-octet string is not closed", CommandStatus.ESME_RINVCMDLEN)
            end = after = len(frame)
        if end - offset >= C_OCTET_STRING_READ_OCTETS_MAX:
            raise FieldError(f"a C-octet string of {end - offset} octets", self.too_long)
        return frame[offset:end], after

    def write(self, value: Any, out: bytearray) -> None:
        if not isinstance(value, bytes):
            raise MisuseError(f"{type(value).__name__} where bytes are needed")
        if len(value) >= self.octets_max:
            raise MisuseError(f"{len(value)} octets, at most {self.octets_max - 1}")
        if b"\0" in value:
            raise MisuseError("a NUL inside a C-octet string")
        if self.whole and value and len(value) != self.octets_max - 1:
            raise MisuseError(f"{len(value)} octets, must be 0 or {self.octets_max - 1}")
        out += value
        out.append(0)


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """sm_length and short_message: one length octet and that many octets (SMPP 3.4, 5.2.21 and 5.2.22)."""

    def read(self, frame: bytes, offset: int, *, closed: bool) -> tuple[bytes, int]:
        if offset >= len(frame):
            raise FieldError("the frame ends before sm_length", CommandStatus.ESME_RINVCMDLEN)
        end = offset + 1 + frame[offset]
        if end > len(frame):
            raise FieldError("sm_length is beyond the frame", CommandStatus.ESME_RINVMSGLEN)
        return frame[offset + 1 : end], end

    def write(self, value: Any, out: bytearray) -> None:
        if not isinstance(value, bytes) or len(value) > SHORT_MESSAGE_OCTETS_MAX:
            raise MisuseError(f"must be bytes, at most {SHORT_MESSAGE_OCTETS_MAX}")
        out.append(len(value))
        out += value


_TON_NPI: Final = Uint(1)
_ADDRESS: Final = COctetString(_ADDRESS_OCTETS_MAX, CommandStatus.ESME_RINVDSTADR)
_LIST_NAME: Final = COctetString(_ADDRESS_OCTETS_MAX, CommandStatus.ESME_RINVDLNAME)
_ERROR_STATUS: Final = Uint(4)


def _read_address(frame: bytes, offset: int) -> tuple[DestinationAddress, int]:
    ton, offset = _TON_NPI.read(frame, offset, closed=True)
    npi, offset = _TON_NPI.read(frame, offset, closed=True)
    address, offset = _ADDRESS.read(frame, offset, closed=True)
    return DestinationAddress(ton, npi, address), offset


def _write_count(value: Any, out: bytearray) -> None:
    if not isinstance(value, tuple) or len(value) > DESTINATIONS_MAX:
        raise MisuseError(f"must be a tuple, at most {DESTINATIONS_MAX} long")
    out.append(len(value))


@dataclass(frozen=True, slots=True)
class Destinations:
    """number_of_dests and the addresses or list names behind it."""

    def read(
        self, frame: bytes, offset: int, *, closed: bool
    ) -> tuple[tuple[DestinationAddress | DistributionList, ...], int]:
        count, offset = _TON_NPI.read(frame, offset, closed=True)
        found: list[DestinationAddress | DistributionList] = []
        for _ in range(count):
            flag, offset = _TON_NPI.read(frame, offset, closed=True)
            if flag == DEST_FLAG_SME:
                address, offset = _read_address(frame, offset)
                found.append(address)
            elif flag == DEST_FLAG_LIST:
                name, offset = _LIST_NAME.read(frame, offset, closed=True)
                found.append(DistributionList(name))
            else:
                raise FieldError(f"dest_flag {flag}", CommandStatus.ESME_RINVDESTFLAG)
        return tuple(found), offset

    def write(self, value: Any, out: bytearray) -> None:
        _write_count(value, out)
        for destination in value:
            if isinstance(destination, DistributionList):
                out.append(DEST_FLAG_LIST)
                _LIST_NAME.write(destination.dl_name, out)
            elif isinstance(destination, DestinationAddress):
                out.append(DEST_FLAG_SME)
                _TON_NPI.write(destination.dest_addr_ton, out)
                _TON_NPI.write(destination.dest_addr_npi, out)
                _ADDRESS.write(destination.destination_addr, out)
            else:
                raise MisuseError(f"{type(destination).__name__} is neither an address nor a list")


@dataclass(frozen=True, slots=True)
class Unsuccesses:
    """no_unsuccess and the failed recipients behind it."""

    def read(self, frame: bytes, offset: int, *, closed: bool) -> tuple[tuple[UnsuccessSme, ...], int]:
        count, offset = _TON_NPI.read(frame, offset, closed=True)
        found = []
        for _ in range(count):
            address, offset = _read_address(frame, offset)
            status, offset = _ERROR_STATUS.read(frame, offset, closed=True)
            found.append(UnsuccessSme(*address, status))
        return tuple(found), offset

    def write(self, value: Any, out: bytearray) -> None:
        _write_count(value, out)
        for failed in value:
            if not isinstance(failed, UnsuccessSme):
                raise MisuseError(f"{type(failed).__name__} is not an UnsuccessSme")
            _TON_NPI.write(failed.dest_addr_ton, out)
            _TON_NPI.write(failed.dest_addr_npi, out)
            _ADDRESS.write(failed.destination_addr, out)
            _ERROR_STATUS.write(failed.error_status_code, out)


def field_of(codec: FieldCodec, default: Any) -> Any:
    """Return a dataclass field with this codec: a row of a PDU's layout."""
    return dataclasses.field(default=default, metadata={_CODEC: codec})


def codec_of(field: dataclasses.Field[Any]) -> FieldCodec | None:
    """Return the codec of a dataclass field, or None if the field is not part of the mandatory body."""
    codec: FieldCodec | None = field.metadata.get(_CODEC)
    return codec
