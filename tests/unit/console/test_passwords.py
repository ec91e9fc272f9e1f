"""Passwords by Argon2id."""

from __future__ import annotations

from angarium.console.passwords import ArgonPasswords


async def test_a_password_matches_its_hash_and_no_other() -> None:
    """Two hashes of one password differ, and a broken hash matches nothing."""
    passwords = ArgonPasswords()
    first, second = await passwords.hashed("a horse"), await passwords.hashed("a horse")

    assert first != second
    assert first.startswith("$argon2id$")
    assert await passwords.matches("a horse", first)
    assert not await passwords.matches("a house", first)
    assert not await passwords.matches("a horse", "broken")
    assert not await passwords.matches("a horse", None)
