"""The neutral shapes that both spellings share: what a body says, and what an answer holds.

A request is read into `Fields`: parameter names as the customer wrote them, with values that nobody has judged yet. An
answer is `Members`: names and values in the order in which the published documentation shows them. `json_form` and
`xml_form` spell these, and nothing else, so the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from angarium.core.credit import CREDIT, Credits, format_credits
from angarium.core.message import Refused, Result
from angarium.flows.lookup import Coverage, MessageStatus
from angarium.rest.codes import STATUS_DESCRIPTIONS, Spelling, spelling

Fields = dict[str, Any]
"""Parameters by name. Values are strings, numbers, booleans, None, or what else a body may hold; `to` may be a list."""

DEPTH_MAX = 32
"""How deep a body may nest, in either form."""


class Malformed(ValueError):
    """The body does not parse as the format that its Content-Type names."""


class Amount(NamedTuple):
    """Credits that are shown as a number, exactly: 1, 0.8, 0.000001."""

    credits: Credits

    def __str__(self) -> str:
        if self.credits % CREDIT == 0:
            return str(self.credits // CREDIT)
        return format_credits(self.credits, 6).rstrip("0")


Value = str | bool | Amount
Members = Sequence[tuple[str, "Value | Members"]]
"""Names and values in the order shown."""


class Form(Protocol):
    """One spelling. Every writer returns a whole body."""

    content_type: bytes

    def read(self, body: bytes, *, charset: str) -> Fields:
        """What a body says; raises Malformed. `charset` is that of the Content-Type, empty when it names none."""
        ...

    def write_data(self, members: Members) -> bytes:
        """A success (rest-api 2.1)."""
        ...

    def write_error(self, members: Members) -> bytes:
        """The failure of a whole call (rest-api 2.1)."""
        ...

    def write_messages(self, results: Sequence[Result], public_ids: Sequence[str], base: str) -> bytes:
        """The entries of a send (rest-api 2.3, 2.4). `public_ids` is parallel to the results, empty where refused."""
        ...


def error_members(said: Spelling, base: str) -> Members:
    """An error (rest-api 5). `base` is what documentation links begin with."""
    return (
        ("code", said.code),
        ("description", said.description),
        ("documentation", f"{base}/{said.code}.htm"),
    )


def refused_members(refused: Refused, base: str) -> Members:
    """The entry of a refused recipient (rest-api 2.4)."""
    return (
        ("accepted", False),
        ("to", refused.recipient),
        ("apiMessageId", ""),
        ("error", error_members(spelling(refused.refusal), base)),
    )


def status_members(status: MessageStatus, public_id: str) -> Members:
    """The answer to a status query (rest-api 2.6)."""
    members: list[tuple[str, Value | Members]] = [
        ("charge", Amount(status.charge)),
        ("messageStatus", f"{status.status_code:03}"),
        ("description", STATUS_DESCRIPTIONS[status.status_code]),
        ("apiMessageId", public_id),
    ]
    if status.client_message_id:
        members.append(("clientMessageId", status.client_message_id))
    return members


def stopped_members(status: MessageStatus, public_id: str) -> Members:
    """The answer to a stop (rest-api 2.7)."""
    return (
        ("messageStatus", f"{status.status_code:03}"),
        ("description", STATUS_DESCRIPTIONS[status.status_code]),
        ("apiMessageId", public_id),
    )


def coverage_members(coverage: Coverage) -> Members:
    """The answer to a coverage query, and no other members (rest-api 2.8)."""
    return (
        ("routable", coverage.routable),
        ("destination", coverage.destination),
        ("minimumCharge", Amount(coverage.charge)),
    )


def balance_members(free: Credits) -> Members:
    """The answer to a balance query: a string with two decimals (rest-api 2.9)."""
    return (("balance", format_credits(free)),)
