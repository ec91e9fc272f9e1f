"""Inbound messages are spelled exactly as programs of the legacy API read them (rest-api 9.1 to 9.3)."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, parse_qsl, unquote_to_bytes
from xml.etree import ElementTree as ET

import pytest

from angarium.callbacks.render import Spelled, prepare
from angarium.callbacks.render_inbound import legacy_time, spell_inbound
from angarium.callbacks.signing import verify, write_secret
from angarium.core.account import CallbackMethod, InboundCharset, ReplyTarget
from angarium.core.notification import InboundNotification
from angarium.text.segments import Content

PUBLIC_ID = "0123456789abcdef0123456789abcdef"
NOW = 1_700_000_123_999
RECEIVED_AT = 1_433_147_436_500
"""2015-06-01 08:30:36 UTC, which is 10:30:36 at GMT+2."""
INBOUND = InboundNotification(
    message_id=77,
    connection_id=12345,
    sender="27990000001",
    recipient="27999123456",
    content=Content.of_text("see you there"),
    received_at=RECEIVED_AT,
    attempts=0,
)
NAMES = ["api_id", "moMsgId", "from", "to", "timestamp", "text", "charset", "udh"]


def spell(method: CallbackMethod, content: Content | None = None, **rest: object) -> Spelled:
    """Spell an inbound message for a reply URL."""
    target = ReplyTarget(url="http://mo.example/in?key=1", method=method, **rest)  # type: ignore[arg-type]
    notification = INBOUND if content is None else INBOUND._replace(content=content)
    return spell_inbound(prepare(target), notification, public_id=PUBLIC_ID, now=NOW)


def test_a_get_has_all_eight_names_in_their_order() -> None:
    """The query is the legacy one, octet for octet (rest-api 9.1)."""
    spelled = spell(CallbackMethod.GET)

    assert spelled.target == (
        b"/in?key=1&api_id=12345&moMsgId=0123456789abcdef0123456789abcdef&from=27990000001&to=27999123456"
        b"&timestamp=2015-06-01%2010%3A30%3A36&text=see%20you%20there&charset=ISO-8859-1&udh="
    )
    assert spelled.body == b""


def test_a_post_is_the_same_as_a_form() -> None:
    """The names stand in the body, and the URL's own query stays where it is (rest-api 9.1)."""
    spelled = spell(CallbackMethod.POST)

    assert spelled.target == b"/in?key=1"
    assert [name for name, _ in parse_qsl(spelled.body.decode(), keep_blank_values=True)] == NAMES
    assert b"Content-Type: application/x-www-form-urlencoded" in spelled.entity


@pytest.mark.parametrize(
    ("content", "choice", "charset", "octets"),
    [
        (Content.of_text("Grüße & ñ"), InboundCharset.LEGACY, "ISO-8859-1", "Grüße & ñ".encode("latin-1")),
        (Content.of_text("5 €"), InboundCharset.LEGACY, "UTF-16BE", "5 €".encode("utf-16-be")),
        (Content.of_text("жук 😀"), InboundCharset.LEGACY, "UTF-16BE", "жук 😀".encode("utf-16-be")),
        (Content.of_ucs2("plain".encode("utf-16-be")), InboundCharset.LEGACY, "UTF-16BE", "plain".encode("utf-16-be")),
        (Content.of_text("жук 😀"), InboundCharset.UTF_8, "UTF-8", "жук 😀".encode()),
        (Content.of_binary(b"\x00\xff&"), InboundCharset.LEGACY, "ISO-8859-1", b"\x00\xff&"),
        (Content.of_binary(b"\x00\xff&"), InboundCharset.UTF_8, "ISO-8859-1", b"\x00\xff&"),
    ],
)
def test_the_text_is_percent_encoded_in_its_charset(
    content: Content, choice: InboundCharset, charset: str, octets: bytes
) -> None:
    """ISO-8859-1 where it can hold the text, else UTF-16BE; UTF-8 for who chose it (rest-api 9.1)."""
    query = spell(CallbackMethod.GET, content, charset=choice).target.partition(b"?")[2].decode("ascii")

    pairs = dict(pair.split("=") for pair in query.split("&"))
    assert (pairs["charset"], unquote_to_bytes(pairs["text"])) == (charset, octets)


def test_xml_stands_in_a_form_field() -> None:
    """One document in the field data, with the names in their order (rest-api 9.2)."""
    spelled = spell(CallbackMethod.XML, Content.of_text("a < b & ü"))

    (document,) = parse_qs(spelled.body.decode("ascii"), strict_parsing=True)["data"]
    root = ET.fromstring(document)
    values = {element.tag: element.text or "" for element in root}
    assert (root.tag, list(values)) == ("clickmo", NAMES)
    assert values["timestamp"] == "2015-06-01 10:30:36"
    assert unquote_to_bytes(values["text"]).decode("latin-1") == "a < b & ü"
    assert values["udh"] == ""


def test_json_is_the_documented_document() -> None:
    """Octet for octet; text stays URL-encoded inside it, and there are no other members (rest-api 9.3)."""
    spelled = spell(CallbackMethod.JSON)

    assert spelled.body == (
        b'{"data":{"apiId":12345,"moMessageId":"0123456789abcdef0123456789abcdef","from":"27990000001",'
        b'"to":"27999123456","timestamp":"2015-06-01 10:30:36","charset":"ISO-8859-1","udh":"",'
        b'"text":"see+you+there"}}'
    )
    assert json.loads(spell(CallbackMethod.JSON, Content.of_text('"\\\n')).body)["data"]["text"] == "%22%5C%0A"


def test_a_header_is_hex() -> None:
    """As the handset's application wrote it."""
    spelled = spell(CallbackMethod.JSON, Content.of_binary(b"\x01", bytes.fromhex("06050415810000")))

    assert json.loads(spelled.body)["data"]["udh"] == "06050415810000"


@pytest.mark.parametrize("method", CallbackMethod)
def test_it_is_signed_as_statuses_are(method: CallbackMethod) -> None:
    """Over id, timestamp and body, or the raw query of a GET (rest-api 8.6)."""
    key = bytes(range(32))
    spelled = spell(method, signing_secret=write_secret(key))

    headers = dict(line.split(": ", 1) for line in spelled.headers.decode().split("\r\n") if line)
    assert headers["webhook-id"] == PUBLIC_ID
    assert verify(
        [key],
        webhook_id=headers["webhook-id"],
        timestamp=headers["webhook-timestamp"],
        signature=headers["webhook-signature"],
        body=spelled.body or spelled.target.partition(b"?")[2],
        now_s=NOW // 1000,
    )


def test_the_clock_is_two_hours_ahead_in_every_season() -> None:
    """GMT+2 without a zone mark, also over midnight (rest-api 9.1)."""
    assert legacy_time(0) == "1970-01-01 02:00:00"
    assert legacy_time(1_767_222_000_000) == "2026-01-01 01:00:00"
