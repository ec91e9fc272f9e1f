"""What found no message, what nobody understands, and what receipts suggest about ids: for an operator to decide."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from angarium.core.refusals import Reason, Refusal
from angarium.flows import carriers, orphans, quarantine, readings
from angarium.flows.operators import Scope
from angarium.operator_api.carriers import Carrier, CarrierPath, shown
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.queues import Orphan, orphan_of
from angarium.operator_api.values import (
    Body,
    Id,
    MessageId,
    Moment,
    NoBody,
    NoParameters,
    NoReply,
    Page,
    Paged,
    Parameters,
    Reply,
    certain_moment,
)
from angarium.ports.quarantine import Quarantined as QuarantinedRow
from angarium.ports.quarantine import Release
from angarium.ports.readings import Proposal as ProposalRow

SegmentNo = Annotated[int, Meta(ge=0, le=254, description="Which segment of the message; 0 is the first.")]


class OrphanPath(Parameters, frozen=True, kw_only=True):
    """One orphan."""

    orphan_id: Id


class Match(Body, frozen=True, kw_only=True):
    """Which message an orphan speaks of."""

    message_id: MessageId
    segment_no: SegmentNo = 0


class QuarantinePath(Parameters, frozen=True, kw_only=True):
    """One thing in quarantine."""

    quarantine_id: Id


class QuarantineOf(Paged, frozen=True, kw_only=True):
    """The quarantine, perhaps of one carrier."""

    carrier_id: Id | None = None


class Quarantined(Reply, frozen=True, kw_only=True):
    """Something that a carrier delivered and nobody understands."""

    quarantine_id: Id
    carrier_id: Id
    link: str
    reason: str
    sender: str
    recipient: str
    octets: str
    """The PDU in hex, or as much of it as was kept."""
    is_whole: bool
    """Only what was kept as a whole can be let out."""
    received_at: Moment
    release: Release | None
    """Set once it was let out, until the service has taken it up."""


class Releasing(Body, frozen=True, kw_only=True):
    """As what it is let out."""

    release: Release


class Proposal(Reply, frozen=True, kw_only=True):
    """What the receipts of a carrier suggest about its message ids."""

    carrier_id: Id
    id_in_response: str
    id_in_receipt: str
    """Values for the carrier's settings of these names."""
    pairs: int
    """How many receipts agreed, each with a segment to the same recipient."""
    response_example: str
    receipt_example: str
    proposed_at: Moment


class Proposals(Reply, frozen=True, kw_only=True):
    """All that wait for a decision."""

    data: list[Proposal]


@operation("GET", "/v1/orphans/{orphan_id}", Scope.MESSAGES_READ, "Show a receipt that found no message")
async def show_orphan(call: Call[OrphanPath, NoBody]) -> Orphan:
    """One."""
    return orphan_of(await orphans.find(call.desk, call.parameters.orphan_id))


@operation(
    "POST",
    "/v1/orphans/{orphan_id}/match",
    Scope.MESSAGES_WRITE,
    "Say which message an orphan speaks of: it is settled by it",
    status=204,
)
async def match_orphan(call: Call[OrphanPath, Match]) -> NoReply:
    """As if it had been matched when it came."""
    message_id = call.surroundings.public_ids.read(call.body.message_id)
    if message_id is None:
        raise Refusal(Reason.UNKNOWN_MESSAGE)
    await orphans.match(
        call.desk,
        call.parameters.orphan_id,
        message_id,
        segment_no=call.body.segment_no,
        ring=call.surroundings.ring,
    )
    return NoReply()


@operation("DELETE", "/v1/orphans/{orphan_id}", Scope.MESSAGES_WRITE, "Forget an orphan", status=204)
async def drop_orphan(call: Call[OrphanPath, NoBody]) -> NoReply:
    """For good."""
    await orphans.drop(call.desk, call.parameters.orphan_id)
    return NoReply()


@operation(
    "GET", "/v1/quarantine", Scope.MESSAGES_READ, "List what carriers delivered and nobody understands, newest first"
)
async def list_quarantine(call: Call[QuarantineOf, NoBody]) -> Page[Quarantined]:
    """Newest first."""
    given = call.parameters
    rows = await call.desk.store.quarantined(limit=given.rows_max, carrier_id=given.carrier_id, before_id=given.key)
    return given.page(rows, _quarantined, key=lambda row: row.quarantine_id)


@operation("GET", "/v1/quarantine/{quarantine_id}", Scope.MESSAGES_READ, "Show one thing in quarantine")
async def show_quarantined(call: Call[QuarantinePath, NoBody]) -> Quarantined:
    """One."""
    return _quarantined(await quarantine.find(call.desk, call.parameters.quarantine_id))


@operation(
    "POST",
    "/v1/quarantine/{quarantine_id}/release",
    Scope.MESSAGES_WRITE,
    "Let something out of quarantine, as a receipt or as what a handset sent",
)
async def release_quarantined(call: Call[QuarantinePath, Releasing]) -> Quarantined:
    """The service takes it up within a second."""
    return _quarantined(await quarantine.release(call.desk, call.parameters.quarantine_id, call.body.release))


@operation(
    "DELETE", "/v1/quarantine/{quarantine_id}", Scope.MESSAGES_WRITE, "Forget something in quarantine", status=204
)
async def drop_quarantined(call: Call[QuarantinePath, NoBody]) -> NoReply:
    """For good."""
    await quarantine.drop(call.desk, call.parameters.quarantine_id)
    return NoReply()


@operation(
    "GET", "/v1/proposals", Scope.CARRIERS_READ, "List what the receipts of carriers suggest about their message ids"
)
async def list_proposals(call: Call[NoParameters, NoBody]) -> Proposals:
    """One for each carrier at the most."""
    return Proposals(data=[_proposal(row) for row in await call.desk.store.proposals()])


@operation(
    "POST",
    "/v1/carriers/{carrier_id}/proposal/accept",
    Scope.CARRIERS_WRITE,
    "Read a carrier's message ids as proposed",
)
async def accept_proposal(call: Call[CarrierPath, NoBody]) -> Carrier:
    """Its links bind anew, and its orphans are matched within seconds."""
    carrier = await carriers.find_carrier(call.desk, call.parameters.carrier_id)
    return shown(await readings.accept_proposal(call.desk, carrier))


@operation(
    "POST",
    "/v1/carriers/{carrier_id}/proposal/decline",
    Scope.CARRIERS_WRITE,
    "Leave a carrier's settings as they are; the same is not proposed again",
    status=204,
)
async def decline_proposal(call: Call[CarrierPath, NoBody]) -> NoReply:
    """The same is not proposed again."""
    await readings.decline_proposal(call.desk, await carriers.find_carrier(call.desk, call.parameters.carrier_id))
    return NoReply()


def _quarantined(row: QuarantinedRow) -> Quarantined:
    return Quarantined(
        quarantine_id=row.quarantine_id,
        carrier_id=row.carrier_id,
        link=row.link,
        reason=row.reason,
        sender=row.sender,
        recipient=row.recipient,
        octets=row.octets.hex(),
        is_whole=row.is_whole,
        received_at=certain_moment(row.received_at),
        release=row.release,
    )


def _proposal(row: ProposalRow) -> Proposal:
    return Proposal(
        carrier_id=row.carrier_id,
        id_in_response=row.readings.in_response,
        id_in_receipt=row.readings.in_receipt,
        pairs=row.pairs,
        response_example=row.response_example,
        receipt_example=row.receipt_example,
        proposed_at=certain_moment(row.proposed_at),
    )


OPERATIONS: Final[Table] = (
    show_orphan,
    match_orphan,
    drop_orphan,
    list_quarantine,
    show_quarantined,
    release_quarantined,
    drop_quarantined,
    list_proposals,
    accept_proposal,
    decline_proposal,
)
