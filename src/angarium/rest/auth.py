"""Who is calling: the bearer token of every call (rest-api 1.3)."""

from __future__ import annotations

from collections.abc import Mapping

from angarium.core.account import Caller, Directory, token_hash
from angarium.core.refusals import Reason, Refusal


def authenticate(headers: Mapping[bytes, bytes], directory: Directory) -> Caller:
    """Whose token the Authorization header holds. Raises Refusal when it is missing, malformed, unknown or revoked.

    The look-up is by digest, so its time says nothing about how much of a guess was right.
    """
    words = headers.get(b"authorization", b"").split()
    if len(words) == 2 and words[0].lower() == b"bearer":
        caller = directory.caller(token_hash(words[1]))
        if caller is not None:
            return caller
    raise Refusal(Reason.AUTHENTICATION_FAILED)
