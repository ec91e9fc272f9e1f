"""`operator token` and `audit`: who may use the operator's API, and what was changed by whom."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from angarium.cli.shell import clock_text, duration, now, shell_of
from angarium.flows import operators as flow
from angarium.flows.operators import SCOPES, Scope

ALL: Final = "all"
ENTRIES_MAX: Final = 1000


def register(app: typer.Typer) -> None:
    """Add these commands."""
    operator = typer.Typer(help="Operators: who may use the operator's API.", no_args_is_help=True)
    token = typer.Typer(help="Tokens of the operator's API.", no_args_is_help=True)
    token.command("create")(create_token)
    token.command("list")(list_tokens)
    token.command("revoke")(revoke_token)
    token.command("scopes")(list_scopes)
    operator.add_typer(token, name="token")
    app.add_typer(operator, name="operator")
    audit = typer.Typer(help="Audit log: who changed what.", no_args_is_help=True)
    audit.command("list")(list_audit)
    app.add_typer(audit, name="audit")


def create_token(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name of your choice: the audit log says it.")],
    scope: Annotated[list[str], typer.Option("--scope", help="What it may do; repeat for more; 'all' for all.")],
    expires_in: Annotated[
        str | None, typer.Option("--expires-in", help="Such as 12h or 90d; without it: never.", metavar="TIME")
    ] = None,
) -> None:
    """Create an operator token and print it: this is the only time it is shown."""
    shell = shell_of(context)
    scopes = list(Scope) if scope == [ALL] else scope
    expires_at = None if expires_in is None else now() + duration(expires_in, option="--expires-in")
    token, row = shell.at_desk(lambda desk: flow.create_token(desk, name, scopes, expires_at=expires_at))
    record = {"token": token, "operator_token_id": row.operator_token_id, "scopes": list(row.scopes)}
    shell.show(record, token)
    shell.note(f"This is operator token {row.operator_token_id}. Keep it now: it is not shown again.")


def list_tokens(context: typer.Context) -> None:
    """List operator tokens, without their secrets."""
    shell = shell_of(context)
    rows = shell.in_store(lambda store: store.operator_tokens())
    shell.rows(
        [
            {
                "operator_token_id": row.operator_token_id,
                "name": row.name,
                "scopes": list(row.scopes),
                "created_at": clock_text(row.created_at),
                "expires_at": clock_text(row.expires_at) or None,
                "revoked_at": clock_text(row.revoked_at) or None,
                "used_at": clock_text(row.used_at) or None,
                "made_by": row.made_by,
            }
            for row in rows
        ],
        empty="There is no operator token yet.",
    )


def revoke_token(
    context: typer.Context,
    operator_token_id: Annotated[int, typer.Argument(help="Its number, from `operator token list`.")],
) -> None:
    """Revoke an operator token: it is refused at once."""
    shell = shell_of(context)
    shell.at_desk(lambda desk: flow.revoke_token(desk, operator_token_id))
    shell.show(
        {"operator_token_id": operator_token_id, "revoked": True}, f"Operator token {operator_token_id} is revoked."
    )


def list_scopes(context: typer.Context) -> None:
    """List the scopes, for --scope."""
    shell = shell_of(context)
    shell.rows([{"scope": str(scope), "allows": said} for scope, said in SCOPES.items()], empty="")


def list_audit(
    context: typer.Context,
    subject: Annotated[str | None, typer.Option("--subject", help="Only of this, such as account/3.")] = None,
    author: Annotated[str | None, typer.Option("--author", help="Only by this one, such as token:ops.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=ENTRIES_MAX, help="How many, newest first.")] = 50,
) -> None:
    """List what was changed, by whom and when, newest first."""
    shell = shell_of(context)
    entries = shell.in_store(lambda store: store.audit(before_id=None, limit=limit, subject=subject, author=author))
    shell.rows(
        [
            {
                "entry_id": entry.entry_id,
                "at": clock_text(entry.at),
                "author": entry.author,
                "action": entry.action,
                "subject": entry.subject,
                "before": entry.before,
                "after": entry.after,
            }
            for entry in entries
        ],
        empty="Nothing was changed yet.",
    )
