"""Carriers, and how their links stand."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, UnsetType

from angarium.flows import carriers as flow
from angarium.flows.desk import SECRETS
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Operation, Table
from angarium.operator_api.problems import Code, Trouble
from angarium.operator_api.values import (
    Body,
    Id,
    Name,
    NoBody,
    NoParameters,
    NoReply,
    Page,
    Paged,
    Parameters,
    Reply,
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


async def list_carriers(call: Call[Paged, NoBody]) -> Page[Carrier]:
    """All of them, in the order of their numbers."""
    return call.parameters.page_of_all(await call.desk.store.carriers(), shown, key=lambda row: row.carrier_id)


async def add_carrier(call: Call[NoParameters, NewCarrier]) -> Carrier:
    """Enabled."""
    return shown(await flow.add_carrier(call.desk, call.body.name, call.body.settings))


async def show_carrier(call: Call[CarrierPath, NoBody]) -> Carrier:
    """One."""
    return shown(await flow.find_carrier(call.desk, call.parameters.carrier_id))


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


async def remove_carrier(call: Call[CarrierPath, NoBody]) -> NoReply:
    """One that no route leads to."""
    await flow.remove_carrier(call.desk, await flow.find_carrier(call.desk, call.parameters.carrier_id))
    return NoReply()


async def rebind_carrier(call: Call[CarrierPath, NoBody]) -> NoReply:
    """In good order."""
    carrier = await flow.find_carrier(call.desk, call.parameters.carrier_id)
    if not await flow.rebind(call.desk, carrier, call.surroundings.running.rebind):
        raise Trouble(Code.CONFLICT, f"the carrier {carrier.name} is not at work, so there is nothing to bind anew")
    return NoReply()


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
    Operation(
        name="list_carriers",
        method="GET",
        path="/v1/carriers",
        scope=Scope.CARRIERS_READ,
        summary="List the carriers",
        run=list_carriers,
        parameters=Paged,
        body=NoBody,
        reply=Page[Carrier],
    ),
    Operation(
        name="add_carrier",
        method="POST",
        path="/v1/carriers",
        scope=Scope.CARRIERS_WRITE,
        summary="Add a carrier, enabled",
        run=add_carrier,
        parameters=NoParameters,
        body=NewCarrier,
        reply=Carrier,
        status=201,
        problems=(Code.CONFLICT,),
    ),
    Operation(
        name="show_carrier",
        method="GET",
        path="/v1/carriers/{carrier_id}",
        scope=Scope.CARRIERS_READ,
        summary="Show a carrier, without its password",
        run=show_carrier,
        parameters=CarrierPath,
        body=NoBody,
        reply=Carrier,
    ),
    Operation(
        name="change_carrier",
        method="PATCH",
        path="/v1/carriers/{carrier_id}",
        scope=Scope.CARRIERS_WRITE,
        summary="Change settings of a carrier, enable or disable it",
        run=change_carrier,
        parameters=CarrierPath,
        body=CarrierChanges,
        reply=Carrier,
    ),
    Operation(
        name="remove_carrier",
        method="DELETE",
        path="/v1/carriers/{carrier_id}",
        scope=Scope.CARRIERS_WRITE,
        summary="Remove a carrier that no route leads to and no message waits for",
        run=remove_carrier,
        parameters=CarrierPath,
        body=NoBody,
        reply=NoReply,
        status=204,
        problems=(Code.CONFLICT,),
    ),
    Operation(
        name="rebind_carrier",
        method="POST",
        path="/v1/carriers/{carrier_id}/rebind",
        scope=Scope.CARRIERS_WRITE,
        summary="Let the links of a carrier end in good order, and bind anew",
        run=rebind_carrier,
        parameters=CarrierPath,
        body=NoBody,
        reply=NoReply,
        status=204,
        problems=(Code.CONFLICT,),
    ),
    Operation(
        name="list_carrier_settings",
        method="GET",
        path="/v1/carrier-settings",
        scope=Scope.CARRIERS_READ,
        summary="List every setting that a carrier can have",
        run=list_carrier_settings,
        parameters=NoParameters,
        body=NoBody,
        reply=CarrierSettingTable,
    ),
    Operation(
        name="list_links",
        method="GET",
        path="/v1/links",
        scope=Scope.CARRIERS_READ,
        summary="Show how each link to a carrier stands now",
        run=list_links,
        parameters=NoParameters,
        body=NoBody,
        reply=Links,
    ),
)
