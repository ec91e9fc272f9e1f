"""First replies, kept for whoever repeats a call (rest-api 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs


class Reply(NamedTuple):
    """What a customer was answered: enough to give it again byte for byte."""

    status: int
    content_type: bytes
    body: bytes


class KeptReply(NamedTuple):
    """The first reply under a key of one API connection; `digest` says which body it answers."""

    connection_id: int
    key: str
    digest: bytes
    kept_at: UnixMs
    reply: Reply


class RetriesTx(Protocol):
    """The verbs of safe retries."""

    async def kept_replies(self, keys: Sequence[tuple[int, str]], *, since: UnixMs) -> list[KeptReply]:
        """What is kept under these keys of these connections, unless it was kept before `since`."""
        ...

    async def keep_replies(self, replies: Sequence[KeptReply]) -> None:
        """Keep replies, each in place of what stood under its key."""
        ...

    async def prune_replies(self, *, before: UnixMs, limit: int) -> int:
        """Drop replies kept before a moment, oldest first; returns how many."""
        ...
