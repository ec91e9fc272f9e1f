"""`number`: the numbers that handsets write to, and whose they are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from angarium.cli.lookups import find_carrier, find_connection
from angarium.cli.shell import shell_of
from angarium.core.inbound_numbers import InboundNumber, OptOutScope
from angarium.flows import two_way as flow
from angarium.flows.desk import Desk
from angarium.ports.admin import OperatorStore
from angarium.ports.store import NotFound

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="A long number or short code, digits only.")]
Keyword = Annotated[str, typer.Option("--keyword", help="Only texts that begin with this; one to three words.")]
OfCarrier = Annotated[str | None, typer.Option("--carrier", help="Only what this carrier brings; else any.")]
Scope = Annotated[
    OptOutScope | None, typer.Option("--scope", help="What STOP is about: this number, or the whole account.")
]
ReadsWords = Annotated[
    bool | None, typer.Option("--words/--no-words", help="Heed STOP, START and HELP here, or leave it to the carrier.")
]
StopWords = Annotated[list[str] | None, typer.Option("--stop-word", help="Means STOP here too; repeat for more.")]
StartWords = Annotated[list[str] | None, typer.Option("--start-word", help="Means START here too.")]
HelpWords = Annotated[list[str] | None, typer.Option("--help-word", help="Means HELP here too.")]
StopAnswer = Annotated[str | None, typer.Option("--stop-answer", help="Sent to who has opted out; '' for nothing.")]
StartAnswer = Annotated[str | None, typer.Option("--start-answer", help="Sent to who has opted in; '' for nothing.")]
HelpAnswer = Annotated[str | None, typer.Option("--help-answer", help="Sent to who asks for help; '' for nothing.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    number = typer.Typer(help="Inbound numbers: who gets what handsets send.", no_args_is_help=True)
    number.command("add")(add_number)
    number.command("list")(list_numbers)
    number.command("change")(change_number)
    number.command("remove")(remove_number)
    app.add_typer(number, name="number")


def add_number(
    context: typer.Context,
    number: Number,
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="Its account/name or number.")],
    keyword: Keyword = "",
    carrier: OfCarrier = None,
    scope: Scope = None,
    words: ReadsWords = None,
    stop_word: StopWords = None,
    start_word: StartWords = None,
    help_word: HelpWords = None,
    stop_answer: StopAnswer = None,
    start_answer: StartAnswer = None,
    help_answer: HelpAnswer = None,
) -> None:
    """Give a number, or a keyword on it, to an API connection."""
    shell = shell_of(context)
    changes = flow.NumberChanges(
        None, words, scope, stop_word, start_word, help_word, stop_answer, start_answer, help_answer
    )

    async def work(desk: Desk) -> dict[str, object]:
        found = await find_connection(desk.store, connection)
        carrier_id = None if carrier is None else (await find_carrier(desk.store, carrier)).carrier_id
        added = await flow.add_number(
            desk, number, found.connection_id, changes, keyword=keyword, carrier_id=carrier_id
        )
        return await _record(desk.store, added)

    shell.record(shell.at_desk(work))


def list_numbers(context: typer.Context) -> None:
    """List the inbound numbers."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        records = [await _record(store, one) for one in await store.inbound_numbers()]
        shown = ("number_id", "number", "keyword", "carrier", "connection", "scope", "reads_words")
        return records if shell.as_json else [{name: record[name] for name in shown} for record in records]

    shell.rows(shell.in_store(work), empty="There is no inbound number yet: `angarium number add NUMBER CONNECTION`.")


def change_number(
    context: typer.Context,
    number: Number,
    keyword: Keyword = "",
    carrier: OfCarrier = None,
    connection: Annotated[str | None, typer.Option("--connection", help="Give it to another connection.")] = None,
    scope: Scope = None,
    words: ReadsWords = None,
    stop_word: StopWords = None,
    start_word: StartWords = None,
    help_word: HelpWords = None,
    stop_answer: StopAnswer = None,
    start_answer: StartAnswer = None,
    help_answer: HelpAnswer = None,
) -> None:
    """Change an inbound number: what is not given stays as it is. Words given replace those it had."""
    shell = shell_of(context)
    changes = flow.NumberChanges(
        None, words, scope, stop_word, start_word, help_word, stop_answer, start_answer, help_answer
    )

    async def work(desk: Desk) -> dict[str, object]:
        found = await _find(desk.store, number, keyword, carrier)
        owner = None if connection is None else (await find_connection(desk.store, connection)).connection_id
        return await _record(desk.store, await flow.change_number(desk, found, changes._replace(connection_id=owner)))

    shell.record(shell.at_desk(work))


def remove_number(context: typer.Context, number: Number, keyword: Keyword = "", carrier: OfCarrier = None) -> None:
    """Take a number away from its connection. What has come already stays whose it is."""
    shell = shell_of(context)

    async def work(desk: Desk) -> InboundNumber:
        found = await _find(desk.store, number, keyword, carrier)
        await flow.remove_number(desk, found)
        return found

    found = shell.at_desk(work)
    name = f"{found.number} {found.keyword}".strip()
    shell.show({"number_id": found.number_id, "removed": True}, f"{name} belongs to nobody now.")


async def _find(store: OperatorStore, number: str, keyword: str, carrier: str | None) -> InboundNumber:
    carrier_id = None if carrier is None else (await find_carrier(store, carrier)).carrier_id
    wanted = (flow.read_number(number), flow.read_keyword(keyword), carrier_id)
    for one in await store.inbound_numbers():
        if (one.number, one.keyword, one.carrier_id) == wanted:
            return one
    named = f"{number} with the keyword {keyword!r}" if keyword else number
    raise NotFound(f"There is no inbound number {named}; `angarium number list` shows them.")


async def _record(store: OperatorStore, number: InboundNumber) -> dict[str, object]:
    accounts = {one.account_id: one.name for one in await store.accounts()}
    connections = {one.connection_id: f"{accounts[one.account_id]}/{one.name}" for one in await store.connections()}
    carriers = {one.carrier_id: one.name for one in await store.carriers()}
    return {
        "number_id": number.number_id,
        "number": number.number,
        "keyword": number.keyword,
        "carrier": "" if number.carrier_id is None else carriers.get(number.carrier_id, str(number.carrier_id)),
        "connection": connections.get(number.connection_id, str(number.connection_id)),
        **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(number.settings).items()},
    }
