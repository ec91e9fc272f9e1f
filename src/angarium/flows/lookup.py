"""Leg 5, ask: status and charge of a message, coverage of a number, balance of an account. Reads only."""

from __future__ import annotations

from typing import NamedTuple

from angarium.core import charge, status_codes
from angarium.core.account import Caller
from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.core.numbers import BadNumber, parse_recipient
from angarium.core.refusals import Reason, Refusal
from angarium.flows.protection import Judge
from angarium.flows.tables import Tables
from angarium.ports.store import MessageView, Store


class MessageStatus(NamedTuple):
    """Where one message stands, as its customer sees it."""

    message_id: int
    status_code: int
    """The API's status number (rest-api 7), 4 for "004"."""
    charge: Credits
    client_message_id: str | None


class Coverage(NamedTuple):
    """Whether a number is served, and what one segment to it costs at the least."""

    routable: bool
    destination: str
    """The number as normalised, or as written when it is none."""
    charge: Credits
    """0 when it is not routable."""


def status_of(view: MessageView, *, now: UnixMs) -> MessageStatus:
    """Status and charge of a stored message (rest-api 2.6): the whole price while open, what was spent when final."""
    return MessageStatus(
        message_id=view.message_id,
        status_code=status_codes.status_code(view.state, view.cause, due_at=view.due_at, now=now),
        charge=charge.charge(rate=view.rate, segments=view.segments, sent_mask=view.sent_mask, state=view.state),
        client_message_id=view.client_message_id,
    )


async def status(message_id: int | None, *, caller: Caller, store: Store, now: UnixMs) -> MessageStatus:
    """Where a message stands. Raises Refusal when the caller's account has none of this id (rest-api 2.6)."""
    view = None if message_id is None else await store.message(message_id)
    return status_of(own(view, caller), now=now)


async def newest_status(client_message_id: str, *, caller: Caller, store: Store, now: UnixMs) -> MessageStatus:
    """Where the newest message with this client message id stands. Raises Refusal when the account has none."""
    view = await store.newest_message(caller.account.account_id, client_message_id)
    if view is None:
        raise Refusal(Reason.UNKNOWN_CLIENT_MESSAGE)
    return status_of(view, now=now)


def own(view: MessageView | None, caller: Caller) -> MessageView:
    """The message, if it is this account's. Another account's is refused in the same words as one that never was."""
    if view is None or view.account_id != caller.account.account_id:
        raise Refusal(Reason.UNKNOWN_MESSAGE)
    return view


def existing(view: MessageView | None) -> MessageView:
    """The message, whoever's it is: for an operator."""
    if view is None:
        raise Refusal(Reason.UNKNOWN_MESSAGE)
    return view


def coverage(written: str, *, caller: Caller, tables: Tables, judge: Judge | None = None) -> Coverage:
    """Whether a number is served, and its lowest rate over all usable routes.

    Never refuses: what is no number is not routable (rest-api 2.8). `judge` says what the account may not write to:
    that is not routable for it.
    """
    try:
        recipient = parse_recipient(written, country_prefix=caller.connection.settings.country_prefix)
    except BadNumber:
        return Coverage(routable=False, destination=written, charge=0)
    sender = caller.connection.settings.sender
    routes = tables.routing.routes(recipient, account_id=caller.account.account_id, sender=sender)
    if not routes or (judge is not None and judge(recipient) is not None):
        return Coverage(routable=False, destination=str(recipient), charge=0)
    return Coverage(routable=True, destination=str(recipient), charge=min(route.rate for route in routes))


async def free_credit(*, caller: Caller, store: Store) -> Credits:
    """The balance: what the account can still spend, without what is reserved (rest-api 2.9)."""
    return (await store.balance(caller.account.account_id)).free
