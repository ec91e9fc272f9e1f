"""The time line of a message: every step of its way with its moment, from the rows that are there and its events.

What the usual way leaves behind is read as it stands: a request says when it was accepted, a segment where and when it
was written, answered and received, a notification when it was owed and each of its attempts. Events say the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from angarium.core.clocktime import UnixMs
from angarium.core.states import Cause, State
from angarium.ports.admin import OperatorStore
from angarium.ports.searches import AttemptView, NotificationQuery, NotificationState, NotificationView, SegmentView
from angarium.ports.store import MessageView
from angarium.ports.timeline import Event, EventKind

NOTIFICATIONS_MAX: Final = 20
"""Notifications of one message that are read: no message has so many statuses."""

Detail = dict[str, str | int]


class Step(NamedTuple):
    """One thing that happened to a message."""

    at: UnixMs
    kind: str
    """accepted, routed, submitted, response, receipt, callback owed, callback, stopped, expired, refused, or the kind
    of an event."""
    detail: Mapping[str, str | int]
    """What belongs to it. Numbers of segments and copies count from 0, durations are milliseconds."""


_ENDS: Final[Mapping[Cause, str]] = {
    Cause.STOPPED: "stopped",
    Cause.EXPIRED_HERE: "expired",
    Cause.REFUSED_CONTENT: "refused",
    Cause.REFUSED_RECIPIENT: "refused",
    Cause.REFUSED_SENDER: "refused",
    Cause.REFUSED_ROUTE: "refused",
    Cause.TOO_COSTLY: "refused",
}
"""Ends that stand in the message's own row, and are never followed by another state."""
_ORDER: Final = (
    "accepted",
    "routed",
    EventKind.RE_ROUTED,
    "submitted",
    EventKind.RESPONSE,
    EventKind.BUSY,
    EventKind.IN_DOUBT,
    EventKind.RETRY,
    EventKind.RECEIPT,
    EventKind.ENDED,
    "stopped",
    "expired",
    "refused",
    "callback owed",
    "callback",
)
"""What comes first of two things in one millisecond."""
_RANK: Final = {str(kind): rank for rank, kind in enumerate(_ORDER)}


async def timeline(view: MessageView, store: OperatorStore) -> list[Step]:
    """Everything that happened to a message, in order."""
    names = {row.carrier_id: row.name for row in await store.carriers()}
    events = await store.events(view.message_id)
    steps = [
        *_beginning(view, events, names),
        *(step for segment in await store.segments_of_message(view.message_id) for step in _segment(segment, names)),
        *(step for event in events for step in _event(event, names)),
        *_end(view),
    ]
    owed = await store.search_notifications(NotificationQuery(NOTIFICATIONS_MAX, message_id=view.message_id))
    for notification in owed.notifications:
        steps += _notification(notification, await store.attempts(notification.notification_id))
    steps.sort(key=lambda step: (step.at, _RANK.get(step.kind, len(_RANK))))
    return _with_late_receipts(steps)


def _beginning(view: MessageView, events: Sequence[Event], names: Mapping[int, str]) -> Iterator[Step]:
    accepted: Detail = {"segments": view.segments, "expires_at": view.expires_at}
    if view.client_message_id is not None:
        accepted["client_message_id"] = view.client_message_id
    yield Step(view.accepted_at, "accepted", accepted)
    if view.cause is Cause.TOO_COSTLY:
        # It has a carrier and no route: none was within its ceiling.
        return
    first = next((event.detail for event in events if event.kind is EventKind.RE_ROUTED), None)
    carrier_id = view.carrier_id if first is None else first.get("from", view.carrier_id)
    rate = view.rate if first is None else first.get("rate_before", view.rate)
    yield Step(view.accepted_at, "routed", {**_carrier(carrier_id, names), "rate": rate})


def _segment(segment: SegmentView, names: Mapping[int, str]) -> Iterator[Step]:
    """A segment that a carrier took: written, answered, received."""
    which: Detail = {"segment": segment.segment_no, "copy": segment.copy_no}
    where: Detail = {
        **_carrier(segment.carrier_id, names),
        "link": segment.link,
        "sequence_number": segment.sequence_number,
    }
    if segment.written_at:
        yield Step(segment.written_at, "submitted", {**which, **where})
    taken: Detail = {
        **which,
        **where,
        "answer": "accepted",
        "status": "0x00000000",
        "carrier_message_id": segment.carrier_message_id,
    }
    if segment.written_at:
        taken["waited_ms"] = segment.submitted_at - segment.written_at
    yield Step(segment.submitted_at, "response", taken)
    if segment.receipt_at is None or segment.receipt_cause is None:
        return
    receipt: Detail = {
        **which,
        "cause": _word(segment.receipt_cause),
        "stat": segment.stat,
        "error": segment.error,
        "carrier_message_id": segment.carrier_message_id,
    }
    if segment.receipt_at < segment.submitted_at:
        receipt["effect"] = "early"
    yield Step(segment.receipt_at, "receipt", receipt)


def _event(event: Event, names: Mapping[int, str]) -> Iterator[Step]:
    """An event as it was written, with carriers by name; the submission that an answer belongs to comes before it."""
    detail = dict(event.detail)
    for key in ("carrier_id", "from", "to"):
        carrier_id = detail.get(key)
        if isinstance(carrier_id, int) and carrier_id in names:
            detail[key if key != "carrier_id" else "carrier"] = names[carrier_id]
    detail.pop("carrier_id", None)
    written_at = detail.pop("written_at", 0)
    if isinstance(written_at, int) and written_at:
        where: Detail = {
            key: detail[key] for key in ("segment", "copy", "carrier", "link", "sequence_number") if key in detail
        }
        yield Step(written_at, "submitted", where)
        detail["waited_ms"] = max(0, event.at - written_at)
    yield Step(event.at, str(event.kind), detail)


def _end(view: MessageView) -> Iterator[Step]:
    kind = _ENDS.get(view.cause)
    if kind is None or view.state in (State.QUEUED, State.SUBMITTING):
        return
    detail: Detail = {"cause": _word(view.cause)}
    if view.error:
        detail["error"] = view.error
    yield Step(view.changed_at, kind, detail)


def _notification(notification: NotificationView, attempts: Sequence[AttemptView]) -> Iterator[Step]:
    status = f"{notification.status_code:03}"
    yield Step(notification.changed_at, "callback owed", {"status": status})
    for attempt in attempts:
        detail: Detail = {
            "status": status,
            "attempt": attempt.attempt_no,
            "http_status": attempt.status,
            "elapsed_ms": attempt.elapsed_ms,
        }
        if attempt.error:
            detail["error"] = attempt.error
        is_last = attempt is attempts[-1]
        if is_last and notification.due_at is not None:
            detail["next_at"] = notification.due_at
        elif is_last and notification.state is NotificationState.DEAD:
            detail["outcome"] = "exhausted"
        yield Step(attempt.at, "callback", detail)


def _with_late_receipts(steps: Sequence[Step]) -> list[Step]:
    """Mark the receipts that came after our own clock had given the message up."""
    marked: list[Step] = []
    is_ended = False
    for step in steps:
        given_up = step.kind == EventKind.ENDED or step.detail.get("outcome") == "given up"
        is_ended = is_ended or given_up
        if is_ended and step.kind == EventKind.RECEIPT and "effect" not in step.detail:
            step = step._replace(detail={**step.detail, "effect": "late"})
        marked.append(step)
    return marked


def _carrier(carrier_id: int | str, names: Mapping[int, str]) -> Detail:
    name = names.get(carrier_id) if isinstance(carrier_id, int) else carrier_id
    return {"carrier": str(carrier_id) if name is None else name}


def _word(cause: Cause) -> str:
    return cause.name.lower()
