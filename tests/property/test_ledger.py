"""Whatever happens in whatever order: the money adds up, no message is lost, and none goes backwards."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from angarium.core.charge import full_mask
from angarium.core.clocktime import HOUR_MS, MINUTE_MS, SECOND_MS
from angarium.core.message import RECEIPT_MARGIN_MS, VALIDITY_MIN_MAX, Accepted, Priority, SendRequest
from angarium.core.notification import is_told, is_wanted
from angarium.core.refusals import Refusal
from angarium.core.states import FINAL, Cause, State, after
from angarium.core.status_codes import DELIVERED_TO_GATEWAY, UNKNOWN, settled_status_code
from angarium.flows.housekeeping import ORPHAN_AGE_MAX_MS
from angarium.ports.carrier import Answer, CarrierReceipt, Reply, Submission
from angarium.ports.store import MessageView, StoreUnavailable
from angarium.text.segments import Content
from tests.gateway import (
    NOON,
    RATE,
    Gateway,
    SetClock,
    accepted,
    busy,
    failed_for_now,
    in_doubt,
    not_taken,
    receipt,
    rejected,
    taken,
    unsent,
)
from tests.property.delivering import Choices, Known, Written

T = TypeVar("T")

TEXTS = ["Hello", "Hello", "x" * 200, "x" * 400]
VALIDITIES_MIN = [1, 10, 1440, VALIDITY_MIN_MAX]
ANSWERS = [Answer.ACCEPTED] * 6 + [Answer.IN_DOUBT] * 4 + [*Answer]
CAUSES = [cause for cause in Cause if cause.name.startswith("RECEIPT_")] + [Cause.RECEIPT_DELIVERED] * 6
RANK = {State.QUEUED: 0, State.SUBMITTING: 0, State.SUBMITTED: 1}
"""Final states come after these."""
CHOICES = 5
"""How many free choices a step has."""
STRANGER = "447700900123"


class Delivering:
    """Customers, carriers, time and misfortune."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.root = Path(tempfile.mkdtemp(prefix="angarium-ledger"))
        (self.root / "store").mkdir()
        self.gateway = Gateway(self.root / "store", SetClock())
        self.run(self.gateway.start())
        self.run(self.gateway.add_carrier("cheap", rate=RATE // 2, prefix=""))
        self.run(self.gateway.add_carrier("dear", rate=2 * RATE))
        self.told_by: list[tuple[object, int]] = []
        """Submissions and words, each with the number of its carrier: found again by identity."""
        self.known: dict[int, Known] = {}
        self.recipients = 27990000000
        self.ids = 0
        self.seen: dict[int, int] = defaultdict(int)
        self.jumped_back = False
        self.unanswered: list[Submission] = []
        self.replies: list[Reply] = []
        """What the carrier said and nobody has written down yet."""
        self.written: list[Written] = []
        self.silent: list[Written] = []
        """Segments that the carrier took while its answer was lost, or is still to come."""
        self.early: dict[tuple[int, int], str] = {}
        """Ids of segments whose receipt came first."""
        self.unacknowledged: list[CarrierReceipt] = []
        self.acknowledged = 0
        self.undone: dict[int, list[int]] = defaultdict(list)
        """By message: notifications that are owed and were seen, in order of their numbers."""
        self.told: dict[int, dict[int, int]] = defaultdict(dict)
        """By message: status number by notification."""

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        """Run one step of the world to its end."""
        return self.loop.run_until_complete(step)

    def attempt(self, step: Coroutine[Any, Any, Any]) -> Any:
        """The same, when the store may refuse: the refusal is the value then."""
        try:
            return self.run(step)
        except StoreUnavailable as refusal:
            return refusal

    # --- customers

    def customer_sends(self, choose: Choices) -> None:
        """A request of one or two recipients, each with a number of its own."""
        numbers = [self.recipients + 1, self.recipients + 2][: choose.one_of([1, 1, 2])]
        self.recipients += len(numbers)
        callback = choose.one_of([7, 7, 0, 1, 2, 3, 4, 5, 6])
        once = choose.chance(4)
        scheduled = choose.chance(6)
        number = choose.numbers.pop()
        request = SendRequest(
            recipients=tuple(map(str, numbers)),
            content=Content.of_text(TEXTS[number % 4]),
            callback=callback,
            segments_max=10,
            scheduled_at=self.gateway.clock.now() + 20 * MINUTE_MS if scheduled else None,
            validity_min=VALIDITIES_MIN[number // 4 % 4],
            priority=list(Priority)[number // 16 % 3],
            escalate=number // 48 % 2 == 1,
        )
        outcome = self.attempt(self.gateway.ask(request, once=once))
        if isinstance(outcome, (Refusal, StoreUnavailable)):
            return
        for result in outcome:
            if isinstance(result, Accepted):
                view = self.run(self.gateway.view(result.message_id))
                self.known[result.message_id] = Known(result.recipient, view.segments, callback, once)

    def customer_stops(self, choose: Choices) -> None:
        """Any message, at any time."""
        if self.known:
            self.attempt(self.gateway.stop(choose.one_of(list(self.known))))

    def customer_is_told(self, choose: Choices) -> None:
        """What is due goes out, and is taken or not."""
        fails = choose.chance(3)
        self.attempt(self.gateway.notify.run_once())
        under_way, self.gateway.customer.under_way = self.gateway.customer.under_way, []
        for delivery in under_way:
            notification = delivery.notification
            told, undone = self.told[notification.message_id], self.undone[notification.message_id]
            if notification.notification_id not in told:
                assert notification.notification_id > max(told, default=0), "told in the wrong order"
                undone.append(notification.notification_id)
            assert undone[:1] in ([], [notification.notification_id]), "told although an earlier one is undone"
            told[notification.notification_id] = notification.status_code
        if not under_way:
            return
        settled = self.attempt(
            self.gateway.notify.settle([(not_taken if fails else taken)(each) for each in under_way])
        )
        if not fails and not isinstance(settled, StoreUnavailable):
            for delivery in under_way:
                undone = self.undone[delivery.notification.message_id]
                undone[:] = [each for each in undone if each != delivery.notification.notification_id]

    # --- the carrier

    def carrier_has_room(self, choose: Choices) -> None:
        """Claim and hand over."""
        room = choose.one_of([2, 4, 10])
        carrier_id = choose.one_of(list(self.gateway.carriers))
        if carrier_id not in self.gateway.down:
            self.gateway.carriers[carrier_id].room_left = room
            self.attempt(self.gateway.dispatches[carrier_id].run_once())
            self.take_note()

    def take_note(self) -> None:
        """What was handed over just now must have been allowed."""
        for carrier_id, carrier in self.gateway.carriers.items():
            self.look_at(carrier.taken[self.seen[carrier_id] :], carrier_id)
            self.seen[carrier_id] = len(carrier.taken)

    def carrier_of(self, thing: object) -> int:
        """Whose this submission or word is."""
        return next(carrier_id for each, carrier_id in reversed(self.told_by) if each is thing)

    def look_at(self, handed_over: list[Submission], carrier_id: int) -> None:
        """The same for one carrier."""
        self.told_by += [(submission, carrier_id) for submission in handed_over]
        for submission in handed_over:
            known = self.known.get(submission.message_id)
            assert known is not None, "handed over, but nobody was told that it was accepted"
            assert known.state not in FINAL, "handed over after its end"
            if not known.may_be_twice:
                assert submission.segment_no not in known.closed, "handed over although the carrier has it"
                assert submission[:2] not in {each[:2] for each in self.unanswered}, "handed over twice"
            if known.once:
                assert submission[:2] not in {each.submission[:2] for each in self.written}, "sent twice"
        self.unanswered += handed_over

    def write_down(self, submission: Submission, *, reuse: bool = False) -> Written:
        """The carrier takes a segment and names it; it may use a name again for another handset."""
        carrier_message_id = self.early.pop(submission[:2], "")
        if not carrier_message_id:
            used = self.written[-1] if self.written else None
            if reuse and used is not None and used.submission.recipient != submission.recipient:
                carrier_message_id = used.carrier_message_id
            else:
                self.ids += 1
                carrier_message_id = f"ID{self.ids}"
        self.written.append(Written(submission, carrier_message_id))
        return self.written[-1]

    def carrier_answers(self, choose: Choices) -> None:
        """Some segments are answered, or their answers are given up."""
        for _ in range(min(len(self.unanswered), choose.one_of([1, 2, 4, 6]))):
            number = choose.numbers[-1]
            submission = self.unanswered.pop(number // 64 % len(self.unanswered))
            self.say(submission, ANSWERS[number % len(ANSWERS)], number // 8)
            choose.numbers[-1] = number * 7 + 3

    def say(self, submission: Submission, answer: Answer, number: int = 0) -> None:
        """One answer; `number` decides the rest."""
        if answer is Answer.ACCEPTED or submission[:2] in self.early:
            # A carrier that has sent a receipt already has the segment: it can only accept.
            written = self.write_down(submission, reuse=number % 4 == 0)
            self.replies.append(accepted(submission, written.carrier_message_id))
        elif answer is Answer.IN_DOUBT:
            self.doubt(submission)
            if number % 3:
                self.silent.append(self.write_down(submission))
            self.replies.append(in_doubt(submission, killed_link=number % 2 == 1))
        else:
            forms = {Answer.BUSY: busy, Answer.FAILED_FOR_NOW: failed_for_now, Answer.UNSENT: unsent}
            self.replies.append(forms.get(answer, rejected)(submission))

    def doubt(self, submission: Submission) -> None:
        if known := self.known.get(submission.message_id):
            known.may_be_twice = True

    def carrier_answers_late(self, choose: Choices) -> None:
        """The answer that was given up comes after all."""
        if self.silent:
            written = self.silent.pop(choose.numbers.pop() % len(self.silent))
            self.replies.append(accepted(written.submission, written.carrier_message_id))

    def replies_are_settled(self, choose: Choices | None = None) -> None:
        """All that wait, in one commit; what the store refuses is given again."""
        for carrier_id, dispatch in self.gateway.dispatches.items():
            replies = self.replies_of(carrier_id)
            if replies and not isinstance(self.attempt(dispatch.settle(replies)), StoreUnavailable):
                self.close(replies)

    def replies_of(self, carrier_id: int) -> list[Reply]:
        """What this carrier said and nobody has written down yet."""
        return [reply for reply in self.replies if self.carrier_of(reply.submission) == carrier_id]

    def close(self, replies: list[Reply]) -> None:
        """These are on disk now."""
        self.replies = [reply for reply in self.replies if all(reply is not each for each in replies)]
        for reply in replies:
            known = self.known.get(reply.submission.message_id)
            if known is not None and reply.answer is Answer.ACCEPTED:
                known.closed.add(reply.submission.segment_no)

    def everything_at_once(self, choose: Choices) -> None:
        """Replies, a claim, a receipt and housekeeping in one group commit, which may be lost."""
        carrier_id = choose.one_of(list(self.gateway.carriers))
        self.gateway.carriers[carrier_id].room_left = 0 if carrier_id in self.gateway.down else 10
        replies = self.replies_of(carrier_id)
        # Often of a segment whose acceptance is among these very replies.
        written = [each for each in self.written[-4:] if self.carrier_of(each.submission) == carrier_id]
        words = [self.word(choose.one_of(written), choose.one_of(CAUSES))] if written else []
        steps: list[Coroutine[Any, Any, Any]] = [
            self.gateway.dispatches[carrier_id].settle(replies),
            self.gateway.receipts.settle(carrier_id, words),
            self.gateway.dispatches[carrier_id].run_once(),
            self.gateway.reroute.run_once(),
            self.gateway.housekeeping.run_once(),
        ]
        if backwards := choose.chance(3):
            steps.reverse()
        if choose.chance(3):
            self.gateway.store.lose_next_commit()

        async def together() -> list[Any]:
            return await asyncio.gather(*steps, return_exceptions=True)

        outcomes = self.run(together())
        for outcome in outcomes:
            assert outcome is None or isinstance(outcome, (bool, StoreUnavailable)), outcome
        if backwards:
            outcomes.reverse()
        if not isinstance(outcomes[0], StoreUnavailable):
            self.close(replies)
        self.acknowledge(words, outcomes[1])
        self.take_note()

    # --- receipts

    def word(self, written: Written, cause: Cause | None, *, national: bool = False) -> CarrierReceipt:
        """What the carrier says of a segment it has."""
        number = str(written.submission.recipient)
        word = receipt(written.carrier_message_id, cause, recipient="0" + number[2:] if national else number)
        self.told_by.append((word, self.carrier_of(written.submission)))
        return word

    def deliver(self, *words: CarrierReceipt) -> None:
        """Hand receipts over; what we do not acknowledge comes again."""
        for carrier_id in self.gateway.carriers:
            own = [word for word in words if self.carrier_of(word) == carrier_id]
            if own:
                self.acknowledge(own, self.attempt(self.gateway.receipts.settle(carrier_id, own)))

    def acknowledge(self, words: Sequence[CarrierReceipt], outcome: Any) -> None:
        """Remember what was said and taken."""
        if isinstance(outcome, StoreUnavailable):
            self.unacknowledged += words
            return
        self.acknowledged += len(words)
        for word in words:
            for known in self.known.values():
                if word.cause is not None and str(known.recipient).endswith(word.recipient.lstrip("0")):
                    known.words.append(word.cause)

    def receipts_arrive(self, choose: Choices) -> None:
        """For any segments the carrier has, also such as were settled long ago; some of them twice."""
        if not self.written:
            return
        start = choose.numbers.pop()
        count = choose.one_of([1, 1, 2, 4])
        national = choose.chance(4)
        number = choose.numbers.pop()
        words = []
        for at in range(count):
            # The latest ones are the likeliest to be awaited still.
            written = self.written[-1 - (start + at) % min(len(self.written), 6)]
            cause = None if number % 16 == 0 else CAUSES[(number + 5 * at) % len(CAUSES)]
            words += [self.word(written, cause, national=national)] * (1 + number % 2)
        self.deliver(*words)

    def receipt_arrives_early(self, choose: Choices) -> None:
        """Before the answer; the answer, when it comes, carries the same id."""
        submissions = [each for each in self.unanswered if each[:2] not in self.early]
        if submissions:
            submission = choose.one_of(submissions)
            self.ids += 1
            name = self.early[submission[:2]] = f"ID{self.ids}"
            word = receipt(name, choose.one_of(CAUSES), recipient=str(submission.recipient))
            self.told_by.append((word, self.carrier_of(submission)))
            self.deliver(word)

    def receipts_come_again(self, choose: Choices | None = None) -> None:
        """What was not acknowledged, the carrier repeats."""
        words, self.unacknowledged = self.unacknowledged, []
        if words:
            self.deliver(*words)

    def receipt_of_another(self, choose: Choices) -> None:
        """The right id for a wrong number, or from a wrong carrier, changes no message."""
        if not self.written:
            return
        before = self.views()
        word = self.word(choose.one_of(self.written), choose.one_of(CAUSES))
        if choose.chance(2):
            outcome = self.attempt(self.gateway.receipts.settle(max(self.gateway.carriers) + 1, [word]))
        else:
            stranger = word._replace(recipient=STRANGER)
            outcome = self.attempt(self.gateway.receipts.settle(self.carrier_of(word), [stranger]))
        self.acknowledged += not isinstance(outcome, StoreUnavailable)
        assert self.views() == before

    # --- time and misfortune

    def time_passes(self, choose: Choices) -> None:
        """A little, as a rule."""
        self.gateway.clock.at += choose.one_of([1, SECOND_MS, 10 * SECOND_MS, MINUTE_MS, 3 * MINUTE_MS])

    def much_time_passes(self, choose: Choices) -> None:
        """Leases, validities and limits come to their ends."""
        self.gateway.clock.at += choose.one_of([11 * MINUTE_MS, RECEIPT_MARGIN_MS, 11 * HOUR_MS])

    def the_clock_jumps_back(self, choose: Choices) -> None:
        """Somebody corrects it."""
        self.gateway.clock.at -= choose.one_of([SECOND_MS, HOUR_MS])
        self.jumped_back = True

    def a_carrier_goes_down_or_comes_back(self, choose: Choices) -> None:
        """Its links are lost, or bound again; the worker of re-routing sees it."""
        self.gateway.down ^= {choose.one_of(list(self.gateway.carriers))}
        self.attempt(self.gateway.reroute.run_once())

    def re_routing_runs(self, choose: Choices) -> None:
        """What waits for carriers that are down or slow is offered to others."""
        self.attempt(self.gateway.reroute.run_once())

    def housekeeping_runs(self, choose: Choices) -> None:
        """Expire, rescue, give up on receipts."""
        self.attempt(self.gateway.housekeeping.run_once())

    def the_disk_is_full(self, choose: Choices) -> None:
        """The next write is refused: at once, after its work has run, or when its group is to be committed."""
        kind = choose.one_of(["at once", "after its work", "at the commit"])
        if kind == "at once":
            self.gateway.store.refuse_next = 1
        elif kind == "after its work":
            self.gateway.store.undo_next = 1
        else:
            self.gateway.store.lose_next_commit()

    def the_process_is_killed(self, choose: Choices) -> None:
        """What was in memory is gone; every segment without a stored answer is in doubt."""
        for reply in self.replies:
            self.doubt(reply.submission)
        for submission in self.unanswered:
            self.doubt(submission)
            # Whether it was written before the end is the carrier's secret.
            if submission[:2] in self.early or choose.numbers[0] % 2:
                self.write_down(submission)
        self.unanswered, self.replies, self.silent = [], [], []
        self.seen.clear()
        self.run(self.gateway.crash())

    # --- what must hold at any moment

    def views(self) -> list[MessageView]:
        """Every message that was accepted."""

        async def everything() -> list[MessageView]:
            return [await self.gateway.view(message_id) for message_id in self.known]

        views: list[MessageView] = self.run(everything())
        return views

    def check(self) -> None:
        """The money adds up, nothing goes backwards, and each row makes sense."""
        assert self.run(self.gateway.store.ledger_faults()) == []
        assert self.run(self.gateway.balance()).adds_up
        for view in self.views():
            known = self.known[view.message_id]
            before, now = known.state, view.state
            if before in FINAL:
                assert now is before or (before is State.UNKNOWN and now in FINAL), (before, now)
            else:
                assert now in FINAL or RANK[now] >= RANK[before], (before, now)
            known.state = now
            known.was_submitted = known.was_submitted or now is State.SUBMITTED
            self.check_row(view, known)

    def check_row(self, view: MessageView, known: Known) -> None:
        """A state and its masks belong together, and what is paid for, the carrier really has."""
        whole = full_mask(view.segments)
        assert view.sent_mask | view.delivered_mask | whole == whole
        if view.state is State.SUBMITTED:
            assert view.sent_mask == whole
        if view.state is State.DELIVERED:
            assert view.delivered_mask == whole
        if view.state is State.CANCELLED:
            assert not [each for each in self.written if each.submission.message_id == view.message_id]
        if not known.may_be_twice:
            # One that was in doubt is paid for when it ends as unknown: it may have left.
            has = {each.submission.segment_no for each in self.written if each.submission[0] == view.message_id}
            assert {no for no in range(view.segments) if view.sent_mask >> no & 1} <= has

    def check_words(self) -> None:
        """Every receipt we acknowledged settled one copy of a segment, or is in a journal, or is an orphan: never lost.

        Late, repeated, contradicting and intermediate ones too, across crashes.
        """
        if self.gateway.clock.at - NOON >= ORPHAN_AGE_MAX_MS:
            return  # some orphans may have been dropped after their time
        assert self.acknowledged == self.run(self.gateway.accounted_receipts(list(self.known)))

    # --- and in the end

    def finish(self) -> None:
        """Time goes on, and everything comes to its end."""
        self.gateway.store.refuse_next = self.gateway.store.undo_next = 0
        for round_no in range(100):
            # Every segment handed over is answered once: that is the carrier's promise to us.
            while self.unanswered:
                self.say(self.unanswered.pop(), list(Answer)[round_no % len(Answer)])
            self.replies_are_settled()
            self.receipts_come_again()
            self.check()
            if not self.replies and all(known.state in FINAL for known in self.known.values()):
                break
            self.gateway.clock.at += 6 * HOUR_MS
            self.gateway.down.clear()
            self.attempt(self.gateway.reroute.run_once())
            for carrier_id, dispatch in self.gateway.dispatches.items():
                self.gateway.carriers[carrier_id].room_left = 3
                self.attempt(dispatch.run_once())
            self.take_note()
            self.attempt(self.gateway.keep_house())
        assert {message_id: known.state for message_id, known in self.known.items() if known.state not in FINAL} == {}
        assert self.run(self.gateway.balance()).reserved == 0
        for _ in range(12):
            self.gateway.clock.at += 25 * HOUR_MS
            self.customer_is_told(Choices([0]))
            self.customer_is_told(Choices([0]))
        views = self.views()
        assert self.run(self.gateway.balance()).spent == sum(view.rate * view.sent_mask.bit_count() for view in views)
        for view in views:
            self.check_told(view, self.known[view.message_id])
            self.check_heard(view, self.known[view.message_id])

    def check_told(self, view: MessageView, known: Known) -> None:
        """Its notifications end with its final status, none is told twice, and 003 comes first."""
        codes = [code for _, code in sorted(self.told[view.message_id].items())]
        assert all(is_wanted(code, known.callback) for code in codes), codes
        assert len(set(codes)) == len(codes), codes
        assert DELIVERED_TO_GATEWAY not in codes[1:], codes
        last = settled_status_code(view.state, view.cause)
        if is_told(view.state) and is_wanted(last, known.callback):
            assert codes[-1:] == [last], (codes, view)
        else:
            assert set(codes) <= {DELIVERED_TO_GATEWAY, UNKNOWN}, (codes, view)
        if known.was_submitted and is_wanted(DELIVERED_TO_GATEWAY, known.callback):
            assert codes[0] == DELIVERED_TO_GATEWAY, (codes, view)

    def check_heard(self, view: MessageView, known: Known) -> None:
        """What the carrier said and we acknowledged is what the customer sees, early receipts too."""
        if known.may_be_twice or known.closed != {0} or view.segments > 1:
            return
        if self.jumped_back and known.words:
            # Early receipts are settled by the moments at which they came, which say nothing then.
            assert view.state in {after(State.UNKNOWN, cause) or State.UNKNOWN for cause in known.words}
            return
        state = State.UNKNOWN
        for cause in known.words:
            state = after(state, cause) or state
            if cause is not Cause.RECEIPT_UNKNOWN:
                break
        assert view.state is state, (view, known.words)

    def close_down(self) -> None:
        """Let go of files and loop."""
        self.run(self.gateway.store.close())
        self.loop.close()
        shutil.rmtree(self.root)


WEIGHTS = {
    Delivering.customer_sends: 6,
    Delivering.carrier_has_room: 14,
    Delivering.carrier_answers: 22,
    Delivering.carrier_answers_late: 8,
    Delivering.replies_are_settled: 14,
    Delivering.everything_at_once: 10,
    Delivering.receipts_arrive: 14,
    Delivering.receipt_arrives_early: 5,
    Delivering.receipts_come_again: 2,
    Delivering.receipt_of_another: 2,
    Delivering.customer_is_told: 5,
    Delivering.customer_stops: 2,
    Delivering.time_passes: 5,
    Delivering.much_time_passes: 1,
    Delivering.the_clock_jumps_back: 1,
    Delivering.a_carrier_goes_down_or_comes_back: 4,
    Delivering.re_routing_runs: 5,
    Delivering.housekeeping_runs: 4,
    Delivering.the_disk_is_full: 3,
    Delivering.the_process_is_killed: 2,
}
ALL_STEPS = [step for step, weight in WEIGHTS.items() for _ in range(weight)]
Steps = list[tuple[Any, list[int]]]


def live_through(steps: Steps) -> None:
    """Take these steps, look at everything after each, and go on to the end of every message."""
    world = Delivering()
    try:
        world.customer_sends(Choices([0] * CHOICES))
        for step, numbers in steps:
            step(world, Choices(numbers))
            world.check()
        world.check_words()
        world.finish()
    finally:
        world.close_down()


@settings(max_examples=40)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(ALL_STEPS), st.lists(st.integers(0, 4095), min_size=CHOICES, max_size=CHOICES)),
        min_size=20,
        max_size=80,
    )
)
def test_the_money_adds_up_and_no_message_is_lost(steps: Steps) -> None:
    """After any sequence of moves, refused commits and killed processes; a failure comes as a short sequence (delivery
    1.2, 1.5).
    """
    live_through(steps)


@pytest.mark.parametrize("seed", range(60))
def test_the_money_adds_up_in_a_busy_time(seed: int) -> None:
    """The same with long sequences, every step as likely at any moment, so that much is under way at once (delivery
    1.5).
    """
    chance = random.Random(seed)
    live_through([(chance.choice(ALL_STEPS), [chance.randrange(4096) for _ in range(CHOICES)]) for _ in range(150)])
