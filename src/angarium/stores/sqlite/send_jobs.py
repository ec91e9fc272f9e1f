"""Files of messages, over one connection."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from angarium.core.clocktime import UnixMs
from angarium.ports.send_jobs import ENDED, ChunkNote, JobState, NewSendJob, SendChunk, SendJob
from angarium.stores.sqlite.reads import Reads
from angarium.stores.sqlite.verbs import Verbs, texts


def job_of(row: tuple[Any, ...]) -> SendJob:
    """A job from the columns."""
    return SendJob._make((*row[:6], JobState(row[6]), *row[7:]))


class SendJobRecords(Reads):
    """The port's SendJobReads."""

    async def send_job(self, job_id: int) -> SendJob | None:
        """One job."""
        return next((job_of(row) for row in self._rows("send_job", job_id)), None)

    async def send_jobs(self, account_id: int, *, limit: int) -> list[SendJob]:
        """An account's jobs, newest first."""
        return [job_of(row) for row in self._rows("send_jobs", account_id, limit)]

    async def due_send_jobs(self, *, now: UnixMs, limit: int) -> list[SendJob]:
        """Running jobs that are due."""
        return [job_of(row) for row in self._rows("due_send_jobs", now, limit)]

    async def send_chunk(self, job_id: int, chunk_no: int) -> SendChunk | None:
        """One chunk of a job."""
        return next((SendChunk._make(row) for row in self._rows("send_chunk", job_id, chunk_no)), None)


class SendJobsVerbs(Verbs):
    """The port's SendJobsTx."""

    async def add_send_job(self, job: NewSendJob) -> int:
        self._all("add_send_job", *job)
        return self._database.last_insert_rowid()

    async def add_send_chunks(self, job_id: int, first_no: int, bodies: Sequence[bytes]) -> None:
        self._many("add_send_chunk", [(job_id, first_no + at, body) for at, body in enumerate(bodies)])

    async def load_send_job(self, job_id: int, *, report: bytes, lines: int, chunks: int, at: UnixMs) -> None:
        self._all("load_send_job", job_id, report, lines, chunks, at)

    async def move_send_job(
        self, job_id: int, state: JobState, *, of: Collection[JobState], note: str, at: UnixMs
    ) -> bool:
        self._all("move_send_job", job_id, state.value, note, at, texts(each.value for each in of))
        is_moved = self._database.changes() > 0
        if is_moved and state in ENDED:
            # The chunk that is under way is left: what becomes of it is kept with it.
            next_chunk = self._value("next_send_chunk", job_id)
            self._all("erase_send_chunks", job_id, next_chunk)
        return is_moved

    async def ask_send_chunk(self, job_id: int, chunk_no: int, *, at: UnixMs) -> bool:
        self._all("ask_send_chunk", job_id, chunk_no, at)
        return self._database.changes() > 0

    async def note_send_chunk(self, note: ChunkNote) -> None:
        self._all("note_send_chunk", note.job_id, note.chunk_no, note.body, note.results)
        self._all(
            "note_send_job",
            note.job_id,
            int(note.body is None),
            note.accepted,
            note.refused,
            note.doubtful,
            note.due_at,
            note.at,
            note.note,
        )

    async def prune_send_jobs(self, *, unstarted_before: UnixMs, ended_before: UnixMs, limit: int) -> int:
        dropped = 0
        for (job_id,) in self._all("old_send_jobs", unstarted_before, ended_before, limit):
            self._all("drop_send_chunks", job_id, limit - dropped)
            dropped += self._database.changes()
            if dropped >= limit:
                break
            self._all("drop_send_job", job_id)
            dropped += self._database.changes()
        return dropped
