"""Pages that change while they are open: server-sent events, each with the new content of a section.

A stream looks once a second at the most, by a small read, and says something only when there is something new. After a
while it has the browser ask again: whoever has lost the right to see it meets the door.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from starlette.responses import Response, StreamingResponse

from angarium.console.visit import Visit

LASTS_S: Final = 300.0
"""How long one stream goes on before the browser has to ask again."""
QUIET_S_MAX: Final = 15.0
"""After so long without news a comment is sent: otherwise nobody learns that the browser is gone."""


def stream(visit: Visit, look: Callable[[], Awaitable[tuple[str, bool]]]) -> Response:
    """Send what `look` gives whenever it differs from before: the section's HTML, and whether it may change again."""
    return StreamingResponse(events(visit, look), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def events(visit: Visit, look: Callable[[], Awaitable[tuple[str, bool]]]) -> AsyncIterator[str]:
    """The same, as text: for streams that hold something open meanwhile."""
    looks = visit.parts.looks
    shown = ""
    lasted_s = quiet_s = 0.0
    with looks.opened():
        while lasted_s < LASTS_S:
            began = looks.spent()
            html, goes_on = await look()
            rest_s = looks.rest_s(looks.spent() - began)
            if html != shown:
                shown, quiet_s = html, 0.0
                yield event("content", html)
            elif quiet_s >= QUIET_S_MAX:
                quiet_s = 0.0
                yield ": still here\n\n"
            if not goes_on:
                yield event("end", "")
                return
            await visit.parts.wait(rest_s)
            lasted_s += rest_s
            quiet_s += rest_s
    yield event("again", "")


def event(name: str, data: str) -> str:
    """One event as it is written (HTML, 9.2.6)."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n"
