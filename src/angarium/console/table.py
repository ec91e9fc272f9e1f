"""The table of pages: path, method, and who may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from angarium.console.visit import Visit


class Needs(Enum):
    """Who may see a page."""

    NOBODY = "nobody"
    """Whoever asks."""
    PERSON = "person"
    """Whoever has signed in."""
    VIEWER = "viewer"
    """A member of the account in the path, in any role."""
    DEVELOPER = "developer"
    OWNER = "owner"
    OPERATOR = "operator"
    """Who runs the service."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page, or one thing that a form does."""

    path: str
    """Below the console's base; `{account_id:int}` in it names the account whose member one must be."""
    run: Callable[[Visit], Awaitable[Response]]
    needs: Needs
    method: str = "GET"
    takes_file: bool = False
    """A file may come with its form, larger than other requests may be."""
