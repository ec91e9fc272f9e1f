"""From path, query and body to Structs: whatever is wrong is named."""

from __future__ import annotations

import pytest

from angarium.httpd.exchange import Request
from angarium.httpd.head import Head
from angarium.operator_api.problems import Code, Trouble
from angarium.operator_api.reading import body_of, parameters_of
from angarium.operator_api.table import TABLE

BY_NAME = {operation.name: operation for operation in TABLE}
SHOW, SEARCH, CHANGE = BY_NAME["show_account"], BY_NAME["search_messages"], BY_NAME["change_connection"]


def request(body: bytes, content_type: bytes = b"application/json") -> Request:
    """A request with this body."""
    head = Head.__new__(Head)
    for name, value in {
        "method": "PATCH",
        "path": "/",
        "raw_path": b"/",
        "query": b"",
        "headers": {b"content-type": content_type},
        "http_version": "1.1",
        "is_head": False,
    }.items():
        setattr(head, name, value)
    return Request(head, body, ("127.0.0.1", 1), secure=False)


def test_parameters_come_from_path_and_query() -> None:
    """Numbers, moments and defaults as the operation declares them."""
    shown = parameters_of(SHOW, {"account_id": "7"}, b"")
    found = parameters_of(SEARCH, {}, b"state=delivered&since=2026-01-31T12:00:00%2B02:00&limit=7")

    assert shown.account_id == 7
    assert (found.state, found.limit, found.cursor) == ("delivered", 7, None)
    assert found.since.isoformat() == "2026-01-31T12:00:00+02:00"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (b"limit=0", "limit"),
        (b"limit=501", "limit"),
        (b"limit=", "limit"),
        (b"limit=1&limit=2", "limit"),
        (b"recipient=+27", "recipient"),
        (b"state=sent", "state"),
        (b"since=2026-01-31T12:00:00", "since"),
        (b"nothing=1", "nothing"),
        (b"%ff=1", ""),
        ("ä=1".encode(), ""),
        (b"&".join(b"a%d=1" % count for count in range(60)), ""),
    ],
)
def test_a_query_that_cannot_be_used_names_its_parameter(query: bytes, field: str) -> None:
    """Empty where the query cannot be read at all."""
    with pytest.raises(Trouble) as refused:
        parameters_of(SEARCH, {}, query)

    assert (refused.value.code, refused.value.field) == (Code.INVALID, field)


@pytest.mark.parametrize("place", ["x", "0", "-1", "1.5", "9007199254740992", " 1"])
def test_what_stands_in_the_path_and_can_be_no_number_is_not_there(place: str) -> None:
    """404, as for a number that nobody has."""
    with pytest.raises(Trouble) as refused:
        parameters_of(SHOW, {"account_id": place}, b"")

    assert (refused.value.code, refused.value.field) == (Code.UNKNOWN, "account_id")


def test_a_place_in_the_path_is_no_parameter_of_the_query() -> None:
    """Which of two would count?"""
    with pytest.raises(Trouble) as refused:
        parameters_of(SHOW, {"account_id": "1"}, b"account_id=2")

    assert refused.value.code is Code.INVALID


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", Code.MALFORMED, ""),
        (b"{", Code.MALFORMED, ""),
        (b'{"sender":"\xff"}', Code.MALFORMED, ""),
        (b"[" * 100_000, Code.INVALID, ""),
        (b'{"sender":' + b"[" * 100_000, Code.INVALID, "sender"),
        (b"[]", Code.INVALID, ""),
        (b'{"nothing":1}', Code.INVALID, "nothing"),
        (b'{"segments_max":"3"}', Code.INVALID, "segments_max"),
        (b'{"segments_max":36}', Code.INVALID, "segments_max"),
        (b'{"callback":{"metod":"get"}}', Code.INVALID, "callback.metod"),
        (b'{"callback":{"method":"put"}}', Code.INVALID, "callback.method"),
        (b'{"networks":["' + b"1" * 51 + b'"]}', Code.INVALID, "networks[0]"),
    ],
)
def test_a_body_that_cannot_be_used_names_its_member(body: bytes, code: Code, field: str) -> None:
    """By its place in the body; empty for the body itself."""
    with pytest.raises(Trouble) as refused:
        body_of(CHANGE, request(body))

    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize("content_type", [b"", b"text/plain", b"application/xml", b"application/json2"])
def test_a_body_of_another_type_is_refused(content_type: bytes) -> None:
    """Nothing is guessed."""
    with pytest.raises(Trouble) as refused:
        body_of(CHANGE, request(b"{}", content_type))

    assert refused.value.code is Code.MEDIA_TYPE


def test_a_body_with_a_charset_is_read() -> None:
    """JSON is UTF-8 whatever the parameter says (RFC 8259, 8.1)."""
    assert body_of(CHANGE, request(b'{"sender":"A"}', b"Application/JSON; charset=utf-8")).sender == "A"
