"""Carriers, and how their links stand."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, UnsetType

from angarium.flows import carriers as flow
from angarium.flows.desk import SECRETS
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code, Trouble
from angarium.operator_api.values import (
    Body,
    Id,
    Moment,
    Name,
    NoBody,
    NoParameters,
    NoReply,
    Page,
    Paged,
    Parameters,
    Reply,
    moment,
)
from angarium.ports.store import CarrierRow

Settings = Annotated[
    dict[str, Any],
    Meta(description="Settings by name, those of `GET /v1/carrier-settings`; the password is written, never read."),
]


class Carrier(Reply, frozen=True, kw_only=True):
    """An SMSC that we bind to."""

    carrier_id: Id
    name: str
    enabled: bool
    """A disabled one is unbound; its messages wait."""
    settings: dict[str, Any]
    """Those that differ from their defaults, without secrets."""
    secrets: list[str]
    """The secret settings that it has."""


class NewCarrier(Body, frozen=True, kw_only=True):
    """A carrier to be added, enabled. It gets messages when a route leads to it."""

    name: Name
    settings: Settings


class CarrierChanges(Body, frozen=True, kw_only=True):
    """What is to be changed; what is left out stays. A running server binds anew where it must."""

    settings: Settings | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Link(Reply, frozen=True, kw_only=True):
    """One SMPP connection to a carrier, as it stands now."""

    carrier: str
    """The carrier's name."""
    link: str
    state: str
    """`bound` when it can carry messages."""
    window: int
    window_used: int
    throttled: bool
    rtt_s: float | None
    """How long the carrier takes to answer."""
    last_error: str
    since: Moment | None
    """When it came into its state."""
    answers_per_s: float
    """A mean of the last moments."""
    answered: int
    """Submissions that were answered, or given up without an answer, since the carrier was set to work."""
    errors: dict[str, int]
    """Those of them that were not simply taken, by what was answered."""
    answered_lately: int
    """Those of the last five minutes."""
    errors_lately: dict[str, int]


class Links(Reply, frozen=True, kw_only=True):
    """All links of this process."""

    data: list[Link]


class CarrierSetting(Reply, frozen=True, kw_only=True):
    """One setting of a carrier."""

    name: str
    type: str
    """What a value may be."""
    unit: str
    default: Any
    sentence: str
    """What it does."""
    secret: bool
    """It is written and never shown."""


class CarrierSettingTable(Reply, frozen=True, kw_only=True):
    """Every setting that a carrier can have."""

    data: list[CarrierSetting]


class CarrierPath(Parameters, frozen=True, kw_only=True):
    """One carrier."""

    carrier_id: Id


@operation("GET", "/v1/carriers", Scope.CARRIERS_READ, "List the carriers")
async def list_carriers(call: Call[Paged, NoBody]) -> Page[Carrier]:
    """All of them, in the order of their numbers."""
    return call.parameters.page_of_all(await call.desk.store.carriers(), shown, key=lambda row: row.carrier_id)


@operation(
    "POST", "/v1/carriers", Scope.CARRIERS_WRITE, "Add a carrier, enabled", status=201, problems=(Code.CONFLICT,)
)
async def add_carrier(call: Call[NoParameters, NewCarrier]) -> Carrier:
    """Enabled."""
    return shown(await flow.add_carrier(call.desk, call.body.name, call.body.settings))


@operation("GET", "/v1/carriers/{carrier_id}", Scope.CARRIERS_READ, "Show a carrier, without its password")
async def show_carrier(call: Call[CarrierPath, NoBody]) -> Carrier:
    """One."""
    return shown(await flow.find_carrier(call.desk, call.parameters.carrier_id))


@operation(
    "PATCH", "/v1/carriers/{carrier_id}", Scope.CARRIERS_WRITE, "Change settings of a carrier, enable or disable it"
)
async def change_carrier(call: Call[CarrierPath, CarrierChanges]) -> Carrier:
    """Its settings, and whether it is enabled."""
    carrier = await flow.find_carrier(call.desk, call.parameters.carrier_id)
    body = call.body
    changed = await flow.change_carrier(
        call.desk,
        carrier,
        settings=None if body.settings is UNSET else body.settings,
        enabled=None if body.enabled is UNSET else body.enabled,
    )
    return shown(changed)


@operation(
    "DELETE",
    "/v1/carriers/{carrier_id}",
    Scope.CARRIERS_WRITE,
    "Remove a carrier that no route leads to and no message waits for",
    status=204,
    problems=(Code.CONFLICT,),
)
async def remove_carrier(call: Call[CarrierPath, NoBody]) -> NoReply:
    """One that no route leads to."""
    await flow.remove_carrier(call.desk, await flow.find_carrier(call.desk, call.parameters.carrier_id))
    return NoReply()


@operation(
    "POST",
    "/v1/carriers/{carrier_id}/rebind",
    Scope.CARRIERS_WRITE,
    "Let the links of a carrier end in good order, and bind anew",
    status=204,
    problems=(Code.CONFLICT,),
)
async def rebind_carrier(call: Call[CarrierPath, NoBody]) -> NoReply:
    """In good order."""
    carrier = await flow.find_carrier(call.desk, call.parameters.carrier_id)
    if not await flow.rebind(call.desk, carrier, call.surroundings.running.rebind):
        raise Trouble(Code.CONFLICT, f"the carrier {carrier.name} is not at work, so there is nothing to bind anew")
    return NoReply()


@operation("GET", "/v1/carrier-settings", Scope.CARRIERS_READ, "List every setting that a carrier can have")
async def list_carrier_settings(call: Call[NoParameters, NoBody]) -> CarrierSettingTable:
    """As they are documented."""
    return CarrierSettingTable(
        data=[
            CarrierSetting(
                name=row.name,
                type=row.type,
                unit=row.unit,
                default=_plain(row.default),
                sentence=row.sentence,
                secret=row.secret,
            )
            for row in call.surroundings.running.setting_rows
        ]
    )


def _plain(value: object) -> object:
    """A default as JSON holds it: meanings of statuses as they are given."""
    if isinstance(value, tuple):
        return {f"{status:#x}": str(meaning) for status, meaning in value}
    return str(value) if isinstance(value, str) else value


@operation("GET", "/v1/links", Scope.CARRIERS_READ, "Show how each link to a carrier stands now")
async def list_links(call: Call[NoParameters, NoBody]) -> Links:
    """As they stand."""
    return Links(
        data=[
            Link(
                carrier=carrier,
                link=status.name,
                state=status.state.value,
                window=status.window,
                window_used=status.window_used,
                throttled=status.throttled,
                rtt_s=status.rtt_s,
                last_error=status.last_error,
                since=moment(status.since_at),
                answers_per_s=round(status.per_s, 3),
                answered=status.answered,
                errors=dict(status.errors),
                answered_lately=status.lately,
                errors_lately=dict(status.errors_lately),
            )
            for carrier, status in call.surroundings.links()
        ]
    )


def shown(carrier: CarrierRow) -> Carrier:
    """A carrier as it may be shown."""
    return Carrier(
        carrier_id=carrier.carrier_id,
        name=carrier.name,
        enabled=carrier.enabled,
        settings={name: value for name, value in carrier.settings.items() if name not in SECRETS},
        secrets=[name for name, value in carrier.settings.items() if name in SECRETS and value],
    )


OPERATIONS: Final[Table] = (
    list_carriers,
    add_carrier,
    show_carrier,
    change_carrier,
    remove_carrier,
    rebind_carrier,
    list_carrier_settings,
    list_links,
)
