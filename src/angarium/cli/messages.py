"""`message`: what became of one message, step by step."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import typer

from angarium.cli.lookups import find_message
from angarium.cli.shell import OperatorStore, clock_text, now, shell_of
from angarium.core.clocktime import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, UnixMs
from angarium.core.credit import format_credits
from angarium.core.numbers import show_recipient
from angarium.core.public_ids import PublicIds
from angarium.core.status_codes import status_code
from angarium.flows import stop as flow
from angarium.flows.desk import Desk
from angarium.flows.lookup import status_of
from angarium.flows.timeline import Step, timeline
from angarium.ports.store import MessageView

_MOMENTS: Final = frozenset({"expires_at", "due_at", "next_at"})


def register(app: typer.Typer) -> None:
    """Add these commands."""
    message = typer.Typer(help="Messages: what became of one, step by step.", no_args_is_help=True)
    message.command("show")(show)
    message.command("stop")(stop_message)
    app.add_typer(message, name="message")


def show(
    context: typer.Context,
    message: Annotated[str, typer.Argument(metavar="ID", help="Its apiMessageId, or the customer's clientMessageId.")],
    account: Annotated[str | None, typer.Option("--account", help="Whose clientMessageId it is.")] = None,
    text: Annotated[bool, typer.Option("--text", help="Also show what it says.")] = False,
) -> None:
    """Show a message and everything that happened to it, with times. It may run beside the server."""
    shell = shell_of(context)
    at = now()

    async def work(store: OperatorStore) -> tuple[dict[str, object], list[Step], UnixMs]:
        from angarium.app import open_public_ids

        public_ids = await open_public_ids(store)
        view = await find_message(store, message, account=account)
        record = await _record(store, public_ids, view, at=at)
        if text:
            record["text"] = await store.message_text(view.message_id)
        return record, await timeline(view, store), view.accepted_at

    record, steps, accepted_at = shell.in_store(work)
    if shell.as_json:
        told = [{"at": moment_text(step.at), "kind": step.kind, **_detail(step.detail)} for step in steps]
        shell.json({"message": record, "timeline": told})
        return
    shell.record(record)
    shell.note("")
    shell.rows(_rows(steps, accepted_at), empty="")


def stop_message(
    context: typer.Context,
    message: Annotated[str, typer.Argument(metavar="ID", help="Its apiMessageId, or the customer's clientMessageId.")],
    account: Annotated[str | None, typer.Option("--account", help="Whose clientMessageId it is.")] = None,
) -> None:
    """Stop a message that has not left; one that has, wholly or in part, stays as it is."""
    shell = shell_of(context)

    async def work(desk: Desk) -> MessageView:
        from angarium.app import open_public_ids

        view = await find_message(desk.store, message, account=account)
        shown = (await open_public_ids(desk.store)).show(view.message_id)
        await flow.stop_by_desk(desk, view.message_id, shown)
        return await desk.store.message(view.message_id) or view

    state = shell.at_desk(work).state.name.lower()
    shell.show({"message": message, "state": state}, f"The message is {state}.")


async def _record(store: OperatorStore, public_ids: PublicIds, view: MessageView, *, at: UnixMs) -> dict[str, object]:
    accounts = {each.account_id: each.name for each in await store.accounts()}
    connections = {each.connection_id: each.name for each in await store.connections()}
    code = status_code(view.state, view.cause, due_at=view.due_at, now=at)
    return {
        "message_id": public_ids.show(view.message_id),
        "client_message_id": view.client_message_id,
        "account": accounts.get(view.account_id, str(view.account_id)),
        "connection": connections.get(view.connection_id, str(view.connection_id)),
        "recipient": show_recipient(view.recipient),
        "state": view.state.name.lower(),
        "cause": view.cause.name.lower(),
        "status": f"{code:03}",
        "segments": view.segments,
        "charge": format_credits(status_of(view, now=at).charge, 6),
        "accepted_at": clock_text(view.accepted_at),
        "expires_at": clock_text(view.expires_at),
    }


def _rows(steps: Sequence[Step], accepted_at: UnixMs) -> list[Mapping[str, object]]:
    rows: list[Mapping[str, object]] = []
    before = accepted_at
    for step in steps:
        rows.append(
            {
                "time": moment_text(step.at),
                "after": duration_text(step.at - before),
                "what": step.kind,
                "detail": ", ".join(
                    f"{name.replace('_', ' ')} {value}" for name, value in _detail(step.detail).items()
                ),
            }
        )
        before = step.at
    return rows


def _detail(detail: Mapping[str, str | int]) -> dict[str, str | int]:
    """The same with moments and money as people write them; what is empty is left out."""
    told: dict[str, str | int] = {}
    for name, value in detail.items():
        if name in _MOMENTS and isinstance(value, int):
            told[name] = moment_text(value)
        elif name in ("rate", "rate_before") and isinstance(value, int):
            told[name] = format_credits(value, 6)
        elif value != "":
            told[name] = value
    return told


def moment_text(at: UnixMs) -> str:
    """A moment in ISO 8601, UTC, to the millisecond."""
    seconds, milliseconds = divmod(at, SECOND_MS)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03}Z"


def duration_text(duration_ms: int) -> str:
    """A duration for people: two units at the most."""
    if duration_ms < SECOND_MS:
        return f"+{duration_ms} ms"
    if duration_ms < MINUTE_MS:
        return f"+{duration_ms / SECOND_MS:.1f} s"
    units = ((DAY_MS, "d", HOUR_MS, "h"), (HOUR_MS, "h", MINUTE_MS, "min"), (MINUTE_MS, "min", SECOND_MS, "s"))
    for unit_ms, name, part_ms, part_name in units:
        if duration_ms >= unit_ms:
            whole, rest = divmod(duration_ms, unit_ms)
            return f"+{whole} {name}" + (f" {rest // part_ms} {part_name}" if rest >= part_ms else "")
    raise AssertionError("every duration has a unit")
