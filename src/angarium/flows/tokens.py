"""Tokens of API connections: made, replaced without a gap, ended and revoked."""

from __future__ import annotations

from typing import Final, NamedTuple

from angarium.core.clocktime import DAY_MS, UnixMs
from angarium.flows.desk import Desk, Mistaken
from angarium.ports.store import NotFound, TokenRow

VALID_TOKENS_MAX: Final = 20
"""Of one connection at a time: one to replace the other, and some to spare for programs that do not share."""
OVERLAP_MS: Final = DAY_MS
"""How long a replaced token goes on working, unless that is said otherwise."""
OVERLAP_MS_MAX: Final = 90 * DAY_MS
"""The longest that can be said."""


class NewToken(NamedTuple):
    """A token, to be shown this once, and its row."""

    token: str
    row: TokenRow


async def find_token(desk: Desk, connection_id: int, token_id: int) -> TokenRow:
    """The token of this number, if it is this connection's. Raises NotFound."""
    for row in await desk.store.tokens(connection_id):
        if row.token_id == token_id:
            return row
    raise NotFound(f"there is no token {token_id}")


async def create_token(desk: Desk, connection_id: int) -> NewToken:
    """Make a token beside those that there are. Raises Mistaken, NotFound or StoreUnavailable."""
    await _check_room(desk, connection_id)
    token, digest, sealed = desk.mint.token()
    store = desk.by("token.create", "token", after={"connection_id": connection_id})
    return NewToken(token, await store.add_token(connection_id, token_hash=digest, sealed=sealed, at=desk.now))


async def rotate_token(desk: Desk, connection_id: int, *, overlap_ms: int) -> NewToken:
    """Make a token; the others end when the overlap is over, unless they end sooner.

    Raises Mistaken, NotFound or StoreUnavailable.
    """
    if not 0 <= overlap_ms <= OVERLAP_MS_MAX:
        raise Mistaken("overlap", f"The old token may go on working for up to {OVERLAP_MS_MAX // DAY_MS} days.")
    await _check_room(desk, connection_id)
    token, digest, sealed = desk.mint.token()
    ends_at = desk.now + overlap_ms
    store = desk.by("token.rotate", "token", after={"connection_id": connection_id, "others_end_at": ends_at})
    row = await store.add_token(connection_id, token_hash=digest, sealed=sealed, at=desk.now, others_end_at=ends_at)
    return NewToken(token, row)


async def end_token(desk: Desk, token: TokenRow, *, expires_at: UnixMs | None) -> None:
    """Let a token end by itself at a moment, or never. Raises Mistaken or NotFound."""
    if expires_at is not None and expires_at <= desk.now:
        raise Mistaken("expires_at", "This moment has passed: give a later one, or revoke the token.")
    store = desk.by(
        "token.end",
        "token",
        token.token_id,
        before={"expires_at": token.expires_at},
        after={"expires_at": expires_at},
    )
    await store.end_token(token.token_id, expires_at=expires_at)


async def revoke_token(desk: Desk, token_id: int) -> None:
    """Shut a token out for good. Raises NotFound."""
    store = desk.by("token.revoke", "token", token_id, after={"revoked_at": desk.now})
    await store.revoke_token(token_id, at=desk.now)


async def note_shown(desk: Desk, token_id: int) -> None:
    """Leave a mark in the audit log: somebody has seen this token once more."""
    await desk.store.write(lambda tx: tx.record([desk.act("token.show", "token", token_id)]))


async def _check_room(desk: Desk, connection_id: int) -> None:
    valid = [row for row in await desk.store.tokens(connection_id) if row.is_valid(now=desk.now)]
    if len(valid) >= VALID_TOKENS_MAX:
        raise Mistaken("", f"A connection has at most {VALID_TOKENS_MAX} valid tokens: revoke one first.")
