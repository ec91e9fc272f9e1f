"""A file of messages: loaded and reckoned first, then sent in chunks by a worker, each line once.

A chunk is said to be under way before it is asked for, each of its requests has a key of its own, and what became of it
is kept with how far the job has come. After a crash the same chunk is asked for again under the same keys, and gets the
first results again (flows.sending). Only when those have been forgotten meanwhile are its lines left in doubt: they are
said to be, and not sent again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple

import msgspec

from angarium.core.account import Caller
from angarium.core.clocktime import DAY_MS, HOUR_MS, SECOND_MS, UnixMs
from angarium.core.credit import Credits
from angarium.core.message import VALIDITY_MIN_DEFAULT, Accepted, Priority, Refused, Result, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.core.send_file import RECIPIENTS_PER_REQUEST_MAX, BadFile, Line, Problem, batches
from angarium.flows.desk import Desk
from angarium.flows.intake import Call
from angarium.flows.preview import preview
from angarium.flows.retries import REPLY_AGE_MAX_MS, Once, Replied
from angarium.flows.sending import PARAMETER, Send, kept, read_kept
from angarium.flows.tables import Tables
from angarium.ports.clock import Clock
from angarium.ports.send_jobs import ChunkNote, JobState, NewSendJob, SendJob
from angarium.ports.store import Store, StoreUnavailable, Tx
from angarium.text.segments import Content

LINES_MAX: Final = 100_000
CHUNK_LINES_MAX: Final = 200
NOTED_MAX: Final = 100
"""So many problems and refusals of a file are kept with their lines; the others are counted."""
JOBS_AT_ONCE_MAX: Final = 10
ASKED_AGE_MAX_MS: Final = REPLY_AGE_MAX_MS - HOUR_MS
"""A chunk that was under way for longer is in doubt: its first results may be forgotten."""
WAIT_DEFAULT_MS: Final = 60 * SECOND_MS
"""How long a job waits for a limit that does not say when there is room again."""
UNSTARTED_KEPT_MS: Final = DAY_MS
JOBS_KEPT_MS: Final = 7 * DAY_MS
"""How long a job is kept after it has moved last, with the numbers in its results."""
NO_CREDIT_NOTE: Final = "There was no credit left. Buy some, then let it go on."
NO_CONNECTION_NOTE: Final = "Its API connection is gone."
_WAITS: Final = frozenset({Reason.NO_CREDIT, Reason.LIMIT_REACHED})
"""Refusals of now, not of the message: the same line may be taken later."""
IN_DOUBT: Final = "IN_DOUBT"


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all messages of a file share."""

    flash: bool = False
    callback: int = 0
    scheduled_at: UnixMs | None = None
    validity_min: int = VALIDITY_MIN_DEFAULT
    segments_max: int | None = None
    priority: int = Priority.LOW.value


class Noted(msgspec.Struct, frozen=True, array_like=True):
    """A line with what is wrong with it."""

    line_no: int
    recipient: str
    said: str
    """A sentence, or the name of a reason to refuse."""


class Report(msgspec.Struct, kw_only=True):
    """What a dry run found."""

    lines: int = 0
    """Lines that would be sent, those that would be refused too."""
    bad_lines: int = 0
    refused: int = 0
    segments: int = 0
    """Of all messages that would be taken."""
    price: Credits = 0
    problems: list[Noted] = msgspec.field(default_factory=list)
    refusals: list[Noted] = msgspec.field(default_factory=list)


class LineResult(msgspec.Struct, frozen=True, array_like=True):
    """What became of one line."""

    line_no: int
    recipient: str
    message_id: int
    """0 when it was not taken."""
    reason: str = ""
    """Why not: the name of a reason, or IN_DOUBT."""


class _Ask(msgspec.Struct, frozen=True, array_like=True):
    """One request of a chunk, and the part of its key that tells it from the others."""

    key: str
    lines: list[Line]


_ASKS: Final = msgspec.json.Decoder(list[_Ask])
_RESULTS: Final = msgspec.json.Decoder(list[LineResult])


# --- loading ---------------------------------------------------------------------------------------------------------


async def load(
    desk: Desk,
    tables: Tables,
    caller: Caller,
    slices: AsyncIterator[Sequence[Line | Problem]],
    *,
    file_name: str,
    options: Options,
) -> int:
    """Keep a file's lines and reckon what they would come to; the job, which nobody has started. Raises BadFile.

    The lines come some at a time, so that no file is ever in memory as a whole.
    """
    store = desk.store
    new = NewSendJob(
        caller.account.account_id,
        caller.connection.connection_id,
        file_name,
        desk.author,
        msgspec.json.encode(options),
        desk.now,
    )
    report = Report()
    chunks = 0
    job_id = 0
    async for chunk in _chunks(slices, report):
        asks = _asks(chunk, caller)
        for ask in asks:
            _reckon(report, ask.lines, tables, caller, options)
        body = msgspec.json.encode(asks)

        async def work(tx: Tx, made: int = job_id, no: int = chunks, body: bytes = body) -> int:
            made = made or await tx.add_send_job(new)
            await tx.add_send_chunks(made, no, [body])
            return made

        # A commit for each chunk: nobody waits for a whole file, and the loop has its turn in between.
        job_id = await store.write(work)
        chunks += 1
    if not chunks:
        first = f" Line {report.problems[0].line_no}: {report.problems[0].said}." if report.problems else ""
        raise BadFile(f"There is no line in it that could be sent.{first}")

    async def finish(tx: Tx) -> None:
        await tx.load_send_job(
            job_id, report=msgspec.json.encode(report), lines=report.lines, chunks=chunks, at=desk.now
        )

    await store.write(finish)
    return job_id


async def _chunks(slices: AsyncIterator[Sequence[Line | Problem]], report: Report) -> AsyncIterator[list[Line]]:
    """Good lines in groups; the others go to the report."""
    chunk: list[Line] = []
    async for lines in slices:
        for line in lines:
            if isinstance(line, Problem):
                report.bad_lines += 1
                if len(report.problems) < NOTED_MAX:
                    report.problems.append(Noted(line.line_no, "", line.sentence))
            else:
                report.lines += 1
                chunk.append(line)
            if report.lines + report.bad_lines > LINES_MAX:
                raise BadFile(f"It has more than {LINES_MAX} lines: split it.")
            if len(chunk) == CHUNK_LINES_MAX:
                yield chunk
                chunk = []
    if chunk:
        yield chunk


def _asks(chunk: list[Line], caller: Caller) -> list[_Ask]:
    recipients_max = min(RECIPIENTS_PER_REQUEST_MAX, caller.account.settings.recipients_max)
    return [_Ask(str(at), batch) for at, batch in enumerate(batches(chunk, recipients_max=recipients_max))]


def _reckon(report: Report, lines: Sequence[Line], tables: Tables, caller: Caller, options: Options) -> None:
    found = preview(tables, caller, _request(lines, options))
    if isinstance(found, Refusal):
        refusals: list[Refusal | None] = [found] * len(lines)
    else:
        refusals = [each.refusal for each in found.recipients]
        report.price += found.price
        report.segments += len(found.segments) * sum(1 for refusal in refusals if refusal is None)
    for line, refusal in zip(lines, refusals, strict=True):
        if refusal is not None:
            report.refused += 1
            if len(report.refusals) < NOTED_MAX:
                report.refusals.append(Noted(line.line_no, line.recipient, refusal.reason.name))


def _request(lines: Sequence[Line], options: Options) -> SendRequest:
    text, sender, client_message_id = lines[0].shared
    return SendRequest(
        recipients=tuple(line.recipient for line in lines),
        content=Content.of_text(text),
        sender=sender or None,
        client_message_id=client_message_id or None,
        segments_max=options.segments_max,
        scheduled_at=options.scheduled_at,
        validity_min=options.validity_min,
        priority=Priority(options.priority),
        flash=options.flash,
        callback=options.callback,
    )


# --- in somebody's hands ----------------------------------------------------------------------------------------------


async def start(desk: Desk, job: SendJob) -> bool:
    """Let a ready or paused job run; False when it is in neither state."""
    return await _move(desk, job, JobState.RUNNING, of={JobState.READY, JobState.PAUSED})


async def pause(desk: Desk, job: SendJob) -> bool:
    """Let a running job wait; what is under way is finished."""
    return await _move(desk, job, JobState.PAUSED, of={JobState.RUNNING})


async def cancel(desk: Desk, job: SendJob) -> bool:
    """End a job; what was sent is sent."""
    return await _move(desk, job, JobState.CANCELLED, of={JobState.READY, JobState.RUNNING, JobState.PAUSED})


async def _move(desk: Desk, job: SendJob, state: JobState, *, of: set[JobState]) -> bool:
    act = desk.act("send.change", "send", job.job_id, before={"state": job.state.value}, after={"state": state.value})

    async def work(tx: Tx) -> bool:
        is_moved = await tx.move_send_job(job.job_id, state, of=of, note="", at=desk.now)
        if is_moved:
            await tx.record([act])
        return is_moved

    return await desk.store.write(work)


def read_report(job: SendJob) -> Report:
    """What the dry run of a job found."""
    return msgspec.json.decode(job.report, type=Report) if job.report else Report()


async def results(store: Store, job: SendJob) -> AsyncIterator[list[LineResult]]:
    """What became of the lines of a job, those of one chunk after another; those not asked for yet are left out."""
    for chunk_no in range(min(job.next_chunk + 1, job.chunks)):
        chunk = await store.send_chunk(job.job_id, chunk_no)
        if chunk is None:
            return
        rows = _RESULTS.decode(chunk.results) if chunk.results else []
        if chunk.body is not None and job.asked_at is not None and job.state is JobState.CANCELLED:
            rows += _doubtful(_ASKS.decode(chunk.body))
        yield sorted(rows, key=lambda row: row.line_no)


# --- at work ---------------------------------------------------------------------------------------------------------


class Sending:
    """The worker that sends files. `run_once` takes one chunk of each running job."""

    def __init__(self, *, store: Store, tables: Tables, clock: Clock, send: Send) -> None:
        self._store = store
        self._tables = tables
        self._clock = clock
        self._send = send

    async def run_once(self) -> bool:
        """True when there is more to do at once. Raises StoreUnavailable: the same chunk is asked for again then."""
        jobs = await self._store.due_send_jobs(now=self._clock.now(), limit=JOBS_AT_ONCE_MAX)
        for job in jobs:
            await self._step(job)
        return bool(jobs)

    async def _step(self, job: SendJob) -> None:
        now = self._clock.now()
        chunk = await self._store.send_chunk(job.job_id, job.next_chunk)
        connection = self._tables.directory.connections.get(job.connection_id)
        if chunk is None or chunk.body is None or connection is None:
            await self._stop(job, NO_CONNECTION_NOTE)
            return
        asks = _ASKS.decode(chunk.body)
        before = _RESULTS.decode(chunk.results) if chunk.results else []
        if job.asked_at is not None and now - job.asked_at > ASKED_AGE_MAX_MS:
            lost = _doubtful(asks)
            await self._note(job, [], [*before, *lost], Counts(doubtful=len(lost)), due_at=now)
            return
        asked_at = now if job.asked_at is None else job.asked_at
        if not await self._store.write(lambda tx: tx.ask_send_chunk(job.job_id, job.next_chunk, at=asked_at)):
            return
        caller = self._tables.directory.caller_of(connection)
        options = msgspec.json.decode(job.options, type=Options)
        outcomes = await self._ask_all(job, asks, caller, options)
        round_ = _Round()
        for ask, outcome in zip(asks, outcomes, strict=True):
            round_.take(ask, outcome)
        now = self._clock.now()
        due_at = now + round_.wait_ms if round_.left else now
        note = NO_CREDIT_NOTE if round_.lacks_credit else ""
        await self._note(job, round_.left, [*before, *round_.rows], round_.counts, due_at=due_at, note=note)

    async def _ask_all(
        self, job: SendJob, asks: Sequence[_Ask], caller: Caller, options: Options
    ) -> list[list[Result] | Refusal]:
        """Ask for all of a chunk before waiting for any of it, so that its requests share commits."""
        waiting = [
            self._send(
                Call(
                    caller,
                    _request(ask.lines, options),
                    Once(PARAMETER, f"send {job.job_id} {job.next_chunk} {ask.key}", b"", kept),
                )
            )
            for ask in asks
        ]
        outcomes: list[list[Result] | Refusal] = []
        failure: StoreUnavailable | None = None
        for each in waiting:
            try:
                outcome = await each
                outcomes.append(read_kept(outcome.reply.body) if isinstance(outcome, Replied) else outcome)
            except Refusal as refusal:
                outcomes.append(refusal)
            except StoreUnavailable as error:
                failure = error
        if failure is not None:
            raise failure
        return outcomes

    async def _note(
        self,
        job: SendJob,
        left: list[_Ask],
        rows: list[LineResult],
        counts: Counts,
        *,
        due_at: UnixMs,
        note: str = "",
    ) -> None:
        kept_note = ChunkNote(
            job.job_id,
            job.next_chunk,
            msgspec.json.encode(left) if left else None,
            msgspec.json.encode(rows),
            *counts,
            due_at,
            self._clock.now(),
            note,
        )
        await self._store.write(lambda tx: tx.note_send_chunk(kept_note))

    async def _stop(self, job: SendJob, note: str) -> None:
        now = self._clock.now()
        await self._store.write(
            lambda tx: tx.move_send_job(job.job_id, JobState.PAUSED, of={JobState.RUNNING}, note=note, at=now)
        )


class Counts(NamedTuple):
    """How many lines came to which end."""

    accepted: int = 0
    refused: int = 0
    doubtful: int = 0


class _Round:
    """What one round of asking for a chunk has come to."""

    def __init__(self) -> None:
        self.rows: list[LineResult] = []
        self.left: list[_Ask] = []
        self.wait_ms = 0
        self.lacks_credit = False
        self._accepted = 0

    @property
    def counts(self) -> Counts:
        """Of the rows."""
        return Counts(self._accepted, len(self.rows) - self._accepted)

    def take(self, ask: _Ask, outcome: list[Result] | Refusal) -> None:
        """Note what became of one request; what may be taken later is left over."""
        if isinstance(outcome, Refusal):
            if self._waits(outcome):
                # Nothing was kept under its key.
                self.left.append(ask)
            else:
                self.rows += [_refused(line, outcome) for line in ask.lines]
            return
        later: list[Line] = []
        for line, result in zip(ask.lines, outcome, strict=True):
            if isinstance(result, Refused):
                if self._waits(result.refusal):
                    later.append(line)
                else:
                    self.rows.append(_refused(line, result.refusal))
            else:
                self._accepted += 1
                self.rows.append(_accepted(line, result))
        if later:
            self.left.append(_Ask(f"{ask.key}+", later))

    def _waits(self, refusal: Refusal) -> bool:
        if refusal.reason not in _WAITS:
            return False
        if refusal.reason is Reason.NO_CREDIT:
            self.lacks_credit = True
        else:
            after_s = refusal.retry_after_s
            self.wait_ms = max(self.wait_ms, WAIT_DEFAULT_MS if after_s is None else after_s * SECOND_MS)
        return True


def _accepted(line: Line, result: Accepted) -> LineResult:
    return LineResult(line.line_no, str(result.recipient), result.message_id)


def _refused(line: Line, refusal: Refusal) -> LineResult:
    return LineResult(line.line_no, line.recipient, 0, refusal.reason.name)


def _doubtful(asks: Sequence[_Ask]) -> list[LineResult]:
    return [LineResult(line.line_no, line.recipient, 0, IN_DOUBT) for ask in asks for line in ask.lines]


async def prune_jobs(tx: Tx, *, now: UnixMs, limit: int) -> bool:
    """Forget jobs whose days are over; True when there are more."""
    dropped = await tx.prune_send_jobs(
        unstarted_before=now - UNSTARTED_KEPT_MS, ended_before=now - JOBS_KEPT_MS, limit=limit
    )
    return dropped >= limit
