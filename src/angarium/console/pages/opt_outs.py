"""Handsets that have opted out of an account: listed, entered, taken away, as a file out and in."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Final

from starlette.responses import Response, StreamingResponse

from angarium.console.mistakes import beside_fields
from angarium.console.table import Needs, Page
from angarium.console.uploads import Unreadable, Upload, in_slices
from angarium.console.visit import Visit
from angarium.core.csv_cells import disarmed
from angarium.core.journal import moment
from angarium.core.optout import OptOut
from angarium.flows import opt_out_files as files
from angarium.flows import two_way as flow
from angarium.flows.desk import Desk, Mistaken
from angarium.ports.store import NotFound

BASE: Final = "/accounts/{account_id:int}/opt-outs"
ROWS_MAX: Final = 100
EXPORTED_AT_ONCE: Final = 1_000
ENTRIES_MAX: Final = 100_000
PROBLEMS_SHOWN_MAX: Final = 20


async def opt_outs(visit: Visit) -> Response:
    """A page of them, by number."""
    return await _show(visit)


async def add(visit: Visit) -> Response:
    """Enter one."""
    form = await visit.form()
    with beside_fields(visit):
        handset = flow.read_handset(form.get("recipient", "").strip())
    with beside_fields(visit):
        sender = flow.read_opted_sender(form.get("sender", "").strip())
    if visit.problems:
        return await _show(visit)
    added = await flow.opt_out(visit.desk, visit.of.account_id, [(handset, sender, "")])
    return visit.go("./opt-outs", f"{handset} {'has opted out.' if added else 'had opted out already.'}")


async def remove_form(visit: Visit) -> Response:
    """What it means to write to somebody again who did not want it."""
    return visit.show("opt_out_remove.html", recipient=visit.asked("recipient"), sender=visit.asked("sender"))


async def remove(visit: Visit) -> Response:
    """Take one away."""
    form = await visit.form()
    try:
        handset = flow.read_handset(form.get("recipient", ""))
        await flow.opt_in(visit.desk, visit.of.account_id, handset, flow.read_opted_sender(form.get("sender", "")))
    except (Mistaken, NotFound):
        return visit.go("./opt-outs", "There is no such opt-out any more.")
    return visit.go("./opt-outs", f"{handset} may be written to again.")


async def export(visit: Visit) -> Response:
    """All of them as CSV, in the order of their numbers."""
    name = f"opt-outs-{visit.of.account_id}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    lines = _lines(visit.desk, visit.of.account_id)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


async def import_form(visit: Visit) -> Response:
    """A file to be looked at first."""
    return _show_import(visit, None)


async def look(visit: Visit) -> Response:
    """What a file would do; nothing is entered."""
    await visit.form()
    upload = await visit.upload("file")
    if upload is None:
        return await import_form(visit)
    found = Found()
    try:
        async for entries in _read(upload, found):
            found.known += await files.known(visit.desk, visit.of.account_id, entries)
    except Unreadable as error:
        visit.problem("file", str(error))
        return await import_form(visit)
    return _show_import(visit, found, await visit.keep(upload) if found.good else "")


async def enter(visit: Visit) -> Response:
    """Enter what was looked at."""
    form = await visit.form()
    upload = await visit.kept(form.get("kept", ""))
    if upload is None:
        return visit.go("./opt-outs/import", "Nothing was entered: choose the file again.")
    found, added = Found(), 0
    async for entries in _read(upload, found):
        added += await files.enter(visit.desk, visit.of.account_id, entries)
    return visit.go("./opt-outs", f"{added} entered; {found.good - added} had opted out already.")


@dataclass(slots=True)
class Found:
    """What is in a file."""

    good: int = 0
    wrong: int = 0
    known: int = 0
    problems: list[files.Problem] = field(default_factory=list)
    """The first of those that are wrong."""


async def _read(upload: Upload, found: Found) -> AsyncIterator[list[files.Entry]]:
    """The entries of a file, some at a time. Raises Unreadable."""
    async for lines in in_slices(files.read_entries(upload.lines())):
        entries = [each for each in lines if isinstance(each, files.Entry)]
        problems = [each for each in lines if isinstance(each, files.Problem)]
        found.good += len(entries)
        found.wrong += len(problems)
        found.problems += problems[: PROBLEMS_SHOWN_MAX - len(found.problems)]
        if found.good + found.wrong > ENTRIES_MAX:
            raise Unreadable(f"The file has more than {ENTRIES_MAX} lines: split it.")
        yield entries


def _show_import(visit: Visit, found: Found | None, kept: str = "") -> Response:
    return visit.show("opt_outs_import.html", found=found, kept=kept, entries_max=ENTRIES_MAX)


async def _show(visit: Visit) -> Response:
    after = None
    handset, _, sender = visit.asked("after").partition(" ")
    if handset.isascii() and handset.isdigit() and len(handset) <= HANDSET_DIGITS_MAX:
        after = (int(handset), sender)
    rows = await visit.parts.store.opt_outs(visit.of.account_id, after=after, limit=ROWS_MAX + 1)
    return visit.show("opt_outs.html", rows=rows[:ROWS_MAX], has_more=len(rows) > ROWS_MAX)


async def _lines(desk: Desk, account_id: int) -> AsyncIterator[str]:
    last: OptOut | None = None
    rows: list[tuple[str, ...]] = [files.COLUMNS]
    while True:
        written = StringIO()
        csv.writer(written, lineterminator="\r\n").writerows([disarmed(cell) for cell in row] for row in rows)
        yield written.getvalue()
        found = await files.all_of(desk, account_id, after=last, limit=EXPORTED_AT_ONCE)
        if not found:
            return
        last = found[-1]
        rows = [(str(each.recipient), each.sender, moment(each.since), each.word) for each in found]


HANDSET_DIGITS_MAX: Final = 15

PAGES: Final = (
    Page(BASE, opt_outs, Needs.VIEWER),
    Page(BASE, add, Needs.DEVELOPER, "POST"),
    Page(BASE + "/remove", remove_form, Needs.DEVELOPER),
    Page(BASE + "/remove", remove, Needs.DEVELOPER, "POST"),
    Page(BASE + "/export", export, Needs.VIEWER),
    Page(BASE + "/import", import_form, Needs.DEVELOPER),
    Page(BASE + "/import", look, Needs.DEVELOPER, "POST", takes_file=True),
    Page(BASE + "/import/enter", enter, Needs.DEVELOPER, "POST"),
)
