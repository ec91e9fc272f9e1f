"""API connections: the ways in for an account's programs, and what is set for each."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from angarium.console.mistakes import beside_fields
from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit
from angarium.core.account import ApiConnection, DoubtPolicy
from angarium.core.message import SEGMENTS_MAX
from angarium.flows import accounts as flow
from angarium.flows.desk import Mistaken, read_sender
from angarium.ports.store import AlreadyExists

BASE: Final = "/accounts/{account_id:int}/connections"
ONE: Final = BASE + "/{connection_id:int}"


async def own_connection(visit: Visit) -> ApiConnection:
    """The API connection of the path, if it is this account's. Raises Gone."""
    wanted = visit.number("connection_id")
    for connection in await visit.parts.store.connections(visit.of.account_id):
        if connection.connection_id == wanted:
            return connection
    raise Gone


async def connections(visit: Visit) -> Response:
    """All of the account."""
    store = visit.parts.store
    rows = await store.connections(visit.of.account_id)
    valid = {
        row.connection_id: sum(token.is_valid(now=visit.now) for token in await store.tokens(row.connection_id))
        for row in rows
    }
    return visit.show("connections.html", connections=rows, valid=valid)


async def new_form(visit: Visit) -> Response:
    """A name for a new one."""
    return visit.show("connection_new.html")


async def create(visit: Visit) -> Response:
    """Make it; its page says what comes next."""
    form = await visit.form()
    try:
        made = await flow.create_connection(
            visit.desk, visit.of.account_id, form.get("name", ""), flow.ConnectionChanges()
        )
    except Mistaken as error:
        visit.mistake(error)
        return visit.show("connection_new.html")
    except AlreadyExists:
        visit.problem("name", "Your account has an API connection of this name already.")
        return visit.show("connection_new.html")
    return visit.go(f"./connections/{made.connection.connection_id}", "It is made. What it needs now is a token.")


async def connection(visit: Visit) -> Response:
    """Everything about one, each part with a way to change it."""
    found = await own_connection(visit)
    tokens = await visit.parts.store.tokens(found.connection_id)
    # The newest first; of those that open nothing any more a few are enough.
    valid = [row for row in reversed(tokens) if row.is_valid(now=visit.now)]
    spent = [row for row in reversed(tokens) if not row.is_valid(now=visit.now)]
    return visit.show("connection.html", connection=found, valid=valid, spent=spent[:SPENT_SHOWN_MAX])


async def settings_form(visit: Visit) -> Response:
    """How its messages are sent."""
    return visit.show("connection_settings.html", connection=await own_connection(visit), segments_max=SEGMENTS_MAX)


async def change_settings(visit: Visit) -> Response:
    """Keep them."""
    found = await own_connection(visit)
    form = await visit.form()
    sender, country_prefix = form.get("sender", "").strip(), form.get("country_prefix", "").strip()
    with beside_fields(visit):
        if sender:
            read_sender(sender, field="sender")
    with beside_fields(visit):
        flow.read_country_prefix(country_prefix)
    segments = form.get("segments_max", "").strip()
    if not (segments.isascii() and segments.isdigit() and 1 <= int(segments[:9]) <= SEGMENTS_MAX):
        visit.problem("segments_max", f"Give a number from 1 to {SEGMENTS_MAX}.")
    if visit.problems:
        return await settings_form(visit)
    doubt = form.get("doubt", "")
    changes = flow.ConnectionChanges(
        sender=sender,
        country_prefix=country_prefix,
        segments_max=int(segments),
        smart_encoding="smart_encoding" in form,
        doubt=DoubtPolicy(doubt) if doubt in DoubtPolicy.__members__.values() else None,
        client_message_id_once="client_message_id_once" in form,
    )
    try:
        await flow.change_connection(visit.desk, found, changes)
    except Mistaken as error:
        visit.mistake(error)
        return await settings_form(visit)
    return visit.go(f"./connections/{found.connection_id}", "The settings are changed.")


async def lockdown_form(visit: Visit) -> Response:
    """The addresses it may be used from."""
    return visit.show("connection_lockdown.html", connection=await own_connection(visit))


async def change_lockdown(visit: Visit) -> Response:
    """Keep them; none: any."""
    found = await own_connection(visit)
    form = await visit.form()
    networks = form.get("networks", "").replace(",", " ").split()
    try:
        await flow.change_connection(visit.desk, found, flow.ConnectionChanges(networks=networks))
    except Mistaken as error:
        visit.mistake(error)
        return await lockdown_form(visit)
    said = "From now on only these addresses may use it." if networks else "It may be used from anywhere."
    return visit.go(f"./connections/{found.connection_id}", said)


SPENT_SHOWN_MAX: Final = 5
"""Tokens that open nothing any more."""

PAGES: Final = (
    Page(BASE, connections, Needs.VIEWER),
    Page(BASE + "/new", new_form, Needs.DEVELOPER),
    Page(BASE + "/new", create, Needs.DEVELOPER, "POST"),
    Page(ONE, connection, Needs.VIEWER),
    Page(ONE + "/settings", settings_form, Needs.DEVELOPER),
    Page(ONE + "/settings", change_settings, Needs.DEVELOPER, "POST"),
    Page(ONE + "/lockdown", lockdown_form, Needs.DEVELOPER),
    Page(ONE + "/lockdown", change_lockdown, Needs.DEVELOPER, "POST"),
)
