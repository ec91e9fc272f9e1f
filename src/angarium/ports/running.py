"""The process at work, as far as operators look at it and steer it: filled in by whoever joins the product."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from angarium.core.account import CallbackTarget
from angarium.core.countries import Countries
from angarium.ports.notifier import Trial


class Check(Protocol):
    """One part of the service, and whether it is as it should be."""

    @property
    def name(self) -> str:
        """Which part."""
        ...

    @property
    def why(self) -> str:
        """Why it is not as it should be: a sentence; empty when it is."""
        ...

    @property
    def detail(self) -> str:
        """What was found, for people."""
        ...


class SettingRow(Protocol):
    """One setting of a carrier."""

    @property
    def name(self) -> str:
        """As it is given and stored."""
        ...

    @property
    def type(self) -> str:
        """What a value may be."""
        ...

    @property
    def unit(self) -> str:
        """What a number counts; empty for none."""
        ...

    @property
    def default(self) -> object:
        """What holds unless it is set."""
        ...

    @property
    def sentence(self) -> str:
        """What it does."""
        ...

    @property
    def secret(self) -> bool:
        """Whether it is written and never shown."""
        ...


class Step(Protocol):
    """One step of a trial."""

    @property
    def is_good(self) -> bool:
        """Whether it went well."""
        ...

    @property
    def sentence(self) -> str:
        """How it went."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What there is of it."""

    checks: Callable[[], Awaitable[Sequence[Check]]]
    """The health of store, disk, clock, loop and carriers."""
    setting_rows: Sequence[SettingRow]
    """The table of a carrier's settings."""
    settings_of: Callable[[Mapping[str, str]], tuple[dict[str, object], dict[str, str]]]
    """Settings from the fields of a form: values, and problems by name."""
    texts_of: Callable[[Mapping[str, object]], Mapping[str, object]]
    """Settings as the fields of a form have them."""
    try_bind: Callable[[Mapping[str, object]], Awaitable[Sequence[Step]]]
    """Bind with these settings, and unbind again: how that went."""
    try_target: Callable[[CallbackTarget, int], Awaitable[Trial]]
    """Call a URL of an API connection once, with something made up: how that went (rest-api 8.1)."""
    rebind: Callable[[int], bool]
    """Let a carrier's links end in good order and bind anew; False when it is not at work."""
    watch: Callable[[int], AbstractContextManager[Callable[[], Sequence[object]]]]
    """Watch a carrier's PDUs, while the context is open; gives what tells the last ones."""
    countries: Callable[[], Countries]
    """Loaded once, when first asked for."""
