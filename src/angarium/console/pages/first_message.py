"""The first message: token, a program with everything filled in, and a view of the message as it travels."""

from __future__ import annotations

from functools import partial
from typing import Final

from starlette.responses import Response

from angarium.console import live, snippets
from angarium.console.pages.messages import may_change, story
from angarium.console.refusals import ABOUT_RECIPIENTS, said
from angarium.console.sending import send_one
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.core.account import ApiConnection, token_hash
from angarium.core.clocktime import MINUTE_MS
from angarium.core.message import SendRequest
from angarium.core.message_ids import first_message_id
from angarium.core.numbers import BadNumber, parse_recipient
from angarium.core.refusals import Refusal
from angarium.flows import accounts, tokens
from angarium.flows.desk import Mistaken
from angarium.ports.searches import MessageQuery
from angarium.ports.store import MessageView
from angarium.text.segments import Content

RECENT_MS: Final = 15 * MINUTE_MS
"""How long ago the message may have been accepted that is shown here."""
SCAN_MAX: Final = 2_000
CONNECTION_NAME: Final = "first"
"""What a connection is called that is made here."""


async def show(visit: Visit) -> Response:
    """The page, its programs still without a token."""
    return await _show(visit, token="", to=_number(visit, visit.asked("to", visit.parts.sample_recipient)))


async def make_token(visit: Visit) -> Response:
    """A new token, in this page once; for an account without a connection, its first connection too."""
    form = await visit.form()
    to = _number(visit, form.get("to", ""))
    connection = _connection(visit)
    if connection is None:
        made = await accounts.create_connection(
            visit.desk, visit.of.account_id, CONNECTION_NAME, accounts.ConnectionChanges()
        )
        connection = made.connection
    try:
        token = await visit.parts.tokens.made(
            await visit.form_key(), partial(tokens.create_token, visit.desk, connection.connection_id), now=visit.now
        )
    except Mistaken as error:
        visit.problem("", str(error))
        return await _show(visit, token="", to=to)
    # The page shows the connection by its tables.
    await visit.parts.tables.refresh(visit.parts.store)
    return await _show(visit, token=token.token, to=to)


async def send(visit: Visit) -> Response:
    """Send it from here, for whoever has no terminal at hand."""
    form = await visit.form()
    to, token = _number(visit, form.get("to", "")), _own_token(visit, form.get("token", ""))
    connection = _connection(visit)
    if not to:
        visit.problem("to", "Give a number with its country code, such as 27990000001.")
    elif connection is None:
        visit.problem("", "There is no connection to send over yet: make a token first.")
    else:
        request = SendRequest(recipients=(to,), content=Content.of_text(snippets.TEXT))
        sent = await send_one(visit, connection, request, form.get("nonce", ""))
        if not isinstance(sent, Refusal):
            # Loaded again, the page sends nothing more: its nonce goes with it.
            return await _show(visit, token=token, to=to, is_sent=True)
        refusal = said(sent)
        visit.problem("to" if sent.reason in ABOUT_RECIPIENTS else "", f"{refusal.label}. {refusal.cure}")
    return await _show(visit, token=token, to=to)


async def travels(visit: Visit) -> Response:
    """The newest message of the last minutes, as it travels."""
    template = visit.jinja.get_template("first_message_travels.html")
    ended: dict[str, str] = {}

    async def look() -> tuple[str, bool]:
        view = await _newest(visit)
        public_id = "" if view is None else visit.parts.public_ids.show(view.message_id)
        if public_id not in ended:
            values = {"row": None} if view is None else await story(visit, view)
            html = template.render(visit=visit, problems={}, typed={}, **values)
            if view is None or may_change(view) or values["is_owed"]:
                return html, True
            ended[public_id] = html
        return ended[public_id], True

    return live.stream(visit, look)


async def _show(visit: Visit, *, token: str, to: str, is_sent: bool = False) -> Response:
    view = await _newest(visit)
    values = {"row": None} if view is None else await story(visit, view)
    return visit.show(
        "first_message.html",
        made=token,
        to=to,
        connection=_connection(visit),
        is_sent=is_sent,
        snippets=snippets.filled(url=visit.service_url, token=token, to=to),
        nonce=visit.parts.new_secret(),
        text=snippets.TEXT,
        live=visit.link("./first-message/live"),
        **values,
    )


async def _newest(visit: Visit) -> MessageView | None:
    since = first_message_id(visit.now - RECENT_MS)
    query = MessageQuery(1, first_id=since, account_id=visit.of.account_id, scan_max=SCAN_MAX)
    found = await visit.parts.store.search_messages(query)
    return found.messages[0] if found.messages else None


def _connection(visit: Visit) -> ApiConnection | None:
    """The oldest connection of the account."""
    directory = visit.parts.tables.directory
    own = [each for each in directory.connections.values() if each.account_id == visit.of.account_id]
    return min(own, key=lambda each: each.connection_id, default=None)


def _number(visit: Visit, written: str) -> str:
    """The number as international digits; empty when it is none."""
    connection = _connection(visit)
    prefix = "" if connection is None else connection.settings.country_prefix
    try:
        return str(parse_recipient(written.replace(" ", ""), country_prefix=prefix)) if written.strip() else ""
    except BadNumber:
        return ""


def _own_token(visit: Visit, written: str) -> str:
    """A token that this page has shown, to be shown on; empty for whatever is none of the account's."""
    caller = visit.parts.tables.directory.caller(token_hash(written.encode()), now=visit.now)
    return written if caller is not None and caller.account.account_id == visit.of.account_id else ""


PAGES: Final = (
    Page("/accounts/{account_id:int}/first-message", show, Needs.DEVELOPER),
    Page("/accounts/{account_id:int}/first-message/token", make_token, Needs.DEVELOPER, "POST"),
    Page("/accounts/{account_id:int}/first-message/send", send, Needs.DEVELOPER, "POST"),
    Page("/accounts/{account_id:int}/first-message/live", travels, Needs.DEVELOPER),
)
