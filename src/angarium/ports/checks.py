"""What edges know of the values that an operator gives: which ones can be used, and how secrets are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Checks(Protocol):
    """Reads what an operator gave. Each raises ValueError with a sentence that says what to do."""

    def carrier_settings(self, values: Mapping[str, object], /) -> dict[str, object]:
        """A carrier's settings in their stored form: those that differ from their defaults."""
        ...

    def callback_url(self, text: str, /) -> str:
        """A URL that may be called, in its one normal form."""
        ...

    def signing_secret(self, text: str, /) -> str:
        """A signing secret for callbacks, or several with blanks between them, the newest first."""
        ...


class Mint(Protocol):
    """Makes secrets. What it returns is shown once and never logged."""

    def token(self) -> tuple[str, bytes, bytes]:
        """A token for an API connection, its digest, and its sealed form. Raises StoreUnavailable."""
        ...

    def operator_token(self) -> tuple[str, bytes]:
        """A token for an operator, and its digest."""
        ...

    def signing_secret(self) -> str:
        """A signing secret for callbacks."""
        ...

    def code(self, alphabet: str, characters: int) -> str:
        """A code for people to type, of so many characters of an alphabet."""
        ...

    def ticket(self) -> str:
        """What a link for one use ends in."""
        ...
