"""Delivery receipts, read from text and TLVs in every form that carriers are known to send, and written.

The usual text (SMPP 3.4, appendix B) is

    id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E text: . . . . .

and the TLVs are receipted_message_id, message_state and network_error_code (5.3.2.12, 5.3.2.35, 5.3.2.31). Where both
are there, the TLVs win: they are what the specification defines. How ids are matched is in `message_ids`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from angarium.smpp.constants import DataCoding, EsmClass, MessageState, TlvTag
from angarium.smpp.pdu import DataSm, DeliverSm
from angarium.smpp.times import UnixMs, read_receipt_date
from angarium.smpp.tlv import Tlv, find_c_octet_string, find_tlv, find_uint, tlv

RECEIPT_TEXT_OCTETS_MAX: Final = 1024  # what is read of a text; receipts are far shorter
LOOKS_LIKE_FIELDS_MIN: Final = 3  # beside the id: then it is no message, even if it cannot be understood
RECEIPT_TEXT_QUOTED_OCTETS_MAX: Final = 20  # how much of the message a written receipt repeats


class Receipt(NamedTuple):
    """What a carrier says about a message. Octets are as they came; a field that was not there is empty or None."""

    message_id: bytes
    state: MessageState
    stat: bytes = b""
    error: bytes = b""
    """The carrier's own code: `err:` of the text, else the number in network_error_code."""
    submit_date: bytes = b""
    done_date: bytes = b""
    sub: int | None = None
    dlvrd: int | None = None
    text: bytes = b""
    text_message_id: bytes = b""
    """The id in the text, which some carriers spell differently from the TLV's."""
    network_error: tuple[int, int] | None = None
    """network_error_code as (network type, code)."""
    intermediate: bool = False
    """Whether esm_class says that it is an intermediate notification."""

    @property
    def final(self) -> bool:
        """Whether this settles the message. Delivered is delivered, however it was flagged."""
        return self.state is MessageState.DELIVERED or (self.state.final and not self.intermediate)

    def submit_at(self, *, utc_offset_s: int = 0) -> UnixMs | None:
        """Return when the carrier took the message; the zone is a fact about the carrier."""
        return read_receipt_date(self.submit_date, utc_offset_s=utc_offset_s)

    def done_at(self, *, utc_offset_s: int = 0) -> UnixMs | None:
        """Return when the message reached this state; the zone is a fact about the carrier."""
        return read_receipt_date(self.done_date, utc_offset_s=utc_offset_s)


class NotUnderstood(NamedTuple):
    """Something that is flagged as a receipt but does not say which message, or not what became of it."""

    reason: str
    message_id: bytes = b""


_WORDS: Final[Mapping[bytes, MessageState]] = MappingProxyType(
    {
        b"DELIVRD": MessageState.DELIVERED,
        b"DELIVERED": MessageState.DELIVERED,
        b"DELIVERD": MessageState.DELIVERED,
        b"DELIVERY": MessageState.DELIVERED,
        b"EXPIRED": MessageState.EXPIRED,
        b"DELETED": MessageState.DELETED,
        b"CANCELLED": MessageState.DELETED,
        b"CANCELED": MessageState.DELETED,
        b"UNDELIV": MessageState.UNDELIVERABLE,
        b"UNDELIVERED": MessageState.UNDELIVERABLE,
        b"UNDELIVERABLE": MessageState.UNDELIVERABLE,
        b"UNDELIVRD": MessageState.UNDELIVERABLE,
        b"FAILED": MessageState.UNDELIVERABLE,
        b"ACCEPTD": MessageState.ACCEPTED,
        b"ACCEPTED": MessageState.ACCEPTED,
        b"ACKED": MessageState.ACCEPTED,
        b"UNKNOWN": MessageState.UNKNOWN,
        b"UNKNOWND": MessageState.UNKNOWN,
        b"REJECTD": MessageState.REJECTED,
        b"REJECTED": MessageState.REJECTED,
        b"ENROUTE": MessageState.ENROUTE,
        b"BUFFERD": MessageState.ENROUTE,
        b"BUFFERED": MessageState.ENROUTE,
        b"SCHEDLD": MessageState.SCHEDULED,
        b"SCHEDULED": MessageState.SCHEDULED,
        b"SKIPPED": MessageState.SKIPPED,
    }
)
_STATS: Final[Mapping[MessageState, bytes]] = MappingProxyType(
    {
        MessageState.SCHEDULED: b"SCHEDLD",
        MessageState.ENROUTE: b"ENROUTE",
        MessageState.DELIVERED: b"DELIVRD",
        MessageState.EXPIRED: b"EXPIRED",
        MessageState.DELETED: b"DELETED",
        MessageState.UNDELIVERABLE: b"UNDELIV",
        MessageState.ACCEPTED: b"ACCEPTD",
        MessageState.UNKNOWN: b"UNKNOWN",
        MessageState.REJECTED: b"REJECTD",
        MessageState.SKIPPED: b"SKIPPED",
    }
)
_STATES: Final[Mapping[int, MessageState]] = MappingProxyType({int(state): state for state in _STATS})
_RECEIPT_FLAGS: Final = frozenset({EsmClass.RECEIPT, EsmClass.INTERMEDIATE})

# The form that makes up the load, read in one match; anything else goes key by key.
_USUAL: Final = re.compile(
    rb"id:([\w-]+) sub:(\d{1,4}) dlvrd:(\d{1,4}) submit date:(\d{10,14}) done date:(\d{10,14})"
    rb" stat:([A-Z]{3,9}) err:(\w{1,8})(?: [Tt]ext:(.*))?",
    re.DOTALL,
)
_KEY: Final = re.compile(
    rb"(?:\A|(?<=[\s,;|\"']))"
    rb"(message[ _]?id|id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat(?:us|e)?|err(?:or)?(?:[ _]?code)?|text)"
    rb"[\"']?[ \t]{0,4}[:=]",
    re.IGNORECASE,
)
_KEY_NAMES: Final[Mapping[bytes, str]] = MappingProxyType(
    {b"mes": "id", b"id": "id", b"dlv": "dlvrd", b"don": "done", b"sta": "stat", b"err": "err", b"tex": "text"}
)
_ESSENTIAL: Final = frozenset({"id", "stat"})
_NOISE: Final = b" \t\r\n\0,;|\"'"


def parse(pdu: DeliverSm | DataSm, *, trust_text: bool = True) -> Receipt | NotUnderstood | None:
    """Return the receipt in `pdu`, None if it is not a receipt, NotUnderstood if it must be one but is unclear.

    Without the flag in esm_class it is still a receipt if it has the TLVs receipted_message_id and message_state, or,
    with `trust_text`, if its text is plainly one: an id first, a known state, and a date, count or error code. A
    handset could write such a text; a carrier that flags its receipts properly should be read with trust_text=False.
    """
    flag = pdu.esm_class & EsmClass.TYPE_MASK
    flagged = flag in _RECEIPT_FLAGS
    if flagged:
        usual = _USUAL.fullmatch(pdu.user_data)
        if usual is not None:
            receipt = _from_usual(usual, intermediate=flag == EsmClass.INTERMEDIATE)
            if receipt is not None:
                return _with_tlvs(receipt, pdu.tlvs) if pdu.tlvs else receipt
    has_tlvs = find_tlv(pdu.tlvs, TlvTag.RECEIPTED_MESSAGE_ID) and find_tlv(pdu.tlvs, TlvTag.MESSAGE_STATE)
    if not flagged and not has_tlvs and not trust_text:
        return None
    found = _fields(_plain_text(pdu))
    if not flagged and not has_tlvs and not _is_plainly_a_receipt(found):
        if _looks_like_a_receipt(found):
            return NotUnderstood("not flagged as a receipt, and unlike any other text", _first_word(found["id"]))
        return None
    return _from_fields(found, pdu.tlvs, intermediate=flag == EsmClass.INTERMEDIATE)


def _from_usual(usual: re.Match[bytes], *, intermediate: bool) -> Receipt | None:
    message_id, sub, dlvrd, submit_date, done_date, stat, error, text = usual.groups()
    state = _WORDS.get(stat)
    if state is None:
        return None
    return Receipt(
        *(message_id, state, stat, error, submit_date, done_date, int(sub), int(dlvrd)),
        *(text or b"", message_id, None, intermediate),
    )


def _with_tlvs(receipt: Receipt, tlvs: tuple[Tlv, ...]) -> Receipt:
    """Return `receipt` with what the TLVs know better."""
    state = find_uint(tlvs, TlvTag.MESSAGE_STATE)
    network_error = _network_error(tlvs)
    return receipt._replace(
        message_id=_tlv_id(tlvs) or receipt.message_id,
        state=receipt.state if state is None else _STATES.get(state, receipt.state),
        network_error=network_error,
        error=receipt.error or (b"%d" % network_error[1] if network_error else b""),
    )


def _tlv_id(tlvs: tuple[Tlv, ...]) -> bytes:
    return (find_c_octet_string(tlvs, TlvTag.RECEIPTED_MESSAGE_ID) or b"").strip()


def _plain_text(pdu: DeliverSm | DataSm) -> bytes:
    """Return the text in one octet a character, without a user data header."""
    octets = pdu.user_data
    if pdu.esm_class & EsmClass.UDHI and octets:
        octets = octets[1 + octets[0] :]
    octets = octets[:RECEIPT_TEXT_OCTETS_MAX]
    if pdu.data_coding & 0x0F == DataCoding.UCS2 and octets[:1] == b"\0":
        return octets.decode("utf-16-be", "replace").encode("latin-1", "replace")
    return octets


def _fields(text: bytes) -> dict[str, bytes]:
    """Return the values by key, in the order they came; the message's own text ends the reading once it is clear."""
    keys = list(_KEY.finditer(text))
    found: dict[str, bytes] = {}
    for position, key in enumerate(keys):
        name = _key_name(key[1].lower())
        if name == "text" and found.keys() >= _ESSENTIAL:
            found.setdefault(name, text[key.end() :])
            break
        end = keys[position + 1].start() if position + 1 < len(keys) else len(text)
        value = text[key.end() : end]
        found.setdefault(name, value if name == "text" else value.strip(_NOISE))
    return found


def _key_name(key: bytes) -> str:
    if key.startswith(b"sub"):
        return "sub" if key == b"sub" else "submit"
    return _KEY_NAMES[key[:3]]


def _is_plainly_a_receipt(found: Mapping[str, bytes]) -> bool:
    if next(iter(found), None) != "id" or not found["id"] or "stat" not in found:
        return False
    return _state_of_word(found["stat"]) is not None and len(found.keys() - _ESSENTIAL - {"text"}) > 0


def _looks_like_a_receipt(found: Mapping[str, bytes]) -> bool:
    """Whether no handset writes such a text: an id first, and several more fields of a receipt."""
    others = found.keys() - {"id", "text"}
    return next(iter(found), None) == "id" and bool(found["id"]) and len(others) >= LOOKS_LIKE_FIELDS_MIN


def _state_of_word(stat: bytes) -> MessageState | None:
    word = stat.upper()
    if word in _WORDS:
        return _WORDS[word]
    return _STATES.get(int(word)) if word.isdigit() and len(word) <= 2 else None


def _from_fields(found: Mapping[str, bytes], tlvs: tuple[Tlv, ...], *, intermediate: bool) -> Receipt | NotUnderstood:
    text_id = _first_word(found.get("id", b""))
    message_id = _tlv_id(tlvs) or text_id
    if not message_id:
        return NotUnderstood("no message id")
    stat = _first_word(found.get("stat", b""))
    dlvrd = _count(found.get("dlvrd", b""))
    state = _state_of_word(stat)
    tlv_state = find_uint(tlvs, TlvTag.MESSAGE_STATE)
    if state is None and not stat and dlvrd:
        state = MessageState.DELIVERED
    if state is None and tlv_state not in _STATES:
        return NotUnderstood(f"state {stat.decode('latin-1')!r}, message_state {tlv_state}", message_id)
    receipt = Receipt(
        *(message_id, MessageState.UNKNOWN if state is None else state, stat, _first_word(found.get("err", b""))),
        *(found.get("submit", b""), found.get("done", b""), _count(found.get("sub", b"")), dlvrd),
        *(found.get("text", b""), text_id, None, intermediate),
    )
    return _with_tlvs(receipt, tlvs)


def _first_word(value: bytes) -> bytes:
    return (value.split() or [b""])[0].strip(_NOISE)


def _count(value: bytes) -> int | None:
    return int(value) if value.isdigit() and len(value) <= 4 else None


def _network_error(tlvs: tuple[Tlv, ...]) -> tuple[int, int] | None:
    value = find_tlv(tlvs, TlvTag.NETWORK_ERROR_CODE)
    return None if value is None or len(value) < 2 else (value[0], int.from_bytes(value[1:3], "big"))


def write_text(receipt: Receipt) -> bytes:
    """Return the usual text for `receipt` (SMPP 3.4, appendix B); what is missing gets the state's own values."""
    delivered = receipt.state is MessageState.DELIVERED
    return b"id:%b sub:%03d dlvrd:%03d submit date:%b done date:%b stat:%b err:%b text:%b" % (
        receipt.message_id,
        1 if receipt.sub is None else receipt.sub,
        delivered if receipt.dlvrd is None else receipt.dlvrd,
        receipt.submit_date,
        receipt.done_date,
        receipt.stat or _STATS.get(receipt.state, b"UNKNOWN"),
        receipt.error or b"000",
        receipt.text[:RECEIPT_TEXT_QUOTED_OCTETS_MAX],
    )


def write_tlvs(receipt: Receipt) -> tuple[Tlv, ...]:
    """Return the TLVs for `receipt`: receipted_message_id, message_state, and network_error_code if there is one."""
    tlvs = (tlv(TlvTag.RECEIPTED_MESSAGE_ID, receipt.message_id), tlv(TlvTag.MESSAGE_STATE, int(receipt.state)))
    if receipt.network_error is None:
        return tlvs
    network_type, code = receipt.network_error
    return (*tlvs, tlv(TlvTag.NETWORK_ERROR_CODE, bytes((network_type, *code.to_bytes(2, "big")))))
