"""Notifications are spelled exactly as programs of the legacy API read them (rest-api 8.3, 8.4, 8.6)."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import pytest

import angarium
from angarium.callbacks.render import BadTarget, prepare, spell_status
from angarium.callbacks.signing import verify, write_secret
from angarium.core.account import CallbackMethod, CallbackTarget
from angarium.core.notification import StatusNotification

PUBLIC_ID = "0123456789abcdef0123456789abcdef"
NOW = 1_700_000_123_999
NAMES = ["api_id", "apiMsgId", "cliMsgId", "timestamp", "to", "from", "status", "charge"]
STATUS = StatusNotification(
    notification_id=9,
    connection_id=12345,
    message_id=77,
    client_message_id="order-7",
    recipient=27990000001,
    sender="Angarium",
    charge=800_000,
    status_code=4,
    changed_at=1_400_000_000_999,
    attempts=0,
)


def spell(
    method: CallbackMethod, status: StatusNotification = STATUS, *, url: str = "http://cb.example/a", **rest: str
):
    """Spell a status for a target."""
    target = CallbackTarget(url=url, method=method, **rest)  # type: ignore[arg-type]
    return spell_status(prepare(target), status, public_id=PUBLIC_ID, now=NOW)


def test_a_get_has_all_eight_names_in_their_order() -> None:
    """The query is the legacy one, octet for octet (rest-api 8.3)."""
    spelled = spell(CallbackMethod.GET)

    assert spelled.target == (
        b"/a?api_id=12345&apiMsgId=0123456789abcdef0123456789abcdef&cliMsgId=order-7&timestamp=1400000000"
        b"&to=27990000001&from=Angarium&status=004&charge=0.800000"
    )
    assert (spelled.entity, spelled.body) == (b"", b"")


def test_empty_values_keep_their_names() -> None:
    """A parser that works today drops the call when cliMsgId or from is missing (rest-api 8.3)."""
    spelled = spell(CallbackMethod.GET, STATUS._replace(client_message_id="", sender=""))

    pairs = parse_qsl(spelled.target.decode().partition("?")[2], keep_blank_values=True)
    assert [name for name, _ in pairs] == NAMES
    assert dict(pairs)["cliMsgId"] == dict(pairs)["from"] == ""


@pytest.mark.parametrize(
    ("url", "begins"),
    [
        ("http://cb.example/a?key=1&b=2", b"/a?key=1&b=2&api_id="),
        ("http://cb.example/a?key=1&", b"/a?key=1&api_id="),
        ("http://cb.example/a?", b"/a?api_id="),
        ("http://cb.example", b"/?api_id="),
        ("http://cb.example/%7Ea%20b?q=a+b%26c", b"/%7Ea%20b?q=a+b%26c&api_id="),
    ],
)
def test_a_query_already_in_the_url_is_kept(url: str, begins: bytes) -> None:
    """Ours comes after it, and there is one question mark (rest-api 8.3)."""
    assert spell(CallbackMethod.GET, url=url).target.startswith(begins)


def test_special_characters_arrive_as_they_were() -> None:
    """Separators, blanks, a plus sign, percent signs and letters of any script survive the query."""
    spelled = spell(CallbackMethod.GET, STATUS._replace(client_message_id="a&b=c d+e%20f#ü€😀", sender="My Shop"))

    assert dict(parse_qsl(spelled.target.decode("ascii").partition("?")[2]))["cliMsgId"] == "a&b=c d+e%20f#ü€😀"
    assert b"from=My%20Shop&" in spelled.target


def test_a_post_is_the_same_as_a_form() -> None:
    """The eight names stand in the body, and the URL's own query stays where it is (rest-api 8.3)."""
    spelled = spell(CallbackMethod.POST, url="http://cb.example/a?key=1")

    assert spelled.target == b"/a?key=1"
    assert [name for name, _ in parse_qsl(spelled.body.decode())] == NAMES
    assert spelled.entity == (
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n" % len(spelled.body)
    )


def test_json_is_the_documented_document() -> None:
    """rest-api 8.4, octet for octet: numbers are numbers, the status is a string (rest-api 8.4)."""
    spelled = spell(CallbackMethod.JSON)

    assert spelled.body == (
        b'{"data":{"apiId":12345,"apiMessageId":"0123456789abcdef0123456789abcdef","clientMessageId":"order-7",'
        b'"timestamp":1400000000,"to":"27990000001","from":"Angarium","charge":0.8,"messageStatus":"004"}}'
    )
    assert spelled.entity == b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(spelled.body)


def test_json_escapes_what_it_must() -> None:
    """Quotes, backslashes and control characters do not break out of their string."""
    text = 'a"b\\c\n\x00ü</script>'

    spelled = spell(CallbackMethod.JSON, STATUS._replace(client_message_id=text))

    assert json.loads(spelled.body)["data"]["clientMessageId"] == text


def test_xml_stands_in_a_form_field() -> None:
    """One field named data holds <callback> with the eight names in their order (rest-api 8.4)."""
    spelled = spell(CallbackMethod.XML, STATUS._replace(client_message_id="a<b>&c]]> ü\x00"))

    ((name, xml),) = parse_qsl(spelled.body.decode("ascii"), strict_parsing=True)
    root = ET.fromstring(xml)
    assert (name, root.tag, [child.tag for child in root]) == ("data", "callback", NAMES)
    assert root.findtext("cliMsgId") == "a<b>&c]]> ü\ufffd"
    assert root.findtext("status") == "004"
    assert root.findtext("charge") == "0.800000"


@pytest.mark.parametrize(
    ("charge", "six_decimals", "number"),
    [
        (0, "0.000000", "0"),
        (1, "0.000001", "0.000001"),
        (1_000_000, "1.000000", "1"),
        (12_500_000, "12.500000", "12.5"),
        (999_999_999_999_999_999, "999999999999.999999", "999999999999.999999"),
    ],
)
def test_a_charge_has_six_decimals_and_never_an_exponent(charge: int, six_decimals: str, number: str) -> None:
    """Integers all the way: no float rounds it, and no 1e-06 surprises a reader of JSON."""
    status = STATUS._replace(charge=charge)

    assert f"&charge={six_decimals}".encode() in spell(CallbackMethod.GET, status).target
    assert f'"charge":{number},'.encode() in spell(CallbackMethod.JSON, status).body


def test_every_callback_names_itself_and_its_time() -> None:
    """The id is the same in every attempt of one status and differs between statuses; the time is the attempt's
    (rest-api 8.6, delivery 1.3).
    """
    headers = spell(CallbackMethod.GET, STATUS._replace(attempts=3)).headers

    assert (
        headers
        == (
            f"User-Agent: Angarium/{angarium.__version__}\r\nAccept: */*\r\n"
            f"webhook-id: {PUBLIC_ID}-004\r\nwebhook-timestamp: 1700000123\r\n"
        ).encode()
    )
    assert headers == spell(CallbackMethod.GET).headers
    assert (
        f"webhook-id: {PUBLIC_ID}-003\r\n".encode() in spell(CallbackMethod.GET, STATUS._replace(status_code=3)).headers
    )


@pytest.mark.parametrize("method", list(CallbackMethod))
def test_a_signed_callback_verifies_with_either_secret(method: CallbackMethod) -> None:
    """The body is signed, and of a GET the raw query with what the customer had put there (rest-api 8.6)."""
    keys = (b"n" * 32, b"o" * 24)
    secrets = " ".join(write_secret(key) for key in keys)

    spelled = spell(method, url="http://cb.example/a?key=1", signing_secret=secrets)

    headers = dict(line.split(": ", 1) for line in spelled.headers.decode().splitlines())
    body = spelled.body or spelled.target.partition(b"?")[2]
    for key in keys:
        assert verify(
            [key],
            webhook_id=headers["webhook-id"],
            timestamp=headers["webhook-timestamp"],
            signature=headers["webhook-signature"],
            body=body,
            now_s=NOW // 1000,
        )
    assert len(headers["webhook-signature"].split(" ")) == 2


def test_user_name_and_password_go_as_http_basic() -> None:
    """RFC 7617, the example of its section 2, and UTF-8 as in its section 2.1 (rest-api 8.1)."""
    known = prepare(CallbackTarget(url="http://cb.example/", user_name="Aladdin", password="open sesame"))
    utf8 = prepare(CallbackTarget(url="http://cb.example/", user_name="test", password="123£"))
    nobody = prepare(CallbackTarget(url="http://cb.example/"))

    assert known.credentials == b"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
    assert utf8.credentials == b"Authorization: Basic dGVzdDoxMjPCow==\r\n"
    assert nobody.credentials == b""


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"url": "mailto:me@cb.example"}, "http://"),
        ({"url": "http://cb.example/#x"}, "fragment"),
        ({"user_name": "a:b"}, "colon"),
        ({"password": "a\r\nX: y"}, "control characters"),
        ({"password": "a" * 300}, "longer than 255 octets"),
        ({"signing_secret": "secret"}, "whsec_"),
        ({"signing_secret": " ".join([write_secret(b"x" * 24)] * 5)}, "at most 4"),
    ],
)
def test_a_target_that_cannot_work_is_refused_with_a_sentence(changes: dict[str, str], word: str) -> None:
    """Whoever saves it reads what to change."""
    settings = {"url": "http://cb.example/"} | changes

    with pytest.raises(BadTarget, match=word):
        prepare(CallbackTarget(**settings))  # type: ignore[arg-type]


def test_an_unverified_https_target_shares_no_connection_with_a_verified_one() -> None:
    """Whether certificates are verified is part of the endpoint; over plain http it says nothing."""
    strict = prepare(CallbackTarget(url="https://cb.example/"))
    lax = prepare(CallbackTarget(url="https://cb.example/", verify_tls=False))
    plain = prepare(CallbackTarget(url="http://cb.example/", verify_tls=False))

    assert strict.endpoint != lax.endpoint
    assert plain.endpoint == prepare(CallbackTarget(url="http://cb.example/")).endpoint
