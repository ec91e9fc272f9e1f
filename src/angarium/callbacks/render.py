"""How a notification is spelled: what its request holds for each kind of target (rest-api 8.3, 8.4, 8.6).

What is the same for every notification of a target is made once (`PreparedTarget`); the rest is put together per
notification. Names and their order are the legacy API's and differ from its JSON replies on purpose.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import quote
from xml.sax.saxutils import escape

import msgspec

import angarium
from angarium.callbacks.connection import Endpoint
from angarium.callbacks.signing import BadSecret, read_secret, sign
from angarium.callbacks.urls import BadUrl, HttpUrl, read_url
from angarium.core.account import CallbackMethod, CallbackTarget, InboundCharset, ReplyTarget
from angarium.core.clocktime import SECOND_MS, UnixMs
from angarium.core.credit import CREDIT, Credits
from angarium.core.notification import StatusNotification

USER_AGENT: Final = f"Angarium/{angarium.__version__}"
CREDENTIAL_OCTETS_MAX: Final = 255
SECRETS_MAX: Final = 4

_CONTENT_TYPES: Final = {
    CallbackMethod.GET: None,
    CallbackMethod.POST: b"Content-Type: application/x-www-form-urlencoded\r\n",
    CallbackMethod.JSON: b"Content-Type: application/json\r\n",
    CallbackMethod.XML: b"Content-Type: application/x-www-form-urlencoded\r\n",
}
_XML_NAMES: Final = ("api_id", "apiMsgId", "cliMsgId", "timestamp", "to", "from", "status", "charge")
_XML_FIELD: Final = (
    "data=%3Ccallback%3E" + "".join(f"%3C{name}%3E{{}}%3C%2F{name}%3E" for name in _XML_NAMES) + "%3C%2Fcallback%3E"
)
_is_unreserved: Final = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch  # the same in a URL, in XML and in a JSON string
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_encode_json: Final = msgspec.json.Encoder().encode


class BadTarget(ValueError):
    """Nothing can be sent to this target; the message says what to change."""


@dataclass(frozen=True, slots=True)
class PreparedTarget:
    """A target, read and checked, with everything that does not change from one notification to the next."""

    method: CallbackMethod
    endpoint: Endpoint
    url: HttpUrl
    host: bytes
    path: bytes
    """For GET up to where our own names begin; else path and query."""
    headers: bytes
    credentials: bytes
    content_type: bytes | None
    """A whole header line; None for GET, which has no body."""
    keys: tuple[bytes, ...]
    inbound_charset: InboundCharset = InboundCharset.LEGACY


class Spelled(NamedTuple):
    """The parts of one request that depend on the notification. Header blocks end in CRLF, or are empty."""

    target: bytes
    headers: bytes
    entity: bytes
    body: bytes


def prepare(target: CallbackTarget) -> PreparedTarget:
    """Read a target, or raise BadTarget with a sentence for whoever set it (rest-api 8.1).

    `signing_secret` may hold several secrets separated by spaces, the newest first: all of them sign.
    """
    try:
        url = read_url(target.url)
        keys = tuple(read_secret(secret) for secret in target.signing_secret.split())
    except (BadUrl, BadSecret) as error:
        raise BadTarget(str(error)) from error
    if len(keys) > SECRETS_MAX:
        raise BadTarget(f"A target has at most {SECRETS_MAX} signing secrets at a time.")
    path = url.target.encode("ascii")
    if target.method is CallbackMethod.GET:
        query = url.query.rstrip("&")
        path = f"{url.path}?{query}{'&' if query else ''}".encode("ascii")
    return PreparedTarget(
        method=target.method,
        endpoint=Endpoint(url.scheme, url.host, url.port, target.verify_tls or url.scheme == "http"),
        url=url,
        host=url.authority.encode("ascii"),
        path=path,
        headers=f"User-Agent: {USER_AGENT}\r\nAccept: */*\r\n".encode("ascii"),
        credentials=_basic(target.user_name, target.password),
        content_type=_CONTENT_TYPES[target.method],
        keys=keys,
        inbound_charset=target.charset if isinstance(target, ReplyTarget) else InboundCharset.LEGACY,
    )


def spell_status(prepared: PreparedTarget, notification: StatusNotification, *, public_id: str, now: UnixMs) -> Spelled:
    """One status of one message, in the target's form. `public_id` is the message's id as customers know it."""
    content = _STATUS_FORMS[prepared.method](notification, public_id)
    # One message is told each status once, so its id and the status name this notification in every attempt.
    return wrapped(prepared, content.encode(), webhook_id=f"{public_id}-{notification.status_code:03d}", now=now)


def wrapped(prepared: PreparedTarget, content: bytes, *, webhook_id: str, now: UnixMs) -> Spelled:
    """Put the content where the target's method wants it, and sign what the receiver will read as body or query."""
    target = prepared.path
    entity = body = b""
    if prepared.content_type is None:
        target += content
    else:
        body = content
        entity = b"%bContent-Length: %d\r\n" % (prepared.content_type, len(body))
    timestamp_s = now // SECOND_MS
    lines = f"webhook-id: {webhook_id}\r\nwebhook-timestamp: {timestamp_s}\r\n"
    if prepared.keys:
        # Of a GET, the raw query string is signed, with what stood in the URL before (rest-api 8.6).
        signed = body or target[target.index(b"?") + 1 :]
        signature = sign(prepared.keys, webhook_id=webhook_id, timestamp_s=timestamp_s, body=signed)
        lines += f"webhook-signature: {signature}\r\n"
    return Spelled(target, prepared.headers + lines.encode(), entity, body)


def _status_form(notification: StatusNotification, public_id: str) -> str:
    """All eight names, always, in this order: a parser that works today drops the call otherwise (rest-api 8.3)."""
    charge = notification.charge
    return (
        f"api_id={notification.connection_id}&apiMsgId={public_id}"
        f"&cliMsgId={_percent(notification.client_message_id)}&timestamp={notification.changed_at // SECOND_MS}"
        f"&to={notification.recipient}&from={_percent(notification.sender)}"
        f"&status={notification.status_code:03d}&charge={charge // CREDIT}.{charge % CREDIT:06d}"
    )


def _status_json(notification: StatusNotification, public_id: str) -> str:
    return (
        f'{{"data":{{"apiId":{notification.connection_id},"apiMessageId":"{public_id}",'
        f'"clientMessageId":{_json_text(notification.client_message_id)},'
        f'"timestamp":{notification.changed_at // SECOND_MS},"to":"{notification.recipient}",'
        f'"from":{_json_text(notification.sender)},"charge":{_json_charge(notification.charge)},'
        f'"messageStatus":"{notification.status_code:03d}"}}}}'
    )


def _status_xml(notification: StatusNotification, public_id: str) -> str:
    """The form field `data` with its XML, percent-encoded: the markup once and for all, only the values each time."""
    charge = notification.charge
    return _XML_FIELD.format(
        notification.connection_id,
        public_id,
        _xml_text(notification.client_message_id),
        notification.changed_at // SECOND_MS,
        notification.recipient,
        _xml_text(notification.sender),
        f"{notification.status_code:03d}",
        f"{charge // CREDIT}.{charge % CREDIT:06d}",
    )


_STATUS_FORMS: Final = {
    CallbackMethod.GET: _status_form,
    CallbackMethod.POST: _status_form,
    CallbackMethod.JSON: _status_json,
    CallbackMethod.XML: _status_xml,
}


def _percent(text: str) -> str:
    """As a value in a query or form. A blank is `%20`, which every reader takes for a blank, unlike a plus sign."""
    return text if _is_unreserved(text) else quote(text, safe="", errors="replace")


def _json_text(text: str) -> str:
    return f'"{text}"' if _is_unreserved(text) else _encode_json(text.encode("utf-8", "replace").decode()).decode()


def _json_charge(charge: Credits) -> str:
    """A JSON number without an exponent or needless zeros: 1, 0.8, 0.000001."""
    whole, rest = divmod(charge, CREDIT)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


def _xml_text(text: str) -> str:
    """Escaped, then percent-encoded. What XML 1.0 cannot hold at all becomes a replacement character."""
    return text if _is_unreserved(text) else quote(escape(_NOT_XML.sub("\ufffd", text)), safe="")


def _basic(user_name: str, password: str) -> bytes:
    """The Authorization header of HTTP basic (RFC 7617), in UTF-8; nothing when there are neither."""
    if not user_name and not password:
        return b""
    if ":" in user_name:
        raise BadTarget("A user name for HTTP basic cannot hold a colon.")
    pair = f"{user_name}:{password}"
    if not pair.isprintable():
        raise BadTarget("User name and password cannot hold control characters.")
    octets = pair.encode("utf-8", "replace")
    if len(octets) > CREDENTIAL_OCTETS_MAX:
        raise BadTarget(f"User name and password are longer than {CREDENTIAL_OCTETS_MAX} octets together.")
    return b"Authorization: Basic %b\r\n" % base64.b64encode(octets)
