"""What holds for every notification and every URL."""

from __future__ import annotations

import ipaddress
import json
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from angarium.callbacks.addresses import AddressRules
from angarium.callbacks.render import prepare, spell_status
from angarium.callbacks.signing import sign, verify
from angarium.callbacks.urls import BadUrl, follow_url, read_url
from angarium.core.account import CallbackMethod, CallbackTarget
from angarium.core.notification import StatusNotification

PUBLIC_ID = "0123456789abcdef0123456789abcdef"
TARGETS = {method: prepare(CallbackTarget(url="http://cb.example/a?key=1", method=method)) for method in CallbackMethod}
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=64)
XML_TEXT = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=64
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
HOSTS = st.text(alphabet="0123456789abcdefxX.:[]@%-_/\\?#& \t１。ü", max_size=24)


@st.composite
def statuses(draw: st.DrawFn, text: st.SearchStrategy[str] = TEXT) -> StatusNotification:
    """Any notification that the store could hand over."""
    return StatusNotification(
        notification_id=draw(st.integers(1, 2**62)),
        connection_id=draw(st.integers(1, 2**31)),
        message_id=draw(st.integers(1, 2**62)),
        client_message_id=draw(text),
        recipient=draw(st.integers(1, 10**15 - 1)),
        sender=draw(text),
        charge=draw(st.integers(0, 10**18)),
        status_code=draw(st.integers(1, 14)),
        changed_at=draw(st.integers(0, 2**45)),
        attempts=draw(st.integers(0, 20)),
    )


def expected(status: StatusNotification) -> dict[str, str]:
    """The eight values as a receiver should read them."""
    return {
        "api_id": str(status.connection_id),
        "apiMsgId": PUBLIC_ID,
        "cliMsgId": status.client_message_id,
        "timestamp": str(status.changed_at // 1000),
        "to": str(status.recipient),
        "from": status.sender,
        "status": f"{status.status_code:03d}",
        "charge": f"{status.charge // 10**6}.{status.charge % 10**6:06d}",
    }


@given(statuses())
def test_a_query_or_form_is_read_back_as_it_was(status: StatusNotification) -> None:
    """Percent-encoding loses nothing, adds nothing, and leaves plain ASCII without blanks on the request line."""
    spelled = spell_status(TARGETS[CallbackMethod.GET], status, public_id=PUBLIC_ID, now=0)
    form = spell_status(TARGETS[CallbackMethod.POST], status, public_id=PUBLIC_ID, now=0)

    query = spelled.target.decode("ascii").partition("?")[2]
    assert dict(parse_qsl(query, keep_blank_values=True)) == {"key": "1"} | expected(status)
    assert parse_qsl(form.body.decode("ascii"), keep_blank_values=True) == list(expected(status).items())
    assert all(0x21 <= octet <= 0x7E for octet in spelled.target)


@given(statuses())
def test_json_is_read_back_as_it_was(status: StatusNotification) -> None:
    """Any text stands in the strings, and the charge is exact (rest-api 8.4)."""
    spelled = spell_status(TARGETS[CallbackMethod.JSON], status, public_id=PUBLIC_ID, now=0)

    data = json.loads(spelled.body, parse_float=str, parse_int=str)["data"]
    assert data["clientMessageId"] == status.client_message_id
    assert data["from"] == status.sender
    whole, _, rest = data["charge"].partition(".")
    assert int(whole) * 10**6 + int(rest.ljust(6, "0") or "0") == status.charge


@given(statuses(XML_TEXT))
def test_xml_is_read_back_as_it_was(status: StatusNotification) -> None:
    """Any text that XML can hold comes out of the form field and the elements unchanged (rest-api 8.4)."""
    spelled = spell_status(TARGETS[CallbackMethod.XML], status, public_id=PUBLIC_ID, now=0)

    ((_, xml),) = parse_qsl(spelled.body.decode("ascii"))
    assert {child.tag: child.text or "" for child in ET.fromstring(xml)} == expected(status)


@given(HOSTS, st.sampled_from(["http://", "https://", "HTTP://", "", "//"]), st.text(max_size=20))
def test_a_url_is_refused_or_has_a_form_that_all_readers_agree_on(host: str, scheme: str, rest: str) -> None:
    """Only BadUrl escapes; what is read is ASCII, reads as itself, and another reader finds the same host in it."""
    try:
        url = read_url(scheme + host + rest)
    except BadUrl:
        return

    again = urlsplit(str(url))
    assert str(url).isascii()
    assert read_url(str(url)) == url
    assert (again.scheme, again.hostname, again.username, again.fragment) == (url.scheme, url.host, None, "")
    assert all(0x21 <= ord(character) <= 0x7E for character in url.target)


@given(st.binary(max_size=60))
def test_any_location_is_refused_or_leads_to_a_url(location: bytes) -> None:
    """A hostile Location header raises nothing but BadUrl."""
    try:
        url = follow_url(read_url("https://cb.example/a?b"), location)
    except BadUrl:
        return

    assert read_url(str(url)) == url


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_however_it_is_carried(address: ipaddress.IPv4Address) -> None:
    """No tunnel or translation leads where the plain address may not go."""
    rules = AddressRules()
    bits = int(address)
    plain_is_refused = rules.refusal(str(address)) is not None

    for carrier in (
        ipaddress.IPv6Address((0xFFFF << 32) | bits),
        ipaddress.IPv6Address((0x0064_FF9B << 96) | bits),
        ipaddress.IPv6Address((0x2002 << 112) | (bits << 80)),
    ):
        assert (rules.refusal(str(carrier)) is not None) is plain_is_refused


@given(st.ip_addresses())
def test_no_address_that_python_calls_local_is_called(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Our table is at least as strict as the standard library's own judgement."""
    if address.version == 6 and (address.ipv4_mapped or address in NAT64):  # judged by what they carry
        return
    local = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    if local or address.is_unspecified or address.is_reserved:
        assert AddressRules().refusal(str(address)) is not None


@given(st.binary(min_size=24, max_size=64), st.binary(max_size=100), st.integers(0, 2**40), st.binary(max_size=100))
def test_a_signature_verifies_for_its_own_body_only(key: bytes, body: bytes, timestamp_s: int, other: bytes) -> None:
    """What was signed verifies; another body does not (rest-api 8.6)."""
    signature = sign([key], webhook_id="a-1", timestamp_s=timestamp_s, body=body)

    for candidate in (body, other):
        assert verify(
            [key], webhook_id="a-1", timestamp=str(timestamp_s), signature=signature, body=candidate, now_s=timestamp_s
        ) is (candidate == body)
