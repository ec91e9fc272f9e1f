"""`inbound`: what handsets have sent, whose it is, and what became of it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_connection
from angarium.cli.shell import clock_text, shell_of
from angarium.core.inbound import InboundState
from angarium.core.public_ids import PublicIds
from angarium.flows import two_way as flow
from angarium.flows.desk import Desk
from angarium.ports.admin import OperatorStore
from angarium.ports.inbound import InboundView
from angarium.ports.store import NotFound

LIST_MAX: Final = 1_000
ERASED: Final = "(erased)"
_STATES: Final = {state.name.lower().replace("_", " "): state for state in InboundState}

InboundId = Annotated[str, typer.Argument(metavar="ID", help="Its moMsgId, as `angarium inbound list` shows it.")]
InState = Annotated[
    str | None, typer.Option("--state", help="owed, delivered, dead letter, unowned, kept or waiting.", metavar="STATE")
]
OfConnection = Annotated[str | None, typer.Option("--connection", help="Only of this one: account/name or number.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    inbound = typer.Typer(help="Messages from handsets.", no_args_is_help=True)
    inbound.command("list")(list_inbound)
    inbound.command("show")(show_inbound)
    inbound.command("assign")(assign_inbound)
    inbound.command("replay")(replay_inbound)
    app.add_typer(inbound, name="inbound")


def list_inbound(
    context: typer.Context,
    state: InState = None,
    connection: OfConnection = None,
    number: Annotated[str, typer.Option("--number", help="From this number or to it, in any state.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=LIST_MAX, help="How many, newest first.")] = 50,
) -> None:
    """List what handsets have sent, newest first. `--state waiting` lists messages whose parts are missing still."""
    shell = shell_of(context)
    if state == "waiting":
        shell.rows(shell.in_store(lambda store: _waiting(store, limit)), empty="No part waits for another.")
        return
    wanted = None if state is None else _state(state)

    async def work(store: OperatorStore) -> tuple[list[dict[str, object]], int]:
        only = None if connection is None else (await find_connection(store, connection)).connection_id
        views = await flow.look(store, state=wanted, connection_id=only, number=number, limit=limit)
        ids = await _public_ids(store)
        waiting = len(await store.waiting_parts(limit=LIST_MAX))
        return [await _record(store, view, ids) for view in views], waiting

    rows, waiting = shell.in_store(work)
    is_all = wanted is None and connection is None and not number
    shell.rows(rows, empty="No handset has sent anything yet." if is_all else "There is nothing like that.")
    if waiting:
        shell.note(f"{waiting} more wait for missing parts: `angarium inbound list --state waiting`.")


def show_inbound(context: typer.Context, message: InboundId) -> None:
    """Show one message from a handset, with every attempt to push it."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> dict[str, object]:
        ids = await _public_ids(store)
        view = await store.inbound_message(_key(ids, message))
        attempts = [
            {
                "at": clock_text(each.at),
                "attempt": each.attempt_no,
                "status": each.status,
                "elapsed_ms": each.elapsed_ms,
                "answer": each.answer.decode("utf-8", "replace"),
                "error": each.error,
            }
            for each in await store.inbound_attempts(view.inbound_id)
        ]
        udh = "" if view.content is None else view.content.udh.hex()
        return {**await _record(store, view, ids), "udh": udh, "due_at": clock_text(view.due_at), "attempts": attempts}

    shell.record(shell.in_store(work))


def assign_inbound(
    context: typer.Context,
    message: InboundId,
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="Its account/name or number.")],
) -> None:
    """Give a message to an API connection; it is pushed to its reply URL, if it has one."""
    shell = shell_of(context)

    async def work(desk: Desk) -> dict[str, object]:
        ids = await _public_ids(desk.store)
        found = await find_connection(desk.store, connection)
        return await _record(desk.store, await flow.assign(desk, _key(ids, message), found.connection_id), ids)

    shell.record(shell.at_desk(work))


def replay_inbound(
    context: typer.Context,
    messages: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Which; or give --state.")] = None,
    state: InState = None,
    connection: OfConnection = None,
) -> None:
    """Push messages once more, as if never tried: those named, or up to 1000 in a state."""
    shell = shell_of(context)
    if bool(messages) == (state is not None):
        raise CommandMistaken("Name the messages, or give --state, such as --state 'dead letter'.")
    wanted = None if state is None else _state(state)

    async def work(desk: Desk) -> tuple[int, int]:
        ids = await _public_ids(desk.store)
        only = None if connection is None else (await find_connection(desk.store, connection)).connection_id
        if wanted is None:
            chosen = [_key(ids, message) for message in messages or ()]
        else:
            chosen = await flow.in_state(desk, wanted, only)
        return len(chosen), len(await flow.replay(desk, chosen))

    count, replayed = shell.at_desk(work)
    left = count - replayed
    why = f" {left} could not be: they have no owner with a reply URL, or are erased or under way." if left else ""
    shell.show({"replayed": replayed, "left": left}, f"{replayed} will be pushed again.{why}")


async def _waiting(store: OperatorStore, limit: int) -> list[dict[str, object]]:
    return [
        {
            "from": each.key.sender,
            "to": each.key.recipient,
            "received": each.received,
            "of": each.key.total,
            "since": clock_text(each.first_at),
        }
        for each in await store.waiting_parts(limit=limit)
    ]


async def _public_ids(store: OperatorStore) -> PublicIds:
    from angarium.app import open_public_ids

    return await open_public_ids(store)


def _key(ids: PublicIds, text: str) -> int:
    inbound_id = ids.read(text)
    if inbound_id is None:
        raise NotFound(f"{text!r} is no id of a message from a handset; `angarium inbound list` shows them.")
    return inbound_id


def _state(text: str) -> InboundState:
    found = _STATES.get(text.replace("-", " ").replace("_", " ").lower())
    if found is None:
        raise CommandMistaken(f"--state takes {', '.join(_STATES)} or waiting, not {text!r}.")
    return found


async def _record(store: OperatorStore, view: InboundView, ids: PublicIds) -> dict[str, object]:
    accounts = {one.account_id: one.name for one in await store.accounts()}
    owners = {one.connection_id: f"{accounts[one.account_id]}/{one.name}" for one in await store.connections()}
    return {
        "id": ids.show(view.inbound_id),
        "at": clock_text(view.received_at),
        "from": view.sender,
        "to": view.recipient,
        "connection": "" if view.connection_id is None else owners.get(view.connection_id, str(view.connection_id)),
        "state": view.state.name.lower().replace("_", " "),
        "missing": view.missing,
        "attempts": view.attempts,
        "text": ERASED if view.content is None else view.content.text(),
    }
