"""JSON and XML spell the same thing, and no body is able to do harm."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from angarium.core.account import Account, ApiConnection, Caller, Directory, token_hash
from angarium.core.message import Accepted, Refused, Result, SendRequest
from angarium.core.public_ids import PublicIds
from angarium.core.refusals import Reason, Refusal
from angarium.flows.intake import Call
from angarium.flows.lookup import Coverage, MessageStatus
from angarium.flows.tables import Tables
from angarium.httpd import Response
from angarium.rest import wire
from angarium.rest.app import RestApp, RestSettings
from angarium.rest.codes import STATUS_DESCRIPTIONS
from angarium.rest.headers import JSON, XML
from angarium.rest.parameters import send_request
from angarium.rest.wire import Malformed
from tests.wire.world import NOON, MovableClock, read_request

CALLER = Caller(Account(account_id=1, name="account"), ApiConnection(connection_id=1, account_id=1, name="connection"))

PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=30)
"""Text that both forms can carry as it is."""
AMOUNTS = st.integers(0, 10**15)
STATUSES = st.builds(
    MessageStatus, st.integers(1, 2**40), st.sampled_from(sorted(STATUS_DESCRIPTIONS)), AMOUNTS, st.none() | PLAIN
)
RESULTS = st.lists(
    st.builds(Accepted, st.integers(1, 10**15), st.integers(1, 2**40))
    | st.builds(Refused, PLAIN, st.builds(Refusal, st.sampled_from(Reason))),
    min_size=1,
    max_size=5,
)


# --- answers ---------------------------------------------------------------------------------------------------------


def value_of_json(value: Any) -> Any:
    """A JSON value as XML would tell it: all text."""
    if isinstance(value, dict):
        return [(name, value_of_json(member)) for name, member in value.items()]
    if isinstance(value, bool):
        return "1" if value else "0"
    return value


def json_members(body: bytes) -> Any:
    """The members of an answer in JSON, in their order; numbers as written."""
    return value_of_json(json.loads(body, parse_float=str, parse_int=str))


def xml_members(element: ET.Element) -> Any:
    """The members of an answer in XML, in their order."""
    if len(element):
        return [(child.tag, xml_members(child)) for child in element]
    return element.text or ""


@given(
    members=st.builds(wire.status_members, STATUSES, st.just("0" * 32))
    | st.builds(wire.stopped_members, STATUSES, st.just("0" * 32))
    | st.builds(wire.coverage_members, st.builds(Coverage, st.booleans(), PLAIN, AMOUNTS))
    | st.builds(wire.balance_members, AMOUNTS)
)
def test_both_forms_of_an_answer_say_the_same(members: wire.Members) -> None:
    """Reading either rendering gives the same names and values in the same order (rest-api 2.1)."""
    by_json = json_members(JSON.write_data(members))
    by_xml = xml_members(ET.fromstring(XML.write_data(members)))

    assert by_json == by_xml


@given(results=RESULTS)
def test_both_forms_of_a_sends_answer_say_the_same(results: list[Result]) -> None:
    """Entry by entry, accepted or refused."""
    ids = [f"{result.message_id:032x}" if isinstance(result, Accepted) else "" for result in results]

    by_json = json.loads(JSON.write_messages(results, ids, "base"))["data"]["message"]
    by_xml = ET.fromstring(XML.write_messages(results, ids, "base")).findall("data/message")

    assert [value_of_json(entry) for entry in by_json] == [xml_members(entry) for entry in by_xml]


# --- requests --------------------------------------------------------------------------------------------------------

NUMBERS = st.sampled_from(["", "0", "1", "3", "7", "35", "60", "64", "-1", "1.0", "x", "true", "false"])
VALUES: dict[str, st.SearchStrategy[str]] = {
    "text": PLAIN | st.sampled_from(["00480069", "Hello"]),
    "from": PLAIN | st.sampled_from(["ACME", "27990000099"]),
    "clientMessageId": PLAIN,
    "callback": NUMBERS,
    "mo": NUMBERS,
    "unicode": NUMBERS,
    "binary": NUMBERS,
    "udh": st.sampled_from(["", "0605040B8423F0", "06"]),
    "maxMessageParts": NUMBERS,
    "maxCredits": NUMBERS,
    "scheduledDeliveryTime": st.sampled_from(["", "0", "2026-11-22T12:00:00Z", "never"]),
    "validityPeriod": NUMBERS,
    "userPriorityQueue": NUMBERS,
    "escalate": NUMBERS,
    "requiredFeatures": NUMBERS,
    "type": st.sampled_from(["", "SMS_FLASH", "SMS_DEFAULT", "other"]),
    "unknown": PLAIN,
}
REQUESTS = st.tuples(
    st.fixed_dictionaries({"text": VALUES["text"]}, optional={name: VALUES[name] for name in VALUES if name != "text"}),
    st.lists(PLAIN | st.just("27990000001"), max_size=4),
)


def ask(fields: wire.Fields) -> SendRequest | Refusal:
    """What these fields ask for, or why they are refused."""
    try:
        return send_request(fields, caller=CALLER, now=NOON)
    except Refusal as refusal:
        return refusal


@given(request=REQUESTS)
def test_both_forms_of_a_request_ask_the_same(request: tuple[dict[str, str], list[str]]) -> None:
    """Whatever the parameters, JSON and XML end in the same request or the same refusal."""
    fields, recipients = request
    in_json = json.dumps({**fields, "to": recipients}).encode()
    elements = [f"<{name}>{escape(value)}</{name}>" for name, value in fields.items()]
    elements += [f"<to>{escape(recipient)}</to>" for recipient in recipients]
    in_xml = f"<request><data>{''.join(elements)}</data></request>".encode()

    assert ask(JSON.read(in_json, charset="")) == ask(XML.read(in_xml, charset=""))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | PLAIN
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3))


@given(fields=st.dictionaries(st.sampled_from([*VALUES, "to", "userDataHeader"]), ANYTHING, max_size=6))
def test_any_values_are_understood_or_refused(fields: wire.Fields) -> None:
    """No value of any type makes anything but a request or a refusal."""
    asked = ask({"text": "Hello", "to": ["27990000001"], **fields})

    assert isinstance(asked, SendRequest | Refusal)


# --- any octets ------------------------------------------------------------------------------------------------------

PIECES = [
    b"{", b"}", b"[", b"]", b'"', b",", b":", b'"text"', b'"to"', b"null", b"1e9",
    b"\\u", b"\xff", b"\xef\xbb\xbf", b"\0",
    b"<", b">", b"/", b"<request>", b"</request>", b"<data>", b"</data>", b"<to>", b"</to>", b"&amp;", b"&x;",
    b"<![CDATA[", b"]]>", b"<!DOCTYPE", b"<!--", b"-->", b'<?xml version="1.0" encoding="', b'"?>', b"utf-16", b"x",
]  # fmt: skip
OCTETS = st.binary(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join)


@given(body=OCTETS, charset=st.sampled_from(["", "utf-8", "iso-8859-1", "utf-16", "utf-16be"]))
def test_any_octets_are_fields_or_malformed(body: bytes, charset: str) -> None:
    """A reader returns what it understood or says that it is malformed, and nothing else."""
    for form in (JSON, XML):
        try:
            fields = form.read(body, charset=charset)
        except Malformed:
            continue
        assert isinstance(fields, dict)


def small_app() -> RestApp:
    """An application that takes what it is given, without a store."""
    tables = Tables()
    tables.directory = Directory(
        accounts={1: CALLER.account}, connections={1: CALLER.connection}, credentials={token_hash(b"token"): 1}
    )

    async def send(call: Call) -> list[Result]:
        request = call.request
        assert isinstance(request, SendRequest)
        return [Refused(recipient, Refusal(Reason.BAD_RECIPIENT)) for recipient in request.recipients]

    return RestApp(
        send=send,
        store=None,  # type: ignore[arg-type]  # a send of ours never asks it
        tables=tables,
        public_ids=PublicIds(bytes(16)),
        clock=MovableClock(),
        settings=RestSettings(),
    )


APP = small_app()
HEAD = (
    b"POST /rest/message HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer token\r\nContent-Type: %b\r\nAccept: %b\r\n\r\n"
)


@given(
    body=OCTETS,
    content_type=st.sampled_from([b"application/json", b"application/xml", b"text/xml; charset=utf-16"]),
    accept=st.sampled_from([b"application/json", b"application/xml"]),
)
@settings(max_examples=200)
async def test_any_octets_get_an_answer_that_can_be_parsed(body: bytes, content_type: bytes, accept: bytes) -> None:
    """A body that makes no sense is the customer's fault and says so, in the form asked for (rest-api 1.8, 2.1)."""
    answer = APP.handle(read_request(HEAD % (content_type, accept) + body))
    response = answer if isinstance(answer, Response) else await answer

    assert response.status == 400
    assert response.content_type == accept
    if accept == b"application/json":
        json.loads(response.body)
    else:
        ET.fromstring(response.body)
