"""What one operation is: a row of the table from which everything else follows."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, get_args, get_type_hints

from angarium.core.public_ids import PublicIds
from angarium.flows.desk import Desk
from angarium.flows.operators import Scope
from angarium.flows.protection import Protection
from angarium.flows.tables import Tables
from angarium.operator_api.problems import Code
from angarium.operator_api.values import Body, NoBody, Parameters, Reply
from angarium.ports.carrier import LinkStatus
from angarium.ports.running import Running

P = TypeVar("P", bound=Parameters)
B = TypeVar("B", bound=Body)
R = TypeVar("R", bound=Reply)

_PLACE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the running service lends to operations, beside the store."""

    public_ids: PublicIds
    tables: Tables
    """What an operator set. These are for operations alone: each refreshes them before it looks."""
    links: Callable[[], Sequence[tuple[str, LinkStatus]]]
    """How each link stands, with its carrier's name."""
    running: Running
    ring: Callable[[str], None]
    """Wakes whoever waits for a topic."""
    wait: Callable[[float], Awaitable[None]]
    """Lets so many seconds pass, or less when something has happened; 0 lets others work."""
    console_address: Callable[[], str]
    """Where people reach the console: its links begin so."""
    moved: Callable[[Any], None]
    """Told how many messages were moved, by cause."""
    protection: Protection
    """By whose rules the door judges."""


@dataclass(frozen=True, slots=True)
class Call(Generic[P, B]):
    """One request on its way through an operation."""

    desk: Desk
    parameters: P
    body: B
    surroundings: Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[P, B, R]):
    """One row of the table."""

    name: str
    """Unique; a verb and its thing, such as `create_account`."""
    method: str
    path: str
    """A template, such as `/v1/accounts/{account_id}`; its places are parameters too."""
    scope: Scope
    summary: str
    run: Callable[[Call[P, B]], Awaitable[R]]
    parameters: type[P]
    body: type[B]
    reply: type[R]
    status: int = 200
    problems: tuple[Code, ...] = ()
    """Those that are its own; `all_problems` has the usual ones too."""
    description: str = ""
    only_asks: bool = False
    """A POST that changes nothing: what it asks does not fit a query."""
    streams: tuple[str, ...] = ()
    """The content types of a `Streamed` reply."""
    calls_out: bool = False
    """It waits for somebody else on the network, so no change waits for it."""

    @property
    def tag(self) -> str:
        """The thing it is about, for grouping: the first word of its path."""
        return self.path.split("/")[2].replace("_", " ")

    @property
    def places(self) -> tuple[str, ...]:
        """The parameters that stand in the path."""
        return tuple(_PLACE.findall(self.path))

    @property
    def has_body(self) -> bool:
        """Whether a body is read."""
        return self.body is not NoBody

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return self.method != "GET" and not self.only_asks

    @property
    def all_problems(self) -> tuple[Code, ...]:
        """Every problem it may answer, by status."""
        usual = {Code.MALFORMED, Code.UNAUTHENTICATED, Code.FORBIDDEN, Code.UNAVAILABLE, *self.problems}
        # A query parameter that nobody knows is refused, so there is always something that may be wrong.
        usual |= {Code.INVALID}
        if self.places:
            usual |= {Code.UNKNOWN}
        if self.has_body:
            usual |= {Code.TOO_LARGE, Code.MEDIA_TYPE}
        if self.changes:
            usual |= {Code.TOO_MANY}
        return tuple(code for code in Code if code in usual)

    def pattern(self) -> re.Pattern[str]:
        """What paths of this operation look like."""
        parts = _PLACE.split(self.path)
        return re.compile("".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)))


Table = Sequence[Operation[Any, Any, Any]]


def operation(
    method: str,
    path: str,
    scope: Scope,
    summary: str,
    *,
    status: int = 200,
    problems: tuple[Code, ...] = (),
    description: str = "",
    only_asks: bool = False,
    streams: tuple[str, ...] = (),
    calls_out: bool = False,
) -> Callable[[Callable[[Call[P, B]], Awaitable[R]]], Operation[P, B, R]]:
    """Make a function a row of the table: it gives its name, and its signature says what is asked and answered."""

    def row(run: Callable[[Call[P, B]], Awaitable[R]]) -> Operation[P, B, R]:
        hints = get_type_hints(run)
        reply = hints.pop("return")
        parameters, body = get_args(*hints.values())
        return Operation(
            name=run.__name__,
            method=method,
            path=path,
            scope=scope,
            summary=summary,
            run=run,
            parameters=parameters,
            body=body,
            reply=reply,
            status=status,
            problems=problems,
            description=description,
            only_asks=only_asks,
            streams=streams,
            calls_out=calls_out,
        )

    return row


class Router:
    """From a path to the operations on it: one look for a fixed path, few for one with places in it."""

    def __init__(self, table: Table) -> None:
        self._fixed: dict[str, dict[str, Operation[Any, Any, Any]]] = {}
        self._patterns: dict[str, tuple[re.Pattern[str], dict[str, Operation[Any, Any, Any]]]] = {}
        for operation in table:
            if operation.places:
                _, methods = self._patterns.setdefault(operation.path, (operation.pattern(), {}))
            else:
                methods = self._fixed.setdefault(operation.path, {})
            assert operation.method not in methods, f"two operations are {operation.method} {operation.path}"
            methods[operation.method] = operation

    def find(self, path: str) -> tuple[Mapping[str, Operation[Any, Any, Any]], Mapping[str, str]]:
        """The operations of a path by method, and what its places hold; no operations when nothing is there."""
        found = self._fixed.get(path)
        if found is not None:
            return found, {}
        for pattern, methods in self._patterns.values():
            match = pattern.fullmatch(path)
            if match is not None:
                return methods, match.groupdict()
        return {}, {}
