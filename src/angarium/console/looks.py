"""How often live pages look for news: messages go first, however many pages are open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import thread_time
from typing import Final

REST_S_MIN: Final = 1.0
"""Between two looks of one stream, at the least."""
SHARE_MAX: Final = 0.02
"""What all streams together may take of one processor; where looks are dear or streams many, each rests longer."""
OF_ONE_PERSON_MAX: Final = 20
"""Streams of one person: each holds a connection, and nobody may hold them all. A browser opens six at the most."""


class Looks:
    """Says how long each stream rests, so that all of them together stay within their share."""

    def __init__(self, *, spent: Callable[[], float] = thread_time) -> None:
        """`spent` is the CPU time that the loop has used, in seconds."""
        self.spent = spent
        self._streams: Counter[int] = Counter()

    def has_room(self, person_id: int) -> bool:
        """Whether a person may open one stream more."""
        return self._streams[person_id] < OF_ONE_PERSON_MAX

    @contextmanager
    def opened(self, person_id: int) -> Iterator[None]:
        """One stream more, for as long as it lasts."""
        self._streams[person_id] += 1
        try:
            yield
        finally:
            self._streams[person_id] -= 1
            if not self._streams[person_id]:
                del self._streams[person_id]

    def rest_s(self, took_s: float) -> float:
        """How long a stream rests after a look that took so much CPU time."""
        return max(REST_S_MIN, took_s * self._streams.total() / SHARE_MAX)
