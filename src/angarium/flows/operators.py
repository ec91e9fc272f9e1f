"""Operators' own tokens: made, shown once, revoked, and known by their digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from angarium.core.account import token_hash
from angarium.core.clocktime import HOUR_MS, UnixMs
from angarium.flows.desk import Desk, Mistaken, read_name
from angarium.ports.admin import OperatorStore
from angarium.ports.operators import OperatorTokenRow
from angarium.ports.store import NotFound, Tx

USED_STEP_MS: Final = HOUR_MS
"""How exactly it is known when a token was last used: a write for each call would cost more than the call."""


class Scope(StrEnum):
    """What an operator token may do. None contains another: a token may do what its scopes say, and nothing else."""

    MESSAGES_READ = "messages:read"
    MESSAGES_WRITE = "messages:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    CARRIERS_READ = "carriers:read"
    CARRIERS_WRITE = "carriers:write"
    MONEY_READ = "money:read"
    MONEY_WRITE = "money:write"
    AUDIT_READ = "audit:read"
    ADMIN = "admin"


SCOPES: Final[Mapping[Scope, str]] = {
    Scope.MESSAGES_READ: "Search messages and read all that is known of them, texts and numbers included; "
    "notifications, receipts, queues.",
    Scope.MESSAGES_WRITE: "Stop messages, decide about messages in doubt, replay notifications, move queues.",
    Scope.ACCOUNTS_READ: "Read accounts, API connections and their tokens, without secrets; blocked numbers.",
    Scope.ACCOUNTS_WRITE: "Make and change accounts and API connections; make and revoke their tokens; block numbers.",
    Scope.CARRIERS_READ: "Read carriers without their passwords, their links, and routes.",
    Scope.CARRIERS_WRITE: "Add, change, enable and remove carriers and routes.",
    Scope.MONEY_READ: "Read balances, purchases, vouchers and rates.",
    Scope.MONEY_WRITE: "Buy credit for accounts, take it back, make vouchers, set rates.",
    Scope.AUDIT_READ: "Read who changed what.",
    Scope.ADMIN: "Invite people and say what they may do; make and revoke operator tokens of any scope: whoever has it "
    "can get all the others.",
}
"""Each scope with what it allows."""


class NewOperatorToken(NamedTuple):
    """A token, to be shown this once, and its row."""

    token: str
    row: OperatorTokenRow


async def create_token(
    desk: Desk, name: str, scopes: Sequence[str], *, expires_at: UnixMs | None = None
) -> NewOperatorToken:
    """Make an operator token. Raises Mistaken or AlreadyExists."""
    name = read_name(name)
    known = read_scopes(scopes)
    if expires_at is not None and expires_at <= desk.now:
        raise Mistaken("expires_at", "This moment has passed: give a later one, or none.")
    token, digest = desk.mint.operator_token()
    after = {"name": name, "scopes": list(known), "expires_at": expires_at}
    store = desk.by("operator_token.create", "operator_token", after=after)
    row = await store.add_operator_token(
        name, scopes=known, token_hash=digest, expires_at=expires_at, at=desk.now, made_by=desk.author
    )
    return NewOperatorToken(token, row)


async def find_token(desk: Desk, operator_token_id: int) -> OperatorTokenRow:
    """The operator token of this number. Raises NotFound."""
    for row in await desk.store.newest_operator_tokens(before_id=operator_token_id + 1, limit=1):
        if row.operator_token_id == operator_token_id:
            return row
    raise NotFound(f"there is no operator token {operator_token_id}")


async def made_by(desk: Desk, login: str) -> list[OperatorTokenRow]:
    """What a person has made that opens something still: it goes on doing so when they have gone."""
    author = f"person:{login}"
    return [
        row
        for row in await desk.store.operator_tokens()
        if row.is_valid(now=desk.now) and (row.made_by == author or row.made_by.startswith(f"{author} for "))
    ]


async def left_behind(desk: Desk, login: str) -> str:
    """What to say of the tokens of a person who is shut out, or operates no longer; nothing when there are none."""
    names = ", ".join(row.name for row in await made_by(desk, login))
    return f"Operator tokens that they made still open the API: {names}." if names else ""


async def revoke_token(desk: Desk, operator_token_id: int) -> None:
    """Shut an operator token out at once and for good. Raises NotFound."""
    store = desk.by("operator_token.revoke", "operator_token", operator_token_id, after={"revoked_at": desk.now})
    await store.revoke_operator_token(operator_token_id, at=desk.now)


def read_scopes(scopes: Sequence[str]) -> tuple[Scope, ...]:
    """Scopes in the order of their table, each once. Raises Mistaken for none at all and for unknown ones."""
    for scope in scopes:
        if scope not in Scope.__members__.values():
            raise Mistaken("scopes", f"{scope!r} is no scope; there are: {', '.join(Scope)}.")
    if not scopes:
        raise Mistaken("scopes", f"A token needs a scope; there are: {', '.join(Scope)}.")
    return tuple(scope for scope in Scope if scope in scopes)


async def who(store: OperatorStore, token: bytes, *, now: UnixMs) -> OperatorTokenRow | None:
    """Whose token this is; None when it is unknown, revoked or expired. Its use is noted, to the hour."""
    row = await store.operator_token(token_hash(token))
    if row is None or not row.is_valid(now=now):
        return None
    if row.used_at is None or not 0 <= now - row.used_at < USED_STEP_MS:

        async def note(tx: Tx) -> None:
            await tx.operator_token_used(row.operator_token_id, at=now)

        await store.write(note)
    return row
