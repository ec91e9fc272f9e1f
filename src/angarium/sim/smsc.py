"""The simulated SMSC: takes submits, lets fates decide, sends receipts and replies, counts everything."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from angarium.core.clocktime import UnixMs
from angarium.httpd import ListenError
from angarium.ports.clock import Clock
from angarium.sim.agenda import Agenda, Delay
from angarium.sim.blows import strike
from angarium.sim.fates import DELIVERED, Fate, Lasting, Manner, Saying, Through, When, fate_of
from angarium.sim.handsets import Handsets
from angarium.sim.hostility import Hostility
from angarium.sim.link import SmscLink
from angarium.sim.mailbox import Mailbox, Parcel
from angarium.sim.message_ids import named
from angarium.sim.receipts import ReceiptWriter, Taken, is_wanted
from angarium.sim.settings import SimulatorSettings
from angarium.sim.switches import Plan
from angarium.smpp.codec import encode
from angarium.smpp.constants import INTERFACE_VERSION_3_4, CommandStatus, TlvTag
from angarium.smpp.pdu import (
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    DataSm,
    DataSmResp,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    response_to,
)
from angarium.smpp.session import SessionSettings
from angarium.smpp.tlv import tlv

TRIES_MAX: Final = 100_000
"""Numbers whose passing trouble is remembered."""
STOP_TIMEOUT_S: Final = 2.0
IDS_PER_MS: Final = 1_000


class CannotReply(Exception):
    """A handset cannot send this; the text is one sentence that says why and what to do."""


class SubmitRecord(NamedTuple):
    """One submit_sm or data_sm as it came, and what was said to it."""

    at: UnixMs
    system_id: bytes
    source_addr: bytes
    destination_addr: bytes
    user_data: bytes
    command_status: int | None
    """None: it was not answered, or not at once."""
    message_id: bytes
    """Empty if it was not taken."""


@dataclass(slots=True)
class Counters:
    """What has happened so far."""

    links: int = 0
    binds: int = 0
    binds_refused: int = 0
    submits: int = 0
    taken: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    """By command_status."""
    unanswered: int = 0
    links_dropped: int = 0
    replies: int = 0
    receipts: int = 0
    acknowledged: int = 0
    deliveries_refused: int = 0
    deliveries_lost: int = 0
    """Sent on a link that died, or not answered in time; sent again."""
    given_up: int = 0
    submits_unrecorded: int = 0


class Simulator:
    """A carrier with handsets. `start`, use, `stop`; one event loop; everything is in memory.

    Receipts and replies go to any link of the same system_id that is bound to receive, and are kept until one
    acknowledges them with status 0. `release_*` bring about at once what a setting delays or holds back.
    """

    def __init__(self, settings: SimulatorSettings, *, clock: Clock, tls: ssl.SSLContext | None = None) -> None:
        self.settings = settings
        self.counters = Counters()
        self.handsets = Handsets(handsets_max=settings.handsets_max, messages_max=settings.messages_per_handset_max)
        self.submits: list[SubmitRecord] = []
        """Every submit, with `record_submits`."""
        self.hostility = Hostility(seed=settings.hostility_seed)
        """The traps that are set."""
        self.bind_refusal: int | None = None
        """While set, every bind is refused with this command_status."""
        self._clock = clock
        self._tls = tls
        self._links: set[SmscLink] = set()
        self._mailboxes: dict[bytes, Mailbox] = {}
        self._tries: dict[tuple[str, bytes], int] = {}
        self._receipts = ReceiptWriter()
        self._next_number = settings.first_message_number or 0
        self._prefix = settings.message_id_prefix.encode()
        self._server: asyncio.Server | None = None
        self._agenda: Agenda[Callable[[], Mailbox | None]] | None = None
        self._all_closed = asyncio.Event()

    # Start and stop.

    async def start(self) -> tuple[str, int]:
        """Listen for binds and return the address; ListenError if it cannot be listened on."""
        loop = asyncio.get_running_loop()
        settings = self.settings
        self._agenda = Agenda(loop, self._run)
        if settings.first_message_number is None:
            self._next_number = self._clock.now() * IDS_PER_MS
        session_settings = SessionSettings(
            window_max=settings.window_max,
            session_init_s=settings.session_init_s,
            enquire_link_s=settings.enquire_link_s,
            response_s=settings.response_s,
        )
        try:
            self._server = await loop.create_server(
                lambda: SmscLink(self, session_settings), settings.smsc_host, settings.smsc_port, ssl=self._tls
            )
        except OSError as error:
            why = f"{error.strerror or error}. Stop the program that uses it, or choose another port."
            raise ListenError(settings.smsc_host, settings.smsc_port, why) from error
        return self.address

    @property
    def address(self) -> tuple[str, int]:
        """Where binds are taken; only after `start`."""
        if self._server is None:
            raise RuntimeError("the simulator is not running")
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    @property
    def agenda(self) -> Agenda[Callable[[], Mailbox | None]]:
        """What is to be done later; only after `start`."""
        if self._agenda is None:
            raise RuntimeError("the simulator is not running")
        return self._agenda

    async def stop(self) -> None:
        """Close every link and the listener. What was not acknowledged is forgotten. Calling it again does nothing."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        self.agenda.clear()
        if self._links:
            for link in list(self._links):
                link.drop()
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await self._all_closed.wait()
            except TimeoutError:
                self.drop_links()
                await self._all_closed.wait()
        await server.wait_closed()

    # What a test or a person may do.

    def release_receipts(self) -> int:
        """Send the receipts that wait for `receipt_delay_s`, and return how many there were."""
        return self.agenda.release(Delay.RECEIPT)

    def release_late(self) -> int:
        """Send the receipts that wait for `late_receipt_delay_s`, and return how many there were."""
        return self.agenda.release(Delay.LATE_RECEIPT)

    def release_answers(self) -> int:
        """Send the answers that wait for `slow_answer_s`, and return how many there were."""
        return self.agenda.release(Delay.SLOW_ANSWER)

    def release_redeliveries(self) -> int:
        """Send again what was answered with an error, and return how many there were."""
        return self.agenda.release(Delay.REDELIVERY)

    def release_stalls(self) -> int:
        """Read again from the links that are stalled, and return how many there were."""
        return self.agenda.release(Delay.STALL)

    def drop_links(self) -> int:
        """Let every connection die at once, and return how many there were."""
        links = list(self._links)
        for link in links:
            link.abort()
        return len(links)

    def copies(self) -> Counter[tuple[bytes, bytes]]:
        """Return how often each (destination_addr, user data) was taken, with `record_submits`."""
        return Counter((record.destination_addr, record.user_data) for record in self.submits if record.message_id)

    @property
    def deliveries_waiting(self) -> int:
        """Receipts and replies that wait for a link or for their acknowledgement."""
        return sum(
            len(mailbox.waiting) + sum(link.session.window_used for link in mailbox.links)
            for mailbox in self._mailboxes.values()
        )

    def reply(self, number: str, text: str, *, to: str | None = None) -> int:
        """Let a handset send `text`, by default to the sender of its last message; return how many segments it made.

        Raises CannotReply.
        """
        handset = self.handsets.get(number)
        recipient = to or (handset.answer_to if handset else "")
        if not recipient:
            why = "whose last message names no sender" if handset else "which has received nothing"
            raise CannotReply(f"There is nobody to answer on {number}, {why}: say to which number it shall write.")
        for each in (number, recipient):
            digits = each.removeprefix("+")
            if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
                raise CannotReply(
                    f"A handset cannot write to or from {each!r}: that takes a number of up to 20 digits."
                )
        if not text:
            raise CannotReply("There is no text to send.")
        mailbox = self._mailboxes.get(handset.system_id) if handset else None
        mailbox = mailbox or next(iter(self._mailboxes.values()), None)
        if mailbox is None:
            raise CannotReply("Nobody is bound to this SMSC: start the gateway first.")
        parts = self.handsets.typed(number, recipient, text)
        if handset is not None:
            handset.note(recipient, text, now_at=self._clock.now())
        mailbox.waiting.extend(Parcel(part) for part in parts)
        self.counters.replies += 1
        self.pump(mailbox)
        return len(parts)

    # What links tell.

    def link_opened(self, link: SmscLink) -> None:
        """Take note of a new connection, or refuse one too many."""
        self.counters.links += 1
        link.number = self.counters.links
        self._all_closed.clear()
        self._links.add(link)
        if len(self._links) > self.settings.links_max or self._server is None:
            link.abort()

    def link_closed(self, link: SmscLink) -> None:
        """Forget a connection; its mailbox stays as long as it holds something."""
        self._links.discard(link)
        mailbox = link.mailbox
        if mailbox is not None:
            if link in mailbox.links:
                mailbox.links.remove(link)
            self.pump(mailbox)
            if not mailbox.waiting and not any(other.mailbox is mailbox for other in self._links):
                self._mailboxes.pop(mailbox.system_id, None)
        if not self._links:
            self._all_closed.set()

    def bind_requested(self, link: SmscLink, pdu: BindTransmitter | BindReceiver | BindTransceiver) -> None:
        """Let a peer in, or tell why not."""
        status = self._bind_status(pdu)
        response = response_to(pdu, status)
        if status == CommandStatus.ESME_ROK:
            if isinstance(response, BindTransmitterResp | BindReceiverResp | BindTransceiverResp):
                response.system_id = self.settings.system_id.encode()
                response.tlvs = (tlv(TlvTag.SC_INTERFACE_VERSION, INTERFACE_VERSION_3_4),)
            self.counters.binds += 1
            mailbox = self._mailboxes.setdefault(pdu.system_id, Mailbox(pdu.system_id))
            link.mailbox = mailbox
            link.session.respond(response)
            if not isinstance(pdu, BindTransmitter):
                link.can_receive = True
                mailbox.links.append(link)
        else:
            self.counters.binds_refused += 1
            link.session.respond(response)

    def requested(self, link: SmscLink, pdu: Pdu) -> None:
        """Answer a request that is not a bind."""
        if isinstance(pdu, SubmitSm | DataSm):
            self._submitted(link, pdu)
        else:
            link.respond(response_to(pdu, CommandStatus.ESME_RINVCMDID))

    def acknowledged(self, parcel: Parcel, command_status: int, mailbox: Mailbox | None) -> None:
        """Forget what was acknowledged; send again later what was answered with an error."""
        if command_status == CommandStatus.ESME_ROK:
            self.counters.acknowledged += 1
        else:
            self.counters.deliveries_refused += 1
            parcel.redeliveries += 1
            if parcel.redeliveries > self.settings.redeliveries_max or mailbox is None:
                self.counters.given_up += 1
            else:
                again = partial(self._put, mailbox, parcel)
                self.agenda.add(Delay.REDELIVERY, again, self.settings.redelivery_delay_s)
        parcel.settle()

    def unacknowledged(self, mailbox: Mailbox | None, parcels: list[Parcel]) -> None:
        """Keep for another link, or another try, what was sent and not answered."""
        if mailbox is not None and parcels:
            self.counters.deliveries_lost += len(parcels)
            mailbox.put_back(parcels)
        for parcel in parcels:
            parcel.settle()

    def pump(self, mailbox: Mailbox | None) -> None:
        """Send what waits, as far as windows allow."""
        if mailbox is not None and mailbox.waiting:
            for link in mailbox.pump(asyncio.get_running_loop().time()):
                link.flush()

    # A submit's way.

    def _submitted(self, link: SmscLink, pdu: SubmitSm | DataSm) -> None:
        self.counters.submits += 1
        fate = fate_of(pdu.destination_addr)
        mailbox = link.mailbox
        assert mailbox is not None, "a submit on a link that is not bound"
        if self.hostility.on:
            self._carry_out(link, mailbox, pdu, self.hostility.bend(fate, pdu.destination_addr))
        elif len(mailbox.waiting) + len(self.agenda) >= self.settings.waiting_max:
            self._refuse(link, pdu, CommandStatus.ESME_RMSGQFUL)
        elif fate is DELIVERED:
            link.respond(self._take(link, pdu, fate))
        elif fate.refusal and self._in_force(fate, pdu.destination_addr):
            self._refuse(link, pdu, fate.refusal)
        elif fate.manner is Manner.NEVER_ANSWER:
            self.counters.unanswered += 1
            self._record(mailbox, pdu, None, b"")
        elif fate.manner in _DROPPING and self._in_force(fate, pdu.destination_addr):
            self.counters.links_dropped += 1
            if fate.manner is Manner.DROP_AFTER_TAKING:
                self._take(link, pdu, fate)
            else:
                self._record(mailbox, pdu, None, b"")
            link.drop()
        elif fate.manner is Manner.ANSWER_SLOWLY:
            answer = partial(_answer, link, self._take(link, pdu, fate))
            self.agenda.add(Delay.SLOW_ANSWER, answer, self.settings.slow_answer_s)
        else:
            self._take_and_answer(link, mailbox, pdu, fate)

    def _carry_out(self, link: SmscLink, mailbox: Mailbox, pdu: SubmitSm | DataSm, plan: Plan) -> None:
        """Do with a submit what was planned, blow by blow. Of fate's own manners only refusals are kept."""
        fate = plan.fate
        refusal = plan.refusal or (fate.refusal if self._in_force(fate, pdu.destination_addr) else 0)
        if plan.blow is not None:
            again = strike(link, plan)
            if again is not None:
                self.agenda.add(Delay.STALL, again, plan.blow_value)
        if plan.is_nacked:
            self._record(mailbox, pdu, int(CommandStatus.ESME_RINVCMDID), b"")
            link.respond(GenericNack(command_status=CommandStatus.ESME_RINVCMDID, sequence_number=pdu.sequence_number))
        elif refusal:
            self._refuse(link, pdu, refusal)
        elif not plan.is_answered:
            self.counters.unanswered += 1
            if plan.is_taken:
                self._take(link, pdu, fate, plan)
            else:
                self._record(mailbox, pdu, None, b"")
        else:
            self._answer_as_planned(link, mailbox, pdu, plan)

    def _answer_as_planned(self, link: SmscLink, mailbox: Mailbox, pdu: SubmitSm | DataSm, plan: Plan) -> None:
        if plan.answer_delay_s != 0:
            answer = partial(_answer, link, self._take(link, pdu, plan.fate, plan))
            self.agenda.add(Delay.SLOW_ANSWER, answer, plan.answer_delay_s)
            return
        if plan.disorder:
            if not link.held:
                self.agenda.add(Delay.SLOW_ANSWER, partial(self._shuffle, link), plan.disorder_s)
            link.held.append(self._take(link, pdu, plan.fate, plan))
            if len(link.held) >= plan.disorder:
                self._shuffle(link)
            return
        self._take_and_answer(link, mailbox, pdu, plan.fate, plan)
        number = pdu.sequence_number
        strays = [number] * (plan.answers - 1) + [number ^ _STRAY_BIT] * plan.is_stray_added
        if strays:
            link.flush()
            link.write(b"".join(encode(SubmitSmResp(sequence_number=each, message_id=b"0")) for each in strays))

    def _shuffle(self, link: SmscLink) -> None:
        held, link.held = link.held, []
        for number in self.hostility.shuffled(len(held)):
            link.respond(held[number])
        link.flush()

    def _take_and_answer(
        self, link: SmscLink, mailbox: Mailbox, pdu: SubmitSm | DataSm, fate: Fate, plan: Plan | None = None
    ) -> None:
        if not fate.receipts or fate.receipts[0].when is not When.BEFORE_ANSWER:
            link.respond(self._take(link, pdu, fate, plan))
            return
        response = self._take(link, pdu, fate, plan)
        if not is_wanted(pdu.registered_delivery, fate.receipts[0]):
            link.respond(response)
            return
        # The answer waits for the receipt's acknowledgement: on two links, no other order is sure.
        parcel = mailbox.waiting[-1]
        parcel.on_settled = partial(_answer, link, response)
        self.pump(mailbox)
        if not parcel.is_sent:
            parcel.settle()

    def _take(self, link: SmscLink, pdu: SubmitSm | DataSm, fate: Fate, plan: Plan | None = None) -> Pdu:
        """Take a message: number it, show it on its handset, see to its receipts; return the answer."""
        mailbox = link.mailbox
        assert mailbox is not None, "a submit on a link that is not bound"
        now_at = self._clock.now()
        number = self._next_number
        self._next_number = number + 1
        message_id = in_receipt = self._prefix + b"%d" % number
        if plan is not None:
            message_id, in_receipt = named(number, plan, usual=message_id)
        if fate.hex_in_response:
            message_id, in_receipt = b"%X" % number, b"%d" % number
        self.counters.taken += 1
        self._record(mailbox, pdu, CommandStatus.ESME_ROK, message_id, at=now_at)
        if fate.reaches_handset:
            self.handsets.receive(pdu, system_id=mailbox.system_id, now_at=now_at)
        taken = Taken(pdu, in_receipt, now_at)
        for saying in fate.receipts:
            if is_wanted(pdu.registered_delivery, saying):
                self._plan(link, taken, saying)
        response = SubmitSmResp if isinstance(pdu, SubmitSm) else DataSmResp
        return response(sequence_number=pdu.sequence_number, message_id=b"" if fate.empty_answer else message_id)

    def _plan(self, link: SmscLink, taken: Taken, saying: Saying) -> None:
        settings = self.settings
        delay_s = settings.late_receipt_delay_s if saying.when is When.LATE else settings.receipt_delay_s
        delay_s = delay_s if saying.later_s == 0 else saying.later_s
        if delay_s == 0 or saying.when is When.BEFORE_ANSWER:
            self._say(link, taken, saying)
            return
        delay = Delay.LATE_RECEIPT if saying.when is When.LATE else Delay.RECEIPT
        self.agenda.add(delay, partial(self._say, link, taken, saying), delay_s)

    def _say(self, link: SmscLink, taken: Taken, saying: Saying) -> Mailbox | None:
        mailbox = link.mailbox
        if saying.through is Through.OTHER_CARRIER:
            mailbox = next((each for each in self._mailboxes.values() if each is not mailbox), None)
        if mailbox is None:
            return None
        self.counters.receipts += 1
        avoids = link if saying.through is Through.OTHER_LINK else None
        parcel = Parcel(self._receipts.write(taken, saying, now_at=self._clock.now()), avoids=avoids)
        self._put(mailbox, parcel)
        if mailbox is not link.mailbox:
            self.pump(mailbox)  # nothing of what comes next touches it
        return mailbox

    def _put(self, mailbox: Mailbox, parcel: Parcel) -> Mailbox:
        # The mailbox may have been given up meanwhile, and another one begun for the same system_id.
        mailbox = self._mailboxes.setdefault(mailbox.system_id, mailbox)
        parcel.is_sent = False
        mailbox.waiting.append(parcel)
        return mailbox

    def _refuse(self, link: SmscLink, pdu: SubmitSm | DataSm, command_status: int) -> None:
        self.counters.refused[int(command_status)] += 1
        if link.mailbox is not None:
            self._record(link.mailbox, pdu, int(command_status), b"")
        link.respond(response_to(pdu, command_status))

    def _in_force(self, fate: Fate, destination_addr: bytes) -> bool:
        """Whether a passing trouble still lasts for this number; each call is one try."""
        if fate.lasting is Lasting.ALWAYS:
            return True
        key = (fate.suffix, destination_addr)
        tries = self._tries.pop(key, 0)
        if tries >= (1 if fate.lasting is Lasting.ONCE else self.settings.refused_tries):
            return False
        if len(self._tries) >= TRIES_MAX:
            del self._tries[next(iter(self._tries))]
        self._tries[key] = tries + 1
        return True

    def _record(
        self, mailbox: Mailbox, pdu: SubmitSm | DataSm, status: int | None, message_id: bytes, *, at: UnixMs = 0
    ) -> None:
        if not self.settings.record_submits:
            return
        if len(self.submits) >= self.settings.submits_recorded_max:
            self.counters.submits_unrecorded += 1
            return
        self.submits.append(
            SubmitRecord(
                *(at or self._clock.now(), mailbox.system_id, pdu.source_addr, pdu.destination_addr, pdu.user_data),
                *(status, message_id),
            )
        )

    def _bind_status(self, pdu: BindTransmitter | BindReceiver | BindTransceiver) -> int:
        if self.bind_refusal is not None:
            return self.bind_refusal
        if self.hostility.on:
            refusal = self.hostility.bind_refusal(self.counters.binds + self.counters.binds_refused)
            if refusal is not None:
                return refusal
        credentials = self.settings.credentials
        if credentials is None:
            return CommandStatus.ESME_ROK
        password = credentials.get(pdu.system_id.decode("latin-1"))
        if password is None:
            return CommandStatus.ESME_RINVSYSID
        return CommandStatus.ESME_ROK if password.encode() == pdu.password else CommandStatus.ESME_RINVPASWD

    def _run(self, jobs: list[Callable[[], Mailbox | None]]) -> None:
        """Do what is due, then send it in as few writes as there are links."""
        touched = {mailbox.system_id: mailbox for job in jobs if (mailbox := job()) is not None}
        for mailbox in touched.values():
            self.pump(mailbox)


_STRAY_BIT: Final = 0x40000000
"""Added to a sequence_number, it makes one that nobody used."""
_DROPPING: Final = frozenset({Manner.DROP_BEFORE_TAKING, Manner.DROP_AFTER_TAKING})


def _answer(link: SmscLink, response: Pdu) -> None:
    link.respond(response)
    link.flush()
