"""IP lockdown: the addresses from which an API connection may be used (rest-api 1.7, code 007)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

NETWORKS_MAX: Final = 200
"""Networks of one connection."""
_MAPPED_BITS: Final = 96


class BadNetwork(ValueError):
    """This is not an address or a network: give one such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32."""


def read_network(text: str) -> IpNetwork:
    """An address or a network in CIDR form; IPv4-mapped IPv6 becomes the IPv4 that it is. Raises BadNetwork."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise BadNetwork(f"{text!r} is not an address or a network{_meant(text)}") from None
    if isinstance(network, ipaddress.IPv6Network):
        if network.network_address.scope_id is not None:
            raise BadNetwork(f"{text!r} has a zone, which means nothing to another machine: leave it out")
        mapped = network.network_address.ipv4_mapped
        if mapped is not None and network.prefixlen >= _MAPPED_BITS:
            return ipaddress.IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


def _meant(text: str) -> str:
    try:
        return f"; did you mean {ipaddress.ip_network(text, strict=False)}?"
    except ValueError:
        return ": give one such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"


class Lockdown:
    """The networks of one connection, read once."""

    def __init__(self, networks: Iterable[str]) -> None:
        """Raises BadNetwork."""
        self._ranges: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
        for network in map(read_network, networks):
            self._ranges[network.version].append((int(network.netmask), int(network.network_address)))

    def allows(self, address: IpAddress | None) -> bool:
        """Whether a call may come from here. An address that could not be read is nowhere."""
        if address is None:
            return False
        if isinstance(address, ipaddress.IPv6Address):
            address = address.ipv4_mapped or address
        number = int(address)
        return any(number & mask == start for mask, start in self._ranges[address.version])
