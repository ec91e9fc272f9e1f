"""The message id that customers see: derived from our integer key, opaque, and impossible to guess.

A 16-octet block (the key and eight zero octets) goes through AES-128 under a key kept in the store. Nothing is stored
or indexed for it, and an id that we never gave decrypts to a block without the zeros: it is refused without a look at
the disk. With 64 such bits, a guess is right once in 1.8 * 10**19.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import ECB

KEY_OCTETS: Final = 16
_BLOCK: Final = struct.Struct(">qQ")


class PublicIds:
    """Turns integer keys into 32 lower-case hex digits and back. One key for the lifetime of a store."""

    def __init__(self, key: bytes) -> None:
        # ECB is right here: each id is one block, every block differs, and equal ids must look equal.
        cipher = Cipher(AES128(key), ECB())  # noqa: S305
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update

    def show(self, message_id: int) -> str:
        """The public form of one key: 32 lower-case hex digits."""
        return self._encrypt(_BLOCK.pack(message_id, 0)).hex()

    def show_all(self, message_ids: Sequence[int]) -> list[str]:
        """The public forms of many keys, in their order, for little more than the price of one."""
        digits = self._encrypt(struct.pack(">" + "q8x" * len(message_ids), *message_ids)).hex()
        return [digits[at : at + 32] for at in range(0, len(digits), 32)]

    def read(self, public_id: str) -> int | None:
        """The key behind a public id, in any case of letters; None for an id that was never given out."""
        try:
            block = bytes.fromhex(public_id)
        except ValueError:
            return None
        if len(block) != _BLOCK.size or len(public_id) != 2 * _BLOCK.size:
            return None
        message_id, zeros = _BLOCK.unpack(self._decrypt(block))
        return message_id if zeros == 0 and message_id > 0 else None
