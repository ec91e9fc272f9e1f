"""`notification`: what customers are owed, how each try went, and trying once more."""

from __future__ import annotations

from typing import Annotated

import typer

from angarium.cli.lookups import find_connection
from angarium.cli.shell import OperatorStore, clock_text, shell_of
from angarium.core.public_ids import PublicIds
from angarium.flows import replay as flow
from angarium.flows.desk import Desk
from angarium.ports.searches import NotificationQuery, NotificationState, NotificationView

LISTED_MAX = 1_000

Number = Annotated[int, typer.Argument(help="Its number, as the list shows it.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    notification = typer.Typer(help="Notifications: statuses owed to callback URLs.", no_args_is_help=True)
    notification.command("list")(list_notifications)
    notification.command("show")(show)
    notification.command("replay")(replay)
    notification.command("replay-dead")(replay_dead)
    app.add_typer(notification, name="notification")


def list_notifications(
    context: typer.Context,
    connection: Annotated[str | None, typer.Option("--connection", help="Only of this API connection.")] = None,
    state: Annotated[
        NotificationState | None, typer.Option("--state", help="dead: given up after the last attempt.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=LISTED_MAX, help="How many, newest first.")] = 50,
) -> None:
    """List the newest notifications."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        from angarium.app import open_public_ids

        public_ids = await open_public_ids(store)
        connection_id = None if connection is None else (await find_connection(store, connection)).connection_id
        found = await store.search_notifications(
            NotificationQuery(limit=limit, connection_id=connection_id, state=state)
        )
        return [_record(each, public_ids) for each in found.notifications]

    shell.rows(shell.in_store(work), empty="There is no such notification.")


def show(context: typer.Context, number: Number) -> None:
    """Show a notification with each of its attempts."""
    shell = shell_of(context)

    async def work(desk: Desk) -> dict[str, object]:
        from angarium.app import open_public_ids

        view = await flow.find_notification(desk, number)
        tried = [
            {"at": clock_text(each.at), "status": each.status, "elapsed_ms": each.elapsed_ms, "error": each.error}
            for each in await desk.store.attempts(number)
        ]
        return {**_record(view, await open_public_ids(desk.store)), "tried": tried}

    shell.record(shell.at_desk(work))


def replay(context: typer.Context, number: Number) -> None:
    """Try a notification once more, delivered or not. A running server takes it up."""
    shell = shell_of(context)
    shell.at_desk(lambda desk: flow.replay(desk, number))
    shell.show({"notification_id": number, "replayed": True}, f"Notification {number} is tried once more.")


def replay_dead(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="Its number, or account/name.")],
) -> None:
    """Try the dead letters of an API connection once more, up to 10,000 of them."""
    shell = shell_of(context)

    async def work(desk: Desk) -> int:
        return await flow.replay_dead(desk, (await find_connection(desk.store, connection)).connection_id)

    count = shell.at_desk(work)
    shell.show({"replayed": count}, f"{count} notifications are tried once more.")


def _record(view: NotificationView, public_ids: PublicIds) -> dict[str, object]:
    return {
        "notification_id": view.notification_id,
        "connection_id": view.connection_id,
        "message_id": public_ids.show(view.message_id),
        "status": f"{view.status_code:03}",
        "state": view.state.value,
        "attempts": view.attempts,
        "changed_at": clock_text(view.changed_at),
        "due_at": clock_text(view.due_at),
    }
