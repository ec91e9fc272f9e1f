"""Limits of accounts and API connections, as they are given and shown."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from angarium.core import limits as core
from angarium.flows import limiting as flow
from angarium.flows.limiting import MESSAGES_PER_DAY_MAX, RATE_MAX
from angarium.operator_api.credit import read_money
from angarium.operator_api.values import Body, Money, Reply, given, money


class LimitChanges(Body, frozen=True, kw_only=True):
    """What is to be changed about limits; what is left out stays, and 0 takes a limit away."""

    messages_per_s: Annotated[int, Meta(ge=0, le=RATE_MAX)] | UnsetType = UNSET
    messages_per_day: Annotated[int, Meta(ge=0, le=MESSAGES_PER_DAY_MAX)] | UnsetType = UNSET
    credits_per_day: Money | UnsetType = UNSET
    credits_per_month: Money | UnsetType = UNSET


class Limits(Reply, frozen=True, kw_only=True):
    """What may be sent; null: no limit. Days and months are those of UTC."""

    messages_per_s: int | None
    messages_per_day: int | None
    credits_per_day: Money | None
    credits_per_month: Money | None


def limit_changes(changes: LimitChanges | UnsetType) -> flow.LimitChanges:
    """What a body says of limits. Raises Mistaken."""
    if not isinstance(changes, LimitChanges):
        return flow.LimitChanges()
    said = given(changes)
    for name in ("credits_per_day", "credits_per_month"):
        if name in said:
            said[name] = read_money(said[name], field=f"limits.{name}")
    return flow.LimitChanges(**said)


def limits_of(limits: core.Limits | None) -> Limits:
    """Limits as they are shown."""
    limits = limits or core.Limits()
    return Limits(
        messages_per_s=limits.messages_per_s_max,
        messages_per_day=limits.messages_per_day_max,
        credits_per_day=None if limits.credits_per_day_max is None else money(limits.credits_per_day_max),
        credits_per_month=None if limits.credits_per_month_max is None else money(limits.credits_per_month_max),
    )
