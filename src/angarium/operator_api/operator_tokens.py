"""Operators' own tokens, and the audit log of what was done with them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta

from angarium.flows import operators as flow
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    Body,
    Id,
    Moment,
    Name,
    NoBody,
    NoParameters,
    NoReply,
    Page,
    Paged,
    Parameters,
    Reply,
    certain_moment,
    moment,
    unix_ms,
)
from angarium.ports.audit import AuditEntry as AuditRow
from angarium.ports.operators import OperatorTokenRow

Scopes = Annotated[list[Scope], Meta(min_length=1, max_length=len(Scope), description="What it may do.")]
Subject = Annotated[
    str, Meta(min_length=1, max_length=100, description="Only what was done to this, such as `account/3`.")
]
Author = Annotated[str, Meta(min_length=1, max_length=120, description="Only what this one did, such as `token:ops`.")]


class OperatorToken(Reply, frozen=True, kw_only=True):
    """A token for this API."""

    operator_token_id: Id
    name: str
    scopes: list[str]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None
    used_at: Moment | None
    """When it was last used, to the hour or so."""
    made_by: str
    """Who made it, as the audit log says it; empty when that is not known any more."""
    token: str | None = None
    """Only in the answer to the call that made it: it is not shown again."""


class NewOperatorToken(Body, frozen=True, kw_only=True):
    """A token to be made."""

    name: Name
    scopes: Scopes
    expires_at: Moment | None = None
    """From then on it is refused; left out or null: never."""


class OperatorTokenPath(Parameters, frozen=True, kw_only=True):
    """One operator token."""

    operator_token_id: Id


class AuditEntry(Reply, frozen=True, kw_only=True):
    """What somebody changed. Secrets are not in it."""

    entry_id: Id
    at: Moment
    author: str
    """`token:NAME` for this API, `cli:USER` for the command line."""
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditOf(Paged, frozen=True, kw_only=True):
    """The log, newest first."""

    subject: Subject | None = None
    author: Author | None = None


@operation("GET", "/v1/operator-tokens", Scope.ADMIN, "List the tokens of this API, without their secrets")
async def list_operator_tokens(call: Call[Paged, NoBody]) -> Page[OperatorToken]:
    """All of them, revoked and expired ones too."""
    rows = await call.desk.store.operator_tokens()
    return call.parameters.page_of_all(rows, _token, key=lambda row: row.operator_token_id)


@operation(
    "POST",
    "/v1/operator-tokens",
    Scope.ADMIN,
    "Make a token of this API; it is shown in this answer only",
    status=201,
    problems=(Code.CONFLICT,),
)
async def create_operator_token(call: Call[NoParameters, NewOperatorToken]) -> OperatorToken:
    """Shown once."""
    body = call.body
    expires_at = None if body.expires_at is None else unix_ms(body.expires_at)
    made = await flow.create_token(call.desk, body.name, body.scopes, expires_at=expires_at)
    return _token(made.row, made.token)


@operation(
    "DELETE",
    "/v1/operator-tokens/{operator_token_id}",
    Scope.ADMIN,
    "Revoke a token of this API: it is refused at once",
    status=204,
)
async def revoke_operator_token(call: Call[OperatorTokenPath, NoBody]) -> NoReply:
    """For good."""
    await flow.revoke_token(call.desk, call.parameters.operator_token_id)
    return NoReply()


@operation("GET", "/v1/audit", Scope.AUDIT_READ, "Read the audit log: who changed what, newest first")
async def list_audit(call: Call[AuditOf, NoBody]) -> Page[AuditEntry]:
    """Newest first."""
    given = call.parameters
    rows = await call.desk.store.audit(
        before_id=given.key, limit=given.rows_max, subject=given.subject, author=given.author
    )
    return given.page(rows, _entry, key=lambda row: row.entry_id)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        entry_id=row.entry_id,
        at=certain_moment(row.at),
        author=row.author,
        action=row.action,
        subject=row.subject,
        before=None if row.before is None else dict(row.before),
        after=None if row.after is None else dict(row.after),
    )


def _token(row: OperatorTokenRow, token: str | None = None) -> OperatorToken:
    return OperatorToken(
        operator_token_id=row.operator_token_id,
        name=row.name,
        scopes=list(row.scopes),
        created_at=certain_moment(row.created_at),
        expires_at=moment(row.expires_at),
        revoked_at=moment(row.revoked_at),
        used_at=moment(row.used_at),
        made_by=row.made_by,
        token=token,
    )


OPERATIONS: Final[Table] = (
    list_operator_tokens,
    create_operator_token,
    revoke_operator_token,
    list_audit,
)
