"""The verbs of one transaction, each a few statements over a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import apsw

from angarium.core.charge import LedgerMove
from angarium.core.clocktime import UnixMs
from angarium.core.credit import Credits
from angarium.core.notification import StatusNotification
from angarium.core.states import Cause, State
from angarium.ports.store import (
    Awaiting,
    Claim,
    MessageView,
    Move,
    NewMessage,
    NewRequest,
    Overdraft,
    Owed,
    Receipted,
    Request,
    SentSegment,
    Settled,
)
from angarium.stores.sqlite.audit import AuditVerbs
from angarium.stores.sqlite.credit import CreditVerbs
from angarium.stores.sqlite.inbound import InboundVerbs
from angarium.stores.sqlite.limits import LimitsVerbs
from angarium.stores.sqlite.operators import OperatorVerbs
from angarium.stores.sqlite.opt_outs import OptOutVerbs
from angarium.stores.sqlite.orphans import OrphanVerbs
from angarium.stores.sqlite.people import PeopleVerbs
from angarium.stores.sqlite.quarantine import QuarantineVerbs
from angarium.stores.sqlite.queues import QueueVerbs
from angarium.stores.sqlite.readings import ReadingsVerbs
from angarium.stores.sqlite.replay import ReplayVerbs
from angarium.stores.sqlite.retention import RetentionVerbs
from angarium.stores.sqlite.retries import RetriesVerbs
from angarium.stores.sqlite.send_jobs import SendJobsVerbs
from angarium.stores.sqlite.statements import Queries
from angarium.stores.sqlite.tallies import TallyVerbs
from angarium.stores.sqlite.timeline import TimelineVerbs
from angarium.stores.sqlite.verbs import numbers, texts
from angarium.text.alphabet import Alphabet
from angarium.text.segments import Content

ACCOUNT_ID_MAX: Final = 2**63 - 1
ACCOUNTS_PER_CLAIM_MAX: Final = 100
"""How many accounts share one batch; the next batch goes on with the next ones."""

POSTPONED_PER_ROUND_MAX: Final = 1_000
POSTPONED_ROUNDS_MAX: Final = 10
"""Notifications that one claim moves behind the earlier ones that they wait for: a bound on its time, 10,000."""

_STATES: Final = {int(state): state for state in State}
_CAUSES: Final = {int(cause): cause for cause in Cause}
_ALPHABETS: Final = {int(alphabet): alphabet for alphabet in Alphabet}


def request_of(row: tuple[Any, ...]) -> Request:
    """A stored request from its columns."""
    content = Content(_ALPHABETS[row[5]], row[6] or b"", row[7] or b"")
    return Request._make((*row[:5], content, bool(row[8]), *row[9:13], bool(row[13])))


def view_of(row: tuple[Any, ...]) -> MessageView:
    """A message and what it shares with its request, from their columns."""
    return MessageView._make((*row[:5], _STATES[row[5]], _CAUSES[row[6]], *row[7:]))


def _claim_of(row: tuple[Any, ...]) -> Claim:
    return Claim._make((*row[:-1], _CAUSES[row[-1]]))


class SqliteTx(
    CreditVerbs,
    InboundVerbs,
    OptOutVerbs,
    QueueVerbs,
    LimitsVerbs,
    RetentionVerbs,
    RetriesVerbs,
    SendJobsVerbs,
    PeopleVerbs,
    TimelineVerbs,
    OrphanVerbs,
    AuditVerbs,
    OperatorVerbs,
    ReplayVerbs,
    TallyVerbs,
    QuarantineVerbs,
    ReadingsVerbs,
):
    """The port's Tx over one connection. Its verbs are `async` for the port's sake and never wait."""

    def __init__(self, database: apsw.Connection, queries: Queries) -> None:
        super().__init__(database, queries)
        self._turns: dict[int, int] = {}
        """By carrier: the account that was served last, so that the next batch begins after it."""

    # --- money

    async def free_credit(self, account_id: int) -> Credits:
        return int(self._value("free_credit", account_id) or 0)

    async def move_credit(self, moves: Sequence[LedgerMove]) -> None:
        if not moves:
            return
        rows = [(move.free, move.reserved, move.spent, move.account_id) for move in moves]
        try:
            self._many("move_credit", rows)
        except apsw.ConstraintError as error:
            raise Overdraft("credit was moved that is not there, or that came from nowhere") from error

    # --- accept

    async def add_requests(self, requests: Sequence[NewRequest]) -> None:
        self._many(
            "add_request",
            [
                (
                    *request[:5],
                    int(request.content.alphabet),
                    request.content.udh or None,
                    request.content.payload,
                    request.flash,
                    *request[7:],
                )
                for request in requests
            ],
        )

    async def add_messages(self, messages: Sequence[NewMessage]) -> None:
        self._database.executemany(self._queries["add_message"], messages)

    # --- submit

    async def claim_due(self, carrier_id: int, *, limit: int, now: UnixMs, lease_until: UnixMs) -> list[Claim]:
        claims: list[Claim] = []
        accounts = self._accounts_due(carrier_id, now)
        while accounts and len(claims) < limit:
            # What one account does not need is shared out again among those that may have more.
            hungry: list[int] = []
            taken: list[Claim] = []
            even_share = max(1, (limit - len(claims)) // len(accounts))
            for account_id in accounts:
                share = min(even_share, limit - len(claims) - len(taken))
                if share <= 0:
                    break
                self._turns[carrier_id] = account_id
                rows = self._all("due_messages", carrier_id, account_id, now, share)
                taken += map(_claim_of, rows)
                if len(rows) == share:
                    hungry.append(account_id)
            self._all("claim_messages", lease_until, numbers(claim.message_id for claim in taken))
            claims += taken
            accounts = hungry
        return claims

    def _accounts_due(self, carrier_id: int, now: UnixMs) -> list[int]:
        """Accounts with messages due for this carrier, beginning after the one whose turn it was last.

        An account that is alone has its turn whether its messages are due or not: the claim will find none.
        """
        ((lowest, highest),) = self._all("accounts_waiting", carrier_id)
        if lowest == highest:
            return [] if lowest is None else [lowest]
        turn = self._turns.get(carrier_id, 0)
        rows = self._all("accounts_due", carrier_id, turn, ACCOUNT_ID_MAX, now, ACCOUNTS_PER_CLAIM_MAX)
        if turn and len(rows) < ACCOUNTS_PER_CLAIM_MAX:
            rows += self._all("accounts_due", carrier_id, 0, turn, now, ACCOUNTS_PER_CLAIM_MAX - len(rows))
        return [row[0] for row in rows]

    async def claim_stale(self, carrier_id: int, *, limit: int, now: UnixMs) -> list[Claim]:
        return [_claim_of(row) for row in self._all("stale_messages", carrier_id, now, limit)]

    async def probe(self, *, at: UnixMs) -> None:
        self._all("probe", at)

    async def end_leases(self, *, now: UnixMs) -> int:
        self._all("end_leases", now)
        ended = self._database.changes()
        self._all("end_notification_leases", now)
        ended += self._database.changes()
        self._all("end_inbound_leases", now)
        return ended + self._database.changes()

    async def requests(self, request_ids: Sequence[int]) -> list[Request]:
        return [request_of(row) for row in self._all("requests", numbers(request_ids))]

    async def messages(self, message_ids: Sequence[int]) -> dict[int, MessageView]:
        rows = self._all("messages", numbers(message_ids))
        return {row[0]: view_of(row) for row in rows}

    async def move_messages(self, moves: Sequence[Move]) -> list[Move]:
        # Most moves of a batch are alike but for the message, and go in one statement.
        alike: dict[tuple[Any, ...], list[int]] = {}
        for move in moves:
            alike.setdefault(move[1:], []).append(move.message_id)
        if len({move.message_id for move in moves}) < len(moves):
            # Several steps of one message: in their order, one by one.
            return [move for move in moves if self._move_alike(move[1:], [move.message_id])]
        applied: set[int] = set()
        for values, message_ids in alike.items():
            applied.update(self._move_alike(values, message_ids))
        return list(moves) if len(applied) == len(moves) else [move for move in moves if move.message_id in applied]

    def _move_alike(self, values: tuple[Any, ...], message_ids: list[int]) -> list[int]:
        """Make one move of many messages; returns those that were where it begins."""
        before, *changes = values
        if self._value("count_in_state", numbers(message_ids), before) < len(message_ids):
            message_ids = [row[0] for row in self._all("messages_in_state", numbers(message_ids), before)]
        self._all("move_messages", *changes, numbers(message_ids))
        return message_ids

    async def add_sent_segments(self, segments: Sequence[SentSegment]) -> None:
        self._many("add_segment", segments)

    # --- receipts

    async def awaiting(self, carrier_id: int, match_ids: Sequence[str]) -> list[Awaiting]:
        rows = self._all("awaiting", carrier_id, texts(set(match_ids)))
        found = [Awaiting._make((*row[:-1], _STATES[row[-1]])) for row in rows]
        if len(found) > len({segment.match_id for segment in found}):
            found.sort(key=lambda segment: -segment.submitted_at)
        return found

    async def settle_receipts(self, receipted: Sequence[Receipted]) -> None:
        # The values of a Receipted stand in such an order that [:3] names its segment, [1:8] is what that takes, after
        # its message's id, and [6:11] what its message takes: a slice costs a third of picking them one by one.
        self._settle_segments(receipted)
        # One message may be met several times: its last move stands, and its masks add up.
        moved = {r.message_id: r for r in receipted if r.state is not r.before}
        alike: dict[tuple[Any, ...], list[int]] = {}
        for message_id, r in moved.items():
            alike.setdefault(r[6:11], []).append(message_id)
        for values, message_ids in alike.items():
            self._all("settle_messages", *values, numbers(message_ids))
        if len(moved) < len(receipted):
            stayed = [(r.delivered_mask, r.message_id) for r in receipted if r.state is r.before and r.delivered_mask]
            self._many("add_delivered", stayed)

    def _settle_segments(self, receipted: Sequence[Receipted]) -> None:
        if len({r[:3] for r in receipted}) < len(receipted):
            # Several words about one segment: in their order, one by one.
            for r in receipted:
                self._all("settle_segments", *r[1:8], numbers((r.message_id,)))
            return
        # Most receipts of a batch say the same of segments that stand at the same place, and go in one statement.
        alike: dict[tuple[Any, ...], list[int]] = {}
        for r in receipted:
            alike.setdefault(r[1:8], []).append(r[0])
        for said, message_ids in alike.items():
            self._all("settle_segments", *said, numbers(message_ids))

    async def copies_awaiting(self, message_ids: Sequence[int]) -> list[tuple[int, int, int]]:
        return [(row[0], row[1], row[2]) for row in self._all("copies_awaiting", numbers(message_ids))]

    async def stop_awaiting(self, *, before_id: int, limit: int) -> bool:
        after_id = int(self._value("awaiting_after") or 0)
        ((last_id, count),) = self._all("last_of_segments", after_id, before_id, limit)
        if count:
            self._all("stop_awaiting", after_id, last_id)
            self._all("set_awaiting_after", last_id)
        return bool(count == limit)

    # --- notifications

    async def owe(self, owed: Sequence[Owed]) -> None:
        self._many("owe", [(*item, item.changed_at) for item in owed])

    async def claim_notifications(
        self, connection_id: int, *, limit: int, now: UnixMs, lease_until: UnixMs
    ) -> list[StatusNotification]:
        rows = self._all("due_notifications", connection_id, now, limit)
        claimed = [row for row in rows if row[-1] is None]
        if len(claimed) < len(rows):
            claimed = self._postpone(rows, connection_id, limit=limit, now=now)
        self._all("lease_notifications", lease_until, 1, numbers(row[0] for row in claimed))
        return [StatusNotification._make(row[:-1]) for row in claimed]

    def _postpone(
        self, rows: list[tuple[Any, ...]], connection_id: int, *, limit: int, now: UnixMs
    ) -> list[tuple[Any, ...]]:
        """Move what waits for an earlier one to the moment of that one's next try; what is left to claim.

        Otherwise each claim would look again at all that a dead endpoint has piled up.
        """
        claimed: list[tuple[Any, ...]] = []
        for _ in range(POSTPONED_ROUNDS_MAX):
            self._many("postpone_notification", [(row[-1], row[0]) for row in rows if row[-1] is not None])
            rows = self._all("due_notifications", connection_id, now, max(limit, POSTPONED_PER_ROUND_MAX))
            claimed = [row for row in rows if row[-1] is None][:limit]
            if len(claimed) == limit or all(row[-1] is None for row in rows):
                break
        return claimed

    async def settle_notifications(self, settled: Sequence[Settled]) -> None:
        self._many("settle_notification", [(s.due_at, s.attempt_no, s.ok, s.notification_id) for s in settled])
        self._many(
            "add_attempt",
            [(s.notification_id, s.attempt_no, s.at, s.status, s.elapsed_ms, s.answer, s.error) for s in settled],
        )

    async def release_notifications(self, notification_ids: Sequence[int], *, due_at: UnixMs) -> None:
        self._all("lease_notifications", due_at, 0, numbers(notification_ids))

    # --- housekeeping

    async def requests_to_check(self, *, now: UnixMs, limit: int) -> list[Request]:
        return [request_of(row) for row in self._all("requests_to_check", now, limit)]

    async def open_messages(self, request_id: int, *, limit: int) -> list[MessageView]:
        ids = [row[0] for row in self._all("open_messages", request_id, limit)]
        return list((await self.messages(ids)).values())

    async def check_again(self, request_ids: Sequence[int], *, check_at: UnixMs | None) -> None:
        self._all("check_again", check_at, numbers(request_ids))
