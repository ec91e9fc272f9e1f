"""Looking through an account's messages: one search after the other, each of which is bounded, until a page is full.

There is no index by account. Where a search finds nothing, the tallies say when the account had a message before, so
that a quiet account does not wade through what everybody else has sent meanwhile.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Protocol

from angarium.core.message_ids import accepted_about, first_message_id
from angarium.core.tallies import BUCKET_MS
from angarium.ports.searches import Found, MessageQuery, Searches
from angarium.ports.store import MessageView
from angarium.ports.tallies import TallyReads

SEARCHES_MAX: Final = 4
"""Searches for one page: what they do not reach is for the next page."""


class Browsed(Searches, TallyReads, Protocol):
    """What is looked through."""


async def browse(
    query: MessageQuery, *, store: Browsed, rest: Callable[[], Awaitable[None]], searches_max: int = SEARCHES_MAX
) -> Found:
    """As many messages as the query asks for, if some searches find them; `rest` lets others work between two."""
    found: list[MessageView] = []
    for _ in range(searches_max):
        part = await store.search_messages(query._replace(limit=query.limit - len(found)))
        found += part.messages
        if part.next_before_id is None or len(found) == query.limit:
            return Found(found, part.next_before_id)
        query = after(query, part.next_before_id)
        if not part.messages:
            query = await _skip(query, store)
        await rest()
    return Found(found, query.first_id - 1 if query.oldest_first else query.before_id)


async def everything(
    query: MessageQuery, *, store: Browsed, rest: Callable[[], Awaitable[None]]
) -> AsyncIterator[list[MessageView]]:
    """All messages of a query, a page at a time."""
    at = query
    while True:
        part = await store.search_messages(at)
        yield part.messages
        if part.next_before_id is None:
            return
        at = after(at, part.next_before_id)
        if not part.messages:
            at = await _skip(at, store)
        await rest()


async def _skip(query: MessageQuery, store: Browsed) -> MessageQuery:
    """The same without the time in which the account had no message, as far as that is known."""
    before_id = query.before_id
    if query.oldest_first or query.account_id is None or before_id is None:
        return query
    now_at = accepted_about(before_id)
    counted_to = (await store.tally_marks()).counted_to
    if counted_to is None or now_at >= counted_to:
        return query
    bucket_at = await store.last_tally(query.account_id, before=now_at + 1)
    # Without any the account may still have messages from before anything was counted.
    if bucket_at is None:
        return query
    return query._replace(before_id=min(before_id, first_message_id(bucket_at + BUCKET_MS)))


def after(query: MessageQuery, message_id: int) -> MessageQuery:
    """The same, going on after this message."""
    if query.oldest_first:
        return query._replace(first_id=message_id + 1)
    return query._replace(before_id=message_id)
