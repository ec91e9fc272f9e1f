"""Trials: a bind to a carrier, or a call of a customer's URL, to see whether it works. Nothing is kept of them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta, field

from angarium.core.account import CallbackTarget
from angarium.flows import accounts, carriers
from angarium.flows.desk import Mistaken
from angarium.flows.operators import Scope
from angarium.operator_api.carriers import Settings
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import Body, ConnectionPath, Id, NoBody, NoParameters, Reply


class BindTrial(Body, frozen=True, kw_only=True):
    """What to bind with: a carrier's own settings, others, or its own with some replaced."""

    carrier_id: Annotated[Id | None, Meta(description="Begin with the settings of this one, its password too.")] = None
    settings: Settings = field(default_factory=dict)


class BindStep(Reply, frozen=True, kw_only=True):
    """One step of a bind."""

    is_good: bool
    sentence: str


class BindTried(Reply, frozen=True, kw_only=True):
    """How a bind went: connect, bind, unbind. No message went over it."""

    is_good: bool
    steps: list[BindStep]
    """As far as it went; a step that failed is the last."""


class TargetTried(Reply, frozen=True, kw_only=True):
    """How a call of a customer's URL went; the message in it was made up (rest-api 8.1)."""

    is_good: bool
    sent: str
    """The request as it went out, the password hidden; empty when nothing was sent."""
    status: int
    """The HTTP status of the answer; 0 when none came."""
    head: list[str]
    """The header lines of the answer."""
    answer: str
    """Its first octets."""
    error: str
    elapsed_ms: int


@operation(
    "POST",
    "/v1/bind-trials",
    Scope.CARRIERS_WRITE,
    "Try a bind with these settings, and unbind; no message goes over it",
    problems=(Code.UNKNOWN,),
    calls_out=True,
)
async def try_bind(call: Call[NoParameters, BindTrial]) -> BindTried:
    """Then unbind."""
    body, desk = call.body, call.desk
    carrier = None if body.carrier_id is None else await carriers.find_carrier(desk, body.carrier_id)
    settings = {**({} if carrier is None else carrier.settings), **body.settings}
    steps = await carriers.try_bind(desk, carrier, settings, call.surroundings.running.try_bind)
    return BindTried(
        is_good=all(step.is_good for step in steps),
        steps=[BindStep(is_good=step.is_good, sentence=step.sentence) for step in steps],
    )


@operation(
    "POST",
    "/v1/connections/{connection_id}/callback/try",
    Scope.ACCOUNTS_WRITE,
    "Call an API connection's callback URL once, with a made-up status",
    calls_out=True,
)
async def try_callback(call: Call[ConnectionPath, NoBody]) -> TargetTried:
    """With status 004 of a message that never was."""
    connection = await accounts.find_connection(call.desk, call.parameters.connection_id)
    return await _tried(call, connection.settings.callback, missing="callback URL")


@operation(
    "POST",
    "/v1/connections/{connection_id}/reply/try",
    Scope.ACCOUNTS_WRITE,
    "Call an API connection's reply URL once, with a made-up message from a handset",
    calls_out=True,
)
async def try_reply(call: Call[ConnectionPath, NoBody]) -> TargetTried:
    """With a message that no handset has sent."""
    connection = await accounts.find_connection(call.desk, call.parameters.connection_id)
    return await _tried(call, connection.settings.reply, missing="reply URL")


async def _tried(call: Call[ConnectionPath, Any], target: CallbackTarget | None, *, missing: str) -> TargetTried:
    if target is None:
        raise Mistaken("", f"This API connection has no {missing}.")
    trial = await call.surroundings.running.try_target(target, call.parameters.connection_id)
    return TargetTried(
        is_good=trial.ok,
        sent=trial.sent.decode("utf-8", "replace"),
        status=trial.status,
        head=[f"{name}: {value}" for name, value in trial.head],
        answer=trial.answer.decode("utf-8", "replace"),
        error=trial.error,
        elapsed_ms=trial.elapsed_ms,
    )


OPERATIONS: Final[Table] = (
    try_bind,
    try_callback,
    try_reply,
)
