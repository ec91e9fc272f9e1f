"""No spelling of an address, and no URL, steers a callback to where it may not go (rest-api 8.7)."""

from __future__ import annotations

import ipaddress
import socket

from hypothesis import example, given
from hypothesis import strategies as st

from angarium.callbacks.addresses import AddressRules
from angarium.callbacks.urls import BadUrl, follow_url, read_url

PRIVATE = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
]  # fmt: skip
INSIDE = st.sampled_from([ipaddress.IPv4Network(each) for each in PRIVATE]).flatmap(
    lambda network: st.integers(int(network[0]), int(network[-1])).map(ipaddress.IPv4Address)
)
GLOBAL = [ipaddress.IPv6Network("2000::/3"), ipaddress.IPv6Network("64:ff9b::/96")]
PUBLIC = st.integers(int(ipaddress.IPv4Address("1.1.1.0")), int(ipaddress.IPv4Address("9.255.255.255"))).map(
    ipaddress.IPv4Address
)


def carriers_of(inner: ipaddress.IPv4Address) -> dict[str, ipaddress.IPv6Address]:
    """Every standard way in which an IPv6 address carries an IPv4 one."""
    bits = int(inner)
    return {
        "mapped (RFC 4291)": ipaddress.IPv6Address(0xFFFF << 32 | bits),
        "compatible (RFC 4291)": ipaddress.IPv6Address(bits),
        "translated (RFC 2765)": ipaddress.IPv6Address(0xFFFF << 48 | bits),
        "NAT64 (RFC 6052)": ipaddress.IPv6Address(0x64FF9B << 96 | bits),
        "local NAT64 (RFC 8215)": ipaddress.IPv6Address(0x64FF9B0001 << 80 | bits),
        "6to4 (RFC 3056)": ipaddress.IPv6Address(0x2002 << 112 | bits << 80 | 1),
        "Teredo (RFC 4380)": ipaddress.IPv6Address(0x20010000 << 96 | (bits ^ 0xFFFF_FFFF)),
        "ISATAP (RFC 5214)": ipaddress.IPv6Address(0x2606_4700 << 96 | 0x5EFE << 32 | bits),
    }


@given(INSIDE)
def test_no_ipv6_address_leads_to_a_forbidden_ipv4_one(inner: ipaddress.IPv4Address) -> None:
    """Mapped, translated, tunnelled: all of them are refused (rest-api 8.7)."""
    rules = AddressRules()

    assert rules.refusal(str(inner)) is not None
    assert [form for form, address in carriers_of(inner).items() if rules.refusal(str(address)) is None] == []


@given(st.integers(0, 2**128 - 1))
def test_only_global_unicast_addresses_of_ipv6_are_called(bits: int) -> None:
    """Whatever is not global, and nobody has listed, is refused (rest-api 8.7)."""
    address = ipaddress.IPv6Address(bits)
    if AddressRules().refusal(str(address)) is None:
        assert address.ipv4_mapped or any(address in network for network in GLOBAL)


@given(PUBLIC, INSIDE)
def test_a_listed_network_opens_itself_and_no_way_around(
    public: ipaddress.IPv4Address, inner: ipaddress.IPv4Address
) -> None:
    """Only the address itself, in its plain and its mapped form, is opened by listing it (rest-api 8.7)."""
    rules = AddressRules.allowing([f"{inner}/32"])
    mapped = AddressRules.allowing([f"::ffff:{inner}/128"])

    assert rules.refusal(str(public)) is None
    for each in (rules, mapped):
        assert each.refusal(str(inner)) is None
        opened = {form for form, address in carriers_of(inner).items() if each.refusal(str(address)) is None}
        assert opened == {"mapped (RFC 4291)"}


HOSTS = st.one_of(
    st.from_regex(
        r"(0x[0-9a-f]{1,8}|0[0-7]{1,11}|[0-9]{1,10})(\.(0x[0-9a-f]{1,6}|0[0-7]{1,6}|[0-9]{1,8})){0,3}\.?",
        fullmatch=True,
    ),
    st.text("0123456789.xXabcdef\u0661\uff11\u2460\u3002\uff0e", min_size=1, max_size=20),
)


@given(HOSTS)
@example("127.1")
@example("0x7f000001")
@example("0177.0.0.1")
@example("2130706433")
@example("127.0.0.1.")
@example("\u2460\u2461\u2466.0.0.1")
@example("127\u30020\uff0e0\u30021")
def test_a_host_that_a_resolver_takes_for_an_address_is_written_as_one(host: str) -> None:
    """Octal, hex, short and full-width forms are refused or become plain, so the check sees them (rest-api 8.7)."""
    try:
        url = read_url(f"http://{host}/")
    except BadUrl:
        return
    try:
        resolved = socket.inet_ntoa(socket.inet_aton(url.host))
    except (OSError, UnicodeError):
        return
    assert url.host == resolved


LOCATIONS = st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=40).map(
    lambda text: text.encode("latin-1")
)


@given(LOCATIONS | LOCATIONS.map(lambda tail: b"http:" + tail) | LOCATIONS.map(lambda tail: b"//" + tail))
@example(b"//user:pass@10.0.0.1/")
@example(b"http:\\\\10.0.0.1/")
@example(b"file:///etc/passwd")
@example(b"http://cb.example:0/")
@example(b"http://cb.example:65536/")
@example(b"//[fe80::1%25eth0]/")
def test_a_redirect_leads_to_a_plain_http_url_or_nowhere(location: bytes) -> None:
    """No other scheme, no user name, no zone, no odd port, and nothing that a second reader reads otherwise."""
    try:
        url = follow_url(read_url("http://cb.example/path"), location)
    except BadUrl:
        return
    assert url.scheme in {"http", "https"}
    assert 1 <= url.port <= 65535
    assert not set(url.host) & set("@%/\\[] ")
    assert read_url(str(url)) == url
