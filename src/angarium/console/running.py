"""The process at work, as far as operators' pages look at it and steer it: filled in by whoever joins the product."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from angarium.core.countries import Countries
from angarium.core.features import Needs


class Check(Protocol):
    """One part of the service, and whether it is as it should be."""

    @property
    def name(self) -> str: ...

    @property
    def why(self) -> str: ...

    @property
    def detail(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What there is of it."""

    checks: Callable[[], Awaitable[Sequence[Check]]]
    """The health of store, disk, clock, loop and carriers."""
    countries: Callable[[], Countries]
    """Loaded once, when first asked for."""
    features_of: Callable[[Mapping[str, object]], Needs]
    """What a carrier of these settings has."""
