"""Files of messages: kept in chunks, sent one chunk after another, each line once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs


class JobState(StrEnum):
    """Where a file is."""

    LOADING = "loading"
    """Its lines are being stored and reckoned."""
    READY = "ready"
    """Nothing has been sent, and nothing will be until somebody starts it."""
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


ENDED = frozenset({JobState.CANCELLED, JobState.DONE})


class SendJob(NamedTuple):
    """One file and how far it is."""

    job_id: int
    account_id: int
    connection_id: int
    file_name: str
    author: str
    options: bytes
    state: JobState
    note: str
    """Why it waits, for a person."""
    report: bytes
    """What the dry run found; empty while it is loading."""
    lines: int
    chunks: int
    next_chunk: int
    asked_at: UnixMs | None
    """Since when the next chunk is under way: its outcome is in the store, or on its way there."""
    due_at: UnixMs
    accepted: int
    refused: int
    doubtful: int
    """Lines of which nobody can say any more whether they were accepted; they were not sent again."""
    created_at: UnixMs
    changed_at: UnixMs


class NewSendJob(NamedTuple):
    """A file that is about to be loaded."""

    account_id: int
    connection_id: int
    file_name: str
    author: str
    options: bytes
    at: UnixMs


class SendChunk(NamedTuple):
    """Some lines of a file."""

    body: bytes | None
    """What is still to be sent; None when nothing is."""
    results: bytes
    """What became of the others; empty for none."""


class ChunkNote(NamedTuple):
    """What became of a chunk."""

    job_id: int
    chunk_no: int
    body: bytes | None
    results: bytes
    accepted: int
    refused: int
    doubtful: int
    due_at: UnixMs
    at: UnixMs
    note: str = ""
    """Why the job must wait for a person; empty when it goes on."""


class SendJobReads(Protocol):
    """What was committed last."""

    async def send_job(self, job_id: int) -> SendJob | None:
        """One job."""
        ...

    async def send_jobs(self, account_id: int, *, limit: int) -> list[SendJob]:
        """An account's jobs, newest first."""
        ...

    async def due_send_jobs(self, *, now: UnixMs, limit: int) -> list[SendJob]:
        """Running jobs that are due, the one that waits for longest first."""
        ...

    async def send_chunk(self, job_id: int, chunk_no: int) -> SendChunk | None:
        """One chunk of a job."""
        ...


class SendJobsTx(Protocol):
    """The verbs of files, within a transaction."""

    async def add_send_job(self, job: NewSendJob) -> int:
        """Make a job without lines; its number."""
        ...

    async def add_send_chunks(self, job_id: int, first_no: int, bodies: Sequence[bytes]) -> None:
        """Keep chunks under consecutive numbers."""
        ...

    async def load_send_job(self, job_id: int, *, report: bytes, lines: int, chunks: int, at: UnixMs) -> None:
        """Say that all of a loading job is there: it is ready."""
        ...

    async def move_send_job(
        self, job_id: int, state: JobState, *, of: Collection[JobState], note: str, at: UnixMs
    ) -> bool:
        """Take a job to another state if it is in one of these; a cancelled one forgets what was still to be sent."""
        ...

    async def ask_send_chunk(self, job_id: int, chunk_no: int, *, at: UnixMs) -> bool:
        """Say that a chunk is under way; False when the job does not run, or has come further."""
        ...

    async def note_send_chunk(self, note: ChunkNote) -> None:
        """Keep what became of a chunk, and go on to the next one when nothing is left of it.

        Counts are added to the job's. A running job without a further chunk is done, one with a note is paused.
        """
        ...

    async def prune_send_jobs(self, *, unstarted_before: UnixMs, ended_before: UnixMs, limit: int) -> int:
        """Drop jobs that nobody started, or that have not moved since; so many rows at the most, returns how many."""
        ...
