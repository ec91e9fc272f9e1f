"""Which addresses may be called, and the only way from a name to an address (rest-api 8.7).

A customer chooses the URL, so without a check he could make us call our own machine, our neighbours or the cloud's
metadata service. The check is on addresses, never on names: a name is resolved once, every address it has is checked,
and the connection goes to a checked address. There is no second look-up in between that could say something else.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""From a name to the text of all its addresses; raises OSError when there are none."""

# Written out, because the standard library's `is_private` and `is_global` differ between Python releases.
# Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries.
_FORBIDDEN_V4: Final = tuple(
    (ipaddress.IPv4Network(network), word)
    for network, word in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier's customers (CGNAT)"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud platform's own service"),  # public by number, but answers only from inside
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),  # with 255.255.255.255
    )
)
_FORBIDDEN_V6: Final = tuple(
    (ipaddress.IPv6Network(network), word)
    for network, word in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "a local translation prefix"),
        ("100::/64", "a black hole"),
        ("2001::/32", "a Teredo tunnel"),
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "for documentation"),
        ("3fff::/20", "for documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")

# Where an IPv6 address carries an IPv4 one: the network and how far the 32 bits stand from the right.
_EMBEDDING_V6: Final = tuple(
    (ipaddress.IPv6Network(network), shift)
    for network, shift in (
        ("64:ff9b::/96", 0),  # NAT64, RFC 6052
        ("2002::/16", 80),  # 6to4, RFC 3056
    )
)
_MAPPED_BITS: Final = 96
_ISATAP_MARKS: Final = (0x0000_5EFE, 0x0200_5EFE)  # RFC 5214 6.1: the upper half of the interface identifier


class AddressRefused(Exception):
    """This address is not called; the message says which and why."""


class NameUnknown(Exception):
    """The name has no address, or the resolver did not answer; the message says so."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Everything that is not a public unicast address is forbidden, unless a network of `allowed` holds it."""

    allowed: tuple[IpNetwork, ...] = ()

    @classmethod
    def allowing(cls, networks: Sequence[str]) -> AddressRules:
        """Rules with these networks (CIDR) listed by the operator; ValueError names the one that cannot be read."""
        read = []
        for network in networks:
            try:
                read.append(_plain(ipaddress.ip_network(network)))
            except ValueError as error:
                raise ValueError(f"{network!r} is not a network like 10.1.0.0/16 or fd00:1::/64: {error}") from error
        return cls(tuple(read))

    def refusal(self, address: str) -> str | None:
        """Why this address is not called, in a sentence, or None when it may be."""
        try:
            ip: IpAddress = ipaddress.ip_address(address)
        except ValueError:
            return f"{address} is not an IP address."
        if isinstance(ip, ipaddress.IPv6Address):
            if ip.scope_id is not None:
                return f"Calling {address} is not allowed: it is link-local."
            ip = ip.ipv4_mapped or ip  # ::ffff:a.b.c.d is the same host to the kernel
        if any(ip.version == network.version and ip in network for network in self.allowed):
            return None
        word = _why_forbidden(ip)
        if word is None:
            return None
        return f"Calling {address} is not allowed: it is {word}. The operator can list the network."


def _plain(network: IpNetwork) -> IpNetwork:
    """A network of IPv4-mapped addresses as the IPv4 network that it is: addresses are compared in that form."""
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


def _why_forbidden(ip: IpAddress) -> str | None:
    if isinstance(ip, ipaddress.IPv4Address):
        return next((word for network, word in _FORBIDDEN_V4 if ip in network), None)
    word = next((word for network, word in _FORBIDDEN_V6 if ip in network), None)
    if word is not None:
        return word
    bits = int(ip)
    carried = [bits >> shift for network, shift in _EMBEDDING_V6 if ip in network]
    inside = bool(carried)
    if (bits >> 32) & 0xFFFF_FFFF in _ISATAP_MARKS:
        carried.append(bits)
    for candidate in carried:
        inner = ipaddress.IPv4Address(candidate & 0xFFFF_FFFF)
        word = _why_forbidden(inner)
        if word is not None:
            return f"a way to {inner}, which is {word}"
    if not inside and ip not in _GLOBAL_V6:
        return "not a public address"
    return None


class AddressBook:
    """Names and their checked addresses, remembered for a short while.

    One look-up per name at a time, shared by all who wait for it. Forgetting is by `ttl_s` (failures: `failure_ttl_s`)
    and, beyond `names_max`, oldest first.
    """

    def __init__(
        self,
        rules: AddressRules,
        *,
        resolve: Resolve,
        now: Callable[[], float],
        ttl_s: float = 30.0,
        failure_ttl_s: float = 5.0,
        names_max: int = 10_000,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._now = now
        self._ttl_s = ttl_s
        self._failure_ttl_s = failure_ttl_s
        self._names_max = names_max
        self._known: dict[str, tuple[float, tuple[str, ...] | NameUnknown]] = {}
        self._looking: dict[str, asyncio.Task[tuple[str, ...] | NameUnknown]] = {}

    @property
    def rules(self) -> AddressRules:
        return self._rules

    async def addresses(self, host: str) -> tuple[str, ...]:
        """All addresses of a name or of a literal, every one checked; at least one.

        Raises AddressRefused when any of them is forbidden (a name that points at both a public and a private address
        is a trick or a mistake), NameUnknown when there is none. Cancelling one
        waiter leaves the look-up to the others.
        """
        found = await self._found(host)
        if isinstance(found, NameUnknown):
            raise NameUnknown(str(found))
        for address in found:
            refusal = self._rules.refusal(address)
            if refusal is not None:
                named = refusal if address == host else f"{refusal} ({host} has that address.)"
                raise AddressRefused(named)
        return found

    def close(self) -> None:
        """Stop all look-ups; whoever waits for one is cancelled."""
        for task in self._looking.values():
            task.cancel()

    async def _found(self, host: str) -> tuple[str, ...] | NameUnknown:
        try:
            return (str(ipaddress.ip_address(host)),)
        except ValueError:
            pass
        known = self._known.get(host)
        if known is not None and known[0] > self._now():
            return known[1]
        task = self._looking.get(host)
        if task is None:
            task = self._looking[host] = asyncio.get_running_loop().create_task(self._look_up(host))
        return await asyncio.shield(task)

    async def _look_up(self, host: str) -> tuple[str, ...] | NameUnknown:
        found: tuple[str, ...] | NameUnknown
        try:
            found = tuple(dict.fromkeys(await self._resolve(host)))
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not a valid name"
            found = NameUnknown(f"The name {host} could not be resolved: {reason}.")
        finally:
            del self._looking[host]
        if not found:
            found = NameUnknown(f"The name {host} has no address.")
        ttl_s = self._failure_ttl_s if isinstance(found, NameUnknown) else self._ttl_s
        self._known.pop(host, None)
        while len(self._known) >= self._names_max:
            del self._known[next(iter(self._known))]
        self._known[host] = (self._now() + ttl_s, found)
        return found


class SystemResolver:
    """The operating system's resolver, in threads of its own.

    Of its own, because a name server that does not answer holds a thread for many seconds, and must hold up nothing
    but look-ups.
    """

    def __init__(self, *, lookups_max: int = 8) -> None:
        self._threads = ThreadPoolExecutor(max_workers=lookups_max, thread_name_prefix="callback-dns")

    async def __call__(self, host: str) -> Sequence[str]:
        ask = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
        answers = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [str(answer[4][0]) for answer in answers]

    def close(self) -> None:
        """Give the threads back; look-ups that have not started are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)
