"""Callbacks over https: certificates are verified unless a target says otherwise."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.scripted_endpoint import OK, always, calling, serving


@dataclass(frozen=True)
class Certificates:
    """A private authority and a server with a certificate of it for cb.example."""

    ca_file: Path
    server: ssl.SSLContext


def issue(name: str, *, key: ec.EllipticCurvePrivateKey, by: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None):
    """A certificate: signed by itself, and an authority, when `by` is None."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = by or (subject, key)
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36500))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]),
            critical=False,
        )
    )
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made once: keys are dear."""
    folder = tmp_path_factory.mktemp("tls")
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = issue("Test authority", key=ca_key, by=None)
    certificate = issue("cb.example", key=key, by=(ca.subject, ca_key))
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "server.pem").write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return Certificates(folder / "ca.pem", context)


CB: dict[str, list[Sequence[str]]] = {"cb.example": [["127.0.0.1"]], "else.example": [["127.0.0.1"]]}


async def test_https_with_a_trusted_authority_works_and_keeps_its_connection(certificates: Certificates) -> None:
    """The operator's own authority is trusted by a setting."""
    async with (
        serving(always(OK), tls=certificates.server) as server,
        calling(names=CB, ca_file=str(certificates.ca_file)) as caller,
    ):
        ended = [await caller.push(f"https://cb.example:{server.port}/", body=b"x" * 1000) for _ in range(2)]

    assert [exchange.ok for exchange in ended] == [True, True]
    assert server.connections == 1


@pytest.mark.parametrize("host", ["else.example", "127.0.0.1"])
async def test_a_certificate_for_another_host_is_not_accepted(certificates: Certificates, host: str) -> None:
    """The name in the URL is the name that must stand in the certificate."""
    async with (
        serving(always(OK), tls=certificates.server) as server,
        calling(names=CB, ca_file=str(certificates.ca_file)) as caller,
    ):
        exchange = await caller.push(f"https://{host}:{server.port}/")

    assert exchange.error.startswith(f"The certificate of {host} port {server.port} is not accepted: ")
    assert server.requests == []


async def test_an_unknown_authority_is_not_accepted_unless_the_target_says_so(certificates: Certificates) -> None:
    """By default certificates are verified; a target may do without."""
    async with serving(always(OK), tls=certificates.server) as server, calling(names=CB) as caller:
        strict = await caller.push(f"https://cb.example:{server.port}/")
        lax = await caller.push(f"https://cb.example:{server.port}/", verify_tls=False)

    assert "is not accepted" in strict.error
    assert lax.ok
    assert len(server.requests) == 1


async def test_https_to_a_server_without_tls_is_told() -> None:
    """A mistaken scheme gives a sentence, not a riddle."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 not TLS\r\n")
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with calling(names=CB) as caller:
        exchange = await caller.push(f"https://cb.example:{port}/")
    listener.close()

    assert exchange.error.startswith(f"TLS with cb.example port {port} failed")


async def test_a_handshake_that_never_ends_runs_out_of_time() -> None:
    """A connection that does not come about counts against the same deadline."""
    arrived, leave = asyncio.Event(), asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await leave.wait()
        writer.close()

    listener = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with calling(names=CB, connect_deadline_s=3600.0) as caller:
        future = caller.start(f"https://cb.example:{port}/")
        await arrived.wait()
        caller.now.at += 10.0
        caller.client.sweep()
        exchange = await future
    leave.set()
    listener.close()

    assert exchange.error == "No answer within 10 s."


async def test_a_redirect_from_https_to_http_is_not_followed(certificates: Certificates) -> None:
    """What was to be secret on the way stays so."""
    go = b"HTTP/1.1 302 Go\r\nLocation: http://cb.example/\r\nContent-Length: 0\r\n\r\n"
    async with (
        serving(always(go), tls=certificates.server) as server,
        calling(names=CB, ca_file=str(certificates.ca_file)) as caller,
    ):
        exchange = await caller.push(f"https://cb.example:{server.port}/")

    assert exchange.error == "The endpoint redirects from https to http (cb.example), which is not followed."
