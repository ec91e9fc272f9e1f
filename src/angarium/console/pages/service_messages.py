"""Any message, for operators: found by what is known of it; where it is, what it costs, and why it failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from angarium.console import live, telling, words
from angarium.console.advice import Advice, Way, advise
from angarium.console.linkwords import HOLDS, carrier_state
from angarium.console.pages.messages import (
    PAGE_MESSAGES,
    STATES,
    can_stop,
    encoding_of,
    may_change,
    read_moment,
    read_status,
    rest,
    stop_by,
    story_of,
)
from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit, read_key
from angarium.core.clocktime import MINUTE_MS
from angarium.core.message import RECEIPT_MARGIN_MS
from angarium.core.message_ids import accepted_about, first_message_id
from angarium.core.numbers import MSISDN_DIGITS_MAX, show_recipient
from angarium.core.queues import Hold
from angarium.core.states import FINAL, Cause, State
from angarium.flows import doubts as doubting
from angarium.flows.bill import bill
from angarium.flows.browse import browse
from angarium.flows.desk import Mistaken
from angarium.flows.lookup import status_of
from angarium.flows.timeline import Step, timeline
from angarium.ports.searches import Found, MessageQuery
from angarium.ports.store import MessageView, Request

FIELDS: Final = ("what", "account", "own_id", "carrier", "state", "status", "since", "until")
PUBLIC_ID_CHARACTERS: Final = 32
RECEIPT_DUE_MS: Final = 10 * MINUTE_MS
"""After this long without a word from the carrier somebody should ask."""
_TROUBLES: Final = frozenset({"response", "receipt", "busy"})
"""Steps that say in a carrier's words why a message did not simply arrive."""
_WAITS_FOR_OTHERS: Final = frozenset({Cause.SCHEDULED, Cause.PARKED})
_PARKED: Final = words.Word("Parked", "doubt", "It waits for you, until its time is over.")
_TROUBLED_TONES: Final = frozenset({"bad", "doubt"})


class Row(NamedTuple):
    """A message as the list shows it."""

    public_id: str
    view: MessageView
    status: words.Word
    why: str
    """What stands in its way, or stood; empty when nothing does."""
    account: str
    carrier: str
    charge: int


# --- the list


async def find(visit: Visit) -> Response:
    """The newest messages of all accounts, or those that a search finds."""
    visit.typed = {name: value for name in FIELDS if (value := visit.asked(name).strip())}
    public_id = visit.typed.get("what", "")
    if len(public_id) == PUBLIC_ID_CHARACTERS and await _view(visit, public_id) is not None:
        return visit.go(f"/service/messages/{public_id}")
    query = _read_query(visit)
    found, is_first = Found([], None), True
    if query is not None:
        before = visit.parts.public_ids.read(visit.asked("before")) if visit.asked("before") else None
        if before is not None:
            query = query._replace(before_id=before if query.before_id is None else min(before, query.before_id))
            is_first = False
        found = await browse(query, store=visit.parts.store, rest=rest(visit))
    older, searched_to = "", None
    if found.next_before_id is not None:
        searched_to = accepted_about(found.next_before_id)
        cursor = visit.parts.public_ids.show(max(found.next_before_id, 1))
        older = "/service/messages?" + urlencode({**visit.typed, "before": cursor})
    directory = visit.parts.tables.directory
    accounts = sorted(directory.accounts.values(), key=lambda account: account.name.lower())
    return visit.show(
        "service_messages.html",
        rows=[_row(visit, view) for view in found.messages],
        older=older,
        newest="" if is_first else "/service/messages?" + urlencode(visit.typed),
        searched_to=searched_to,
        accounts=[("", "Any"), *((account.account_id, account.name) for account in accounts)],
        carriers=[("", "Any"), *((row.carrier_id, row.name) for row in visit.parts.tables.carriers)],
        states=STATES,
        explain=_explain_asked(visit),
    )


def _read_query(visit: Visit) -> MessageQuery | None:
    """The search as it was typed; None with problems beside their fields when it cannot be used."""
    typed = visit.typed
    digits = typed.get("what", "").removeprefix("+").replace(" ", "")
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= MSISDN_DIGITS_MAX):
        is_id = len(digits) == PUBLIC_ID_CHARACTERS
        visit.problem(
            "what",
            "No message has this id. It may be older than what is kept."
            if is_id
            else "Give a message id, which has 32 characters, or a number in digits, or its last ones.",
        )
    account_id, carrier_id = read_key(typed.get("account", "")), read_key(typed.get("carrier", ""))
    if "own_id" in typed and account_id is None:
        visit.problem("account", "Choose the account: each has own ids of its own.")
    state = typed.get("state", "")
    if state not in dict(STATES):
        visit.problem("state", "Choose one of the list.")
    status_code = read_status(visit)
    since, until = read_moment(visit, "since"), read_moment(visit, "until")
    if visit.problems:
        return None
    return MessageQuery(
        PAGE_MESSAGES,
        before_id=None if until is None else first_message_id(until),
        first_id=0 if since is None else first_message_id(since),
        account_id=account_id,
        carrier_id=carrier_id,
        state=State[state.upper()] if state else None,
        status_code=status_code,
        now=visit.now,
        client_message_id=typed.get("own_id"),
        recipient_ends=digits or None,
    )


def _row(visit: Visit, view: MessageView) -> Row:
    status = status_of(view, now=visit.now)
    account = visit.parts.tables.directory.accounts.get(view.account_id)
    is_troubled = view.state in FINAL - {State.DELIVERED}
    is_troubled = is_troubled or (view.state is State.QUEUED and view.cause not in {Cause.ACCEPTED, Cause.SCHEDULED})
    return Row(
        visit.parts.public_ids.show(view.message_id),
        view,
        words.status(status.status_code),
        words.cause(view.cause) if is_troubled else "",
        str(view.account_id) if account is None else account.name,
        _carrier_name(visit, view.carrier_id),
        status.charge,
    )


def _carrier_name(visit: Visit, carrier_id: int) -> str:
    return next((row.name for row in visit.parts.tables.carriers if row.carrier_id == carrier_id), str(carrier_id))


def _explain_asked(visit: Visit) -> str:
    """The page that says what would happen to the number that was looked for: a refusal leaves no message."""
    asked = {"number": visit.typed.get("what", ""), "account": visit.typed.get("account", "")}
    return "/service/explain?" + urlencode({name: value for name, value in asked.items() if value})


# --- one message


async def show(visit: Visit) -> Response:
    """Where it is, what it cost, why it failed, and what to do."""
    view = await _one(visit)
    request = await visit.parts.store.request_of_message(view.message_id)
    directory = visit.parts.tables.directory
    values = await _answers(visit, view, request)
    return visit.show(
        "service_message.html",
        **values,
        request=request,
        encoding="" if request is None else encoding_of(request.content),
        account=directory.accounts.get(view.account_id),
        connection=directory.connections.get(view.connection_id),
        live=_path(visit, view) + "/live" if may_change(view) or values["is_owed"] else "",
    )


async def show_live(visit: Visit) -> Response:
    """The same while it goes on."""
    view = await _one(visit)
    request = await visit.parts.store.request_of_message(view.message_id)
    template = visit.jinja.get_template("service_message_answers.html")

    async def look() -> tuple[str, bool]:
        now = await visit.parts.store.message(view.message_id)
        if now is None:
            return "", False
        values = await _answers(visit, now, request)
        html = template.render(visit=visit, problems={}, typed={}, **values)
        return html, may_change(now) or values["is_owed"]

    return live.stream(visit, look)


async def stop(visit: Visit) -> Response:
    """Stop it, if it has not left."""
    view = await _one(visit)
    return visit.go(_path(visit, view), await stop_by(visit, view))


async def decide(visit: Visit) -> Response:
    """Try a parked message again, or give it up."""
    view = await _one(visit)
    try:
        if (await visit.form()).get("do") == "give_up":
            await doubting.give_up(visit.desk, view.message_id, tables=visit.parts.tables, ring=visit.parts.ring)
            return visit.go(_path(visit, view), "The message is given up: what may have left is paid.")
        await doubting.try_again(visit.desk, view.message_id, ring=visit.parts.ring)
    except Mistaken as error:
        return visit.go(_path(visit, view), str(error))
    return visit.go(_path(visit, view), "The message is tried again, alone on a link.")


async def _answers(visit: Visit, view: MessageView, request: Request | None) -> dict[str, Any]:
    """What changes while the message of this request goes on."""
    store, now = visit.parts.store, visit.now
    steps = await timeline(view, store)
    row = next((each for each in visit.parts.tables.carriers if each.carrier_id == view.carrier_id), None)
    state = None
    if row is not None:
        state = carrier_state(row, [link for name, link in visit.parts.links() if name == row.name])
    takes = state is not None and bool(state["bound"]) and state["row"].hold is Hold.NO
    segments = await store.segments_of_message(view.message_id)
    advice = advise(
        view.state,
        view.cause,
        carrier_takes=takes,
        is_overdue=view.state is State.SUBMITTED and now - view.changed_at > RECEIPT_DUE_MS,
        has_ids=all(segment.carrier_message_id for segment in segments),
    )
    sender = "" if request is None else request.sender
    is_parked = view.state is State.QUEUED and view.cause is Cause.PARKED
    carriers = {each.carrier_id: each.name for each in visit.parts.tables.carriers}
    return {
        **await story_of(visit, view, steps),
        "carriers": carriers,
        "carrier": state,
        "hold": None if row is None or row.hold is Hold.NO else HOLDS[row.hold],
        "give_up_at": view.expires_at + RECEIPT_MARGIN_MS if view.state is State.SUBMITTED else None,
        "place": _PARKED if is_parked else words.status(status_of(view, now=now).status_code),
        "why": _why(view, state, takes=takes),
        "is_at_door": view.cause is Cause.TOO_COSTLY,
        "is_open": view.state not in FINAL,
        "is_queued": view.state is State.QUEUED,
        "is_parked": is_parked,
        "can_stop": can_stop(view),
        "reason": _reason(view, steps),
        "question": _question(view),
        "advice": advice,
        "ways": _ways(visit, view, advice, sender),
        "bill": bill(view, segments, visit.parts.tables.routing),
        "price": view.rate * view.segments,
    }


def _why(view: MessageView, carrier: Mapping[str, Any] | None, *, takes: bool) -> list[str]:
    """Why it is where it is, in our own words."""
    if view.state is not State.QUEUED or takes or view.cause in _WAITS_FOR_OTHERS:
        return [words.cause(view.cause)]
    if carrier is None:
        return ["Its carrier is not there any more."]
    hold = carrier["row"].hold
    word = HOLDS[hold] if carrier["bound"] and hold is not Hold.NO else carrier["word"]
    said = [f"Its carrier {carrier['row'].name} is {word.label.lower()}. {word.sentence}"]
    if carrier["problem"]:
        said.append(f"{carrier['problem'][:1].upper()}{carrier['problem'][1:].rstrip('.')}.")
    return said if view.cause is Cause.ACCEPTED else [words.cause(view.cause), *said]


def _question(view: MessageView) -> str:
    if view.state is State.DELIVERED:
        return "How did it end?"
    if view.state is State.CANCELLED:
        return "Why was it not sent?"
    if view.state is State.UNKNOWN:
        return "Why is its end not known?"
    return "Why did it fail?" if view.state in FINAL else "Why is it not there yet?"


def _reason(view: MessageView, steps: list[Step]) -> telling.Told | None:
    """The last step that says why it is not delivered, with the carrier's own words."""
    if view.state is State.DELIVERED:
        return None
    told = telling.tell([step for step in steps if step.kind in _TROUBLES], segments=view.segments, with_carriers=False)
    return next((each for each in reversed(told) if each.tone in _TROUBLED_TONES), None)


def _ways(visit: Visit, view: MessageView, advice: Advice, sender: str) -> list[tuple[str, str]]:
    """The pages where something can be done, each with its label."""
    number = show_recipient(view.recipient)
    asked = {"number": number, "account": str(view.account_id), "sender": sender}
    carrier = f"/service/carriers/{view.carrier_id}"
    public_id = visit.parts.public_ids.show(view.message_id)
    paths = {
        Way.EXPLAIN: "/service/explain?" + urlencode({name: value for name, value in asked.items() if value}),
        Way.CARRIER: carrier,
        Way.SETTINGS: f"{carrier}/settings",
        Way.TRACE: f"{carrier}/trace",
        Way.QUEUE: f"/service/queues?carrier={view.carrier_id}#work-title",
        Way.ROUTES: "/service/routes?" + urlencode({"begins": number}),
        Way.RATES: "/service/rates?" + urlencode({"begins": number}),
        Way.ORPHANS: "/service/orphans",
        Way.AUDIT: f"/service/audit?subject=message/{public_id}",
    }
    gone: set[Way] = set()
    if all(row.carrier_id != view.carrier_id for row in visit.parts.tables.carriers):
        gone |= {Way.CARRIER, Way.SETTINGS, Way.TRACE}
    if view.recipient <= 0:
        # The number is forgotten.
        gone |= {Way.EXPLAIN, Way.ROUTES, Way.RATES}
    return [(way.value, paths[way]) for way in advice.ways if way not in gone]


def _path(visit: Visit, view: MessageView) -> str:
    return f"/service/messages/{visit.parts.public_ids.show(view.message_id)}"


async def _one(visit: Visit) -> MessageView:
    view = await _view(visit, str(visit.request.path_params["public_id"]))
    if view is None:
        raise Gone
    return view


async def _view(visit: Visit, public_id: str) -> MessageView | None:
    message_id = visit.parts.public_ids.read(public_id)
    return None if message_id is None else await visit.parts.store.message(message_id)


PAGES: Final = (
    Page("/service/messages", find, Needs.OPERATOR),
    Page("/service/messages/{public_id}", show, Needs.OPERATOR),
    Page("/service/messages/{public_id}/live", show_live, Needs.OPERATOR),
    Page("/service/messages/{public_id}/stop", stop, Needs.OPERATOR, "POST"),
    Page("/service/messages/{public_id}/parked", decide, Needs.OPERATOR, "POST"),
)
