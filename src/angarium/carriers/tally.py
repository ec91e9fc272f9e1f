"""What a link's submissions come to: since it was set to work, and lately."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from angarium.smpp.constants import CommandStatus

MARK_S: Final = 10.0
"""The counts are kept this often, as long as something goes on."""
LATELY_S: Final = 300.0
"""What is meant by lately."""
RATE_S: Final = 30.0
"""A rate is a mean over this time, or less when less than that has gone by since a pause."""
NO_ANSWER: Final = -1
"""Stands among the statuses for an answer that never came."""


class Lately(NamedTuple):
    """What has come of a link's submissions in the last minutes."""

    answered: int
    errors: Mapping[str, int]
    per_s: float


class _Mark(NamedTuple):
    at: float
    answered: int
    errors: Mapping[int, int]


class Tally:
    """The counts of one link, over all its connections."""

    __slots__ = ("_marks", "answered", "errors", "mark_at")

    def __init__(self) -> None:
        self.answered = 0
        """Submissions that were answered, or given up without an answer."""
        self.errors: Counter[int] = Counter()
        """Those of them that were not simply taken, by command_status."""
        self.mark_at = 0.0
        """From this moment on `mark` is to be called before anything more is counted."""
        self._marks: deque[_Mark] = deque(maxlen=round(LATELY_S / MARK_S) + 1)

    def mark(self, now: float) -> None:
        """Keep the counts of this moment."""
        self._marks.append(_Mark(now, self.answered, dict(self.errors)))
        self.mark_at = now + MARK_S

    def lately(self, now: float) -> Lately:
        """What was counted within the last minutes, and so many a second within the last moments."""
        since, recent = self._since(now - LATELY_S), self._since(now - RATE_S)
        errors = Counter(self.errors)
        errors.subtract(since.errors)
        return Lately(
            self.answered - since.answered,
            named(+errors),
            (self.answered - recent.answered) / max(1.0, now - recent.at),
        )

    def _since(self, at: float) -> _Mark:
        """The first mark from this moment on; without one nothing was counted since."""
        found = next((mark for mark in self._marks if mark.at >= at), None)
        return found or _Mark(at, self.answered, self.errors)


def named(errors: Mapping[int, int]) -> dict[str, int]:
    """Counts by the names of statuses."""
    return {
        "no answer" if status == NO_ANSWER else CommandStatus(status).name: count for status, count in errors.items()
    }
