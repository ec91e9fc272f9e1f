"""What this process has just accepted: its first claim need not read from the store what memory still holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from angarium.ports.store import Request

FRESH_MAX: Final = 4_096
"""Requests that wait here for their first claim; the oldest go first, and are read from the store instead."""


class FreshRequests:
    """Requests between acceptance and their first claim. Only a short cut: whatever is not here is in the store."""

    def __init__(self) -> None:
        self._requests: OrderedDict[int, Request] = OrderedDict()

    def put(self, requests: Iterable[Request]) -> None:
        """Take these, which are on disk."""
        self._requests.update((request.request_id, request) for request in requests)
        while len(self._requests) > FRESH_MAX:
            self._requests.popitem(last=False)

    def take(self, request_ids: Iterable[int]) -> list[Request]:
        """Those of these that are here. They are handed out once: who claims a message keeps its request."""
        return [request for each in request_ids if (request := self._requests.pop(each, None))]
