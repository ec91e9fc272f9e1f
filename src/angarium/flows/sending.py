"""A send by the product itself, for a page or a file of messages: through the one door in, and once under its key.

Whoever asks again under the same key gets the first results again, also after a crash (rest-api 3.3).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from angarium.core.account import Caller
from angarium.core.message import Accepted, Refused, Result, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.flows.intake import Call
from angarium.flows.retries import Once, Replied
from angarium.ports.retries import Reply

Send = Callable[[Call], Awaitable[list[Result] | Replied]]
"""Takes one call. Raises Refusal for the whole, or StoreUnavailable: then nothing was taken."""

PARAMETER: Final = "own"
"""Keeps our keys apart from those of customers."""
_KEPT: Final = 200
_JSON: Final = b"application/json"
_Row = tuple[str, int, str, str, int | None]
"""Recipient, message id or 0, reason, parameter, seconds until it can succeed."""


async def send_once(send: Send, caller: Caller, request: SendRequest, *, key: str) -> list[Result]:
    """A result for each recipient, in order; the first ones if this key has been used before.

    The key must name what is sent too: the same key with another request gives the results of the first one. Raises
    Refusal for the whole, or StoreUnavailable: then nothing was sent, and the key is still free.
    """
    outcome = await send(Call(caller, request, Once(PARAMETER, key, b"", kept)))
    return read_kept(outcome.reply.body) if isinstance(outcome, Replied) else outcome


def kept(results: Sequence[Result]) -> Reply:
    """Results as they are kept."""
    return Reply(_KEPT, _JSON, write_kept(results))


def write_kept(results: Sequence[Result]) -> bytes:
    """Results as octets."""
    return msgspec.json.encode([_row(result) for result in results])


def read_kept(octets: bytes) -> list[Result]:
    """Results again."""
    return [_result(row) for row in msgspec.json.decode(octets, type=list[_Row])]


def _row(result: Result) -> _Row:
    if isinstance(result, Accepted):
        return (str(result.recipient), result.message_id, "", "", None)
    refusal = result.refusal
    return (result.recipient, 0, refusal.reason.name, refusal.parameter, refusal.retry_after_s)


def _result(row: _Row) -> Result:
    recipient, message_id, reason, parameter, retry_after_s = row
    if message_id:
        return Accepted(int(recipient), message_id)
    return Refused(recipient, Refusal(Reason[reason], parameter, retry_after_s))
