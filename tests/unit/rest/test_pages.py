"""The pages behind documentation links."""

from __future__ import annotations

import pytest

from angarium.rest.codes import EXPLANATIONS, Explanation
from angarium.rest.pages import explanation_at, own_base, page
from tests.wire.world import read_request


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("sms.example", "http://sms.example/errors"),
        ("sms.example:8080", "http://sms.example:8080/errors"),
        ("[2001:db8::1]:8080", "http://[2001:db8::1]:8080/errors"),
        ("a'b", "/errors"),
        ("sms.example:", "/errors"),
    ],
)
def test_links_lead_to_the_host_that_was_named(host: str, base: str) -> None:
    """A host that is no plain name or address is not repeated."""
    assert own_base(read_request(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())) == base


def test_links_keep_to_tls() -> None:
    """Who came by HTTPS stays there."""
    request = read_request(b"GET / HTTP/1.1\r\nHost: sms.example\r\n\r\n", secure=True)

    assert own_base(request) == "https://sms.example/errors"


def test_without_a_host_the_link_is_a_path() -> None:
    """HTTP/1.0 need not name one."""
    assert own_base(read_request(b"GET / HTTP/1.0\r\n\r\n")) == "/errors"


@pytest.mark.parametrize("code", EXPLANATIONS)
def test_every_code_has_its_page(code: str) -> None:
    """The page is found where the links point, and shows the code's words."""
    explanation = explanation_at(f"/errors/{code}.htm")

    assert explanation is EXPLANATIONS[code]
    assert f"<h1>{code} {explanation.description}</h1>".encode() in page(explanation)
    assert b"{" not in page(explanation).replace(b"body {", b"")


@pytest.mark.parametrize("path", ["/errors/", "/errors/999.htm", "/errors/105", "/errors/105.html", "/errors/٣٠١.htm"])
def test_other_pages_do_not_exist(path: str) -> None:
    """Only the table's codes have pages."""
    assert explanation_at(path) is None


def test_words_are_escaped() -> None:
    """The table may hold any character."""
    shown = page(Explanation("000", "<b>", "a & b", ">"))

    assert b"&lt;b&gt;" in shown
    assert b"a &amp; b" in shown
