"""How a customer's endpoint does: read from what was tried, and from what waits."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs


class EndpointHealth(NamedTuple):
    """How what is pushed to one URL of an API connection has gone lately. Each count is bounded by `counted_max`."""

    waiting: int
    """Due, under way, or waiting for the next try."""
    dead: int
    """Given up after the last try: dead letters."""
    succeeded_at: UnixMs | None
    """When one was taken last; None when none of those looked at was."""
    failed_at: UnixMs | None
    failures: int
    """Tries that have failed since the last that succeeded."""


class EndpointReads(Protocol):
    """Reads for those who mend endpoints: what was committed last, bounded however many notifications there are."""

    async def endpoint_health(self, connection_id: int, *, counted_max: int) -> EndpointHealth:
        """How the callbacks of a connection have gone: its latest ones, those that wait, and its dead letters."""
        ...

    async def reply_health(self, connection_id: int, *, counted_max: int) -> EndpointHealth:
        """The same of its reply URL, to which goes what handsets send."""
        ...
