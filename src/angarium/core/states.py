"""The states of a message, what moves it between them, and nothing else.

        accept                claim                 every segment taken         receipts
    ------------> queued ------------> submitting ----------------> submitted ------------> delivered
                  |  ^  |                |      |                       |                   undelivered
          stopped |  |  | expired        |      | refused               |                   expired
                  v  |  v                |      v                       v                   rejected
          cancelled  |  expired          |   rejected                unknown (no receipt)   unknown
                     +-------------------+
                      busy, retry, resend after doubt, rescued

A message moves forward only. The six states on the right are final; the one step between final states is from
`unknown` to better knowledge, when a late receipt says what became of the message (delivery 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class State(IntEnum):
    """Where a message is. The numbers are stored: they never change their meaning."""

    QUEUED = 0
    SUBMITTING = 1
    SUBMITTED = 2
    DELIVERED = 3
    UNDELIVERED = 4
    EXPIRED = 5
    REJECTED = 6
    CANCELLED = 7
    UNKNOWN = 8


OPEN: Final = frozenset({State.QUEUED, State.SUBMITTING, State.SUBMITTED})
FINAL: Final = frozenset(State) - OPEN


class Cause(IntEnum):
    """Why a message is in its state. The numbers are stored: they never change their meaning."""

    ACCEPTED = 0
    SCHEDULED = 1
    CLAIMED = 2
    CARRIER_ACCEPTED = 3
    CARRIER_BUSY = 4
    CARRIER_FAILED_FOR_NOW = 5
    IN_DOUBT_RESENT = 6
    RETURNED_UNSENT = 7
    PARKED = 8
    LINK_LOST_RESENT = 9
    """In doubt because its link was lost, perhaps through it."""
    RECEIPT_DELIVERED = 20
    RECEIPT_UNDELIVERABLE = 21
    RECEIPT_EXPIRED = 22
    RECEIPT_DELETED = 23
    RECEIPT_REJECTED = 24
    RECEIPT_UNKNOWN = 25
    REFUSED_CONTENT = 30
    REFUSED_RECIPIENT = 31
    REFUSED_SENDER = 32
    REFUSED_ROUTE = 33
    EXPIRED_HERE = 40
    STOPPED = 41
    NO_RECEIPT = 42
    IN_DOUBT_GIVEN_UP = 43
    TOO_COSTLY = 45
    """No route within the customer's ceiling on the charge (rest-api 3, maxCredits)."""


TRANSITIONS: Final[Mapping[tuple[State, Cause], State]] = {
    (State.QUEUED, Cause.CLAIMED): State.SUBMITTING,
    (State.QUEUED, Cause.STOPPED): State.CANCELLED,
    (State.QUEUED, Cause.EXPIRED_HERE): State.EXPIRED,
    # Its validity ended before it could be sent again, and nobody can say whether it left the first time.
    (State.QUEUED, Cause.IN_DOUBT_GIVEN_UP): State.UNKNOWN,
    (State.QUEUED, Cause.TOO_COSTLY): State.REJECTED,
    # An answer that comes after its response time finds the message queued again: it need not be sent a second time.
    (State.QUEUED, Cause.CARRIER_ACCEPTED): State.SUBMITTED,
    (State.SUBMITTING, Cause.CARRIER_ACCEPTED): State.SUBMITTED,
    (State.SUBMITTING, Cause.CARRIER_BUSY): State.QUEUED,
    (State.SUBMITTING, Cause.CARRIER_FAILED_FOR_NOW): State.QUEUED,
    (State.SUBMITTING, Cause.RETURNED_UNSENT): State.QUEUED,
    (State.SUBMITTING, Cause.IN_DOUBT_RESENT): State.QUEUED,
    (State.SUBMITTING, Cause.LINK_LOST_RESENT): State.QUEUED,
    (State.SUBMITTING, Cause.PARKED): State.QUEUED,
    (State.SUBMITTING, Cause.IN_DOUBT_GIVEN_UP): State.UNKNOWN,
    (State.SUBMITTING, Cause.REFUSED_CONTENT): State.REJECTED,
    (State.SUBMITTING, Cause.REFUSED_RECIPIENT): State.REJECTED,
    (State.SUBMITTING, Cause.REFUSED_SENDER): State.REJECTED,
    (State.SUBMITTING, Cause.REFUSED_ROUTE): State.REJECTED,
    (State.SUBMITTING, Cause.EXPIRED_HERE): State.EXPIRED,
    (State.SUBMITTED, Cause.RECEIPT_DELIVERED): State.DELIVERED,
    (State.SUBMITTED, Cause.RECEIPT_UNDELIVERABLE): State.UNDELIVERED,
    (State.SUBMITTED, Cause.RECEIPT_EXPIRED): State.EXPIRED,
    (State.SUBMITTED, Cause.RECEIPT_DELETED): State.UNDELIVERED,
    (State.SUBMITTED, Cause.RECEIPT_REJECTED): State.REJECTED,
    (State.SUBMITTED, Cause.RECEIPT_UNKNOWN): State.UNKNOWN,
    (State.SUBMITTED, Cause.NO_RECEIPT): State.UNKNOWN,
    # A segment of a long message may be refused, or its receipt may come, while others are still on their way.
    # Delivered as a whole, it can only be when late answers told us of segments that we were about to send again.
    (State.SUBMITTING, Cause.RECEIPT_DELIVERED): State.DELIVERED,
    (State.QUEUED, Cause.RECEIPT_DELIVERED): State.DELIVERED,
    (State.SUBMITTING, Cause.RECEIPT_UNDELIVERABLE): State.UNDELIVERED,
    (State.SUBMITTING, Cause.RECEIPT_EXPIRED): State.EXPIRED,
    (State.SUBMITTING, Cause.RECEIPT_DELETED): State.UNDELIVERED,
    (State.SUBMITTING, Cause.RECEIPT_REJECTED): State.REJECTED,
    (State.QUEUED, Cause.RECEIPT_UNDELIVERABLE): State.UNDELIVERED,
    (State.QUEUED, Cause.RECEIPT_EXPIRED): State.EXPIRED,
    (State.QUEUED, Cause.RECEIPT_DELETED): State.UNDELIVERED,
    (State.QUEUED, Cause.RECEIPT_REJECTED): State.REJECTED,
    # Better knowledge than our own clock's (delivery 3, last row).
    (State.UNKNOWN, Cause.RECEIPT_DELIVERED): State.DELIVERED,
    (State.UNKNOWN, Cause.RECEIPT_UNDELIVERABLE): State.UNDELIVERED,
    (State.UNKNOWN, Cause.RECEIPT_EXPIRED): State.EXPIRED,
    (State.UNKNOWN, Cause.RECEIPT_DELETED): State.UNDELIVERED,
    (State.UNKNOWN, Cause.RECEIPT_REJECTED): State.REJECTED,
}


def after(state: State, cause: Cause) -> State | None:
    """The state that `cause` leads to from `state`, or None when it changes nothing (a late or repeated word)."""
    return TRANSITIONS.get((state, cause))
