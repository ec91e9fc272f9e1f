"""Sending by hand: compose, see what it would come to, send, and see what became of each recipient."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from angarium.console.refusals import ABOUT_RECIPIENTS, Said, said
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.console.words import excerpt
from angarium.core.account import Account, ApiConnection, Caller
from angarium.core.clocktime import SECOND_MS, UnixMs
from angarium.core.message import (
    CLIENT_MESSAGE_ID_CHARACTERS_MAX,
    SCHEDULE_AHEAD_MAX_MS,
    SEGMENTS_MAX,
    VALIDITY_MIN_DEFAULT,
    VALIDITY_MIN_MAX,
    Accepted,
    Priority,
    Refused,
    Result,
    SendRequest,
)
from angarium.core.refusals import Reason, Refusal
from angarium.flows.preview import Preview, preview
from angarium.flows.sending import send_once
from angarium.text.segments import ENCODING_NAMES, Content

TEXT_CHARACTERS_MAX: Final = 10_000
RECIPIENTS_SHOWN_MAX: Final = 20
NAMED_MAX: Final = 3
"""Recipients that are named in one sentence."""
EVERY_STATUS: Final = 7
"""The mask of rest-api 8.2 that pushes all that can be pushed."""
PRIORITIES: Final = (
    (Priority.LOW.value, "Normal"),
    (Priority.MIDDLE.value, "Before normal ones"),
    (Priority.HIGH.value, "Before all others"),
)
OPTIONS: Final = frozenset({"flash", "callback", "scheduled", "validity_min", "parts_max", "client_message_id"})
"""Fields that are folded away until something is in them."""
_FIELDS: Final[Mapping[Reason, str]] = {
    Reason.BAD_SENDER: "sender",
    Reason.EMPTY_MESSAGE: "text",
    Reason.TOO_MANY_SEGMENTS: "text",
    Reason.BAD_DELIVERY_TIME: "scheduled",
}
"""The field beside which a refusal of the whole is said."""
_BETWEEN_RECIPIENTS: Final = re.compile(r"[\n,;]+")
_WITHIN_A_NUMBER: Final = re.compile(r"[\s()\-./\u00a0]+")
"""How people group digits."""


class Draft(NamedTuple):
    """What was typed, as far as it can be used."""

    caller: Caller
    request: SendRequest


class Outcome(NamedTuple):
    """What became of one recipient."""

    recipient: str
    public_id: str
    """Empty when it was refused."""
    said: Said | None


async def compose(visit: Visit) -> Response:
    """The form; a link can fill in `to` and `text`."""
    visit.typed = {name: visit.asked(name) for name in ("to", "text", "sender") if visit.asked(name)}
    return _show(visit)


async def show_preview(visit: Visit) -> Response:
    """What the form as it stands would come to: a piece of the page, asked for while somebody types."""
    form = await visit.form()
    draft = _read(visit, form)
    found = None if draft is None or visit.problems else preview(visit.parts.tables, *draft)
    return visit.show("send_preview.html", status=200, preview=await _shown(visit, draft, found), is_alone=True)


async def send(visit: Visit) -> Response:
    """Check it, or send it."""
    form = await visit.form()
    draft = _read(visit, form)
    if form.get("do") == "check" and draft is not None and not visit.problems:
        found = preview(visit.parts.tables, *draft)
        if isinstance(found, Refusal) and found.reason in _FIELDS:
            visit.problem(_FIELDS[found.reason], _sentence(found))
        return _show(visit, preview=await _shown(visit, draft, found))
    if draft is not None and not draft.request.recipients:
        visit.problem("to", "Write at least one number.")
    if draft is not None and not form.get("text"):
        visit.problem("text", "Write a text.")
    if draft is None or visit.problems:
        return _show(visit)
    # The same form sent again is the same send: its own number, and all that was typed.
    typed = sha256(repr(sorted(form.items())).encode()).hexdigest()
    try:
        results = await send_once(visit.parts.send, *draft, key=f"form {typed}")
    except Refusal as refusal:
        visit.problem(_FIELDS.get(refusal.reason, ""), _sentence(refusal))
        return _show(visit)
    if not any(isinstance(result, Accepted) for result in results):
        _none_taken(visit, [result for result in results if isinstance(result, Refused)])
        # What was typed is kept, and mended it is another send.
        visit.typed = {name: value for name, value in visit.typed.items() if name != "nonce"}
        return _show(visit)
    return _show_results(visit, draft, results)


# --- reading what was typed


def _read(visit: Visit, form: Mapping[str, str]) -> Draft | None:
    """The draft, with a problem noted beside each field that cannot be used; None without a connection."""
    connection = chosen_connection(visit, form)
    if connection is None:
        return None
    text = form.get("text", "").replace("\r\n", "\n")
    if len(text) > TEXT_CHARACTERS_MAX:
        visit.problem("text", f"This is longer than {TEXT_CHARACTERS_MAX} characters.")
    own_id = form.get("client_message_id", "").strip()
    if len(own_id) > CLIENT_MESSAGE_ID_CHARACTERS_MAX:
        visit.problem("client_message_id", f"Use up to {CLIENT_MESSAGE_ID_CHARACTERS_MAX} characters.")
    recipients = read_recipients(form.get("to", ""))
    recipients_max = visit.of.settings.recipients_max
    if len(recipients) > recipients_max:
        visit.problem(
            "to", f"These are {len(recipients)} numbers; up to {recipients_max} go at once. Use a file instead."
        )
    request = SendRequest(
        recipients=recipients,
        content=Content.of_text(text[:TEXT_CHARACTERS_MAX]),
        sender=form.get("sender", "").strip() or None,
        client_message_id=own_id or None,
        segments_max=read_whole(visit, form, "parts_max", SEGMENTS_MAX),
        scheduled_at=read_moment(visit, form.get("scheduled", "")),
        validity_min=read_whole(visit, form, "validity_min", VALIDITY_MIN_MAX) or VALIDITY_MIN_DEFAULT,
        priority=Priority(read_whole(visit, form, "priority", Priority.LOW.value) or Priority.LOW),
        flash="flash" in form,
        callback=EVERY_STATUS if "callback" in form else 0,
    )
    return Draft(visit.parts.tables.directory.caller_of(connection), request)


def read_recipients(text: str) -> tuple[str, ...]:
    """Numbers one a line, or between commas; how people group digits does not matter."""
    cleaned = (_WITHIN_A_NUMBER.sub("", each) for each in _BETWEEN_RECIPIENTS.split(text))
    return tuple(each for each in cleaned if each)


def read_whole(visit: Visit, form: Mapping[str, str], name: str, highest: int) -> int | None:
    """A number from 1 on, or None when nothing is typed."""
    typed = form.get(name, "").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= highest and len(typed) < 9):
        visit.problem(name, f"Give a whole number from 1 to {highest}, or nothing.")
        return None
    return int(typed)


def read_moment(visit: Visit, typed: str) -> UnixMs | None:
    """A moment as browsers write it, in UTC; None for now."""
    if not typed.strip():
        return None
    try:
        at = round(datetime.fromisoformat(typed.strip()).replace(tzinfo=UTC).timestamp()) * SECOND_MS
    except (ValueError, OverflowError):
        at = -1
    if not visit.now <= at <= visit.now + SCHEDULE_AHEAD_MAX_MS:
        visit.problem("scheduled", "Choose a time from now to 7 days ahead, in UTC, such as 2030-01-31T09:30.")
        return None
    return at


# --- showing


def chosen_connection(visit: Visit, form: Mapping[str, str]) -> ApiConnection | None:
    """The API connection that was chosen; None, and a problem, when it is not the account's."""
    for connection in connections_of(visit):
        if str(connection.connection_id) == form.get("connection"):
            return connection
    visit.problem("connection", "Choose one of the account's API connections.")
    return None


def connections_of(visit: Visit) -> list[ApiConnection]:
    """The account's API connections."""
    directory = visit.parts.tables.directory
    return [each for each in directory.connections.values() if each.account_id == visit.of.account_id]


def _show(visit: Visit, *, preview: Mapping[str, Any] | None = None) -> Response:
    connections = connections_of(visit)
    return visit.show(
        "send.html",
        connections=[(each.connection_id, each.name) for each in connections],
        senders=_senders(visit.of, connections),
        priorities=PRIORITIES,
        validity_max=VALIDITY_MIN_MAX,
        nonce=visit.typed.get("nonce") or visit.parts.new_secret(),
        preview=preview or _NOTHING_SHOWN,
        is_alone=False,
        recipients_max=visit.of.settings.recipients_max,
        pushes=any(each.settings.callback is not None for each in connections),
        opened=not OPTIONS.isdisjoint(name for name in (*visit.problems, *visit.typed) if visit.typed.get(name)),
    )


def _senders(account: Account, connections: Sequence[ApiConnection]) -> list[str]:
    """Senders to propose: the account's own, and those of its connections."""
    return list(dict.fromkeys([*account.settings.senders, *(each.settings.sender for each in connections)]))


_NOTHING_SHOWN: Final[Mapping[str, Any]] = {"found": None, "refusal": None}


async def _shown(visit: Visit, draft: Draft | None, found: Preview | Refusal | None) -> Mapping[str, Any]:
    """A preview as the template shows it."""
    if draft is None or found is None:
        return _NOTHING_SHOWN
    if isinstance(found, Refusal):
        # Nothing typed yet is no mistake.
        return {"found": None, "refusal": None if found.reason is Reason.EMPTY_MESSAGE else said(found)}
    balance = await visit.parts.store.balance(visit.of.account_id)
    parts_max = draft.request.segments_max or draft.caller.connection.settings.segments_max
    shown = found.recipients[:RECIPIENTS_SHOWN_MAX]
    prices = {each.price for each in found.recipients if each.refusal is None}
    return {
        "found": found,
        "refusal": None,
        "encoding": ENCODING_NAMES[found.alphabet],
        "languages": sorted(each.word.capitalize() for each in found.shifts.languages),
        "parts_max": parts_max,
        "is_too_long": len(found.segments) > parts_max,
        "each": prices.pop() if len(prices) == 1 else None,
        "plainer": _plainer(visit, draft, found),
        "recipients": [(each, None if each.refusal is None else said(each.refusal)) for each in shown],
        "more": len(found.recipients) - len(shown),
        "refused": sum(1 for each in found.recipients if each.refusal is not None),
        "lacks": max(0, found.price - balance.free),
        "flash": draft.request.flash,
    }


def _plainer(visit: Visit, draft: Draft, found: Preview) -> int | None:
    """In how many parts it would go with smart encoding, where that is off and would spare some."""
    connection = draft.caller.connection
    if not found.costly or connection.settings.smart_encoding:
        return None
    smart = replace(connection, settings=replace(connection.settings, smart_encoding=True))
    would = preview(visit.parts.tables, replace(draft.caller, connection=smart), draft.request)
    if isinstance(would, Refusal) or len(would.segments) >= len(found.segments):
        return None
    return len(would.segments)


def _show_results(visit: Visit, draft: Draft, results: Sequence[Result]) -> Response:
    accepted = [result.message_id for result in results if isinstance(result, Accepted)]
    ids = iter(visit.parts.public_ids.show_all(accepted))
    outcomes = [
        Outcome(result.recipient, "", said(result.refusal))
        if isinstance(result, Refused)
        else Outcome(str(result.recipient), next(ids), None)
        for result in results
    ]
    return visit.show(
        "send_results.html",
        outcomes=outcomes,
        accepted=len(accepted),
        text=draft.request.content.text(),
        scheduled_at=draft.request.scheduled_at,
    )


def _none_taken(visit: Visit, refused: Sequence[Refused]) -> None:
    """Say why nothing was sent: beside the numbers where they are the reason."""
    by_reason: dict[Reason, list[Refused]] = {}
    for each in refused:
        by_reason.setdefault(each.refusal.reason, []).append(each)
    about_numbers: list[str] = []
    for reason, those in by_reason.items():
        sentence = _sentence(those[0].refusal)
        if reason not in ABOUT_RECIPIENTS:
            visit.problem(_FIELDS.get(reason, ""), sentence)
            continue
        numbers = ", ".join(excerpt(each.recipient, 20) for each in those[:NAMED_MAX])
        more = f" and {len(those) - NAMED_MAX} more" if len(those) > NAMED_MAX else ""
        about_numbers.append(f"{numbers}{more}: {sentence}")
    if about_numbers:
        visit.problem("to", " ".join(about_numbers))


def _sentence(refusal: Refusal) -> str:
    words = said(refusal)
    return f"{words.label}. {words.cure}"


PAGES: Final = (
    Page("/accounts/{account_id:int}/send", compose, Needs.DEVELOPER),
    Page("/accounts/{account_id:int}/send", send, Needs.DEVELOPER, "POST"),
    Page("/accounts/{account_id:int}/send/preview", show_preview, Needs.DEVELOPER, "POST"),
)
