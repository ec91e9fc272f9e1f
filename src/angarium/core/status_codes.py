"""The API's status numbers (rest-api 7): what a state and its cause are called outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from angarium.core.clocktime import UnixMs
from angarium.core.states import Cause, State

UNKNOWN: Final = 1
QUEUED: Final = 2
DELIVERED_TO_GATEWAY: Final = 3
RECEIVED: Final = 4
ERROR_WITH_MESSAGE: Final = 5
CANCELLED: Final = 6
ERROR_DELIVERING: Final = 7
ACCEPTED: Final = 8
ROUTING_ERROR: Final = 9
EXPIRED: Final = 10
SCHEDULED: Final = 11
OUT_OF_CREDIT: Final = 12
LIMIT_EXCEEDED: Final = 14

_OF_STATE: Final[Mapping[State, int]] = {
    State.SUBMITTING: QUEUED,
    State.SUBMITTED: DELIVERED_TO_GATEWAY,
    State.DELIVERED: RECEIVED,
    State.UNDELIVERED: ERROR_DELIVERING,
    State.EXPIRED: EXPIRED,
    State.CANCELLED: CANCELLED,
    State.UNKNOWN: UNKNOWN,
}
_OF_REJECTION: Final[Mapping[Cause, int]] = {
    Cause.REFUSED_CONTENT: ERROR_WITH_MESSAGE,
    Cause.RECEIPT_REJECTED: ERROR_WITH_MESSAGE,
    Cause.REFUSED_SENDER: ERROR_WITH_MESSAGE,
    Cause.REFUSED_RECIPIENT: ERROR_DELIVERING,
    Cause.REFUSED_ROUTE: ROUTING_ERROR,
    Cause.TOO_COSTLY: ROUTING_ERROR,
}


def status_code(state: State, cause: Cause, *, due_at: UnixMs, now: UnixMs) -> int:
    """The status number of a message; `due_at` matters only while it is queued."""
    if state is State.QUEUED:
        if cause is Cause.SCHEDULED and due_at > now:
            return SCHEDULED
        return ACCEPTED if cause in {Cause.ACCEPTED, Cause.SCHEDULED} else QUEUED
    if state is State.REJECTED:
        return _OF_REJECTION.get(cause, ERROR_DELIVERING)
    return _OF_STATE[state]


def settled_status_code(state: State, cause: Cause) -> int:
    """The status number of a message that has left the queue, which no longer depends on time."""
    return status_code(state, cause, due_at=0, now=0)


def standing(state: State, cause: Cause, *, is_later: bool) -> int:
    """One number for all that decides about a status; `is_later` says that a queued message is due later."""
    return state * STATE_STEP + cause + (LATER_STEP if is_later else 0)


def standings_of(code: int) -> frozenset[int]:
    """All standings that have this status number; none when there is no such status."""
    return _STANDINGS.get(code, frozenset())


STATE_STEP: Final = 256
LATER_STEP: Final = 128
STATUS_CODES: Final = (
    UNKNOWN,
    QUEUED,
    DELIVERED_TO_GATEWAY,
    RECEIVED,
    ERROR_WITH_MESSAGE,
    CANCELLED,
    ERROR_DELIVERING,
    ACCEPTED,
    ROUTING_ERROR,
    EXPIRED,
    SCHEDULED,
    OUT_OF_CREDIT,
    LIMIT_EXCEEDED,
)
_STANDINGS: Final[Mapping[int, frozenset[int]]] = {
    code: frozenset(
        standing(state, cause, is_later=bool(later))
        for state in State
        for cause in Cause
        for later in ((0, 1) if state is State.QUEUED else (0,))
        if status_code(state, cause, due_at=later, now=0) == code
    )
    for code in STATUS_CODES
}
