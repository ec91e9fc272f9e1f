"""XML, read without building anything and written as elements only."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from angarium.core.message import Accepted, Refused, Result
from angarium.core.refusals import Reason, Refusal
from angarium.rest.wire import DEPTH_MAX, Amount, Malformed
from angarium.rest.xml_form import MARKUP_MAX, XmlForm

FORM = XmlForm()


def request_of(data: str) -> bytes:
    """A request with this inside."""
    return f"<request><data>{data}</data></request>".encode()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (request_of("<text>Hello</text><to>1</to><to>2</to>"), {"text": "Hello", "to": ["1", "2"]}),
        (request_of("<text> a\n b </text>"), {"text": " a\n b "}),
        (request_of("<text>a&amp;b&#33;<![CDATA[<c>]]></text>"), {"text": "a&b!<c>"}),
        (request_of("<text>first</text><text>last</text>"), {"text": "last"}),
        (request_of("<text/><to/>"), {"text": "", "to": [""]}),
        (request_of("\n  <text>a<b>c<d>e</d></b>f</text>\n  "), {"text": "af"}),
        (request_of("<text>a</text>") + b"\n<!-- the end -->", {"text": "a"}),
        (b"<request/>", {}),
        (b"<request><data/><other><text>Hello</text></other><text>Hello</text></request>", {}),
        (b'<?xml version="1.0"?><a:request xmlns:a="urn:a"><a:data><a:to>1</a:to></a:data></a:request>', {"to": ["1"]}),
        (b"<p:request><p:data><p:text>unbound</p:text></p:data></p:request>", {"text": "unbound"}),
        ("\ufeff<request><data><text>é😀</text></data></request>".encode(), {"text": "é😀"}),
    ],
)
def test_a_request_is_read(body: bytes, fields: dict[str, object]) -> None:
    """Parameters are the text of the elements below `data`; anything else is passed over."""
    assert FORM.read(body, charset="") == fields


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "latin1", "UTF-16"])
def test_a_body_may_declare_its_encoding(encoding: str) -> None:
    """Expat believes the declaration when the Content-Type names no charset."""
    body = f'<?xml version="1.0" encoding="{encoding}"?><request><data><text>é</text></data></request>'

    assert FORM.read(body.encode(encoding), charset="") == {"text": "é"}


def test_the_charset_of_the_content_type_overrules_the_body() -> None:
    """What was re-encoded on its way still carries its old declaration."""
    body = '<?xml version="1.0" encoding="ISO-8859-1"?><request><data><text>é</text></data></request>'.encode()

    assert FORM.read(body, charset="utf-8") == {"text": "é"}


def test_a_charset_in_the_content_type_is_enough() -> None:
    """Latin-1 without a declaration is understood when the header names it."""
    assert FORM.read("<request><data><text>é</text></data></request>".encode("latin-1"), charset="iso-8859-1") == {
        "text": "é"
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Hello",
        b"<request>",
        b"<request></data></request>",
        b"<request/><request/>",
        b"<message><data><text>Hello</text></data></message>",
        b"<!DOCTYPE request><request/>",
        b'<!DOCTYPE request SYSTEM "http://127.0.0.1/request.dtd"><request/>',
        b'<!DOCTYPE r [<!ENTITY a "a">]><request><data><text>&a;</text></data></request>',
        b"<request><data><text>&unknown;</text></data></request>",
        b'<?xml version="1.0" encoding="rot13"?><request/>',
        b'<?xml version="1.0" encoding="utf-7"?><request/>',
        b'<?xml version="1.0" encoding="UTF-16"?><request/>',
        b"<request><data><text>\xff</text></data></request>",
        b"<request><data><text>\x01</text></data></request>",
        b"<request><data><text>\x00</text></data></request>",
        b"<request>" + b"<a>" * 100_000,
        b"<request>" + b"<a/>" * 200_000 + b"</request>",
    ],
)
def test_what_is_no_request_is_malformed(body: bytes) -> None:
    """Whatever else comes, it is refused as malformed and as nothing else."""
    with pytest.raises(Malformed):
        FORM.read(body, charset="")


@pytest.mark.parametrize(("depth", "is_read"), [(DEPTH_MAX, True), (DEPTH_MAX + 1, False)])
def test_nesting_is_bounded(depth: int, is_read: bool) -> None:
    """A body may nest as deep as the limit, and no deeper."""
    body = b"<request>" + b"<a>" * (depth - 1) + b"</a>" * (depth - 1) + b"</request>"

    if is_read:
        assert FORM.read(body, charset="") == {}
    else:
        with pytest.raises(Malformed):
            FORM.read(body, charset="")


def test_the_number_of_tags_is_bounded() -> None:
    """A body of nothing but tags would cost far more time than its size suggests."""
    tags = MARKUP_MAX // 2 - 2
    body = b"<request>" + b"<a></a>" * tags + b"</request>"

    assert FORM.read(body, charset="") == {}
    with pytest.raises(Malformed):
        FORM.read(body.replace(b"</request>", b"<a></a></request>") * 2, charset="")


def test_members_are_written_as_elements() -> None:
    """Booleans are 1 and 0, numbers exact, text escaped, nothing is an attribute (rest-api 2.1)."""
    body = FORM.write_data([("b", True), ("c", False), ("n", Amount(800_000)), ("t", "<a & b>"), ("o", [("x", "")])])

    assert body == (
        b'<?xml version="1.0" encoding="UTF-8"?><response><data><b>1</b><c>0</c><n>0.8</n>'
        b"<t>&lt;a &amp; b&gt;</t><o><x></x></o></data></response>"
    )


def test_what_xml_cannot_write_is_replaced() -> None:
    """Control characters and lone surrogates become U+FFFD, so that the answer can always be parsed."""
    body = FORM.write_data([("t", "a\x00\x1b\ud800\ufffe\r\n\tz")])

    assert ET.fromstring(body).findtext("data/t") == "a����\r\n\tz"


def test_an_error_has_the_other_envelope() -> None:
    """The element `error` stands in the place of `data` (rest-api 2.1)."""
    assert FORM.write_error([("code", "100")]).endswith(b"<response><error><code>100</code></error></response>")


def test_entries_keep_the_order_of_recipients() -> None:
    """Accepted and refused entries stand where their recipients stood."""
    results: list[Result] = [Refused("<3>", Refusal(Reason.BAD_RECIPIENT)), Accepted(27990000001, 7)]

    root = ET.fromstring(FORM.write_messages(results, ["", "0" * 32], "base"))

    assert [message.findtext("accepted") for message in root.findall("data/message")] == ["0", "1"]
    assert [message.findtext("to") for message in root.findall("data/message")] == ["<3>", "27990000001"]
    assert root.findtext("data/message/error/documentation") == "base/105.htm"
