"""Which of the parts that speak HTTP answers a request, on the public listeners and on the operator's own."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from angarium.console.app import ConsoleApp
from angarium.httpd import Head, Request, Response
from angarium.observe.health import Health
from angarium.operator_api.app import BASE, OperatorApp
from angarium.rest.app import RestApp

REST: Final = "/rest/"
CONSOLE: Final = "/console/"

Answer = Response | Awaitable[Response]


class Doors:
    """Public: the REST API, its error pages, health, document; console and the operator's API unless they are apart."""

    def __init__(
        self,
        rest: RestApp,
        operator: OperatorApp,
        console: ConsoleApp,
        health: Health,
        *,
        is_apart: bool,
        is_console_apart: bool = False,
    ) -> None:
        """`is_apart`: the operator's API has listeners of its own, so that the public ones must not know it.

        `is_console_apart` says the same of the console.
        """
        self._rest = rest
        self._operator = operator
        self._console = console
        self._health = health
        self._is_apart = is_apart
        self._is_console_apart = is_console_apart

    def public(self, request: Request) -> Answer:
        """The answer of a public listener."""
        # First what nearly all requests are for.
        if request.path.startswith(REST):
            return self._rest.handle(request)
        operator = self._operator.pages if self._is_apart else self._operator.handle
        console = None if self._is_console_apart else self._console.handle(request)
        return console or self._health.handle(request) or operator(request) or self._rest.handle(request)

    def public_streams(self, head: Head) -> int:
        """Which bodies a public listener hands on while they come."""
        return 0 if self._is_console_apart or not head.path.startswith(CONSOLE) else self._console.streams(head)

    def public_error(self, status: int, request: Request | None) -> Response:
        """The answer of a public listener to an error that the server found itself."""
        if request is not None and request.path.startswith(BASE) and not self._is_apart:
            return self._operator.error_page(status, request)
        if request is not None and request.path.startswith(CONSOLE):
            return self._console.error_page(status, request)
        return self._rest.error_page(status, request)

    def pages(self, request: Request) -> Answer:
        """The answer of the console's own listener."""
        return self._console.handle(request) or self._health.handle(request) or self._rest.error_page(404, request)

    def private(self, request: Request) -> Answer:
        """The answer of the operator's own listener."""
        return self._health.handle(request) or self._operator.handle(request) or self._operator.error_page(404, request)
