"""What needs a person: orphan receipts, the quarantine, messages in doubt, dead letters."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from angarium.console import carrier_words
from angarium.console.mistakes import beside_fields, read_whole
from angarium.console.pages.messages import rest
from angarium.console.pages.service_overview import COUNT_MAX, dead_letters
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit, read_key
from angarium.console.words import cause as cause_sentence
from angarium.core.clocktime import DAY_MS, MINUTE_MS
from angarium.core.message_ids import first_message_id
from angarium.core.states import State
from angarium.flows import doubts as doubting
from angarium.flows import orphans as orphaned
from angarium.flows import quarantine as ward
from angarium.flows import replay
from angarium.flows.browse import browse
from angarium.flows.desk import Mistaken
from angarium.flows.lookup import status_of
from angarium.ports.bell import NOTIFICATIONS
from angarium.ports.orphans import Orphan
from angarium.ports.quarantine import Quarantined, Release
from angarium.ports.searches import MessageQuery
from angarium.ports.store import MessageView

ROWS_MAX: Final = 50
DOUBTS_LOOKED_MAX: Final = 200
"""Doubts that are looked through for those that are parked still."""
OCTETS_OF_LINE: Final = 16
CANDIDATES_MAX: Final = 20
"""Messages that one orphan is held against."""
CANDIDATES_WITHIN_MS: Final = 3 * DAY_MS
_AWAIT: Final = frozenset({State.SUBMITTED, State.UNKNOWN})
"""In these a receipt still says more."""


# --- orphans


async def orphans(visit: Visit) -> Response:
    """Receipts that found no message, newest first, of one carrier or of all."""
    store, names = visit.parts.store, _names(visit)
    carrier_id = read_key(visit.asked("carrier"))
    rows = await store.orphans(limit=ROWS_MAX + 1, carrier_id=carrier_id, before_id=_before(visit))
    counts = await store.orphan_counts(count_max=COUNT_MAX)
    proposals = {each.carrier_id for each in await store.proposals()}
    shown, older = rows[:ROWS_MAX], ""
    if len(rows) > len(shown):
        of = "" if carrier_id is None else f"carrier={carrier_id}&"
        older = f"/service/orphans?{of}before={shown[-1].orphan_id}"
    return visit.show(
        "service_orphans.html",
        rows=[(row, _said(row)) for row in shown],
        names=names,
        older=older,
        carrier_id=carrier_id,
        counts=[
            (each, names.get(each, str(each)), count, each in proposals) for each, count in counts.items() if count
        ],
        count_max=COUNT_MAX,
    )


async def orphan(visit: Visit) -> Response:
    """One, with its text, and the form that gives it to a message."""
    return await _show_orphan(visit, await orphaned.find(visit.desk, visit.number("orphan_id")))


async def match_orphan(visit: Visit) -> Response:
    """Say which message it speaks of."""
    found = await orphaned.find(visit.desk, visit.number("orphan_id"))
    form = await visit.form()
    with beside_fields(visit):
        message_id = visit.parts.public_ids.read(form.get("message_id", "").strip())
        if message_id is None or await visit.parts.store.message(message_id) is None:
            raise Mistaken("message_id", "There is no message with this id: it has 32 characters, 0 to 9 and a to f.")
        part = read_whole(form.get("segment", ""), field="segment", empty=1) or 1
        await orphaned.match(
            visit.desk, found.orphan_id, message_id, segment_no=max(0, part - 1), ring=visit.parts.ring
        )
        return visit.go("/service/orphans", "The receipt has settled the message.")
    return await _show_orphan(visit, found)


async def drop_orphan(visit: Visit) -> Response:
    """Forget it."""
    await orphaned.drop(visit.desk, visit.number("orphan_id"))
    return visit.go("/service/orphans", "The receipt is dropped.")


async def _show_orphan(visit: Visit, found: Orphan) -> Response:
    return visit.show(
        "service_orphan.html",
        row=found,
        meaning=_meaning(found),
        names=_names(visit),
        candidates=[
            (visit.parts.public_ids.show(view.message_id), view, status_of(view, now=visit.now).status_code)
            for view in await _candidates(visit, found)
        ],
    )


async def _candidates(visit: Visit, found: Orphan) -> list[MessageView]:
    """Messages to the number that the receipt names, over its carrier, which it may speak of: newest first."""
    digits = found.recipient.removeprefix("+").removeprefix("00")
    if not (digits.isascii() and digits.isdigit()):
        return []
    query = MessageQuery(
        CANDIDATES_MAX,
        before_id=first_message_id(found.received_at + MINUTE_MS),
        first_id=first_message_id(found.received_at - CANDIDATES_WITHIN_MS),
        carrier_id=found.carrier_id,
        recipient=int(digits),
    )
    views = (await browse(query, store=visit.parts.store, rest=rest(visit))).messages
    return [view for view in views if view.state in _AWAIT]


def _said(row: Orphan) -> str:
    """What the carrier says, as shortly as a list wants it."""
    word = carrier_words.stat(row.stat)
    return f"{word[0].upper()}{word[1:]}" if word else _meaning(row)


def _meaning(row: Orphan) -> str:
    return "An intermediate word: still under way." if row.cause is None else cause_sentence(row.cause)


# --- quarantine


async def quarantine(visit: Visit) -> Response:
    """What nobody understands, newest first."""
    rows = await visit.parts.store.quarantined(limit=ROWS_MAX + 1, before_id=_before(visit))
    shown, older = rows[:ROWS_MAX], ""
    if len(rows) > len(shown):
        older = f"/service/quarantine?before={shown[-1].quarantine_id}"
    return visit.show("service_quarantine.html", rows=shown, names=_names(visit), older=older)


async def quarantined(visit: Visit) -> Response:
    """One thing, with its octets."""
    return _show_quarantined(visit, await ward.find(visit.desk, visit.number("quarantine_id")))


async def release(visit: Visit) -> Response:
    """Let it out, as a receipt or as what a handset sent."""
    found = await ward.find(visit.desk, visit.number("quarantine_id"))
    wanted = (await visit.form()).get("as", "")
    with beside_fields(visit, fields={"release": ""}):
        meaning = Release(wanted) if wanted in Release.__members__.values() else Release.RECEIPT
        await ward.release(visit.desk, found.quarantine_id, meaning)
        visit.parts.ring("quarantine")
        return visit.go(
            "/service/quarantine", "It is let out. If it still cannot be read, it comes back within seconds."
        )
    return _show_quarantined(visit, found)


async def drop_quarantined(visit: Visit) -> Response:
    """Forget it."""
    await ward.drop(visit.desk, visit.number("quarantine_id"))
    return visit.go("/service/quarantine", "It is dropped.")


def _show_quarantined(visit: Visit, found: Quarantined) -> Response:
    return visit.show("service_quarantined.html", row=found, names=_names(visit), dump=dump(found.octets))


def dump(octets: bytes) -> str:
    """Octets for people: where, in hex, and as ASCII."""
    lines = []
    for at in range(0, len(octets), OCTETS_OF_LINE):
        part = octets[at : at + OCTETS_OF_LINE]
        text = "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in part)
        lines.append(f"{at:04x}  {part.hex(' '):<{3 * OCTETS_OF_LINE}} {text}")
    return "\n".join(lines)


# --- doubts


async def doubts(visit: Visit) -> Response:
    """Messages that may have left, and nobody knows: what was done about each, and where it stands now."""
    only_parked = visit.asked("only") == "parked"
    found = await doubting.look(
        visit.parts.store,
        before_id=_before(visit),
        limit=DOUBTS_LOOKED_MAX if only_parked else ROWS_MAX,
        only_parked=only_parked,
    )
    accounts = visit.parts.tables.directory.accounts
    rows: list[dict[str, Any]] = []
    for each in found.messages:
        view = each.message
        account = accounts.get(view.account_id)
        rows.append(
            {
                "doubt": each.doubt,
                "view": view,
                "status": status_of(view, now=visit.now).status_code,
                "public_id": visit.parts.public_ids.show(view.message_id),
                "account": "" if account is None else account.name,
                "is_parked": each.is_parked,
            }
        )
    only = "only=parked&" if only_parked else ""
    older = "" if found.next_before_id is None else f"/service/doubts?{only}before={found.next_before_id}"
    return visit.show("service_doubts.html", rows=rows, names=_names(visit), older=older, only_parked=only_parked)


async def decide(visit: Visit) -> Response:
    """Try a parked message again, or give it up."""
    form = await visit.form()
    message_id = visit.parts.public_ids.read(form.get("message_id", ""))
    if message_id is None:
        return visit.go("/service/doubts")
    try:
        if form.get("do") == "give_up":
            await doubting.give_up(visit.desk, message_id, tables=visit.parts.tables, ring=visit.parts.ring)
            return visit.go("/service/doubts", "The message is given up: what may have left is paid.")
        await doubting.try_again(visit.desk, message_id, ring=visit.parts.ring)
    except Mistaken as error:
        return visit.go("/service/doubts", str(error))
    return visit.go("/service/doubts", "The message is tried again, alone on a link.")


# --- dead letters


async def letters(visit: Visit) -> Response:
    """API connections whose callbacks could not be delivered."""
    directory = visit.parts.tables.directory
    rows = [
        (directory.connections[connection_id], count)
        for connection_id, count in await dead_letters(visit, limit=COUNT_MAX)
    ]
    return visit.show("service_letters.html", rows=rows, accounts=directory.accounts, count_max=COUNT_MAX)


async def replay_letters(visit: Visit) -> Response:
    """Try those of one API connection once more."""
    chosen = read_key((await visit.form()).get("connection_id", ""))
    count = 0 if chosen is None else await replay.replay_dead(visit.desk, chosen)
    visit.parts.ring(NOTIFICATIONS)
    return visit.go("/service/dead-letters", f"{count} callbacks are tried once more.")


def _before(visit: Visit) -> int | None:
    return read_key(visit.asked("before"))


def _names(visit: Visit) -> dict[int, str]:
    return {row.carrier_id: row.name for row in visit.parts.tables.carriers}


PAGES: Final = (
    Page("/service/orphans", orphans, Needs.OPERATOR),
    Page("/service/orphans/{orphan_id:int}", orphan, Needs.OPERATOR),
    Page("/service/orphans/{orphan_id:int}/match", match_orphan, Needs.OPERATOR, "POST"),
    Page("/service/orphans/{orphan_id:int}/drop", drop_orphan, Needs.OPERATOR, "POST"),
    Page("/service/quarantine", quarantine, Needs.OPERATOR),
    Page("/service/quarantine/{quarantine_id:int}", quarantined, Needs.OPERATOR),
    Page("/service/quarantine/{quarantine_id:int}/release", release, Needs.OPERATOR, "POST"),
    Page("/service/quarantine/{quarantine_id:int}/drop", drop_quarantined, Needs.OPERATOR, "POST"),
    Page("/service/doubts", doubts, Needs.OPERATOR),
    Page("/service/doubts", decide, Needs.OPERATOR, "POST"),
    Page("/service/dead-letters", letters, Needs.OPERATOR),
    Page("/service/dead-letters", replay_letters, Needs.OPERATOR, "POST"),
)
