"""Messages in doubt, in the hands of an operator: seen, and when one is parked, tried again or given up (delivery 2).

One that took a link down twice is parked: nothing sends it by itself any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from angarium.core.charge import ChargeChange, ledger_moves
from angarium.core.settlement import at_end_of_validity
from angarium.core.states import Cause, State
from angarium.flows.desk import Desk, Mistaken
from angarium.flows.events import decision
from angarium.flows.owing import owed
from angarium.flows.tables import Tables
from angarium.ports.admin import OperatorStore
from angarium.ports.bell import NOTIFICATIONS, carrier_topic
from angarium.ports.overview import Doubt
from angarium.ports.store import MessageView, Move, NotFound, Tx
from angarium.ports.timeline import Event, EventKind


class Doubtful(NamedTuple):
    """A message that was in doubt: the newest doubt of those looked at, and how the message stands now."""

    doubt: Doubt
    message: MessageView

    @property
    def is_parked(self) -> bool:
        """Whether it waits for an operator."""
        return is_parked(self.message)


class DoubtfulPage(NamedTuple):
    """Messages that were in doubt, the newest doubt first; one look is bounded, so it may find fewer than there are."""

    messages: list[Doubtful]
    next_before_id: int | None
    """Where to go on; None when everything has been looked at."""


async def look(store: OperatorStore, *, before_id: int | None, limit: int, only_parked: bool = False) -> DoubtfulPage:
    """What was in doubt, each message once, without those whose rows are gone."""
    found = await store.doubts(before_id=before_id, limit=limit)
    newest: dict[int, Doubt] = {}
    for doubt in found.doubts:
        newest.setdefault(doubt.message_id, doubt)
    views = [(doubt, await store.message(message_id)) for message_id, doubt in newest.items()]
    messages = [Doubtful(doubt, view) for doubt, view in views if view is not None]
    return DoubtfulPage([each for each in messages if each.is_parked or not only_parked], found.next_before_id)


async def doubts_of(store: OperatorStore, message_id: int) -> list[Event]:
    """Each doubt about one message, and what was done about it, in order. Raises NotFound when there never was any."""
    found = [event for event in await store.events(message_id) if event.kind is EventKind.IN_DOUBT]
    if not found:
        raise NotFound("this message was never in doubt, as far as is known still")
    return found


def is_parked(view: MessageView) -> bool:
    """Whether a message waits for an operator."""
    return view.state is State.QUEUED and view.cause is Cause.PARKED


async def try_again(desk: Desk, message_id: int, *, ring: Callable[[str], None]) -> None:
    """Submit it once more, alone on a link. Raises NotFound, and Mistaken when it is not parked (any more)."""

    async def work(tx: Tx) -> MessageView:
        view = await _parked(tx, message_id)
        await tx.move_messages([_move(view, State.QUEUED, Cause.LINK_LOST_RESENT, view.sent_mask, now=desk.now)])
        await tx.record([desk.act("message.try_again", "message", message_id)])
        return view

    view = await desk.store.write(work)
    ring(carrier_topic(view.carrier_id))


async def give_up(desk: Desk, message_id: int, *, tables: Tables, ring: Callable[[str], None]) -> State:
    """End it now as the end of its validity would: what may have left is paid. Raises NotFound or Mistaken."""

    async def work(tx: Tx) -> tuple[State, bool]:
        view = await _parked(tx, message_id)
        state, cause, mask = at_end_of_validity(sent_mask=view.sent_mask, doubtful_mask=view.doubtful_mask)
        move = _move(view, state, cause, mask, now=desk.now)
        await tx.move_messages([move])
        event = decision(move, now=desk.now, reason="an operator gave it up")
        await tx.add_events([] if event is None else [event])
        change = ChargeChange(view.account_id, view.rate, view.segments, view.sent_mask, mask, state)
        await tx.move_credit(ledger_moves([change]))
        notification = owed(tables, view, view, state=state, cause=cause, sent_mask=mask, changed_at=desk.now)
        await tx.owe([] if notification is None else [notification])
        await tx.record([desk.act("message.give_up", "message", message_id, after={"state": state.name.lower()})])
        return state, notification is not None

    state, is_owed = await desk.store.write(work)
    if is_owed:
        ring(NOTIFICATIONS)
    return state


async def _parked(tx: Tx, message_id: int) -> MessageView:
    view = (await tx.messages([message_id])).get(message_id)
    if view is None:
        raise NotFound(f"there is no message {message_id}")
    if not is_parked(view):
        raise Mistaken("", "This message is not parked any more: nothing was changed.")
    return view


def _move(view: MessageView, state: State, cause: Cause, sent_mask: int, *, now: int) -> Move:
    doubtful_mask = view.doubtful_mask & ~sent_mask
    return Move(
        view.message_id,
        State.QUEUED,
        state,
        cause,
        now,
        sent_mask,
        view.attempts,
        view.doubts,
        doubtful_mask,
        view.error,
        now,
    )
