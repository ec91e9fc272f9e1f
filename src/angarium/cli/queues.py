"""`queue`: what waits for each carrier; hold it, let it go on, give it to others, or cancel it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_carrier, tables_of
from angarium.cli.prices import ForAccount, account_id_of, carrier_id_of, read_prefix, shown
from angarium.cli.shell import Shell, clock_text, now, shell_of
from angarium.core.queues import Hold, QueueFilter, Waits
from angarium.flows import queues
from angarium.flows.desk import Desk
from angarium.flows.tables import Tables
from angarium.ports.admin import OperatorStore

DEPTH_SHOWN_MAX: Final = 1_000_000

Carrier = Annotated[str, typer.Argument(metavar="CARRIER", help="Its name or number.")]
OfCarrier = Annotated[str | None, typer.Option("--carrier", help="Only what waits for this carrier.")]
OfPrefix = Annotated[str, typer.Option("--prefix", help="Only numbers that begin with these digits.")]
Which = Annotated[Waits, typer.Option("--waits", help="Only what is due, or only what is to be sent later.")]
OlderThan = Annotated[
    int | None, typer.Option("--older-than", min=0, metavar="MINUTES", help="Only what was accepted so long ago.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without this it is only counted.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    queue = typer.Typer(help="Queues: what waits for each carrier.", no_args_is_help=True)
    queue.command("list")(list_queues)
    queue.command("hold")(hold)
    queue.command("resume")(resume)
    queue.command("reroute")(reroute)
    queue.command("cancel")(cancel)
    app.add_typer(queue, name="queue")


def list_queues(context: typer.Context) -> None:
    """List the carriers with what waits for them, scheduled messages included."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        depths = {each.carrier_id: each for each in await store.queue_depths(depth_max=DEPTH_SHOWN_MAX)}
        return [
            {
                "carrier": row.name,
                "enabled": row.enabled,
                "hold": row.hold.name.lower(),
                "waiting": depths[row.carrier_id].depth if row.carrier_id in depths else 0,
                "oldest due": clock_text(depths[row.carrier_id].oldest_due_at) if row.carrier_id in depths else "",
            }
            for row in await store.carriers()
        ]

    shell.rows(shell.in_store(work), empty="There is no carrier yet.")


def hold(
    context: typer.Context,
    carrier: Carrier,
    offered: Annotated[bool, typer.Option("--reroute", help="And offer what waits to other carriers.")] = False,
) -> None:
    """Submit nothing to a carrier until it is resumed; its links stay bound and receipts are taken."""
    _set(context, carrier, Hold.REROUTED if offered else Hold.HELD)


def resume(context: typer.Context, carrier: Carrier) -> None:
    """Submit to a carrier again."""
    _set(context, carrier, Hold.NO)


def _set(context: typer.Context, carrier: str, value: Hold) -> None:
    shell = shell_of(context)

    async def work(desk: Desk) -> str:
        found = await find_carrier(desk.store, carrier)
        await queues.hold(desk, found, value)
        return found.name

    name = shell.at_desk(work)
    said = {Hold.NO: "goes on", Hold.HELD: "is held", Hold.REROUTED: "is held, and what waits is offered to others"}
    shell.show({"carrier": name, "hold": value.name.lower()}, f"The queue of {name} {said[value]}.")


def reroute(
    context: typer.Context,
    carrier: OfCarrier = None,
    account: ForAccount = None,
    prefix: OfPrefix = "",
    waits: Which = Waits.ANY,
    older_than: OlderThan = None,
    to: Annotated[str | None, typer.Option("--to", help="Only to this carrier.", metavar="CARRIER")] = None,
    yes: Yes = False,
) -> None:
    """Offer waiting messages to their other routes. A dearer one is taken only if the customer allows it."""
    shell = shell_of(context)

    async def work(desk: Desk) -> dict[str, object]:
        store = desk.store
        meant = await _filter(store, carrier, account, prefix, waits, older_than)
        tables = await tables_of(store)
        if not yes:
            return await _counted(meant, store, tables)
        target = await carrier_id_of(store, to)
        done = await queues.reroute(desk, meant, tables=tables, to_carrier_id=target)
        return {"messages": done.messages, "re-routed": done.done, "stay": done.messages - done.done}

    _show(shell, shell.at_desk(work), yes=yes)


def cancel(
    context: typer.Context,
    carrier: OfCarrier = None,
    account: ForAccount = None,
    prefix: OfPrefix = "",
    waits: Which = Waits.ANY,
    older_than: OlderThan = None,
    everything: Annotated[bool, typer.Option("--all", help="Every waiting message, without any filter.")] = False,
    yes: Yes = False,
) -> None:
    """Cancel waiting messages: they end as 006, and their credit is given back."""
    shell = shell_of(context)
    if not everything and not (carrier or account or prefix or older_than is not None):
        raise CommandMistaken("Say which: --carrier, --account, --prefix, --older-than, or --all for every message.")

    async def work(desk: Desk) -> dict[str, object]:
        store = desk.store
        meant = await _filter(store, carrier, account, prefix, waits, older_than)
        tables = await tables_of(store)
        if not yes:
            return await _counted(meant, store, tables)
        done = await queues.cancel(desk, meant, tables=tables)
        return {"messages": done.messages, "cancelled": done.done, "stay": done.messages - done.done}

    _show(shell, shell.at_desk(work), yes=yes)


async def _filter(
    store: OperatorStore, carrier: str | None, account: str | None, prefix: str, waits: Waits, older_than: int | None
) -> QueueFilter:
    before = None if older_than is None else now() - timedelta(minutes=older_than) // timedelta(milliseconds=1)
    return QueueFilter(
        carrier_id=await carrier_id_of(store, carrier),
        account_id=await account_id_of(store, account),
        prefix=read_prefix(prefix),
        waits=waits,
        accepted_before=before,
    )


async def _counted(meant: QueueFilter, store: OperatorStore, tables: Tables) -> dict[str, object]:
    found = await queues.count(meant, store=store, tables=tables, now=now())
    return {"messages": found.messages, "nothing has left of": found.movable, "reserved": shown(found.reserved)}


def _show(shell: Shell, record: dict[str, object], *, yes: bool) -> None:
    shell.record(record)
    if not yes:
        shell.note("Nothing was changed: add --yes to do it.")
