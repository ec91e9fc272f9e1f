"""One process in its data directory: nobody else's while it runs."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from angarium.ports.store import StoreUnavailable

LOCK_FILE: Final = "angarium.lock"


class AlreadyRunning(StoreUnavailable):
    """Another service uses this data directory: stop it, or choose another directory with --data-dir."""


@contextmanager
def only_service(data_dir: Path) -> Iterator[None]:
    """Hold the data directory for this service alone: two would submit the same messages."""
    descriptor = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(
                f"another service uses {data_dir}: stop it, or choose another directory with --data-dir"
            ) from error
        yield
    finally:
        os.close(descriptor)
