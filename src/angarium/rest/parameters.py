"""The parameters of a send: from what a body says to a `SendRequest`, or the refusal of the whole (rest-api 3, 3.1).

They are judged in a fixed order, so that the same mistake gets the same answer in either form: first the text, then
the recipients, then the rest in the order of the published table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from angarium.core.account import Caller
from angarium.core.clocktime import UnixMs
from angarium.core.credit import CREDIT, CREDITS_MAX, Credits
from angarium.core.features import ALL_FEATURES, Needs
from angarium.core.message import (
    CLIENT_MESSAGE_ID_CHARACTERS_MAX,
    SCHEDULE_AHEAD_MAX_MS,
    SEGMENTS_MAX,
    VALIDITY_MIN_MAX,
    Priority,
    SendRequest,
    content_of,
)
from angarium.core.numbers import is_sender, normal_sender
from angarium.core.refusals import Reason, Refusal
from angarium.rest.wire import Fields
from angarium.text import udh
from angarium.text.errors import BadHex, BadUserDataHeader
from angarium.text.segments import Content

CALLBACK_MASK_MAX: Final = 7
CREDITS_CHARACTERS_MAX: Final = 30
TYPES: Final = {"SMS_DEFAULT": False, "SMS_FLASH": True}
"""Whether a `type` is flash; the old handset types are none of these."""


def send_request(fields: Fields, *, caller: Caller, now: UnixMs) -> SendRequest:
    """What the customer asks, every parameter valid. Raises Refusal, which names the parameter where that helps."""
    text = _text(fields)
    recipients = _recipients(fields.get("to"), caller.account.settings.recipients_max)
    asked: dict[str, Any] = {}
    if len(fields) > 2:
        for name, member, read in _READERS:
            if name in fields and (value := read(fields, now)) is not None:
                asked[member] = value
    if "content" not in asked:
        asked["content"] = Content.of_text(text)
    return SendRequest(recipients=recipients, **asked)


# --- one parameter each ----------------------------------------------------------------------------------------------


def _text(fields: Fields) -> str:
    text = fields.get("text")
    if type(text) is not str:
        # A one-time password is a number to many a client, and 0 is one of those; false and null are not a text.
        if type(text) is not int and type(text) is not float:
            raise _bad("text")
        text = _words(text)
    if not text:
        raise Refusal(Reason.EMPTY_MESSAGE)
    return text


def _recipients(to: Any, recipients_max: int) -> tuple[str, ...]:
    if type(to) is not list:
        to = [to]
    if not 1 <= len(to) <= recipients_max:
        raise _bad("to")
    if set(map(type, to)) != _ONLY_STRINGS:
        to = [_recipient(value) for value in to]
    # One empty string is how a form spells that nothing was filled in.
    if not to[0] and len(to) == 1:
        raise _bad("to")
    return tuple(to)


_ONLY_STRINGS: Final = frozenset({str})


def _recipient(value: Any) -> str:
    """A recipient as text; one that is no number will be refused as such, beside the others (rest-api 2.4)."""
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    if type(value) is list or type(value) is dict:
        raise _bad("to")
    return _words(value)


def _sender(fields: Fields, _now: UnixMs) -> str | None:
    value = _given(fields, "from")
    if value is None:
        return None
    if type(value) not in _WORDS:
        raise Refusal(Reason.BAD_SENDER)
    written = _words(value)
    if not is_sender(written):
        raise Refusal(Reason.BAD_SENDER)
    # Whether it is one of the account's, or an inbound number of the connection, is for intake to say.
    return normal_sender(written)


def client_message_id(fields: Fields) -> str | None:
    """The customer's own reference, if there is one; raises Refusal for one that is too long (rest-api 3)."""
    value = _given(fields, "clientMessageId")
    if value is None:
        return None
    if type(value) not in _WORDS:
        raise _bad("clientMessageId")
    own_id = _words(value)
    if len(own_id) > CLIENT_MESSAGE_ID_CHARACTERS_MAX:
        raise _bad("clientMessageId")
    return own_id


def _own_id(fields: Fields, _now: UnixMs) -> str | None:
    return client_message_id(fields)


def _mask(fields: Fields, _now: UnixMs) -> int:
    value = fields["callback"]
    if value is True or (type(value) is str and value.strip().lower() == "true"):
        return CALLBACK_MASK_MAX
    return _whole(fields, "callback", CALLBACK_MASK_MAX)


def _content(fields: Fields, _now: UnixMs) -> Content:
    """The content of a text whose units or octets the customer spelled, or that has a header."""
    text = _text(fields)
    is_unicode = _is_set(fields, "unicode")
    is_binary = _is_set(fields, "binary")
    if is_unicode and is_binary:
        # Before the header is looked at: parameters are judged in the order of the table.
        raise _bad("binary")
    return content_of(text, is_unicode=is_unicode, is_binary=is_binary, header=_header(fields))


def _header(fields: Fields) -> bytes:
    value = _given_text(fields, "udh")
    if value is None:
        value = _given_text(fields, "userDataHeader")
    if value is None:
        return b""
    try:
        return udh.parse_hex(value if type(value) is str else "")
    except (BadHex, BadUserDataHeader):
        raise Refusal(Reason.BAD_USER_DATA_HEADER) from None


def _credits_max(fields: Fields, _now: UnixMs) -> Credits | None:
    """An amount of credits, or None when it is not set; what is finer than we count falls away."""
    value = _given_text(fields, "maxCredits")
    if value is None:
        return None
    if type(value) not in _WORDS:
        raise _bad("maxCredits")
    written = format(Decimal(repr(value)), "f") if type(value) is float else _words(value).strip()
    if len(written) > CREDITS_CHARACTERS_MAX or not _DECIMAL.fullmatch(written):
        raise _bad("maxCredits")
    amount = Decimal(written)
    return min(int(amount * CREDIT), CREDITS_MAX) if amount else None


_DECIMAL: Final = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")


def _priority(fields: Fields, _now: UnixMs) -> Priority | None:
    number = _whole(fields, "userPriorityQueue", Priority.LOW)
    return Priority(number) if number else None


def _features(fields: Fields, _now: UnixMs) -> Needs:
    features = _whole(fields, "requiredFeatures", ALL_FEATURES)
    if features & ~ALL_FEATURES:
        raise _bad("requiredFeatures")
    return features


def _is_flash(fields: Fields, _now: UnixMs) -> bool | None:
    value = _given_text(fields, "type")
    if value is None:
        return None
    flash = TYPES.get(value) if type(value) is str else None
    if flash is None:
        raise _bad("type")
    return flash


# --- moments ---------------------------------------------------------------------------------------------------------

_ISO_8601: Final = re.compile(
    r"(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    r"[Tt ](?P<hour>[0-9]{2})(?P<colon>:?)(?P<minute>[0-9]{2})"
    r"(?:(?P=colon)(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r" ?(?P<zone>[Zz]|(?P<sign>[+-])(?P<zone_hour>[0-9]{2})(?::?(?P<zone_minute>[0-5][0-9]))?)?"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def _moment(fields: Fields, now: UnixMs) -> UnixMs | None:
    value = _given_text(fields, "scheduledDeliveryTime")
    if value is None:
        return None
    moment = parse_moment(value) if type(value) is str else None
    if moment is None or not now <= moment <= now + SCHEDULE_AHEAD_MAX_MS:
        raise Refusal(Reason.BAD_DELIVERY_TIME)
    return moment


def parse_moment(text: str) -> UnixMs | None:
    """A date and time in ISO 8601, extended or basic, seconds optional, no zone meaning UTC; None when malformed."""
    match = _ISO_8601.fullmatch(text.strip())
    if match is None:
        return None
    part = match.groupdict(default="0")
    offset = timedelta(hours=int(part["zone_hour"]), minutes=int(part["zone_minute"]))
    try:
        zone = timezone(-offset if part["sign"] == "-" else offset)
        moment = datetime(
            int(part["year"]),
            int(part["month"]),
            int(part["day"]),
            int(part["hour"]),
            int(part["minute"]),
            int(part["second"]),
            int(part["fraction"].ljust(6, "0")[:6]),
            tzinfo=zone,
        )
        return (moment - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None


# --- the forms of a value (rest-api 3.1) ------------------------------------------------------------------------------

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.0*)?")
_FLAG_WORDS: Final = {"": 0, "false": 0, "true": 1}
_NOTHING: Final = frozenset({"0", "false"})
_WORDS: Final = frozenset({str, int, float})
"""The types that stand for a text; a boolean does not."""


def _given(fields: Fields, name: str) -> Any:
    """The value, or None when it is not set: missing, null, 0, empty or false."""
    value = fields.get(name)
    return value if value or type(value) is list or type(value) is dict else None


def _given_text(fields: Fields, name: str) -> Any:
    """As `_given`, where the words 0 and false cannot be meant: XML and query strings have nothing but words."""
    value = _given(fields, name)
    return None if type(value) is str and value.strip().lower() in _NOTHING else value


def _is_set(fields: Fields, name: str) -> bool:
    return _whole(fields, name, 1) == 1


def _whole(fields: Fields, name: str, highest: int) -> int:
    """A number from 1 to `highest`, or 0 when it is not set, whether written as number, string or boolean."""
    value = _given(fields, name)
    if value is None:
        return 0
    number = _number(value)
    if number is None or not 0 <= number <= highest:
        raise _bad(name)
    return number


def _number(value: Any) -> int | None:
    if isinstance(value, int):
        return int(value)
    if type(value) is float:
        return int(value) if value.is_integer() else None
    if type(value) is not str:
        return None
    text = value.strip()
    if _INTEGER.fullmatch(text):
        return int(text.partition(".")[0])
    return _FLAG_WORDS.get(text.lower())


def _words(value: str | float) -> str:
    """A value as the text it stands for: 27990000001 whether it came as a string or a number."""
    if type(value) is float and value.is_integer():
        return str(int(value))
    return str(value)


def _bad(name: str) -> Refusal:
    return Refusal(Reason.BAD_PARAMETER, name)


# --- the table -------------------------------------------------------------------------------------------------------


_Reader = Callable[[Fields, UnixMs], Any]
"""Reads a parameter that is there; None when it is not set after all. Told the time. Raises Refusal."""


def _flag(name: str) -> _Reader:
    return lambda fields, _now: _is_set(fields, name) or None


def _number_to(name: str, highest: int) -> _Reader:
    return lambda fields, _now: _whole(fields, name, highest) or None


_READERS: Final[tuple[tuple[str, str, _Reader], ...]] = (
    ("from", "sender", _sender),
    ("clientMessageId", "client_message_id", _own_id),
    ("callback", "callback", _mask),
    ("mo", "repliable", _flag("mo")),
    ("unicode", "content", _content),
    ("binary", "content", _content),
    ("udh", "content", _content),
    ("userDataHeader", "content", _content),
    ("unicode", "alphabet_given", _flag("unicode")),
    ("binary", "alphabet_given", _flag("binary")),
    ("maxMessageParts", "segments_max", _number_to("maxMessageParts", SEGMENTS_MAX)),
    ("maxCredits", "credits_max", _credits_max),
    ("scheduledDeliveryTime", "scheduled_at", _moment),
    ("validityPeriod", "validity_min", _number_to("validityPeriod", VALIDITY_MIN_MAX)),
    ("userPriorityQueue", "priority", _priority),
    ("escalate", "escalate", _flag("escalate")),
    ("requiredFeatures", "features", _features),
    ("type", "flash", _is_flash),
)
"""Parameter, member of the SendRequest, how it is read: in the order in which they are judged."""
