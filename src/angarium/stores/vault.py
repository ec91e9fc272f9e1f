"""Tokens: made here, looked up by their hash, and kept sealed so that their owner can be shown them once more.

The seal's key lies in a file of its own beside the database: whoever gets only a backup of the database gets no token.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from angarium.core.account import token_hash
from angarium.ports.store import StoreUnavailable

KEY_FILE: Final = "token.key"
KEY_OCTETS: Final = 32
_NONCE_OCTETS: Final = 12
_TOKEN_OCTETS: Final = 32
"""256 random bits: nobody guesses one, so a plain SHA-256 is a safe way to look it up."""


class SealBroken(Exception):
    """This token was sealed under another key: it still works, but it cannot be shown again. Make a new one."""


class Vault:
    """Makes, hashes, seals and opens tokens."""

    def __init__(self, key: bytes) -> None:
        self._seal = AESGCM(key)

    @classmethod
    def open(cls, folder: Path) -> Vault:
        """Use the key file in this folder, made at first use for its owner's eyes only. Raises StoreUnavailable."""
        path = folder / KEY_FILE
        try:
            if not path.exists():
                _write_once(path, secrets.token_bytes(KEY_OCTETS))
            key = path.read_bytes()
        except OSError as error:
            raise StoreUnavailable(f"the key file {path} cannot be used: {error.strerror}") from error
        if len(key) != KEY_OCTETS:
            raise StoreUnavailable(f"the key file {path} is damaged ({KEY_OCTETS} octets are due): restore a backup")
        return cls(key)

    def new_token(self) -> tuple[str, bytes, bytes]:
        """A new token, its hash, and its sealed form."""
        token = self.new_secret()
        return token, token_hash(token.encode()), self.seal(token.encode())

    def unseal(self, sealed: bytes) -> str:
        """The token in its sealed form. Raises SealBroken."""
        return self.open_seal(sealed).decode()

    @staticmethod
    def new_secret() -> str:
        """A text of 256 random bits that can stand in a URL."""
        return secrets.token_urlsafe(_TOKEN_OCTETS)

    def seal(self, octets: bytes) -> bytes:
        """Any secret in its sealed form."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        return nonce + self._seal.encrypt(nonce, octets, None)

    def open_seal(self, sealed: bytes) -> bytes:
        """What was sealed. Raises SealBroken."""
        try:
            return self._seal.decrypt(sealed[:_NONCE_OCTETS], sealed[_NONCE_OCTETS:], None)
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error


def _write_once(path: Path, data: bytes) -> None:
    """Write the file whole or not at all; if another process was faster, its file stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
