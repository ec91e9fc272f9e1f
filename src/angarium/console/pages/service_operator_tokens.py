"""Operator tokens: what lets a program use /v1. Made for the person's password, shown once, revoked.

A token goes on when the session that made it has ended. So the person proves again who they are, the token has their
name, and the audit log has the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import Response

from angarium.console.mistakes import beside_fields
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit, read_key
from angarium.console.words import duration
from angarium.core.account import token_hash
from angarium.core.clocktime import DAY_MS
from angarium.flows import operators as flow
from angarium.flows.desk import Mistaken, read_name
from angarium.flows.people import Refused, Wait

BASE: Final = "/service/operator-tokens"
ROWS_MAX: Final = 50
NEVER: Final = "never"
SPANS_MS: Final[Mapping[str, int]] = {"1d": DAY_MS, "30d": 30 * DAY_MS, "90d": 90 * DAY_MS, "365d": 365 * DAY_MS}
ENDS: Final = (
    ("1d", "in a day"),
    ("30d", "in 30 days"),
    ("90d", "in 90 days"),
    ("365d", "in a year"),
    (NEVER, "when somebody revokes it"),
)
"""When a token can be chosen to end."""
USUAL: Final = "90d"


async def tokens(visit: Visit) -> Response:
    """All of them without their secrets, newest first."""
    rows = await visit.parts.store.newest_operator_tokens(before_id=read_key(visit.asked("before")), limit=ROWS_MAX + 1)
    shown = rows[:ROWS_MAX]
    older = f"{BASE}?before={shown[-1].operator_token_id}" if len(rows) > len(shown) else ""
    return visit.show("service_operator_tokens.html", rows=shown, older=older, scope_count=len(flow.Scope))


async def new_form(visit: Visit) -> Response:
    """What the token may do and when it ends, and who asks for it."""
    return _ask(visit)


async def create(visit: Visit) -> Response:
    """Make one for whoever proves again who they are, and show it this once."""
    form = await visit.form()
    scopes = await visit.choices("scope")

    async def make() -> flow.NewOperatorToken:
        await _prove(visit)
        ends = form.get("ends", USUAL)
        expires_at = None if ends == NEVER else visit.now + SPANS_MS.get(ends, SPANS_MS[USUAL])
        return await flow.create_token(visit.desk, form.get("name", ""), scopes, expires_at=expires_at)

    with beside_fields(visit, taken="name"):
        read_name(form.get("name", ""))
        flow.read_scopes(scopes)
        # What was made is shown again to whoever presses twice, and only to whoever has the password.
        key = f"{await visit.form_key()} {token_hash(form.get('password', '').encode()).hex()}"
        made = await visit.parts.operator_tokens.made(key, make, now=visit.now)
        return visit.show("service_operator_token.html", made=made, scope_count=len(flow.Scope))
    return _ask(visit, scopes)


async def revoke_form(visit: Visit) -> Response:
    """What it means to revoke it."""
    row = await flow.find_token(visit.desk, visit.number("operator_token_id"))
    return visit.show("service_operator_token_revoke.html", row=row, scope_count=len(flow.Scope))


async def revoke(visit: Visit) -> Response:
    """Shut it out for good."""
    row = await flow.find_token(visit.desk, visit.number("operator_token_id"))
    await flow.revoke_token(visit.desk, row.operator_token_id)
    return visit.go(BASE, f"{row.name} is revoked: calls with it are refused.")


def _ask(visit: Visit, scopes: Sequence[str] = ()) -> Response:
    return visit.show(
        "service_operator_token_new.html",
        scopes=flow.SCOPES,
        chosen=scopes,
        ends=ENDS,
        usual=USUAL,
        nonce=visit.parts.new_secret(),
    )


async def _prove(visit: Visit) -> None:
    """Let the visitor prove again who they are. Raises Mistaken when they do not."""
    form = await visit.form()
    refused = await visit.parts.gatehouse.proves(visit.who, form.get("password", ""), form.get("code", ""))
    if isinstance(refused, Wait):
        raise Mistaken("password", f"There were too many wrong tries. Wait {duration(refused.wait_ms)}.")
    if refused is Refused.CODE_DUE:
        raise Mistaken("code", refused.value)
    if refused is not None and visit.who.person.totp_sealed is not None:
        raise Mistaken("password", "Password or code is wrong. A code opens once: wait for the next one.")
    if refused is not None:
        raise Mistaken("password", "This is not your password.")


PAGES: Final = (
    Page(BASE, tokens, Needs.OPERATOR),
    Page(BASE + "/new", new_form, Needs.OPERATOR),
    Page(BASE + "/new", create, Needs.OPERATOR, "POST"),
    Page(BASE + "/{operator_token_id:int}/revoke", revoke_form, Needs.OPERATOR),
    Page(BASE + "/{operator_token_id:int}/revoke", revoke, Needs.OPERATOR, "POST"),
)
