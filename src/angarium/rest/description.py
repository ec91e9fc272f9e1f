"""The REST API in words of OpenAPI, written by hand: a contract that was here before us is not generated.

Only the codes come from their table, so that none is forgotten. What the API takes beyond this (numbers as strings,
flags as booleans, unknown members) is for programs that work already; new ones do well to write what stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from angarium.core.message import CLIENT_MESSAGE_ID_CHARACTERS_MAX, SEGMENTS_MAX, VALIDITY_MIN_MAX
from angarium.core.refusals import Reason
from angarium.rest.codes import RETRY_AFTER_S, SPELLINGS
from angarium.rest.headers import IDEMPOTENCY_KEY_CHARACTERS_MAX

Json = dict[str, Any]

_TAG: Final = "REST"
_SECURITY: Final = "token"
_SCHEMA: Final = "#/components/schemas/"


def _object(properties: Json, *, required: Iterable[str] = (), description: str = "", is_open: bool = False) -> Json:
    said: Json = {"type": "object", "properties": properties, "required": list(required)}
    if description:
        said["description"] = description
    if not is_open:
        said["additionalProperties"] = False
    return said


def _text(description: str, **more: Any) -> Json:
    return {"type": "string", "description": description, **more}


def _number(low: int, high: int, description: str) -> Json:
    return {"type": "integer", "minimum": low, "maximum": high, "description": description}


def _ref(name: str) -> Json:
    return {"$ref": _SCHEMA + name}


_OWN_ID_MAX: Final = CLIENT_MESSAGE_ID_CHARACTERS_MAX
_SENDER: Final = "^([0-9]{1,16}|[A-Za-z0-9 ]{0,10}[A-Za-z0-9])$"
_HEX: Final = "^([0-9A-Fa-f]{2})+$"
_DIGITS_OF_STATUS: Final = {"type": "string", "pattern": "^[0-9]{3}$"}
_SEND: Final = _object(
    {
        "text": _text("The message.", minLength=1),
        "to": {
            "type": "array",
            "minItems": 1,
            "maxItems": 600,
            "items": _text("International digits, country code first.", pattern="^\\+?[1-9][0-9]{6,14}$"),
            "description": "The recipients: up to 200, or up to 600 where the operator allows it.",
        },
        "from": _text(
            "Up to 16 digits, or up to 11 letters, digits and spaces.", pattern="^[0-9]{1,16}$|^[A-Za-z]{1,11}$"
        ),
        "clientMessageId": _text(
            "The customer's own reference.", minLength=1, maxLength=CLIENT_MESSAGE_ID_CHARACTERS_MAX
        ),
        "callback": _number(0, 7, "Which statuses are pushed: 1 intermediate, 2 final, 4 failures, and their sums."),
        "mo": _number(0, 1, "1: repliable."),
        "unicode": _number(0, 1, "1: the text is UCS-2BE in hex."),
        "binary": _number(0, 1, "1: the text is octets in hex."),
        "udh": _text("User data header in hex, with its length octet.", pattern=_HEX, maxLength=280),
        "maxMessageParts": _number(1, SEGMENTS_MAX, "More parts needed: the message is refused, never cut."),
        "maxCredits": {
            "type": "number",
            "exclusiveMinimum": 0,
            "description": "Ceiling on the charge of each message.",
        },
        "scheduledDeliveryTime": _text("ISO 8601; up to 7 days ahead.", format="date-time"),
        "validityPeriod": _number(1, VALIDITY_MIN_MAX, "Minutes after which it expires."),
        "userPriorityQueue": _number(1, 3, "1 first, among the account's own messages."),
        "escalate": _number(0, 1, "1: allow a costlier route when the chosen one is down."),
        "requiredFeatures": _number(0, 65535, "Bit mask of what a carrier must be able to do."),
        "type": {"type": "string", "enum": ["SMS_DEFAULT", "SMS_FLASH"], "description": "Flash is shown at once."},
    },
    required=("text", "to"),
    description="A send (rest-api 3). Unknown members are ignored; 0, an empty text and false mean: not set.",
    is_open=True,
)
_ERROR: Final = _object(
    {
        "code": _text("Three digits (rest-api 5).", pattern="^[0-9]{3}$"),
        "description": _text("The code in words."),
        "documentation": _text("Where it is explained."),
    },
    required=("code", "description", "documentation"),
)
_ENTRY: Final = _object(
    {
        "accepted": {"type": "boolean"},
        "to": _text("The recipient as normalised; as written when it was refused."),
        "apiMessageId": _text("32 hex digits; empty when it was refused.", pattern="^([0-9a-f]{32})?$"),
        "error": _ref("RestErrorBody"),
    },
    required=("accepted", "to", "apiMessageId"),
)
_STATUS: Final = {
    "charge": {"type": "number", "minimum": 0},
    "messageStatus": _DIGITS_OF_STATUS,
    "description": _text("The status in words."),
    "apiMessageId": _text("32 hex digits.", pattern="^[0-9a-f]{32}$"),
    "clientMessageId": _text("Where the message has one."),
}
_SCHEMAS: Final[Json] = {
    "RestSend": {**_SEND, "xml": {"name": "data"}},
    "RestErrorBody": _ERROR,
    "RestError": _object({"error": _ref("RestErrorBody")}, required=("error",)),
    "RestEntry": _ENTRY,
    "RestEntries": _object(
        {"data": _object({"message": {"type": "array", "items": _ref("RestEntry")}}, required=("message",))},
        required=("data",),
        description="One entry for each recipient, in their order.",
    ),
    "RestStatus": _object(
        {"data": _object(_STATUS, required=("charge", "messageStatus", "description", "apiMessageId"))},
        required=("data",),
    ),
    "RestStopped": _object(
        {
            "data": _object(
                {name: _STATUS[name] for name in ("messageStatus", "description", "apiMessageId")},
                required=("messageStatus", "description", "apiMessageId"),
            )
        },
        required=("data",),
    ),
    "RestCoverage": _object(
        {
            "data": _object(
                {
                    "routable": {"type": "boolean"},
                    "destination": _text("The number as normalised."),
                    "minimumCharge": {"type": "number", "minimum": 0},
                },
                required=("routable", "destination", "minimumCharge"),
            )
        },
        required=("data",),
    ),
    "RestBalance": _object(
        {"data": _object({"balance": _text("Two decimals.", pattern="^-?[0-9]+\\.[0-9]{2}$")}, required=("balance",))},
        required=("data",),
    ),
}

ALWAYS: Final = (
    Reason.AUTHENTICATION_FAILED,
    Reason.ADDRESS_LOCKED_OUT,
    Reason.BAD_PARAMETER,
    Reason.STORE_UNAVAILABLE,
)
"""What any call may be refused for."""
OF_STATUS: Final = (*ALWAYS, Reason.UNKNOWN_MESSAGE, Reason.UNKNOWN_CLIENT_MESSAGE)
OF_SEND: Final = tuple(
    reason for reason in Reason if reason not in {Reason.UNKNOWN_MESSAGE, Reason.UNKNOWN_CLIENT_MESSAGE}
)


def _refusals(reasons: Iterable[Reason], *, schema: Json) -> Json:
    """The answers to what is refused, by status, with all codes that each can have."""
    by_status: dict[int, list[str]] = {}
    for reason in reasons:
        said = SPELLINGS[reason]
        by_status.setdefault(said.http_status, []).append(f"`{said.code}` {said.description}")
    answers: Json = {}
    for status, sentences in sorted(by_status.items()):
        answers[str(status)] = _answer("; ".join(dict.fromkeys(sentences)) + ".", schema)
        if status in {429, 503}:
            seconds = {"schema": {"type": "integer"}, "description": f"Seconds to wait, {RETRY_AFTER_S} as a rule."}
            answers[str(status)]["headers"] = {"Retry-After": seconds}
        elif status == 401:
            answers[str(status)]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return answers


def _answer(description: str, schema: Json) -> Json:
    return {
        "description": description,
        "content": {
            "application/json": {"schema": schema},
            "application/xml": {"schema": {"type": "object", "xml": {"name": "response"}}},
        },
    }


def _operation(name: str, summary: str, *parameters: Json, answers: Json, description: str = "") -> Json:
    said: Json = {
        "operationId": name,
        "tags": [_TAG],
        "summary": summary,
        "security": [{_SECURITY: []}],
        "parameters": [{"$ref": "#/components/parameters/RestVersion"}, *parameters],
        "responses": answers,
    }
    if description:
        said["description"] = description
    return said


def _parameter(name: str, place: str, schema: Json, description: str, *, required: bool) -> Json:
    return {"name": name, "in": place, "required": required, "description": description, "schema": schema}


_ONLY_ERROR: Final = _ref("RestError")
_MESSAGE_PLACE: Final = _parameter(
    "apiMessageId",
    "path",
    {"type": "string", "pattern": "^[0-9a-fA-F]{32}$"},
    "As returned when the message was sent.",
    required=True,
)
_NUMBER_PLACE: Final = _parameter(
    "msisdn", "path", {"type": "string", "minLength": 1, "maxLength": 50}, "Any number.", required=True
)
_PATHS: Final[Json] = {
    "/rest/message": {
        "post": {
            **_operation(
                "rest_send",
                "Send a message to one or more recipients",
                _parameter(
                    "Idempotency-Key",
                    "header",
                    {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": IDEMPOTENCY_KEY_CHARACTERS_MAX},
                    "Makes the send repeatable: the same key and body give the same reply for 24 hours (rest-api 3.3).",
                    required=False,
                ),
                answers={
                    "202": _answer("All are accepted: they are safe on disk.", _ref("RestEntries")),
                    "207": _answer("Results differ: each entry says its own.", _ref("RestEntries")),
                    **_refusals(OF_SEND, schema={"anyOf": [_ref("RestError"), _ref("RestEntries")]}),
                },
                description="When all recipients are refused alike, the status is that of their code, and the body has "
                "an entry for each.",
            ),
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": _ref("RestSend")},
                    "application/xml": {
                        "schema": {
                            "type": "object",
                            "properties": {"data": _ref("RestSend")},
                            "required": ["data"],
                            "xml": {"name": "request"},
                        }
                    },
                },
            },
        },
        "get": _operation(
            "rest_status_by_own_id",
            "Show where the newest message with your own id stands",
            _parameter(
                "clientMessageId",
                "query",
                {"type": "string", "minLength": 1, "maxLength": _OWN_ID_MAX},
                "The reference given when it was sent.",
                required=True,
            ),
            answers={
                "200": _answer("Where it stands.", _ref("RestStatus")),
                **_refusals(OF_STATUS, schema=_ONLY_ERROR),
            },
        ),
    },
    "/rest/message/{apiMessageId}": {
        "get": _operation(
            "rest_status",
            "Show where a message stands",
            _MESSAGE_PLACE,
            answers={
                "200": _answer("Where it stands.", _ref("RestStatus")),
                **_refusals(OF_STATUS, schema=_ONLY_ERROR),
            },
        ),
        "delete": _operation(
            "rest_stop",
            "Stop a message that has not left",
            _MESSAGE_PLACE,
            answers={
                "200": _answer("Where it stands now: 006 when it was stopped.", _ref("RestStopped")),
                **_refusals((*ALWAYS, Reason.UNKNOWN_MESSAGE), schema=_ONLY_ERROR),
            },
        ),
    },
    "/rest/coverage/{msisdn}": {
        "get": _operation(
            "rest_coverage",
            "Show whether a number is served, and what a part to it costs",
            _parameter(
                "msisdn", "path", {"type": "string", "minLength": 1, "maxLength": 50}, "Any number.", required=True
            ),
            answers={
                "200": _answer("Also when it is not routable.", _ref("RestCoverage")),
                **_refusals(ALWAYS, schema=_ONLY_ERROR),
                "404": _answer("`101` Invalid or missing parameter: path.", _ONLY_ERROR),
            },
        )
    },
    "/rest/account/balance": {
        "get": _operation(
            "rest_balance",
            "Show what the account can still spend",
            answers={
                "200": _answer("Free credit, without what is reserved.", _ref("RestBalance")),
                **_refusals(ALWAYS, schema=_ONLY_ERROR),
            },
        )
    },
}

DOCUMENT: Final[Json] = {
    "tags": [
        {
            "name": _TAG,
            "description": "For the programs of customers: the archived SMS REST API, in JSON and XML. `Content-Type` "
            "and `Accept` choose the format of each side on its own. A token belongs to one API connection.",
        }
    ],
    "paths": _PATHS,
    "components": {
        "schemas": _SCHEMAS,
        "parameters": {
            "RestVersion": _parameter(
                "X-Version", "header", {"type": "string", "enum": ["1"]}, "The only version there is.", required=False
            )
        },
        "securitySchemes": {
            _SECURITY: {"type": "http", "scheme": "bearer", "description": "The token of an API connection."}
        },
    },
}
"""Tags, paths and components, to be taken into the one document of this server."""
