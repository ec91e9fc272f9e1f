"""Where a request comes from, whatever its headers say."""

from __future__ import annotations

import pytest

from angarium.httpd import HttpdSettings, Proxies, Request
from angarium.httpd.head import HeadReader
from angarium.httpd.origin import FORWARDED_OCTETS_MAX, PEERS_MAX

TRUSTED = ["10.0.0.0/8", "2001:db8:aaaa::/48"]
PROXY = "10.0.0.1"
CLIENT = "203.0.113.5"


def request(*headers: str, peer: str = PROXY) -> Request:
    """A request with these header lines, read by the server's own reader."""
    reader = HeadReader(HttpdSettings())
    lines = "\r\n".join(["GET / HTTP/1.1", "Host: h", *headers, "", ""])
    reader.read(lines.encode("latin-1"), 0)
    assert reader.head is not None
    return Request(reader.head, b"", (peer, 50_000), secure=False)


def origin(*headers: str, peer: str = PROXY, trusted: list[str] | None = None) -> str | None:
    """Where it comes from."""
    found = Proxies(TRUSTED if trusted is None else trusted).origin(request(*headers, peer=peer))
    return None if found is None else str(found)


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For: 192.0.2.1",
        "Forwarded: for=192.0.2.1",
        "X-Real-IP: 192.0.2.1",
        "True-Client-IP: 192.0.2.1",
        "X-Forwarded-For: garbage",
        "Forwarded: for=",
    ],
)
@pytest.mark.parametrize("trusted", [[], TRUSTED])
def test_no_header_counts_unless_a_trusted_proxy_sends_it(header: str, trusted: list[str]) -> None:
    """A client may write what it likes: it is where its connection comes from (rest-api 1.7)."""
    assert origin(header, peer=CLIENT, trusted=trusted) == CLIENT
    assert origin(header, peer=PROXY, trusted=[]) == PROXY


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (CLIENT, CLIENT),
        (f"192.0.2.1, {CLIENT}", CLIENT),
        (f"192.0.2.1, {CLIENT}, 10.0.0.9", CLIENT),
        (f"192.0.2.1,{CLIENT},10.0.0.9,10.255.255.255", CLIENT),
        (f"10.0.0.7, {CLIENT}", CLIENT),
        (f"garbage, \x09{CLIENT}\x09", CLIENT),
        (f"', \", for=, {CLIENT}", CLIENT),
        (f"{CLIENT}:4711", CLIENT),
        ("[2001:db8::5]:4711", "2001:db8::5"),
        ("[2001:db8::5]", "2001:db8::5"),
        ("2001:db8::5", "2001:db8::5"),
        ("2001:DB8:0::5", "2001:db8::5"),
        (f"::ffff:{CLIENT}", CLIENT),
        (f"{CLIENT}, ::ffff:10.0.0.9", CLIENT),
        (f"{CLIENT}, 2001:db8:aaaa::1", CLIENT),
        ("10.0.0.7", "10.0.0.7"),
        ("10.0.0.7, 10.0.0.8", "10.0.0.7"),
    ],
)
def test_x_forwarded_for_is_read_from_the_right(value: str, found: str) -> None:
    """Trusted proxies are passed over; the first address that is none of them is it, whatever stands left of it."""
    assert origin(f"X-Forwarded-For: {value}") == found


@pytest.mark.parametrize(
    "value",
    [
        "",
        ",",
        f"{CLIENT},",
        f"{CLIENT}, ,10.0.0.9",
        "unknown",
        "_hidden",
        "localhost",
        "203.0.113.5.",
        "203.0.113.05",
        "203.0.113",
        "3405803781",
        "0xcb007105",
        "203.0.113.5/32",
        "203.0.113.5:",
        "203.0.113.5:x",
        "203.0.113.5:123456",
        "203.0.113.5 10.0.0.9",
        "203.0.113.5;10.0.0.9",
        "[203.0.113.5]",
        "[2001:db8::5",
        "2001:db8::5]",
        "[2001:db8::5]:",
        "[2001:db8::5]4711",
        "[[2001:db8::5]]",
        "fe80::1%eth0",
        "fe80::1%25eth0",
        '"203.0.113.5"',
        "２０３.0.113.5".encode().decode("latin-1"),
        "203.0.113.5\xa0",
        "for=203.0.113.5",
    ],
)
def test_an_x_forwarded_for_that_cannot_be_read_is_nowhere(value: str) -> None:
    """Strictly: no name, no odd number, no zone, nothing left over (rest-api 1.7)."""
    assert origin(f"X-Forwarded-For: {value}") is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (f"for={CLIENT}", CLIENT),
        (f"For={CLIENT};proto=https;by=10.0.0.1", CLIENT),
        (f"proto=https ; for={CLIENT}", CLIENT),
        (f'for="{CLIENT}:4711"', CLIENT),
        ('for="[2001:db8::5]:4711"', "2001:db8::5"),
        ('for="[2001:DB8::5]"', "2001:db8::5"),
        (f'for="[::ffff:{CLIENT}]"', CLIENT),
        (f'for=192.0.2.1, for="{CLIENT}", for=10.0.0.9', CLIENT),
        (f'for=_hidden;x="a,b;c", for={CLIENT}', CLIENT),
        ("for=10.0.0.7", "10.0.0.7"),
    ],
)
def test_forwarded_is_read_from_the_right(value: str, found: str) -> None:
    """The standard header says the same in its own spelling (RFC 7239)."""
    assert origin(f"Forwarded: {value}") == found


@pytest.mark.parametrize(
    "value",
    [
        "",
        "for",
        "for=",
        'for=""',
        "for=unknown",
        "for=_hidden",
        "proto=https",
        f"for={CLIENT};for=192.0.2.1",
        f"for={CLIENT},",
        f"for={CLIENT};",
        f"for={CLIENT} 10.0.0.9",
        f"for= {CLIENT}",
        f"for={CLIENT}:4711",
        "for=[2001:db8::5]",
        "for=2001:db8::5",
        f'for="{CLIENT}',
        f'for={CLIENT}"',
        f'for="\\{CLIENT}"',
        f"for={CLIENT}, by=10.0.0.1",
        f"by=10.0.0.1, for={CLIENT}, unknown",
    ],
)
def test_a_forwarded_that_cannot_be_read_is_nowhere(value: str) -> None:
    """One that is malformed anywhere is malformed as a whole: two readers could read it differently."""
    assert origin(f"Forwarded: {value}") is None


@pytest.mark.parametrize("start", ['for="', 'for=192.0.2.1;x="', 'for=192.0.2.1;x="a\\', 'x="', '"', ","])
def test_an_open_quote_does_not_swallow_what_the_proxy_appends(start: str) -> None:
    """What a client begins is not ended by what the proxy writes after it."""
    for appended in (f"for={CLIENT}", 'for="[2001:db8::5]"', 'for="[2001:db8::5]", for="[2001:db8:aaaa::1]"'):
        assert origin(f"Forwarded: {start}, {appended}") is None


def test_both_headers_must_say_the_same() -> None:
    """A proxy that writes one lets the other pass as the client made it up: it can deny, and never let in."""
    assert origin(f"X-Forwarded-For: {CLIENT}", "Forwarded: for=192.0.2.1") is None
    assert origin("X-Forwarded-For: 192.0.2.1", f"Forwarded: for={CLIENT}") is None
    assert origin(f"X-Forwarded-For: {CLIENT}", "Forwarded: rubbish") is None
    assert origin(f"X-Forwarded-For: {CLIENT}", f"Forwarded: for={CLIENT};proto=https") == CLIENT


def test_a_header_that_came_twice_is_one_list() -> None:
    """In its order, so that what the proxy added in a line of its own is the end of it (RFC 9110, 5.3)."""
    assert origin("X-Forwarded-For: 192.0.2.1", f"X-Forwarded-For: {CLIENT}") == CLIENT
    assert origin("Forwarded: for=192.0.2.1", f"Forwarded: for={CLIENT}") == CLIENT
    assert origin(f"X-Forwarded-For: {CLIENT}", "X-Forwarded-For: rubbish") is None


def test_a_list_that_is_too_long_is_none() -> None:
    """Nobody stands behind hundreds of proxies."""
    fill = "192.0.2.1, " * (FORWARDED_OCTETS_MAX // len("192.0.2.1, ") + 1)

    assert origin(f"X-Forwarded-For: {fill}{CLIENT}") is None
    assert origin(f"Forwarded: {'for=192.0.2.1, ' * 300}for={CLIENT}") is None


def test_a_trusted_proxy_that_says_nothing_asks_for_itself() -> None:
    """Its own health checks, say."""
    assert origin() == PROXY


@pytest.mark.parametrize(
    ("peer", "found"),
    [
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("/run/socket", None),
    ],
)
def test_the_clients_own_end_is_read(peer: str, found: str | None) -> None:
    """IPv4 that came to a socket for both is IPv4; what is no address is nowhere."""
    assert origin(f"X-Forwarded-For: {CLIENT}", peer=peer) == found


def test_a_proxy_is_known_by_either_spelling() -> None:
    """Its network may be listed, and its address may come, as IPv4-mapped IPv6."""
    assert origin(f"X-Forwarded-For: {CLIENT}", peer="::ffff:10.0.0.1") == CLIENT
    assert origin(f"X-Forwarded-For: {CLIENT}", trusted=["::ffff:10.0.0.0/104"]) == CLIENT
    assert origin(f"X-Forwarded-For: {CLIENT}", peer="11.0.0.1", trusted=["::ffff:10.0.0.0/104"]) == "11.0.0.1"


def test_the_memory_for_peers_is_bounded() -> None:
    """It starts anew, and goes on knowing."""
    proxies = Proxies(TRUSTED)

    for number in range(PEERS_MAX + 2):
        proxies.origin(request(peer=f"11.{number >> 16}.{number >> 8 & 255}.{number & 255}"))

    assert str(proxies.origin(request(f"X-Forwarded-For: {CLIENT}"))) == CLIENT
    assert len(proxies._peers) <= PEERS_MAX


def test_a_network_that_is_none_is_told() -> None:
    """Settings are checked before; a mistake is never taken for a network."""
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/8"):
        Proxies(["10.0.0.1/8"])


@pytest.mark.parametrize(
    ("headers", "peer", "is_secure"),
    [
        (["X-Forwarded-Proto: https"], PROXY, True),
        (["X-Forwarded-Proto: HTTPS"], PROXY, True),
        (["X-Forwarded-Proto: http, https"], PROXY, True),
        (["X-Forwarded-Proto: https, http"], PROXY, False),
        (["X-Forwarded-Proto: https"], CLIENT, False),
        ([], PROXY, False),
    ],
)
def test_a_trusted_proxy_says_whether_the_client_came_by_tls(headers: list[str], peer: str, is_secure: bool) -> None:
    """Whoever is none may write it, and it means nothing."""
    assert Proxies(TRUSTED).is_secure(request(*headers, peer=peer)) is is_secure
