"""Pages that change while they are open: server-sent events, each with the new content of a section.

A stream looks once a second at the most, by a small read, and says something only when there is something new. After a
while it has the browser ask again; and it ends within seconds for whoever has lost the right to see it, whose browser
is told to ask for the whole page, and meets the door.
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


ASKED_S: Final = 3.0
"""So often at the least it is asked whether the visitor may still see it, however long a stream rests."""
RETRY_S: Final = 60


def stream(visit: Visit, look: Callable[[], Awaitable[tuple[str, bool]]]) -> Response:
    """Send what `look` gives whenever it differs from before: the section's HTML, and whether it may change again."""
    return stream_of(visit, events(visit, look))


def stream_of(visit: Visit, events: AsyncIterator[str]) -> Response:
    """The answer that sends these events; none of them to whoever has too many streams open already."""
    if not visit.parts.looks.has_room(visit.who.person.person_id):
        return Response(status_code=429, headers={"Retry-After": str(RETRY_S)})
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def events(visit: Visit, look: Callable[[], Awaitable[tuple[str, bool]]]) -> AsyncIterator[str]:
    """The same, as text: for streams that hold something open meanwhile."""
    looks, person_id = visit.parts.looks, visit.who.person.person_id
    if not looks.has_room(person_id):
        return
    shown = ""
    lasted_s = quiet_s = 0.0
    with looks.opened(person_id):
        while lasted_s < LASTS_S:
            began = looks.spent()
            if not await visit.still_may():
                yield event("gone", "")
                return
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
            lasted_s += rest_s
            quiet_s += rest_s
            if not await _rested(visit, rest_s):
                yield event("gone", "")
                return
    yield event("again", "")


async def _rested(visit: Visit, rest_s: float) -> bool:
    """Rest; False as soon as the visitor may not see the page any more."""
    while rest_s > ASKED_S:
        await visit.parts.wait(ASKED_S)
        rest_s -= ASKED_S
        if not await visit.still_may():
            return False
    await visit.parts.wait(rest_s)
    return True


def event(name: str, data: str) -> str:
    """One event as it is written (HTML, 9.2.6)."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n"
