"""Only public addresses and those an operator lists are called (rest-api 8.7)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from angarium.callbacks.addresses import AddressBook, AddressRefused, AddressRules, NameUnknown, SystemResolver

PUBLIC = ["1.1.1.1", "8.8.8.8", "198.17.255.255", "172.15.255.255", "172.32.0.0", "100.63.255.255", "2606:4700::1111"]
FORBIDDEN = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:102:304::80ff:fffe",
    "2001:10::1",
    "2001:db8::1",
    "2606:4700::5efe:127.0.0.1",
    "2606:4700::200:5efe:a00:1",
    "100::1",
    "3fff::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


class Names:
    """A resolver whose answers are assigned, and which counts how often it was asked."""

    def __init__(self, **names: Sequence[str]) -> None:
        self.names = {name.replace("_", "."): addresses for name, addresses in names.items()}
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        await self.may_answer.wait()
        if host not in self.names:
            raise OSError(-2, "Name or service not known")
        return self.names[host]


class Now:
    """Monotonic time that moves by assignment."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address: str) -> None:
    """Neighbours of forbidden networks are not forbidden."""
    assert AddressRules().refusal(address) is None


@pytest.mark.parametrize("address", ["2002:808:808::1", "64:ff9b::808:808", "2606:4700::5efe:808:808"])
def test_an_address_that_carries_a_public_one_may_be_called(address: str) -> None:
    """6to4, NAT64 and ISATAP are judged by where they lead."""
    assert AddressRules().refusal(address) is None


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    """Our own machine, our neighbours, metadata services, and every way of writing one of them in IPv6 (rest-api
    8.7).
    """
    refusal = AddressRules().refusal(address)

    assert refusal is not None
    assert address in refusal


def test_what_is_not_an_address_is_refused() -> None:
    """The rules judge addresses; anything else is never connected to."""
    assert AddressRules().refusal("localhost") == "localhost is not an IP address."


def test_a_listed_network_may_be_called_and_no_more() -> None:
    """The operator's list opens exactly its networks, also when the address is written as IPv4-mapped IPv6."""
    rules = AddressRules.allowing(["127.0.0.0/8", "fd00:1::/64"])

    assert rules.refusal("127.9.9.9") is None
    assert rules.refusal("::ffff:127.0.0.1") is None
    assert rules.refusal("fd00:1::5") is None
    assert rules.refusal("fd00:2::5") is not None
    assert rules.refusal("10.0.0.1") is not None
    assert rules.refusal("2002:7f00:1::") is not None


@pytest.mark.parametrize("network", ["10.0.0.1/8", "localhost", "10.0.0.0/33", ""])
def test_a_network_that_cannot_be_read_is_named(network: str) -> None:
    """A typing error in the list is told, not guessed at."""
    with pytest.raises(ValueError, match="is not a network like"):
        AddressRules.allowing([network])


async def test_a_name_gives_its_checked_addresses_and_is_remembered_for_a_while() -> None:
    """A second question within the time to live asks nobody; a later one asks again."""
    names, now = Names(cb_example=["1.1.1.1", "1.1.1.1", "2606:4700::1111"]), Now()
    book = AddressBook(AddressRules(), resolve=names, now=now, ttl_s=30.0)

    first = await book.addresses("cb.example")
    now.at += 29.0
    await book.addresses("cb.example")
    asked_before = len(names.asked)
    now.at += 1.0
    await book.addresses("cb.example")

    assert first == ("1.1.1.1", "2606:4700::1111")
    assert (asked_before, len(names.asked)) == (1, 2)


async def test_one_forbidden_address_refuses_the_whole_name() -> None:
    """A name that points at both a public and a private address is a trick or a mistake."""
    book = AddressBook(AddressRules(), resolve=Names(cb_example=["1.1.1.1", "10.0.0.1"]), now=Now())

    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1 .* private.*cb\.example has that address"):
        await book.addresses("cb.example")


async def test_a_name_that_changes_to_a_private_address_is_refused_from_then_on() -> None:
    """The check is repeated on each look-up, and what was allowed before counts for nothing (rest-api 8.7)."""
    names, now = Names(cb_example=["1.1.1.1"]), Now()
    book = AddressBook(AddressRules(), resolve=names, now=now)
    await book.addresses("cb.example")

    names.names["cb.example"] = ["127.0.0.1"]
    now.at += 31.0

    with pytest.raises(AddressRefused):
        await book.addresses("cb.example")


async def test_a_literal_address_is_checked_without_asking_the_resolver() -> None:
    """IP addresses in a URL need no name server, and pass no check by that."""
    names = Names()
    book = AddressBook(AddressRules(), resolve=names, now=Now())

    assert await book.addresses("1.1.1.1") == ("1.1.1.1",)
    with pytest.raises(AddressRefused):
        await book.addresses("::1")
    assert names.asked == []


async def test_an_unknown_name_is_told_and_asked_for_again_soon() -> None:
    """A failure is remembered for a shorter while than an answer."""
    names, now = Names(empty_example=[]), Now()
    book = AddressBook(AddressRules(), resolve=names, now=now, failure_ttl_s=5.0)

    for _ in range(2):
        with pytest.raises(NameUnknown, match=r"nobody\.example could not be resolved: Name or service not known\."):
            await book.addresses("nobody.example")
    now.at += 5.0
    with pytest.raises(NameUnknown):
        await book.addresses("nobody.example")
    with pytest.raises(NameUnknown, match="has no address"):
        await book.addresses("empty.example")

    assert names.asked == ["nobody.example", "nobody.example", "empty.example"]


async def test_those_who_ask_together_share_one_look_up_and_one_may_leave() -> None:
    """One question goes out; who is cancelled takes nothing from the other."""
    names = Names(cb_example=["1.1.1.1"])
    names.may_answer.clear()
    book = AddressBook(AddressRules(), resolve=names, now=Now())
    leaver = asyncio.create_task(book.addresses("cb.example"))
    stayer = asyncio.create_task(book.addresses("cb.example"))
    while not names.asked:
        await asyncio.wait([leaver], timeout=0)

    leaver.cancel()
    names.may_answer.set()

    assert await stayer == ("1.1.1.1",)
    assert names.asked == ["cb.example"]
    with pytest.raises(asyncio.CancelledError):
        await leaver


async def test_the_memory_for_names_is_bounded() -> None:
    """Beyond the limit the oldest name is forgotten."""
    names = Names(a_example=["1.1.1.1"], b_example=["1.1.1.1"], c_example=["1.1.1.1"])
    book = AddressBook(AddressRules(), resolve=names, now=Now(), names_max=2)

    for name in ("a.example", "b.example", "c.example", "c.example", "b.example", "a.example"):
        await book.addresses(name)

    assert names.asked == ["a.example", "b.example", "c.example", "a.example"]


async def test_the_systems_resolver_knows_this_machine() -> None:
    """The real resolver is asked in a thread and gives plain addresses."""
    resolver = SystemResolver(lookups_max=1)

    found = await resolver("localhost")
    resolver.close()

    assert set(found) <= {"127.0.0.1", "::1"}
    assert found
