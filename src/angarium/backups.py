"""Backups of a data directory: one folder with the database as of one moment, the keys, and a list of what is in it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from angarium import __version__
from angarium.core.clocktime import UnixMs
from angarium.httpd.tls import CERTIFICATE_FILE
from angarium.httpd.tls import KEY_FILE as TLS_KEY_FILE
from angarium.ports.store import AlreadyExists, NotFound, StoreUnavailable
from angarium.stores.sqlite.backup import copy_database, faults_of, hold_carriers
from angarium.stores.sqlite.database import DATABASE_FILE
from angarium.stores.vault import KEY_FILE

MANIFEST_FILE: Final = "manifest.json"
MANIFEST_OCTETS_MAX: Final = 64 * 1024
COPIED: Final = (KEY_FILE, CERTIFICATE_FILE, TLS_KEY_FILE, "angarium.toml")
"""What is copied as it is, where it exists. Whoever has a backup has the tokens: keep it as safe as the directory."""
CHUNK_OCTETS: Final = 1024 * 1024


class FileEntry(msgspec.Struct, frozen=True):
    """One file of a backup."""

    octets: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds; `made_at` is the moment of which its database speaks."""

    made_at: UnixMs
    version: str
    files: Mapping[str, FileEntry]


def back_up(data_dir: Path, target: Path, *, now: UnixMs) -> Manifest:
    """Make a new folder with a backup, whole or not at all; the service may run.

    Raises NotFound without a database, AlreadyExists when the folder is there, StoreUnavailable, OSError.
    """
    if not (data_dir / DATABASE_FILE).is_file():
        raise NotFound(f"there is no store in {data_dir}: name its folder with --data-dir")
    if target.exists():
        raise AlreadyExists(f"{target} is there already: name a new folder")
    draft = target.with_name(target.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    try:
        _touch(draft / DATABASE_FILE)
        copy_database(data_dir / DATABASE_FILE, draft / DATABASE_FILE)
        for name in COPIED:
            if (data_dir / name).is_file():
                _copy(data_dir / name, draft / name)
        manifest = Manifest(now, __version__, {path.name: _entry(path) for path in sorted(draft.iterdir())})
        _touch(draft / MANIFEST_FILE)
        (draft / MANIFEST_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        for path in draft.iterdir():
            _flush(path)
        draft.rename(target)
        _flush(target.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return manifest


def read_manifest(backup: Path) -> Manifest:
    """What a backup says that it holds. Raises NotFound when the folder is none."""
    try:
        octets = (backup / MANIFEST_FILE).read_bytes()[:MANIFEST_OCTETS_MAX]
        return msgspec.json.decode(octets, type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise NotFound(f"{backup} is no backup: it has no {MANIFEST_FILE} that can be read") from error


def faults(backup: Path) -> list[str]:
    """What is wrong with a backup: missing, changed or damaged files. Reads all of it. Raises NotFound."""
    found = []
    for name, entry in read_manifest(backup).files.items():
        path = backup / name
        if Path(name).name != name or not path.is_file():
            found.append(f"{name} is missing")
        elif _entry(path) != entry:
            found.append(f"{name} is not what was backed up")
    return found or faults_of(backup / DATABASE_FILE)


def restore(backup: Path, data_dir: Path, *, hold: bool) -> int:
    """Make a data directory from a backup; returns how many carriers are held.

    What was submitted after the backup is queued in it, and would be sent a second time: with `hold` every carrier is
    disabled until an operator has looked. Raises NotFound, AlreadyExists when the directory has a store,
    StoreUnavailable when the backup is not whole, OSError. Nothing is left behind when it fails.
    """
    if (data_dir / DATABASE_FILE).exists():
        raise AlreadyExists(f"{data_dir} has a store: restore into a new folder, or move the old one away")
    damaged = faults(backup)
    if damaged:
        raise StoreUnavailable(f"the backup {backup} is not whole: {'; '.join(damaged)}")
    data_dir.mkdir(parents=True, exist_ok=True)
    others = [name for name in read_manifest(backup).files if name != DATABASE_FILE]
    there = [name for name in others if (data_dir / name).exists()]
    if there:
        raise AlreadyExists(f"{data_dir} has {', '.join(there)} already: restore into a new folder")
    draft = data_dir / f"{DATABASE_FILE}.draft"
    try:
        _copy(backup / DATABASE_FILE, draft)
        held = hold_carriers(draft) if hold else 0
        for name in others:
            _copy(backup / name, data_dir / name)
            _flush(data_dir / name)
        _flush(draft)
        # Last: a directory without it has no store, and the next try may begin anew.
        draft.rename(data_dir / DATABASE_FILE)
        _flush(data_dir)
    except BaseException:
        for path in (draft, *(data_dir / name for name in others)):
            path.unlink(missing_ok=True)
        raise
    return held


def _touch(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def _copy(source: Path, target: Path) -> None:
    _touch(target)
    shutil.copyfile(source, target)


def _entry(path: Path) -> FileEntry:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_OCTETS):
            digest.update(chunk)
        return FileEntry(stream.tell(), digest.hexdigest())


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
