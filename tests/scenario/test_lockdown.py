"""A connection that is locked down, over real sockets, by IPv4 and IPv6, with and without a proxy (rest-api 1.7)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from angarium.config import Listen
from tests.service import Service, whole_service

STRANGER, CUSTOMER, PROXY = "127.0.0.2", "127.0.0.3", "127.0.0.4"


async def balance(service: Service, *headers: str, source: str = STRANGER) -> tuple[int, str]:
    """Ask for the balance from this address of this machine; the status, and the code when it is refused."""
    host, _, port = service.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host.strip("[]"), int(port), local_addr=(source, 0))
    lines = [
        "GET /rest/account/balance HTTP/1.1",
        "Host: x",
        "Connection: close",
        f"Authorization: Bearer {service.token}",
        *headers,
        "",
        "",
    ]
    writer.write("\r\n".join(lines).encode())
    answer = (await reader.read()).decode()
    writer.close()
    code = answer.partition('"code":"')[2][:3]
    return int(answer.split()[1]), code


async def test_a_connection_is_used_from_its_own_addresses_only(tmp_path: Path) -> None:
    """What a stranger writes into headers does not change where he is (rest-api 1.7)."""
    async with whole_service(tmp_path, networks=(f"{CUSTOMER}/32",)) as service:
        assert await balance(service, source=CUSTOMER) == (200, "")
        assert await balance(service, source=STRANGER) == (401, "007")
        for header in (f"X-Forwarded-For: {CUSTOMER}", f"Forwarded: for={CUSTOMER}", f"X-Real-IP: {CUSTOMER}"):
            assert await balance(service, header, source=STRANGER) == (401, "007")
        assert await balance(service, f"X-Forwarded-For: {STRANGER}", source=CUSTOMER) == (200, "")


async def test_a_trusted_proxy_says_who_calls(tmp_path: Path) -> None:
    """Its last entry counts, nobody else's, and what cannot be read denies (rest-api 1.7)."""
    networks = ("198.51.100.0/24", "2001:db8::/32")
    async with whole_service(tmp_path, networks=networks, http_proxies_trusted=(f"{PROXY}/32",)) as service:
        for value, expected in (
            ("198.51.100.7", (200, "")),
            ("203.0.113.9, 198.51.100.7", (200, "")),
            ("198.51.100.7, 203.0.113.9", (401, "007")),
            (f"198.51.100.7, {PROXY}", (200, "")),
            ("::ffff:198.51.100.7", (200, "")),
            ("[2001:db8::7]:4711", (200, "")),
            ("2001:db9::7", (401, "007")),
            ("198.51.100.7, unknown", (401, "007")),
            ("", (401, "007")),
        ):
            assert await balance(service, f"X-Forwarded-For: {value}", source=PROXY) == expected, value
        assert await balance(service, "Forwarded: for=198.51.100.7", source=PROXY) == (200, "")
        assert await balance(service, "Forwarded: for=198.51.100.7", "X-Forwarded-For: 203.0.113.9", source=PROXY) == (
            401,
            "007",
        )
        assert await balance(service, source=PROXY) == (401, "007")
        assert await balance(service, "X-Forwarded-For: 198.51.100.7", source=STRANGER) == (401, "007")


@pytest.mark.parametrize(
    ("network", "expected"), [("::1", (200, "")), ("127.0.0.0/8", (401, "007")), ("2001:db8::/32", (401, "007"))]
)
async def test_ipv6_is_judged_as_ipv6(tmp_path: Path, network: str, expected: tuple[int, str]) -> None:
    """The loopback of one family is not that of the other (rest-api 1.7)."""
    async with whole_service(tmp_path, networks=(network,), http_listen=Listen("::1", 0)) as service:
        assert await balance(service, source="::1") == expected
