"""JSON, read leniently and written compactly."""

from __future__ import annotations

import json

import pytest

from angarium.core.message import Accepted, Refused, Result
from angarium.core.refusals import Reason, Refusal
from angarium.rest.json_form import JsonForm
from angarium.rest.wire import DEPTH_MAX, Amount, Malformed

FORM = JsonForm()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"text":"Hello","to":["27990000001"]}', {"text": "Hello", "to": ["27990000001"]}),
        (b' {"text" : 5, "to" : true} ', {"text": 5, "to": True}),
        (b'\xef\xbb\xbf{"text":"Hello"}', {"text": "Hello"}),
        (b'{"text":"first","text":"last"}', {"text": "last"}),
        ('{"text":"Grüße 😀"}'.encode(), {"text": "Grüße 😀"}),
        (b'{"text":"\\u00fc\\ud83d\\ude00"}', {"text": "ü😀"}),
        (b"{}", {}),
    ],
)
def test_an_object_is_read(body: bytes, fields: dict[str, object]) -> None:
    """Members are kept as they are; a byte order mark is skipped; of a member given twice the last counts."""
    assert FORM.read(body, charset="") == fields


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"{",
        b"[]",
        b'"text"',
        b"1",
        b"null",
        b'{"text":"Hello"} {}',
        b'{"text":"Hello",}',
        b"{'text':'Hello'}",
        b'{"text":"\xff"}',
        b'{"text":NaN}',
        b'{"text":1e999}',
        b'{"text":"\\ud800"}',
        b"text=Hello&to=27990000001",
        b'{"text":' + b"9" * 5_000 + b"}",
        b'{"a":' + b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_object_is_malformed(body: bytes) -> None:
    """Whatever else comes, it is refused as malformed and as nothing else."""
    with pytest.raises(Malformed):
        FORM.read(body, charset="")


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_is_bounded(opening: bytes, closing: bytes) -> None:
    """A body may nest as deep as the limit, and no deeper."""
    inner = DEPTH_MAX - 1
    at_limit = b'{"a":' + opening * inner + b"1" * (closing == b"}") + closing * inner + b"}"
    beyond = b'{"a":' + opening * DEPTH_MAX + b"1" * (closing == b"}") + closing * DEPTH_MAX + b"}"

    assert set(FORM.read(at_limit, charset="")) == {"a"}
    with pytest.raises(Malformed):
        FORM.read(beyond, charset="")


def test_many_shallow_brackets_are_not_deep() -> None:
    """It is depth that is bounded, not the number of brackets."""
    assert FORM.read(b'{"a":[' + b"[]," * 100 + b"[]]}", charset="")["a"] == [[]] * 101


@pytest.mark.parametrize(
    ("body", "charset"),
    [('{"text":"é"}'.encode("latin-1"), "iso-8859-1"), ('{"text":"é"}'.encode("utf-16"), "utf-16")],
)
def test_another_charset_is_read_when_it_is_named(body: bytes, charset: str) -> None:
    """A body in Latin-1 or UTF-16 is understood when its Content-Type says so."""
    assert FORM.read(body, charset=charset) == {"text": "é"}


def test_a_body_that_is_not_in_its_charset_is_malformed() -> None:
    """Half a UTF-16 unit is no character."""
    with pytest.raises(Malformed):
        FORM.read(b"{}}", charset="utf-16le")


def test_members_are_written_compactly_in_their_order() -> None:
    """No spaces, the order given, numbers exact, text in ASCII (rest-api 1.8)."""
    body = FORM.write_data(
        [("b", True), ("a", False), ("n", Amount(800_000)), ("m", Amount(2_000_000)), ("t", 'é"\n'), ("o", [("x", "")])]
    )

    assert body == b'{"data":{"b":true,"a":false,"n":0.8,"m":2,"t":"\\u00e9\\"\\n","o":{"x":""}}}'


def test_an_error_has_the_other_envelope() -> None:
    """The key `error` stands alone when the whole call failed (rest-api 2.1)."""
    assert FORM.write_error([("code", "100")]) == b'{"error":{"code":"100"}}'


def test_entries_keep_the_order_of_recipients() -> None:
    """Accepted and refused entries stand where their recipients stood."""
    results: list[Result] = [Refused('3"3', Refusal(Reason.BAD_RECIPIENT)), Accepted(27990000001, 7)]

    body = FORM.write_messages(results, ["", "0" * 32], "base")

    refused, accepted = json.loads(body)["data"]["message"]
    assert accepted == {"accepted": True, "to": "27990000001", "apiMessageId": "0" * 32}
    assert refused == {
        "accepted": False,
        "to": '3"3',
        "apiMessageId": "",
        "error": {"code": "105", "description": "Invalid Destination Address", "documentation": "base/105.htm"},
    }
