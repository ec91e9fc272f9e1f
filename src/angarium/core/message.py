"""What a customer asks us to send, and what became of the asking."""

from __future__ import annotations

from binascii import unhexlify
from enum import IntEnum
from typing import Final, NamedTuple

from angarium.core.clocktime import DAY_MS, MINUTE_MS, UnixMs
from angarium.core.credit import Credits
from angarium.core.features import Needs
from angarium.core.refusals import Reason, Refusal
from angarium.text import ucs2
from angarium.text.errors import BadHex, BadUserDataHeader
from angarium.text.segments import Content

VALIDITY_MIN_DEFAULT: Final = 1440
VALIDITY_MIN_MAX: Final = 10_080
SCHEDULE_AHEAD_MAX_MS: Final = 7 * DAY_MS
CLIENT_MESSAGE_ID_CHARACTERS_MAX: Final = 64
SEGMENTS_MAX: Final = 35
RECEIPT_MARGIN_MS: Final = 60 * MINUTE_MS
"""How long after its validity a message waits for a missing receipt before it ends as unknown (delivery 3)."""


class Priority(IntEnum):
    """Order among one account's own queued messages."""

    HIGH = 1
    MIDDLE = 2
    LOW = 3


class SendRequest(NamedTuple):
    """One send, whichever wire it came over: the same content for 1 to 600 recipients."""

    recipients: tuple[str, ...]
    content: Content
    sender: str | None = None
    client_message_id: str | None = None
    callback: int = 0
    """Which statuses to push: the mask of rest-api 8.2, 0 to 7."""
    segments_max: int | None = None
    scheduled_at: UnixMs | None = None
    validity_min: int = VALIDITY_MIN_DEFAULT
    priority: Priority = Priority.LOW
    flash: bool = False
    alphabet_given: bool = False
    """The customer spelled the units or octets of the content (unicode, binary): nobody may spell them otherwise."""
    credits_max: Credits | None = None
    """Ceiling on the charge of each message."""
    escalate: bool = False
    """Allow a costlier route when the chosen one is down or slow."""
    features: Needs = 0
    """What the customer asks of a carrier, beside what the content needs."""
    repliable: bool = False
    """From the connection's own inbound number, so that it can be answered."""
    despite_opt_out: bool = False
    """For what tells a handset that it has opted out; customers cannot set it."""


class Accepted(NamedTuple):
    """This recipient's message is stored and its credit reserved."""

    recipient: int
    message_id: int


class Refused(NamedTuple):
    """This recipient's message was not taken; `recipient` is what the customer wrote."""

    recipient: str
    refusal: Refusal


Result = Accepted | Refused


def content_of(text: str, *, is_unicode: bool = False, is_binary: bool = False, header: bytes = b"") -> Content:
    """What a customer's text means: itself, or units or octets in hex (rest-api 3, `unicode`, `binary`, `udh`).

    Raises Refusal for hex that is none, for both flags at once, and for a header that is wrong or leaves no room.
    """
    if is_unicode and is_binary:
        raise Refusal(Reason.BAD_PARAMETER, "binary")
    try:
        if is_unicode:
            return Content.of_ucs2(ucs2.parse_hex(text), header)
        if is_binary:
            return Content.of_binary(unhexlify(text), header)
        return Content.of_text(text, header)
    except BadHex:
        raise Refusal(Reason.BAD_UNICODE) from None
    except BadUserDataHeader:
        raise Refusal(Reason.BAD_USER_DATA_HEADER) from None
    except ValueError:
        raise Refusal(Reason.BAD_PARAMETER, "text") from None
