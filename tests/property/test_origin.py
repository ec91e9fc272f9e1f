"""No header gets a stranger past a lockdown (rest-api 1.7)."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from angarium.core.lockdown import Lockdown
from angarium.httpd import HttpdSettings, Proxies, Request
from angarium.httpd.head import HeadReader

LISTED = "198.51.100.0/24"
TRUSTED = ["10.0.0.0/8", "fd00::/8"]
STRANGER = "203.0.113.5"
GOOD = "198.51.100.7"

PIECES = st.sampled_from(
    [
        GOOD,
        STRANGER,
        "10.0.0.9",
        "[fd00::1]",
        "fd00::1",
        f"[::ffff:{GOOD}]",
        "for=",
        f"for={GOOD}",
        f'for="{GOOD}"',
        "by=x",
    ]
) | st.sampled_from([",", ", ", ";", '"', "\\", " ", "=", ":", ":80", "%eth0", "_x", "unknown", "/24", "\t", "[", "]"])
VALUES = st.lists(PIECES, max_size=12).map("".join) | st.text(st.characters(min_codepoint=32, max_codepoint=126))
HEADERS = st.lists(
    st.tuples(st.sampled_from(["X-Forwarded-For", "Forwarded", "x-forwarded-for", "FORWARDED", "X-Real-IP"]), VALUES),
    max_size=4,
)


def request(peer: str, headers: list[tuple[str, str]]) -> Request:
    """A request as the server reads it."""
    reader = HeadReader(HttpdSettings())
    lines = ["GET / HTTP/1.1", "Host: h", *(f"{name}: {value}" for name, value in headers), "", ""]
    reader.read("\r\n".join(lines).encode("latin-1"), 0)
    assert reader.head is not None
    return Request(reader.head, b"", (peer, 1), secure=False)


@given(HEADERS)
def test_a_stranger_is_where_he_is(headers: list[tuple[str, str]]) -> None:
    """Whatever he sends, when his connection does not come from a trusted proxy (rest-api 1.7)."""
    for trusted in ([], TRUSTED):
        assert str(Proxies(trusted).origin(request(STRANGER, headers))) == STRANGER


@given(HEADERS, st.sampled_from(["X-Forwarded-For", "Forwarded"]), st.sampled_from([STRANGER, "2001:db8::5"]))
def test_what_a_client_sends_through_a_proxy_never_lets_him_in(
    headers: list[tuple[str, str]], appending: str, client: str
) -> None:
    """The proxy appends the client's address to its own header and passes everything else on (rest-api 1.7)."""
    node = f"[{client}]" if ":" in client else client
    appended = f'for="{node}"' if appending == "Forwarded" else client
    sent = [*headers, (appending, appended)]

    origin = Proxies(TRUSTED).origin(request("10.0.0.1", sent))

    assert origin is None or origin == ipaddress.ip_address(client)
    assert not Lockdown([LISTED]).allows(origin)


@given(
    st.lists(st.sampled_from([STRANGER, GOOD, "rubbish", ""]), max_size=4), st.lists(st.just("10.0.0.9"), max_size=3)
)
def test_an_honest_chain_ends_at_the_client(made_up: list[str], proxies: list[str]) -> None:
    """However many trusted proxies it went through, and whatever stood there before (rest-api 1.7)."""
    value = ", ".join([*made_up, "192.0.2.44", *proxies])

    assert str(Proxies(TRUSTED).origin(request("10.0.0.1", [("X-Forwarded-For", value)]))) == "192.0.2.44"
