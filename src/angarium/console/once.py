"""What a form makes and a page shows only then: the same form sent again shows the same, and makes nothing more."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

from angarium.core.clocktime import MINUTE_MS, UnixMs

T = TypeVar("T")

KEPT_MS: Final = 10 * MINUTE_MS
"""Within this time a page can be loaded again, or its button pressed twice."""
KEPT_MAX: Final = 200


class Once(Generic[T]):
    """Remembers for a few minutes what was made under which key. Memory is bounded; a restart forgets."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, tuple[UnixMs, asyncio.Task[T]]] = OrderedDict()

    async def made(self, key: str, make: Callable[[], Coroutine[Any, Any, T]], *, now: UnixMs) -> T:
        """What `make` gives, or gave when the key came before, also when it is still at work. Raises what it raises."""
        while self._made and (len(self._made) > KEPT_MAX or next(iter(self._made.values()))[0] <= now):
            self._made.popitem(last=False)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = (now + KEPT_MS, asyncio.create_task(make()))
        try:
            # Whoever has pressed twice has left the first request: what it makes is for the second.
            return await asyncio.shield(found[1])
        except Exception:
            self._made.pop(key, None)
            raise
