"""Backups: whole or not at all, of one moment, and back again."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from angarium import backups
from angarium.ports.store import AlreadyExists, NotFound, StoreUnavailable
from angarium.stores.sqlite.database import DATABASE_FILE
from angarium.stores.vault import KEY_FILE, Vault
from tests.gateway import NOON, open_gateway


@pytest.fixture
async def data_dir(tmp_path: Path) -> Path:
    """A data directory with a message and a key."""
    folder = tmp_path / "data"
    async with open_gateway(folder) as gateway:
        await gateway.send()
    Vault.open(folder)
    return folder


def test_a_backup_has_everything_and_is_for_its_owner_only(data_dir: Path, tmp_path: Path) -> None:
    """The database, the keys, and a list with what each must be."""
    manifest = backups.back_up(data_dir, tmp_path / "backup", now=NOON)

    assert sorted(manifest.files) == [DATABASE_FILE, KEY_FILE]
    assert manifest.made_at == NOON
    assert backups.read_manifest(tmp_path / "backup") == manifest
    assert backups.faults(tmp_path / "backup") == []
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "backup").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o700


async def test_a_backup_is_of_one_moment_beside_a_running_service(tmp_path: Path) -> None:
    """What is committed while it is made is in it whole or not at all, and nobody waits for it."""
    async with open_gateway(tmp_path / "data") as gateway:
        ids = [message_id for _ in range(20) for message_id in await gateway.send()]
        backups.back_up(tmp_path / "data", tmp_path / "backup", now=NOON)
        await gateway.send()

    async with open_gateway(tmp_path / "backup") as copy:
        assert await copy.store.last_message_id() == ids[-1]
        assert await copy.store.ledger_faults() == []


async def test_a_restored_store_goes_on_where_the_backup_was_made(data_dir: Path, tmp_path: Path) -> None:
    """The same message, the same public id, the same money; carriers wait for the operator (delivery 4.13)."""
    backups.back_up(data_dir, tmp_path / "backup", now=NOON)
    shutil.rmtree(data_dir)

    held = backups.restore(tmp_path / "backup", data_dir, hold=True)

    assert held == 1
    async with open_gateway(data_dir) as restored:
        (carrier,) = restored.tables.carriers
        assert not carrier.enabled
        assert [depth.depth for depth in await restored.store.queue_depths(depth_max=10)] == [1]
        assert await restored.store.ledger_faults() == []


async def test_carriers_go_on_when_told_to(data_dir: Path, tmp_path: Path) -> None:
    """Whoever knows that nothing was sent since need not wait."""
    backups.back_up(data_dir, tmp_path / "backup", now=NOON)

    assert backups.restore(tmp_path / "backup", tmp_path / "new", hold=False) == 0

    async with open_gateway(tmp_path / "new") as restored:
        assert restored.tables.carriers[0].enabled


@pytest.mark.parametrize("harm", ["changed", "missing", "damaged"])
def test_a_backup_that_is_not_whole_is_not_restored(data_dir: Path, tmp_path: Path, harm: str) -> None:
    """It says what is wrong, and leaves no half of a store behind (delivery 4.13)."""
    backup = tmp_path / "backup"
    backups.back_up(data_dir, backup, now=NOON)
    if harm == "changed":
        (backup / KEY_FILE).write_bytes(b"x" * 32)
    elif harm == "missing":
        (backup / KEY_FILE).unlink()
    else:
        _damage(backup)

    assert backups.faults(backup) != []
    with pytest.raises(StoreUnavailable, match="is not whole"):
        backups.restore(backup, tmp_path / "new", hold=True)

    assert not (tmp_path / "new").exists()


def test_nothing_is_written_over(data_dir: Path, tmp_path: Path) -> None:
    """Neither a backup nor a store that is there already, nor one of its keys."""
    backup = tmp_path / "backup"
    backups.back_up(data_dir, backup, now=NOON)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / KEY_FILE).write_bytes(b"mine")

    with pytest.raises(AlreadyExists, match="is there already"):
        backups.back_up(data_dir, backup, now=NOON)
    with pytest.raises(AlreadyExists, match="has a store"):
        backups.restore(backup, data_dir, hold=True)
    with pytest.raises(AlreadyExists, match=KEY_FILE):
        backups.restore(backup, tmp_path / "half", hold=True)

    assert [path.name for path in (tmp_path / "half").iterdir()] == [KEY_FILE]


def test_what_is_no_store_and_no_backup_is_told(tmp_path: Path) -> None:
    """In a sentence, and nothing is made."""
    with pytest.raises(NotFound, match="--data-dir"):
        backups.back_up(tmp_path, tmp_path / "backup", now=NOON)
    with pytest.raises(NotFound, match=r"manifest\.json"):
        backups.restore(tmp_path, tmp_path / "new", hold=True)

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_half_of_a_backup(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next try begins anew (delivery 4.12)."""

    def full(_source: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_copy", full)

    with pytest.raises(OSError, match="No space left"):
        backups.back_up(data_dir, tmp_path / "backup", now=NOON)

    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def _damage(backup: Path) -> None:
    """Spoil the database and let the list agree with it, as if it had been backed up so."""
    path = backup / DATABASE_FILE
    octets = bytearray(path.read_bytes())
    octets[4096:8192] = b"\xff" * 4096
    path.write_bytes(octets)
    manifest = backups.read_manifest(backup)
    wrong = {**manifest.files, DATABASE_FILE: backups._entry(path)}
    text = (backup / backups.MANIFEST_FILE).read_text()
    text = text.replace(manifest.files[DATABASE_FILE].sha256, wrong[DATABASE_FILE].sha256)
    (backup / backups.MANIFEST_FILE).write_text(text)
