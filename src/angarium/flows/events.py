"""What dispatch and housekeeping write into the time line: troubles, and what was decided because of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from angarium.core.clocktime import UnixMs
from angarium.core.states import Cause
from angarium.ports.carrier import Answer, Reply
from angarium.ports.store import Move
from angarium.ports.timeline import Event, EventKind

_DOUBTS: Final = {
    Cause.IN_DOUBT_RESENT: "resent",
    Cause.LINK_LOST_RESENT: "resent",
    Cause.PARKED: "parked",
    Cause.IN_DOUBT_GIVEN_UP: "given up",
}
"""What the policy did about a doubt."""


def after_troubles(
    move: Move, troubles: Sequence[Reply], *, before: Cause, carrier_id: int, now: UnixMs
) -> list[Event]:
    """What became of a message whose carrier did not simply take it: each other answer, and the decision.

    `before` is why it was in the queue: one that is turned away because the carrier is busy, again and again, is
    written down once.
    """
    if move.cause is Cause.CARRIER_BUSY:
        if before is Cause.CARRIER_BUSY:
            return []
        busy = next((reply for reply in troubles if reply.answer is Answer.BUSY), None)
        return [Event(move.message_id, now, EventKind.BUSY, {} if busy is None else _said(busy, carrier_id))]
    events = [
        Event(move.message_id, reply.answered_at or now, EventKind.RESPONSE, _said(reply, carrier_id))
        for reply in troubles
    ]
    decided = decision(move, now=now)
    return events if decided is None else [*events, decided]


def decision(move: Move, *, now: UnixMs, reason: str = "") -> Event | None:
    """What was decided about a message that nobody can be sure of, or that is tried again; None for anything else."""
    detail: dict[str, str | int] = {"reason": reason} if reason else {}
    if move.cause is Cause.CARRIER_FAILED_FOR_NOW:
        detail |= {"due_at": move.due_at, "attempts": move.attempts}
        return Event(move.message_id, now, EventKind.RETRY, detail)
    if move.cause is Cause.NO_RECEIPT:
        return Event(move.message_id, now, EventKind.ENDED, {"reason": "no receipt"})
    outcome = _DOUBTS.get(move.cause)
    if outcome is None:
        return None
    detail["outcome"] = outcome
    if move.cause is not Cause.IN_DOUBT_GIVEN_UP:
        detail["due_at"] = move.due_at
    return Event(move.message_id, now, EventKind.IN_DOUBT, detail)


def _said(reply: Reply, carrier_id: int) -> dict[str, str | int]:
    detail: dict[str, str | int] = {
        "answer": reply.answer.value,
        "carrier_id": carrier_id,
        "segment": reply.submission.segment_no,
        "copy": reply.submission.copy_no,
        "link": reply.link,
        "sequence_number": reply.sequence_number,
        "written_at": reply.written_at,
    }
    if reply.error:
        detail["status"] = f"{reply.error:#010x}"
    if reply.link_lost:
        detail["link_lost"] = 1
    return detail
