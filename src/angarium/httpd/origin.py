"""Where a request comes from: the client's end, or what proxies say that are trusted to say it.

A header is as true as whoever wrote it. So `Forwarded` (RFC 7239) and `X-Forwarded-For` count only when the client's
end is a trusted proxy, and then from the right: the last entry was written by that proxy, the one before it by the
proxy named there if that is trusted too, and so on. The first address that is no trusted proxy is where it ends:
whatever stands left of it may have been made up. What cannot be read is nowhere.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from angarium.httpd.exchange import Request

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDED_OCTETS_MAX: Final = 4_096
"""A longer list of proxies is none."""
PEERS_MAX: Final = 10_000
"""Addresses remembered with what they read as; the memory starts anew when it is full."""


def read_address(text: str) -> IpAddress | None:
    """An address in its plain spelling, IPv4-mapped IPv6 as the IPv4 that it is; None for anything else.

    No port, no brackets, no zone, no number in another base, no leading zero.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


class Proxies:
    """The networks of proxies whose word is taken. Without any, no header is ever read."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        """Networks such as 10.1.0.0/16; raises ValueError for what is none."""
        self._trusted = [_plain_network(ipaddress.ip_network(network)) for network in trusted]
        self._peers: dict[str, tuple[IpAddress | None, bool]] = {}

    def origin(self, request: Request) -> IpAddress | None:
        """The address that the request comes from; None when a trusted proxy says something that cannot be read."""
        peer = request.peer[0]
        known = self._peers.get(peer)
        if known is None:
            known = self._remember(peer)
        address, is_trusted = known
        if not is_trusted or address is None:
            return address
        chains = []
        value = request.headers.get(b"forwarded")
        if value is not None:
            chains.append(_read_forwarded(value))
        value = request.headers.get(b"x-forwarded-for")
        if value is not None:
            chains.append(_read_forwarded_for(value))
        found = {self._end(chain, address) for chain in chains} or {address}
        # A proxy that writes one of the two lets the other pass as the client made it up: both must say the same.
        return found.pop() if len(found) == 1 else None

    def is_secure(self, request: Request) -> bool:
        """Whether the client came by TLS: to us, or to a trusted proxy before us, as its `X-Forwarded-Proto` says."""
        if request.secure:
            return True
        said = request.headers.get(b"x-forwarded-proto", b"")
        peer = request.peer[0]
        known = self._peers.get(peer) or self._remember(peer)
        # The last one was written by the proxy that asks us.
        return known[1] and said.rpartition(b",")[2].strip().lower() == b"https"

    def _remember(self, peer: str) -> tuple[IpAddress | None, bool]:
        if len(self._peers) >= PEERS_MAX:
            self._peers.clear()
        # The zone of a link-local peer is told by our own kernel.
        address = read_address(peer.partition("%")[0])
        known = self._peers[peer] = address, address is not None and self._trusts(address)
        return known

    def _trusts(self, address: IpAddress) -> bool:
        return any(address.version == network.version and address in network for network in self._trusted)

    def _end(self, chain: list[str] | None, proxy: IpAddress) -> IpAddress | None:
        """Follow a chain from the right, from one trusted proxy to the next, to whoever is none."""
        if chain is None:
            return None
        address: IpAddress | None = proxy
        for node in reversed(chain):
            address = _read_node(node)
            if address is None or not self._trusts(address):
                break
        return address


def _plain_network(network: IpNetwork) -> IpNetwork:
    """A network of IPv4-mapped addresses as the IPv4 network that it is."""
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


def _read_node(node: str) -> IpAddress | None:
    """An address as proxies write it: with or without a port, IPv6 in brackets or, alone, without (RFC 7239, 6)."""
    found = _NODE.fullmatch(node)
    if found is None:
        return None
    return read_address(found[1] or found[2] or found[3])


def _read_forwarded_for(value: bytes) -> list[str] | None:
    if len(value) > FORWARDED_OCTETS_MAX or not value.isascii():
        return None
    return [node.strip(" \t") for node in value.decode("ascii").split(",")]


def _read_forwarded(value: bytes) -> list[str] | None:
    """The `for` of each element (RFC 7239, 4). One that is malformed anywhere is malformed as a whole.

    An element without `for` says nothing of where it comes from; it stands as an empty text, which is no address.
    """
    if len(value) > FORWARDED_OCTETS_MAX or not value.isascii():
        return None
    text = value.decode("ascii")
    nodes: list[str] = []
    names: set[str] = set()
    node = ""
    at = 0
    while True:
        pair = _PAIR.match(text, at)
        if pair is None or pair["name"].lower() in names:
            return None
        name = pair["name"].lower()
        names.add(name)
        if name == "for":
            node = pair["token"] or pair["quoted"] or ""
        at = pair.end()
        if pair["next"] != ";":
            nodes.append(node)
            names, node = set(), ""
        if not pair["next"]:
            return nodes


_MAPPED_BITS: Final = 96
_NODE: Final = re.compile(
    r"([0-9.]+)(?::[0-9]{1,5})?"  # IPv4, perhaps with a port
    r"|\[([0-9A-Fa-f]*:[0-9A-Fa-f:.]*)\](?::[0-9]{1,5})?"
    r"|([0-9A-Fa-f]*:[0-9A-Fa-f:.]*)"
)
_PAIR: Final = re.compile(
    r"[ \t]*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)="
    r"(?:(?P<token>[!#$%&'*+.^_`|~0-9A-Za-z-]+)|\"(?P<quoted>[\t !#-\[\]-~]*)\")"
    r"[ \t]*(?P<next>[;,]|\Z)"
)
"""One pair, its value a token or a quoted string without escapes, and what ends it."""
