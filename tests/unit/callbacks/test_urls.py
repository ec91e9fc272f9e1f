"""URLs that may be called are read strictly, and everything odd is refused with a sentence."""

from __future__ import annotations

import pytest

from angarium.callbacks.urls import URL_OCTETS_MAX, BadUrl, follow_url, read_url


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("http://cb.example/path?x=1", "http://cb.example/path?x=1"),
        ("HTTP://CB.Example", "http://cb.example/"),
        ("http://cb.example:80/", "http://cb.example/"),
        ("https://cb.example:443/", "https://cb.example/"),
        ("https://cb.example:80/", "https://cb.example:80/"),
        ("http://cb.example./", "http://cb.example/"),
        ("http://192.0.2.7:8080/a", "http://192.0.2.7:8080/a"),
        ("http://[2001:DB8:0::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://cb.example/grün?ä=ö", "http://cb.example/gr%C3%BCn?%C3%A4=%C3%B6"),
        ("http://cb.example/a%20b?c=%zz&d[]=1", "http://cb.example/a%20b?c=%25zz&d[]=1"),
        ("http://under_score.example/", "http://under_score.example/"),
        ("http://localhost/", "http://localhost/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
    ],
)
def test_a_url_has_one_normal_form(text: str, normal: str) -> None:
    """Case, default ports, a trailing dot, IDNA and characters outside ASCII are all put into one form."""
    assert str(read_url(text)) == normal


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("ftp://cb.example/", "http://"),
        ("cb.example/path", "http://"),
        ("//cb.example/", "http://"),
        ("http:///path", "no host"),
        ("http://", "no host"),
        ("http://user:word@cb.example/", "user name"),
        ("http://user@cb.example/", "user name"),
        ("http://@cb.example/", "user name"),
        ("http://cb.example/#part", "fragment"),
        ("http://cb.example/#", "fragment"),
        ("http://cb.example/a b", "blank"),
        ("http://cb.example/a\r\nHost: b", "control character"),
        ("http://cb.exa\tmple/", "control character"),
        ("http://cb.example\\@evil.example/", "backslash"),
        ("http://cb.example:0/", "port 0"),
        ("http://cb.example:65536/", "malformed"),
        ("http://cb.example:x/", "malformed"),
        ("http://[::1/", "malformed"),
        ("http://[cb.example]/", "IPv6|malformed"),
        ("http://[fe80::1%25eth0]/", "zone|malformed"),
        ("http://0x7f.1/", "odd spelling"),
        ("http://0x7f000001/", "odd spelling"),
        ("http://2130706433/", "odd spelling"),
        ("http://127.1/", "odd spelling"),
        ("http://0177.0.0.1/", "odd spelling"),
        ("http://127.0.0.1.0x/", "odd spelling"),
        ("http://1.2.3.4.5/", "odd spelling"),
        ("http://a..b/", "name"),
        ("http://-a.example/", "name"),
        ("http://" + "a" * 64 + ".example/", "name"),
        ("http://" + "a." * 130 + "example/", "name"),
        ("http://cb.example/" + "a" * URL_OCTETS_MAX, "longer"),
        ("http://cb.example/\ud800" + "ä" * 1000, "longer"),
    ],
)
def test_an_odd_url_is_refused_with_a_sentence(text: str, word: str) -> None:
    """Whatever two programs could read differently is refused, and the sentence says what it was."""
    with pytest.raises(BadUrl, match=word) as refusal:
        read_url(text)

    assert str(refusal.value).endswith(".")


def test_the_host_header_names_the_port_only_when_it_is_not_the_usual_one() -> None:
    """RFC 9110, 7.2: the default port is left out, and IPv6 stands in brackets."""
    assert read_url("http://cb.example:80/").authority == "cb.example"
    assert read_url("http://[2001:db8::1]:81/").authority == "[2001:db8::1]:81"


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        (b"/other?y=2", "https://cb.example:8443/other?y=2"),
        (b"other", "https://cb.example:8443/a/other"),
        (b"?y=2", "https://cb.example:8443/a/b?y=2"),
        (b"//else.example/c", "https://else.example/c"),
        (b"http://else.example/c#part", "http://else.example/c"),
        ("/gr\u00fcn".encode(), "https://cb.example:8443/gr%C3%BCn"),
        (b"/gr\xfcn", "https://cb.example:8443/gr%C3%BCn"),
    ],
)
def test_a_redirect_is_read_against_the_url_it_came_from(location: bytes, leads_to: str) -> None:
    """RFC 9110, 10.2.2: relative references, other hosts, and no fragment."""
    base = read_url("https://cb.example:8443/a/b?x=1")

    assert str(follow_url(base, location)) == leads_to


@pytest.mark.parametrize(
    "location", [b"javascript:alert(1)", b"http://0x7f.1/", b"http://u@h/", b"http://[::1/", b"file:///etc"]
)
def test_a_redirect_to_an_odd_url_is_refused(location: bytes) -> None:
    """A redirect passes the same checks as the URL that a customer typed."""
    with pytest.raises(BadUrl):
        follow_url(read_url("http://cb.example/"), location)
