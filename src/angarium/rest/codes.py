"""THE table of codes (rest-api 5) and of status descriptions (rest-api 7).

Every refusal the product knows has its row here, and every number of the published list has its words, also those that
this server has no occasion to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from angarium.core.refusals import Reason, Refusal

RETRY_AFTER_S: Final = 5
"""What 429 and 503 ask of a client when nobody knows better, in seconds."""


class Spelling(NamedTuple):
    """How a refusal is said on this wire."""

    http_status: int
    code: str
    description: str


SPELLINGS: Final[Mapping[Reason, Spelling]] = {
    Reason.AUTHENTICATION_FAILED: Spelling(401, "001", "Authentication failed"),
    Reason.ADDRESS_LOCKED_OUT: Spelling(401, "007", "IP lockdown violation"),
    Reason.DATA_MALFORMED: Spelling(400, "100", "Data malformed"),
    Reason.BAD_PARAMETER: Spelling(400, "101", "Invalid or missing parameter"),
    Reason.KEY_REUSED: Spelling(409, "101", "Invalid or missing parameter: Idempotency-Key"),
    Reason.BODY_TOO_LARGE: Spelling(413, "101", "Invalid or missing parameter: body"),
    Reason.BAD_USER_DATA_HEADER: Spelling(400, "102", "Invalid user data header"),
    Reason.UNKNOWN_MESSAGE: Spelling(404, "103", "Unknown API message ID"),
    Reason.UNKNOWN_CLIENT_MESSAGE: Spelling(404, "104", "Unknown client message ID"),
    Reason.BAD_RECIPIENT: Spelling(400, "105", "Invalid Destination Address"),
    Reason.BAD_SENDER: Spelling(400, "106", "Invalid source address"),
    Reason.EMPTY_MESSAGE: Spelling(400, "107", "Empty message"),
    Reason.TOO_MANY_SEGMENTS: Spelling(400, "113", "Maximum message parts exceeded"),
    Reason.NO_ROUTE: Spelling(410, "114", "Cannot route message"),
    Reason.BAD_UNICODE: Spelling(400, "116", "Invalid Unicode data"),
    Reason.BAD_DELIVERY_TIME: Spelling(400, "120", "Invalid delivery time"),
    Reason.BLOCKED: Spelling(410, "121", "Destination mobile number blocked"),
    Reason.DELISTED: Spelling(410, "128", "Number delisted"),
    Reason.OPTED_OUT: Spelling(410, "122", "Destination mobile opted out"),
    Reason.LIMIT_REACHED: Spelling(429, "130", "Maximum MT limit exceeded"),
    Reason.NO_CREDIT: Spelling(402, "301", "No credit left"),
    Reason.STORE_UNAVAILABLE: Spelling(503, "901", "Internal error"),
}
"""Every reason to say no, in the words of rest-api 5."""

INVALID_PARAMETER: Final = "101"
INTERNAL_ERROR: Final = "901"


def spelling(refusal: Refusal) -> Spelling:
    """How this refusal is said; a parameter is named in the description (rest-api 5, code 101)."""
    said = SPELLINGS[refusal.reason]
    if refusal.parameter and said.code == INVALID_PARAMETER:
        return Spelling(said.http_status, said.code, f"Invalid or missing parameter: {refusal.parameter}")
    return said


STATUS_DESCRIPTIONS: Final[Mapping[int, str]] = {
    1: "Message unknown",
    2: "Message queued",
    3: "Delivered to gateway",
    4: "Received by recipient",
    5: "Error with message",
    6: "User cancelled message delivery",
    7: "Error delivering message",
    8: "OK",
    9: "Routing error",
    10: "Message expired",
    11: "Message queued for later delivery",
    12: "Out of credit",
    14: "Maximum MT limit exceeded",
}
"""The words for each status number (rest-api 7)."""


class Explanation(NamedTuple):
    """What the page behind a code's `documentation` link says (rest-api 5)."""

    code: str
    description: str
    meaning: str
    cure: str


_MEANINGS: Final[Mapping[Reason, str]] = {
    Reason.AUTHENTICATION_FAILED: "The Authorization header is missing, is not of the form “Bearer TOKEN”, or holds a "
    "token that is unknown or revoked.",
    Reason.ADDRESS_LOCKED_OUT: "This connection may only be used from the addresses on its list, and the call came "
    "from another, or through a proxy that did not say from where.",
    Reason.DATA_MALFORMED: "The body is not the JSON or XML that its Content-Type promises. XML with a DOCTYPE is "
    "never read.",
    Reason.BAD_PARAMETER: "A parameter, header or part of the address is missing, out of range, or not allowed here. "
    "The description names it.",
    Reason.BAD_USER_DATA_HEADER: "The parameter udh is not hex, its lengths do not agree, or it leaves no room for "
    "the text.",
    Reason.UNKNOWN_MESSAGE: "No message of this account has this id.",
    Reason.UNKNOWN_CLIENT_MESSAGE: "No message of this account was sent with this clientMessageId.",
    Reason.BAD_RECIPIENT: "The recipient is not a phone number in international form.",
    Reason.BAD_SENDER: "The parameter from is not a number of up to 16 digits nor a name of up to 11 letters, digits "
    "and spaces, or it is not one of the account's senders.",
    Reason.EMPTY_MESSAGE: "The message has no text.",
    Reason.TOO_MANY_SEGMENTS: "The text needs more parts than this message or this connection allows. Nothing was "
    "cut off, and nothing was sent.",
    Reason.NO_ROUTE: "No carrier serves this destination, the account may not write to its country, or it is an "
    "emergency number.",
    Reason.BAD_UNICODE: "With unicode=1 the text must be hex digits, four for each 16-bit unit.",
    Reason.BAD_DELIVERY_TIME: "The scheduledDeliveryTime is not an ISO 8601 time, lies in the past, or is more than "
    "7 days ahead.",
    Reason.BLOCKED: "The operator does not send to this number, or not for this account.",
    Reason.DELISTED: "This number is out of service or has another owner now, so it has been taken off the list of "
    "those that may be written to.",
    Reason.OPTED_OUT: "The person behind this number asked not to be written to by this sender.",
    Reason.LIMIT_REACHED: "The account or the connection sends faster, or more in a day or a month, than its limit "
    "allows.",
    Reason.NO_CREDIT: "The account's free credit does not cover this message.",
    Reason.STORE_UNAVAILABLE: "The server could not keep the message safe, so it did not take it.",
}

_OTHERS: Final = (
    Explanation(
        "108",
        "Invalid or missing API ID",
        "The API connection that the call names does not exist.",
        "Check the API ID; calls with a token do not need one.",
    ),
    Explanation("109", "Missing message ID", "The call names no message.", "Give the apiMessageId."),
)
"""Codes of the published list for which this server has no refusal of its own (yet)."""


def _explain() -> dict[str, Explanation]:
    explanations = {explanation.code: explanation for explanation in _OTHERS}
    for reason, meaning in _MEANINGS.items():
        _, code, description = SPELLINGS[reason]
        explanations[code] = Explanation(code, description, meaning, reason.value)
    return dict(sorted(explanations.items()))


EXPLANATIONS: Final[Mapping[str, Explanation]] = _explain()
"""Each code's page, by its three digits."""
