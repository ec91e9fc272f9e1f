"""The simulator's handsets: what arrived, as a phone shows it, and a box to answer in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from angarium.console.live import stream
from angarium.console.phones import Phone, Phones
from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit
from angarium.core.people import Role

PHONES_SHOWN_MAX: Final = 12
BUBBLES_SHOWN_MAX: Final = 30
REPLY_CHARACTERS_MAX: Final = 1_000


async def show_all(visit: Visit) -> Response:
    """The phones that received something last, or one that is looked for."""
    return _show(visit)


async def live(visit: Visit) -> Response:
    """The same while they are looked at."""
    _phones(visit)
    number = visit.asked("number").strip()
    shown_before: tuple[tuple[str, int], ...] = ()
    html = ""

    async def look() -> tuple[str, bool]:
        nonlocal shown_before, html
        phones = _found(visit, number)
        version = tuple((phone.number, phone.version) for phone in phones)
        if version != shown_before or not html:
            shown_before = version
            html = visit.jinja.get_template("handset_list.html").render(visit=visit, **_values(visit, phones, number))
        return html, True

    return stream(visit, look)


async def reply(visit: Visit) -> Response:
    """Let a handset answer whoever wrote to it last: a real inbound message."""
    phones = _phones(visit)
    form = await visit.form()
    number, text = form.get("number", ""), form.get("text", "").strip()
    if len(text) > REPLY_CHARACTERS_MAX:
        visit.problem("", f"A phone writes up to {REPLY_CHARACTERS_MAX} characters.")
    else:
        sentence = phones.write(number, text)
        if sentence:
            visit.problem("", sentence)
    if visit.problems:
        return _show(visit)
    looked_for = form.get("looked_for", "")
    return visit.go(f"./handsets?number={looked_for}" if looked_for.isdigit() else "./handsets")


def _show(visit: Visit) -> Response:
    number = visit.asked("number").strip()
    phones = _found(visit, number)
    query = f"?number={number}" if number.isdigit() else ""
    return visit.show(
        "handsets.html", live=visit.link(f"./handsets/live{query}"), number=number, **_values(visit, phones, number)
    )


def _values(visit: Visit, phones: Sequence[Phone], number: str) -> dict[str, Any]:
    return {"phones": phones, "looked_for": number, "may_reply": visit.may(Role.DEVELOPER)}


def _found(visit: Visit, number: str) -> Sequence[Phone]:
    phones = _phones(visit)
    if not number:
        return phones.newest(PHONES_SHOWN_MAX, bubbles_max=BUBBLES_SHOWN_MAX)
    one = phones.one(number, bubbles_max=BUBBLES_SHOWN_MAX)
    return () if one is None else (one,)


def _phones(visit: Visit) -> Phones:
    """The handsets, if this process runs a simulator for this account."""
    phones = visit.parts.phones
    if phones is None or phones.account_id != visit.of.account_id:
        raise Gone
    return phones


PAGES: Final = (
    Page("/accounts/{account_id:int}/handsets", show_all, Needs.VIEWER),
    Page("/accounts/{account_id:int}/handsets", reply, Needs.DEVELOPER, "POST"),
    Page("/accounts/{account_id:int}/handsets/live", live, Needs.VIEWER),
)
