"""`doubt`: messages of which nobody knows whether they left; a parked one is tried again or given up."""

from __future__ import annotations

from typing import Annotated

import typer

from angarium.cli.lookups import find_message, tables_of
from angarium.cli.shell import OperatorStore, clock_text, now, shell_of
from angarium.core.numbers import show_recipient
from angarium.core.status_codes import status_code
from angarium.flows import doubts
from angarium.flows.desk import Desk
from angarium.ports.store import MessageView

LOOKS_MAX = 50
"""Looks for one list: as many times 20,000 events."""
LISTED_MAX = 1_000

MessageArgument = Annotated[str, typer.Argument(metavar="ID", help="The message: its apiMessageId or clientMessageId.")]
OfAccount = Annotated[str | None, typer.Option("--account", help="Whose clientMessageId it is.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    doubt = typer.Typer(help="Messages in doubt: they may have left, and nobody knows.", no_args_is_help=True)
    doubt.command("list")(list_doubts)
    doubt.command("show")(show)
    doubt.command("try-again")(try_again)
    doubt.command("give-up")(give_up)
    app.add_typer(doubt, name="doubt")


def list_doubts(
    context: typer.Context,
    parked: Annotated[bool, typer.Option("--parked", help="Only those that wait for you.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=LISTED_MAX, help="How many, newest first.")] = 50,
) -> None:
    """List messages that were in doubt, newest first, and what was done about each."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        from angarium.app import open_public_ids

        public_ids = await open_public_ids(store)
        carriers = {row.carrier_id: row.name for row in await store.carriers()}
        found: dict[int, doubts.Doubtful] = {}
        before_id: int | None = None
        for _ in range(LOOKS_MAX):
            page = await doubts.look(store, before_id=before_id, limit=limit, only_parked=parked)
            for each in page.messages:
                found.setdefault(each.message.message_id, each)
            before_id = page.next_before_id
            if before_id is None or len(found) >= limit:
                break
        return [
            {
                "doubted_at": clock_text(each.doubt.at),
                "message_id": public_ids.show(each.message.message_id),
                "carrier": carriers.get(each.message.carrier_id, str(each.message.carrier_id)),
                "recipient": show_recipient(each.message.recipient),
                "outcome": each.doubt.outcome,
                "state": each.message.state.name.lower(),
                "parked": each.is_parked,
                "expires_at": clock_text(each.message.expires_at),
            }
            for each in list(found.values())[:limit]
        ]

    shell.rows(shell.in_store(work), empty="No message waits for you." if parked else "No message was in doubt.")


def show(context: typer.Context, message: MessageArgument, account: OfAccount = None) -> None:
    """Show each doubt about a message, and what was done about it. `message show` has all of its way."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> dict[str, object]:
        view = await find_message(store, message, account=account)
        doubted = await doubts.doubts_of(store, view.message_id)
        return {
            "recipient": show_recipient(view.recipient),
            **_state(view),
            "parked": doubts.is_parked(view),
            "expires_at": clock_text(view.expires_at),
            "doubted": [{"at": clock_text(each.at), "outcome": each.detail.get("outcome", "")} for each in doubted],
        }

    shell.record(shell.in_store(work))


def try_again(context: typer.Context, message: MessageArgument, account: OfAccount = None) -> None:
    """Submit a parked message once more, alone on a link: it may arrive twice. A running server takes it up."""
    shell = shell_of(context)

    async def work(desk: Desk) -> None:
        view = await find_message(desk.store, message, account=account)
        await doubts.try_again(desk, view.message_id, ring=_nobody)

    shell.at_desk(work)
    shell.show({"message": message, "tried_again": True}, "The message is tried again, alone on a link.")


def give_up(context: typer.Context, message: MessageArgument, account: OfAccount = None) -> None:
    """End a parked message now, as the end of its validity would: what may have left is paid."""
    shell = shell_of(context)

    async def work(desk: Desk) -> str:
        tables = await tables_of(desk.store)
        view = await find_message(desk.store, message, account=account)
        return (await doubts.give_up(desk, view.message_id, tables=tables, ring=_nobody)).name.lower()

    state = shell.at_desk(work)
    shell.show({"message": message, "state": state}, f"The message is given up; it is {state}.")


def _state(view: MessageView) -> dict[str, object]:
    code = status_code(view.state, view.cause, due_at=view.due_at, now=now())
    return {"state": view.state.name.lower(), "cause": view.cause.name.lower(), "status": f"{code:03}"}


def _nobody(_topic: str) -> None:
    """A running server looks by itself; this process has nobody to wake."""
