"""Tokens of an API connection: made, shown once more, replaced, ended."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, Final

from starlette.responses import Response

from angarium.console.pages.connections import ONE, own_connection
from angarium.console.snippets import filled
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.core.account import ApiConnection
from angarium.core.clocktime import DAY_MS, HOUR_MS
from angarium.flows import tokens as flow
from angarium.flows.desk import Mistaken
from angarium.flows.people import UNCONFIRMED
from angarium.ports.store import TokenRow

TOKENS: Final = ONE + "/tokens"
NEVER: Final = "never"
NOW: Final = "now"
SPANS_MS: Final[Mapping[str, int]] = {"1h": HOUR_MS, "1d": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS}
"""How long an old token goes on working, as it can be chosen."""


async def new_form(visit: Visit) -> Response:
    """A token, and what becomes of those that there are."""
    return await _ask_for_new(visit, await own_connection(visit))


async def create(visit: Visit) -> Response:
    """Make it and show it."""
    connection = await own_connection(visit)
    old = (await visit.form()).get("old", NEVER)
    overlap_ms = 0 if old == NOW else SPANS_MS.get(old, flow.OVERLAP_MS)

    def make() -> Coroutine[Any, Any, flow.NewToken]:
        if old == NEVER:
            return flow.create_token(visit.desk, connection.connection_id)
        return flow.rotate_token(visit.desk, connection.connection_id, overlap_ms=overlap_ms)

    try:
        made = await visit.parts.tokens.made(await visit.form_key(), make, now=visit.now)
    except Mistaken as error:
        visit.mistake(error)
        return await _ask_for_new(visit, connection)
    return _show_token(visit, connection, made.token, made.row, is_new=True)


async def show_form(visit: Visit) -> Response:
    """The password, before a token is shown once more."""
    connection = await own_connection(visit)
    row = await flow.find_token(visit.desk, connection.connection_id, visit.number("token_id"))
    return visit.show("token_show.html", connection=connection, row=row)


async def show(visit: Visit) -> Response:
    """The token out of its seal, and a mark in the audit log."""
    connection = await own_connection(visit)
    row = await flow.find_token(visit.desk, connection.connection_id, visit.number("token_id"))
    form = await visit.form()
    if not await visit.parts.gatehouse.confirms(visit.who, form.get("password", "")):
        visit.problem("password", UNCONFIRMED)
        return visit.show("token_show.html", connection=connection, row=row)
    shown = visit.parts.shown_token(row)
    if shown is None:
        visit.problem("", "This token works, but it cannot be shown: its seal was made elsewhere. Make a new one.")
        return visit.show("token_show.html", connection=connection, row=row)
    await flow.note_shown(visit.desk, row.token_id)
    return _show_token(visit, connection, shown, row, is_new=False)


async def end_form(visit: Visit) -> Response:
    """Whether it is to end now or later."""
    connection = await own_connection(visit)
    row = await flow.find_token(visit.desk, connection.connection_id, visit.number("token_id"))
    return _ask_for_end(visit, connection, row)


async def end(visit: Visit) -> Response:
    """Revoke it, or let it end at a moment."""
    connection = await own_connection(visit)
    row = await flow.find_token(visit.desk, connection.connection_id, visit.number("token_id"))
    when = (await visit.form()).get("when", "")
    if when == NOW:
        await flow.revoke_token(visit.desk, row.token_id)
        said = f"Token {row.token_id} is revoked: calls with it are refused."
    elif when == NEVER:
        await flow.end_token(visit.desk, row, expires_at=None)
        said = f"Token {row.token_id} stays valid until you revoke it."
    elif when in SPANS_MS:
        await flow.end_token(visit.desk, row, expires_at=visit.now + SPANS_MS[when])
        said = f"Token {row.token_id} has an end now."
    else:
        visit.problem("when", "Choose when it ends.")
        return _ask_for_end(visit, connection, row)
    return visit.go(f"./connections/{connection.connection_id}", said)


def _show_token(visit: Visit, connection: ApiConnection, shown: str, row: TokenRow, *, is_new: bool) -> Response:
    programs = filled(url=visit.service_url, token=shown, to=visit.parts.sample_recipient)
    return visit.show(
        "token.html", connection=connection, shown=shown, row=row, is_new=is_new, command=programs[0].code
    )


async def _ask_for_new(visit: Visit, connection: ApiConnection) -> Response:
    rows = await visit.parts.store.tokens(connection.connection_id)
    valid = [row for row in rows if row.is_valid(now=visit.now)]
    return visit.show("token_new.html", connection=connection, valid=valid)


def _ask_for_end(visit: Visit, connection: ApiConnection, row: TokenRow) -> Response:
    return visit.show("token_end.html", connection=connection, row=row)


PAGES: Final = (
    Page(TOKENS + "/new", new_form, Needs.DEVELOPER),
    Page(TOKENS + "/new", create, Needs.DEVELOPER, "POST"),
    Page(TOKENS + "/{token_id:int}/show", show_form, Needs.DEVELOPER),
    Page(TOKENS + "/{token_id:int}/show", show, Needs.DEVELOPER, "POST"),
    Page(TOKENS + "/{token_id:int}/end", end_form, Needs.DEVELOPER),
    Page(TOKENS + "/{token_id:int}/end", end, Needs.DEVELOPER, "POST"),
)
