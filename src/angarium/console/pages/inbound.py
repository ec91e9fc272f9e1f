"""Messages from handsets: what they said, whether the reply URL took them, and pushing once more."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from angarium.console.pages.connections import ONE, own_connection
from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit, read_key
from angarium.console.words import Word
from angarium.core.account import ApiConnection
from angarium.core.inbound import InboundState
from angarium.core.people import Role
from angarium.flows import two_way as flow
from angarium.ports.bell import INBOUND
from angarium.ports.inbound import InboundView
from angarium.text.alphabet import Alphabet

BASE: Final = "/accounts/{account_id:int}/inbound"
ROWS_MAX: Final = 25
STATES: Final[Mapping[InboundState, Word]] = MappingProxyType(
    {
        InboundState.OWED: Word("Waiting", "busy", "It waits for the reply URL, or for another try."),
        InboundState.DELIVERED: Word("Taken", "good", "The reply URL took it."),
        InboundState.DEAD_LETTER: Word("Dead letter", "bad", "The reply URL did not take it, in all tries."),
        InboundState.UNOWNED: Word("Nobody's", "doubt", "Its number belongs to nobody."),
        InboundState.KEPT: Word("Kept", "plain", "There is no reply URL: it is here to be read."),
    }
)


async def messages(visit: Visit) -> Response:
    """Those of one connection, newest first."""
    own = await visit.parts.store.connections(visit.of.account_id)
    chosen = await _chosen(visit, own)
    state, before = visit.asked("state"), visit.asked("before")
    only = InboundState(int(state)) if state in {str(int(each)) for each in OWN_STATES} else None
    views: list[InboundView] = []
    if chosen is not None:
        views = await visit.parts.store.inbound_messages(
            state=only,
            connection_id=chosen.connection_id,
            before_id=read_key(before),
            limit=ROWS_MAX + 1,
        )
    return visit.show(
        "inbound.html",
        connections=own,
        chosen=chosen,
        state="" if only is None else int(only),
        states=[("", "any"), *((int(each), STATES[each].label) for each in OWN_STATES)],
        views=views[:ROWS_MAX],
        has_more=len(views) > ROWS_MAX,
        word_of=STATES,
        text_of=text_of,
        can_replay=bool(views) and only is InboundState.DEAD_LETTER and visit.may(Role.DEVELOPER),
        show=visit.parts.public_ids.show,
    )


async def message(visit: Visit) -> Response:
    """One, with each try to push it."""
    view, connection = await _own(visit)
    tried = await visit.parts.store.inbound_attempts(view.inbound_id)
    return visit.show(
        "inbound_message.html",
        view=view,
        connection=connection,
        tried=tried,
        word=STATES[view.state],
        text=text_of(view),
        public_id=visit.parts.public_ids.show(view.inbound_id),
    )


async def replay(visit: Visit) -> Response:
    """Push it once more."""
    view, _ = await _own(visit)
    replayed = await flow.replay(visit.desk, [view.inbound_id])
    visit.parts.ring(INBOUND)
    said = "It is pushed once more." if replayed else "It could not be pushed: is there a reply URL, and its text?"
    return visit.go(f"./inbound/{visit.parts.public_ids.show(view.inbound_id)}", said)


async def replay_dead(visit: Visit) -> Response:
    """Push all dead letters of one connection once more."""
    connection = await own_connection(visit)
    found = await flow.in_state(visit.desk, InboundState.DEAD_LETTER, connection.connection_id)
    replayed = await flow.replay(visit.desk, found)
    visit.parts.ring(INBOUND)
    said = "One dead letter is" if len(replayed) == 1 else f"{len(replayed)} dead letters are"
    if len(replayed) < len(found):
        left = len(found) - len(replayed)
        return visit.go(
            f"./inbound?connection={connection.connection_id}",
            f"{said} pushed once more; {left} cannot be: is there a reply URL, and the text still?",
        )
    return visit.go(f"./inbound?connection={connection.connection_id}", f"{said} pushed once more.")


def text_of(view: InboundView) -> str | None:
    """What it says; binary in hex, None when it was erased."""
    if view.content is None:
        return None
    return view.content.payload.hex() if view.content.alphabet is Alphabet.BINARY else view.content.text()


async def _own(visit: Visit) -> tuple[InboundView, ApiConnection]:
    inbound_id = visit.parts.public_ids.read(visit.request.path_params["inbound_public_id"])
    if inbound_id is None:
        raise Gone
    view = await visit.parts.store.inbound_message(inbound_id)
    for connection in await visit.parts.store.connections(visit.of.account_id):
        if connection.connection_id == view.connection_id:
            return view, connection
    raise Gone


async def _chosen(visit: Visit, own: list[ApiConnection]) -> ApiConnection | None:
    """The one that was asked for; else the first that has a number."""
    asked = visit.asked("connection")
    found = next((each for each in own if str(each.connection_id) == asked), None)
    if found is not None or not own:
        return found
    with_numbers = {each.connection_id for each in await visit.parts.store.inbound_numbers()}
    return next((each for each in own if each.connection_id in with_numbers), own[0])


OWN_STATES: Final = (InboundState.OWED, InboundState.DELIVERED, InboundState.DEAD_LETTER, InboundState.KEPT)
"""Where a message that has an owner can stand."""

PAGES: Final = (
    Page(BASE, messages, Needs.VIEWER),
    Page(BASE + "/{inbound_public_id}", message, Needs.VIEWER),
    Page(BASE + "/{inbound_public_id}/replay", replay, Needs.DEVELOPER, "POST"),
    Page(ONE + "/dead-replies", replay_dead, Needs.DEVELOPER, "POST"),
)
