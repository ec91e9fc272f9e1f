"""Sending from a page: through the one door in, once however often the button is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from angarium.console.visit import Visit
from angarium.core.account import ApiConnection
from angarium.core.message import Accepted, Result, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.flows.intake import Call
from angarium.flows.retries import Once, Replied
from angarium.ports.retries import Reply

NONCE_CHARACTERS_MAX: Final = 64
_TAKEN: Final = 202
_NOT_TAKEN: Final = 400


async def send_one(visit: Visit, connection: ApiConnection, request: SendRequest, nonce: str) -> str | Refusal:
    """Send to one recipient; the public id, or why not. The same nonce and request again give the same id again.

    Raises StoreUnavailable: then nothing was sent.
    """
    caller = visit.parts.tables.directory.caller_of(connection)
    digest = sha256(repr(request).encode()).digest()
    refused: list[Refusal] = []

    def reply(results: Sequence[Result]) -> Reply:
        (result,) = results
        if isinstance(result, Accepted):
            return Reply(_TAKEN, b"text/plain", visit.parts.public_ids.show(result.message_id).encode())
        refused.append(result.refusal)
        return Reply(_NOT_TAKEN, b"text/plain", result.refusal.reason.name.encode())

    once = Once("nonce", f"console:{nonce[:NONCE_CHARACTERS_MAX]}", digest, reply)
    try:
        outcome = await visit.parts.send(Call(caller, request, once))
    except Refusal as refusal:
        return refusal
    assert isinstance(outcome, Replied), "a call that is made once is answered by its reply"
    if outcome.reply.status == _TAKEN:
        return outcome.reply.body.decode()
    return refused[-1] if refused else Refusal(Reason[outcome.reply.body.decode()])
