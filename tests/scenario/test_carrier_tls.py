"""Links to a carrier over TLS, with a certificate that the test makes."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from angarium.carriers.keeper import LinkState
from angarium.ports.carrier import Answer
from tests.carrier_bench import PoolUnderTest, settings_for, submissions
from tests.scripted_smsc import ScriptedSmsc

FROM = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2120, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 and smsc.example, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smsc.example")])
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("smsc.example")]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "smsc.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def server_side(certificate: Path) -> ssl.SSLContext:
    """What the SMSC presents."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize(
    "more",
    [{"tls_ca_file": ""}, {"tls_ca_file": "", "tls_server_name": "smsc.example"}, {"tls_verify": False}],
    ids=["address", "name", "insecure"],
)
async def test_a_message_goes_out_over_tls(certificate: Path, more: dict[str, object]) -> None:
    """With the CA file, by address or by name, or without any check."""
    if "tls_ca_file" in more:
        more = {**more, "tls_ca_file": str(certificate)}
    async with (
        ScriptedSmsc(tls=server_side(certificate)) as smsc,
        PoolUnderTest(settings_for(smsc, tls=True, **more)) as test,
    ):
        await test.bound()

        test.pool.submit(submissions(3))
        await test.answered(3)

        assert set(test.answers().values()) == {Answer.ACCEPTED}


@pytest.mark.parametrize(
    ("more", "complaint"),
    [({}, "self-signed"), ({"tls_ca_file": "CERTIFICATE", "tls_server_name": "other.example"}, "other.example")],
    ids=["unknown authority", "another name"],
)
async def test_a_certificate_that_does_not_check_is_not_used(
    certificate: Path, more: dict[str, object], complaint: str
) -> None:
    """Nothing is sent, not even the bind; the link's state says why."""
    if more:
        more = {**more, "tls_ca_file": str(certificate)}
    async with (
        ScriptedSmsc(tls=server_side(certificate)) as smsc,
        PoolUnderTest(settings_for(smsc, tls=True, **more)) as test,
    ):
        await test.until(lambda: any(change.state is LinkState.DOWN for change in test.changes))

        assert complaint in test.pool.states()[0].last_error
        assert smsc.bound() == []


async def test_a_ca_file_that_is_missing_is_a_state_with_a_sentence(tmp_path: Path) -> None:
    """The link keeps trying: the file may come."""
    async with ScriptedSmsc() as smsc:
        settings = settings_for(smsc, tls=True, tls_ca_file=str(tmp_path / "missing.pem"))
        async with PoolUnderTest(settings) as test:
            await test.until(lambda: [change.state for change in test.changes].count(LinkState.DOWN) >= 2)

            assert "No such file" in test.pool.states()[0].last_error
