"""The process at work, as far as operators' pages look at it and steer it: filled in by whoever joins the product."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from angarium.core.countries import Countries


class Check(Protocol):
    """One part of the service, and whether it is as it should be."""

    @property
    def name(self) -> str: ...

    @property
    def why(self) -> str: ...

    @property
    def detail(self) -> str: ...


class SettingRow(Protocol):
    """One setting of a carrier."""

    @property
    def name(self) -> str: ...

    @property
    def type(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def sentence(self) -> str: ...

    @property
    def secret(self) -> bool: ...


class Step(Protocol):
    """One step of a trial."""

    @property
    def is_good(self) -> bool: ...

    @property
    def sentence(self) -> str: ...


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
    rebind: Callable[[int], bool]
    watch: Callable[[int], AbstractContextManager[Callable[[], Sequence[object]]]]
    """Watch a carrier's PDUs, while the context is open; gives what tells the last ones."""
    countries: Callable[[], Countries]
    """Loaded once, when first asked for."""
