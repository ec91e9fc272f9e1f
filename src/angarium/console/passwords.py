"""Passwords by Argon2id, in threads, because a hash is slow on purpose."""

from __future__ import annotations

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHES_AT_ONCE_MAX: Final = 2
"""Each takes tens of milliseconds and 64 MiB; more would wait for the same cores."""


class ArgonPasswords:
    """The port's Passwords, with the parameters that the library keeps current (RFC 9106, second choice)."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turns = asyncio.Semaphore(HASHES_AT_ONCE_MAX)
        self._nobody: str | None = None

    async def hashed(self, password: str) -> str:
        """The password as it is stored."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether it is this one; with none to compare, as slow as with one, and False."""
        if self._nobody is None:
            self._nobody = await self.hashed("nobody has this password")
        async with self._turns:
            is_right = await asyncio.to_thread(self._verify, password_hash or self._nobody, password)
        return is_right and password_hash is not None

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
