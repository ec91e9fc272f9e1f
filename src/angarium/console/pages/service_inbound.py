"""Messages from handsets, for operators: what nobody owns is given to somebody, what was not taken is pushed again.

The text of a message that has an owner is the account's: acting for it shows it. What is nobody's is read here, because
its words say whose it is meant to be.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from angarium.console.mistakes import beside_fields
from angarium.console.pages.inbound import STATES, text_of
from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit, read_key
from angarium.core.inbound import InboundState
from angarium.core.words import words_of
from angarium.flows import two_way as flow
from angarium.ports.bell import INBOUND
from angarium.ports.inbound import InboundView
from angarium.ports.store import NotFound

BASE: Final = "/service/inbound"
ROWS_MAX: Final = 50
WAITING_MAX: Final = 20
"""Messages that lack parts, as far as they are shown."""
ANY: Final = "any"
CHOICES: Final = (
    *((state.name.lower(), STATES[state].label) for state in sorted(STATES, key=lambda each: -each)),
    (ANY, "any"),
)


class Owner(NamedTuple):
    """The API connection that a message belongs to, as pages show it."""

    name: str
    account_id: int | None
    is_pushed: bool
    """Whether it has a reply URL."""


async def messages(visit: Visit) -> Response:
    """Those that are nobody's, or in another state, or from a number and to it; newest first."""
    number = visit.asked("number").strip()
    chosen = visit.asked("state", ANY if number else InboundState.UNOWNED.name.lower())
    known = {state.name.lower(): state for state in InboundState}
    inbound_id = visit.parts.public_ids.read(number)
    if inbound_id is not None and await _known(visit, inbound_id):
        return visit.go(f"{BASE}/{number}")
    visit.typed = {"number": number, "state": ANY if number else chosen}
    views: list[InboundView] = []
    with beside_fields(visit):
        views = await flow.look(
            visit.parts.store,
            state=None if number else known.get(chosen),
            number=number,
            before_id=_before(visit),
            limit=ROWS_MAX + 1,
        )
    shown, older = views[:ROWS_MAX], ""
    if len(views) > len(shown):
        older = f"{BASE}?" + urlencode({"number": number, "state": chosen, "before": shown[-1].inbound_id})
    return visit.show(
        "service_inbound.html",
        rows=[(view, _owner(visit, view), _readable(view)) for view in shown],
        older=older,
        choices=CHOICES,
        word_of=STATES,
        show=visit.parts.public_ids.show,
        waiting=await visit.parts.store.waiting_parts(limit=WAITING_MAX),
    )


async def message(visit: Visit) -> Response:
    """One, with each try to push it, and the form that gives it to somebody."""
    return await _show(visit, await _one(visit))


async def assign(visit: Visit) -> Response:
    """Give it to an API connection."""
    view = await _one(visit)
    chosen = (await visit.form()).get("connection_id", "")
    try:
        given = await flow.assign(visit.desk, view.inbound_id, read_key(chosen) or 0)
    except NotFound:
        visit.problem("connection_id", "Choose whose it is to be.")
        return await _show(visit, view)
    visit.parts.ring(INBOUND)
    owner = _owner(visit, given)
    belongs = "" if owner is None else f"It belongs to {owner.name} now. "
    said = "It is pushed to the reply URL." if given.due_at is not None else "It is kept there to be read."
    return visit.go(_path(visit, view), belongs + said)


async def replay(visit: Visit) -> Response:
    """Push it once more."""
    view = await _one(visit)
    replayed = await flow.replay(visit.desk, [view.inbound_id])
    visit.parts.ring(INBOUND)
    said = "It is pushed once more." if replayed else "It cannot be pushed: it is forgotten, or just under way."
    return visit.go(_path(visit, view), said)


async def _show(visit: Visit, view: InboundView) -> Response:
    directory = visit.parts.tables.directory
    names = {
        connection_id: f"{directory.accounts[each.account_id].name}/{each.name}"
        for connection_id, each in directory.connections.items()
        if each.account_id in directory.accounts
    }
    return visit.show(
        "service_inbound_message.html",
        view=view,
        owner=_owner(visit, view),
        text=_readable(view),
        word=STATES[view.state],
        carrier=next((row.name for row in visit.parts.tables.carriers if row.carrier_id == view.carrier_id), ""),
        tried=await visit.parts.store.inbound_attempts(view.inbound_id),
        path=_path(visit, view),
        public_id=visit.parts.public_ids.show(view.inbound_id),
        names=sorted(names.items(), key=lambda item: item[1].lower()),
        meant=_meant(visit, view),
    )


def _meant(visit: Visit, view: InboundView) -> int | None:
    """Whose it would be if it came now: its number may have found an owner since."""
    if view.content is None or view.connection_id is not None:
        return None
    words = words_of(view.content.text())
    number = visit.parts.tables.numbers.owner(view.recipient, words, carrier_id=view.carrier_id)
    return None if number is None else number.connection_id


def _readable(view: InboundView) -> str | None:
    """Its text where an operator may read it: as long as it is nobody's."""
    return text_of(view) if view.connection_id is None else None


def _owner(visit: Visit, view: InboundView) -> Owner | None:
    if view.connection_id is None:
        return None
    directory = visit.parts.tables.directory
    connection = directory.connections.get(view.connection_id)
    account = None if connection is None else directory.accounts.get(connection.account_id)
    if connection is None or account is None:
        return Owner(f"API connection {view.connection_id}", None, is_pushed=False)
    return Owner(f"{account.name}/{connection.name}", account.account_id, connection.settings.reply is not None)


async def _one(visit: Visit) -> InboundView:
    inbound_id = visit.parts.public_ids.read(visit.request.path_params["inbound_id"])
    if inbound_id is None:
        raise Gone
    return await visit.parts.store.inbound_message(inbound_id)


async def _known(visit: Visit, inbound_id: int) -> bool:
    try:
        await visit.parts.store.inbound_message(inbound_id)
    except NotFound:
        return False
    return True


def _path(visit: Visit, view: InboundView) -> str:
    return f"{BASE}/{visit.parts.public_ids.show(view.inbound_id)}"


def _before(visit: Visit) -> int | None:
    return read_key(visit.asked("before"))


PAGES: Final = (
    Page(BASE, messages, Needs.OPERATOR),
    Page(BASE + "/{inbound_id}", message, Needs.OPERATOR),
    Page(BASE + "/{inbound_id}/assign", assign, Needs.OPERATOR, "POST"),
    Page(BASE + "/{inbound_id}/replay", replay, Needs.OPERATOR, "POST"),
)
