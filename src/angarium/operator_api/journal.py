"""The journal: a record of every message of a time, for billing and audit, streamed as it is read."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from angarium.core.journal import CSV_HEAD, Entry, csv_lines, record
from angarium.core.message_ids import first_message_id
from angarium.core.states import FINAL
from angarium.flows.accounts import find_account
from angarium.flows.browse import everything
from angarium.flows.desk import Mistaken
from angarium.flows.journal import PAGE_MESSAGES, JournalReader
from angarium.flows.operators import Scope
from angarium.operator_api.messages import Since, Until
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import Id, NoBody, Parameters, Streamed, unix_ms
from angarium.ports.searches import MessageQuery


class Form(StrEnum):
    """How the journal is written."""

    CSV = "csv"
    JSONL = "jsonl"


CONTENT_TYPES: Final = {Form.CSV: "text/csv", Form.JSONL: "application/jsonl"}


class JournalOf(Parameters, frozen=True, kw_only=True):
    """Which messages, and how they are written."""

    since: Since
    until: Until | None = None
    account_id: Annotated[Id, Meta(description="Only of this one.")] | None = None
    open: Annotated[bool, Meta(description="Also messages that have not ended yet.")] = False
    format: Form = Form.CSV


@operation(
    "GET",
    "/v1/journal",
    Scope.MESSAGES_READ,
    "Export a record of every message accepted in a time, oldest first",
    description="The answer is written as it is read, however long it is: CSV with a line of names, or JSON Lines. "
    "If it breaks off, the connection is cut without the end mark of HTTP, so that no part is taken for the whole.",
    streams=tuple(CONTENT_TYPES.values()),
    problems=(Code.UNKNOWN,),
)
async def export_journal(call: Call[JournalOf, NoBody]) -> Streamed:
    """Oldest first."""
    given, now = call.parameters, call.desk.now
    since, until = unix_ms(given.since), now if given.until is None else unix_ms(given.until)
    if since >= until:
        raise Mistaken("until", "The end must be later than the beginning.")
    if given.account_id is not None:
        await find_account(call.desk, given.account_id)
    await call.surroundings.tables.refresh(call.desk.store)
    return Streamed(content_type=CONTENT_TYPES[given.format], chunks=_written(call, since, until))


async def _written(call: Call[JournalOf, NoBody], since: int, until: int) -> AsyncGenerator[bytes, None]:
    given, store = call.parameters, call.desk.store
    reader = JournalReader(store=store, tables=call.surroundings.tables, public_ids=call.surroundings.public_ids)
    if given.format is Form.CSV:
        yield CSV_HEAD.encode()
    query = MessageQuery(
        limit=PAGE_MESSAGES,
        first_id=first_message_id(since),
        before_id=first_message_id(until),
        account_id=given.account_id,
        oldest_first=True,
    )
    async for views in everything(query, store=store, rest=lambda: call.surroundings.wait(0)):
        wanted = [view.message_id for view in views if given.open or view.state in FINAL]
        if wanted:
            yield _spelled(given.format, await reader.entries(wanted, now=call.desk.now))


def _spelled(form: Form, entries: Sequence[Entry]) -> bytes:
    if form is Form.CSV:
        return csv_lines(entries).encode()
    return msgspec.json.Encoder().encode_lines([record(entry) for entry in entries])


OPERATIONS: Final[Table] = (export_journal,)
