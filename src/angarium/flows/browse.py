"""Looking through an account's messages: one search after the other, each of which is bounded, until a page is full."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from angarium.ports.searches import Found, MessageQuery, Searches
from angarium.ports.store import MessageView

SEARCHES_MAX: Final = 4
"""Searches for one page: what they do not reach is for the next page."""


async def browse(
    query: MessageQuery, *, store: Searches, rest: Callable[[], Awaitable[None]], searches_max: int = SEARCHES_MAX
) -> Found:
    """As many messages as the query asks for, if some searches find them; `rest` lets others work between two."""
    found: list[MessageView] = []
    for _ in range(searches_max):
        part = await store.search_messages(query._replace(limit=query.limit - len(found)))
        found += part.messages
        if part.next_before_id is None or len(found) == query.limit:
            return Found(found, part.next_before_id)
        query = after(query, part.next_before_id)
        await rest()
    return Found(found, query.first_id - 1 if query.oldest_first else query.before_id)


async def everything(
    query: MessageQuery, *, store: Searches, rest: Callable[[], Awaitable[None]]
) -> AsyncIterator[list[MessageView]]:
    """All messages of a query, a page at a time."""
    at: MessageQuery | None = query
    while at is not None:
        part = await store.search_messages(at)
        yield part.messages
        at = None if part.next_before_id is None else after(at, part.next_before_id)
        await rest()


def after(query: MessageQuery, message_id: int) -> MessageQuery:
    """The same, going on after this message."""
    if query.oldest_first:
        return query._replace(first_id=message_id + 1)
    return query._replace(before_id=message_id)
