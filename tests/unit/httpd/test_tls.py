"""Certificates made and loaded."""

from __future__ import annotations

import ipaddress
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from angarium.httpd import CertificateError, ensure_self_signed, load_server_context

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_a_certificate_is_made_for_local_and_given_names(tmp_path: Path) -> None:
    """ECDSA P-256, 825 days, and every name by which the server may be called."""
    certificate_path, key_path = ensure_self_signed(
        tmp_path / "tls", names=("sms.example.com", "192.0.2.7", "localhost"), now=NOW
    )

    certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    key = certificate.public_key()
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "sms.example.com"]
    assert names.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address(address) for address in ("127.0.0.1", "::1", "192.0.2.7")
    ]
    assert certificate.not_valid_after_utc == NOW + timedelta(days=825)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    assert load_server_context(certificate_path, key_path).minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    """Nobody else on the machine can read the key, and nothing half-written stays beside it."""
    _, key_path = ensure_self_signed(tmp_path, now=NOW)

    assert stat.S_IMODE(key_path.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["https.crt", "https.key"]


def test_a_pair_that_exists_is_kept(tmp_path: Path) -> None:
    """A restart does not change the certificate that clients have come to trust."""
    first = [path.read_bytes() for path in ensure_self_signed(tmp_path, now=NOW)]

    second = [path.read_bytes() for path in ensure_self_signed(tmp_path, now=NOW + timedelta(days=1))]

    assert first == second


def test_half_a_pair_is_made_whole(tmp_path: Path) -> None:
    """A key without its certificate is of no use; a new pair that fits is made."""
    certificate_path, key_path = ensure_self_signed(tmp_path, now=NOW)
    certificate_path.unlink()

    ensure_self_signed(tmp_path, now=NOW)

    load_server_context(certificate_path, key_path)


def test_a_directory_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    """The sentence names the directory and what to do."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(CertificateError, match=r"Cannot write a certificate into .*; make the directory writable"):
        ensure_self_signed(tmp_path / "file" / "tls", now=NOW)


def test_a_name_that_no_certificate_can_hold_is_told_in_a_sentence(tmp_path: Path) -> None:
    """A name outside ASCII must be given in its encoded form."""
    with pytest.raises(CertificateError, match="is not a name for a certificate"):
        ensure_self_signed(tmp_path, names=("m\u00fcller.example",), now=NOW)

    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    """The sentence says which of the two files, and why."""
    certificate_path, key_path = ensure_self_signed(tmp_path, now=NOW)

    with pytest.raises(CertificateError, match=r"Cannot read the certificate file .*No such file"):
        load_server_context(tmp_path / "none", key_path)
    with pytest.raises(CertificateError, match="Cannot read the key file"):
        load_server_context(certificate_path, tmp_path / "none")


def test_a_key_of_another_certificate_is_told_in_a_sentence(tmp_path: Path) -> None:
    """The two files must belong together."""
    certificate_path, _ = ensure_self_signed(tmp_path / "one", now=NOW)
    _, key_path = ensure_self_signed(tmp_path / "two", now=NOW)

    with pytest.raises(CertificateError, match="does not belong to the certificate"):
        load_server_context(certificate_path, key_path)


def test_a_locked_key_is_told_in_a_sentence(tmp_path: Path) -> None:
    """A passphrase is never asked for at a terminal that nobody watches."""
    certificate_path, key_path = ensure_self_signed(tmp_path, now=NOW)
    key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )

    with pytest.raises(CertificateError, match="locked with a passphrase"):
        load_server_context(certificate_path, key_path)


@pytest.mark.parametrize("rubbish", [b"", b"not PEM", b"\x00\xff"])
def test_files_that_are_no_pem_are_told_in_a_sentence(tmp_path: Path, rubbish: bytes) -> None:
    """Whatever is in the file, the operator reads words."""
    certificate_path, key_path = ensure_self_signed(tmp_path, now=NOW)
    certificate_path.write_bytes(rubbish)

    with pytest.raises(CertificateError, match="are not a PEM certificate and key"):
        load_server_context(certificate_path, key_path)
