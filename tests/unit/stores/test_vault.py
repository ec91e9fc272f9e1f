"""Tokens are looked up by their hash and shown again only with the key file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from angarium.core.account import token_hash
from angarium.ports.store import StoreUnavailable
from angarium.stores.vault import KEY_FILE, KEY_OCTETS, SealBroken, Vault


def test_a_token_can_be_shown_once_more(tmp_path: Path) -> None:
    """What was sealed under the key file opens again under the same file, also later."""
    token, digest, sealed = Vault.open(tmp_path).new_token()

    assert Vault.open(tmp_path).unseal(sealed) == token
    assert digest == token_hash(token.encode())


def test_the_sealed_form_does_not_hold_the_token(tmp_path: Path) -> None:
    """Neither seal nor hash shows the token, and two tokens never share either."""
    vault = Vault.open(tmp_path)
    first, second = vault.new_token(), vault.new_token()

    assert first[0].encode() not in first[2] + first[1]
    assert len({*first, *second}) == 6


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    """A token sealed elsewhere, or damaged, is refused in a sentence."""
    _, _, sealed = Vault(b"a" * KEY_OCTETS).new_token()
    vault = Vault(b"b" * KEY_OCTETS)

    for broken in (sealed, sealed[:-1], b""):
        with pytest.raises(SealBroken):
            vault.unseal(broken)


def test_the_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else on the machine can read the key, and no draft of it stays behind."""
    Vault.open(tmp_path)

    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    """A key of the wrong length is not used, and the sentence says which file it is."""
    (tmp_path / KEY_FILE).write_bytes(b"short")

    with pytest.raises(StoreUnavailable, match=KEY_FILE):
        Vault.open(tmp_path)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A folder that is not there gives a sentence, not a traceback."""
    with pytest.raises(StoreUnavailable, match="missing"):
        Vault.open(tmp_path / "missing")
