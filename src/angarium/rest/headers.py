"""The headers of a call: version, formats both ways, idempotency key (rest-api 1.4 to 1.6, 3.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from angarium.core.refusals import Reason, Refusal
from angarium.rest.charsets import known_charset
from angarium.rest.json_form import JsonForm
from angarium.rest.wire import Form
from angarium.rest.xml_form import XmlForm

Headers = Mapping[bytes, bytes]

JSON: Final[Form] = JsonForm()
XML: Final[Form] = XmlForm()

VERSION: Final = b"1"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
IDEMPOTENCY_KEY_CHARACTERS_MAX: Final = 255

_FORMS: Final[Mapping[bytes, Form]] = {
    b"application/json": JSON,
    b"application/xml": XML,
    b"text/xml": XML,
}
_ACCEPTS: Final[Mapping[bytes, Form]] = {**_FORMS, b"*/*": JSON, b"": JSON}
"""What most clients say, word for word; anything else is weighed."""


def check_version(headers: Headers) -> None:
    """Raises Refusal for any X-Version but 1; a missing one counts as 1 (rest-api 1.4)."""
    if headers.get(b"x-version", VERSION) != VERSION:
        raise Refusal(Reason.BAD_PARAMETER, "X-Version")


def idempotency_key(headers: Headers) -> str | None:
    """The Idempotency-Key, if there is one; raises Refusal for one that is empty or too long (rest-api 3.3)."""
    key = headers.get(b"idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_CHARACTERS_MAX:
        raise Refusal(Reason.BAD_PARAMETER, IDEMPOTENCY_KEY)
    return key.decode("latin-1")


def body_form(headers: Headers) -> tuple[Form, str]:
    """The form and the charset of the request's body; raises Refusal when it is none we read (rest-api 1.5)."""
    content_type = headers.get(b"content-type", b"")
    form = _FORMS.get(content_type)
    if form is not None:
        return form, ""
    media_type, _, parameters = content_type.partition(b";")
    form = _FORMS.get(media_type.strip().lower())
    if form is None:
        raise Refusal(Reason.BAD_PARAMETER, "Content-Type")
    return form, _charset(parameters)


def _charset(parameters: bytes) -> str:
    for parameter in parameters.decode("latin-1").split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return known_charset(value)
    return ""


# --- Accept (RFC 9110, 12.5.1) ---------------------------------------------------------------------------------------

_JSON_RANGES: Final = (b"application/json", b"application/*", b"*/*")
_XML_RANGES: Final = (b"application/xml", b"text/xml", b"application/*", b"text/*", b"*/*")
"""From the most to the least specific: the first one that a client names is the one that counts."""
_WEIGHT: Final = re.compile(rb"0?(?:\.[0-9]{0,9})?|1(?:\.0{0,9})?")


def reply_form(headers: Headers) -> Form | None:
    """The form that suits the Accept header best: JSON when it is missing, None when it allows neither (rest-api 1.6).

    Of two that suit equally well, the one named first is taken, and JSON when none is named. What is malformed in a
    weight is ignored; a range that is malformed allows nothing.
    """
    accept = headers.get(b"accept", b"")
    form = _ACCEPTS.get(accept)
    if form is not None:
        return form
    weights: dict[bytes, tuple[float, int]] = {}
    for place, element in enumerate(accept.lower().split(b",")):
        media_range, *parameters = [part.strip() for part in element.split(b";")]
        # Old Java clients write a lone star.
        media_range = b"*/*" if media_range == b"*" else media_range
        if media_range:
            weights.setdefault(media_range, (_weight(parameters), place))
    if not weights:
        return JSON
    json_weight, json_place = _best(weights, _JSON_RANGES)
    xml_weight, xml_place = _best(weights, _XML_RANGES)
    if not json_weight and not xml_weight:
        return None
    return XML if (xml_weight, -xml_place) > (json_weight, -json_place) else JSON


def _weight(parameters: list[bytes]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        value = value.strip()
        if name.strip() == b"q" and value not in {b"", b"."} and _WEIGHT.fullmatch(value):
            return float(value)
    return 1.0


def _best(weights: Mapping[bytes, tuple[float, int]], ranges: tuple[bytes, ...]) -> tuple[float, int]:
    return next((weights[media_range] for media_range in ranges if media_range in weights), (0.0, 0))
