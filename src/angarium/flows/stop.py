"""Stop a message before it leaves (rest-api 2.7).

The row decides who wins: a stop and a claim are both moves out of `queued`, and only one of them finds the message
there. One commit moves the message and gives its credit back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from angarium.core.account import Caller
from angarium.core.charge import ledger_move
from angarium.core.clocktime import UnixMs
from angarium.core.refusals import Reason, Refusal
from angarium.core.states import Cause, State, after
from angarium.flows.desk import Desk
from angarium.flows.lookup import MessageStatus, existing, own, status_of
from angarium.ports.audit import Act
from angarium.ports.queues import Waiting
from angarium.ports.store import MessageView, Move, Store, Tx


async def stop(
    message_id: int | None,
    *,
    caller: Caller | None,
    store: Store,
    now: UnixMs,
    count: Callable[[Counter[str]], None] | None = None,
    act: Act | None = None,
) -> MessageStatus:
    """Cancel a message that is still queued or scheduled here, and return where it stands then.

    One that has left, wholly or in part, or may have left (in doubt), or has ended, stays as it is: what is reported
    as cancelled is never sent. Raises Refusal when the caller's account has none of this id, and StoreUnavailable:
    then nothing has changed. `count` is told when this call has stopped the message.

    An operator is no caller: any message may be stopped then, and `act` goes into the audit log with it.
    """
    if message_id is None:
        raise Refusal(Reason.UNKNOWN_MESSAGE)

    async def work(tx: Tx) -> tuple[MessageView, bool]:
        found = (await tx.messages([message_id])).get(message_id)
        view = own(found, caller) if caller is not None else existing(found)
        if after(view.state, Cause.STOPPED) is not State.CANCELLED or not is_here(view):
            return view, False
        move = cancellation(view, now=now)
        if not await tx.move_messages([move]):
            return view, False
        await tx.move_credit(
            [
                ledger_move(
                    view.account_id,
                    rate=view.rate,
                    segments=view.segments,
                    sent_mask=view.sent_mask,
                    state=move.state,
                    sent_mask_before=view.sent_mask,
                )
            ]
        )
        if act is not None:
            await tx.record([act])
        return view._replace(state=move.state, cause=move.cause, changed_at=now), True

    view, is_stopped = await store.write(work)
    if is_stopped and count is not None:
        count(Counter((Cause.STOPPED.name,)))
    return status_of(view, now=now)


async def stop_by_desk(
    desk: Desk, message_id: int, public_id: str, *, count: Callable[[Counter[str]], None] | None = None
) -> MessageStatus:
    """The same in the name of whoever is at the desk, whosever message it is; in the audit log it is `public_id`."""
    act = desk.act("message.stop", "message", public_id, after={"cause": Cause.STOPPED.name.lower()})
    return await stop(message_id, caller=None, store=desk.store, now=desk.now, count=count, act=act)


def is_here(row: MessageView | Waiting) -> bool:
    """Whether no part of a queued message can be with a carrier."""
    return not row.sent_mask and not row.doubts


def cancellation(view: MessageView | Waiting, *, now: UnixMs) -> Move:
    """The move that stops a queued message."""
    return Move(
        message_id=view.message_id,
        before=State.QUEUED,
        state=State.CANCELLED,
        cause=Cause.STOPPED,
        due_at=view.due_at,
        sent_mask=view.sent_mask,
        attempts=view.attempts,
        doubts=view.doubts,
        doubtful_mask=view.doubtful_mask,
        error=view.error,
        changed_at=now,
    )
