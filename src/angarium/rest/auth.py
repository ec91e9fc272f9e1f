"""Who is calling, and from where: the token of every call, and its connection's addresses (rest-api 1.3, 1.7)."""

from __future__ import annotations

from collections.abc import Mapping

from angarium.core.account import Caller, Directory, token_hash
from angarium.core.clocktime import UnixMs
from angarium.core.refusals import Reason, Refusal
from angarium.httpd import Proxies, Request


def authenticate(headers: Mapping[bytes, bytes], directory: Directory, *, now: UnixMs) -> Caller:
    """Whose token the Authorization header holds. Raises Refusal when it is missing, malformed, unknown or not valid.

    The look-up is by digest, so its time says nothing about how much of a guess was right.
    """
    words = headers.get(b"authorization", b"").split()
    if len(words) == 2 and words[0].lower() == b"bearer":
        caller = directory.caller(token_hash(words[1]), now=now)
        if caller is not None:
            return caller
    raise Refusal(Reason.AUTHENTICATION_FAILED)


def check_lockdown(request: Request, caller: Caller, *, directory: Directory, proxies: Proxies) -> None:
    """Raises Refusal when the connection lists addresses and the call comes from none of them, or from nobody knows."""
    lockdown = directory.lockdown(caller.connection.connection_id)
    if lockdown is not None and not lockdown.allows(proxies.origin(request)):
        raise Refusal(Reason.ADDRESS_LOCKED_OUT)
