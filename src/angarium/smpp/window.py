"""Requests that await a response, by sequence_number, oldest first (SMPP 3.4, 2.9 and 7.2 `response_timer`).

The response timeout is one constant for the session, so requests fall due in the order in which they were sent: the
insertion order of a dict is the queue of deadlines, without a heap and without a timer per request. Requests that
timed out are remembered for a while, because a late submit_sm_resp still carries the carrier's message_id.
"""

from __future__ import annotations

from typing import NamedTuple

from angarium.smpp.constants import SEQUENCE_NUMBER_MAX


class Outstanding(NamedTuple):
    """One request on its way: when it was sent, whose it is, and what it was. `lean`: made by `Session.submit`."""

    sent_at: float
    token: object
    command_id: int
    lean: bool
    sequence_number: int


class Window:
    """Sent and unanswered requests, at most `capacity` of them, and a bounded memory of those that timed out."""

    __slots__ = ("_late", "_late_max", "capacity", "open", "timeout_s")

    def __init__(self, *, capacity: int, timeout_s: float, late_max: int) -> None:
        self.capacity = capacity
        self.timeout_s = timeout_s
        self.open: dict[int, Outstanding] = {}
        """By sequence_number, oldest first. The session reads and writes it directly: this is the hot path."""
        self._late: dict[int, Outstanding] = {}
        self._late_max = late_max

    @property
    def free(self) -> int:
        """How many more requests may be sent now."""
        return self.capacity - len(self.open)

    def take_late(self, sequence_number: int) -> Outstanding | None:
        """The timed-out request with that number, once; None if it is not (or no longer) known."""
        return self._late.pop(sequence_number, None)

    def late(self, sequence_number: int) -> Outstanding | None:
        """The timed-out request with that number, left where it is."""
        return self._late.get(sequence_number)

    def next_deadline(self) -> float | None:
        """When the oldest request falls due."""
        for oldest in self.open.values():
            return oldest.sent_at + self.timeout_s
        return None

    def expire(self, now: float) -> list[Outstanding]:
        """Take out every request that is due at `now`, oldest first, and remember it as late."""
        expired: list[tuple[int, Outstanding]] = []
        for sequence_number, request in self.open.items():
            # The same sum as in `next_deadline`: `now - timeout_s` may round to a deadline that never comes.
            if request.sent_at + self.timeout_s > now:
                break
            expired.append((sequence_number, request))
        for sequence_number, request in expired:
            del self.open[sequence_number]
            self._late[sequence_number] = request
        while len(self._late) > self._late_max:
            del self._late[next(iter(self._late))]
        return [request for _, request in expired]

    def tokens(self, *, unsent_from: int | None, unsent: int) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """The tokens of all open requests, oldest first: those that were sent, then those that were not.

        Not sent are the `unsent` sequence numbers that begin at `unsent_from`. A range, not a count of entries: a peer
        that answers a number which we have not sent yet must not turn an older, written request into an unsent one.
        """
        if unsent_from is None:
            return tuple(request.token for request in self.open.values()), ()
        sent: list[object] = []
        kept: list[object] = []
        for sequence_number, request in self.open.items():
            distance = (sequence_number - unsent_from) % SEQUENCE_NUMBER_MAX
            (kept if distance < unsent else sent).append(request.token)
        return tuple(sent), tuple(kept)

    def clear(self) -> None:
        """Forget everything."""
        self.open.clear()
        self._late.clear()
