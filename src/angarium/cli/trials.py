"""`carrier try` and `connection try`: a bind, or a call of a customer's URL, to see whether it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from angarium.carriers import trial
from angarium.carriers.settings import CarrierSettings
from angarium.cli.failures import FAILED, CommandMistaken
from angarium.cli.lookups import find_carrier, find_connection
from angarium.cli.settings_given import Changes, Host, Password, Port, SystemId, given_settings
from angarium.cli.shell import OperatorStore, shell_of
from angarium.flows import carriers as flow
from angarium.flows.desk import Desk
from angarium.lifecycle import SystemClock

if TYPE_CHECKING:
    from angarium.ports.notifier import Trial


def try_carrier(
    context: typer.Context,
    carrier: Annotated[
        str | None, typer.Argument(metavar="CARRIER", help="Its name or number; none for settings of your own.")
    ] = None,
    host: Host = None,
    port: Port = None,
    system_id: SystemId = None,
    password: Password = None,
    changes: Changes = None,
) -> None:
    """Connect, bind and unbind, and say how that went; exit code 1 when it failed. Nothing is kept or sent."""
    shell = shell_of(context)
    given = given_settings(changes, host=host, port=port, system_id=system_id, password=password)
    if carrier is None and "host" not in given:
        raise CommandMistaken("Name a carrier, or say where its SMSC is, with --host.")

    async def bind(settings: Mapping[str, object]) -> Sequence[trial.Step]:
        return await trial.try_bind(CarrierSettings.from_mapping(settings), clock=SystemClock())

    async def work(desk: Desk) -> Sequence[trial.Step]:
        row = None if carrier is None else await find_carrier(desk.store, carrier)
        settings = {**({} if row is None else row.settings), **given}
        return await flow.try_bind(desk, row, settings, bind)

    steps = shell.at_desk(work)
    is_good = all(step.is_good for step in steps)
    record = {"bound": is_good, "steps": [step.sentence for step in steps]}
    shell.show(record, "\n".join(step.sentence for step in steps))
    if not is_good:
        raise typer.Exit(FAILED)


def try_connection(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="Its number, or account/name.")],
    reply: Annotated[bool, typer.Option("--reply", help="The reply URL, not that of statuses.")] = False,
) -> None:
    """Call an API connection's URL once, with something made up, and show how that went; exit code 1 when it failed."""
    from angarium.callbacks.notifier import CallbackPart

    shell = shell_of(context)
    allowed = shell.settings().callbacks_for(demo=False)

    async def work(store: OperatorStore) -> Trial:
        found = await find_connection(store, connection)
        target = found.settings.reply if reply else found.settings.callback
        if target is None:
            raise CommandMistaken(f"This API connection has no {'reply' if reply else 'callback'} URL.")
        part = CallbackPart(allowed, clock=SystemClock())
        try:
            return await part.notifier.test(target, connection_id=found.connection_id)
        finally:
            await part.close()

    tried = shell.in_store(work)
    shell.record(
        {
            "worked": tried.ok,
            "status": tried.status,
            "error": tried.error,
            "elapsed_ms": tried.elapsed_ms,
            "sent": tried.sent.decode("utf-8", "replace"),
            "answer": tried.answer.decode("utf-8", "replace"),
        }
    )
    if not tried.ok:
        raise typer.Exit(FAILED)
