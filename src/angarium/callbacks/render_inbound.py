"""How a message from a handset is spelled for the reply URL of its owner (rest-api 9.1 to 9.3).

Names and their order are the legacy API's, and so is its clock: GMT+2, without saying so.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from urllib.parse import quote_from_bytes

from angarium.callbacks.render import PreparedTarget, Spelled, wrapped
from angarium.core.account import CallbackMethod, InboundCharset
from angarium.core.clocktime import UnixMs
from angarium.core.notification import InboundNotification
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content

LEGACY_ZONE: Final = timezone(timedelta(hours=2))
LATIN_1: Final = "ISO-8859-1"
UTF_16: Final = "UTF-16BE"
UTF_8: Final = "UTF-8"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def spell_inbound(
    prepared: PreparedTarget, notification: InboundNotification, *, public_id: str, now: UnixMs
) -> Spelled:
    """One inbound message in the target's form. `public_id` is its id as customers know it, `moMsgId`."""
    charset, octets = text_in(notification.content, prepared.inbound_charset)
    spelled = _FORMS[prepared.method](notification, public_id, charset, octets)
    # An inbound message is told once, so its id names the notification in every attempt.
    return wrapped(prepared, spelled.encode("ascii"), webhook_id=public_id, now=now)


def text_in(content: Content, charset: InboundCharset) -> tuple[str, bytes]:
    """The charset of a content's text, and the text in it; binary is its octets, as ISO-8859-1 would show them.

    What came as UCS-2 stays that, also where a shorter charset could hold it: so it was in the legacy API.
    """
    if content.alphabet is Alphabet.BINARY:
        return LATIN_1, content.payload
    text = content.text()
    if charset is InboundCharset.UTF_8:
        return UTF_8, text.encode("utf-8", "replace")
    if content.alphabet is Alphabet.GSM7:
        try:
            return LATIN_1, text.encode("latin-1")
        except UnicodeEncodeError:
            pass
    return UTF_16, text.encode("utf-16-be", "replace")


def legacy_time(at: UnixMs) -> str:
    """A moment as `YYYY-MM-DD hh:mm:ss` at GMT+2 (rest-api 9.1)."""
    moment = (_EPOCH + timedelta(milliseconds=at)).astimezone(LEGACY_ZONE)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _form(notification: InboundNotification, public_id: str, charset: str, octets: bytes) -> str:
    return (
        f"api_id={notification.connection_id}&moMsgId={public_id}"
        f"&from={_percent(notification.sender.encode())}&to={_percent(notification.recipient.encode())}"
        f"&timestamp={_percent(legacy_time(notification.received_at).encode())}&text={_percent(octets)}"
        f"&charset={charset}&udh={notification.content.udh.hex()}"
    )


def _xml(notification: InboundNotification, public_id: str, charset: str, octets: bytes) -> str:
    """The form field `data`. The text is percent-encoded within the document too: else UTF-16BE could not be in it."""
    document = (
        f"<clickmo><api_id>{notification.connection_id}</api_id><moMsgId>{public_id}</moMsgId>"
        f"<from>{_percent(notification.sender.encode())}</from><to>{_percent(notification.recipient.encode())}</to>"
        f"<timestamp>{legacy_time(notification.received_at)}</timestamp><text>{_percent(octets)}</text>"
        f"<charset>{charset}</charset><udh>{notification.content.udh.hex()}</udh></clickmo>"
    )
    return f"data={_percent(document.encode())}"


def _json(notification: InboundNotification, public_id: str, charset: str, octets: bytes) -> str:
    """No other members, and blanks as plus signs, as they were (rest-api 9.3)."""
    return (
        f'{{"data":{{"apiId":{notification.connection_id},"moMessageId":"{public_id}",'
        f'"from":"{_percent(notification.sender.encode())}","to":"{_percent(notification.recipient.encode())}",'
        f'"timestamp":"{legacy_time(notification.received_at)}","charset":"{charset}",'
        f'"udh":"{notification.content.udh.hex()}","text":"{_percent(octets).replace("%20", "+")}"}}}}'
    )


_FORMS: Final = {
    CallbackMethod.GET: _form,
    CallbackMethod.POST: _form,
    CallbackMethod.JSON: _json,
    CallbackMethod.XML: _xml,
}


def _percent(octets: bytes) -> str:
    """As a value in a query or form. Numbers go through unchanged; names of senders may hold anything."""
    return quote_from_bytes(octets, safe="")
