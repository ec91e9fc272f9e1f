"""Single steps of a message's way, each in this process alone: what a codec, a parser, a transaction costs.

CPU time, the best of several repetitions, for each message (or whatever the name says). The legs of the store run the
product's own flows over a real file; the carrier is a script that takes everything.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import uvloop

from angarium.carriers.settings import CarrierSettings
from angarium.carriers.translate import Translator
from angarium.core.account import Account, AccountSettings, ApiConnection, Caller, ConnectionSettings
from angarium.core.message import Accepted, SendRequest
from angarium.core.public_ids import KEY_OCTETS, PublicIds
from angarium.core.states import Cause
from angarium.flows.dispatch import Dispatch
from angarium.flows.fresh import FreshRequests
from angarium.flows.intake import Call, Intake
from angarium.flows.receipts import Receipts
from angarium.flows.tables import Tables
from angarium.lifecycle import LocalBell, SystemClock, TimeOrderedIds
from angarium.ports.carrier import Answer, CarrierReceipt, Reply, Submission
from angarium.rest.json_form import JsonForm
from angarium.rest.parameters import send_request
from angarium.rest.xml_form import XmlForm
from angarium.smpp import codec, framing, receipt
from angarium.smpp.pdu import DeliverSm, SubmitSm, SubmitSmResp
from angarium.stores.sqlite.database import DATABASE_FILE
from angarium.stores.sqlite.store import SqliteStore
from angarium.text.national import NationalLanguage
from angarium.text.segments import Content, segment
from angarium.text.spelling import spell
from bench import report, tables
from bench.load import FIRST_NUMBER, TEXT

REPETITIONS = 5
REPETITION_S = 0.1
LONG_TEXT = TEXT * 8
UNICODE_TEXT = "Ваш одноразовый пароль 482913. Он действует пять минут."
TURKISH_TEXT = "Tek kullanımlık şifreniz 482913. Beş dakika geçerlidir, kimseyle paylaşmayınız."
RECEIPT_TEXT = b"id:0000482913 sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:"
BATCHES = (1, 16, 200, 1_000)
LEG_MESSAGES_MAX = 20_000
LEG_COMMITS_MAX = 400
"""A leg runs until it has seen so many messages or commits: with one message a commit it is the disk that counts."""


def best_us(step: Callable[[], object], *, per: int = 1) -> float:
    """CPU microseconds of one step, divided by what it handles: the best of the repetitions."""
    step()
    times, best = 1, float("inf")
    for _ in range(REPETITIONS):
        spent = 0.0
        while True:
            started = time.process_time()
            for _ in range(times):
                step()
            spent = time.process_time() - started
            if spent >= REPETITION_S:
                break
            times *= 2
        best = min(best, spent / times)
    return round(best / per * 1e6, 3)


def steps() -> dict[str, float]:
    """Everything that needs no store."""
    return {**_smpp_steps(), **_text_steps(), **_rest_steps()}


def _smpp_steps() -> dict[str, float]:
    submit = SubmitSm(destination_addr=b"27990000001", short_message=TEXT.encode(), registered_delivery=1)
    template = codec.SubmitTemplate(submit)
    frame = codec.encode(submit)
    response = codec.encode(SubmitSmResp(sequence_number=7, message_id=b"0000482913"))
    deliver = DeliverSm(sequence_number=7, source_addr=b"27990000001", esm_class=4, short_message=RECEIPT_TEXT)
    deliver_frame = codec.encode(deliver)
    translator = Translator(CarrierSettings())
    stream = response * 200
    return {
        "submit_sm from a template": best_us(lambda: template.encode(7, b"27990000001")),
        "submit_sm encode": best_us(lambda: codec.encode(submit)),
        "submit_sm decode": best_us(lambda: codec.decode(frame)),
        "submit_sm_resp decode": best_us(lambda: codec.decode_submit_sm_resp(response)),
        "deliver_sm decode": best_us(lambda: codec.decode_deliver_sm(deliver_frame)),
        "deliver_sm_resp encode, of 200": best_us(lambda: codec.encode_deliver_sm_resps(range(1, 201)), per=200),
        "framing, of 200": best_us(lambda: framing.FrameBuffer().feed(stream), per=200),
        "receipt parse": best_us(lambda: receipt.parse(deliver)),
        "receipt, frame to CarrierReceipt": best_us(lambda: translator.inbound(codec.decode_deliver_sm(deliver_frame))),
    }


def _text_steps() -> dict[str, float]:
    found: dict[str, float] = {}
    for name, text in (("GSM 7-bit", TEXT), ("GSM 7-bit, 3 segments", LONG_TEXT), ("UCS-2", UNICODE_TEXT)):
        found[f"text to content, {name}"] = best_us(partial(Content.of_text, text))
        content = Content.of_text(text)
        found[f"content to segments, {name}"] = best_us(partial(segment, content, reference=1))
    turkish = Content.of_text(TURKISH_TEXT)
    languages = frozenset((NationalLanguage.TURKISH,))
    found["spelling, by national tables"] = best_us(partial(spell, turkish, smart=True, languages=languages))
    typography = Content.of_text(f"“{TEXT}”…")
    found["spelling, by look-alikes"] = best_us(partial(spell, typography, smart=True))
    return found


def _rest_steps() -> dict[str, float]:
    found: dict[str, float] = {}
    caller = _caller()
    public_ids = PublicIds(bytes(KEY_OCTETS))
    json_form, xml_form = JsonForm(), XmlForm()
    for count in (1, 200):
        numbers = [str(FIRST_NUMBER + index) for index in range(count)]
        in_json = json.dumps({"text": TEXT, "to": numbers}, separators=(",", ":")).encode()
        to = "".join(f"<to>{number}</to>" for number in numbers)
        in_xml = f"<request><data><text>{TEXT}</text>{to}</data></request>".encode()
        fields = json_form.read(in_json, charset="")
        results = [Accepted(int(number), 1 << 40 | index) for index, number in enumerate(numbers)]
        ids = [result.message_id for result in results]
        shown = public_ids.show_all(ids)
        of = f"of {count}" if count > 1 else "alone"
        found |= {
            f"JSON read, {of}": best_us(partial(json_form.read, in_json, charset=""), per=count),
            f"XML read, {of}": best_us(partial(xml_form.read, in_xml, charset=""), per=count),
            f"parameters, {of}": best_us(partial(send_request, fields, caller=caller, now=0), per=count),
            f"parameters with a callback, {of}": best_us(
                partial(send_request, {**fields, "callback": 2}, caller=caller, now=0), per=count
            ),
            f"public ids, {of}": best_us(partial(public_ids.show_all, ids), per=count),
            f"JSON write, {of}": best_us(partial(json_form.write_messages, results, shown, ""), per=count),
            f"XML write, {of}": best_us(partial(xml_form.write_messages, results, shown, ""), per=count),
        }
    return found


def _caller() -> Caller:
    account = Account(account_id=1, name="bench", settings=AccountSettings())
    return Caller(account, ApiConnection(connection_id=1, account_id=1, name="bench", settings=ConnectionSettings()))


class ScriptedCarrier:
    """A carrier port that takes everything; `take` hands out what it took."""

    carrier_id = 1

    def __init__(self) -> None:
        self._taken: list[Submission] = []

    def room(self) -> int:
        return max(BATCHES)

    def submit(self, batch: Sequence[Submission]) -> None:
        self._taken += batch

    def take(self) -> list[Submission]:
        taken, self._taken = self._taken, []
        return taken


class Legs:
    """The flows of one store, and how much CPU each leg has taken."""

    def __init__(self, store: SqliteStore) -> None:
        clock, bell, tables_ = SystemClock(), LocalBell(), Tables()
        self._store = store
        self._tables = tables_
        self._carrier = ScriptedCarrier()
        fresh = FreshRequests()
        self._intake = Intake(
            store=store, tables=tables_, ids=TimeOrderedIds(clock, last=0), clock=clock, bell=bell, fresh=fresh
        )
        self._receipts = Receipts(store=store, tables=tables_, clock=clock, bell=bell)
        self._dispatch = Dispatch(
            self._carrier,
            store=store,
            tables=tables_,
            receipts=self._receipts,
            clock=clock,
            bell=bell,
            fresh=fresh,
        )
        self._next = FIRST_NUMBER
        self._content = Content.of_text(TEXT)

    async def start(self) -> None:
        await self._tables.refresh(self._store)
        self._caller = Caller(self._tables.directory.accounts[1], self._tables.directory.connections[1])

    async def round(self, batch: int, spent: dict[str, float]) -> None:
        """One batch through accept, claim, settle and receipt: four commits. At most 200 recipients a request."""
        calls = []
        for size in [200] * (batch // 200) or [batch]:
            recipients = tuple(map(str, range(self._next, self._next + size)))
            self._next += size
            calls.append(Call(self._caller, SendRequest(recipients=recipients, content=self._content)))
        started = time.process_time()
        await self._intake.accept(calls)
        started = _lap(spent, "accept", started)
        await self._dispatch.run_once()
        _lap(spent, "claim", started)
        replies = [
            Reply(each, Answer.ACCEPTED, str(each.message_id), str(each.message_id)) for each in self._carrier.take()
        ]
        started = time.process_time()
        await self._dispatch.settle(replies)
        _lap(spent, "settle", started)
        receipts = [
            CarrierReceipt(each.match_id, each.match_id, Cause.RECEIPT_DELIVERED, str(each.submission.recipient), "000")
            for each in replies
        ]
        started = time.process_time()
        await self._receipts.settle(ScriptedCarrier.carrier_id, receipts)
        _lap(spent, "receipt", started)
        assert len(replies) == batch, f"{len(replies)} of {batch} came through"


def _lap(spent: dict[str, float], leg: str, started: float) -> float:
    now = time.process_time()
    spent[leg] = spent.get(leg, 0.0) + now - started
    return now


async def legs(folder: Path, batch: int) -> dict[str, float]:
    """CPU µs a message of each leg, with so many messages a commit; COMMIT's own thread included."""
    await tables.prepare(folder, port=1, window=1, links=1, callback_url="")
    store = SqliteStore(folder / DATABASE_FILE)
    try:
        work = Legs(store)
        await work.start()
        await work.round(batch, {})
        rounds = min(LEG_COMMITS_MAX, max(3, LEG_MESSAGES_MAX // batch))
        spent: dict[str, float] = {}
        for _ in range(rounds):
            await work.round(batch, spent)
        assert await store.ledger_faults() == []
    finally:
        await store.close()
    return {leg: round(seconds / rounds / batch * 1e6, 2) for leg, seconds in spent.items()}


def run(directory: Path) -> dict[str, object]:
    """Measure and print all of it."""
    found = steps()
    print("\nsingle steps, CPU µs, best of several")
    print(report.aligned([(name, "", f"{value:.2f}") for name, value in found.items()]))
    by_batch: dict[int, dict[str, float]] = {}
    for batch in BATCHES:
        folder = Path(tempfile.mkdtemp(prefix="legs-", dir=directory))
        by_batch[batch] = uvloop.run(legs(folder, batch))
        shutil.rmtree(folder)
    names = list(by_batch[BATCHES[0]])
    rows = [("store legs, CPU µs a message", "", *names, "together")]
    rows += [
        (f"{batch} a commit", "", *(f"{costs[name]:.1f}" for name in names), f"{sum(costs.values()):.1f}")
        for batch, costs in by_batch.items()
    ]
    print(f"\n{report.aligned(rows)}")
    return {"steps": found, "legs": by_batch}
