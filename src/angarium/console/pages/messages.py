"""Messages: a live list with its search and its export, and the page of one message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from angarium.console import live, refusals, telling, words
from angarium.console.sending import send_one
from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit
from angarium.core.account import ApiConnection
from angarium.core.clocktime import DAY_MS, UnixMs
from angarium.core.journal import CSV_HEAD, csv_lines
from angarium.core.message import CLIENT_MESSAGE_ID_CHARACTERS_MAX, SEGMENTS_MAX, SendRequest
from angarium.core.message_ids import accepted_about, first_message_id
from angarium.core.numbers import MSISDN_DIGITS_MAX, show_recipient
from angarium.core.refusals import Refusal
from angarium.core.states import FINAL, Cause, State
from angarium.core.status_codes import CANCELLED, STATUS_CODES
from angarium.flows import preview as previews
from angarium.flows import stop as stopping
from angarium.flows.browse import browse, everything
from angarium.flows.journal import JournalReader
from angarium.flows.lookup import status_of
from angarium.flows.timeline import Step, timeline
from angarium.ports.searches import MessageQuery, NotificationQuery
from angarium.ports.store import MessageView, Request
from angarium.text.alphabet import Alphabet
from angarium.text.segments import ENCODING_NAMES, Content

PAGE_MESSAGES: Final = 50
EXPORT_MESSAGES: Final = 500
"""Messages in one step of an export."""
LIVE_MESSAGES_MAX: Final = 100
"""What a live list grows to, so that nothing is missed between it and the next page."""
LIVE_SCAN_MAX: Final = 2_000
"""New messages, of whichever account, that a live list looks at in one look."""
TEXT_CHARACTERS_MAX: Final = 100
TEXT_RANGE_MS: Final = DAY_MS
"""How far back texts are searched when nobody says since when."""
STATUS_DIGITS: Final = 3
NOTIFICATIONS_MAX: Final = 20
FIELDS: Final = ("number", "own_id", "id", "text", "state", "status", "since", "until")
STATES: Final = (
    ("", "Any"),
    ("queued", "Waiting"),
    ("submitting", "Going out"),
    ("submitted", "With carrier"),
    ("delivered", "Delivered"),
    ("undelivered", "Not delivered"),
    ("rejected", "Refused"),
    ("expired", "Expired"),
    ("cancelled", "Stopped"),
    ("unknown", "Unknown"),
)


class Row(NamedTuple):
    """A message as the list shows it."""

    public_id: str
    view: MessageView
    status: words.Word
    cause: str
    charge: int
    text: str | None
    is_fresh: bool = False


# --- the list


async def show_list(visit: Visit) -> Response:
    """The newest messages, or those that a search finds."""
    visit.typed = {name: value for name in FIELDS if (value := visit.asked(name).strip())}
    query = _read_query(visit)
    if "id" in visit.typed and "id" not in visit.problems:
        view = await _find(visit, visit.typed["id"])
        if view is not None:
            return visit.go(f"./messages/{visit.parts.public_ids.show(view.message_id)}")
        visit.problem("id", "This account has no message with this id.")
    if visit.problems or query is None:
        # A browser's field for moments shows nothing else.
        wrong = {"since", "until"} & visit.problems.keys()
        visit.typed = {name: value for name, value in visit.typed.items() if name not in wrong}
        return visit.show("messages.html", rows=None, states=STATES, pages=[], live="", export="", searched_to=None)
    before, after = _cursor(visit, "before"), _cursor(visit, "after")
    if after is not None:
        query = query._replace(first_id=max(query.first_id, after + 1), oldest_first=True)
    elif before is not None:
        query = query._replace(before_id=before if query.before_id is None else min(before, query.before_id))
    found = await browse(query._replace(limit=PAGE_MESSAGES), store=visit.parts.store, rest=rest(visit))
    views = found.messages[::-1] if query.oldest_first else found.messages
    rows = [await _row(visit, view) for view in views]
    is_newest = before is None and after is None
    asked = urlencode(visit.typed)
    return visit.show(
        "messages.html",
        rows=rows,
        states=STATES,
        pages=_pages(visit, query, views, found.next_before_id, is_newest=is_newest),
        live=visit.link(f"./messages/live?{asked}") if is_newest and query.text is None else "",
        export=visit.link(f"./messages/export.csv?{asked}"),
        searched_to=accepted_about(found.next_before_id) if not rows and found.next_before_id is not None else None,
    )


def _pages(
    visit: Visit, query: MessageQuery, views: list[MessageView], next_id: int | None, *, is_newest: bool
) -> list[tuple[str, str]]:
    """Links to other pages of the same search, each with its label."""
    show = visit.parts.public_ids.show

    def link(**cursor: str) -> str:
        return visit.link("./messages?" + urlencode({**visit.typed, **cursor}))

    pages: list[tuple[str, str]] = []
    if not is_newest:
        pages.append(("Newest", link()))
        has_newer = next_id is not None if query.oldest_first else True
        if views and has_newer and query.client_message_id is None:
            pages.append(("Newer", link(after=show(views[0].message_id))))
    if query.oldest_first:
        if views:
            pages.append(("Older", link(before=show(views[-1].message_id))))
    elif next_id is not None:
        pages.append(("Older", link(before=show(max(next_id, 1)))))
    return pages


async def list_live(visit: Visit) -> Response:
    """The list while it is open: new messages come on top, and those on it move on."""
    visit.typed = {name: value for name in FIELDS if (value := visit.asked(name).strip())}
    query = _read_query(visit)
    if query is None or visit.problems or query.text is not None:
        raise Gone
    first = await browse(query, store=visit.parts.store, rest=rest(visit))
    shown = {view.message_id: await _row(visit, view) for view in first.messages}
    template = visit.jinja.get_template("message_rows.html")
    drawn: tuple[list[Row] | None, str] = (None, "")

    async def look() -> tuple[str, bool]:
        nonlocal drawn
        newest = max(shown, default=0)
        news = await visit.parts.store.search_messages(query._replace(scan_max=LIVE_SCAN_MAX, first_id=newest + 1))
        for message_id, row in list(shown.items()):
            if row.view.state not in FINAL and (view := await visit.parts.store.message(message_id)) is not None:
                shown[message_id] = await _row(visit, view, text=row.text)
            elif row.is_fresh:
                shown[message_id] = row._replace(is_fresh=False)
        for view in news.messages:
            shown[view.message_id] = (await _row(visit, view))._replace(is_fresh=True)
        for message_id in sorted(shown)[:-LIVE_MESSAGES_MAX]:
            del shown[message_id]
        rows = [shown[message_id] for message_id in sorted(shown, reverse=True)]
        if rows != drawn[0]:
            drawn = rows, template.render(visit=visit, rows=rows, problems={}, typed={})
        return drawn[1], True

    return live.stream(visit, look)


async def export(visit: Visit) -> Response:
    """Everything that a search finds, as CSV, newest first."""
    visit.typed = {name: value for name in FIELDS if (value := visit.asked(name).strip())}
    query = _read_query(visit)
    if query is None or visit.problems:
        raise Gone
    name = datetime.fromtimestamp(visit.now / 1000, UTC).strftime("messages-%Y-%m-%d.csv")
    return StreamingResponse(
        _csv(visit, query._replace(limit=EXPORT_MESSAGES)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _csv(visit: Visit, query: MessageQuery) -> AsyncIterator[str]:
    parts = visit.parts
    reader = JournalReader(store=parts.store, tables=parts.tables, public_ids=parts.public_ids)
    yield CSV_HEAD
    async for views in everything(query, store=parts.store, rest=rest(visit)):
        entries = await reader.entries([view.message_id for view in views], now=visit.now)
        if not visit.who.person.is_operator:
            # Which carriers there are is the operator's to know.
            entries = [entry._replace(carrier="") for entry in entries]
        if entries:
            yield csv_lines(entries)


# --- what is searched for


def _read_query(visit: Visit) -> MessageQuery | None:
    """The search as it was typed; None with problems beside their fields when it cannot be used."""
    typed = visit.typed
    digits = typed.get("number", "").removeprefix("+").replace(" ", "")
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= MSISDN_DIGITS_MAX):
        visit.problem("number", "Give a number in digits, or its last ones.")
    own_id, text = typed.get("own_id"), typed.get("text")
    if own_id is not None and len(own_id) > CLIENT_MESSAGE_ID_CHARACTERS_MAX:
        visit.problem("own_id", f"Your own ids have at most {CLIENT_MESSAGE_ID_CHARACTERS_MAX} characters.")
    if text is not None and len(text) > TEXT_CHARACTERS_MAX:
        visit.problem("text", f"Give at most {TEXT_CHARACTERS_MAX} characters of the text.")
    state = typed.get("state", "")
    if state not in dict(STATES):
        visit.problem("state", "Choose one of the list.")
    status_code = read_status(visit)
    since, until = read_moment(visit, "since"), read_moment(visit, "until")
    if since is not None and until is not None and since >= until:
        visit.problem("until", "The end must be later than the beginning.")
    if visit.problems:
        return None
    if text is not None and since is None:
        since = (visit.now if until is None else until) - TEXT_RANGE_MS
    return MessageQuery(
        PAGE_MESSAGES,
        before_id=None if until is None else first_message_id(until),
        first_id=0 if since is None else first_message_id(since),
        account_id=visit.of.account_id,
        state=State[state.upper()] if state else None,
        status_code=status_code,
        now=visit.now,
        client_message_id=own_id,
        recipient_ends=digits or None,
        text=text,
    )


def read_status(visit: Visit) -> int | None:
    """The status number that was typed; None for none, and with a problem beside its field when it is none."""
    typed = visit.typed.get("status")
    if typed is None:
        return None
    if typed.isascii() and typed.isdigit() and len(typed) <= STATUS_DIGITS and int(typed) in STATUS_CODES:
        return int(typed)
    visit.problem("status", "Give a status of the API: three digits, such as 004.")
    return None


def read_moment(visit: Visit, name: str) -> UnixMs | None:
    """The moment that was typed; None for none, and with a problem beside its field when it cannot be used."""
    typed = visit.typed.get(name)
    if typed is None:
        return None
    try:
        given = datetime.fromisoformat(typed)
        moment = given if given.tzinfo else given.replace(tzinfo=UTC)
        # As a browser's field for moments takes it.
        shown = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        visit.typed = {**visit.typed, name: shown}
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        visit.problem(name, "Give a day or a moment, such as 2026-01-31 or 2026-01-31T12:00.")
        return None


def _cursor(visit: Visit, name: str) -> int | None:
    given = visit.asked(name)
    return visit.parts.public_ids.read(given) if given else None


def rest(visit: Visit) -> Callable[[], Awaitable[None]]:
    """What lets others work between two searches."""
    return lambda: visit.parts.wait(0.0)


async def _row(visit: Visit, view: MessageView, *, text: str | None = None) -> Row:
    status = status_of(view, now=visit.now)
    if text is None:
        text = await visit.parts.store.message_text(view.message_id)
    return Row(
        visit.parts.public_ids.show(view.message_id),
        view,
        words.status(status.status_code),
        words.cause(view.cause),
        status.charge,
        text,
    )


# --- one message


async def show_one(visit: Visit) -> Response:
    """All that is known of one message."""
    view = await _own(visit)
    values = await story(visit, view)
    request = await visit.parts.store.request_of_message(view.message_id)
    row: Row = values["row"]
    return visit.show(
        "message.html",
        **values,
        request=request,
        encoding="" if request is None else encoding_of(request.content),
        can_stop=can_stop(view),
        can_send_again=row.text is not None and view.recipient > 0,
        connection=visit.parts.tables.directory.connections.get(view.connection_id),
        live=visit.link(f"./messages/{row.public_id}/live") if may_change(view) or values["is_owed"] else "",
    )


async def one_live(visit: Visit) -> Response:
    """The same while it goes on."""
    view = await _own(visit)
    template = visit.jinja.get_template("message_story.html")

    async def look() -> tuple[str, bool]:
        now = await visit.parts.store.message(view.message_id)
        if now is None:
            return "", False
        values = await story(visit, now)
        return template.render(visit=visit, problems={}, typed={}, **values), may_change(now) or values["is_owed"]

    return live.stream(visit, look)


async def stop(visit: Visit) -> Response:
    """Stop a message that has not left."""
    view = await _own(visit)
    notice = await stop_by(visit, view)
    return visit.go(f"./messages/{visit.parts.public_ids.show(view.message_id)}", notice)


async def stop_by(visit: Visit, view: MessageView) -> str:
    """Stop it in the visitor's name, if it has not left; what to say of that."""
    public_id = visit.parts.public_ids.show(view.message_id)
    stopped = await stopping.stop_by_desk(visit.desk, view.message_id, public_id, count=visit.parts.moved)
    if stopped.status_code == CANCELLED:
        return "It is stopped. Its price was given back."
    return "It had left already, so nothing was changed."


async def again_form(visit: Visit) -> Response:
    """What sending it again would come to."""
    return await _show_again(visit, await _own(visit), nonce=visit.parts.new_secret())


async def send_again(visit: Visit) -> Response:
    """Send a new message with the same text to the same recipient."""
    view = await _own(visit)
    form = await visit.form()
    found = await _same_again(visit, view)
    if found is None:
        raise Gone
    connection, request, _ = found
    sent = await send_one(visit, connection, request, form.get("nonce", ""))
    if isinstance(sent, Refusal):
        visit.problem("", f"It was not sent. {refusals.said(sent).label}. {refusals.said(sent).cure}")
        return await _show_again(visit, view, nonce=visit.parts.new_secret())
    return visit.go(f"./messages/{sent}", "It is accepted as a new message.")


async def _show_again(visit: Visit, view: MessageView, *, nonce: str) -> Response:
    found = await _same_again(visit, view)
    if found is None:
        raise Gone
    connection, request, original = found
    seen = previews.preview(visit.parts.tables, visit.parts.tables.directory.caller_of(connection), request)
    problem = seen if isinstance(seen, Refusal) else seen.recipients[0].refusal
    return visit.show(
        "message_again.html",
        public_id=visit.parts.public_ids.show(view.message_id),
        view=view,
        text=original.content.text(),
        sender=original.sender,
        connection=connection,
        preview=None if isinstance(seen, Refusal) else seen,
        refusal=None if problem is None else refusals.said(problem),
        nonce=nonce,
    )


async def _same_again(visit: Visit, view: MessageView) -> tuple[ApiConnection, SendRequest, Request] | None:
    """The connection and the request of the same message once more; None when its text or number is forgotten."""
    store = visit.parts.store
    original = await store.request_of_message(view.message_id)
    connection = visit.parts.tables.directory.connections.get(view.connection_id)
    if original is None or connection is None or view.recipient <= 0:
        return None
    if await store.message_text(view.message_id) is None:
        return None
    content = original.content
    is_spelled = bool(content.udh) or content.alphabet is Alphabet.BINARY
    request = SendRequest(
        recipients=(str(view.recipient),),
        content=content if is_spelled else Content.of_text(content.text()),
        sender=original.sender or None,
        callback=original.callback,
        segments_max=SEGMENTS_MAX,
        flash=original.flash,
        alphabet_given=is_spelled,
    )
    return connection, request, original


async def story(visit: Visit, view: MessageView) -> dict[str, Any]:
    """What is shown of a message and changes while it goes on."""
    return await story_of(visit, view, await timeline(view, visit.parts.store))


async def story_of(visit: Visit, view: MessageView, steps: list[Step]) -> dict[str, Any]:
    """The same, of a message whose steps are known."""
    store = visit.parts.store
    owed = await store.search_notifications(NotificationQuery(NOTIFICATIONS_MAX, message_id=view.message_id))
    attempts = {each.notification_id: await store.attempts(each.notification_id) for each in owed.notifications}
    told = telling.tell(steps, segments=view.segments, with_carriers=visit.who.person.is_operator)
    return {
        "row": await _row(visit, view),
        "recipient": show_recipient(view.recipient),
        "steps": told,
        "notifications": owed.notifications[::-1],
        "attempts": attempts,
        "is_owed": any(each.due_at is not None for each in owed.notifications),
        "goes_out_at": view.due_at if view.cause is Cause.SCHEDULED and view.state is State.QUEUED else None,
        "took_ms": view.changed_at - view.accepted_at if view.state is State.DELIVERED else None,
    }


def encoding_of(content: Content) -> str:
    """How a text is written, in a word."""
    return ENCODING_NAMES[content.alphabet]


def can_stop(view: MessageView) -> bool:
    """Whether nothing of it has left, nor may have."""
    return view.state is State.QUEUED and stopping.is_here(view)


def may_change(view: MessageView) -> bool:
    """Whether the message has not ended."""
    return view.state not in FINAL


async def _own(visit: Visit) -> MessageView:
    """The message of the path, if it is of the account of the path. Raises Gone."""
    view = await _find(visit, visit.request.path_params["public_id"])
    if view is None:
        raise Gone
    return view


async def _find(visit: Visit, public_id: str) -> MessageView | None:
    message_id = visit.parts.public_ids.read(public_id)
    view = None if message_id is None else await visit.parts.store.message(message_id)
    return view if view is not None and view.account_id == visit.of.account_id else None


PAGES: Final = (
    Page("/accounts/{account_id:int}/messages", show_list, Needs.VIEWER),
    Page("/accounts/{account_id:int}/messages/live", list_live, Needs.VIEWER),
    Page("/accounts/{account_id:int}/messages/export.csv", export, Needs.VIEWER),
    Page("/accounts/{account_id:int}/messages/{public_id}", show_one, Needs.VIEWER),
    Page("/accounts/{account_id:int}/messages/{public_id}/live", one_live, Needs.VIEWER),
    Page("/accounts/{account_id:int}/messages/{public_id}/stop", stop, Needs.DEVELOPER, "POST"),
    Page("/accounts/{account_id:int}/messages/{public_id}/again", again_form, Needs.DEVELOPER),
    Page("/accounts/{account_id:int}/messages/{public_id}/again", send_again, Needs.DEVELOPER, "POST"),
)
