"""`carrier`: the SMSCs that messages go to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from angarium.carriers.settings import CarrierSettings, describe
from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_carrier
from angarium.cli.settings_given import Changes, Host, Password, Port, SystemId, given_settings
from angarium.cli.shell import OperatorStore, clock_text, shell_of
from angarium.cli.trials import try_carrier
from angarium.flows import carriers as flow
from angarium.flows import readings
from angarium.flows.desk import Desk
from angarium.ports.store import CarrierRow

CarrierName = Annotated[str, typer.Argument(metavar="CARRIER", help="Its name or number.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    carrier = typer.Typer(help="Carriers: the SMSCs that messages go to.", no_args_is_help=True)
    carrier.command("add")(add)
    carrier.command("list")(list_carriers)
    carrier.command("show")(show)
    carrier.command("set")(change)
    carrier.command("try")(try_carrier)
    carrier.command("remove")(remove)
    carrier.command("enable")(enable)
    carrier.command("disable")(disable)
    carrier.command("settings")(print_settings)
    carrier.command("proposals")(list_proposals)
    carrier.command("accept-proposal")(accept_proposal)
    carrier.command("decline-proposal")(decline_proposal)
    app.add_typer(carrier, name="carrier")


def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name of your choice.")],
    host: Host = None,
    port: Port = None,
    system_id: SystemId = None,
    password: Password = None,
    changes: Changes = None,
) -> None:
    """Add a carrier. It gets messages when a route leads to it: `angarium route add`."""
    shell = shell_of(context)
    given = given_settings(changes, host=host, port=port, system_id=system_id, password=password)
    if "host" not in given:
        raise CommandMistaken("Say where its SMSC is, with --host.")
    shell.record(_record(shell.at_desk(lambda desk: flow.add_carrier(desk, name, given))))


def list_carriers(context: typer.Context) -> None:
    """List the carriers."""
    shell = shell_of(context)
    carriers = shell.in_store(lambda store: store.carriers())
    rows: list[dict[str, object]] = []
    for carrier in carriers:
        settings = CarrierSettings.from_mapping(carrier.settings)
        rows.append(
            {
                "carrier_id": carrier.carrier_id,
                "name": carrier.name,
                "enabled": carrier.enabled,
                "host": settings.host,
                "port": settings.port,
                "system_id": settings.system_id,
                "bind": str(settings.bind),
                "links": settings.links,
            }
        )
    shell.rows(rows, empty="There is no carrier yet.")


def show(
    context: typer.Context,
    carrier: CarrierName,
    full: Annotated[bool, typer.Option("--all", help="Every setting, defaults too.")] = False,
) -> None:
    """Show one carrier with the settings that differ from their defaults; its password stays hidden."""
    shell = shell_of(context)
    found = shell.in_store(lambda store: find_carrier(store, carrier))
    settings: Mapping[str, object] = found.settings
    if full:
        effective = CarrierSettings.from_mapping(found.settings)
        settings = {row.name: _plain(getattr(effective, row.name)) for row in describe()}
    shell.record(_record(found._replace(settings=settings)))


def change(
    context: typer.Context,
    carrier: CarrierName,
    host: Host = None,
    port: Port = None,
    system_id: SystemId = None,
    password: Password = None,
    changes: Changes = None,
) -> None:
    """Change settings of a carrier: what is not given stays. A running server binds anew where it must."""
    shell = shell_of(context)
    given = given_settings(changes, host=host, port=port, system_id=system_id, password=password)
    if not given:
        raise CommandMistaken("Say what to change, for example --set window=50.")

    async def work(desk: Desk) -> CarrierRow:
        return await flow.change_carrier(desk, await find_carrier(desk.store, carrier), settings=given)

    shell.record(_record(shell.at_desk(work)))


def remove(context: typer.Context, carrier: CarrierName) -> None:
    """Remove a carrier that no route leads to."""
    shell = shell_of(context)

    async def work(desk: Desk) -> str:
        found = await find_carrier(desk.store, carrier)
        await flow.remove_carrier(desk, found)
        return found.name

    name = shell.at_desk(work)
    shell.show({"name": name, "removed": True}, f"The carrier {name} is removed.")


def enable(context: typer.Context, carrier: CarrierName) -> None:
    """Bind to a carrier again, and send it what waits."""
    _switch(context, carrier, enabled=True)


def disable(context: typer.Context, carrier: CarrierName) -> None:
    """Unbind from a carrier; its messages wait."""
    _switch(context, carrier, enabled=False)


def _switch(context: typer.Context, carrier: str, *, enabled: bool) -> None:
    shell = shell_of(context)

    async def work(desk: Desk) -> CarrierRow:
        return await flow.change_carrier(desk, await find_carrier(desk.store, carrier), enabled=enabled)

    shell.record(_record(shell.at_desk(work)))


def list_proposals(context: typer.Context) -> None:
    """List what the receipts of carriers suggest about their message ids."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        names = {row.carrier_id: row.name for row in await store.carriers()}
        return [
            {
                "carrier": names.get(each.carrier_id, str(each.carrier_id)),
                "id_in_response": each.readings.in_response,
                "id_in_receipt": each.readings.in_receipt,
                "pairs": each.pairs,
                "example": f"{each.response_example} is {each.receipt_example}",
                "proposed_at": clock_text(each.proposed_at),
            }
            for each in await store.proposals()
        ]

    shell.rows(shell.in_store(work), empty="Nothing is proposed.")


def accept_proposal(context: typer.Context, carrier: CarrierName) -> None:
    """Read a carrier's message ids as proposed: its links bind anew, and its orphans are matched within seconds."""
    shell = shell_of(context)

    async def work(desk: Desk) -> CarrierRow:
        return await readings.accept_proposal(desk, await find_carrier(desk.store, carrier))

    shell.record(_record(shell.at_desk(work)))


def decline_proposal(context: typer.Context, carrier: CarrierName) -> None:
    """Leave a carrier's settings as they are; the same is not proposed again."""
    shell = shell_of(context)

    async def work(desk: Desk) -> str:
        found = await find_carrier(desk.store, carrier)
        await readings.decline_proposal(desk, found)
        return found.name

    name = shell.at_desk(work)
    shell.show({"carrier": name, "declined": True}, f"What was proposed for {name} is declined.")


def print_settings(context: typer.Context) -> None:
    """Print the table of a carrier's settings, for --set."""
    shell = shell_of(context)
    shell.rows([{**row._asdict(), "default": _plain(row.default)} for row in describe()], empty="")


def _record(carrier: CarrierRow) -> dict[str, object]:
    return {
        "carrier_id": carrier.carrier_id,
        "name": carrier.name,
        "enabled": carrier.enabled,
        "settings": flow.shown_settings(carrier.settings),
    }


def _plain(value: Any) -> object:
    if isinstance(value, tuple):
        return {f"{status:#x}": str(meaning) for status, meaning in value}
    return str(value) if isinstance(value, str) else value
