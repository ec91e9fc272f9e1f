"""The operator's desk: what every change by command line, API or console goes through.

A change is made by one function of a family (accounts, carriers, money ...). It reads and judges what was given, makes
the change, and leaves a row in the audit log in the same transaction. Edges only spell what comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from angarium.core.clocktime import UnixMs
from angarium.core.numbers import MSISDN_DIGITS_MAX, is_sender, normal_sender
from angarium.ports.admin import OperatorStore
from angarium.ports.audit import Act
from angarium.ports.checks import Checks, Mint

NAME_CHARACTERS_MAX: Final = 100
HIDDEN: Final = "********"
"""What stands for a secret wherever it is shown or logged."""


class Mistaken(ValueError):
    """What an operator gave cannot be used; the message says what to do, `field` names what is meant."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One operator at work."""

    store: OperatorStore
    checks: Checks
    mint: Mint
    author: str
    """Who, as the audit log says it: `cli:NAME` or `token:NAME`."""
    now: UnixMs

    def by(
        self,
        action: str,
        kind: str,
        key: int | str | None = None,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> OperatorStore:
        """The store, where the next change leaves this row in the audit log. No secret may be in it."""
        return self.store.by(self.act(action, kind, key, before=before, after=after))

    def act(
        self,
        action: str,
        kind: str,
        key: int | str | None = None,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> Act:
        """A row for the audit log, for a transaction of the caller's own."""
        return Act(self.now, self.author, action, kind, key, before, after)


def read_name(text: str) -> str:
    """A name that an operator chose."""
    name = text.strip()
    if not name or len(name) > NAME_CHARACTERS_MAX or not name.isprintable() or "/" in name:
        raise Mistaken("name", f"A name has 1 to {NAME_CHARACTERS_MAX} printable characters and no slash.")
    return name


def read_sender(text: str, *, field: str) -> str:
    """A sender in its stored form."""
    if not is_sender(text):
        raise Mistaken(field, f"{text!r} cannot be a sender: up to 16 digits, or up to 11 letters, digits and spaces.")
    return normal_sender(text)


def read_prefix(text: str) -> str:
    """The first digits of numbers; empty for all."""
    digits = text.removeprefix("+")
    if digits and not (digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) <= MSISDN_DIGITS_MAX):
        raise Mistaken(
            "prefix", f"{text!r} is not a prefix: give 1 to 15 digits, country code first, or '' for all numbers."
        )
    return digits


def shown(settings: Any) -> dict[str, object]:
    """Settings as the audit log keeps them: secrets are hidden, whatever they are called."""
    return _hidden(asdict(settings))


def _hidden(values: Mapping[str, Any]) -> dict[str, object]:
    return {
        name: _hidden(value) if isinstance(value, dict) else HIDDEN if name in SECRETS and value else value
        for name, value in values.items()
    }


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """What differs between two states, each side of it."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )


SECRETS: Final = frozenset({"password", "signing_secret"})
"""Settings that are written and never read back."""
