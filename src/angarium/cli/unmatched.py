"""`orphan` and `quarantine`: what carriers said that found no message, or that nobody understood."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from angarium.cli.lookups import find_carrier, find_message
from angarium.cli.shell import OperatorStore, clock_text, shell_of
from angarium.flows import orphans, quarantine
from angarium.flows.desk import Desk
from angarium.ports.orphans import Orphan
from angarium.ports.quarantine import Quarantined, Release

LIST_MAX = 50

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Its number, from the list.", min=1)]
OfCarrier = Annotated[str | None, typer.Option("--carrier", help="Only of this one: its name or number.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many at the most.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    orphan = typer.Typer(help="Orphans: receipts that found no message.", no_args_is_help=True)
    orphan.command("list")(list_orphans)
    orphan.command("show")(show_orphan)
    orphan.command("match")(match_orphan)
    orphan.command("drop")(drop_orphan)
    app.add_typer(orphan, name="orphan")
    ward = typer.Typer(help="Quarantine: what carriers delivered and nobody understands.", no_args_is_help=True)
    ward.command("list")(list_quarantined)
    ward.command("show")(show_quarantined)
    ward.command("release")(release_quarantined)
    ward.command("drop")(drop_quarantined)
    app.add_typer(ward, name="quarantine")


def list_orphans(context: typer.Context, carrier: OfCarrier = None, limit: Limit = LIST_MAX) -> None:
    """List receipts that found no message, newest first. They wait 72 hours for the answer they belong to."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        carrier_id = None if carrier is None else (await find_carrier(store, carrier)).carrier_id
        names = await _names(store)
        return [_orphan(row, names) for row in await store.orphans(limit=limit, carrier_id=carrier_id)]

    shell.rows(shell.in_store(work), empty="There is no orphan.")


def show_orphan(context: typer.Context, number: Number) -> None:
    """Show one orphan with its text."""
    shell = shell_of(context)

    async def work(desk: Desk) -> dict[str, object]:
        row = await orphans.find(desk, number)
        record = _orphan(row, await _names(desk.store))
        return {**record, "match_id": row.match_id, "said": row.said.decode("latin-1")}

    shell.record(shell.at_desk(work))


def match_orphan(
    context: typer.Context,
    number: Number,
    message: Annotated[str, typer.Argument(metavar="ID", help="The message: its apiMessageId or clientMessageId.")],
    segment: Annotated[int, typer.Option("--segment", min=0, help="Which of its segments; 0 is the first.")] = 0,
    account: Annotated[str | None, typer.Option("--account", help="Whose clientMessageId it is.")] = None,
) -> None:
    """Say that an orphan speaks of this message: it is settled by it."""
    shell = shell_of(context)

    async def work(desk: Desk) -> str:
        view = await find_message(desk.store, message, account=account)
        await orphans.match(desk, number, view.message_id, segment_no=segment)
        settled = await desk.store.message(view.message_id)
        return view.state.name.lower() if settled is None else settled.state.name.lower()

    state = shell.at_desk(work)
    shell.show({"orphan_id": number, "state": state}, f"Orphan {number} is matched; the message is {state}.")


def drop_orphan(context: typer.Context, number: Number) -> None:
    """Forget an orphan."""
    shell = shell_of(context)
    shell.at_desk(lambda desk: orphans.drop(desk, number))
    shell.show({"orphan_id": number, "dropped": True}, f"Orphan {number} is dropped.")


def list_quarantined(context: typer.Context, carrier: OfCarrier = None, limit: Limit = LIST_MAX) -> None:
    """List what nobody understands, newest first. It waits 30 days for an operator."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        carrier_id = None if carrier is None else (await find_carrier(store, carrier)).carrier_id
        names = await _names(store)
        return [_quarantined(row, names) for row in await store.quarantined(limit=limit, carrier_id=carrier_id)]

    shell.rows(shell.in_store(work), empty="Nothing is in quarantine.")


def show_quarantined(context: typer.Context, number: Number) -> None:
    """Show one thing in quarantine with its octets."""
    shell = shell_of(context)

    async def work(desk: Desk) -> dict[str, object]:
        row = await quarantine.find(desk, number)
        record = _quarantined(row, await _names(desk.store))
        return {**record, "octets": row.octets.hex(), "is_whole": row.is_whole}

    shell.record(shell.at_desk(work))


def release_quarantined(
    context: typer.Context,
    number: Number,
    meaning: Annotated[
        Release, typer.Option("--as", help="receipt: read it again by the carrier's settings. inbound: it is an MO.")
    ],
) -> None:
    """Let something out of quarantine: as a receipt, or as what a handset sent. A running server takes it up."""
    shell = shell_of(context)
    shell.at_desk(lambda desk: quarantine.release(desk, number, meaning))
    shell.show({"quarantine_id": number, "release": str(meaning)}, f"Number {number} is let out, as {meaning.value}.")


def drop_quarantined(context: typer.Context, number: Number) -> None:
    """Forget something in quarantine."""
    shell = shell_of(context)
    shell.at_desk(lambda desk: quarantine.drop(desk, number))
    shell.show({"quarantine_id": number, "dropped": True}, f"Number {number} is dropped.")


async def _names(store: OperatorStore) -> dict[int, str]:
    return {row.carrier_id: row.name for row in await store.carriers()}


def _orphan(row: Orphan, names: dict[int, str]) -> dict[str, Any]:
    return {
        "orphan_id": row.orphan_id,
        "received_at": clock_text(row.received_at),
        "carrier": names.get(row.carrier_id, str(row.carrier_id)),
        "link": row.link,
        "carrier_message_id": row.carrier_message_id,
        "recipient": row.recipient,
        "stat": row.stat,
        "cause": "intermediate" if row.cause is None else row.cause.name.lower(),
        "error": row.error,
    }


def _quarantined(row: Quarantined, names: dict[int, str]) -> dict[str, Any]:
    return {
        "quarantine_id": row.quarantine_id,
        "received_at": clock_text(row.received_at),
        "carrier": names.get(row.carrier_id, str(row.carrier_id)),
        "link": row.link,
        "sender": row.sender,
        "recipient": row.recipient,
        "reason": row.reason,
        "release": None if row.release is None else str(row.release),
    }
