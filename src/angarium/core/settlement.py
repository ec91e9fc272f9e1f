"""What to do with a message once a carrier has spoken of its segments: decided here, applied by the flow."""

from __future__ import annotations

from typing import Final, NamedTuple

from angarium.core.account import DoubtPolicy
from angarium.core.charge import full_mask
from angarium.core.clocktime import UnixMs
from angarium.core.retry import SUBMIT_RETRIES, RetrySchedule
from angarium.core.states import Cause, State

KILLS_MAX: Final = 1
"""A message that was alone on a link when it was lost, and then again, is parked (delivery 2)."""


class Findings(NamedTuple):
    """What is known of one message when every segment handed over has been answered."""

    sent_mask: int
    """Segments that a carrier has taken, now or earlier."""
    segments: int
    attempts: int
    doubts: int
    due_at: UnixMs
    expires_at: UnixMs
    rejected: Cause | None
    doubtful_mask: int
    """Segments that this try left in doubt."""
    link_lost: bool
    """Whether a doubt came with the loss of its link."""
    killed_link: bool
    """Whether it was alone on that link."""
    failed_for_now: bool
    busy: bool
    doubted_mask: int = 0
    """Segments that an earlier try left in doubt."""


class Decision(NamedTuple):
    """Where the message goes from `submitting`."""

    state: State
    cause: Cause
    due_at: UnixMs
    sent_mask: int
    attempts: int
    doubts: int
    doubtful_mask: int = 0
    """Segments that may have left, and nobody knows: they are paid if the message ends so."""


def settle(found: Findings, *, doubt: DoubtPolicy, now: UnixMs, retries: RetrySchedule = SUBMIT_RETRIES) -> Decision:
    """Decide for one message. The gravest finding wins: rejected, in doubt, failed for now, busy, unsent."""
    attempts, doubts, mask = found.attempts, found.doubts, found.sent_mask
    # A late answer may have ended a doubt while other segments were still awaited.
    doubtful_mask = found.doubtful_mask & ~mask
    doubted_mask = _doubted(found)
    if found.rejected is not None:
        return Decision(State.REJECTED, found.rejected, now, mask, attempts + 1, doubts)
    if doubtful_mask:
        doubts += 1
        if doubt is DoubtPolicy.UNKNOWN:
            # It may have left, so it is paid for; whatever else is unsent stays unsent.
            mask |= doubted_mask
            return Decision(State.UNKNOWN, Cause.IN_DOUBT_GIVEN_UP, now, mask, attempts, doubts)
        if found.killed_link and found.doubts >= KILLS_MAX:
            # Until its validity ends or an operator acts: a third try would take the link down again.
            return Decision(State.QUEUED, Cause.PARKED, found.expires_at, mask, attempts, doubts, doubted_mask)
        if found.expires_at <= now:
            return Decision(State.UNKNOWN, Cause.IN_DOUBT_GIVEN_UP, now, mask | doubted_mask, attempts, doubts)
        cause = Cause.LINK_LOST_RESENT if found.link_lost else Cause.IN_DOUBT_RESENT
        # At once the first time, and when its link was lost. One that is left unanswered again waits its turn: it
        # travels alone, and would keep a link to itself for ever.
        due_at = now
        if found.doubts and not found.link_lost:
            due_at = retries.next_at(attempts=found.doubts, now=now) or found.expires_at
        return _again(found, cause, due_at=due_at, doubts=doubts, now=now)
    if mask == full_mask(found.segments):
        return taken(mask, attempts=attempts, doubts=doubts, now=now)
    if found.failed_for_now:
        due_at = retries.next_at(attempts=attempts + 1, now=now) or found.expires_at
        again = _again(found, Cause.CARRIER_FAILED_FOR_NOW, due_at=due_at, doubts=doubts, now=now)
        return again._replace(attempts=attempts + 1)
    cause = Cause.CARRIER_BUSY if found.busy else Cause.RETURNED_UNSENT
    return _again(found, cause, due_at=found.due_at, doubts=doubts, now=now)


def taken(sent_mask: int, *, attempts: int, doubts: int, now: UnixMs) -> Decision:
    """The decision for nearly every message: a carrier has taken all of it."""
    return Decision(State.SUBMITTED, Cause.CARRIER_ACCEPTED, now, sent_mask, attempts + 1, doubts)


def _doubted(found: Findings) -> int:
    """Segments that may have left, by this try or an earlier one."""
    return (found.doubted_mask | found.doubtful_mask) & ~found.sent_mask


def _again(found: Findings, cause: Cause, *, due_at: UnixMs, doubts: int, now: UnixMs) -> Decision:
    if found.expires_at <= now:
        state, cause, mask = at_end_of_validity(sent_mask=found.sent_mask, doubtful_mask=_doubted(found))
        return Decision(state, cause, now, mask, found.attempts, doubts)
    # Never later than the end of its validity: then it is claimed once more, and found expired.
    due_at = min(due_at, found.expires_at)
    return Decision(State.QUEUED, cause, due_at, found.sent_mask, found.attempts, doubts, _doubted(found))


def at_end_of_validity(*, sent_mask: int, doubtful_mask: int) -> tuple[State, Cause, int]:
    """What becomes of a message whose validity ends in the queue, and its sent_mask then.

    One without a segment in doubt has not left as a whole, and costs nothing more. One that has any may have arrived:
    it ends as unknown, and those segments are paid. What surely never left costs nothing in either case.
    """
    if doubtful_mask & ~sent_mask:
        return State.UNKNOWN, Cause.IN_DOUBT_GIVEN_UP, sent_mask | doubtful_mask
    return State.EXPIRED, Cause.EXPIRED_HERE, sent_mask
