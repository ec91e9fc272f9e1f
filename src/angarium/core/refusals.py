"""Every reason to say no to a customer, with its cure. Edges decide how it is spelled on their wire."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why we will not take a request or a message. The value is the cure: what the customer can do."""

    AUTHENTICATION_FAILED = "Send a valid token in the Authorization header."
    ADDRESS_LOCKED_OUT = "Call from an address that the connection lists, or have this one added to its list."
    DATA_MALFORMED = "Send a body that parses as the format its Content-Type names."
    BAD_PARAMETER = "Correct the named parameter."
    KEY_REUSED = "Give each new request a key of its own, and repeat a request with the body that it had."
    BODY_TOO_LARGE = "Send a smaller body; split the recipients over several requests."
    BAD_USER_DATA_HEADER = "Send a user data header whose length octet counts the octets after it."
    UNKNOWN_MESSAGE = "Check the apiMessageId; it is 32 hex digits, as returned when the message was sent."
    UNKNOWN_CLIENT_MESSAGE = "Check the clientMessageId; it must be one given when the message was sent."
    BAD_RECIPIENT = "Give the number in international form: country code first, digits only, no leading 00."
    BAD_SENDER = "Use a sender registered for the account: up to 16 digits, or up to 11 letters, digits and spaces."
    EMPTY_MESSAGE = "Give the message a text."
    TOO_MANY_SEGMENTS = "Shorten the text, or raise maxMessageParts."
    NO_ROUTE = "Ask the operator whether this destination is served."
    BAD_UNICODE = "With unicode=1, send the text as UCS-2BE in hex digits."
    BAD_DELIVERY_TIME = "Give a time in ISO 8601, at most 7 days ahead."
    BLOCKED = "Take the number off your list, or ask the operator."
    OPTED_OUT = "Take the number off your list until its owner opts in again."
    DELISTED = "Take the number off your list: its owner has changed or given it up."
    LIMIT_REACHED = "Wait as long as Retry-After says, or ask the operator for a higher limit."
    NO_CREDIT = "Buy credit."
    STORE_UNAVAILABLE = "Nothing was accepted: send the request again in a moment."


@dataclass(unsafe_hash=True)
class Refusal(Exception):
    """We will not take it. `parameter` names what to correct, where that helps.

    Not frozen, although nobody changes one: whoever passes an exception on sets its traceback.
    """

    reason: Reason
    parameter: str = ""
    retry_after_s: int | None = None
    """After how many seconds it can succeed, where that is known."""
