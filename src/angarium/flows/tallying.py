"""Counting messages for those who look at many: a step at a time, beside everything else, never on the hot path.

A bucket is five minutes of acceptance, which is a range of keys. It is counted again while its messages may still
change, the older the rarer, and the newest bucket that is due comes first. Of that one, messages before which none can
change any more are counted once. Each step reads a bounded number of rows, and the worker's interval bounds the steps:
however many messages there are, counting takes its small share of the time, and only gets later.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from angarium.core.clocktime import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, UnixMs
from angarium.core.message_ids import accepted_about, first_message_id
from angarium.core.states import Cause, State
from angarium.core.tallies import BUCKET_MS, Tally, bin_of, bucket_of, may_change
from angarium.ports.clock import Clock
from angarium.ports.store import Store, Tx
from angarium.ports.tallies import TallyRow

STEP_MESSAGES: Final = 4_000
"""Messages read in one step: a few milliseconds."""
BUCKET_COSTS_MESSAGES: Final = 200
"""What the reading and writing of a bucket costs beside its messages: so many more."""
LOOK_AGAIN_MS: Final = 5 * SECOND_MS
LOOK_AGAIN_MAX_MS: Final = 6 * HOUR_MS
LOOKS_SHARE: Final = 4
"""A bucket is looked at again after a quarter of its age."""
SETTLES_MS: Final = MINUTE_MS
"""How long after its end messages may still come into a bucket: ids are given before they are stored."""
BACK_MAX_MS: Final = 2 * DAY_MS
"""How far back messages are counted that nobody counted before."""
OPEN_MAX_MS: Final = 16 * DAY_MS
"""Older buckets are left as they are: a message is scheduled a week ahead, and valid for another, at the most."""


class Tallying:
    """The leg that counts; `run_once` is a worker's."""

    def __init__(self, *, store: Store, clock: Clock, keep_days: int) -> None:
        """Tallies are kept for so many days, as the rows of messages are."""
        self._store = store
        self._clock = clock
        self._keep_ms = keep_days * DAY_MS
        self._looks: dict[UnixMs, UnixMs] = {}
        self._unwritten: set[UnixMs] = set()
        """Marks that the store does not have yet."""
        self._frontier: UnixMs = 0
        """The first bucket without a mark that was never counted."""
        self._prints: dict[UnixMs, int] = {}
        """What was written of each marked bucket, as a hash: what is the same is not written again."""
        self._pass: _Pass | None = None
        self._settled: _Pass | None = None
        """How far the newest bucket is settled: counting it again begins there."""

    async def start(self) -> None:
        """Go on where the last process stopped."""
        now = self._clock.now()
        marks = await self._store.tally_marks()
        self._looks = dict(marks.looks)
        earliest = bucket_of(now - BACK_MAX_MS)
        self._frontier = earliest if marks.counted_to is None else max(earliest, marks.counted_to)

    async def run_once(self) -> bool:
        """One step. It never asks for another at once: the interval is what keeps counting cheap."""
        now = self._clock.now()
        await self._advance(now)
        left = STEP_MESSAGES
        while left > 0:
            at_work = self._pass or self._next(now)
            if at_work is None:
                break
            end_id = first_message_id(at_work.bucket_at + BUCKET_MS)
            rows = await self._store.messages_to_tally(first_id=at_work.next_id, before_id=end_id, limit=left)
            at_work.add(rows)
            self._pass = at_work
            if at_work.is_settled and accepted_about(at_work.next_id) < now - SETTLES_MS:
                self._remember(at_work)
            if len(rows) < left:
                self._pass = None
                await self._finish(at_work, now)
            left -= len(rows) + BUCKET_COSTS_MESSAGES
        return False

    def _remember(self, at_work: _Pass) -> None:
        """How far this bucket is settled, unless it is an older one."""
        if self._settled is None or self._settled.bucket_at <= at_work.bucket_at:
            self._settled = at_work.copy(began_at=at_work.began_at)

    async def _advance(self, now: UnixMs) -> None:
        """Mark the buckets that have begun; those without any message are skipped."""
        last = bucket_of(now)
        while self._frontier <= last:
            rows = await self._store.messages_to_tally(
                first_id=first_message_id(self._frontier), before_id=first_message_id(last), limit=1
            )
            bucket_at = bucket_of(accepted_about(rows[0][0])) if rows else last
            self._looks[bucket_at] = now
            self._unwritten.add(bucket_at)
            self._frontier = bucket_at + BUCKET_MS

    def _next(self, now: UnixMs) -> _Pass | None:
        newest = max((bucket_at for bucket_at, look_at in self._looks.items() if look_at <= now), default=None)
        if newest is None:
            return None
        if self._settled is not None and self._settled.bucket_at == newest:
            return self._settled.copy(began_at=now)
        return _Pass(newest, began_at=now)

    async def _finish(self, done: _Pass, now: UnixMs) -> None:
        bucket_at, tallies = done.bucket_at, done.tallies
        look_at = _look_at(bucket_at, tallies, now=now, took_ms=now - done.began_at)
        printed = _print(tallies, is_marked=look_at is not None)
        is_new = printed != self._prints.get(bucket_at, _EMPTY)
        if look_at is None:
            self._looks.pop(bucket_at, None)
            self._prints.pop(bucket_at, None)
        else:
            self._looks[bucket_at] = look_at
            self._prints[bucket_at] = printed
        self._unwritten.discard(bucket_at)
        if not is_new:
            return
        counted_to = min(self._unwritten, default=self._frontier)

        async def work(tx: Tx) -> None:
            await tx.set_tallies(
                bucket_at, tallies, look_at=look_at, counted_to=counted_to, keep_since=now - self._keep_ms
            )

        await self._store.write(work)


class _Pass:
    """One bucket being counted."""

    def __init__(self, bucket_at: UnixMs, *, began_at: UnixMs) -> None:
        self.bucket_at = bucket_at
        self.began_at = began_at
        self.next_id = first_message_id(bucket_at)
        self.tallies: dict[int, Tally] = {}
        self.is_settled = True
        """Whether none of those counted can change any more."""

    def copy(self, *, began_at: UnixMs) -> _Pass:
        """The same, to go on from here."""
        copied = _Pass(self.bucket_at, began_at=began_at)
        copied.next_id = self.next_id
        copied.tallies = {account_id: tally.copy() for account_id, tally in self.tallies.items()}
        return copied

    def add(self, rows: list[TallyRow]) -> None:
        """Count these."""
        alike = Counter([row[1:] for row in rows])
        for (account_id, state_no, cause_no, rate, sent_mask, took_ms), count in alike.items():
            tally = self.tallies.get(account_id)
            if tally is None:
                tally = self.tallies[account_id] = Tally()
            state = State(state_no)
            tally.fates[state, Cause(cause_no)] += count
            tally.spent += count * rate * sent_mask.bit_count()
            if state is State.DELIVERED:
                tally.times[bin_of(took_ms)] += count
            self.is_settled = self.is_settled and not may_change(state)
        if rows:
            self.next_id = rows[-1][0] + 1


_EMPTY: Final = hash((False, ()))


def _print(tallies: dict[int, Tally], *, is_marked: bool) -> int:
    """A hash of all that would be written, but for the moment of the next look."""
    if not tallies:
        return _EMPTY
    parts = tuple(
        (account_id, tuple(sorted(each.fates.items())), each.spent, tuple(sorted(each.times.items())))
        for account_id, each in sorted(tallies.items())
    )
    return hash((is_marked, parts))


def _look_at(bucket_at: UnixMs, tallies: dict[int, Tally], *, now: UnixMs, took_ms: int) -> UnixMs | None:
    """When the bucket is to be counted again; None for never."""
    age_ms = now - bucket_at
    if age_ms < BUCKET_MS + SETTLES_MS:
        # As long as it took, others have their turn.
        return now + max(LOOK_AGAIN_MS, took_ms)
    if age_ms > OPEN_MAX_MS or not any(each.may_change for each in tallies.values()):
        return None
    return now + min(max(age_ms // LOOKS_SHARE, took_ms), LOOK_AGAIN_MAX_MS)
