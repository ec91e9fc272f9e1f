"""Which addresses a lockdown lets in."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from angarium.core.lockdown import BadNetwork, Lockdown, read_network


@pytest.mark.parametrize(
    ("networks", "address", "is_let_in"),
    [
        (["192.0.2.7"], "192.0.2.7", True),
        (["192.0.2.7"], "192.0.2.8", False),
        (["192.0.2.0/24"], "192.0.2.255", True),
        (["192.0.2.0/24"], "192.0.3.0", False),
        (["0.0.0.0/0"], "203.0.113.5", True),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["::/0"], "203.0.113.5", False),
        (["::/0"], "2001:db8::1", True),
        (["2001:db8::/32"], "2001:db8:ffff::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["10.0.0.0/8", "2001:db8::1"], "2001:db8:0:0::1", True),
        (["192.0.2.7"], "::ffff:192.0.2.7", True),
        (["::ffff:192.0.2.7"], "192.0.2.7", True),
        (["::ffff:192.0.2.0/120"], "192.0.2.9", True),
        (["::ffff:192.0.2.0/120"], "192.0.3.9", False),
        (["::ffff:0:0/96"], "8.8.8.8", True),
        (["192.0.2.7"], "2002:c000:207::", False),
        (["192.0.2.7"], "64:ff9b::c000:207", False),
        (["192.0.2.7"], "::c000:207", False),
        ([], "192.0.2.7", False),
    ],
)
def test_an_address_is_let_in_when_a_listed_network_holds_it(
    networks: list[str], address: str, is_let_in: bool
) -> None:
    """IPv4 in IPv6's mapped spelling is the same address; one that only carries another is not (rest-api 1.7)."""
    assert Lockdown(networks).allows(ip_address(address)) is is_let_in


def test_an_address_that_nobody_knows_is_not_let_in() -> None:
    """What could not be read is nowhere, also where everything is listed (rest-api 1.7)."""
    assert not Lockdown(["0.0.0.0/0", "::/0"]).allows(None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("192.0.2.7/24", "did you mean 192.0.2.0/24"),
        ("192.0.2.300", "give one such as"),
        ("010.0.0.1", "give one such as"),
        ("0x7f.1", "give one such as"),
        ("example.com", "give one such as"),
        ("192.0.2.0/33", "give one such as"),
        ("192.0.2.0/", "give one such as"),
        ("", "give one such as"),
        ("fe80::1%eth0", "has a zone"),
        ("[::1]", "give one such as"),
    ],
)
def test_what_is_no_network_is_told_with_its_cure(text: str, says: str) -> None:
    """A lockdown that was mistyped must not be kept: it would shut the customer out, or let others in."""
    with pytest.raises(BadNetwork, match=says.replace(".", r"\.")):
        read_network(text)
