"""Sending a CSV file of thousands: a dry run first, then progress, pause and cancel, and results as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from angarium.console.live import stream
from angarium.console.pages.send import (
    EVERY_STATUS,
    OPTIONS,
    PRIORITIES,
    chosen_connection,
    connections_of,
    read_moment,
    read_whole,
)
from angarium.console.refusals import said
from angarium.console.table import Needs, Page
from angarium.console.uploads import Unreadable, Upload, in_slices
from angarium.console.visit import Gone, Visit
from angarium.console.words import Word
from angarium.core.account import ApiConnection
from angarium.core.csv_cells import disarmed
from angarium.core.message import SEGMENTS_MAX, VALIDITY_MIN_DEFAULT, VALIDITY_MIN_MAX, Priority
from angarium.core.numbers import is_sender
from angarium.core.refusals import Reason, Refusal
from angarium.core.send_file import BadFile, read_lines
from angarium.flows import send_jobs as flow
from angarium.ports.bell import SEND_JOBS
from angarium.ports.send_jobs import JobState, SendJob

JOBS_SHOWN_MAX: Final = 20
NOTED_SHOWN_MAX: Final = 20
RESULT_COLUMNS: Final = ("line", "to", "status", "apiMessageId", "description")
STATES: Final[Mapping[JobState, Word]] = {
    JobState.LOADING: Word("Being read", "busy", "Its lines are being read and checked."),
    JobState.READY: Word("Not started", "plain", "Nothing has been sent."),
    JobState.RUNNING: Word("Sending", "busy", "Its lines go out one after another."),
    JobState.PAUSED: Word("Paused", "doubt", "It waits until somebody lets it go on."),
    JobState.CANCELLED: Word("Cancelled", "plain", "What was not sent will not be."),
    JobState.DONE: Word("Done", "good", "Every line has been dealt with."),
}
_IN_DOUBT: Final = "Nobody can say whether it was sent"


async def show_form(visit: Visit) -> Response:
    """Choose a file; and the files of the last days."""
    return await _show_form(visit)


async def upload(visit: Visit) -> Response:
    """Read and check a file; nothing is sent."""
    form = await visit.form()
    file = await visit.upload("file")
    connection = chosen_connection(visit, form)
    sender = form.get("sender", "").strip()
    if sender and not is_sender(sender):
        visit.problem("sender", "A sender has up to 16 digits, or up to 11 letters, digits and spaces.")
    options = flow.Options(
        flash="flash" in form,
        callback=EVERY_STATUS if "callback" in form else 0,
        scheduled_at=read_moment(visit, form.get("scheduled", "")),
        validity_min=read_whole(visit, form, "validity_min", VALIDITY_MIN_MAX) or VALIDITY_MIN_DEFAULT,
        segments_max=read_whole(visit, form, "parts_max", SEGMENTS_MAX),
        priority=read_whole(visit, form, "priority", Priority.LOW.value) or Priority.LOW.value,
    )
    if visit.problems or file is None or connection is None:
        return await _show_form(visit)
    try:
        job_id = await _load(visit, file, connection, options)
    except (BadFile, Unreadable) as error:
        visit.problem("file", str(error))
        return await _show_form(visit)
    return visit.go(f"./send/file/{job_id}")


async def _load(visit: Visit, file: Upload, connection: ApiConnection, options: flow.Options) -> int:
    text, sender = visit.typed.get("text", "").replace("\r\n", "\n"), visit.typed.get("sender", "").strip()
    tables = visit.parts.tables
    lines = read_lines(
        file.lines(), name="the file", text=text or None, sender=sender or None, text_is="write one for all lines below"
    )
    caller = tables.directory.caller_of(connection)
    return await flow.load(visit.desk, tables, caller, in_slices(lines), file_name=file.name, options=options)


async def show_job(visit: Visit) -> Response:
    """One file: what the dry run found, how far it is, what became of it."""
    job = await _job(visit)
    is_live = job.state in {JobState.RUNNING, JobState.LOADING}
    report = flow.read_report(job)
    return visit.show(
        "send_job.html",
        **await _values(visit, job),
        report=report,
        problems_shown=report.problems[:NOTED_SHOWN_MAX],
        refusals_shown=[(each, said(Refusal(Reason[each.said]))) for each in report.refusals[:NOTED_SHOWN_MAX]],
        live=visit.link(f"./send/file/{job.job_id}/live") if is_live else "",
    )


async def live(visit: Visit) -> Response:
    """How far a file is, while it is looked at."""
    await _job(visit)
    template = visit.jinja.get_template("send_job_progress.html")

    async def look() -> tuple[str, bool]:
        job = await _job(visit)
        html = template.render(visit=visit, **await _values(visit, job))
        return html, job.state in {JobState.RUNNING, JobState.LOADING}

    return stream(visit, look)


async def _values(visit: Visit, job: SendJob) -> dict[str, Any]:
    balance = await visit.parts.store.balance(job.account_id)
    waits = job.state is JobState.RUNNING and job.due_at > visit.now
    dealt_with = job.accepted + job.refused + job.doubtful
    return {
        "job": job,
        "word": STATES[job.state],
        "dealt_with": dealt_with,
        "left": job.lines - dealt_with,
        "waits_until": job.due_at if waits else None,
        "free": balance.free,
        "left_under_way": job.state is JobState.CANCELLED and job.asked_at is not None,
    }


async def start(visit: Visit) -> Response:
    """Send it, or go on."""
    job = await _job(visit)
    is_moved = await flow.start(visit.desk, job)
    visit.parts.ring(SEND_JOBS)
    return _back(visit, job, "" if is_moved else "It cannot be started any more.")


async def pause(visit: Visit) -> Response:
    """Wait."""
    job = await _job(visit)
    return _back(visit, job, "" if await flow.pause(visit.desk, job) else "It is not being sent at the moment.")


async def cancel(visit: Visit) -> Response:
    """End it."""
    job = await _job(visit)
    return _back(visit, job, "" if await flow.cancel(visit.desk, job) else "It has ended already.")


def _back(visit: Visit, job: SendJob, notice: str) -> Response:
    return visit.go(f"./send/file/{job.job_id}", notice)


async def results(visit: Visit) -> Response:
    """What became of each line, as CSV."""
    job = await _job(visit)
    name = f"results-{job.job_id}.csv"
    return StreamingResponse(
        _csv(visit, job),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _csv(visit: Visit, job: SendJob) -> AsyncIterator[str]:
    yield _csv_text([RESULT_COLUMNS])
    async for rows in flow.results(visit.parts.store, job):
        accepted = iter(visit.parts.public_ids.show_all([row.message_id for row in rows if row.message_id]))
        yield _csv_text(
            [
                (row.line_no, disarmed(row.recipient), "accepted", next(accepted), "")
                if row.message_id
                else (row.line_no, disarmed(row.recipient), *_not_taken(row.reason))
                for row in rows
            ]
        )


def _not_taken(reason: str) -> tuple[str, str, str]:
    if reason == flow.IN_DOUBT:
        return "in doubt", "", _IN_DOUBT
    return "refused", "", said(Refusal(Reason[reason])).label


def _csv_text(rows: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


async def _job(visit: Visit) -> SendJob:
    job = await visit.parts.store.send_job(visit.number("job_id"))
    if job is None or job.account_id != visit.of.account_id:
        raise Gone
    return job


async def _show_form(visit: Visit) -> Response:
    jobs = await visit.parts.store.send_jobs(visit.of.account_id, limit=JOBS_SHOWN_MAX)
    return visit.show(
        "send_file.html",
        connections=[(each.connection_id, each.name) for each in connections_of(visit)],
        priorities=PRIORITIES,
        validity_max=VALIDITY_MIN_MAX,
        jobs=[(job, STATES[job.state]) for job in jobs],
        pushes=any(each.settings.callback is not None for each in connections_of(visit)),
        lines_max=flow.LINES_MAX,
        opened=not OPTIONS.isdisjoint(visit.problems),
    )


_BASE: Final = "/accounts/{account_id:int}/send/file"
PAGES: Final = (
    Page(_BASE, show_form, Needs.DEVELOPER),
    Page(_BASE, upload, Needs.DEVELOPER, "POST", takes_file=True),
    Page(_BASE + "/{job_id:int}", show_job, Needs.DEVELOPER),
    Page(_BASE + "/{job_id:int}/live", live, Needs.DEVELOPER),
    Page(_BASE + "/{job_id:int}/start", start, Needs.DEVELOPER, "POST"),
    Page(_BASE + "/{job_id:int}/pause", pause, Needs.DEVELOPER, "POST"),
    Page(_BASE + "/{job_id:int}/cancel", cancel, Needs.DEVELOPER, "POST"),
    Page(_BASE + "/{job_id:int}/results.csv", results, Needs.DEVELOPER),
)
