"""Nonsense into an SMPP session, in any state and either role. Rule: nothing escapes but events.

    python fuzz/fuzz_session.py --runs 20000 --seed 1

A failure prints its seed and round; `--seed S --first R --runs 1` repeats it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path
from typing import get_args

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from angarium.smpp import codec
from angarium.smpp.constants import CommandId
from angarium.smpp.errors import MisuseError
from angarium.smpp.events import BindRequested, Closed, DeliverReceived, Event, RequestReceived
from angarium.smpp.pdu import PDU_CLASSES, BindReceiver, BindTransceiver, BindTransmitter, Pdu, SubmitSm
from angarium.smpp.session import Session, SessionSettings
from angarium.smpp.states import BindState, Role

EVENTS = get_args(Event)
COMMANDS = [int(command) for command in CommandId]
REQUESTS = [PDU_CLASSES[command] for command in COMMANDS if not command & 0x80000000]
SETTINGS = SessionSettings(window_max=4, response_s=10.0, inactivity_s=200.0, late_replies_max=3)
TEMPLATE = codec.SubmitTemplate(SubmitSm(short_message=b"Hello"))


def some_frame(chance: random.Random, number: int) -> bytes:
    """A frame of a real command with a body that may be right, cut, stretched or changed."""
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(40))
    number = chance.choice((0, 1, 2, 3, number, 0x7FFFFFFF, 0xFFFFFFFF))
    command = chance.choice(COMMANDS) if chance.random() < 0.9 else chance.randrange(1 << 32)
    pdu_class = PDU_CLASSES.get(command)
    body = codec.encode(pdu_class(sequence_number=1))[16:] if pdu_class else chance.randbytes(chance.randrange(20))
    if chance.random() < 0.3:
        body = body[: chance.randrange(len(body) + 1)] + chance.randbytes(chance.randrange(12))
    status = chance.choice((0, 0, 0, 8, 0x58, 0x400, 0xFFFFFFFF))
    octets = 16 + len(body) + (chance.choice((-1, 1, 70_000)) if chance.random() < 0.02 else 0)
    return b"".join(word.to_bytes(4, "big") for word in (octets, command, status, number)) + body


def answer(session: Session, events: list[Event], chance: random.Random) -> None:
    """Do what an owner does about some of the events."""
    for event in events:
        if isinstance(event, BindRequested | RequestReceived):
            response = PDU_CLASSES.get(int(event.pdu.command_id) | 0x80000000)
            if response is not None and chance.random() < 0.8:
                status = chance.choice((0, 0, 8))
                session.respond(response(sequence_number=event.pdu.sequence_number, command_status=status))
        elif isinstance(event, DeliverReceived) and chance.random() < 0.8:
            session.acknowledge([event.deliver_sm.sequence_number])


def act(session: Session, chance: random.Random, now: float, token: int) -> int:
    """Ask for something, allowed or not; the next token."""
    try:
        if chance.random() < 0.5:
            session.submit(TEMPLATE, b"27990000001", token=token, now=now)
        else:
            bind: list[type[Pdu]] = [BindTransmitter, BindReceiver, BindTransceiver]
            session.request(chance.choice(REQUESTS + bind * 3)(), token=token, now=now)
    except MisuseError:
        pass
    return token + 1


def one_round(chance: random.Random) -> None:
    """One conversation with a peer that makes no sense."""
    now = 0.0
    session = Session(chance.choice(list(Role)), SETTINGS, now=now)
    token, closed = 0, 0
    for _ in range(chance.randrange(1, 25)):
        step = chance.random()
        if step < 0.5:
            number = session._next_number - 1  # noqa: SLF001 - a peer that knows which number is on its way
            data = b"".join(some_frame(chance, number) for _ in range(chance.randrange(1, 5)))
            cut = chance.randrange(len(data) + 1)
            events = session.receive_data(data[:cut], now=now)
            if not session.closed:
                try:
                    answer(session, events, chance)
                except MisuseError:
                    assert session.state in (BindState.UNBOUND, BindState.OPEN), "a fair answer was refused"
            events += session.receive_data(data[cut:], now=now)
        elif step < 0.8:
            token, events = act(session, chance, now, token), []
        elif step < 0.9:
            now += chance.random() * 40
            events = session.handle_deadline(now=now)
            deadline = session.next_deadline()
            assert deadline is None or deadline > now, "a deadline that never ends"
        else:
            events = []
            session.data_to_send()
        assert all(isinstance(event, EVENTS) for event in events), "not an event"
        closed += sum(isinstance(event, Closed) for event in events)
    closed += sum(isinstance(event, Closed) for event in session.receive_eof(now=now))
    assert closed == 1, f"{closed} ends"


def main() -> int:
    """Run the rounds asked for; the exit code is 1 at the first failure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    started = time.perf_counter()
    for index in range(options.first, options.first + options.runs):
        try:
            one_round(random.Random(f"{options.seed}/{index}"))
        except Exception:
            print(f"failed: --seed {options.seed} --first {index} --runs 1", file=sys.stderr)
            raise
    print(f"fuzz_session: {options.runs} rounds without a finding in {time.perf_counter() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
