"""Numbers that handsets write to: whose they are, what they answer to STOP, and (for operators) which there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit, read_key
from angarium.core.account import ApiConnection
from angarium.core.inbound_numbers import ANSWER_CHARACTERS_MAX, InboundNumber, OptOutScope
from angarium.flows import two_way as flow
from angarium.flows.desk import Mistaken
from angarium.ports.store import AlreadyExists, NotFound

BASE: Final = "/accounts/{account_id:int}/numbers"
SERVICE: Final = "/service/numbers"


async def numbers(visit: Visit) -> Response:
    """Those of the account's connections."""
    own = await _connections(visit)
    rows = [each for each in await visit.parts.store.inbound_numbers() if each.connection_id in own]
    return visit.show("numbers.html", numbers=rows, connections=own)


async def number_form(visit: Visit) -> Response:
    """One, with its owner and its answers."""
    own = await _connections(visit)
    return _show_one(visit, await _own_number(visit, own), own)


async def change_number(visit: Visit) -> Response:
    """Keep them."""
    own = await _connections(visit)
    number = await _own_number(visit, own)
    form = await visit.form()
    owner = form.get("connection_id", "")
    # An owner of another account is as good as none: numbers change accounts by the operator's hand only.
    if owner not in {str(each) for each in own}:
        visit.problem("connection_id", "Choose one of your API connections.")
        return _show_one(visit, number, own)
    try:
        await flow.change_number(visit.desk, number, _changes(form, int(owner)))
    except Mistaken as error:
        visit.mistake(error)
        return _show_one(visit, number, own)
    return visit.go("./numbers", f"{number.number} is changed. What comes from now on goes by it.")


async def _connections(visit: Visit) -> dict[int, ApiConnection]:
    return {each.connection_id: each for each in await visit.parts.store.connections(visit.of.account_id)}


async def _own_number(visit: Visit, own: Mapping[int, ApiConnection]) -> InboundNumber:
    wanted = visit.number("number_id")
    for number in await visit.parts.store.inbound_numbers():
        if number.number_id == wanted and number.connection_id in own:
            return number
    raise Gone


def _show_one(visit: Visit, number: InboundNumber, own: Mapping[int, ApiConnection]) -> Response:
    return visit.show(
        "number.html", number=number, connections=list(own.values()), answer_characters_max=ANSWER_CHARACTERS_MAX
    )


def _changes(form: Mapping[str, str], connection_id: int) -> flow.NumberChanges:
    scope = form.get("scope", "")
    return flow.NumberChanges(
        connection_id=connection_id,
        reads_words="reads_words" in form,
        scope=OptOutScope(scope) if scope in OptOutScope.__members__.values() else None,
        stop_words=_lines(form.get("stop_words", "")),
        start_words=_lines(form.get("start_words", "")),
        help_words=_lines(form.get("help_words", "")),
        stop_answer=form.get("stop_answer", "").strip(),
        start_answer=form.get("start_answer", "").strip(),
        help_answer=form.get("help_answer", "").strip(),
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


# --- for operators


async def all_numbers(visit: Visit) -> Response:
    """Every number, and a form for one more."""
    return await _show_all(visit)


async def add_number(visit: Visit) -> Response:
    """Give a number, or a keyword on it, to an API connection."""
    form = await visit.form()
    connection = read_key(form.get("connection_id", ""))
    if connection is None:
        visit.problem("connection_id", "Choose whose it is.")
        return await _show_all(visit)
    try:
        added = await flow.add_number(
            visit.desk,
            form.get("number", "").strip(),
            connection,
            flow.NumberChanges(),
            keyword=form.get("keyword", "").strip(),
            carrier_id=read_key(form.get("carrier_id", "")),
        )
    except Mistaken as error:
        visit.mistake(error)
    except AlreadyExists:
        visit.problem("number", "This number, with this keyword, has an owner already.")
    except NotFound:
        visit.problem("connection_id", "There is no such API connection any more.")
    else:
        return visit.go(SERVICE, f"{added.number} has an owner now.")
    return await _show_all(visit)


async def remove_form(visit: Visit) -> Response:
    """What it means to take a number away."""
    number = await flow.find_number(visit.desk, visit.number("number_id"))
    return visit.show("number_remove.html", number=number)


async def remove_number(visit: Visit) -> Response:
    """Take it away."""
    number = await flow.find_number(visit.desk, visit.number("number_id"))
    await flow.remove_number(visit.desk, number)
    return visit.go(SERVICE, f"{number.number} belongs to nobody now.")


async def _show_all(visit: Visit) -> Response:
    store = visit.parts.store
    accounts = {each.account_id: each.name for each in await store.accounts()}
    owners = {
        each.connection_id: f"{accounts.get(each.account_id, '?')}/{each.name}" for each in await store.connections()
    }
    carriers = {each.carrier_id: each.name for each in await store.carriers()}
    return visit.show("service_numbers.html", numbers=await store.inbound_numbers(), owners=owners, carriers=carriers)


PAGES: Final = (
    Page(BASE, numbers, Needs.VIEWER),
    Page(BASE + "/{number_id:int}", number_form, Needs.DEVELOPER),
    Page(BASE + "/{number_id:int}", change_number, Needs.DEVELOPER, "POST"),
    Page(SERVICE, all_numbers, Needs.OPERATOR),
    Page(SERVICE, add_number, Needs.OPERATOR, "POST"),
    Page(SERVICE + "/{number_id:int}/remove", remove_form, Needs.OPERATOR),
    Page(SERVICE + "/{number_id:int}/remove", remove_number, Needs.OPERATOR, "POST"),
)
