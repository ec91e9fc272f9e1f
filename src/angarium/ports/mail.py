"""Letters by electronic mail. Without a mail server there is no such port, and whoever would write hands links over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol


class Letter(NamedTuple):
    """One letter to one reader, in plain text."""

    to: str
    subject: str
    text: str


class NotSent(Exception):
    """The mail server did not take a letter. The message is a sentence for whoever asked for it."""


class Mail(Protocol):
    """Sends letters."""

    async def send(self, letter: Letter) -> None:
        """Hand one letter to the mail server; returns once it has taken it. Raises NotSent."""
        ...

    def post(self, write: Callable[[], Awaitable[Sequence[Letter]]]) -> None:
        """Write letters and send them, behind the caller's back: how long that takes tells nobody anything.

        What cannot be sent is logged. Beyond what may wait at once, it is dropped and logged.
        """
        ...
