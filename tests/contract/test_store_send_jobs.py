"""What every store keeps of files of messages."""

from __future__ import annotations

import pytest

from angarium.core.clocktime import DAY_MS
from angarium.ports.send_jobs import ChunkNote, JobState, NewSendJob, SendJob
from angarium.ports.store import Tx
from tests.contract.stage import NOON, Stage

LATER = NOON + 1_000


async def loaded(stage: Stage, *bodies: bytes, at: int = NOON) -> int:
    """A job with these chunks, ready."""
    new = NewSendJob(stage.account_id, stage.connection_id, "guests.csv", "person:ada", b"{}", at)

    async def work(tx: Tx) -> int:
        job_id = await tx.add_send_job(new)
        await tx.add_send_chunks(job_id, 0, bodies)
        await tx.load_send_job(job_id, report=b"report", lines=2 * len(bodies), chunks=len(bodies), at=at)
        return job_id

    return await stage.store.write(work)


async def job_of(stage: Stage, job_id: int) -> SendJob:
    """A job as committed last."""
    job = await stage.store.send_job(job_id)
    assert job is not None
    return job


async def move(stage: Stage, job_id: int, state: JobState, *of: JobState, at: int = NOON, note: str = "") -> bool:
    """Take a job to another state."""
    return await stage.store.write(lambda tx: tx.move_send_job(job_id, state, of=of, note=note, at=at))


async def note(stage: Stage, note: ChunkNote) -> None:
    """Keep what became of a chunk."""
    await stage.store.write(lambda tx: tx.note_send_chunk(note))


def taken(job_id: int, chunk_no: int, **changes: object) -> ChunkNote:
    """Both lines of a chunk were accepted."""
    return ChunkNote(job_id, chunk_no, None, b"results", 2, 0, 0, LATER, LATER)._replace(**changes)  # type: ignore[arg-type]


async def test_a_job_is_as_it_was_loaded(stage: Stage) -> None:
    """With its chunks in order; the newest job of an account comes first."""
    first = await loaded(stage, b"one", b"two")
    second = await loaded(stage, b"three")

    job = await job_of(stage, first)
    assert (job.account_id, job.connection_id, job.file_name, job.author) == (
        stage.account_id,
        stage.connection_id,
        "guests.csv",
        "person:ada",
    )
    assert (job.state, job.report, job.lines, job.chunks, job.next_chunk) == (JobState.READY, b"report", 4, 2, 0)
    assert [each.job_id for each in await stage.store.send_jobs(stage.account_id, limit=9)] == [second, first]
    assert await stage.store.send_jobs(stage.account_id + 1, limit=9) == []
    chunk = await stage.store.send_chunk(first, 1)
    assert chunk is not None
    assert (chunk.body, chunk.results) == (b"two", b"")
    assert await stage.store.send_chunk(first, 2) is None
    assert await stage.store.send_job(second + 1) is None


async def test_only_running_jobs_that_are_due_are_found(stage: Stage) -> None:
    """The one that waits for longest first, and no more than asked for."""
    jobs = [await loaded(stage, b"one") for _ in range(3)]
    await move(stage, jobs[0], JobState.RUNNING, JobState.READY, at=NOON + 2)
    await move(stage, jobs[1], JobState.RUNNING, JobState.READY, at=NOON + 1)

    async def due(now: int, limit: int = 9) -> list[int]:
        return [job.job_id for job in await stage.store.due_send_jobs(now=now, limit=limit)]

    assert await due(NOON + 2) == [jobs[1], jobs[0]]
    assert await due(NOON + 2, limit=1) == [jobs[1]]
    assert await due(NOON + 1) == [jobs[1]]


async def test_a_job_moves_from_the_states_named_only(stage: Stage) -> None:
    """And tells whether it did."""
    job_id = await loaded(stage, b"one")

    assert not await move(stage, job_id, JobState.PAUSED, JobState.RUNNING)
    assert await move(stage, job_id, JobState.RUNNING, JobState.READY, JobState.PAUSED)
    assert await move(stage, job_id, JobState.PAUSED, JobState.RUNNING, note="No credit.")
    assert (await job_of(stage, job_id)).note == "No credit."


async def test_a_chunk_is_asked_for_by_the_running_job_that_stands_before_it(stage: Stage) -> None:
    """Since when is kept until it is known what became of it."""
    job_id = await loaded(stage, b"one", b"two")

    async def ask(chunk_no: int) -> bool:
        return await stage.store.write(lambda tx: tx.ask_send_chunk(job_id, chunk_no, at=NOON))

    assert not await ask(0)
    await move(stage, job_id, JobState.RUNNING, JobState.READY)
    assert [await ask(0), await ask(1)] == [True, False]
    assert (await job_of(stage, job_id)).asked_at == NOON

    await note(stage, taken(job_id, 0))
    job = await job_of(stage, job_id)
    assert (job.asked_at, job.next_chunk, job.accepted, job.due_at, job.state) == (None, 1, 2, LATER, JobState.RUNNING)
    chunk = await stage.store.send_chunk(job_id, 0)
    assert chunk is not None
    assert (chunk.body, chunk.results) == (None, b"results")

    await note(stage, taken(job_id, 1, accepted=0, refused=1, doubtful=1))
    job = await job_of(stage, job_id)
    assert (job.state, job.accepted, job.refused, job.doubtful) == (JobState.DONE, 2, 1, 1)


async def test_what_is_left_of_a_chunk_keeps_the_job_before_it(stage: Stage) -> None:
    """With a note it waits for a person; without one it goes on when it is due."""
    job_id = await loaded(stage, b"one")
    await move(stage, job_id, JobState.RUNNING, JobState.READY)

    await note(stage, taken(job_id, 0, body=b"left", accepted=1))
    job = await job_of(stage, job_id)
    assert (job.state, job.next_chunk, job.accepted) == (JobState.RUNNING, 0, 1)
    await note(stage, taken(job_id, 0, body=b"left", accepted=0, note="No credit."))
    job = await job_of(stage, job_id)
    assert (job.state, job.note) == (JobState.PAUSED, "No credit.")


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.CANCELLED])
async def test_what_is_under_way_is_noted_whatever_the_job_has_become(stage: Stage, state: JobState) -> None:
    """A paused job whose last chunk was under way is done; a cancelled one stays so, and its other chunks are gone."""
    job_id = await loaded(stage, b"one", b"two") if state is JobState.CANCELLED else await loaded(stage, b"one")
    await move(stage, job_id, JobState.RUNNING, JobState.READY)
    await stage.store.write(lambda tx: tx.ask_send_chunk(job_id, 0, at=NOON))
    await move(stage, job_id, state, JobState.RUNNING)

    await note(stage, taken(job_id, 0))

    job = await job_of(stage, job_id)
    assert job.accepted == 2
    assert job.state is (JobState.DONE if state is JobState.PAUSED else JobState.CANCELLED)
    if state is JobState.CANCELLED:
        chunk = await stage.store.send_chunk(job_id, 1)
        assert chunk is not None
        assert chunk.body is None


async def test_old_jobs_are_dropped_with_their_chunks(stage: Stage) -> None:
    """Those that nobody started sooner than those that have ended; running ones never; a step is bounded."""
    unstarted = await loaded(stage, b"one", b"two", b"three")
    ended = await loaded(stage, b"one")
    await move(stage, ended, JobState.CANCELLED, JobState.READY)
    running = await loaded(stage, b"one")
    await move(stage, running, JobState.RUNNING, JobState.READY)

    async def prune(now: int, limit: int = 9) -> int:
        return await stage.store.write(
            lambda tx: tx.prune_send_jobs(unstarted_before=now - DAY_MS, ended_before=now - 7 * DAY_MS, limit=limit)
        )

    assert await prune(NOON + DAY_MS) == 0
    assert await prune(NOON + DAY_MS + 1, limit=2) == 2
    assert await stage.store.send_job(unstarted) is not None
    assert await prune(NOON + DAY_MS + 1) == 2
    assert await stage.store.send_job(unstarted) is None
    assert await stage.store.send_chunk(unstarted, 2) is None
    assert await prune(NOON + 7 * DAY_MS + 1) == 2
    assert [await stage.store.send_job(each) is None for each in (ended, running)] == [True, False]
