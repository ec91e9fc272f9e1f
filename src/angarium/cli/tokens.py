"""`token`: how a program proves which connection it is."""

from __future__ import annotations

from typing import Annotated

import typer

from angarium.cli.lookups import find_connection
from angarium.cli.shell import Shell, clock_text, duration, shell_of
from angarium.flows import tokens as flow
from angarium.flows.desk import Desk
from angarium.ports.admin import OperatorStore

ConnectionName = Annotated[str, typer.Argument(metavar="CONNECTION", help="Its account/name or number.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    token = typer.Typer(help="Tokens: how a program proves which connection it is.", no_args_is_help=True)
    token.command("create")(create_token)
    token.command("rotate")(rotate_token)
    token.command("list")(list_tokens)
    token.command("revoke")(revoke_token)
    app.add_typer(token, name="token")


def create_token(context: typer.Context, connection: ConnectionName) -> None:
    """Create a token and print it: this is the only time it is shown."""
    shell = shell_of(context)

    async def work(desk: Desk) -> flow.NewToken:
        return await flow.create_token(desk, (await find_connection(desk.store, connection)).connection_id)

    _show_new(shell, shell.at_desk(work))


def rotate_token(
    context: typer.Context,
    connection: ConnectionName,
    old_for: Annotated[
        str, typer.Option("--old-for", help="How long the old ones go on working, such as 30m or 7d.", metavar="TIME")
    ] = "24h",
) -> None:
    """Create a token and print it; the others of the connection end after a while, so that nothing stops meanwhile."""
    shell = shell_of(context)
    overlap_ms = duration(old_for, option="--old-for")

    async def work(desk: Desk) -> flow.NewToken:
        found = await find_connection(desk.store, connection)
        return await flow.rotate_token(desk, found.connection_id, overlap_ms=overlap_ms)

    _show_new(shell, shell.at_desk(work))


def list_tokens(
    context: typer.Context, connection: Annotated[str | None, typer.Argument(help="Only of this one.")] = None
) -> None:
    """List tokens, without their secrets."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        only = None if connection is None else (await find_connection(store, connection)).connection_id
        return [
            {
                "token_id": row.token_id,
                "connection_id": row.connection_id,
                "created_at": clock_text(row.created_at),
                "expires_at": clock_text(row.expires_at) or None,
                "revoked_at": clock_text(row.revoked_at) or None,
            }
            for row in await store.tokens(only)
        ]

    shell.rows(shell.in_store(work), empty="There is no token yet.")


def revoke_token(
    context: typer.Context, token_id: Annotated[int, typer.Argument(help="Its number, from `token list`.")]
) -> None:
    """Revoke a token: a running server refuses it within a second or two."""
    shell = shell_of(context)
    shell.at_desk(lambda desk: flow.revoke_token(desk, token_id))
    shell.show({"token_id": token_id, "revoked": True}, f"Token {token_id} is revoked.")


def _show_new(shell: Shell, made: flow.NewToken) -> None:
    token, row = made
    token_id, connection_id = row.token_id, row.connection_id
    shell.show({"token": token, "token_id": token_id, "connection_id": connection_id}, token)
    shell.note(f"This is token {token_id} of connection {connection_id}. Keep it now: it is not shown again.")
