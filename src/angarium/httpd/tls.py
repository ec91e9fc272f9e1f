"""Certificates: a self-signed one for a first start, and the TLS context of a listener."""

from __future__ import annotations

import ipaddress
import os
import ssl
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE_FILE: Final = "https.crt"
KEY_FILE: Final = "https.key"
VALIDITY_DAYS: Final = 825
LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")


class CertificateError(Exception):
    """A certificate or key file cannot be used or written. The text is one sentence for the operator."""


def ensure_self_signed(directory: Path, *, names: Iterable[str] = (), now: datetime) -> tuple[Path, Path]:
    """Return the paths of certificate and key in `directory`, and make both when one is missing.

    The certificate is ECDSA P-256, self-signed, valid for localhost, 127.0.0.1, ::1 and `names`, for 825 days from
    `now` (aware). The key is readable by its owner only. Both are written whole or not at all. Files that exist are
    never changed. Raises `CertificateError`.
    """
    certificate_path, key_path = directory / CERTIFICATE_FILE, directory / KEY_FILE
    if certificate_path.exists() and key_path.exists():
        return certificate_path, key_path
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _sign(key, (*LOCAL_NAMES, *names), now)
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _write(key_path, key_pem, mode=0o600)
        _write(certificate_path, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    except OSError as error:
        raise CertificateError(
            f"Cannot write a certificate into {directory}: {error.strerror}; "
            "make the directory writable, or name a certificate and key file."
        ) from error
    return certificate_path, key_path


def load_server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """A server's TLS context, TLS 1.2 and newer, from PEM files. Raises `CertificateError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    _read(certificate, "certificate")
    if b"ENCRYPTED" in _read(key, "key"):
        raise CertificateError(
            f"The key {key} is locked with a passphrase; store it without one, readable by its owner only."
        )
    try:
        # Without a password of ours OpenSSL would ask for one at the terminal.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        raise CertificateError(_explain(error, certificate, key)) from error
    return context


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(
            f"Cannot read the {what} file {path}: {error.strerror}; correct the path or its permissions."
        ) from error


def _sign(key: ec.EllipticCurvePrivateKey, names: Iterable[str], now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    alternatives = [_general_name(name) for name in dict.fromkeys(names)]
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks differ
        .not_valid_after(now + timedelta(days=VALIDITY_DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError as error:
        raise CertificateError(f"{name!r} is not a name for a certificate; write it in ASCII (xn--...).") from error


def _write(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file whole: beside its place, flushed, then renamed over it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _explain(error: ssl.SSLError, certificate: Path, key: Path) -> str:
    reason = error.reason or ""
    if "MISMATCH" in reason:
        return f"The key {key} does not belong to the certificate {certificate}; name two files that belong together."
    return f"{certificate} and {key} are not a PEM certificate and key; name two PEM files."
