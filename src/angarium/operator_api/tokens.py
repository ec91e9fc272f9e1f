"""Tokens of API connections: how a program proves which one it is."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from angarium.core.clocktime import SECOND_MS
from angarium.flows import tokens as flow
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.values import (
    Body,
    ConnectionPath,
    Id,
    Moment,
    NoBody,
    NoReply,
    Page,
    Paged,
    Parameters,
    Reply,
    certain_moment,
    moment,
)
from angarium.ports.store import TokenRow

Overlap = Annotated[
    int,
    Meta(
        ge=0,
        le=flow.OVERLAP_MS_MAX // SECOND_MS,
        description="How many seconds the connection's other tokens go on working, unless they end sooner.",
    ),
]


class Token(Reply, frozen=True, kw_only=True):
    """A token of an API connection."""

    token_id: Id
    connection_id: Id
    created_at: Moment
    expires_at: Moment | None
    """From then on it is refused; null: never."""
    revoked_at: Moment | None
    token: str | None = None
    """Only in the answer to the call that made it: it is not shown again."""


class TokensOf(Paged, frozen=True, kw_only=True):
    """A list, perhaps of one API connection."""

    connection_id: Id | None = None


class Rotation(Body, frozen=True, kw_only=True):
    """How tokens are replaced."""

    overlap_s: Overlap = flow.OVERLAP_MS // SECOND_MS


class TokenPath(Parameters, frozen=True, kw_only=True):
    """One token."""

    token_id: Id


@operation("GET", "/v1/tokens", Scope.ACCOUNTS_READ, "List the tokens of API connections, without their secrets")
async def list_tokens(call: Call[TokensOf, NoBody]) -> Page[Token]:
    """All of them, revoked ones too, or those of one API connection."""
    rows = await call.desk.store.tokens(call.parameters.connection_id)
    return call.parameters.page_of_all(rows, _token, key=lambda row: row.token_id)


@operation(
    "POST",
    "/v1/connections/{connection_id}/tokens",
    Scope.ACCOUNTS_WRITE,
    "Make a token for an API connection; it is shown in this answer only",
    status=201,
)
async def create_token(call: Call[ConnectionPath, NoBody]) -> Token:
    """For an API connection."""
    made = await flow.create_token(call.desk, call.parameters.connection_id)
    return _token(made.row, made.token)


@operation(
    "POST",
    "/v1/connections/{connection_id}/tokens/rotate",
    Scope.ACCOUNTS_WRITE,
    "Make a token, shown in this answer only; the others end when the overlap is over",
    status=201,
)
async def rotate_token(call: Call[ConnectionPath, Rotation]) -> Token:
    """Beside the old ones, for a while."""
    overlap_ms = call.body.overlap_s * SECOND_MS
    made = await flow.rotate_token(call.desk, call.parameters.connection_id, overlap_ms=overlap_ms)
    return _token(made.row, made.token)


@operation(
    "DELETE",
    "/v1/tokens/{token_id}",
    Scope.ACCOUNTS_WRITE,
    "Revoke a token: a running server refuses it within a second",
    status=204,
)
async def revoke_token(call: Call[TokenPath, NoBody]) -> NoReply:
    """For good."""
    await flow.revoke_token(call.desk, call.parameters.token_id)
    return NoReply()


def _token(row: TokenRow, token: str | None = None) -> Token:
    return Token(
        token_id=row.token_id,
        connection_id=row.connection_id,
        created_at=certain_moment(row.created_at),
        expires_at=moment(row.expires_at),
        revoked_at=moment(row.revoked_at),
        token=token,
    )


OPERATIONS: Final[Table] = (
    list_tokens,
    create_token,
    rotate_token,
    revoke_token,
)
